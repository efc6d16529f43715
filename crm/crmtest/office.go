// Package crmtest gives tests the demo office on a store of their own: a clock that stands still until
// it is moved, ids that come out alike on every run, and every signal that was sent.
package crmtest

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/files"
	"klantkaart/mail"
)

// The colleagues of the demo office, by what sets them apart.
const (
	Sanne  = "Sanne Verhoef"    // account manager of Van der Velde, De Linde and Hanze Bouw
	Joris  = "Joris Kuipers"    // account manager of Brouwer, Noorderlicht and Waterlanden
	Fatima = "Fatima El Amrani" // sees amounts
	Peter  = "Peter de Groot"   // administrator
	Mila   = "Mila Brands"      // leads a project
	Ruben  = "Ruben Post"       // may only read
)

// The relations of the demo office, by number.
const (
	Groep        = "10001" // mother of Installatie; a project is running
	Installatie  = "10002" // of everything something; two projects are running
	Brouwer      = "10003" // seven contacts, one archived; nothing is running
	Noorderlicht = "10004" // a prospect with an open request
	DeLinde      = "10005" // a prospect with an open lead
	Vastgoed     = "10006" // archived; sister of HanzeBouw
	Waterlanden  = "10007" // a town
	HanzeBouw    = "10008" // a standing attention
)

// Office is the demo office with its services.
type Office struct {
	*crm.CRM
	DB    *db.DB
	Clock *Clock
	Post  *Post
	// ID is the office's own id.
	ID crm.ID

	t       testing.TB
	signals *signals
	ids     *idSource
	kept    crm.FileStore
	actors  map[string]crm.Actor
}

// New loads the demo office into the empty store. It is Monday 2026-11-23, ten o'clock in Amsterdam.
func New(t testing.TB, d *db.DB) *Office {
	t.Helper()
	o := On(t, d)
	loaded, err := crm.LoadDemo(t.Context(), d, o.CRM)
	if err != nil {
		t.Fatal(err)
	}
	if !loaded {
		t.Fatal("the store holds an office already")
	}
	o.meet()
	return o
}

// On puts the services on a store that may be empty, without an office in it.
func On(t testing.TB, d *db.DB) *Office {
	t.Helper()
	return on(t, d, t.TempDir())
}

// on puts the services on a store, with the files in a folder.
func on(t testing.TB, d *db.DB, folder string) *Office {
	t.Helper()
	kept, err := files.OpenFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	o := newOffice(d, kept)
	o.t, o.Post = t, &Post{}
	o.CRM = o.Beside(o.Post)
	return o
}

// newOffice gives an office that has no services yet.
func newOffice(d *db.DB, kept crm.FileStore) *Office {
	clock := &Clock{at: time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)}
	return &Office{
		DB: d, Clock: clock, ids: &idSource{clock: clock}, signals: &signals{}, kept: kept, actors: make(map[string]crm.Actor),
	}
}

// Beside gives the services anew on the same store, as another server has them, with another sender of e-mails.
func (o *Office) Beside(sender mail.Sender) *crm.CRM {
	o.t.Helper()
	services, err := o.services(sender)
	if err != nil {
		o.t.Fatal(err)
	}
	return services
}

func (o *Office) services(sender mail.Sender) (*crm.CRM, error) {
	vault, err := crm.NewVault(bytes.Repeat([]byte{7}, crm.KeyLength))
	if err != nil {
		return nil, err
	}
	return crm.New(o.DB, crm.Options{Vault: vault, Now: o.Clock.Now, NewUUID: o.ids.next, Signal: o.signals.add, Files: o.kept, Mail: sender,
		Accounts: crm.AccountLinks{From: mail.Address{Name: "Klantkaart", Email: "klantkaart@delta.example"}, Page: "https://crm.delta.example/account"}})
}

// meet gets to know the colleagues.
func (o *Office) meet() {
	o.t.Helper()
	var users []*crm.User
	err := o.DB.Read().NewSelect().Model(&users).OrderExpr("id").Scan(db.Everywhere(o.t.Context()))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, user := range users {
		o.ID = user.OrganizationID
		o.actors[user.Name] = crm.Actor{OrganizationID: user.OrganizationID, UserID: user.ID, Role: user.Role,
			Finance: user.Finance, Language: crm.LanguageNL}
	}
}

// As gives a context in which a colleague acts.
func (o *Office) As(name string) context.Context {
	o.t.Helper()
	return crm.WithActor(o.t.Context(), o.Actor(name))
}

// Actor gives a colleague, who may do what the office does not do without.
func (o *Office) Actor(name string) crm.Actor {
	o.t.Helper()
	actor, ok := o.actors[name]
	if !ok {
		o.t.Fatalf("nobody at the office is called %q", name)
	}
	var off []string
	err := o.DB.Read().NewSelect().Table("organization_settings").Column("features_off").
		Where("organization_id = ?", actor.OrganizationID).Scan(db.Everywhere(context.Background()), &off)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, list := range off {
		var features []crm.Feature
		if err := json.Unmarshal([]byte(list), &features); err != nil {
			o.t.Fatal(err)
		}
		actor.Disabled = crm.FeaturesOf(features)
	}
	return actor
}

// Customer reads a relation by its number.
func (o *Office) Customer(number string) *crm.Customer {
	o.t.Helper()
	found, err := o.Customers.Get(o.As(Peter), crm.CustomerRef{Number: &number})
	if err != nil || found == nil {
		o.t.Fatalf("relation %s: %v, %v", number, found, err)
	}
	return found
}

// Contact reads a contact by its name as shown, such as "Erik Jansen".
func (o *Office) Contact(name string) *crm.Contact {
	o.t.Helper()
	contact := new(crm.Contact)
	one(o, contact, "name = ?", name)
	return contact
}

// Function reads the newest function of a title.
func (o *Office) Function(title string) *crm.ContactFunction {
	o.t.Helper()
	function := new(crm.ContactFunction)
	one(o, function, "title = ?", title)
	return function
}

// Engagement reads a lead, a request or a project by its number, such as "A-2026-0041".
func (o *Office) Engagement(number string) *crm.Dossier {
	o.t.Helper()
	dossier := new(crm.Dossier)
	one(o, dossier, "number = ?", number)
	return dossier
}

// Nomination finds who is offered for a request or at work on a project, by its number and the name.
func (o *Office) Nomination(number, name string) *crm.Nomination {
	o.t.Helper()
	nomination := new(crm.Nomination)
	one(o, nomination, "engagement_id = ? AND name = ?", o.Engagement(number).ID, name)
	return nomination
}

// Attention reads the newest attention of a relation that was not removed.
func (o *Office) Attention(number string) *crm.Attention {
	o.t.Helper()
	attention := new(crm.Attention)
	one(o, attention, "customer_id = ? AND removed_at IS NULL", string(o.Customer(number).ID))
	return attention
}

// Message reads the newest communication of a subject.
func (o *Office) Message(subject string) *crm.Message {
	o.t.Helper()
	message := new(crm.Message)
	one(o, message, "subject = ?", subject)
	return message
}

// Report reads the newest report of a name.
func (o *Office) Report(name string) *crm.Report {
	o.t.Helper()
	report := new(crm.Report)
	one(o, report, "name = ?", name)
	return report
}

// ReportRun reads the newest run of a report, by the report's name.
func (o *Office) ReportRun(name string) *crm.ReportRun {
	o.t.Helper()
	run := new(crm.ReportRun)
	one(o, run, "name = ?", name)
	return run
}

// Selection reads the newest selection of an origin.
func (o *Office) Selection(origin string) *crm.Selection {
	o.t.Helper()
	selection := new(crm.Selection)
	one(o, selection, "origin = ?", origin)
	return selection
}

// ProcessTemplate reads a template by its name.
func (o *Office) ProcessTemplate(name string) *crm.ProcessTemplate {
	o.t.Helper()
	template := new(crm.ProcessTemplate)
	one(o, template, "name = ?", name)
	return template
}

// Process reads the newest process of a name.
func (o *Office) Process(name string) *crm.Process {
	o.t.Helper()
	process := new(crm.Process)
	one(o, process, "name = ?", name)
	return process
}

// Step reads the newest step of a key.
func (o *Office) Step(key string) *crm.ProcessStep {
	o.t.Helper()
	step := new(crm.ProcessStep)
	one(o, step, "key = ?", key)
	return step
}

// Lookup reads a value of a lookup list by its text.
func (o *Office) Lookup(list crm.LookupListKey, text string) *crm.LookupValue {
	o.t.Helper()
	value := new(crm.LookupValue)
	one(o, value, "list = ? AND text = ?", list, text)
	return value
}

// Line reads the newest billable line with a description.
func (o *Office) Line(description string) *crm.BillableLine {
	o.t.Helper()
	line := new(crm.BillableLine)
	one(o, line, "description = ?", description)
	return line
}

// ChecklistItem reads an item of a checklist by its text.
func (o *Office) ChecklistItem(text string) *crm.ChecklistItem {
	o.t.Helper()
	item := new(crm.ChecklistItem)
	one(o, item, "text = ?", text)
	return item
}

// Campaign reads a campaign by its name.
func (o *Office) Campaign(name string) *crm.Campaign {
	o.t.Helper()
	campaign := new(crm.Campaign)
	one(o, campaign, "name = ?", name)
	return campaign
}

// Membership reads the newest membership of a relation in a campaign, by the relation's number.
func (o *Office) Membership(number string) *crm.CampaignMembership {
	o.t.Helper()
	membership := new(crm.CampaignMembership)
	one(o, membership, "customer_id = ?", string(o.Customer(number).ID))
	return membership
}

// Goal reads an acquisition goal by its title.
func (o *Office) Goal(title string) *crm.AcquisitionGoal {
	o.t.Helper()
	goal := new(crm.AcquisitionGoal)
	one(o, goal, "title = ?", title)
	return goal
}

// one reads the newest row of the office that meets the condition.
func one[R any](o *Office, row *R, condition string, args ...any) {
	o.t.Helper()
	err := o.DB.Read().NewSelect().Model(row).Where("organization_id = ?", o.ID).Where(condition, args...).
		OrderExpr("id DESC").Limit(1).Scan(db.Everywhere(o.t.Context()))
	if err != nil {
		o.t.Fatalf("%s %v: %v", condition, args, err)
	}
}
