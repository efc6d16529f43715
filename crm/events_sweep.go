package crm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"klantkaart/db"
)

// Retention says how long events are kept, and for what.
type Retention struct {
	// Window and Minimum are about the replay: an event is out of it once it is older than the window and
	// not among the last so many of its office.
	Window  time.Duration
	Minimum int64
	// History is how long events that are out of the replay stay on the cards; 0 is for ever.
	History time.Duration
}

// Swept is what a round of the janitor did.
type Swept struct {
	Out     int64 // events that left the replay
	Deleted int64 // events that left the cards' history
}

// sweepBatch is how many events one transaction of the janitor deletes at most: writers wait for no more.
const sweepBatch = 200

// extent is how far the log of an office reaches.
type extent struct {
	ID       ID
	Position int64 // of the last event
	Floor    int64 // the replay holds what is behind it
}

// Sweep lets go of the old events of every office, in small transactions that no writer waits for. The last
// event always stays in the replay. Several nodes may sweep at once: a floor only rises, and what another
// deleted is gone. An office that fails does not keep the others waiting.
func (s *Events) Sweep(ctx context.Context, rules Retention) (Swept, error) {
	logs, err := db.Rows[extent](db.Everywhere(ctx), s.db.Read(), "SELECT t.id, t.position, t.floor FROM organizations AS t ORDER BY t.id")
	if err != nil {
		return Swept{}, fmt.Errorf("read how far the logs reach: %w", err)
	}
	var all Swept
	var faults []error
	for _, log := range logs {
		one, err := s.sweepLog(within(ctx, log.ID), log, rules)
		all.Out += one.Out
		all.Deleted += one.Deleted
		if err != nil {
			faults = append(faults, fmt.Errorf("sweep the log of %s: %w", log.ID, err))
		}
	}
	return all, errors.Join(faults...)
}

// sweepLog raises the floor of one log and deletes what lies beneath it for long enough. The floor rises in
// the transaction that deletes first, so that nothing above it is ever missing.
func (s *Events) sweepLog(ctx context.Context, log extent, rules Retention) (Swept, error) {
	now := s.moment()
	floor, err := s.oldUntil(ctx, log.ID, log.Floor, log.Position-max(rules.Minimum, 1), now.Add(-rules.Window))
	if err != nil {
		return Swept{}, err
	}
	forgotten, lowest := int64(0), int64(1)
	if rules.History > 0 {
		if lowest, err = s.lowest(ctx, log.ID); err != nil {
			return Swept{}, err
		}
		if forgotten, err = s.oldUntil(ctx, log.ID, lowest-1, floor, now.Add(-rules.History)); err != nil {
			return Swept{}, err
		}
	}
	var all Swept
	for floor > log.Floor || lowest <= forgotten {
		batch := min(lowest+sweepBatch-1, forgotten)
		one, err := s.sweepOnce(ctx, log, floor, batch)
		if err != nil {
			return all, err
		}
		all.Out += one.Out
		all.Deleted += one.Deleted
		log.Floor, lowest = floor, batch+1
	}
	return all, nil
}

// oldUntil is the number up to which all events behind another are from before a moment; limit at most.
func (s *Events) oldUntil(ctx context.Context, office ID, from, limit int64, before time.Time) (int64, error) {
	if limit <= from {
		return from, nil
	}
	young, err := db.Rows[*Event](ctx, s.db.Read(),
		"SELECT t.position FROM events AS t WHERE t.organization_id = ? AND t.position > ? AND t.position <= ? AND t.at >= ? ORDER BY t.position LIMIT 1",
		string(office), from, limit, before)
	if err != nil {
		return 0, fmt.Errorf("look for old events: %w", err)
	}
	if len(young) > 0 {
		return young[0].Number - 1, nil
	}
	return limit, nil
}

// lowest is the number of the first event that is still there; 1 when none is.
func (s *Events) lowest(ctx context.Context, office ID) (int64, error) {
	first, err := s.Log(ctx, office, 0, 1)
	if err != nil || len(first) == 0 {
		return 1, err
	}
	return first[0].Number, nil
}

// sweepOnce deletes the events up to a number and raises the floor, in one transaction. The office's row
// comes last, as for every writer.
func (s *Events) sweepOnce(ctx context.Context, log extent, floor, until int64) (Swept, error) {
	var done Swept
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		done = Swept{}
		if until > 0 {
			result, err := tx.NewDelete().Table("events").Where("organization_id = ? AND position <= ?", log.ID, until).Exec(ctx)
			if err != nil {
				return fmt.Errorf("delete events: %w", err)
			}
			if done.Deleted, err = result.RowsAffected(); err != nil {
				return err
			}
		}
		if floor == log.Floor {
			return nil
		}
		result, err := tx.NewUpdate().Table("organizations").Set("floor = ?", floor).Where("id = ? AND floor < ?", log.ID, floor).Exec(ctx)
		if err != nil {
			return fmt.Errorf("raise the floor: %w", err)
		}
		raised, err := result.RowsAffected()
		done.Out = raised * (floor - log.Floor)
		return err
	})
	return done, err
}
