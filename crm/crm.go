// Package crm is the business: the customer card of a secondment office, its rules and its log. A noun
// lives in a file of its own name (customer.go: what it is and its pure rules), its verbs in the plural
// (customers.go: permission, transaction, rule, write, record). Every verb takes the actor from the
// context, and every statement carries the actor's organization.
package crm

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/google/uuid"

	"klantkaart/db"
	"klantkaart/mail"
)

// CRM bundles the services, one for each noun.
type CRM struct {
	Offices        *Offices
	Users          *Users
	Roles          *Roles
	Teams          *Teams
	Sessions       *Sessions
	Accounts       *Accounts
	Identities     *Identities
	Customers      *Customers
	Contacts       *Contacts
	Engagements    *Engagements
	Nominations    *Nominations
	Communications *Communications
	Attentions     *Attentions
	Relations      *CardRelations
	Events         *Events
	Search         *Search
	Nodes          *Nodes
	Presence       *Presence
	Reports        *Reports
	ReportRuns     *ReportRuns
	Lookups        *Lookups
	Preferences    *Preferences
	Lines          *BillableLines
	Files          *Files
	Documents      *Documents
	Templates      *Templates
	Emails         *Emails
	Checklists     *Checklists
	ChecklistItems *ChecklistItems
	Campaigns      *Campaigns
	Goals          *Goals
	Revisions      *Revisions
	Selections     *Selections
	Settings       *Settings
	CardActions    *CardActions
	CardLayouts    *CardLayouts
	Homes          *Homes
	Help           *Help

	// Ways of working, and where they are at work.
	ProcessTemplates *ProcessTemplates
	Processes        *Processes

	// Lists that leave the office.
	Exports *Exports
}

// Options are what the services need from outside.
type Options struct {
	// Now tells the time; time.Now when nil.
	Now func() time.Time
	// NewUUID makes the random part of ids; UUIDv7 when nil.
	NewUUID func() uuid.UUID
	// Signal is called after each commit that wrote events. It must return at once.
	Signal func(Signal)
	// Files keeps the content of files. Without it there are none, and none can be uploaded.
	Files FileStore
	// Limiter counts attempts to come in; nobody is slowed down without.
	Limiter Limiter
	// Mail hands e-mails over. Without it none can be sent.
	Mail mail.Sender
	// Vault encrypts second factors. There are none without.
	Vault *Vault
	// Accounts say where e-mails about accounts come from and lead to.
	Accounts AccountLinks
}

// Signal says that an office's log has grown, or wakes topics alone. What another process misses of it is
// read from the log.
type Signal struct {
	OrganizationID ID
	Position       int64
	// Topics name who is concerned: the ids of the cards, and of the office where attentions changed.
	Topics []ID
	// Before is where the log was before; nil when that is not known.
	Before *Position
	// Events are what was committed, in order and with their positions. Signals of concurrent changes may
	// overtake each other: the positions tell. They are shared: nobody changes them.
	Events []*Event
	// Cards are those that changed, whole and as the events left them, where the change knew them so. They are shared
	// too.
	Cards map[*Event]Card
}

// core is what the services share.
type core struct {
	db        *db.DB
	now       func() time.Time
	newUUID   func() uuid.UUID
	signal    func(Signal)
	files     FileStore
	amsterdam *time.Location
	limiter   Limiter
	vault     *Vault // nil where the operator has set no key
	backlog   chan func() error
	hashing   chan struct{} // holds a word for each password that is being checked
	uses      *uses
	nodes     func(context.Context, []ID) ([]Node, error)
}

// New puts the services on a store.
func New(store *db.DB, options Options) (*CRM, error) {
	c, err := newCore(store, options)
	if err != nil {
		return nil, err
	}
	sessions := &Sessions{c}
	emails := newEmails(c, options.Mail)
	services := &CRM{
		Offices:        &Offices{c},
		Users:          &Users{c},
		Roles:          &Roles{c},
		Teams:          &Teams{c},
		Sessions:       sessions,
		Accounts:       &Accounts{core: c, sessions: sessions, sender: options.Mail, links: options.Accounts, queued: make(chan struct{}, 1)},
		Identities:     &Identities{c},
		Customers:      &Customers{c},
		Contacts:       &Contacts{c},
		Engagements:    &Engagements{c},
		Nominations:    &Nominations{c},
		Communications: &Communications{c},
		Attentions:     &Attentions{c},
		Relations:      &CardRelations{c},
		Events:         &Events{c},
		Search:         &Search{c},
		Reports:        &Reports{c},
		ReportRuns:     newReportRuns(c),
		Lookups:        &Lookups{c},
		Preferences:    &Preferences{c},
		Lines:          &BillableLines{c},
		Files:          &Files{c},
		Documents:      &Documents{core: c, emails: emails},
		Templates:      &Templates{c},
		Emails:         emails,
		Checklists:     &Checklists{c},
		ChecklistItems: &ChecklistItems{c},
		Campaigns:      &Campaigns{c},
		Goals:          &Goals{c},
		Revisions:      &Revisions{c},
		Settings:       &Settings{c},
		CardActions:    &CardActions{c},
		CardLayouts:    &CardLayouts{c},
		Homes:          &Homes{c},
		Help:           &Help{c},

		ProcessTemplates: &ProcessTemplates{c},
		Processes:        &Processes{c},
	}
	services.Nodes = &Nodes{services}
	services.Exports = &Exports{core: c, crm: services, most: maxExportedRows}
	c.nodes = services.Nodes.ByIDs
	services.Presence = &Presence{services}
	services.Selections = &Selections{core: c, nodes: services.Nodes}
	return services, nil
}

// newCore is what the services share, on a store.
func newCore(store *db.DB, options Options) (*core, error) {
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, fmt.Errorf("load the time zone of the office: %w", err)
	}
	c := &core{db: store, now: options.Now, newUUID: options.NewUUID, signal: options.Signal, files: options.Files, amsterdam: amsterdam}
	c.vault = options.Vault
	c.limiter, c.backlog = options.Limiter, make(chan func() error, maxLater)
	c.hashing, c.uses = make(chan struct{}, runtime.GOMAXPROCS(0)), &uses{}
	if c.limiter == nil {
		c.limiter = unlimited{}
	}
	if c.now == nil {
		c.now = time.Now //nolint:forbidigo // this is the clock
	}
	if c.newUUID == nil {
		c.newUUID = func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
	}
	if c.signal == nil {
		c.signal = func(Signal) {}
	}
	if c.files == nil {
		c.files = noFiles{}
	}
	return c, nil
}

// moment is now, in UTC, to the millisecond: what the API shows is what is stored.
func (c *core) moment() time.Time { return c.now().UTC().Truncate(time.Millisecond) }

// day is the calendar day of a moment where the office is.
func (c *core) day(at time.Time) Date { return Date(at.In(c.amsterdam).Format(time.DateOnly)) }

func (c *core) newID(prefix string) ID { return makeID(prefix, c.newUUID()) }

// read gives the actor and the connection for reading.
func (c *core) read(ctx context.Context) (Actor, db.Conn, error) {
	actor, err := ActorFrom(ctx)
	return actor, c.db.Read(), err
}

// Fields are the fields of the API that a reading is for.
type Fields = db.Fields

// WithFields returns a context in which rows are read for just these fields: what no field of theirs needs
// may be empty.
func WithFields(ctx context.Context, fields Fields) context.Context {
	return db.WithFields(ctx, fields)
}
