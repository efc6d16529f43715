package crm_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// titles searches in daily use, and gives the titles found.
func titles(t *testing.T, o *crmtest.Office, text string, types ...crm.CardType) []string {
	t.Helper()
	hits := must2(o.Search.Find(o.As(crmtest.Ruben), text, types, crm.ArchivedExclude, 50))(t)
	return each(hits, func(h *crm.SearchHit) string { return h.Title })
}

func TestSearch(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, name := range []string{"Schiedelta", "De Delta", "Delta Werk", "Delta", "Deltaplan", "Café Noir", "100% Inzet", "1000 Inzetten",
			"A_B Techniek", "AxB Techniek", "Sterre*n", `Bar "De Kade"`, "O'Neill", "Back\\slash", "Zo B.V.", "Zo", "Wel zo", "BV Wit VOF"} {
			o.Clock.Advance(time.Second)
			prospect(t, o, name)
		}
		for _, one := range []struct {
			name, text string
			want       []string
		}{
			{"ranks the whole title, its beginning, the beginning of a word, anywhere; then last changed", "delta",
				[]string{"Delta", "Deltaplan", "Delta Werk", "De Delta", "Schiedelta"}},
			{"takes no notice of case, accents and blanks", "  CAFÉ \t noir", []string{"Café Noir"}},
			{"finds an accented name without its accent", "cafe", []string{"Café Noir"}},
			{"wants all words, in any order", "werk delta", []string{"Delta Werk"}},
			{"wants short words too, anywhere in the text", "de delta", []string{"De Delta", "Deltaplan", "Delta", "Delta Werk", "Schiedelta"}},
			{"finds a part of a word", "iedel", []string{"Schiedelta"}},
			{"takes a percent sign for itself", "100%", []string{"100% Inzet"}},
			{"takes an underscore for itself", "a_b", []string{"A_B Techniek"}},
			{"takes an asterisk for itself", "rre*n", []string{"Sterre*n"}},
			{"takes an asterisk at the end for itself", "delta*", []string{}},
			{"takes a quotation mark for itself", `"de kade`, []string{`Bar "De Kade"`}},
			{"takes an apostrophe for itself", "o'n", []string{"O'Neill"}},
			{"takes a backslash for itself", `back\sl`, []string{"Back\\slash"}},
			{"finds what begins with a short word", "zo", []string{"Zo", "Zo B.V."}},
			{"finds what begins with several short words", "zo b.", []string{"Zo B.V."}},
			{"finds an abbreviation with dots by one without", "noorderlicht bv", []string{"Noorderlicht Software B.V."}},
			{"finds an abbreviation without dots by one with", "bv wit v.o.f.", []string{"BV Wit VOF"}},
			{"finds an abbreviation of which the last dot was not typed", "noorderlicht b.v", []string{"Noorderlicht Software B.V."}},
			{"finds what begins with an abbreviation", "b.v.", []string{"BV Wit VOF"}},
			{"finds nothing that holds only one of the words", "delta noir", []string{}},
			{"takes the words of a query language for words", "delta OR noir", []string{}},
			{"takes a column for a word", "text:delta", []string{}},
			{"takes NEAR for a word", "NEAR(delta werk)", []string{}},
			{"finds by relation number", "10004", []string{"Noorderlicht Software B.V."}},
			{"finds by KvK number", "00900104", []string{"Noorderlicht Software B.V."}},
			{"finds by city", "groningen", []string{"Noorderlicht Software B.V."}},
			{"finds by the number of a project", "p-2026-0012", []string{"BIM-modelleur nieuwbouw Maasstad"}},
			{"finds by the function of a contact", "projectdirecteur", []string{"Erik Jansen"}},
			{"finds by mail address", "n.bouzid@", []string{"Naima Bouzid"}},
			{"leaves out the archive", "nijhuis", []string{}},
		} {
			t.Run(one.name, func(t *testing.T) {
				sameList(t, "found by "+one.text, titles(t, o, one.text), one.want)
			})
		}
		t.Run("looks into the archive when asked", func(t *testing.T) {
			for archived, want := range map[crm.Archived]int{crm.ArchivedExclude: 1, crm.ArchivedInclude: 2, crm.ArchivedOnly: 1} {
				hits := must2(o.Search.Find(o.As(crmtest.Ruben), "hanze", []crm.CardType{crm.CustomerCard}, archived, 50))(t)
				equal(t, "hits with "+string(archived), len(hits), want)
				equal(t, "an archived hit", hits[len(hits)-1].IsArchived, archived != crm.ArchivedExclude && hits[len(hits)-1].Title != "Hanze Bouw B.V.")
			}
		})
		t.Run("narrows to kinds of cards", func(t *testing.T) {
			sameList(t, "contacts", titles(t, o, "brouwer", crm.ContactCard), []string{"Klaas Brouwer", "Anja Brouwer-Ter Haar",
				"Lisa Wolters", "Rik Scholten", "Mehmet Aydin", "Jolanda Kamphuis"})
			sameList(t, "customers and leads", titles(t, o, "noorderlicht", crm.ProspectCard, crm.LeadCard), []string{"Noorderlicht Software B.V."})
		})
		t.Run("gives no more than was asked for", func(t *testing.T) {
			for _, first := range []int{1, 2, 5} {
				equal(t, "hits", len(must2(o.Search.Find(o.As(crmtest.Ruben), "delta", nil, crm.ArchivedExclude, first))(t)), first)
			}
		})
		t.Run("takes a text of a hundred characters", func(t *testing.T) {
			equal(t, "hits", len(titles(t, o, strings.Repeat("é", 100))), 0)
		})
		t.Run("refuses what is too short, too long, or too much", func(t *testing.T) {
			for _, text := range []string{"", "  ", "a", "%", "\x00\x00", strings.Repeat("a", 101)} {
				_, err := o.Search.Find(o.As(crmtest.Ruben), text, nil, crm.ArchivedExclude, 10)
				refused(t, err, crm.BadInput, "text")
			}
			for _, first := range []int{-1, 0, 51} {
				_, err := o.Search.Find(o.As(crmtest.Ruben), "delta", nil, crm.ArchivedExclude, first)
				refused(t, err, crm.BadInput, "first")
			}
		})
	})
}

func TestSearchFollowsTheCards(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("to a new name, and forgets the old one", func(t *testing.T) {
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Waterlanden), crm.CustomerFields{Name: crmtest.Text("Gemeente Droogland")}))(t)
			sameList(t, "by the new name", titles(t, o, "droogland", crm.CustomerCard), []string{"Gemeente Droogland"})
			equal(t, "by the old name", len(titles(t, o, "waterlanden", crm.CustomerCard)), 0)
		})
		t.Run("on the cards beneath, which tell the relation's name", func(t *testing.T) {
			hits := must2(o.Search.Find(o.As(crmtest.Ruben), "toezichthouder", nil, crm.ArchivedExclude, 5))(t)
			equal(t, "subtitle", hits[0].Subtitle, "P-2026-0025 · Gemeente Droogland")
			hits = must2(o.Search.Find(o.As(crmtest.Ruben), "ingrid", nil, crm.ArchivedExclude, 5))(t)
			equal(t, "subtitle", hits[0].Subtitle, "Teammanager Ruimte · Gemeente Droogland")
		})
		t.Run("to another stage", func(t *testing.T) {
			must2(honour(o, o.Engagement("A-2026-0041").ID))(t)
			sameList(t, "customers", titles(t, o, "noorderlicht", crm.CustomerCard), []string{"Noorderlicht Software B.V."})
			equal(t, "prospects", len(titles(t, o, "noorderlicht", crm.ProspectCard)), 0)
		})
		t.Run("into the archive and back", func(t *testing.T) {
			brouwer := o.Customer(crmtest.Brouwer).ID
			must2(archive(o, brouwer))(t)
			equal(t, "archived", len(titles(t, o, "brouwer", crm.CustomerCard)), 0)
			must2(o.Customers.Restore(o.As(crmtest.Sanne), crm.RestoreCustomerInput{ID: brouwer}))(t)
			equal(t, "restored", len(titles(t, o, "brouwer", crm.CustomerCard)), 1)
		})
		t.Run("into the archive with all their words", func(t *testing.T) {
			contact := o.Contact("Anja Brouwer-Ter Haar")
			must2(state(o, contact.CustomerID, delivery(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Null[crm.ID]()})))(t)
			must2(o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: contact.ID}))(t)
			hits := must2(o.Search.Find(o.As(crmtest.Ruben), "financiele haar", nil, crm.ArchivedOnly, 5))(t)
			equal(t, "hits", len(hits), 1)
			found := must2(o.Contacts.OfCustomers(o.As(crmtest.Ruben), []crm.ID{contact.CustomerID},
				crm.ContactListArgs{Archived: crm.ArchivedInclude, Search: new("financiele haar")}, page.Args{}))(t)
			equal(t, "in the list", len(found[0].Nodes), 1)
		})
		t.Run("not when a change is taken back", func(t *testing.T) {
			_, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Fields: crm.CustomerFields{Name: crmtest.Text("Verdwenen"), Phone: crmtest.Text("x")}})
			refused(t, err, crm.BadInput)
			equal(t, "hits", len(titles(t, o, "verdwenen")), 0)
		})
	})
}

// What older versions stored has its dots.
func TestSearchFindsWhatWasStoredBefore(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		made := prospect(t, o, "Oud-Zuid B.V.")
		contact := o.Contact("Erik Jansen")
		write(t, o, "UPDATE search_entries SET title_key = 'oud-zuid b.v.', alias_key = 'o.z.b.', text = 'oud-zuid b.v. o.z.b. 7a. 1.2 x.' WHERE card_id = ?", made.ID)
		write(t, o, "UPDATE contacts SET search_text = 'erik jansen m.t.s.' WHERE id = ?", contact.ID)
		write(t, o, "UPDATE communications SET search_text = 'z.s.m. twee. kandidaten' WHERE customer_id = ? AND subject LIKE 'Twee%'", contact.CustomerID)
		write(t, o, "DELETE FROM bun_migrations WHERE name = '20261209000000'")
		if err := o.DB.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"bv oud-zuid", "o.z.", "ozb", "ozb 7a. 1.2 x"} {
			sameList(t, "found by "+text, titles(t, o, text), []string{"Oud-Zuid B.V."})
		}
		people := must2(o.Contacts.OfCustomers(o.As(crmtest.Ruben), []crm.ID{contact.CustomerID}, crm.ContactListArgs{Archived: crm.ArchivedInclude, Search: new("mts")}, page.Args{}))(t)
		sameList(t, "contacts", nodeIDs(people[0].Nodes), []crm.ID{contact.ID})
		equal(t, "communications", len(timelineOf(t, o, contact.CustomerID, crm.TimelineArgs{Search: new("zsm twee. kandidaten")}, page.Args{}).Nodes), 1)
	})
}

func TestHighlights(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, one := range []struct{ title, text, want string }{
			{"Café de Ruyter", "ruy caf", "[Caf]é de [Ruy]ter"},
			{"Straße 9", "strasse", "[Straße] 9"},
			{"Straße 9", "ras", "St[raß]e 9"}, // half of a letter counts as the letter
			{"Cafe\u0301 Noir", "cafe noir", "[Cafe\u0301] [Noir]"},
			{"ŒUVRE", "oeuvre", "[ŒUVRE]"},
			{"Wit\u00a0Huis", "wit huis", "[Wit]\u00a0[Huis]"},
			{"Dak B.V. Oost", "dak bv", "[Dak] [B.V.] Oost"},
			{"Goot V.O.F.", "goot vof", "[Goot] [V.O.F.]"},
		} {
			prospect(t, o, one.title)
			hits := must2(o.Search.Find(o.As(crmtest.Ruben), one.text, []crm.CardType{crm.ProspectCard}, crm.ArchivedExclude, 10))(t)
			i := slices.IndexFunc(hits, func(h *crm.SearchHit) bool { return h.Title == one.title })
			if i < 0 {
				t.Fatalf("%q does not find %q", one.text, one.title)
			}
			equal(t, "highlights of "+one.text, marked(hits[i]), one.want)
		}
	})
}

// marked puts brackets around the parts of a title that matched.
func marked(hit *crm.SearchHit) string {
	title := []rune(hit.Title)
	slices.SortFunc(hit.Highlights, func(a, b *crm.Highlight) int { return cmp.Compare(b.Start, a.Start) })
	for _, h := range hit.Highlights {
		title = slices.Insert(title, h.Start+h.Length, ']')
		title = slices.Insert(title, h.Start, '[')
	}
	return string(title)
}

// TestSearchByDefinition compares with the definition of search, spelled out over all that could be
// found: so both engines give the same.
func TestSearchByDefinition(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		crowd(t, o)
		entries := searchable(t, o)
		random := rand.New(rand.NewPCG(3, 4))
		for range 120 {
			text := someText(random, entries)
			hits, err := o.Search.Find(o.As(crmtest.Ruben), text, nil, crm.ArchivedInclude, 50)
			if err != nil {
				refused(t, err, crm.BadInput, "text")
				continue
			}
			want := byDefinition(entries, text)
			got := each(hits, func(h *crm.SearchHit) crm.ID { return h.CardID })
			if !slices.Equal(got, want[:min(50, len(want))]) {
				t.Fatalf("%q finds\n%v, want\n%v", text, got, want)
			}
			list := must2(o.Customers.List(o.As(crmtest.Ruben), crm.CustomerListArgs{Archived: crm.ArchivedInclude, Search: &text}, page.Args{First: new(100)}))(t)
			relations := slices.DeleteFunc(want, func(id crm.ID) bool { return id.Prefix() != "cus" })
			inList := nodeIDs(list.Nodes)
			slices.Sort(relations)
			slices.Sort(inList)
			if !slices.Equal(inList, relations) {
				t.Fatalf("%q in the list of relations gives\n%v, want\n%v", text, inList, relations)
			}
		}
	})
}

// entry is what can be found of a card.
type entry struct {
	CardID    crm.ID
	TitleKey  string
	Text      string
	ChangedAt time.Time
}

func searchable(t *testing.T, o *crmtest.Office) []*entry {
	t.Helper()
	var entries []*entry
	err := o.DB.Read().NewSelect().Table("search_entries").Column("card_id", "title_key", "text", "changed_at").Scan(db.Everywhere(t.Context()), &entries)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// someText makes up what a user might look for: parts of texts that are there, of all lengths.
func someText(random *rand.Rand, entries []*entry) string {
	var words []string
	for range 1 + random.IntN(3) {
		from := entries[random.IntN(len(entries))]
		words = append(words, part(random, from.TitleKey), part(random, from.Text))
	}
	random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.Join(words[:1+random.IntN(2)], " ")
}

func part(random *rand.Rand, text string) string {
	runes := []rune(text)
	from := random.IntN(len(runes))
	if random.IntN(3) == 0 {
		from = 0
	}
	return string(runes[from:min(len(runes), from+1+random.IntN(6))])
}

// byDefinition gives the cards that a text finds, best first.
func byDefinition(entries []*entry, text string) []crm.ID {
	words := strings.Fields(crm.SearchFold(text))
	phrase := strings.Join(words, " ")
	long := slices.ContainsFunc(words, func(word string) bool { return utf8.RuneCountInString(word) >= 3 })
	matches := func(e *entry) bool {
		if !long {
			return strings.HasPrefix(e.TitleKey, phrase)
		}
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(e.Text, word) })
	}
	rank := func(e *entry) int {
		switch {
		case e.TitleKey == phrase:
			return 0
		case strings.HasPrefix(e.TitleKey, phrase):
			return 1
		case strings.Contains(" "+e.TitleKey, " "+phrase):
			return 2
		}
		return 3
	}
	found := slices.DeleteFunc(slices.Clone(entries), func(e *entry) bool { return !matches(e) })
	slices.SortFunc(found, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.ChangedAt.Compare(a.ChangedAt), cmp.Compare(b.CardID, a.CardID))
	})
	return each(found, func(e *entry) crm.ID { return e.CardID })
}
