package crm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"klantkaart/db"
)

// The terms of the queue. A server that makes a report shows itself by renewing its lease; when it does not,
// another one begins the report anew.
const (
	reportLease      = 30 * time.Second
	maxInterruptions = 3
)

// errRunLost says that a run was cancelled, or taken over by another server.
var errRunLost = errors.New("the report run is not this server's any more")

// waiting is the condition on runs that a server may begin. Its one value is the moment.
const waiting = "t.status IN ('QUEUED', 'RUNNING') AND (t.status = 'QUEUED' OR t.lease_until < ?)"

// claim takes the run that has waited longest; nil when none waits. No two servers get the same.
func (s *ReportRuns) claim(ctx context.Context) (*ReportRun, error) {
	ctx, now := db.Everywhere(ctx), s.moment()
	idle, err := db.Select[*cardKey](ctx, s.db.Read(), db.Selection{ // a look costs no lock
		Table: "report_runs", Columns: "t.id", Where: []db.Part{{SQL: waiting, Args: []any{now}}}, Order: "t.requested_at, t.id", Limit: 1})
	if err != nil || len(idle) == 0 {
		return nil, err
	}
	var claimed []*ReportRun
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		first := tx.FirstFree("SELECT t.id FROM report_runs AS t WHERE " + waiting + " ORDER BY t.requested_at, t.id LIMIT 1")
		claimed = nil
		err := tx.NewRaw(first+"UPDATE report_runs SET status = 'RUNNING', attempt = attempt + 1, version = version + 1, done = 0, total = NULL,"+
			" interruptions = interruptions + CASE WHEN status = 'RUNNING' THEN 1 ELSE 0 END,"+
			" started_at = COALESCE(started_at, ?), lease_until = ? WHERE id IN (SELECT id FROM first) RETURNING *",
			now, now, now.Add(reportLease)).Scan(ctx, &claimed)
		if err != nil || len(claimed) == 0 {
			return err
		}
		return dropChunks(ctx, tx, claimed[0]) // of those who died over it
	})
	if err != nil {
		return nil, fmt.Errorf("claim a report run: %w", err)
	}
	if len(claimed) == 0 {
		return nil, nil
	}
	s.tell(claimed[0])
	return claimed[0], nil
}

// alter changes a run as long as it is this server's, and does something else in the same transaction. set
// is what comes behind SET.
func (s *ReportRuns) alter(ctx context.Context, run *ReportRun, also func(context.Context, *db.Tx) error, set string, args ...any) error {
	return s.db.Write(within(ctx, run.OrganizationID), func(ctx context.Context, tx *db.Tx) error {
		result, err := tx.NewRaw("UPDATE report_runs SET "+set+" WHERE organization_id = ? AND id = ? AND attempt = ? AND status = 'RUNNING'",
			append(args, run.OrganizationID, run.ID, run.Attempt)...).Exec(ctx)
		if err != nil {
			return fmt.Errorf("alter report run: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errRunLost, err)
		}
		return also(ctx, tx)
	})
}

func nothingMore(context.Context, *db.Tx) error { return nil }

// renew shows that this server is still at it. Nobody sees that, so the version stays.
func (s *ReportRuns) renew(ctx context.Context, run *ReportRun) error {
	return s.alter(ctx, run, nothingMore, "lease_until = ?", s.moment().Add(reportLease))
}

// fail ends a run without a file.
func (s *ReportRuns) fail(ctx context.Context, run *ReportRun, code ReportRunErrorCode) error {
	drop := func(ctx context.Context, tx *db.Tx) error { return dropChunks(ctx, tx, run) }
	err := s.alter(ctx, run, drop, "version = version + 1, status = 'FAILED', fault = ?, finished_at = ?, lease_until = NULL", code, s.moment())
	if err == nil {
		s.tell(run)
	}
	return err
}

// release puts a run back into the queue: this server stops, another one goes on at once.
func (s *ReportRuns) release(ctx context.Context, run *ReportRun) error {
	err := s.alter(ctx, run, nothingMore, "version = version + 1, status = 'QUEUED', done = 0, total = NULL, lease_until = NULL")
	if err == nil {
		s.tell(run)
	}
	return err
}

// maxSwept is how many runs are removed at once.
const maxSwept = 100

// sweep removes runs that ended before a moment, with their files.
func (s *ReportRuns) sweep(ctx context.Context, before time.Time) error {
	for {
		removed := int64(0)
		err := s.db.Write(db.Everywhere(ctx), func(ctx context.Context, tx *db.Tx) error {
			result, err := tx.NewRaw("DELETE FROM report_runs WHERE id IN (SELECT t.id FROM report_runs AS t"+
				" WHERE t.finished_at IS NOT NULL AND t.finished_at < ? ORDER BY t.finished_at LIMIT ?)", before, maxSwept).Exec(ctx)
			if err != nil {
				return fmt.Errorf("remove old reports: %w", err)
			}
			removed, err = result.RowsAffected()
			return err
		})
		if err != nil || removed < maxSwept {
			return err
		}
	}
}
