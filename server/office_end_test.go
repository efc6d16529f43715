package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
)

func TestTheCommandsThatEndAnOffice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run := func(arguments ...string) (int, string) {
		out := &bytes.Buffer{}
		code := program{in: strings.NewReader(anPassword + "\n"), out: out, err: out, setLogger: func(Config) {}}.run(t.Context(),
			append(arguments, "--database-url", "sqlite:"+filepath.Join(folder, "x.db"), "--files", filepath.Join(folder, "files")))
		return code, out.String()
	}
	expect := func(wanted int, said string, arguments ...string) string {
		t.Helper()
		code, out := run(arguments...)
		if code != wanted || !strings.Contains(out, said) {
			t.Fatalf("%v: exit code %d: %s", arguments, code, out)
		}
		return out
	}
	expect(succeeded, "", "office", "--name", "Oost", "--administrator", anName, "--email", anEmail)
	id, _, _ := strings.Cut(expect(succeeded, "\tOost\tfounded 20", "offices"), "\t")
	expect(misused, "Suspend the office first", "delete-office", "--id", id, "--name", "Oost")
	expect(misused, "This does not exist", "suspend-office", "--id", "org_00000000000000000000000000")
	expect(succeeded, "Oost is suspended", "suspend-office", "--id", id)
	expect(succeeded, "suspended since 20", "offices")
	expect(succeeded, "Oost is let in again", "resume-office", "--id", id)
	expect(succeeded, "\topen\n", "offices")
	expect(succeeded, "", "suspend-office", "--id", id)
	expect(misused, "not the name", "delete-office", "--id", id, "--name", "oost")
	expect(succeeded, "Oost is deleted", "delete-office", "--id", id, "--name", "Oost")
	if _, out := run("offices"); out != "" {
		t.Errorf("left: %s", out)
	}
}

func TestASuspendedOfficeIsCutOff(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	socket, card := o.connect(t), o.addCustomer(t)
	subscribe(t, socket, "1", `subscription { cardEvents(card: "`+card+`") { __typename } }`)
	receive(t, socket)
	actor, err := o.node.crm.Sessions.Authenticate(t.Context(), o.token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.node.crm.Offices.Suspend(t.Context(), actor.OrganizationID); err != nil {
		t.Fatal(err)
	}
	if err := endOf(socket); !websocket.IsCloseError(err, 4403, 4401) {
		t.Errorf("the socket ended with %v", err)
	}
	expectCode(t, o.ask(t, `{ viewer { user { name } } }`), string(crm.Unauthenticated))
}
