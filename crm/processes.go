package crm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// Processes are the templates at work on cards.
type Processes struct{ *core }

// ByIDs finds many processes, in the order of the ids; nil where there is none for the actor.
func (s *Processes) ByIDs(ctx context.Context, ids []ID) ([]*Process, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "processes", ids, (*Process).NodeID)
}

// OfCards gives for each card a page of its processes, the one that started last first; of all statuses when
// none is named.
func (s *Processes) OfCards(ctx context.Context, cards []ID, statuses []ProcessStatus, window page.Args) ([]*page.Connection[*Process], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	list := listing[*Process, *Process]{
		table: "processes", where: append([]db.Part{ofOrganization(actor.OrganizationID)}, oneOf("t.status", statuses)...),
		scope: scope("processes", statuses), node: same[*Process], row: same[*Process],
		parent: "card_id", parentOf: func(p *Process) ID { return p.CardID },
		keys: []key[*Process]{
			{column: "t.started_at", direction: Descending, moment: func(p *Process) time.Time { return p.StartedAt }},
			{column: "t.id", direction: Descending, text: func(p *Process) string { return string(p.ID) }},
		},
	}
	return list.pages(ctx, conn, cards, window)
}

// StepsOf gives for each process its steps, in the order in which they are gone through.
func (s *Processes) StepsOf(ctx context.Context, processes []ID) ([][]*ProcessStep, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*ProcessStep](ctx, conn,
		"SELECT "+db.Columns[*ProcessStep](ctx, conn)+" FROM process_steps AS t WHERE t.organization_id = ? AND "+conn.In("t.process_id")+
			" ORDER BY t.process_id, t.ordinal", string(actor.OrganizationID), db.List(conn, processes))
	if err != nil {
		return nil, fmt.Errorf("steps of processes: %w", err)
	}
	return grouped(processes, s.dated(rows), func(step *ProcessStep) ID { return step.ProcessID }), nil
}

// CurrentStepsOf gives for each process the step that is open; nil when none is.
func (s *Processes) CurrentStepsOf(ctx context.Context, processes []ID) ([]*ProcessStep, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*ProcessStep](ctx, conn,
		"SELECT "+db.Columns[*ProcessStep](ctx, conn)+" FROM process_steps AS t WHERE t.organization_id = ? AND "+conn.In("t.process_id")+
			" AND t.status = 'OPEN' ORDER BY t.id", string(actor.OrganizationID), db.List(conn, processes))
	if err != nil {
		return nil, fmt.Errorf("open steps of processes: %w", err)
	}
	return aligned(processes, s.dated(rows), func(step *ProcessStep) ID { return step.ProcessID }), nil
}

// StepsByIDs finds many steps, in the order of the ids; nil where there is none for the actor.
func (s *Processes) StepsByIDs(ctx context.Context, ids []ID) ([]*ProcessStep, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "process_steps", ids, (*ProcessStep).NodeID)
	return s.dated(found), err
}

// dated tells the steps which day it is.
func (s *Processes) dated(steps []*ProcessStep) []*ProcessStep {
	today := s.day(s.moment())
	for _, step := range steps {
		if step != nil {
			step.today = today
		}
	}
	return steps
}

// standsOnUsedCard is the condition on a step that nothing above it is archived.
const standsOnUsedCard = "EXISTS (SELECT 1 FROM processes AS p JOIN customers AS c ON c.organization_id = p.organization_id AND c.id = p.customer_id" +
	" LEFT JOIN contacts AS k ON k.organization_id = p.organization_id AND k.id = p.card_id" +
	" LEFT JOIN engagements AS e ON e.organization_id = p.organization_id AND e.id = p.card_id" +
	" WHERE p.organization_id = t.organization_id AND p.id = t.process_id" +
	" AND c.archived_at IS NULL AND k.archived_at IS NULL AND e.archived_at IS NULL)"

// OpenStepsOfActor gives a page of the steps that the actor can take now, himself or as one of his role: those
// that are overdue first, then by day. On archived cards nothing can be taken.
func (s *Processes) OpenStepsOfActor(ctx context.Context, window page.Args) (*page.Connection[*ProcessStep], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	list := listing[*ProcessStep, *ProcessStep]{
		table: "process_steps", scope: scope("openSteps", actor.Role), row: same[*ProcessStep],
		node: func(step *ProcessStep) *ProcessStep { step.today = today; return step },
		where: []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.status = 'OPEN'"},
			{SQL: "(t.assignee_id = ? OR t.assignee_role = ?)", Args: []any{string(actor.UserID), string(actor.Role)}},
			{SQL: standsOnUsedCard}},
		keys: []key[*ProcessStep]{
			{column: "t.due_key", direction: Ascending, text: func(step *ProcessStep) string { return step.DueKey }},
			{column: "t.id", direction: Ascending, text: func(step *ProcessStep) string { return string(step.ID) }},
		},
	}
	return list.page(ctx, conn, window)
}

// StartProcessInput says which template to start, on which card.
type StartProcessInput struct {
	CardID     ID
	TemplateID ID
}

// StartProcessPayload is the answer to Start.
type StartProcessPayload struct {
	Outcome
	Process *Process
}

// Start puts a template to work on a card in daily use. Its first step is open at once.
func (s *Processes) Start(ctx context.Context, input StartProcessInput) (*StartProcessPayload, error) {
	return write(ctx, s.core, EditProcesses, func(ctx context.Context, tx *Tx) (*StartProcessPayload, error) {
		card, err := tx.lockCard(ctx, input.CardID)
		if err != nil {
			return nil, err
		}
		template, err := tx.template(ctx, input.TemplateID, "templateId", nil)
		if err != nil {
			return nil, err
		}
		if err := card.inUse(); err != nil {
			return nil, err
		}
		if err := template.mayStart(card.cardType()); err != nil {
			return nil, err
		}
		process, steps := tx.newProcess(template, card, input.CardID)
		if err := tx.open(steps[0], process, card.relation); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(process).Exec(ctx); err != nil {
			return nil, runsAlready(err)
		}
		if _, err := tx.NewInsert().Model(&steps).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert steps: %w", err)
		}
		return &StartProcessPayload{Process: process}, tx.tellProcess(ctx, process, ProcessStartedEvent, nil, "gestart", "")
	})
}

// mayStart says whether the template can be started on a card of a type.
func (t *ProcessTemplate) mayStart(cardType CardType) error {
	switch {
	case t.BlockedAt != nil:
		return &Error{Code: TemplateBlocked, Path: []string{"input", "templateId"}, Text: Text{
			NL: "Dit proces is geblokkeerd en kan niet worden gestart.",
			EN: "This process is blocked and cannot be started."}}
	case !slices.Contains(t.CardTypes, cardType):
		return Invalid(Text{NL: "Dit proces is niet voor dit kaarttype.", EN: "This process is not for this type of card."}, "input", "templateId")
	}
	return nil
}

// newProcess makes a process with all steps of its template, none of them open.
func (tx *Tx) newProcess(template *ProcessTemplate, card lockedCard, cardID ID) (*Process, []*ProcessStep) {
	process := &Process{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(processPrefix), TemplateID: template.ID,
		TemplateVersion: template.Version, Name: template.Name, CardID: cardID, CustomerID: card.customer,
		SingleInstance: template.IsSingleInstance, Status: RunningProcess, StartedAt: tx.Now, StartedByID: actorID(tx.Actor)}
	steps := make([]*ProcessStep, len(template.Steps))
	for i, plan := range template.Steps {
		steps[i] = &ProcessStep{OrganizationID: process.OrganizationID, ID: tx.core.newID(stepPrefix), ProcessID: process.ID,
			CustomerID: process.CustomerID, Ordinal: i + 1, Key: plan.Key, Plan: plan, Following: template.following(i),
			Status: PendingStep, DueKey: never, today: tx.Today}
	}
	return process, steps
}

// open says that a step's turn has come: whose it is is found now, and the days begin to count. Where a
// relation has no account manager, the one who started the process takes the step.
func (tx *Tx) open(step *ProcessStep, process *Process, relation *Customer) error {
	now := tx.Now
	step.Status, step.OpenedAt = OpenStep, &now
	switch who := step.Plan.Assignee; who.Kind {
	case StepForUser:
		step.AssigneeID = who.UserID
	case StepForRole:
		step.AssigneeRole = who.Role
	case StepForAccountManager:
		step.AssigneeID = relation.AccountManagerID
	}
	if step.AssigneeID == nil && step.AssigneeRole == nil {
		step.AssigneeID = process.StartedByID
	}
	return step.due(tx.Today)
}

// runsAlready turns the violated unique index on a single instance into the user's error.
func runsAlready(err error) error {
	if !db.IsUnique(err, "processes_single", "processes.organization_id, processes.template_id, processes.card_id") {
		return fmt.Errorf("insert process: %w", err)
	}
	return &Error{Code: ProcessRunning, Path: []string{"input", "templateId"}, Text: Text{
		NL: "Dit proces loopt al op deze kaart, en loopt er ten hoogste één keer tegelijk.",
		EN: "This process is running on this card already, and runs there once at a time."}}
}

// tellProcess notes what happened in a process: as an event of its card, and as an entry of the timeline.
func (tx *Tx) tellProcess(ctx context.Context, process *Process, kind EventKind, changes []FieldChange, what, note string) error {
	version, err := tx.raiseVersion(ctx, tableOf(process.CardID), process.CardID)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: kind, CustomerID: process.CustomerID, CardID: process.CardID, CardVersion: version, SubjectID: &process.ID, Changes: changes})
	entry := process.entry(tx, what, note)
	var contacts []ID
	switch tableOf(process.CardID) {
	case "contacts":
		contacts = []ID{process.CardID}
	case "engagements":
		entry.EngagementID = &process.CardID
	}
	return tx.insertMessage(ctx, entry, contacts)
}

// entry is a line of the timeline about the process, in the language of the office.
func (p *Process) entry(tx *Tx, what, note string) *Message {
	m := &Message{OrganizationID: p.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: p.CustomerID, ProcessID: &p.ID,
		Kind: WorkflowKind, Direction: Internal, Status: Done, At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now,
		Subject: "Proces " + p.Name + " " + what, Body: note}
	m.SearchText = searchFoldAll(&m.Subject, &m.Body)
	return m
}

// hasRunning is the condition on a card that a process runs on it.
const hasRunning = "EXISTS (SELECT 1 FROM processes AS p WHERE p.organization_id = t.organization_id AND p.customer_id = ? AND p.card_id = t.id AND p.status = 'RUNNING')"

// warnOfProcesses tells on which cards of a relation processes run: on itself, its contacts, leads, requests and
// projects.
func (tx *Tx) warnOfProcesses(ctx context.Context, customer ID) error {
	relations, err := db.Rows[*Customer](ctx, tx.Conn,
		"SELECT "+db.Columns[*Customer](ctx, tx.Conn)+" FROM customers AS t WHERE t.organization_id = ? AND t.id = ? AND "+hasRunning,
		string(tx.Actor.OrganizationID), string(customer), string(customer))
	if err != nil {
		return fmt.Errorf("running processes of %s: %w", customer, err)
	}
	contacts, err := db.Rows[*Contact](ctx, tx.Conn,
		"SELECT "+db.Columns[*Contact](ctx, tx.Conn)+" FROM contacts AS t WHERE t.organization_id = ? AND t.customer_id = ? AND "+hasRunning+
			" ORDER BY t.sort_key, t.id LIMIT 100", string(tx.Actor.OrganizationID), string(customer), string(customer))
	if err != nil {
		return fmt.Errorf("running processes of contacts of %s: %w", customer, err)
	}
	engagements, err := tx.engagementCards(ctx, customer, hasRunning, string(customer))
	if err != nil {
		return err
	}
	tx.warnOfStandstill(slices.Concat(asCards(relations), asCards(contacts), engagements))
	return nil
}

// warnOfProcess tells that a process runs on a contact, lead, request or project that goes to the archive.
func (tx *Tx) warnOfProcess(ctx context.Context, card Card) error {
	running, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "processes", Where: []db.Part{
		ofOrganization(tx.Actor.OrganizationID), {SQL: "t.card_id = ? AND t.status = 'RUNNING'", Args: []any{string(card.NodeID())}}}})
	if err != nil {
		return fmt.Errorf("running processes of %s: %w", card.NodeID(), err)
	}
	if running > 0 {
		tx.warnOfStandstill([]Card{card})
	}
	return nil
}

func (tx *Tx) warnOfStandstill(cards []Card) {
	tx.warnAbout(RunningProcesses, cards, Text{
		NL: "Er lopen nog processen; zij liggen stil zolang de kaart in het archief is.",
		EN: "Processes are still running; they stand still while the card is archived."})
}
