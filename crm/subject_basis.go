package crm

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"klantkaart/db"
)

// maxSubjectChanges is how far back a conflict about something on a card looks.
const maxSubjectChanges = 200

// checkBasisOf is checkBasis for something that hangs on a relation's card, such as a goal: its events bear
// the card's versions, but its own version rises by one with each of them that changed a field, so that the
// last of these tell what changed since a version.
func (tx *Tx) checkBasisOf(ctx context.Context, customer, subject ID, version int, b basis, wanted []FieldChange) error {
	if err := b.check(version, wanted); err != nil {
		return err
	}
	behind := 0
	if b.version != nil {
		behind = version - *b.version
	}
	if behind == 0 && len(conflicts(wanted, b.stale)) == 0 {
		return nil
	}
	events, err := db.Rows[*Event](ctx, tx.Conn,
		"SELECT "+db.Columns[*Event](ctx, tx.Conn)+" FROM events AS t WHERE t.organization_id = ? AND t.customer_id = ? AND t.subject_id = ?"+
			" AND t.changes <> '[]' ORDER BY t.position DESC LIMIT ?",
		string(tx.Actor.OrganizationID), string(customer), string(subject), maxSubjectChanges)
	if err != nil {
		return fmt.Errorf("changes of %s: %w", subject, err)
	}
	stale := make(map[string]any)
	if len(events) < behind { // the log no longer reaches back so far
		maps.Copy(stale, startingValues(wanted))
	}
	for _, event := range slices.Backward(events[:min(behind, len(events))]) {
		for _, change := range event.Changes {
			if _, known := stale[change.Field]; !known {
				stale[change.Field] = change.From
			}
		}
	}
	maps.Copy(stale, b.stale)
	found := conflicts(wanted, stale)
	if len(found) == 0 {
		return nil
	}
	for _, one := range found {
		one.attributeTo(events)
	}
	return conflict(found, version)
}

// attributeTo tells who saved the field last, by the newest of the events that changed it.
func (c *FieldConflict) attributeTo(events []*Event) {
	for _, event := range events {
		if slices.Contains(event.ChangedFields(), c.Field) {
			at := event.At.UTC()
			c.ChangedByID, c.ChangedAt = event.ActorID, &at
			return
		}
	}
}
