package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// The measures of the scene.
const (
	sceneOffices = 4
	sceneCards   = 10 // hot relations of an office
	scenePeople  = 6  // colleagues of an office who read; the first two are those whose rights change
)

// scene is the offices that a run plays in, with their people and their hot cards.
type scene struct {
	stage   *stage
	direct  *sql.DB // the straight way to the database
	offices []*home
}

// home is an office of the scene.
type home struct {
	number    int
	id        string
	marker    string
	writer    credential // an administrator
	people    []string   // ids of the colleagues who read
	customers []string
	contacts  []string // of each customer one
}

// credential is a session of someone.
type credential struct{ id, user, token string }

// The amount that nobody without the finance right may see; it stands on an invoice of every card.
const (
	secretCents = 666133700
	secretText  = "6661337.00"
)

// openDirect opens the straight way to the database, for the driver's own statements.
func openDirect(database string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		return sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)")
	}
	return sql.Open("pgx", database)
}

// found makes the offices with the program's own command, and their people in the database. The triggers
// that keep what the janitor will forget come first.
func (s *scene) found(ctx context.Context) error {
	for number := range sceneOffices {
		if err := s.foundOffice(ctx, number); err != nil {
			return err
		}
	}
	for _, statement := range witness(s.stage.engine) {
		if _, err := s.direct.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("keep a copy of the log: %w", err)
		}
	}
	return nil
}

func (s *scene) foundOffice(ctx context.Context, number int) error {
	email := fmt.Sprintf("beheer%d@chaos.example", number)
	command := exec.CommandContext(ctx, s.stage.binary, "office", "--name", fmt.Sprintf("Kantoor %d", number), "--administrator", "Beheer", "--email", email) //nolint:gosec // we built it
	command.Env = append(os.Environ(), "DATABASE_URL="+s.stage.database)
	command.Stdin = strings.NewReader("een heel lang wachtwoord\n")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("found an office: %w\n%s", err, output)
	}
	h := &home{number: number, marker: fmt.Sprintf("kantoor%d~", number)}
	var administrator string
	row := s.direct.QueryRowContext(ctx, "SELECT organization_id, id FROM users WHERE email = '"+email+"'") //nolint:gosec // an address of our own
	if err := row.Scan(&h.id, &administrator); err != nil {
		return err
	}
	var err error
	if h.writer, err = s.signIn(ctx, h.id, administrator); err != nil {
		return err
	}
	for i := range scenePeople {
		id := newID("usr")
		h.people = append(h.people, id)
		if err := s.execute(ctx, "INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, password_hash, created_at) VALUES (%s, %s, %s, %s, %s, 'COLLEAGUE', false, true, 'no password has this digest', "+longAgo+")",
			h.id, id, fmt.Sprintf("Collega %d", i), fmt.Sprintf("collega %d", i), fmt.Sprintf("collega%d.%d@chaos.example", number, i)); err != nil {
			return err
		}
	}
	s.offices = append(s.offices, h)
	return nil
}

// Moments around all that happens.
const (
	longAgo   = "'2026-01-01 00:00:00+00:00'"
	farAhead  = "'2100-01-01 00:00:00+00:00'"
	crockford = "0123456789abcdefghjkmnpqrstvwxyz"
)

// newID makes an id as the product does.
func newID(prefix string) string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return prefix + "_" + base32.NewEncoding(crockford).WithPadding(base32.NoPadding).EncodeToString(raw)
}

// signIn gives a colleague a session. Passwords would take most of the machine.
func (s *scene) signIn(ctx context.Context, office, user string) (credential, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	c := credential{id: newID("ses"), user: user, token: "kks_" + base64.RawURLEncoding.EncodeToString(raw)}
	sum := sha256.Sum256([]byte(c.token))
	err := s.execute(ctx, "INSERT INTO sessions (organization_id, id, user_id, secret_hash, created_at, expires_at) VALUES (%s, %s, %s, %s, "+longAgo+", "+farAhead+")",
		office, c.id, user, hex.EncodeToString(sum[:]))
	return c, err
}

// execute runs a statement of the driver; the values are its own, and hold no quotes.
func (s *scene) execute(ctx context.Context, statement string, values ...string) error {
	quoted := make([]any, len(values))
	for i, value := range values {
		quoted[i] = "'" + value + "'"
	}
	_, err := s.direct.ExecContext(ctx, fmt.Sprintf(statement, quoted...))
	return err
}

// witness are the statements that have the database itself copy every event, and every move of a floor,
// in the transaction that makes it: what the janitor forgets is still known in the end.
func witness(engine string) []string {
	if engine == onPostgres {
		return []string{
			"CREATE TABLE chaos_log (LIKE events)",
			"CREATE TABLE chaos_floors (organization_id text, floor bigint, at timestamptz DEFAULT clock_timestamp())",
			`CREATE FUNCTION chaos_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO chaos_log SELECT NEW.*; RETURN NULL; END $$`,
			`CREATE FUNCTION chaos_floor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				INSERT INTO chaos_floors (organization_id, floor) VALUES (NEW.id, NEW.floor); RETURN NULL; END $$`,
			"CREATE TRIGGER chaos_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION chaos_event()",
			"CREATE TRIGGER chaos_floor AFTER UPDATE OF floor ON organizations FOR EACH ROW WHEN (OLD.floor <> NEW.floor) EXECUTE FUNCTION chaos_floor()",
		}
	}
	return []string{
		"CREATE TABLE chaos_log AS SELECT * FROM events WHERE false",
		"CREATE TABLE chaos_floors (organization_id text, floor bigint, at text DEFAULT (strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')))",
		`CREATE TRIGGER chaos_event AFTER INSERT ON events BEGIN
			INSERT INTO chaos_log SELECT * FROM events WHERE organization_id = new.organization_id AND position = new.position; END`,
		`CREATE TRIGGER chaos_floor AFTER UPDATE OF floor ON organizations WHEN old.floor <> new.floor BEGIN
			INSERT INTO chaos_floors (organization_id, floor) VALUES (new.id, new.floor); END`,
	}
}

// furnish makes the hot cards, over the API; and on each an invoice with the secret.
func (s *scene) furnish(ctx context.Context, r *run) error {
	var together sync.WaitGroup
	errs := make([]error, len(s.offices))
	for i, h := range s.offices {
		together.Go(func() { errs[i] = s.furnishOffice(ctx, r, h) })
	}
	together.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// cardName is the name of a hot card; it never changes.
func cardName(h *home, card int) string { return fmt.Sprintf("%srelatie %d", h.marker, card) }

func (s *scene) furnishOffice(ctx context.Context, r *run, h *home) error {
	for i := range sceneCards {
		name := cardName(h, i)
		customer, err := r.make(ctx, h, "createCustomer", `mutation ($name: String!) { done: createCustomer(input: {stage: CUSTOMER, fields: {name: $name}, ignoreDuplicates: true}) { card: customer { id } userErrors { code } position } }`,
			map[string]any{"name": name})
		if err != nil {
			return err
		}
		contact, err := r.make(ctx, h, "createContact", `mutation ($customer: ID!, $name: String!) { done: createContact(input: {customerId: $customer, fields: {lastName: $name}}) { card: contact { id } userErrors { code } position } }`,
			map[string]any{"customer": customer, "name": name})
		if err != nil {
			return err
		}
		h.customers, h.contacts = append(h.customers, customer), append(h.contacts, contact)
		if err := s.execute(ctx, "INSERT INTO communications (organization_id, id, customer_id, kind, direction, status, at, subject, body, search_text, net_amount, created_at) VALUES (%s, %s, %s, 'INVOICE', 'OUT', 'SENT', "+longAgo+", 'Factuur', '', 'factuur', "+fmt.Sprint(secretCents)+", "+longAgo+")",
			h.id, newID("com"), customer); err != nil {
			return err
		}
	}
	return nil
}
