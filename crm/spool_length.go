package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// Backlog is what waits to be handed over, of all offices: e-mails of cards and about accounts.
type Backlog struct {
	Length int
	Oldest time.Duration // how long the oldest has waited
}

// Backlog tells how long the spool is. It is read from indexes, and costs what waits.
func (s *Emails) Backlog(ctx context.Context) (Backlog, error) {
	type waiting struct {
		Length int
		Since  *time.Time
	}
	rows, err := db.Rows[*waiting](db.Everywhere(ctx), s.db.Read(), "SELECT count(*) OVER () AS length, t.queued_at AS since FROM ("+
		"SELECT queued_at FROM outbox WHERE status IN ('QUEUED', 'SENDING') UNION ALL"+
		" SELECT queued_at FROM account_mails WHERE status IN ('QUEUED', 'SENDING')) AS t ORDER BY t.queued_at LIMIT 1")
	if err != nil {
		return Backlog{}, fmt.Errorf("length of the spool: %w", err)
	}
	if len(rows) == 0 {
		return Backlog{}, nil
	}
	return Backlog{Length: rows[0].Length, Oldest: max(0, s.moment().Sub(*rows[0].Since))}, nil
}
