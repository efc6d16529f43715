package crm_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// export writes a list to a CSV file and gives its lines.
func export(ctx context.Context, t *testing.T, o *crmtest.Office, list crm.ExportedListInput) [][]string {
	t.Helper()
	answer := must2(o.Exports.Export(ctx, crm.ExportListInput{List: list, Format: "CSV"}))(t)
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(contentOf(t, o, answer.File), "\ufeff")))
	if actor, err := crm.ActorFrom(ctx); err == nil && actor.Language == crm.LanguageNL {
		reader.Comma = ';'
	}
	lines := must2(reader.ReadAll())(t)
	equal(t, "rows told", answer.RowCount, len(lines)-1)
	return lines
}

func column(lines [][]string, i int) []string {
	return each(lines[1:], func(line []string) string { return line[i] })
}

func TestExportedLists(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne, installatie := o.As(crmtest.Sanne), o.Customer(crmtest.Installatie).ID
		line := func(t *testing.T, lines [][]string, i int, want ...string) {
			t.Helper()
			sameList(t, "a line", lines[i], want)
		}
		t.Run("relations, as the overview chooses and orders them", func(t *testing.T) {
			args := crm.CustomerListArgs{Stages: []crm.CustomerStage{crm.Client}, Archived: crm.ArchivedInclude,
				OrderBy: []*crm.CustomerOrder{{Field: crm.CustomersByCity, Direction: crm.Descending}}}
			lines := export(sanne, t, o, crm.ExportedListInput{Customers: &args})
			line(t, lines, 0, "Nummer", "Naam", "Stadium", "Plaats", "Branche", "Relatieklasse", "Herkomst", "Labels", "Accountmanager", "Telefoon", "E-mail", "Gearchiveerd op",
				"Zoeknaam", "SBI-code", "SBI-versie", "Jaaromzet", "Bankrekeningen", "Kredietlimiet", "Kredietstatus")
			shown := must2(o.Customers.List(sanne, args, page.Args{}))(t).Nodes
			sameList(t, "numbers", column(lines, 0), each(shown, func(c *crm.Customer) string { return c.Number }))
			for _, one := range lines[1:] {
				if one[0] == crmtest.Vastgoed {
					sameList(t, "archived", one, []string{"10006", "Hanze Vastgoedbeheer B.V.", "Klant", "Zwolle", "Vastgoed", "", "", "", "Joris Kuipers", "'+31380006600",
						"info@hanzevastgoed.example", "2025-02-14 15:30", "", "6832", "SBI2008", "", "NL76DEMO0100000555", "", "Onbekend"})
				}
				if one[0] == crmtest.Installatie {
					sameList(t, "of the register", one[12:], []string{"VDVI", "4322", "SBI2008", "12750000,00",
						"NL46DEMO0100000222, NL04DEMO0990000228", "100000,00", "Verleend"})
					sameList(t, "classified", one[4:9], []string{"Installatietechniek", "A", "Aanbeveling", "Raamovereenkomst, Nieuwsbrief", "Sanne Verhoef"})
				}
			}
		})
		t.Run("contacts of a relation, archived ones included as on the tab", func(t *testing.T) {
			brouwer := o.Customer(crmtest.Brouwer).ID
			args := crm.ContactListArgs{Archived: crm.ArchivedInclude}
			lines := export(sanne, t, o, crm.ExportedListInput{Contacts: &crm.ExportedContactsInput{CustomerID: brouwer, ContactListArgs: args}})
			shown := must2(o.Contacts.OfCustomers(sanne, []crm.ID{brouwer}, args, page.Args{}))(t)[0].Nodes
			sameList(t, "names", column(lines, 0), each(shown, func(c *crm.Contact) string { return c.Name }))
			args.Search = new("engineering")
			lines = export(sanne, t, o, crm.ExportedListInput{Contacts: &crm.ExportedContactsInput{CustomerID: brouwer, ContactListArgs: args}})
			sameList(t, "found", column(lines, 1), []string{"Hoofd engineering", "Hoofd engineering"})
		})
		t.Run("leads, requests and projects, as the pipeline", func(t *testing.T) {
			lines := export(sanne, t, o, crm.ExportedListInput{Engagements: &crm.PipelineArgs{Phases: []crm.EngagementPhase{crm.LeadPhase},
				Archived: crm.ArchivedExclude, OrderBy: []*crm.EngagementOrder{{Field: crm.EngagementsByNumber, Direction: crm.Ascending}}}})
			sameList(t, "numbers", column(lines, 0), []string{"L-2026-0088", "L-2026-0090", "L-2026-0099", "L-2026-0101"})
			sameList(t, "statuses", column(lines, 4), []string{"Verloren", "Omgezet", "Open", "Open"})
			equal(t, "value", lines[4][8], "450000,00")
			equal(t, "customer", lines[4][3], "Van der Velde Installatietechniek B.V.")
		})
		t.Run("projects of a relation, with who is nominated", func(t *testing.T) {
			lines := export(sanne, t, o, crm.ExportedListInput{Projects: &crm.ExportedProjectsInput{CustomerID: installatie,
				EngagementListArgs: crm.EngagementListArgs{Archived: crm.ArchivedInclude}}})
			line(t, lines, 2, "P-2026-0012", "BIM-modelleur nieuwbouw Maasstad", "Actief", "Erik Jansen", lines[2][4], "Lotte Smits", "2026-03-02", "2027-02-26", "Ja", "")
			equal(t, "archived", lines[3][9] != "", true)
		})
		t.Run("what was said, and what of it was sent", func(t *testing.T) {
			in := &crm.ExportedCommunicationsInput{CustomerID: installatie}
			said, sent := export(sanne, t, o, crm.ExportedListInput{Communications: in}), export(sanne, t, o, crm.ExportedListInput{Correspondence: in})
			sameList(t, "sent", column(sent, 1), []string{"E-mail", "Factuur"})
			equal(t, "more was said", len(said) > len(sent), true)
			equal(t, "in words", sent[1][3], "Twee kandidaten projectleider E&W")
			equal(t, "with", sent[1][5], "Naima Bouzid")
			equal(t, "about", sent[1][6], "A-2026-0040")
		})
		t.Run("billable lines, for those who may see amounts", func(t *testing.T) {
			list := crm.ExportedListInput{BillableLines: &crm.ExportedBillableLinesInput{ProjectID: o.Engagement("P-2026-0012").ID}}
			lines := export(o.As(crmtest.Fatima), t, o, list)
			equal(t, "rate", lines[1][7], "82,50")
			equal(t, "worker", lines[1][4], "Lotte Smits")
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Exports.Export(sanne, crm.ExportListInput{List: list, Format: "CSV"})
				refused(t, err, crm.Forbidden, "input", "list", "billableLines")
			})
		})
		t.Run("in the language of who asks", func(t *testing.T) {
			english := o.Actor(crmtest.Sanne)
			english.Language = crm.LanguageEN
			lines := export(crm.WithActor(t.Context(), english), t, o, crm.ExportedListInput{Customers: &crm.CustomerListArgs{Archived: crm.ArchivedOnly}})
			sameList(t, "columns", lines[0][:3], []string{"Number", "Name", "Stage"})
			equal(t, "stage", lines[1][2], "Customer")
		})
		t.Run("without a row are a line of names", func(t *testing.T) {
			lines := export(sanne, t, o, crm.ExportedListInput{Engagements: &crm.PipelineArgs{Search: new("niets van dit alles")}})
			equal(t, "lines", len(lines), 1)
		})
		t.Run("run nothing on the machine of who opens them", func(t *testing.T) {
			prospect(t, o, "=HYPERLINK(\"https://boos.example\")")
			lines := export(sanne, t, o, crm.ExportedListInput{Customers: &crm.CustomerListArgs{Stages: []crm.CustomerStage{crm.Prospect}, Search: new("hyperlink")}})
			equal(t, "name", lines[1][1], "'=HYPERLINK(\"https://boos.example\")")
		})
		t.Run("of many pages hold each row once, in order", func(t *testing.T) {
			for range 3 {
				crowd(t, o)
			}
			args := crm.CustomerListArgs{Archived: crm.ArchivedInclude, OrderBy: []*crm.CustomerOrder{{Field: crm.CustomersByCity, Direction: crm.Ascending}}}
			shown := walk(t, 100, false, func(window page.Args) (*page.Connection[*crm.Customer], error) {
				return o.Customers.List(sanne, args, window)
			})
			if len(shown) <= 100 {
				t.Fatalf("%d relations fit on one page", len(shown))
			}
			lines := export(sanne, t, o, crm.ExportedListInput{Customers: &args})
			sameList(t, "numbers", column(lines, 0), each(shown, func(c *crm.Customer) string { return c.Number }))
		})
	})
}

func TestExport(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne, neighbour := o.As(crmtest.Sanne), o.Neighbour()
		contacts := crm.ExportListInput{Format: "XLSX", List: crm.ExportedListInput{Contacts: &crm.ExportedContactsInput{CustomerID: o.Customer(crmtest.Brouwer).ID}}}
		t.Run("is the file of who made it alone, and in the log", func(t *testing.T) {
			head := o.Head()
			file := must2(o.Exports.Export(sanne, contacts))(t).File
			equal(t, "name", file.Name, "Contactpersonen Brouwer & Zonen Machinefabriek B.V. 2026-11-23.xlsx")
			content := contentOf(t, o, file)
			if _, err := zip.NewReader(strings.NewReader(content), int64(len(content))); err != nil {
				t.Errorf("it is no workbook: %v", err)
			}
			must2(o.Files.Get(sanne, file.ID))(t)
			_, err := o.Files.Get(o.As(crmtest.Peter), file.ID)
			refused(t, err, crm.NotFound)
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.ListExportedEvent})
			equal(t, "told to", log[0].CustomerID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "subject", *log[0].SubjectID, file.ID)
		})
		t.Run("may be made by who may only read", func(t *testing.T) { must2(o.Exports.Export(o.As(crmtest.Ruben), contacts))(t) })
		t.Run("is known to administrators, and to who made it", func(t *testing.T) {
			by := func(who string) []crm.ID {
				found := must2(o.Exports.List(o.As(who), page.Args{}))(t).Nodes
				return each(found, func(e *crm.ListExport) crm.ID { return *e.ExportedByID() })
			}
			sanneID, ruben := o.Actor(crmtest.Sanne).UserID, o.Actor(crmtest.Ruben).UserID
			sameList(t, "Peter's", by(crmtest.Peter), []crm.ID{ruben, sanneID})
			sameList(t, "Sanne's", by(crmtest.Sanne), []crm.ID{sanneID})
			narrow := o.Actor(crmtest.Peter)
			narrow.Scope = crm.OwnRelations
			equal(t, "Peter's, who sees own cards alone", len(must2(o.Exports.List(crm.WithActor(t.Context(), narrow), page.Args{}))(t).Nodes), 0)
			one := must2(o.Exports.List(sanne, page.Args{}))(t).Nodes[0]
			equal(t, "list", one.List(), crm.ContactsExported)
			equal(t, "format", one.Format(), "XLSX")
			equal(t, "rows", one.RowCount(), 6)
			equal(t, "card", *one.CardID(), o.Customer(crmtest.Brouwer).ID)
			theirs := must2(o.Exports.List(neighbour.Context(), page.Args{}))(t).Nodes
			sameList(t, "the neighbour's", each(theirs, (*crm.ListExport).List), []crm.ExportedList{crm.CustomersExported})
		})
		t.Run("under a key is made once", func(t *testing.T) {
			keyed := crm.WithManner(sanne, crm.Manner{Key: "k", Request: "r"})
			first, left, head := must2(o.Exports.Export(keyed, contacts))(t), filesLeft(t, o), o.Head()
			second := must2(o.Exports.Export(keyed, contacts))(t)
			equal(t, "file", second.File.ID, first.File.ID)
			equal(t, "rows", second.RowCount, first.RowCount)
			equal(t, "files", filesLeft(t, o), left)
			equal(t, "head", o.Head(), head)
		})
		o.Signals()
		t.Run("that is only tried counts the rows, and makes nothing", func(t *testing.T) {
			var tried []*crm.Event
			changesNothing(t, o, func() {
				answer := must2(o.Exports.Export(crm.WithManner(sanne, crm.Manner{Try: func(events []*crm.Event) { tried = events }}), contacts))(t)
				equal(t, "rows", answer.RowCount, 6)
				equal(t, "file", answer.File, nil)
			})
			sameList(t, "would log", kinds(tried), []crm.EventKind{crm.ListExportedEvent})
		})
		for _, one := range []struct {
			name string
			list crm.ExportedListInput
			code crm.ErrorCode
			path []string
		}{
			{"a relation that is not there", crm.ExportedListInput{Contacts: &crm.ExportedContactsInput{CustomerID: "cus_00000000000000000000000000"}},
				crm.NotFound, []string{"input", "list", "contacts", "customerId"}},
			{"a card of another kind", crm.ExportedListInput{Projects: &crm.ExportedProjectsInput{CustomerID: o.Engagement("P-2026-0012").ID}},
				crm.NotFound, []string{"input", "list", "projects", "customerId"}},
			{"the relation of a neighbour", crm.ExportedListInput{Communications: &crm.ExportedCommunicationsInput{CustomerID: neighbour.Customer}},
				crm.NotFound, []string{"input", "list", "communications", "customerId"}},
			{"days that end before they begin", crm.ExportedListInput{Correspondence: &crm.ExportedCommunicationsInput{CustomerID: o.Customer(crmtest.Brouwer).ID,
				TimelineArgs: crm.TimelineArgs{DateRange: &crm.DateRange{StartOn: new(crm.Date("2026-02-02")), EndOn: new(crm.Date("2026-02-01"))}}}},
				crm.BadInput, []string{"input", "list", "correspondence", "dateRange", "endOn"}},
			{"no list", crm.ExportedListInput{}, crm.BadInput, []string{"input", "list"}},
		} {
			t.Run("refuses "+one.name, func(t *testing.T) {
				o.Signals()
				changesNothing(t, o, func() {
					_, err := o.Exports.Export(sanne, crm.ExportListInput{Format: "CSV", List: one.list})
					refused(t, err, one.code, one.path...)
				})
			})
		}
		t.Run("refuses more rows than a list may have, and keeps nothing", func(t *testing.T) {
			o.Exports.Limit(5)
			changesNothing(t, o, func() {
				_, err := o.Exports.Export(sanne, contacts)
				refused(t, err, crm.LimitExceeded, "input", "list")
			})
			o.Exports.Limit(6)
			must2(o.Exports.Export(sanne, contacts))(t)
		})
		t.Run("refuses a list of a part that the office does without", func(t *testing.T) {
			without(t, o, crm.ContactsFeature)
			_, err := o.Exports.Export(o.As(crmtest.Sanne), contacts)
			refused(t, err, crm.FeatureDisabled)
		})
	})
}

// brokenStore takes some of a file and then fails.
type brokenStore struct{ crm.FileStore }

func (brokenStore) Put(_ context.Context, _ string, content io.Reader) error {
	if _, err := content.Read(make([]byte, 10)); err != nil {
		return err
	}
	return io.ErrShortWrite
}

func TestExportToAStoreThatFails(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		services, err := crm.New(o.DB, crm.Options{Files: brokenStore{emptyStore{}}, Now: o.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		head, left := o.Head(), filesLeft(t, o)
		_, err = services.Exports.Export(o.As(crmtest.Sanne), crm.ExportListInput{Format: "CSV", List: crm.ExportedListInput{Customers: &crm.CustomerListArgs{}}})
		if err == nil || !strings.Contains(err.Error(), io.ErrShortWrite.Error()) {
			t.Errorf("got %v", err)
		}
		equal(t, "files", filesLeft(t, o), left)
		equal(t, "head", o.Head(), head)
	})
}

// emptyStore holds nothing.
type emptyStore struct{}

func (emptyStore) Put(context.Context, string, io.Reader) error { return nil }
func (emptyStore) Get(context.Context, string, int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(nil)), nil
}
func (emptyStore) Delete(context.Context, string) error { return nil }
