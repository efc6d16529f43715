package main

import (
	"context"
	"io"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// few is an office for tests: every kind of row, and a second of work.
const few = 40

func TestOffice(t *testing.T) {
	t.Parallel()
	t.Run("follows from its seed", func(t *testing.T) {
		t.Parallel()
		if !reflect.DeepEqual(rowsOf(newOffice(7, few)), rowsOf(newOffice(7, few))) {
			t.Error("two offices of one seed differ")
		}
		if reflect.DeepEqual(rowsOf(newOffice(7, few)), rowsOf(newOffice(8, few))) {
			t.Error("the seed changes nothing")
		}
	})
	t.Run("has ids of the product's form", func(t *testing.T) {
		t.Parallel()
		o := newOffice(1, few)
		for _, ids := range [][]string{o.users, o.customers, o.contacts, o.engagements, {o.id, limitID("com")}} {
			for _, id := range ids {
				if !crm.ID(id).Valid() {
					t.Fatalf("%s is no id", id)
				}
			}
		}
	})
	t.Run("has some customers with very much to tell", func(t *testing.T) {
		t.Parallel()
		talk := make(map[int32]int)
		for _, owner := range newOffice(1, 2000).communicationOwner {
			talk[owner]++
		}
		large, usual := 0, 0
		for _, n := range talk {
			switch {
			case n >= 500:
				large++
			case n <= 50:
				usual++
			}
		}
		if large < 3 || large > 30 || usual < 1600 {
			t.Errorf("%d of 2000 customers have 500 communications or more, %d have 50 or less", large, usual)
		}
	})
}

func rowsOf(o *office) map[string][][]any {
	rows := make(map[string][][]any)
	for _, t := range o.tables() {
		if t.name != "number_series" { // its order is that of a map
			rows[t.name] = append(rows[t.name], t.chunkOf(0, t.n)...)
		}
	}
	return rows
}

func TestFill(t *testing.T) {
	t.Parallel()
	t.Run("goes on where it was stopped", func(t *testing.T) {
		t.Parallel()
		for _, engine := range dbtest.Engines() {
			t.Run(engine, func(t *testing.T) {
				t.Parallel()
				o, url := newOffice(1, few), dbtest.AsSuperuser(t, dbtest.URL(t, engine))
				ctx, stop := context.WithCancel(t.Context())
				stopped := &stopAfter{lines: 7, stop: stop}
				if err := fill(ctx, url, o, &progress{out: stopped}); err == nil {
					t.Fatal("the run was not stopped")
				}
				for range 2 { // the second time there is nothing to do
					if err := fill(t.Context(), url, o, &progress{out: io.Discard}); err != nil {
						t.Fatal(err)
					}
				}
				if n, want := count(t, url, "communications"), o.scale.communications; n != want {
					t.Errorf("there are %d communications, want %d", n, want)
				}
				if n, want := count(t, url, "search_entries"), o.scale.customers+o.scale.contacts+o.scale.engagements; n != want {
					t.Errorf("search knows %d cards, want %d", n, want)
				}
				if n := shownFunctions(t, url); n != o.scale.contacts {
					t.Errorf("%d of %d contacts show the first of their functions", n, o.scale.contacts)
				}
			})
		}
	})
	t.Run("brings every index and reference back", func(t *testing.T) {
		t.Parallel()
		for _, engine := range dbtest.Engines() {
			t.Run(engine, func(t *testing.T) {
				t.Parallel()
				url, untouched := filled(t, engine, newOffice(1, few)), dbtest.AsSuperuser(t, dbtest.URL(t, engine))
				if got, want := structure(t, url), structure(t, untouched); !reflect.DeepEqual(got, want) {
					t.Errorf("the structure is\n%v\nwant\n%v", got, want)
				}
			})
		}
	})
	t.Run("leaves a database alone that holds something else", func(t *testing.T) {
		t.Parallel()
		url := filled(t, dbtest.SQLite, newOffice(1, few))
		if err := fill(t.Context(), url, newOffice(2, few), &progress{out: io.Discard}); err == nil {
			t.Error("another office was written into it")
		}
	})
}

// stopAfter ends a run when so many lines were written.
type stopAfter struct {
	lines int
	stop  func()
}

func (s *stopAfter) Write(line []byte) (int, error) {
	if s.lines--; s.lines == 0 {
		s.stop()
	}
	return len(line), nil
}

func filled(t *testing.T, engine string, o *office) string {
	t.Helper()
	url := dbtest.AsSuperuser(t, dbtest.URL(t, engine))
	if err := fill(t.Context(), url, o, &progress{out: io.Discard}); err != nil {
		t.Fatal(err)
	}
	return url
}

func open(t *testing.T, url string) (*db.DB, *crm.CRM) {
	t.Helper()
	store, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	services, err := crm.New(store, crm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store, services
}

func count(t *testing.T, url, table string) int {
	t.Helper()
	store, _ := open(t, url)
	n, err := store.Read().NewSelect().Table(table).Count(db.Everywhere(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// shownFunctions counts the contacts whose card shows what their first function says.
func shownFunctions(t *testing.T, url string) int {
	t.Helper()
	store, _ := open(t, url)
	n, err := store.Read().NewSelect().TableExpr("contacts AS c").
		Join("JOIN contact_functions AS f ON f.organization_id = c.organization_id AND f.contact_id = c.id AND f.is_primary").
		Where("f.title = c.function AND COALESCE(f.department, '') = COALESCE(c.department, '')").Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// structure lists the indexes, triggers and references of a database.
func structure(t *testing.T, url string) []string {
	t.Helper()
	store, _ := open(t, url)
	query := "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'bench%' ORDER BY name"
	if store.Engine() == db.Postgres {
		query = `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'bench%'
			UNION ALL SELECT conrelid::regclass || ' ' || conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1`
	}
	var found []string
	if err := store.Read().NewRaw(query).Scan(db.Everywhere(t.Context()), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// The office writes the keys itself that the business keeps beside the fields. When the business saves
// the same card, they must not change.
func TestKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(1, few)
	url := filled(t, dbtest.SQLite, o)
	store, services := open(t, url)
	ctx := crm.WithActor(t.Context(), crm.Actor{OrganizationID: crm.ID(o.id), UserID: crm.ID(o.users[0]), Role: crm.Admin, Rights: crm.AllRights()})
	note := "een aantekening"
	t.Run("of customers are those of the business", func(t *testing.T) {
		t.Parallel()
		for i := range o.scale.customers {
			if o.customer(i).archived {
				continue
			}
			id := crm.ID(o.customers[i])
			keys := "SELECT c.name_key, c.sector_key, c.city_key, c.postcode, c.email_domain, e.type, e.title, e.subtitle, e.title_key, e.text, e.archived" +
				" FROM customers AS c JOIN search_entries AS e ON e.card_id = c.id WHERE c.id = ?"
			before := row(t, store, keys, id)
			_, err := services.Customers.Update(ctx, crm.UpdateCustomerInput{ID: id, ExpectedVersion: version(t, store, "customers", id),
				Patch: crm.CustomerFields{Notes: graphql.OmittableOf(&note)}})
			if err != nil {
				t.Fatal(err)
			}
			if after := row(t, store, keys, id); !reflect.DeepEqual(before, after) {
				t.Fatalf("the office has\n%v\nthe business\n%v", before, after)
			}
		}
	})
	t.Run("of contacts are those of the business", func(t *testing.T) {
		t.Parallel()
		for j := range o.scale.contacts {
			if o.contact(j).archived || o.customer(int(o.contactOwner[j])).archived {
				continue
			}
			id := crm.ID(o.contacts[j])
			keys := "SELECT c.name, c.sort_key, c.email_key, c.search_text, e.type, e.title, e.subtitle, e.title_key, e.text, e.archived" +
				" FROM contacts AS c JOIN search_entries AS e ON e.card_id = c.id WHERE c.id = ?"
			before := row(t, store, keys, id)
			_, err := services.Contacts.Update(ctx, crm.UpdateContactInput{ID: id, ExpectedVersion: version(t, store, "contacts", id),
				Patch: crm.ContactFields{Notes: graphql.OmittableOf(&note)}})
			if err != nil {
				t.Fatal(err)
			}
			if after := row(t, store, keys, id); !reflect.DeepEqual(before, after) {
				t.Fatalf("the office has\n%v\nthe business\n%v", before, after)
			}
		}
	})
	t.Run("of engagements and communications are those of the business", func(t *testing.T) {
		t.Parallel()
		s := &samples{office: o}
		for i := range o.scale.customers {
			if !o.customer(i).archived {
				s.customersInUse = append(s.customersInUse, i)
			}
		}
		d := roll(1, aRequest, 1)
		wanted := chooseMoment(&d, s)
		customer, subject, body := crm.ID(wanted["customerId"].(string)), wanted["subject"].(string), wanted["body"].(string)
		moment, err := services.Communications.CreateContactMoment(ctx, crm.CreateContactMomentInput{CustomerID: customer, Subject: &subject, Body: &body})
		if err != nil {
			t.Fatal(err)
		}
		got := row(t, store, "SELECT search_text FROM communications WHERE id = ?", moment.Communication.NodeID())
		if want := o.folded[subject] + " " + o.folded[body]; got[0] != want {
			t.Errorf("of a communication search knows %q, want %q", got[0], want)
		}
		e := o.engagement(0)
		lead, err := services.Engagements.CreateLead(ctx, crm.CreateLeadInput{CustomerID: customer, Title: e.title})
		if err != nil {
			t.Fatal(err)
		}
		got = row(t, store, "SELECT title, title_key, text FROM search_entries WHERE card_id = ?", lead.Lead.ID)
		if want := []any{e.title, crm.SearchFold(e.title), foldedAll(e.title, lead.Lead.Number)}; !reflect.DeepEqual(got, want) {
			t.Errorf("of a lead search knows %q, want %q", got, want)
		}
	})
}

func row(t *testing.T, store *db.DB, query string, id crm.ID) []any {
	t.Helper()
	rows, err := store.Read().QueryContext(db.Everywhere(t.Context()), query, string(id))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatal("no row", err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

func version(t *testing.T, store *db.DB, table string, id crm.ID) *int {
	t.Helper()
	n := 0
	if err := store.Read().NewSelect().Table(table).Column("version").Where("id = ?", id).Scan(db.Everywhere(t.Context()), &n); err != nil {
		t.Fatal(err)
	}
	return &n
}

func TestPlace(t *testing.T) {
	t.Parallel()
	t.Run("keeps SQLite offices apart by size", func(t *testing.T) {
		t.Parallel()
		folder := filepath.Join(t.TempDir(), "offices")
		url, err := place{engine: "sqlite", folder: folder}.find(t.Context(), 5000)
		if want := "sqlite:" + folder + "/office-5000.db"; err != nil || url != want {
			t.Errorf("the office is in %s (%v), want %s", url, err, want)
		}
	})
}
