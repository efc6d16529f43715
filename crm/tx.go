package crm

import (
	"context"
	"errors"
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
	left     map[*Event]Card // cards as their changes left them
	warnings []*Warning
	imagined bool // it is only looked at: nothing is locked, and nobody stated a base
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
	RetryAfter     *int
	Cards          []Card
	SubjectID      *ID
}

func (o *Outcome) outcome() *Outcome { return o }

// Fail says why nothing changed.
func (o *Outcome) Fail(errors []*UserError) { o.UserErrors = errors }

// payload is the answer of a verb; it embeds Outcome.
type payload interface{ outcome() *Outcome }

// write makes one change: permission, and the transaction.
func write[P payload](ctx context.Context, c *core, right Right, change func(ctx context.Context, tx *Tx) (P, error)) (P, error) {
	var answer P
	actor, err := ActorFrom(ctx)
	if err != nil {
		return answer, err
	}
	if err := actor.may(right); err != nil {
		return answer, err
	}
	var done *doneOnce
	outcome, err := c.transact(ctx, actor, func(ctx context.Context, tx *Tx) (err error) {
		answer, done, err = once(ctx, tx, change)
		return err
	})
	if err != nil {
		return answer, c.discreet(ctx, actor, err)
	}
	if outcome.Warnings, err = c.warningsFor(ctx, actor, outcome.Warnings); err != nil {
		return answer, err
	}
	if done != nil {
		return again[P](ctx, c, done)
	}
	*answer.outcome() = outcome
	return answer, nil
}

// transact makes a change in one transaction, with the events and their position as its last statement.
// After the commit it signals. What is only to be tried is rolled back when it is complete.
func (c *core) transact(ctx context.Context, actor Actor, change func(ctx context.Context, tx *Tx) error) (Outcome, error) {
	var outcome Outcome
	var tx *Tx
	try := mannerFrom(ctx).Try
	whole := db.Whole(db.WithFields(within(ctx, actor.OrganizationID), db.Fields{})) // what is saved must have been read
	err := c.db.Write(whole, func(ctx context.Context, dtx *db.Tx) error {
		tx = &Tx{Tx: dtx, core: c, Actor: actor, Now: c.moment()}
		tx.Today = c.day(tx.Now)
		if err := change(ctx, tx); err != nil {
			return err
		}
		position, err := tx.record(ctx)
		outcome = Outcome{Position: position, Warnings: tx.warnings}
		if err == nil && try != nil {
			return errTried
		}
		return err
	})
	if errors.Is(err, errTried) {
		return c.tried(ctx, tx, try)
	}
	return outcome, err
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
	if event.ShownOn == nil {
		event.ShownOn = []ID{}
	}
	event.Changes, event.Whole = abridged(event.Changes)
	tx.events = append(tx.events, event)
}

// logSaved notes an event of a card whose row is known whole, as the change leaves it.
func (tx *Tx) logSaved(event *Event, card Card) {
	tx.log(event)
	if tx.left == nil {
		tx.left = make(map[*Event]Card)
	}
	tx.left[event] = card
}

// logAccess notes that access of a user's ended or changed. It shows on no card.
func (tx *Tx) logAccess(kind EventKind, user, subject ID, changes []FieldChange) {
	tx.log(&Event{Kind: kind, CustomerID: user, CardID: user, SubjectID: &subject, Changes: changes})
}

// logOffice notes a change of something that the office keeps for all its cards, such as an item of its
// checklists. It shows on no card; its versions rise as those of a card do.
func (tx *Tx) logOffice(kind EventKind, subject ID, version int, changes []FieldChange) {
	tx.log(&Event{Kind: kind, CustomerID: tx.Actor.OrganizationID, CardID: subject, CardVersion: version, SubjectID: &subject, Changes: changes})
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
	before, err := tx.appendEvents(ctx)
	if err != nil {
		return Position{}, fmt.Errorf("append to the log: %w", err)
	}
	last := tx.events[len(tx.events)-1]
	signal := Signal{OrganizationID: organization, Position: last.Number, Topics: topics(tx.events), Before: before, Events: tx.events, Cards: tx.left}
	tx.AfterCommit(func() { tx.core.signal(signal) })
	return last.Position(), nil
}

// appendEvents is one statement on PostgreSQL. SQLite has no writing CTEs; its only writer takes two. It
// tells behind which event the new ones come; nil when that is not known.
func (tx *Tx) appendEvents(ctx context.Context) (before *Position, err error) {
	var head raised
	if tx.Engine() == db.Postgres {
		head, err = tx.appendAtOnce(ctx)
	} else {
		_, err = tx.NewUpdate().Table("organizations").Set("position = position + ?", len(tx.events)).
			Set("previous_event = last_event").Set("last_event = ?", tx.events[len(tx.events)-1].ID).
			Where("id = ?", tx.Actor.OrganizationID).Returning("position, previous_event").Exec(ctx, &head)
	}
	if err != nil {
		return nil, err
	}
	first := head.Position - int64(len(tx.events)) + 1
	for i, event := range tx.events {
		event.Number = first + int64(i)
	}
	if tx.Engine() == db.SQLite {
		if _, err := tx.NewInsert().Model(&tx.events).Exec(ctx); err != nil {
			return nil, err
		}
	}
	for _, event := range tx.events {
		event.Whole = nil // it is in the log; listeners do without
	}
	return head.before(first), nil
}

// raised is an office's log behind what a change appends.
type raised struct {
	Position      int64
	PreviousEvent *ID
}

// before is the place in front of the first of the new events.
func (r raised) before(first int64) *Position {
	switch {
	case first == 1:
		return &Position{}
	case r.PreviousEvent == nil:
		return nil
	}
	return &Position{Number: first - 1, check: positionCheck(*r.PreviousEvent)}
}

// topics are the cards that changed and all cards that show it, each once; the office itself where
// attentions changed, for those who follow their own; and the user whose access ended or changed.
func topics(events []*Event) []ID {
	seen := map[ID]bool{}
	var found []ID
	for _, event := range events {
		concerned := append([]ID{event.CustomerID, event.CardID}, event.ShownOn...)
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
