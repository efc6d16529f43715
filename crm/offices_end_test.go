package crm_test

import (
	"context"
	"maps"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

func TestAnOfficeThatIsSuspended(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		ctx, sanne := context.Background(), crm.DemoColleagues()[0]
		signIn := func() (*crm.SignedIn, error) { return o.Sessions.SignIn(ctx, sanne.Email, sanne.Password) }
		session := must2(signIn())(t)
		key := must2(o.Sessions.CreateToken(o.As(crmtest.Peter), crm.CreateAPITokenInput{Name: "BI"}))(t)
		head := o.Head()
		suspended := must2(o.Offices.Suspend(ctx, o.ID))(t)
		t.Run("lets nobody in, by whatever was given out", func(t *testing.T) {
			equal(t, "since", *suspended.SuspendedAt, o.Clock.Now())
			for _, token := range []string{session.Token, *key.Secret} {
				if _, err := o.Sessions.Authenticate(ctx, token); err != crm.ErrUnauthenticated { //nolint:errorlint // the very one
					t.Errorf("got %v", err)
				}
			}
			_, err := signIn()
			refused(t, err, crm.Unauthenticated)
			if err == crm.ErrBadCredentials { //nolint:errorlint // the very one
				t.Error("who knows the password is not told why")
			}
		})
		t.Run("tells what is open, once", func(t *testing.T) {
			must2(o.Offices.Suspend(ctx, o.ID))(t)
			events := o.LogAfter(head)
			equal(t, "events", len(events), 1)
			equal(t, "it concerns everybody", events[0].Concerns(o.Actor(crmtest.Joris)) && events[0].Kind == crm.AccessEndedEvent, true)
		})
		t.Run("is let in again as it was", func(t *testing.T) {
			equal(t, "suspended", must2(o.Offices.Resume(ctx, o.ID))(t).SuspendedAt == nil, true)
			must2(o.Sessions.Authenticate(ctx, session.Token))(t)
			must2(o.Sessions.Authenticate(ctx, *key.Secret))(t)
			must2(signIn())(t)
		})
		_, err := o.Offices.Suspend(ctx, "org_00000000000000000000000000")
		refused(t, err, crm.NotFound, "id")
	})
}

func TestAnOfficeThatIsDeleted(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		ctx, neighbour := context.Background(), o.Neighbour()
		kept := &emptied{}
		services := must2(crm.New(o.DB, crm.Options{Files: kept}))(t)
		before, theirs := rowsPerTable(t, o, o.ID), rowsPerTable(t, o, neighbour.Office)
		for table, n := range before {
			if n == 0 && theirs[table] == 0 {
				delete(before, table)
			}
		}
		if len(before) < 40 {
			t.Fatalf("only %d tables have rows: the test tells little", len(before))
		}
		refused(t, services.Offices.Delete(ctx, o.ID, "Delta Detachering B.V."), crm.BadInput, "id")
		must2(services.Offices.Suspend(ctx, o.ID))(t)
		refused(t, services.Offices.Delete(ctx, o.ID, "delta"), crm.BadInput, "name")
		refused(t, services.Offices.Delete(ctx, "org_00000000000000000000000000", "delta"), crm.NotFound, "id")
		name := must2(services.Offices.All(ctx))(t)[0].Name
		if err := services.Offices.Delete(ctx, o.ID, name); err != nil {
			t.Fatal(err)
		}
		for table, n := range rowsPerTable(t, o, o.ID) {
			if n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		equal(t, "contents that went", len(kept.keys), before["files"])
		if after := rowsPerTable(t, o, neighbour.Office); !maps.Equal(after, theirs) {
			t.Errorf("the neighbour has %v rows, and had %v", after, theirs)
		}
		equal(t, "offices", len(must2(services.Offices.All(ctx))(t)), 1)
	})
}

// emptied notes which contents are let go.
type emptied struct {
	crm.FileStore
	keys []string
}

func (e *emptied) Delete(_ context.Context, key string) error {
	e.keys = append(e.keys, key)
	return nil
}

// rowsPerTable counts an office's rows of each table.
func rowsPerTable(t *testing.T, o *crmtest.Office, office crm.ID) map[string]int {
	t.Helper()
	list := "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'organization_id'"
	if o.DB.Engine() == db.SQLite {
		list = "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name = 'organization_id'"
	}
	ctx, conn := db.Everywhere(t.Context()), o.DB.Read()
	var tables []string
	if err := conn.NewRaw(list).Scan(ctx, &tables); err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, table := range tables {
		n, err := conn.NewSelect().Table(table).Where("organization_id = ?", office).Count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		counts[table] = int(n)
	}
	return counts
}
