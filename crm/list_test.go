package crm_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// crowd gives the office relations that tie, sort differently by case, accent and byte, and lack fields.
func crowd(t *testing.T, o *crmtest.Office) []*crm.Customer {
	t.Helper()
	write(t, o, "DELETE FROM lookup_values WHERE list = 'SECTOR'") // so that sectors can differ by their accents
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"Ångström", "angst", "Zee", "zee", "École", "ecole Zuid", "A&B", "A_B", "100% Inzet", "de Bruin", "De Bruin", "Øre", "'t Hof", "~tilde", "😀 Blij"}
	cities := []string{"Den Haag", "’s-Gravenhage", "Zwolle", "zwolle", "Ede", ""}
	for i := range 45 {
		o.Clock.Advance(time.Duration(random.IntN(3)) * time.Second) // some at the same moment
		fields := crm.CustomerFields{Name: crmtest.Text(names[random.IntN(len(names))])}
		if city := cities[random.IntN(len(cities))]; city != "" {
			fields.VisitingAddress = crmtest.Given(crm.AddressInput{City: city, Country: "BE"})
		}
		if random.IntN(2) == 0 {
			fields.Sector = crmtest.Text([]string{"Bouw", "Zórg", "IT"}[i%3])
		}
		if random.IntN(2) == 0 {
			fields.AccountManagerID = crmtest.Given(o.Actor([]string{crmtest.Sanne, crmtest.Joris}[i%2]).UserID)
		}
		stage := []crm.CustomerStage{crm.Prospect, crm.Client}[random.IntN(2)]
		answer, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: stage, Fields: fields, IgnoreDuplicates: true})
		customer := must(t, answer, err).Customer
		if random.IntN(5) == 0 {
			must2(archive(o, customer.ID))(t)
		}
	}
	return everyCustomer(t, o)
}

// everyCustomer reads all relations of the office, in no order.
func everyCustomer(t *testing.T, o *crmtest.Office) []*crm.Customer {
	t.Helper()
	var all []*crm.Customer
	if err := o.DB.Read().NewSelect().Model(&all).Where("organization_id = ?", o.ID).Scan(db.Everywhere(t.Context())); err != nil {
		t.Fatal(err)
	}
	return all
}

// walk reads a whole list page by page, from the start or from the end, and checks what each page says
// of itself. It gives the rows in the order of the list.
func walk[N any](t *testing.T, size int, backward bool, read func(page.Args) (*page.Connection[N], error)) []N {
	t.Helper()
	var pages [][]N
	args := page.Args{First: &size}
	if backward {
		args = page.Args{Last: &size}
	}
	for {
		c, err := read(args)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, c.Nodes)
		info := c.PageInfo()
		more, back := info.HasNextPage, info.HasPreviousPage
		args.After = info.EndCursor
		if backward {
			more, back = back, more
			args.After, args.Before = nil, info.StartCursor
		}
		if back != (len(pages) > 1) {
			t.Errorf("page %d is wrong about what lies behind", len(pages))
		}
		if !more {
			break
		}
		if len(c.Nodes) != size {
			t.Fatalf("page %d has %d rows, and more follow", len(pages), len(c.Nodes))
		}
	}
	if backward {
		slices.Reverse(pages)
	}
	return slices.Concat(pages...)
}

// bothWays walks a list forward and backward, with pages of several sizes, and says that it is what is
// wanted, each row once.
func bothWays[N any](t *testing.T, what string, want []crm.ID, idOf func(N) crm.ID, read func(page.Args) (*page.Connection[N], error)) {
	t.Helper()
	sizes := []int{7, 100}
	if len(want) < 10 {
		sizes = []int{1, 3}
	}
	for _, size := range sizes {
		for _, backward := range []bool{false, true} {
			got := each(walk(t, size, backward, read), idOf)
			if !slices.Equal(got, want) {
				t.Fatalf("%s, %d at a time, backward %v, are\n%v, want\n%v", what, size, backward, got, want)
			}
		}
	}
	whole, err := read(page.Args{})
	if err != nil {
		t.Fatal(err)
	}
	if total, err := whole.TotalCount(db.Everywhere(t.Context())); err != nil || total != len(want) {
		t.Errorf("%s: the count is %d, %v; want %d", what, total, err, len(want))
	}
}

func TestOrdersOfCustomers(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		all := crowd(t, o)
		number := func(a, b *crm.Customer) int { return cmp.Compare(a.Number, b.Number) }
		name := func(a, b *crm.Customer) int { return cmp.Compare(crm.Fold(a.Name), crm.Fold(b.Name)) }
		city := func(a, b *crm.Customer) int { return cmp.Compare(foldedCity(a), foldedCity(b)) }
		created := func(a, b *crm.Customer) int { return a.CreatedAt.Compare(b.CreatedAt) }
		updated := func(a, b *crm.Customer) int { return a.UpdatedAt.Compare(b.UpdatedAt) }
		id := func(a, b *crm.Customer) int { return cmp.Compare(a.ID, b.ID) }
		down := func(by func(a, b *crm.Customer) int) func(a, b *crm.Customer) int {
			return func(a, b *crm.Customer) int { return by(b, a) }
		}
		for _, one := range []struct {
			name   string
			orders []*crm.CustomerOrder
			by     []func(a, b *crm.Customer) int
		}{
			{"by name when nothing is said", nil, []func(a, b *crm.Customer) int{name, id}},
			{"by name, the other way", []*crm.CustomerOrder{{Field: crm.CustomersByName, Direction: crm.Descending}}, []func(a, b *crm.Customer) int{down(name), down(id)}},
			{"by number", []*crm.CustomerOrder{{Field: crm.CustomersByNumber, Direction: crm.Descending}}, []func(a, b *crm.Customer) int{down(number)}},
			{"by city, those without first", []*crm.CustomerOrder{{Field: crm.CustomersByCity, Direction: crm.Ascending}}, []func(a, b *crm.Customer) int{city, id}},
			{"by creation", []*crm.CustomerOrder{{Field: crm.CustomersByCreatedAt, Direction: crm.Descending}}, []func(a, b *crm.Customer) int{down(created), down(id)}},
			{"by change", []*crm.CustomerOrder{{Field: crm.CustomersByUpdatedAt, Direction: crm.Ascending}}, []func(a, b *crm.Customer) int{updated, id}},
			{"by city down, then name up", []*crm.CustomerOrder{{Field: crm.CustomersByCity, Direction: crm.Descending}, {Field: crm.CustomersByName, Direction: crm.Ascending}},
				[]func(a, b *crm.Customer) int{down(city), name, id}},
			{"by name up, then change down, then city up", []*crm.CustomerOrder{{Field: crm.CustomersByName, Direction: crm.Ascending},
				{Field: crm.CustomersByUpdatedAt, Direction: crm.Descending}, {Field: crm.CustomersByCity, Direction: crm.Ascending}},
				[]func(a, b *crm.Customer) int{name, down(updated), city, id}},
		} {
			t.Run(one.name, func(t *testing.T) {
				want := slices.Clone(all)
				slices.SortFunc(want, func(a, b *crm.Customer) int {
					for _, by := range one.by {
						if c := by(a, b); c != 0 {
							return c
						}
					}
					return 0
				})
				bothWays(t, "relations", nodeIDs(want), (*crm.Customer).NodeID, func(args page.Args) (*page.Connection[*crm.Customer], error) {
					return o.Customers.List(o.As(crmtest.Ruben), crm.CustomerListArgs{Archived: crm.ArchivedInclude, OrderBy: one.orders}, args)
				})
			})
		}
		t.Run("refuse more than three fields", func(t *testing.T) {
			by := &crm.CustomerOrder{Field: crm.CustomersByName, Direction: crm.Ascending}
			_, err := o.Customers.List(o.As(crmtest.Ruben), crm.CustomerListArgs{OrderBy: []*crm.CustomerOrder{by, by, by, by}}, page.Args{})
			refused(t, err, crm.BadInput, "orderBy")
		})
	})
}

func foldedCity(c *crm.Customer) string {
	if c.VisitingAddress == nil {
		return ""
	}
	return crm.Fold(c.VisitingAddress.City)
}

func TestFiltersOfCustomers(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		all := crowd(t, o)
		now, joris := o.Clock.Now(), o.Actor(crmtest.Joris).UserID
		is := func(field *string, text string) bool { return field != nil && crm.Fold(*field) == text }
		for _, one := range []struct {
			name string
			args crm.CustomerListArgs
			want func(c *crm.Customer) bool
		}{
			{"those in daily use when nothing is said", crm.CustomerListArgs{}, func(c *crm.Customer) bool { return c.ArchivedAt == nil }},
			{"only archived ones", crm.CustomerListArgs{Archived: crm.ArchivedOnly}, func(c *crm.Customer) bool { return c.ArchivedAt != nil }},
			{"a stage", crm.CustomerListArgs{Stages: []crm.CustomerStage{crm.Client}, Archived: crm.ArchivedInclude}, func(c *crm.Customer) bool { return c.Stage == crm.Client }},
			{"a name", filtered(crm.CustomerFilter{Name: &crm.TextFilter{Eq: new(" DÉ  bruin ")}}), func(c *crm.Customer) bool { return crm.Fold(c.Name) == "de bruin" }},
			{"another name", filtered(crm.CustomerFilter{Name: &crm.TextFilter{Ne: new("zee")}}), func(c *crm.Customer) bool { return crm.Fold(c.Name) != "zee" }},
			{"one of several names", filtered(crm.CustomerFilter{Name: &crm.TextFilter{In: []string{"ZEE", "Øre"}}}),
				func(c *crm.Customer) bool { return crm.Fold(c.Name) == "zee" || crm.Fold(c.Name) == "ore" }},
			{"none of several names", filtered(crm.CustomerFilter{Name: &crm.TextFilter{NotIn: []string{"ZEE", "Øre"}}}),
				func(c *crm.Customer) bool { return crm.Fold(c.Name) != "zee" && crm.Fold(c.Name) != "ore" }},
			{"one of no names", filtered(crm.CustomerFilter{Name: &crm.TextFilter{In: []string{}}}), func(*crm.Customer) bool { return false }},
			{"none of no names", filtered(crm.CustomerFilter{Name: &crm.TextFilter{NotIn: []string{}}}), func(*crm.Customer) bool { return true }},
			{"a part with a percent sign", filtered(crm.CustomerFilter{Name: &crm.TextFilter{Contains: new("%")}}), func(c *crm.Customer) bool { return c.Name == "100% Inzet" }},
			{"a part with an underscore", filtered(crm.CustomerFilter{Name: &crm.TextFilter{Contains: new("_")}}), func(c *crm.Customer) bool { return c.Name == "A_B" }},
			{"a beginning", filtered(crm.CustomerFilter{Name: &crm.TextFilter{StartsWith: new("ANG")}}), func(c *crm.Customer) bool { return strings.HasPrefix(crm.Fold(c.Name), "ang") }},
			{"a sector without its accent", filtered(crm.CustomerFilter{Sector: &crm.TextFilter{Eq: new("zorg")}}), func(c *crm.Customer) bool { return is(c.Sector, "zorg") }},
			{"no sector", filtered(crm.CustomerFilter{Sector: &crm.TextFilter{IsNull: new(true)}}), func(c *crm.Customer) bool { return c.Sector == nil }},
			{"any sector", filtered(crm.CustomerFilter{Sector: &crm.TextFilter{IsNull: new(false)}}), func(c *crm.Customer) bool { return c.Sector != nil }},
			{"not a sector", filtered(crm.CustomerFilter{Not: &crm.CustomerFilter{Sector: &crm.TextFilter{Eq: new("it")}}}), func(c *crm.Customer) bool { return c.Sector == nil || *c.Sector != "IT" }},
			{"a city", filtered(crm.CustomerFilter{City: &crm.TextFilter{Eq: new("zwolle")}}), func(c *crm.Customer) bool { return foldedCity(c) == "zwolle" }},
			{"a KvK number", filtered(crm.CustomerFilter{KvkNumber: &crm.TextFilter{Eq: new("00900103")}}), func(c *crm.Customer) bool { return c.Number == crmtest.Brouwer }},
			{"no KvK number", filtered(crm.CustomerFilter{KvkNumber: &crm.TextFilter{IsNull: new(true)}}), func(c *crm.Customer) bool { return c.KvkNumber == nil }},
			{"not a KvK number", filtered(crm.CustomerFilter{Not: &crm.CustomerFilter{KvkNumber: &crm.TextFilter{Eq: new("00900103")}}}), func(c *crm.Customer) bool { return c.Number != crmtest.Brouwer }},
			{"a range of numbers", filtered(crm.CustomerFilter{Number: &crm.TextFilter{StartsWith: new("1001")}}), func(c *crm.Customer) bool { return strings.HasPrefix(c.Number, "1001") }},
			{"a manager", filtered(crm.CustomerFilter{AccountManager: &crm.IDFilter{Eq: &joris}}), func(c *crm.Customer) bool { return c.AccountManagerID != nil && *c.AccountManagerID == joris }},
			{"another manager, or none", filtered(crm.CustomerFilter{AccountManager: &crm.IDFilter{Ne: &joris}}), func(c *crm.Customer) bool { return c.AccountManagerID == nil || *c.AccountManagerID != joris }},
			{"no manager", filtered(crm.CustomerFilter{AccountManager: &crm.IDFilter{IsNull: new(true)}}), func(c *crm.Customer) bool { return c.AccountManagerID == nil }},
			{"not one of the managers", filtered(crm.CustomerFilter{AccountManager: &crm.IDFilter{NotIn: []crm.ID{joris}}}), func(c *crm.Customer) bool { return c.AccountManagerID == nil || *c.AccountManagerID != joris }},
			{"some ids", filtered(crm.CustomerFilter{ID: &crm.IDFilter{In: []crm.ID{all[0].ID, all[5].ID, joris}}}), func(c *crm.Customer) bool { return c.ID == all[0].ID || c.ID == all[5].ID }},
			{"created since a moment", filtered(crm.CustomerFilter{CreatedAt: &crm.DateTimeFilter{Gte: new(now.Add(-20 * time.Second).In(time.FixedZone("", 3600)))}}),
				func(c *crm.Customer) bool { return !c.CreatedAt.Before(now.Add(-20 * time.Second)) }},
			{"created in a stretch of time", filtered(crm.CustomerFilter{CreatedAt: &crm.DateTimeFilter{Gt: new(now.Add(-40 * time.Second)), Lt: new(now.Add(-10 * time.Second))}}),
				func(c *crm.Customer) bool {
					return c.CreatedAt.After(now.Add(-40*time.Second)) && c.CreatedAt.Before(now.Add(-10*time.Second))
				}},
			{"changed at a moment", filtered(crm.CustomerFilter{UpdatedAt: &crm.DateTimeFilter{Eq: &all[20].UpdatedAt}}), func(c *crm.Customer) bool { return c.UpdatedAt.Equal(all[20].UpdatedAt) }},
			{"changed up to a moment", filtered(crm.CustomerFilter{UpdatedAt: &crm.DateTimeFilter{Lte: &all[20].UpdatedAt}}), func(c *crm.Customer) bool { return !c.UpdatedAt.After(all[20].UpdatedAt) }},
			{"those with running projects", filtered(crm.CustomerFilter{HasRunningProjects: new(true)}),
				func(c *crm.Customer) bool {
					return slices.Contains([]string{crmtest.Groep, crmtest.Installatie, crmtest.Waterlanden, crmtest.HanzeBouw}, c.Number)
				}},
			{"those without", filtered(crm.CustomerFilter{HasRunningProjects: new(false)}),
				func(c *crm.Customer) bool {
					return !slices.Contains([]string{crmtest.Groep, crmtest.Installatie, crmtest.Waterlanden, crmtest.HanzeBouw}, c.Number)
				}},
			{"those with some contact", filtered(crm.CustomerFilter{Contacts: &crm.ContactListFilter{Some: &crm.ContactFilter{Email: &crm.TextFilter{Contains: new("@BROUWER")}}}}),
				func(c *crm.Customer) bool { return c.Number == crmtest.Brouwer }},
			{"those with an archived contact, and none called Klaas", filtered(crm.CustomerFilter{Contacts: &crm.ContactListFilter{
				Some: &crm.ContactFilter{IsArchived: new(true)}, None: &crm.ContactFilter{Name: &crm.TextFilter{Contains: new("klaas")}}}}),
				func(c *crm.Customer) bool { return c.Number == crmtest.Vastgoed }},
			{"both of two conditions", filtered(crm.CustomerFilter{And: []*crm.CustomerFilter{{City: &crm.TextFilter{Eq: new("ede")}}, {Sector: &crm.TextFilter{Eq: new("bouw")}}}}),
				func(c *crm.Customer) bool { return foldedCity(c) == "ede" && is(c.Sector, "bouw") }},
			{"one of two conditions", filtered(crm.CustomerFilter{Or: []*crm.CustomerFilter{{City: &crm.TextFilter{Eq: new("ede")}}, {Sector: &crm.TextFilter{Eq: new("bouw")}}}}),
				func(c *crm.Customer) bool { return foldedCity(c) == "ede" || is(c.Sector, "bouw") }},
			{"a condition and one of two others", filtered(crm.CustomerFilter{Name: &crm.TextFilter{Ne: new("zee")}, Or: []*crm.CustomerFilter{{City: &crm.TextFilter{Eq: new("ede")}}, {City: &crm.TextFilter{IsNull: new(true)}}}}),
				func(c *crm.Customer) bool {
					return crm.Fold(c.Name) != "zee" && (foldedCity(c) == "ede" || foldedCity(c) == "")
				}},
			{"no condition at all", filtered(crm.CustomerFilter{}), func(*crm.Customer) bool { return true }},
			{"not no condition", filtered(crm.CustomerFilter{Not: &crm.CustomerFilter{}}), func(*crm.Customer) bool { return false }},
		} {
			t.Run("give "+one.name, func(t *testing.T) {
				var want []crm.ID
				for _, c := range sortedByName(all) {
					if one.want(c) {
						want = append(want, c.ID)
					}
				}
				for _, backward := range []bool{false, true} {
					got := walk(t, 20, backward, func(args page.Args) (*page.Connection[*crm.Customer], error) {
						return o.Customers.List(o.As(crmtest.Ruben), one.args, args)
					})
					sameList(t, "relations", nodeIDs(got), want)
				}
			})
		}
		t.Run("refuse more than four levels and more than a hundred values", func(t *testing.T) {
			deep := &crm.CustomerFilter{}
			for range 4 {
				deep = &crm.CustomerFilter{Not: deep}
			}
			_, err := o.Customers.List(o.As(crmtest.Ruben), crm.CustomerListArgs{Filter: deep}, page.Args{})
			refused(t, err, crm.BadInput, "filter")
			_, err = o.Customers.List(o.As(crmtest.Ruben), filtered(crm.CustomerFilter{Name: &crm.TextFilter{In: make([]string, 101)}}), page.Args{})
			refused(t, err, crm.BadInput, "filter", "name")
			_, err = o.Customers.List(o.As(crmtest.Ruben), filtered(crm.CustomerFilter{Contacts: &crm.ContactListFilter{None: &crm.ContactFilter{
				Name: &crm.TextFilter{NotIn: make([]string, 101)}}}}), page.Args{})
			refused(t, err, crm.BadInput)
		})
	})
}

func filtered(filter crm.CustomerFilter) crm.CustomerListArgs {
	return crm.CustomerListArgs{Archived: crm.ArchivedInclude, Filter: &filter}
}

func sortedByName(all []*crm.Customer) []*crm.Customer {
	return slices.SortedFunc(slices.Values(all), func(a, b *crm.Customer) int {
		return cmp.Or(cmp.Compare(crm.Fold(a.Name), crm.Fold(b.Name)), cmp.Compare(a.ID, b.ID))
	})
}

func TestListsOfCard(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie, brouwer := o.Customer(crmtest.Installatie).ID, o.Customer(crmtest.Brouwer).ID
		both := []crm.ID{brouwer, installatie} // the pages of two parents come from one statement
		var contacts []*crm.Contact
		var dossiers []*crm.Dossier
		for _, rows := range []any{&contacts, &dossiers} {
			if err := o.DB.Read().NewSelect().Model(rows).Where("organization_id = ?", o.ID).Scan(db.Everywhere(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("give contacts, last changed first, archived ones too where asked", func(t *testing.T) {
			for i, card := range both {
				own := slices.DeleteFunc(slices.Clone(contacts), func(c *crm.Contact) bool { return c.CustomerID != card })
				slices.SortFunc(own, func(a, b *crm.Contact) int { return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.ID, a.ID)) })
				bothWays(t, "contacts", nodeIDs(own), (*crm.Contact).NodeID, func(args page.Args) (*page.Connection[*crm.Contact], error) {
					pages, err := o.Contacts.OfCustomers(o.As(crmtest.Ruben), both, crm.ContactListArgs{Archived: crm.ArchivedInclude}, args)
					return at(pages, i), err
				})
				inUse := slices.DeleteFunc(own, func(c *crm.Contact) bool { return c.ArchivedAt != nil })
				recent := must2(o.Contacts.RecentOfCustomers(o.As(crmtest.Ruben), both))(t)[i]
				sameList(t, "recent contacts", nodeIDs(recent), nodeIDs(inUse[:min(5, len(inUse))]))
			}
		})
		t.Run("give contacts by name, the prefix behind the last name", func(t *testing.T) {
			own := slices.DeleteFunc(slices.Clone(contacts), func(c *crm.Contact) bool { return c.CustomerID != brouwer || c.ArchivedAt != nil })
			slices.SortFunc(own, func(a, b *crm.Contact) int { return cmp.Compare(a.SortKey, b.SortKey) })
			bothWays(t, "contacts", nodeIDs(own), (*crm.Contact).NodeID, func(args page.Args) (*page.Connection[*crm.Contact], error) {
				pages, err := o.Contacts.OfCustomers(o.As(crmtest.Ruben), []crm.ID{brouwer}, crm.ContactListArgs{Archived: crm.ArchivedExclude,
					OrderBy: []*crm.ContactOrder{{Field: crm.ContactsByName, Direction: crm.Ascending}}}, args)
				return at(pages, 0), err
			})
		})
		t.Run("give contacts that hold all words", func(t *testing.T) {
			for text, want := range map[string][]string{"FINANCIELE anja": {"Anja Brouwer-Ter Haar"}, "hoofd": {"Lisa Wolters"}, "%": nil, "bestaat niet": nil} {
				pages := must2(o.Contacts.OfCustomers(o.As(crmtest.Ruben), []crm.ID{brouwer}, crm.ContactListArgs{Search: &text}, page.Args{}))(t)
				sameList(t, "contacts with "+text, each(pages[0].Nodes, func(c *crm.Contact) string { return c.Name }), want)
			}
		})
		t.Run("give leads, requests and projects, the latest phase first", func(t *testing.T) {
			for i, card := range both {
				own := slices.DeleteFunc(slices.Clone(dossiers), func(d *crm.Dossier) bool { return d.CustomerID != card })
				slices.SortFunc(own, func(a, b *crm.Dossier) int {
					return cmp.Or(cmp.Compare(b.PhaseSince, a.PhaseSince), cmp.Compare(b.ID, a.ID))
				})
				bothWays(t, "engagements", nodeIDs(own), crm.Engagement.NodeID, func(args page.Args) (*page.Connection[crm.Engagement], error) {
					pages, err := o.Engagements.OfCustomers(o.As(crmtest.Ruben), both, crm.EngagementListArgs{Archived: crm.ArchivedInclude}, args)
					return at(pages, i), err
				})
				inUse := slices.DeleteFunc(slices.Clone(own), func(d *crm.Dossier) bool { return d.ArchivedAt != nil })
				recent := must2(o.Engagements.RecentOfCustomers(o.As(crmtest.Ruben), both))(t)[i]
				sameList(t, "recent engagements", nodeIDs(recent), nodeIDs(inUse[:min(5, len(inUse))]))
				projects := slices.DeleteFunc(slices.Clone(own), func(d *crm.Dossier) bool { return d.Phase != crm.ProjectPhase })
				bothWays(t, "projects", nodeIDs(projects), (*crm.Project).NodeID, func(args page.Args) (*page.Connection[*crm.Project], error) {
					pages, err := o.Engagements.ProjectsOfCustomers(o.As(crmtest.Ruben), both, crm.EngagementListArgs{Archived: crm.ArchivedInclude}, args)
					return at(pages, i), err
				})
				open := slices.DeleteFunc(slices.Clone(own), func(d *crm.Dossier) bool { return d.Status != crm.Open })
				pages := must2(o.Engagements.OfCustomers(o.As(crmtest.Ruben), both, crm.EngagementListArgs{Archived: crm.ArchivedInclude,
					Statuses: []crm.EngagementStatus{crm.Open}, Phases: []crm.EngagementPhase{crm.LeadPhase, crm.RequestPhase}}, page.Args{}))(t)
				sameList(t, "open ones", nodeIDs(pages[i].Nodes), nodeIDs(open))
			}
		})
		t.Run("give the timeline and the history, newest first", func(t *testing.T) {
			for range 9 { // at the same moment
				must2(moment(o, crm.CreateContactMomentInput{CustomerID: brouwer, Subject: new("Gesprek")}))(t)
			}
			for i, card := range both {
				var messages []*crm.Message
				err := o.DB.Read().NewSelect().Model(&messages).Where("organization_id = ? AND customer_id = ?", o.ID, card).OrderExpr("at DESC, id DESC").Scan(db.Everywhere(t.Context()))
				if err != nil {
					t.Fatal(err)
				}
				bothWays(t, "communications", nodeIDs(messages), crm.Communication.NodeID, func(args page.Args) (*page.Connection[crm.Communication], error) {
					pages, err := o.Communications.OfCustomers(o.As(crmtest.Ruben), both, crm.TimelineArgs{}, args)
					return at(pages, i), err
				})
				history := slices.DeleteFunc(o.Log(), func(e *crm.Event) bool { return e.CustomerID != card })
				slices.Reverse(history)
				bothWays(t, "events", nodeIDs(history), (*crm.Event).NodeID, func(args page.Args) (*page.Connection[*crm.Event], error) {
					pages, err := o.Events.OfCustomers(o.As(crmtest.Ruben), both, args)
					return at(pages, i), err
				})
			}
		})
		t.Run("give colleagues by last name", func(t *testing.T) {
			c := must2(o.Users.List(o.As(crmtest.Ruben), page.Args{}))(t)
			sameList(t, "colleagues", each(c.Nodes, func(u *crm.User) string { return u.Name }),
				[]string{crmtest.Mila, crmtest.Fatima, crmtest.Peter, crmtest.Joris, crmtest.Ruben, crmtest.Sanne})
		})
	})
}

func at[C any](list []C, i int) (one C) {
	if i < len(list) {
		one = list[i]
	}
	return one
}

func TestCounts(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie, linde, nobody := o.Customer(crmtest.Installatie).ID, o.Customer(crmtest.DeLinde).ID, crm.ID("cus_00000000000000000000000000")
		counts := must2(o.Customers.CountsOf(o.As(crmtest.Ruben), []crm.ID{installatie, nobody, linde}))(t)
		equal(t, "counts", *counts[0], crm.CustomerCounts{CustomerID: installatie, Contacts: 3, OpenLeads: 1, OpenRequests: 1, RunningProjects: 2,
			ArchivedProjects: 1, Communications: 7})
		equal(t, "counts of nobody", *counts[1], crm.CustomerCounts{CustomerID: nobody})
		equal(t, "counts of a prospect", *counts[2], crm.CustomerCounts{CustomerID: linde, Contacts: 2, OpenLeads: 1, Communications: 2})
	})
}

func TestCursors(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		list := func(order crm.CustomerOrderField, filter *crm.CustomerFilter, args page.Args) (*page.Connection[*crm.Customer], error) {
			return o.Customers.List(o.As(crmtest.Ruben), crm.CustomerListArgs{Filter: filter, OrderBy: []*crm.CustomerOrder{{Field: order, Direction: crm.Ascending}}}, args)
		}
		refusal := func(err error, field string, reason page.Reason) {
			t.Helper()
			if fault := new(page.Error); !errors.As(err, &fault) || *fault != (page.Error{Field: field, Reason: reason}) {
				t.Errorf("got %v, want %s: %s", err, field, reason)
			}
		}
		byName := *must2(list(crm.CustomersByName, nil, page.Args{}))(t).PageInfo().StartCursor
		byChange := *must2(list(crm.CustomersByUpdatedAt, nil, page.Args{}))(t).PageInfo().StartCursor
		history := *must2(o.Events.OfCustomers(o.As(crmtest.Ruben), []crm.ID{o.Customer(crmtest.Groep).ID}, page.Args{}))(t)[0].PageInfo().StartCursor
		t.Run("are refused under another order, filter or list", func(t *testing.T) {
			_, err := list(crm.CustomersByUpdatedAt, nil, page.Args{After: &byName})
			refusal(err, "after", page.CursorMismatch)
			_, err = list(crm.CustomersByName, &crm.CustomerFilter{Name: &crm.TextFilter{Ne: new("x")}}, page.Args{Before: &byName})
			refusal(err, "before", page.CursorMismatch)
			_, err = list(crm.CustomersByName, nil, page.Args{After: &history})
			refusal(err, "after", page.CursorMismatch)
		})
		t.Run("are refused when forged, and never reach the store", func(t *testing.T) {
			for _, body := range []string{`[1,"cus_x"]`, `["x",2]`, `["x"]`, `["x","y","z"]`, `[null,"x"]`, `[true,"x"]`, `[["x"],"y"]`, `{}`, `"x"`, `["a\u0000b","x"]`, ``} {
				_, err := list(crm.CustomersByName, nil, page.Args{After: new(forged(t, byName, body))})
				refusal(err, "after", page.BadCursor)
			}
			for _, body := range []string{`["2026-01-01","x"]`, `[1.5,"x"]`, `[1e400,"x"]`, `[9223372036854775807,"x"]`, `[-9223372036854775808,"x"]`, `[9223372036854775808,"x"]`, `[0,0]`} {
				_, err := list(crm.CustomersByUpdatedAt, nil, page.Args{Before: new(forged(t, byChange, body))})
				refusal(err, "before", page.BadCursor)
			}
			for _, body := range []string{`["x"]`, `[1,2]`, `[1e3]`} {
				_, err := o.Events.OfCustomers(o.As(crmtest.Ruben), []crm.ID{o.Customer(crmtest.Groep).ID}, page.Args{After: new(forged(t, history, body))})
				refusal(err, "after", page.BadCursor)
			}
		})
		t.Run("of a row that is gone keep the place", func(t *testing.T) {
			c := must2(list(crm.CustomersByName, nil, page.Args{First: new(2)}))(t)
			rest := must2(list(crm.CustomersByName, nil, page.Args{After: c.PageInfo().EndCursor}))(t)
			must2(o.Customers.RevertToProspect(o.As(crmtest.Joris), crm.RevertToProspectInput{ID: o.Customer(crmtest.Brouwer).ID}))(t)
			must2(archive(o, c.Nodes[0].ID))(t) // Brouwer stands first
			again := must2(list(crm.CustomersByName, nil, page.Args{After: c.PageInfo().EndCursor}))(t)
			sameList(t, "the rest", nodeIDs(again.Nodes), nodeIDs(rest.Nodes))
			before := must2(list(crm.CustomersByName, nil, page.Args{Before: c.PageInfo().EndCursor}))(t)
			equal(t, "rows before it", len(before.Nodes), 0)
		})
	})
}

// forged puts another body behind the head of a cursor.
func forged(t *testing.T, cursor, body string) string {
	t.Helper()
	raw := must2(base64.RawURLEncoding.DecodeString(cursor))(t)
	return base64.RawURLEncoding.EncodeToString(append(raw[:5:5], body...))
}

func TestStatementsOfLists(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		every := nodeIDs(everyCustomer(t, o))
		for name, read := range map[string]func(ctx context.Context, cards []crm.ID) error{
			"contacts": func(ctx context.Context, cards []crm.ID) error {
				_, err := o.Contacts.OfCustomers(ctx, cards, crm.ContactListArgs{}, page.Args{})
				return err
			},
			"recent engagements": func(ctx context.Context, cards []crm.ID) error {
				_, err := o.Engagements.RecentOfCustomers(ctx, cards)
				return err
			},
			"attentions": func(ctx context.Context, cards []crm.ID) error {
				_, err := o.Attentions.OfCards(ctx, cards, false)
				return err
			},
			"counts": func(ctx context.Context, cards []crm.ID) error {
				_, err := o.Customers.CountsOf(ctx, cards)
				return err
			},
		} {
			t.Run("of "+name+" are one, however many cards", func(t *testing.T) {
				for _, cards := range [][]crm.ID{every[:1], every} {
					ctx, count := dbCount(o.As(crmtest.Ruben))
					if err := read(ctx, cards); err != nil {
						t.Fatal(err)
					}
					equal(t, "statements", count.N(), 1)
				}
			})
		}
	})
}
