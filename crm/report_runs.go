package crm

import (
	"context"
	"fmt"
	"strings"

	"klantkaart/db"
	"klantkaart/page"
)

// ReportRuns are the reports that were asked for.
type ReportRuns struct {
	*core
	// queued holds a token when something waits that this process was told of.
	queued chan struct{}
	limits reportLimits
}

// reportLimits are how large the files of reports may get.
type reportLimits struct {
	rows  func(ReportFormat) int
	bytes int
}

func newReportRuns(c *core) *ReportRuns {
	return &ReportRuns{core: c, queued: make(chan struct{}, 1), limits: reportLimits{rows: ReportFormat.maxRows, bytes: maxReportFile}}
}

// The limits of asking for reports.
const (
	maxReportCards = 5000 // named one by one
	maxOpenRuns    = 10   // of one colleague
)

// RunReportInput says which report to run, on which cards, in which form.
type RunReportInput struct {
	ReportID ID
	Scope    ReportScope
	CardID   *ID
	CardIds  []ID
	Overview *CustomerListArgs
	// SelectionID names a selection of the actor's; without it, and without cards and overview, the active one counts.
	SelectionID *ID
	Format      ReportFormat
}

// RunReportPayload is the answer to Run.
type RunReportPayload struct {
	Outcome
	Run *ReportRun
}

// Run asks for a report. It waits until a server makes it.
func (s *ReportRuns) Run(ctx context.Context, input RunReportInput) (*RunReportPayload, error) {
	return write(ctx, s.core, RunReports, func(ctx context.Context, tx *Tx) (*RunReportPayload, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "reports", []ID{input.ReportID}, (*Report).NodeID)
		if err != nil {
			return nil, err
		}
		report := found[0]
		if report == nil {
			return nil, notFound("input", "reportId")
		}
		if err := report.mayBeRunBy(tx.Actor, "input", "reportId"); err != nil {
			return nil, err
		}
		cards, err := tx.reportCards(ctx, report, input)
		if err != nil {
			return nil, err
		}
		if err := tx.checkOpenRuns(ctx); err != nil {
			return nil, err
		}
		run := &ReportRun{
			OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(reportRunPrefix), Version: 1, ReportID: report.ID, Name: report.Name,
			Scope: input.Scope, Cards: cards, Overview: input.Overview, Format: input.Format, Language: tx.Actor.Language,
			Status: RunQueued, RequestedByID: tx.Actor.UserID, RequestedAt: tx.Now, Rights: tx.Actor.Rights.List(), language: tx.Actor.Language,
		}
		if _, err := tx.NewInsert().Model(run).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert report run: %w", err)
		}
		tx.AfterCommit(func() {
			s.tell(run)
			s.nudge()
		})
		return &RunReportPayload{Run: run}, nil
	})
}

// tell wakes those who follow a run.
func (s *ReportRuns) tell(run *ReportRun) {
	s.signal(Signal{OrganizationID: run.OrganizationID, Topics: []ID{run.ID}})
}

// nudge wakes this process's worker.
func (s *ReportRuns) nudge() {
	select {
	case s.queued <- struct{}{}:
	default:
	}
}

// reportCards gives the cards that are named one by one, each once; none where the scope is not such a list.
func (tx *Tx) reportCards(ctx context.Context, report *Report, input RunReportInput) ([]ID, error) {
	if err := input.checkScope(report); err != nil {
		return nil, err
	}
	cards, field := distinct(input.CardIds), "cardIds"
	if input.CardID != nil {
		cards, field = []ID{*input.CardID}, "cardId"
	}
	if len(cards) > maxReportCards {
		return nil, &Error{Code: LimitExceeded, Path: []string{"input", field}, Text: Text{
			NL: "Ten hoogste 5.000 kaarten; gebruik voor meer een overzicht.",
			EN: "At most 5,000 cards; use an overview for more."}}
	}
	for _, card := range cards {
		if err := reportable(card); err != nil {
			return nil, faultAt(err, field)
		}
		if !report.CardType.holds(card) {
			return nil, Invalid(Text{NL: "Dit rapport gaat over een ander kaarttype.", EN: "This report is on another type of card."}, "input", field)
		}
	}
	if input.Overview != nil {
		if _, err := input.Overview.where(tx.Actor.OrganizationID, tx.Engine(), tx.Today); err != nil {
			return nil, faultAt(err, "overview")
		}
		_, err := customerKeys(input.Overview.OrderBy)
		return []ID{}, faultAt(err, "overview")
	}
	if input.Scope == SelectedCards && input.CardIds == nil {
		return tx.reportSelection(ctx, report, input.SelectionID)
	}
	if len(cards) == 0 {
		return []ID{}, nil
	}
	return cards, tx.seesCards(ctx, report.CardType, cards, field)
}

// seesCards refuses cards that are not there for the actor, and names some of them.
func (tx *Tx) seesCards(ctx context.Context, cardType ReportCardType, cards []ID, field string) error {
	ctx = tx.Actor.looking(ctx)
	found, err := db.Rows[*cardKey](ctx, tx.Conn,
		"SELECT t.id FROM "+reportTable(cardType)+" AS t WHERE t.organization_id = ? AND "+tx.In("t.id"), string(tx.Actor.OrganizationID), db.List(tx.Conn, cards))
	if err != nil {
		return fmt.Errorf("look up %d cards: %w", len(cards), err)
	}
	seen := make(map[ID]bool, len(found))
	for _, one := range found {
		seen[one.ID] = true
	}
	var absent []string
	for _, card := range cards {
		if !seen[card] {
			absent = append(absent, string(card))
		}
	}
	if len(absent) == 0 {
		return nil
	}
	list := strings.Join(absent[:min(len(absent), 10)], ", ")
	return &Error{Code: NotFound, Path: []string{"input", field}, Text: Textf(
		"%s kaarten bestaan niet, of niet voor u: %s.",
		"%s cards do not exist, or not for you: %s.", len(absent), list)}
}

// checkScope says that the input names the cards as its scope wants, and in no other way.
func (in RunReportInput) checkScope(report *Report) error {
	fields := patchingAt("input")
	superfluous := Text{NL: "Dit hoort niet bij dit bereik.", EN: "This does not belong to this scope."}
	for field, wrong := range map[string]bool{
		"cardId":      in.CardID != nil && in.Scope != CurrentCard,
		"cardIds":     in.CardIds != nil && (in.Scope != SelectedCards || in.Overview != nil),
		"overview":    in.Overview != nil && in.Scope != SelectedCards,
		"selectionId": in.SelectionID != nil && (in.Scope != SelectedCards || in.Overview != nil || in.CardIds != nil),
	} {
		if wrong {
			fields.refuse(field, superfluous)
		}
	}
	if in.Scope == CurrentCard && in.CardID == nil {
		fields.refuse("cardId", missing())
	}
	if in.Overview != nil && report.CardType != CustomerReport {
		fields.refuse("overview", Text{NL: "Een overzicht van relaties hoort bij een rapport over relaties.", EN: "An overview of relations belongs to a report on relations."})
	}
	if err := fields.err(); err != nil {
		return err
	}
	if in.Scope == SelectedCards && in.CardIds != nil && len(in.CardIds) == 0 {
		return noSelection("input", "cardIds")
	}
	return nil
}

// reportSelection gives the cards of the actor's selection: of the one named, or of the active one.
func (tx *Tx) reportSelection(ctx context.Context, report *Report, id *ID) ([]ID, error) {
	ctx = tx.Actor.looking(ctx)
	var selection *Selection
	var err error
	if id != nil {
		selection, err = tx.selection(ctx, *id)
		err = faultAt(err, "selectionId")
	} else {
		selection, err = activeSelection(ctx, tx.Conn, tx.Actor, tx.Now)
	}
	if err != nil {
		return nil, err
	}
	if selection == nil || string(selection.CardType) != string(report.CardType) {
		return nil, noSelection("input", "cardIds")
	}
	cards, err := tx.cardsOfSelection(ctx, selection)
	if err == nil && len(cards) == 0 {
		err = noSelection("input", "selectionId")
	}
	return cards, err
}

// checkOpenRuns bounds how much one colleague asks for at once.
func (tx *Tx) checkOpenRuns(ctx context.Context) error {
	open, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "report_runs", Where: []db.Part{ofOrganization(tx.Actor.OrganizationID),
		{SQL: "t.requested_by = ? AND t.status IN ('QUEUED', 'RUNNING')", Args: []any{string(tx.Actor.UserID)}}}})
	if err != nil || open < maxOpenRuns {
		return err
	}
	return &Error{Code: LimitExceeded, Path: []string{"input"}, Text: Text{
		NL: "U wacht al op tien rapporten.",
		EN: "You are waiting for ten reports already."}}
}

// CancelReportRunInput says which run to stop.
type CancelReportRunInput struct{ ID ID }

// CancelReportRunPayload is the answer to Cancel.
type CancelReportRunPayload struct {
	Outcome
	Run *ReportRun
}

// Cancel stops a run that waits or is being made; who asked for it or an administrator may. The server that
// makes it notices at its next step.
func (s *ReportRuns) Cancel(ctx context.Context, input CancelReportRunInput) (*CancelReportRunPayload, error) {
	return write(ctx, s.core, RunReports, func(ctx context.Context, tx *Tx) (*CancelReportRunPayload, error) {
		var found []*ReportRun
		err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, input.ID)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("lock report run: %w", err)
		}
		if len(found) == 0 || !found[0].isFor(tx.Actor) {
			return nil, notFound("input", "id")
		}
		run := found[0]
		if run.IsOver() {
			return nil, &Error{Code: RunFinished, Path: []string{"input", "id"}, Text: Text{
				NL: "Dit rapport is al klaar, mislukt of geannuleerd.",
				EN: "This report was made, failed or was cancelled already."}}
		}
		now := tx.Now
		run.Status, run.FinishedAt, run.LeaseUntil, run.language = RunCancelled, &now, nil, tx.Actor.Language
		run.Version++
		_, err = tx.NewUpdate().Model(run).Column("status", "finished_at", "lease_until", "version").
			Where("organization_id = ? AND id = ?", run.OrganizationID, run.ID).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("cancel report run: %w", err)
		}
		tx.AfterCommit(func() { s.tell(run) })
		return &CancelReportRunPayload{Run: run}, dropChunks(ctx, tx.Tx, run)
	})
}

// dropChunks removes what was written of a file.
func dropChunks(ctx context.Context, tx *db.Tx, run *ReportRun) error {
	_, err := tx.NewDelete().Model((*reportChunk)(nil)).Where("organization_id = ? AND run_id = ?", run.OrganizationID, run.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("drop the file of a report: %w", err)
	}
	return nil
}

// ByIDs finds many runs, in the order of the ids; nil where there is none for the actor.
func (s *ReportRuns) ByIDs(ctx context.Context, ids []ID) ([]*ReportRun, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "report_runs", ids, (*ReportRun).NodeID)
	for i, run := range found {
		switch {
		case run == nil:
		case !run.isFor(actor):
			found[i] = nil
		default:
			run.language = actor.Language
		}
	}
	return found, err
}

// Get finds one run for the actor, or says NOT_FOUND.
func (s *ReportRuns) Get(ctx context.Context, id ID) (*ReportRun, error) {
	found, err := s.ByIDs(ctx, []ID{id})
	if err == nil && found[0] == nil {
		return nil, notFound("id")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// List gives a page of what the actor asked for, newest first.
func (s *ReportRuns) List(ctx context.Context, window page.Args) (*page.Connection[*ReportRun], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.requested_by = ?", Args: []any{string(actor.UserID)}}}
	unseen := AllRights().Viewing() &^ actor.Rights
	for _, right := range unseen.List() { // a JSON list of names; as isFor has it
		where = append(where, db.Part{SQL: "t.rights NOT LIKE ?", Args: []any{`%"` + string(right) + `"%`}})
	}
	list := listing[*ReportRun, *ReportRun]{
		table: "report_runs", scope: scope("reportRuns", unseen), row: same[*ReportRun], where: where,
		node: func(r *ReportRun) *ReportRun { r.language = actor.Language; return r },
		keys: []key[*ReportRun]{{column: "t.id", direction: Descending, text: func(r *ReportRun) string { return string(r.ID) }}},
	}
	return list.page(ctx, conn, window)
}

// Chunk gives a piece of the file of a run that Get gave and that is done, from 0; nil behind the last one.
func (s *ReportRuns) Chunk(ctx context.Context, run *ReportRun, ordinal int) ([]byte, error) {
	var found []*reportChunk
	err := s.db.Read().NewSelect().Model(&found).
		Where("organization_id = ? AND run_id = ? AND attempt = ? AND ordinal = ?", run.OrganizationID, run.ID, run.Attempt, ordinal).Scan(ctx)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0].Content, nil
}
