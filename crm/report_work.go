package crm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"klantkaart/db"
	"klantkaart/sheet"
)

// ReportWork says how a server makes reports.
type ReportWork struct {
	// Every is how often it looks for runs that other servers were asked for, or died over.
	Every time.Duration
	// Keep is how long a run and its file are kept after it has ended.
	Keep time.Duration
}

// sweepEvery is how often old runs are removed.
const sweepEvery = 10 * time.Minute

// Work makes the reports that wait, one at a time, until the context ends. A report that is being made then
// goes back into the queue.
func (s *ReportRuns) Work(ctx context.Context, work ReportWork) {
	ticker := time.NewTicker(work.Every)
	defer ticker.Stop()
	var swept time.Time
	for ctx.Err() == nil {
		if now := s.moment(); now.Sub(swept) >= sweepEvery {
			swept = now
			s.complain(ctx, s.sweep(ctx, now.Add(-work.Keep)))
		}
		made, err := s.MakeNext(ctx)
		s.complain(ctx, err)
		if made && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.queued:
		case <-ticker.C:
		}
	}
}

// complain logs what went wrong; the work goes on.
func (s *ReportRuns) complain(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "a report could not be made", slog.Any("error", err))
	}
}

// MakeNext makes the report that has waited longest. It tells whether there was one. An error is this
// server's; what is wrong with the report itself is told by its run.
func (s *ReportRuns) MakeNext(ctx context.Context) (made bool, err error) {
	run, err := s.claim(ctx)
	if err != nil || run == nil {
		return false, err
	}
	if run.Interruptions >= maxInterruptions {
		return true, s.fail(ctx, run, RunInterrupted)
	}
	working, stop := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		s.keepLease(working, run, stop)
	}()
	err = s.guarded(working, run)
	if lost := context.Cause(working); errors.Is(lost, errRunLost) {
		err = lost
	}
	stop(nil)
	<-beating
	if err == nil {
		return true, nil
	}
	return true, s.settle(context.WithoutCancel(ctx), run, err, ctx.Err() != nil)
}

// guarded makes a report; when that panics only the report fails.
func (s *ReportRuns) guarded(ctx context.Context, run *ReportRun) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	return s.make(ctx, run)
}

// keepLease renews the lease from time to time, and stops the work when the run is lost.
func (s *ReportRuns) keepLease(ctx context.Context, run *ReportRun, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(reportLease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.renew(ctx, run); errors.Is(err, errRunLost) {
			stop(err)
			return
		}
	}
}

// runFault is what is wrong with a run itself.
type runFault ReportRunErrorCode

func (f runFault) Error() string { return "report run: " + string(f) }

// settle ends a run that was not made.
func (s *ReportRuns) settle(ctx context.Context, run *ReportRun, err error, stopping bool) error {
	var fault runFault
	switch {
	case errors.Is(err, errRunLost):
		return nil // who has it now tells the rest
	case errors.As(err, &fault):
		err = s.fail(ctx, run, ReportRunErrorCode(fault))
	case stopping:
		err = s.release(ctx, run)
	default:
		slog.ErrorContext(ctx, "a report failed", slog.String("run", string(run.ID)), slog.Any("error", err))
		err = s.fail(ctx, run, RunInternal)
	}
	if errors.Is(err, errRunLost) {
		return nil
	}
	return err
}

// reportRows is how many rows are read at once.
const reportRows = 500

// make writes the file of a run. Rights are checked again: who asked may have lost them while it waited.
func (s *ReportRuns) make(ctx context.Context, run *ReportRun) error {
	ctx = within(ctx, run.OrganizationID)
	actor, report, err := s.admitted(ctx, run)
	if err != nil {
		return err
	}
	ctx = actor.looking(ctx) // what is kept from who asked is not in the report
	most := s.limits.rows(run.Format)
	cards, err := s.cardsOf(ctx, report, run, most+1)
	if err != nil {
		return err
	}
	if len(cards) > most {
		return runFault(RunTooLarge)
	}
	office, err := s.officeName(ctx, run.OrganizationID)
	if err != nil {
		return err
	}
	now := s.moment()
	page := &reportPage{conn: s.db.Read(), actor: actor, report: report, now: now, today: s.day(now)}
	for _, key := range report.ColumnKeys {
		page.columns = append(page.columns, catalogueOf(report.CardType).named(key))
	}
	file := &reportFile{runs: s, run: run, total: len(cards), ctx: ctx}
	if err := file.tell(ctx); err != nil {
		return err
	}
	out, err := sheet.New(run.Format.sheet(), file, s.head(page, office, run))
	if err != nil {
		return err
	}
	if err := errors.Join(file.write(ctx, out, page, cards), out.Close()); err != nil {
		return err
	}
	return file.finish(ctx, page.today)
}

// admitted gives the report, and who asked for it as they are now.
func (s *ReportRuns) admitted(ctx context.Context, run *ReportRun) (Actor, *Report, error) {
	conn := s.db.Read()
	users, err := byIDs(ctx, conn, run.OrganizationID, "users", []ID{run.RequestedByID}, (*User).NodeID)
	if err != nil {
		return Actor{}, nil, err
	}
	reports, err := byIDs(ctx, conn, run.OrganizationID, "reports", []ID{run.ReportID}, (*Report).NodeID)
	if err != nil {
		return Actor{}, nil, err
	}
	user, report := users[0], reports[0]
	known, err := rolesIn(ctx, conn, run.OrganizationID)
	if err != nil {
		return Actor{}, nil, err
	}
	actor := Actor{OrganizationID: run.OrganizationID, UserID: user.ID, Role: user.Role, Language: run.Language}
	actor.Rights, actor.Scope = roles(byID(known)).rightsOf(user)
	actor.Rights &= RightsOf(run.Rights...)
	if !user.Active {
		return actor, report, runFault(RunForbidden)
	}
	var fault *Error
	if errors.As(report.mayBeRunBy(actor), &fault) {
		return actor, report, runFault(fault.Code) // the codes of runs are spelled alike
	}
	return actor, report, nil
}

func (s *ReportRuns) officeName(ctx context.Context, organization ID) (string, error) {
	found, err := db.Rows[*Organization](ctx, s.db.Read(), "SELECT t.id, t.name FROM organizations AS t WHERE t.id = ?", string(organization))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("read the office of a report: %w", err)
	}
	return found[0].Name, nil
}

func (s *ReportRuns) head(page *reportPage, office string, run *ReportRun) sheet.Head {
	head := s.sheetHead(run.Language, Text{"Rapport", "Report"}, run.Name, office, page.now)
	for _, column := range page.columns {
		head.Columns = append(head.Columns, sheet.Column{Label: column.label.In(run.Language), Kind: column.kind, Width: column.width})
	}
	return head
}

// sheetHead is the head of a sheet without its columns, in a language. kind says what it is.
func (c *core) sheetHead(language Language, kind Text, title, office string, at time.Time) sheet.Head {
	return sheet.Head{Title: title, Office: office, At: at.In(c.amsterdam), Name: kind.In(language),
		Page: Text{"Pagina", "Page"}.In(language), Of: Text{"van", "of"}.In(language), English: language != LanguageNL}
}

// reportFile is the file of a run while it is written: full pieces go to the store, each with the progress,
// in a transaction of its own.
type reportFile struct {
	runs    *ReportRuns
	run     *ReportRun
	ctx     context.Context //nolint:containedctx // of the one call that writes it; io.Writer has no place for it
	pending bytes.Buffer
	size    int
	chunks  int
	done    int
	total   int
	told    time.Time
}

// tellEvery is how often those who follow a run are told at most.
const tellEvery = 250 * time.Millisecond

// write hands the rows of the cards to the sheet, a page at a time.
func (f *reportFile) write(ctx context.Context, out sheet.Writer, page *reportPage, cards []ID) error {
	for from := 0; from < len(cards); from += reportRows {
		rows, err := page.rows(ctx, cards[from:min(from+reportRows, len(cards))])
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := out.Row(row); err != nil {
				return err
			}
		}
		f.done = min(from+reportRows, len(cards))
		if f.runs.moment().Sub(f.told) < tellEvery {
			continue
		}
		if err := f.tell(ctx); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// Write keeps bytes of the file, and stores the pieces that are full.
func (f *reportFile) Write(content []byte) (int, error) {
	f.size += len(content)
	if f.size > f.runs.limits.bytes {
		return 0, runFault(RunTooLarge)
	}
	f.pending.Write(content)
	for f.pending.Len() >= reportChunkSize {
		if err := f.store(f.ctx, "lease_until = ?", f.lease()); err != nil {
			return 0, err
		}
	}
	return len(content), nil
}

// store writes a piece of the file together with what changes on the run.
func (f *reportFile) store(ctx context.Context, set string, args ...any) error {
	chunk := &reportChunk{OrganizationID: f.run.OrganizationID, RunID: f.run.ID, Attempt: f.run.Attempt, Ordinal: f.chunks,
		Content: bytes.Clone(f.pending.Next(reportChunkSize))}
	f.chunks++
	return f.runs.alter(ctx, f.run, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewInsert().Model(chunk).Exec(ctx)
		return err
	}, set, args...)
}

// tell saves the progress, and wakes those who follow it.
func (f *reportFile) tell(ctx context.Context) error {
	f.told = f.runs.moment()
	err := f.runs.alter(ctx, f.run, nothingMore, "version = version + 1, done = ?, total = ?, lease_until = ?", f.done, f.total, f.lease())
	if err == nil {
		f.runs.tell(f.run)
	}
	return err
}

// finish stores the last piece; in the same transaction the run is done.
func (f *reportFile) finish(ctx context.Context, today Date) error {
	err := f.store(ctx, "version = version + 1, done = ?, total = ?, status = 'DONE', finished_at = ?, lease_until = NULL, file_name = ?, file_size = ?",
		f.total, f.total, f.runs.moment(), f.run.fileName(today), f.size)
	if err == nil {
		f.runs.tell(f.run)
	}
	return err
}

func (f *reportFile) lease() time.Time { return f.runs.moment().Add(reportLease) }
