package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// Tx is one change being made: a transaction, who makes it, when, and what is to be told about it.
type Tx struct {
	*db.Tx
	core  *core
	Actor Actor
	Now   time.Time
	Today Date

	events   []*Event
	warnings []*Warning
}

// Outcome is what every change answers beside the changed object.
type Outcome struct {
	Position   Position
	Warnings   []*Warning
	UserErrors []*UserError
}

// UserError is a fault in the viewer's language. See Error.
type UserError struct {
	Message        string
	Code           ErrorCode
	Path           []string
	Conflicts      []*FieldConflict
	CurrentVersion *int
	Cards          []Card
}

func (o *Outcome) outcome() *Outcome { return o }

// Fail says why nothing changed.
func (o *Outcome) Fail(errors []*UserError) { o.UserErrors = errors }

// payload is the answer of a verb; it embeds Outcome.
type payload interface{ outcome() *Outcome }

// write makes one change: permission, transaction, and as the transaction's last statement the events
// with their position. After the commit it signals.
func write[P payload](ctx context.Context, c *core, right Right, change func(ctx context.Context, tx *Tx) (P, error)) (P, error) {
	var answer P
	actor, err := ActorFrom(ctx)
	if err != nil {
		return answer, err
	}
	if !actor.Role.has(right) {
		return answer, forbidden()
	}
	whole := db.WithFields(ctx, db.Fields{}) // what is saved must have been read
	err = c.db.Write(whole, func(ctx context.Context, dtx *db.Tx) error {
		tx := &Tx{Tx: dtx, core: c, Actor: actor, Now: c.moment()}
		tx.Today = c.day(tx.Now)
		var err error
		if answer, err = change(ctx, tx); err != nil {
			return err
		}
		position, err := tx.record(ctx)
		if err != nil {
			return err
		}
		*answer.outcome() = Outcome{Position: position, Warnings: tx.warnings}
		return nil
	})
	return answer, err
}

// log notes an event of the card; it is written when the change is complete.
func (tx *Tx) log(event *Event) {
	event.ID = tx.core.newID(eventPrefix)
	event.OrganizationID = tx.Actor.OrganizationID
	event.At = tx.Now
	event.ActorID = actorID(tx.Actor)
	if tx.Actor.ClientID != "" {
		event.OriginClientID = &tx.Actor.ClientID
	}
	if event.Recipients == nil {
		event.Recipients = []ID{}
	}
	if event.Changes == nil {
		event.Changes = []FieldChange{}
	}
	tx.events = append(tx.events, event)
}

func actorID(actor Actor) *ID {
	if actor.UserID == "" {
		return nil
	}
	return &actor.UserID
}

func (tx *Tx) warn(code WarningCode, text Text, cards ...Card) {
	tx.warnings = append(tx.warnings, &Warning{Code: code, Message: text.In(tx.Actor.Language), Cards: cards})
}

// record gives the events their positions and writes them. It must be the transaction's last
// statement: it locks the organization's row, and whoever holds that lock must not wait for another.
func (tx *Tx) record(ctx context.Context) (Position, error) {
	organization := tx.Actor.OrganizationID
	if len(tx.events) == 0 {
		return head(ctx, tx.Conn, organization)
	}
	if err := tx.appendEvents(ctx); err != nil {
		return Position{}, fmt.Errorf("append to the log: %w", err)
	}
	last := tx.events[len(tx.events)-1]
	signal := Signal{OrganizationID: organization, Position: last.Number, Topics: topics(tx.events), Events: tx.events}
	tx.AfterCommit(func() { tx.core.signal(signal) })
	return last.Position(), nil
}

// appendEvents is one statement on PostgreSQL. SQLite has no writing CTEs; its only writer takes two.
func (tx *Tx) appendEvents(ctx context.Context) error {
	var last int64
	raise := tx.NewUpdate().Table("organizations").Set("position = position + ?", len(tx.events)).
		Where("id = ?", tx.Actor.OrganizationID).Returning("position")
	if tx.Engine() == db.Postgres {
		return tx.appendAtOnce(ctx)
	}
	if _, err := raise.Exec(ctx, &last); err != nil {
		return err
	}
	for i, event := range tx.events {
		event.Number = last - int64(len(tx.events)) + int64(i) + 1
	}
	_, err := tx.NewInsert().Model(&tx.events).Exec(ctx)
	return err
}

// topics are the cards that changed and the cards that show it, each once; and the office itself where
// attentions changed, for those who follow their own.
func topics(events []*Event) []ID {
	seen := map[ID]bool{}
	var found []ID
	for _, event := range events {
		concerned := []ID{event.CustomerID, event.CardID}
		if event.Kind.ofAttention() {
			concerned = append(concerned, event.OrganizationID)
		}
		for _, id := range concerned {
			if !seen[id] {
				seen[id] = true
				found = append(found, id)
			}
		}
	}
	return found
}
