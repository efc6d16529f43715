package crm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"klantkaart/db"
)

// errTried rolls a change back that was only to be tried.
var errTried = errors.New("the change was tried")

// once makes a change, unless it was made under the same key before: then it gives what was done.
func once[P payload](ctx context.Context, tx *Tx, change func(context.Context, *Tx) (P, error)) (answer P, done *doneOnce, err error) {
	manner := mannerFrom(ctx)
	if err := manner.check(); err != nil {
		return answer, nil, err
	}
	if manner.Key == "" || manner.Try != nil {
		answer, err = change(ctx, tx)
		return answer, nil, err
	}
	done, err = tx.claim(ctx, manner)
	if err != nil || done != nil {
		return answer, done, err
	}
	answer, err = change(ctx, tx)
	if err != nil {
		return answer, nil, err
	}
	return answer, nil, tx.remember(ctx, manner, answer)
}

// claim takes a key for a change that is about to be made. Whoever wants the same one meanwhile waits for the
// end of this transaction. When something was done under it already, it gives that.
func (tx *Tx) claim(ctx context.Context, manner Manner) (*doneOnce, error) {
	mine := &doneOnce{OrganizationID: tx.Actor.OrganizationID, UserID: tx.Actor.UserID, Key: manner.Key, Request: manner.Request, At: tx.Now, Answer: "{}"}
	taken, err := tx.NewInsert().Model(mine).On("CONFLICT (organization_id, user_id, key) DO UPDATE").
		Set("request = EXCLUDED.request").Set("at = EXCLUDED.at").Set("answer = EXCLUDED.answer").Set("last_event_id = NULL").
		Where("t.at < ?", tx.Now.Add(-rememberedFor)).Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim an idempotency key: %w", err)
	}
	if n, err := taken.RowsAffected(); err != nil || n > 0 {
		return nil, err
	}
	done := new(doneOnce)
	err = tx.NewSelect().Model(done).Where("organization_id = ? AND user_id = ? AND key = ?", mine.OrganizationID, mine.UserID, mine.Key).Scan(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read what was done under a key: %w", err)
	case done.Request != manner.Request:
		return nil, keyReused()
	}
	return done, nil
}

// remember keeps the answer under the key, in the change's own transaction.
func (tx *Tx) remember(ctx context.Context, manner Manner, answer payload) error {
	text, err := tx.keptAnswer(answer)
	if err != nil {
		return err
	}
	query := tx.NewUpdate().Table("changes_made").Set("answer = ?", text)
	if n := len(tx.events); n > 0 {
		query = query.Set("last_event_id = ?", tx.events[n-1].ID)
	}
	_, err = query.Where("organization_id = ? AND user_id = ? AND key = ?", tx.Actor.OrganizationID, tx.Actor.UserID, manner.Key).Exec(ctx)
	if err != nil {
		return fmt.Errorf("remember what was done under a key: %w", err)
	}
	return nil
}

// kept is an answer as it is remembered: of what has an id the id alone, because it is shown as it is when it is
// asked for again.
type kept struct {
	Values   map[string]json.RawMessage
	Nodes    map[string]ID
	Warnings []keptWarning
}

type keptWarning struct {
	Code    WarningCode
	Message string
	Cards   []ID
}

// keptAnswer writes an answer down. What must not be kept has the tag `once:"-"`.
func (tx *Tx) keptAnswer(answer payload) (string, error) {
	keep := kept{Values: make(map[string]json.RawMessage), Nodes: make(map[string]ID)}
	for _, warning := range tx.warnings {
		cards := make([]ID, len(warning.Cards))
		for i, card := range warning.Cards {
			cards[i] = card.NodeID()
		}
		keep.Warnings = append(keep.Warnings, keptWarning{warning.Code, warning.Message, cards})
	}
	value := reflect.ValueOf(answer).Elem()
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if field.Anonymous || field.Tag.Get("once") == "-" {
			continue
		}
		if node, ok := value.Field(i).Interface().(Node); ok {
			if !value.Field(i).IsNil() {
				keep.Nodes[field.Name] = node.NodeID()
			}
			continue
		}
		text, err := json.Marshal(value.Field(i).Interface())
		if err != nil {
			return "", fmt.Errorf("keep %s of an answer: %w", field.Name, err)
		}
		keep.Values[field.Name] = text
	}
	text, err := json.Marshal(keep)
	return string(text), err
}

// again answers what was done under a key before.
func again[P payload](ctx context.Context, c *core, done *doneOnce) (P, error) {
	answer, _ := reflect.New(reflect.TypeFor[P]().Elem()).Interface().(P)
	var keep kept
	if err := json.Unmarshal([]byte(done.Answer), &keep); err != nil {
		return answer, fmt.Errorf("read the answer kept under a key: %w", err)
	}
	value := reflect.ValueOf(answer).Elem()
	for name, text := range keep.Values {
		if field := value.FieldByName(name); field.IsValid() {
			if err := json.Unmarshal(text, field.Addr().Interface()); err != nil {
				return answer, fmt.Errorf("read %s kept under a key: %w", name, err)
			}
		}
	}
	for name, id := range keep.Nodes {
		found, err := c.nodes(ctx, []ID{id})
		if err != nil {
			return answer, err
		}
		if field := value.FieldByName(name); field.IsValid() && found[0] != nil {
			field.Set(reflect.ValueOf(found[0]))
		}
	}
	outcome, err := c.outcomeAgain(ctx, done, keep.Warnings)
	*answer.outcome() = outcome
	return answer, err
}

// outcomeAgain gives the position and the warnings of what was done.
func (c *core) outcomeAgain(ctx context.Context, done *doneOnce, warnings []keptWarning) (Outcome, error) {
	var outcome Outcome
	for _, warning := range warnings {
		nodes, err := c.nodes(ctx, warning.Cards)
		if err != nil {
			return outcome, err
		}
		told := &Warning{Code: warning.Code, Message: warning.Message}
		for _, node := range nodes {
			if card, ok := node.(Card); ok {
				told.Cards = append(told.Cards, card)
			}
		}
		outcome.Warnings = append(outcome.Warnings, told)
	}
	var err error
	outcome.Position, err = c.positionOf(ctx, done)
	return outcome, err
}

// positionOf is where a change stands in the log; the head when nothing was logged, or the log has let go of it.
func (c *core) positionOf(ctx context.Context, done *doneOnce) (Position, error) {
	if done.LastEventID != nil {
		found, err := byIDs(ctx, c.db.Read(), done.OrganizationID, "events", []ID{*done.LastEventID}, (*Event).NodeID)
		if err != nil {
			return Position{}, err
		}
		if found[0] != nil {
			return found[0].Position(), nil
		}
	}
	return head(ctx, c.db.Read(), done.OrganizationID)
}

// ForgetAnswers lets go of what was done under keys more than 24 hours ago, and tells of how many.
func (s *Events) ForgetAnswers(ctx context.Context) (int64, error) {
	var forgotten int64
	err := s.db.Write(db.Everywhere(ctx), func(ctx context.Context, tx *db.Tx) error {
		result, err := tx.NewDelete().Table("changes_made").Where("at < ?", s.moment().Add(-rememberedFor)).Exec(ctx)
		if err != nil {
			return err
		}
		forgotten, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget answers: %w", err)
	}
	return forgotten, nil
}

// tried gives the outcome of a change that was rolled back: where the log is without it.
func (c *core) tried(ctx context.Context, tx *Tx, try func([]*Event)) (Outcome, error) {
	try(tx.events)
	position, err := head(ctx, c.db.Read(), tx.Actor.OrganizationID)
	return Outcome{Position: position, Warnings: tx.warnings}, err
}
