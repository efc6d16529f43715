package crm

import (
	"time"

	"github.com/uptrace/bun"

	"klantkaart/page"
)

// The kinds of events of a process on a card; their subject is the process.
const (
	ProcessStartedEvent       EventKind = "PROCESS_STARTED"
	ProcessStepCompletedEvent EventKind = "PROCESS_STEP_COMPLETED"
	ProcessStepSkippedEvent   EventKind = "PROCESS_STEP_SKIPPED"
	ProcessStepReassigned     EventKind = "PROCESS_STEP_REASSIGNED"
	ProcessCompletedEvent     EventKind = "PROCESS_COMPLETED"
	ProcessCancelledEvent     EventKind = "PROCESS_CANCELLED"
)

// The faults of processes.
const (
	StepNotOpen       ErrorCode = "STEP_NOT_OPEN"
	TemplateBlocked   ErrorCode = "TEMPLATE_BLOCKED"
	TemplateInUse     ErrorCode = "TEMPLATE_IN_USE"
	ProcessRunning    ErrorCode = "PROCESS_RUNNING"
	ProcessNotRunning ErrorCode = "PROCESS_NOT_RUNNING"
)

// RunningProcesses warns of processes that stand still on an archived card.
const RunningProcesses WarningCode = "RUNNING_PROCESSES"

// ProcessStatus is how far a process is.
type ProcessStatus string

// The statuses.
const (
	RunningProcess   ProcessStatus = "RUNNING"
	CompletedProcess ProcessStatus = "COMPLETED"
	CancelledProcess ProcessStatus = "CANCELLED"
)

// Process is a template at work on a card. It keeps the steps that the template had when it started.
type Process struct {
	bun.BaseModel `bun:"table:processes,alias:t"`

	OrganizationID  ID
	ID              ID
	TemplateID      ID
	TemplateVersion int
	Name            string
	CardID          ID
	CustomerID      ID
	SingleInstance  bool
	Status          ProcessStatus
	StartedAt       time.Time
	StartedByID     *ID `bun:"started_by"`
	FinishedAt      *time.Time
	FinishedByID    *ID `bun:"finished_by"`
	CancelReason    *string
}

// IsNode marks a Node.
func (*Process) IsNode() {}

// NodeID is the process's id.
func (p *Process) NodeID() ID { return p.ID }

// ProcessStepStatus is how far a step is.
type ProcessStepStatus string

// The statuses.
const (
	PendingStep ProcessStepStatus = "PENDING"
	OpenStep    ProcessStepStatus = "OPEN"
	DoneStep    ProcessStepStatus = "DONE"
	SkippedStep ProcessStepStatus = "SKIPPED"
)

// ProcessStep is a step of a process. A step that a road leads back to is there once more.
type ProcessStep struct {
	bun.BaseModel `bun:"table:process_steps,alias:t"`

	OrganizationID ID
	ID             ID
	ProcessID      ID
	CustomerID     ID
	Ordinal        int
	Key            string
	Plan           *ProcessTemplateStep `bun:"type:text"`
	Following      *string
	Status         ProcessStepStatus
	AssigneeID     *ID
	AssigneeRole   *Role
	OpenedAt       *time.Time
	DueOn          *Date
	DueKey         string
	CompletedAt    *time.Time
	CompletedByID  *ID     `bun:"completed_by"`
	OutcomeKey     *string `bun:"outcome"`
	Note           *string

	today Date
}

// IsNode marks a Node.
func (*ProcessStep) IsNode() {}

// NodeID is the step's id.
func (s *ProcessStep) NodeID() ID { return s.ID }

// Title is what is to be done.
func (s *ProcessStep) Title() string { return s.Plan.Title }

// Outcomes are what can come of it.
func (s *ProcessStep) Outcomes() []*ProcessOutcome {
	if s.Plan.Outcomes == nil {
		return []*ProcessOutcome{}
	}
	return s.Plan.Outcomes
}

// Outcome is what came of it; nil where nothing is to come of it, or while it is open.
func (s *ProcessStep) Outcome() *ProcessOutcome {
	if s.OutcomeKey == nil {
		return nil
	}
	return s.Plan.outcome(*s.OutcomeKey)
}

// IsOverdue tells whether it was to be done before the day it was read.
func (s *ProcessStep) IsOverdue() bool {
	return s.Status == OpenStep && s.DueOn != nil && *s.DueOn < s.today
}

// never sorts behind every day.
const never = "9999-12-31"

// due gives the step its day.
func (s *ProcessStep) due(today Date) error {
	s.DueOn, s.DueKey = nil, never
	if s.Plan.DueAfterDays == nil {
		return nil
	}
	from, err := time.Parse(time.DateOnly, string(today))
	if err != nil {
		return err
	}
	on := Date(from.AddDate(0, 0, *s.Plan.DueAfterDays).Format(time.DateOnly))
	s.DueOn, s.DueKey = &on, string(on)
	return nil
}

// mayTake says whether an actor can complete the step or hand it on: whom it is for, or who manages processes.
func (s *ProcessStep) mayTake(actor Actor) error {
	mine := s.AssigneeID != nil && *s.AssigneeID == actor.UserID
	ours := s.AssigneeRole != nil && *s.AssigneeRole == actor.Role
	if mine || ours || actor.Rights.Has(ManageProcesses) {
		return nil
	}
	return &Error{Code: Forbidden, Path: []string{"input", "id"}, Text: Text{
		NL: "Deze stap is voor een collega.",
		EN: "This step is for a colleague."}}
}

// isOpen says that the step can be taken.
func (s *ProcessStep) isOpen() error {
	if s.Status == OpenStep {
		return nil
	}
	return &Error{Code: StepNotOpen, Path: []string{"input", "id"}, Text: Text{
		NL: "Deze stap is niet aan de beurt, al gedaan of overgeslagen.",
		EN: "This step is not open: its turn has not come, or it was done or skipped."}}
}

// summary says for the timeline that the step was done, and what came of it.
func (s *ProcessStep) summary(outcome *ProcessOutcome) string {
	if outcome == nil {
		return "stap " + s.Title() + " afgerond"
	}
	return "stap " + s.Title() + " afgerond: " + outcome.Label
}

// passed are the changes of leaving the step for another; nil is the end.
func (s *ProcessStep) passed(next *string) []FieldChange {
	return differing([]FieldChange{{Field: "step", From: &s.Key, To: next}, {Field: "outcome", From: (*string)(nil), To: s.OutcomeKey}})
}

// ended are the changes of a process that is over.
func (p *Process) ended() []FieldChange {
	return differing([]FieldChange{{Field: "status", From: RunningProcess, To: p.Status}})
}

type (
	// ProcessConnection is a page of processes.
	ProcessConnection = page.Connection[*Process]
	// ProcessEdge is a row of processes with its place.
	ProcessEdge = page.Edge[*Process]
	// ProcessStepConnection is a page of steps.
	ProcessStepConnection = page.Connection[*ProcessStep]
	// ProcessStepEdge is a row of steps with its place.
	ProcessStepEdge = page.Edge[*ProcessStep]
)
