package crm_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// relate links two cards, by their numbers.
func relate(o *crmtest.Office, from, to string, kind crm.CardRelationKind) (*crm.AddCardRelationPayload, error) {
	return o.Relations.Add(o.As(crmtest.Sanne), crm.AddCardRelationInput{FromID: o.Customer(from).ID, ToID: o.Customer(to).ID, Kind: kind})
}

// seenBy are the relations of a card, as "kind number".
func seenBy(t *testing.T, o *crmtest.Office, number string) []string {
	t.Helper()
	found := must2(o.Relations.OfCustomers(o.As(crmtest.Ruben), []crm.ID{o.Customer(number).ID}))(t)
	return each(found[0], func(r *crm.CardRelation) string {
		return fmt.Sprint(r.Kind, " ", must2(o.Customers.ByIDs(o.As(crmtest.Ruben), []crm.ID{r.OtherID}))(t)[0].Number)
	})
}

func TestAddCardRelation(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("is stored once and seen from both sides, each with the event", func(t *testing.T) {
			head, before, other := o.Head(), o.Customer(crmtest.Brouwer), o.Customer(crmtest.Noorderlicht)
			answer := must2(o.Relations.Add(o.As(crmtest.Sanne), crm.AddCardRelationInput{FromID: before.ID, ToID: other.ID, Kind: crm.Mother, Note: new(" Sinds 2020 ")}))(t)
			equal(t, "kind", answer.Relation.Kind, crm.Mother)
			equal(t, "note", *answer.Relation.Note, "Sinds 2020")
			sameList(t, "seen by the daughter", seenBy(t, o, crmtest.Brouwer), []string{"MOTHER 10004"})
			sameList(t, "seen by the mother", seenBy(t, o, crmtest.Noorderlicht), []string{"DAUGHTER 10003"})
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.CardRelationAddedEvent, crm.CardRelationAddedEvent})
			told := map[crm.ID]string{}
			for _, event := range events {
				equal(t, "subject", *event.SubjectID, answer.Relation.ID)
				told[event.CardID] = fmt.Sprint(event.Changes[0].To.(map[string]any)["kind"])
			}
			equal(t, "told to the daughter", told[before.ID], "MOTHER")
			equal(t, "told to the mother", told[other.ID], "DAUGHTER")
			equal(t, "version", o.Customer(crmtest.Brouwer).Version, before.Version+1)
			equal(t, "version of the other", o.Customer(crmtest.Noorderlicht).Version, other.Version+1)
		})
		o.Signals()
		refusals := []struct {
			why      string
			from, to string
			kind     crm.CardRelationKind
			code     crm.ErrorCode
			at       string
		}{
			{"a card to itself", crmtest.Groep, crmtest.Groep, crm.Sister, crm.SelfRelation, "toId"},
			{"the same pair again", crmtest.Groep, crmtest.Installatie, crm.Daughter, crm.DuplicateRelation, "toId"},
			{"the same pair from the other side", crmtest.Installatie, crmtest.Groep, crm.Mother, crm.DuplicateRelation, "toId"},
			{"mother and sister at once", crmtest.Installatie, crmtest.Groep, crm.Sister, crm.DuplicateRelation, "toId"},
			{"the mother as a daughter", crmtest.Groep, crmtest.Installatie, crm.Mother, crm.DuplicateRelation, "toId"},
			{"a second mother", crmtest.Installatie, crmtest.DeLinde, crm.Mother, crm.AlreadyHasMother, "kind"},
			{"a second mother, from her side", crmtest.DeLinde, crmtest.Installatie, crm.Daughter, crm.AlreadyHasMother, "kind"},
			{"an archived card", crmtest.Groep, crmtest.Vastgoed, crm.Sister, crm.CardArchived, "toId"},
			{"from an archived card", crmtest.Vastgoed, crmtest.Groep, crm.Sister, crm.CardArchived, "fromId"},
		}
		for _, one := range refusals {
			t.Run("refuses "+one.why, func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := relate(o, one.from, one.to, one.kind)
					refused(t, err, one.code, "input", one.at)
				})
			})
		}
		t.Run("refuses a daughter that stands above the mother, and tells the cards between", func(t *testing.T) {
			must2(relate(o, crmtest.Installatie, crmtest.DeLinde, crm.Daughter))(t)
			must2(relate(o, crmtest.DeLinde, crmtest.Waterlanden, crm.Daughter))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := relate(o, crmtest.Waterlanden, crmtest.Groep, crm.Daughter)
				fault := refusal(t, err, crm.RelationCycle, "input", "kind")
				sameList(t, "cards", cardIDs(fault.Cards), []crm.ID{o.Customer(crmtest.DeLinde).ID, o.Customer(crmtest.Installatie).ID, o.Customer(crmtest.Groep).ID})
			})
		})
		t.Run("refuses a note that is too long, and cards that are not there", func(t *testing.T) {
			_, err := o.Relations.Add(o.As(crmtest.Sanne), crm.AddCardRelationInput{FromID: o.Customer(crmtest.Groep).ID, ToID: "cus_00000000000000000000000000", Kind: crm.Sister})
			refused(t, err, crm.NotFound, "input", "toId")
			long := string(make([]rune, 501))
			_, err = o.Relations.Add(o.As(crmtest.Sanne), crm.AddCardRelationInput{FromID: o.Customer(crmtest.Groep).ID, ToID: o.Customer(crmtest.HanzeBouw).ID, Kind: crm.Sister, Note: &long})
			refused(t, err, crm.BadInput, "input", "note")
		})
	})
}

func TestChangeCardRelation(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		of := func(number string) *crm.CardRelation {
			return must2(o.Relations.OfCustomers(o.As(crmtest.Ruben), []crm.ID{o.Customer(number).ID}))(t)[0][0]
		}
		note := func(base, patch string) error {
			_, err := o.Relations.Update(o.As(crmtest.Sanne), crm.UpdateCardRelationInput{ID: of(crmtest.Groep).ID,
				Base: crm.CardRelationFields{Note: crmtest.Text(base)}, Patch: crm.CardRelationFields{Note: crmtest.Text(patch)}})
			return err
		}
		t.Run("changes the note, which a colleague may have done first", func(t *testing.T) {
			head := o.Head()
			equal(t, "error", note("", "Zelfde inkoop"), nil)
			equal(t, "note", *of(crmtest.Installatie).Note, "Zelfde inkoop")
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.CardRelationUpdatedEvent, crm.CardRelationUpdatedEvent})
			o.Signals()
			changesNothing(t, o, func() {
				fault := refusal(t, note("", "Andere inkoop"), crm.Conflict, "input", "patch")
				equal(t, "theirs", fault.Conflicts[0].Theirs, any("Zelfde inkoop"))
				equal(t, "error", note("Zelfde inkoop", " Zelfde inkoop "), nil)
			})
		})
		t.Run("removes the link of an archived card, and tells both", func(t *testing.T) {
			head, relation := o.Head(), of(crmtest.HanzeBouw)
			must2(o.Relations.Remove(o.As(crmtest.Sanne), crm.RemoveCardRelationInput{ID: relation.ID}))(t)
			equal(t, "relations", len(seenBy(t, o, crmtest.Vastgoed)), 0)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.CardRelationRemovedEvent, crm.CardRelationRemovedEvent})
			equal(t, "what it became", events[0].Changes[0].To, nil)
			_, err := o.Relations.Remove(o.As(crmtest.Sanne), crm.RemoveCardRelationInput{ID: relation.ID})
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("refuses when both cards are archived", func(t *testing.T) {
			archive := func(number string) {
				write(t, o, "UPDATE customers SET archived_at = created_at WHERE id = ?", o.Customer(number).ID)
			}
			archive(crmtest.Groep)
			archive(crmtest.Installatie)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Relations.Remove(o.As(crmtest.Sanne), crm.RemoveCardRelationInput{ID: of(crmtest.Groep).ID})
				refused(t, err, crm.CardArchived)
			})
		})
	})
}

func TestContactsOfRelatedCards(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		must2(relate(o, crmtest.Installatie, crmtest.Brouwer, crm.Sister))(t)
		list := func(scope crm.RelatedScope, args page.Args, search *string) *page.Connection[*crm.RelatedContact] {
			t.Helper()
			found, err := o.Relations.ContactsOf(o.As(crmtest.Ruben), []crm.ID{o.Customer(crmtest.Groep).ID, o.Customer(crmtest.DeLinde).ID},
				crm.RelatedContactArgs{Scope: scope, Archived: crm.ArchivedExclude, Search: search}, args)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "contacts of a card without relations", len(found[1].Nodes), 0)
			return found[0]
		}
		names := func(rows []*crm.RelatedContact) []string {
			return each(rows, func(r *crm.RelatedContact) string {
				kind := "-"
				if r.Kind != nil {
					kind = string(*r.Kind)
				}
				return kind + " " + must2(o.Contacts.ByIDs(o.As(crmtest.Ruben), []crm.ID{r.ContactID}))(t)[0].Name
			})
		}
		t.Run("are those of mother, daughters and sisters", func(t *testing.T) {
			sameList(t, "contacts", names(list(crm.RelatedDirectly, page.Args{}, nil).Nodes),
				[]string{"DAUGHTER Naima Bouzid", "DAUGHTER Erik Jansen", "DAUGHTER Wouter de Wit"})
		})
		t.Run("reach over the whole group, without the archived", func(t *testing.T) {
			sameList(t, "contacts", names(list(crm.RelatedByGroup, page.Args{}, nil).Nodes), []string{"- Mehmet Aydin", "DAUGHTER Naima Bouzid",
				"- Klaas Brouwer", "- Anja Brouwer-Ter Haar", "DAUGHTER Erik Jansen", "- Jolanda Kamphuis", "- Rik Scholten", "DAUGHTER Wouter de Wit", "- Lisa Wolters"})
			sameList(t, "contacts", names(list(crm.RelatedByGroup, page.Args{}, new("engineering")).Nodes), []string{"- Lisa Wolters"})
		})
		t.Run("come in pages, forth and back, and are counted", func(t *testing.T) {
			var seen, back []string
			args := page.Args{First: new(2)}
			for {
				found := list(crm.RelatedByGroup, args, nil)
				seen = append(seen, names(found.Nodes)...)
				equal(t, "total", must2(found.TotalCount(t.Context()))(t), 9)
				if !found.PageInfo().HasNextPage {
					break
				}
				args.After = found.PageInfo().EndCursor
			}
			args = page.Args{Last: new(4)}
			for {
				found := list(crm.RelatedByGroup, args, nil)
				back = append(names(found.Nodes), back...)
				if !found.PageInfo().HasPreviousPage {
					break
				}
				args.Before = found.PageInfo().StartCursor
			}
			all := names(list(crm.RelatedByGroup, page.Args{}, nil).Nodes)
			sameList(t, "forth", seen, all)
			sameList(t, "back", back, all)
		})
		t.Run("refuse a cursor of another list", func(t *testing.T) {
			cursor := list(crm.RelatedDirectly, page.Args{First: new(1)}, nil).PageInfo().EndCursor
			_, err := o.Relations.ContactsOf(o.As(crmtest.Ruben), []crm.ID{o.Customer(crmtest.Groep).ID}, crm.RelatedContactArgs{Scope: crm.RelatedByGroup}, page.Args{After: cursor})
			if err == nil {
				t.Error("it passed")
			}
		})
	})
}

// TestRelationsAtOnce has two colleagues close a circle at the same moment, on cards that they do not share.
func TestRelationsAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		atOnce := func(t *testing.T, one, other func() error) {
			t.Helper()
			results := make(chan error, 2)
			for _, do := range []func() error{one, other} {
				go func() { results <- do() }()
			}
			refusals := 0
			for range 2 {
				switch err := <-results; {
				case err == nil:
				case crm.FaultsOf(err) == nil:
					t.Error(err)
				default:
					refusals++
				}
			}
			equal(t, "refusals", refusals, 1)
			checkForest(t, o)
		}
		mother := func(of, is string) func() error {
			return func() error { _, err := relate(o, of, is, crm.Mother); return err }
		}
		t.Run("two cards cannot each be the other's mother", func(t *testing.T) {
			for range 5 {
				atOnce(t, mother(crmtest.Brouwer, crmtest.Noorderlicht), mother(crmtest.Noorderlicht, crmtest.Brouwer))
				write(t, o, "DELETE FROM card_relations")
			}
		})
		t.Run("two links far apart cannot close a circle", func(t *testing.T) {
			for range 5 {
				must2(relate(o, crmtest.Brouwer, crmtest.Noorderlicht, crm.Mother))(t)
				must2(relate(o, crmtest.DeLinde, crmtest.Waterlanden, crm.Mother))(t)
				atOnce(t, mother(crmtest.Noorderlicht, crmtest.DeLinde), mother(crmtest.Waterlanden, crmtest.Brouwer))
				write(t, o, "DELETE FROM card_relations")
			}
		})
		t.Run("a card cannot get two mothers", func(t *testing.T) {
			atOnce(t, mother(crmtest.Brouwer, crmtest.Noorderlicht), mother(crmtest.Brouwer, crmtest.DeLinde))
		})
	})
}

// TestForest lets two colleagues link and unlink cards at random, at the same time.
func TestForest(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("stays one for seed ", seed), func(t *testing.T) {
			t.Parallel()
			onOffice(t, func(t *testing.T, o *crmtest.Office) {
				head := o.Head()
				var together sync.WaitGroup
				for i, who := range []string{crmtest.Sanne, crmtest.Joris} {
					p := &player{o: o, who: who, random: rand.New(rand.NewPCG(seed, uint64(i)))}
					together.Go(func() {
						for step := range 40 {
							if err := p.relate(); err != nil && crm.FaultsOf(err) == nil {
								t.Errorf("step %d of %s: %v", step, who, err)
							}
						}
					})
				}
				together.Wait()
				if o.Head()-head < 10 {
					t.Errorf("only %d things happened", o.Head()-head)
				}
				checkForest(t, o)
				checkVersions(t, o)
			})
		})
	}
}
