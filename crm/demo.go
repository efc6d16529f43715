package crm

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"klantkaart/db"
)

// DemoColleague is a colleague of the demo office, with the password that signs in.
type DemoColleague struct {
	Name     string
	Email    string
	Password string
	JobTitle string
	Role     Role
	// Finance is the right to see amounts of the office's own administration.
	Finance bool
}

// demoPassword signs in every colleague of the demo office.
const demoPassword = "welkom-bij-delta" //nolint:gosec // public on purpose: the demo's data is invented

// DemoColleagues are the people of the demo office. Only the one who invoices sees amounts: the
// administrator's work does not need them.
func DemoColleagues() []DemoColleague {
	return []DemoColleague{
		{"Sanne Verhoef", "sanne.verhoef@delta-detachering.example", demoPassword, "Accountmanager", Colleague, false},
		{"Joris Kuipers", "joris.kuipers@delta-detachering.example", demoPassword, "Accountmanager", Colleague, false},
		{"Fatima El Amrani", "fatima.elamrani@delta-detachering.example", demoPassword, "Facturatie", Colleague, true},
		{"Peter de Groot", "peter.degroot@delta-detachering.example", demoPassword, "Applicatiebeheerder", Admin, false},
		{"Mila Brands", "mila.brands@delta-detachering.example", demoPassword, "Projectleider", Colleague, false},
		{"Ruben Post", "ruben.post@delta-detachering.example", demoPassword, "Stagiair", ReadOnly, false},
	}
}

// demoOffice is the name of the demo office, and demoOfficeUUID the body of its id. The id is always
// the same, so that of several nodes that load the demo at once only one succeeds.
const (
	demoOffice     = "Delta Detachering B.V."
	demoOfficeUUID = "01682753-5800-7000-8000-00de17ade7ac"
	demoFounded    = "2019-01-07 09:00"
)

// LoadDemo fills an empty store with the demo office: its colleagues, relations and what happened to
// them up to the autumn of 2026, all invented. It tells whether it did: a store that holds an office
// already, or gets one meanwhile from another node, is left alone.
func LoadDemo(ctx context.Context, store *db.DB, c *CRM) (loaded bool, err error) {
	ctx = db.Everywhere(ctx)
	offices, err := db.CountAll(ctx, store.Read(), db.Selection{Table: "organizations", Where: []db.Part{{SQL: "1 = 1"}}})
	if err != nil || offices > 0 {
		return false, err
	}
	password := hashPassword(demoPassword)
	err = store.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return newDemo(tx, c.Customers.core, password).load(ctx)
	})
	if db.IsUnique(err, "organizations_pkey", "organizations.id") {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load the demo office: %w", err)
	}
	return true, nil
}

// demo is the demo office while it is made. Everything that happened there is told in the order of the
// moments, so that ids, versions and the log are what they would be had it happened here.
type demo struct {
	tx       *Tx // bears the moment and the person while something happens
	office   *Organization
	password string
	history  []happening

	// What was made so far, by the names the tables below give it.
	colleagues  map[string]*account
	customers   map[string]*Customer
	contacts    map[string]*Contact
	engagements map[string]*Dossier
	preferences map[ID]*statement // by owner

	nominations []*Nomination
	messages    []*Message
	links       []*communicationContact
	relations   []*storedRelation
	functions   []*ContactFunction
	attentions  []*Attention
	reports     []*Report
	lookups     []*LookupValue
	lines       []*BillableLine
	drawn       drawn
	templates   []*ProcessTemplate
	processes   []*Process
	steps       []*ProcessStep
	checklist   demoChecked
	campaigned  demoCampaigned
}

// happening is one thing that happened: when, through whom, and how it is made.
type happening struct {
	at   string // as on the office's clock
	by   string
	make func(d *demo)
}

func newDemo(tx *db.Tx, c *core, password string) *demo {
	d := &demo{
		password:    password,
		colleagues:  make(map[string]*account),
		customers:   make(map[string]*Customer),
		contacts:    make(map[string]*Contact),
		engagements: make(map[string]*Dossier),
		preferences: make(map[ID]*statement),
	}
	d.office = &Organization{
		ID:   makeID(organizationPrefix, uuid.MustParse(demoOfficeUUID)),
		Name: demoOffice, CreatedAt: c.demoMoment(demoFounded),
	}
	d.tx = &Tx{Tx: tx, core: c, Actor: Actor{OrganizationID: d.office.ID, Role: Colleague, Rights: AllRights(), Language: LanguageNL}}
	return d
}

// demoMoment reads a moment on the office's clock. The tables are checked by a test.
func (c *core) demoMoment(text string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", text, c.amsterdam)
	if err != nil {
		panic(err)
	}
	return at.UTC()
}

func (d *demo) load(ctx context.Context) error {
	if _, err := d.tx.NewInsert().Model(d.office).Exec(ctx); err != nil {
		return err
	}
	d.hire()
	d.list()
	d.mean()
	if err := d.choose(ctx); err != nil {
		return err
	}
	d.history = slices.Concat(demoCustomers(), demoContacts(), demoEngagements(), demoMessages(), demoAttentions(),
		demoChecklists(), demoCampaigns(), demoProcesses(), demoPreferences(), demoLines())
	slices.SortStableFunc(d.history, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	for _, h := range d.history {
		d.tx.Now = d.tx.core.demoMoment(h.at)
		d.tx.Today = d.tx.core.day(d.tx.Now)
		d.tx.Actor.UserID = d.colleagues[h.by].ID
		h.make(d)
	}
	d.relate()
	d.report()
	d.numberFunctions()
	if err := d.draw(ctx); err != nil {
		return err
	}
	return d.store(ctx)
}

// hire makes the accounts; the tables name them U1 to U6.
func (d *demo) hire() {
	for i, one := range DemoColleagues() {
		d.colleagues[fmt.Sprintf("U%d", i+1)] = &account{
			User: User{
				OrganizationID: d.office.ID, ID: d.tx.core.newID(userPrefix), Name: one.Name, SortKey: fold(lastNameFirst(one.Name)),
				Email: one.Email, JobTitle: &one.JobTitle, Role: one.Role, Finance: one.Finance, Active: true, Joined: true, CreatedAt: d.office.CreatedAt,
			},
			PasswordHash: &d.password,
		}
	}
}

// store writes everything, one statement for each table.
func (d *demo) store(ctx context.Context) error {
	for i, event := range d.tx.events {
		event.Number = int64(i) + 1
	}
	accounts, customers, contacts, engagements := inOrder(d.colleagues), inOrder(d.customers), inOrder(d.contacts), inOrder(d.engagements)
	entries, series := d.searchEntries(), d.series()
	preferences := inOrder(d.preferences)
	for _, rows := range []any{&accounts, &d.lookups, &customers, &contacts, &engagements, &d.nominations, &d.messages, &d.links,
		&d.relations, &d.functions, &d.attentions, &d.reports, &preferences, &d.lines,
		&d.templates, &d.processes, &d.steps,
		&d.checklist.items, &d.checklist.settings, &d.checklist.entries, &d.campaigned.campaigns, &d.campaigned.memberships, &d.campaigned.goals, &d.tx.events, &entries, &series} {
		if _, err := d.tx.NewInsert().Model(rows).Exec(ctx); err != nil {
			return fmt.Errorf("insert %T: %w", rows, err)
		}
	}
	if err := d.drawn.store(ctx, d.tx); err != nil {
		return err
	}
	_, err := d.tx.NewUpdate().Table("organizations").Set("position = ?", len(d.tx.events)).Where("id = ?", d.office.ID).Exec(ctx)
	return err
}

// inOrder gives the rows in the order of their names, so that every load writes them alike.
func inOrder[K cmp.Ordered, R any](byName map[K]*R) []*R {
	rows := make([]*R, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		rows = append(rows, byName[name])
	}
	return rows
}

// lastNameFirst turns "Peter de Groot" into "Groot de Peter", the order of a Dutch list.
func lastNameFirst(name string) string {
	first, last, _ := strings.Cut(name, " ")
	prefix, rest, found := strings.Cut(last, " ")
	if found && prefix == strings.ToLower(prefix) {
		return joined(" ", rest, prefix, first)
	}
	return joined(" ", last, first)
}

// relate links the cards: the group is the mother of its fitters, the two firms called Hanze are sisters.
func (d *demo) relate() {
	link := func(from, to string, kind relationKind) {
		d.relations = append(d.relations, &storedRelation{
			OrganizationID: d.office.ID, ID: d.tx.core.newID(cardRelationPrefix),
			FromID: d.customers[from].ID, ToID: d.customers[to].ID, Kind: kind,
		})
	}
	link("C1", "C2", motherOf)
	sisters := []string{"C6", "C8"}
	slices.SortFunc(sisters, func(a, b string) int { return cmp.Compare(d.customers[a].ID, d.customers[b].ID) })
	link(sisters[0], sisters[1], sisterOf)
}

// searchEntries are what search knows of the cards.
func (d *demo) searchEntries() []*searchEntry {
	var entries []*searchEntry
	owners := make(map[ID]*Customer, len(d.customers))
	for _, c := range inOrder(d.customers) {
		owners[c.ID] = c
		entries = append(entries, c.searchEntry())
	}
	for _, c := range inOrder(d.contacts) {
		entries = append(entries, c.searchEntry(owners[c.CustomerID]))
	}
	for _, e := range inOrder(d.engagements) {
		entries = append(entries, e.searchEntry(owners[e.CustomerID]))
	}
	return entries
}

// series goes on behind the numbers that the cards bear.
func (d *demo) series() []*seriesRow {
	last := make(map[string]int64)
	note := func(name, number string) {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			panic(err) // a slip in the tables, which a test loads
		}
		last[name] = max(last[name], n)
	}
	for _, c := range d.customers {
		note(customerSeries().name, c.Number)
		if c.DebtorNumber != nil {
			note(debtorSeries().name, *c.DebtorNumber)
		}
	}
	for _, e := range d.engagements {
		note(e.Number[:len("P-2026")], e.Number[len("P-2026-"):])
	}
	for _, line := range d.lines {
		if line.ProposalNumber != nil {
			note((*line.ProposalNumber)[:len("V-2026")], (*line.ProposalNumber)[len("V-2026-"):])
		}
	}
	var rows []*seriesRow
	for _, name := range slices.Sorted(maps.Keys(last)) {
		rows = append(rows, &seriesRow{OrganizationID: d.office.ID, Name: name, Last: last[name]})
	}
	return rows
}
