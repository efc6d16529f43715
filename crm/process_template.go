package crm

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"
)

// The events of process templates; they are the office's.
const (
	ProcessTemplateCreatedEvent EventKind = "PROCESS_TEMPLATE_CREATED"
	ProcessTemplateUpdatedEvent EventKind = "PROCESS_TEMPLATE_UPDATED"
	ProcessTemplateDeletedEvent EventKind = "PROCESS_TEMPLATE_DELETED"
)

// ProcessTemplate is a way of working that an office has defined. What was started by it goes its own way:
// a change of the template counts for what is started later.
type ProcessTemplate struct {
	bun.BaseModel `bun:"table:process_templates,alias:t"`

	OrganizationID   ID
	ID               ID
	Version          int
	Name             string `change:"name"`
	NameKey          string
	CardTypes        []CardType             `bun:"type:text" change:"cardTypes"`
	Steps            []*ProcessTemplateStep `bun:"type:text" change:"steps"`
	IsSingleInstance bool                   `bun:"single_instance" change:"isSingleInstance"`
	CreatedAt        time.Time
	CreatedByID      *ID `bun:"created_by"`
	UpdatedAt        time.Time
	UpdatedByID      *ID        `bun:"updated_by"`
	BlockedAt        *time.Time `change:"blockedAt"`
}

// IsNode marks a Node.
func (*ProcessTemplate) IsNode() {}

// NodeID is the template's id.
func (t *ProcessTemplate) NodeID() ID { return t.ID }

// ProcessTemplateStep is a step of a template.
type ProcessTemplateStep struct {
	Key          string            `json:"key"`
	Title        string            `json:"title"`
	Assignee     *StepAssignee     `json:"assignee"`
	DueAfterDays *int              `json:"dueAfterDays,omitempty"`
	Outcomes     []*ProcessOutcome `json:"outcomes"`
}

// StepAssignee says who takes a step.
type StepAssignee struct {
	Kind   StepAssigneeKind `json:"kind"`
	UserID *ID              `json:"userId,omitempty"`
	Role   *Role            `json:"role,omitempty"`
}

// StepAssigneeKind is by what the one who takes a step is found.
type StepAssigneeKind string

// The kinds.
const (
	StepForUser           StepAssigneeKind = "USER"
	StepForRole           StepAssigneeKind = "ROLE"
	StepForAccountManager StepAssigneeKind = "ACCOUNT_MANAGER"
	StepForStarter        StepAssigneeKind = "STARTER"
)

// ProcessOutcome is what can come of a step, and where it leads: to a step, or else to the end or on to the
// step behind it.
type ProcessOutcome struct {
	Key      string  `json:"key"`
	Label    string  `json:"label"`
	NextStep *string `json:"nextStep,omitempty"`
	Ends     bool    `json:"ends,omitempty"`
}

// outcome finds what can come of a step; nil where there is no such thing.
func (s *ProcessTemplateStep) outcome(key string) *ProcessOutcome {
	for _, one := range s.Outcomes {
		if one.Key == key {
			return one
		}
	}
	return nil
}

// The limits of a template.
const (
	maxProcessName     = 80
	maxProcessSteps    = 50
	maxProcessOutcomes = 10
	maxDueAfterDays    = 3650
)

// apply makes the template what the input says, and notes all faults.
func (in SaveProcessTemplateInput) apply(t *ProcessTemplate, fields *patching) {
	t.name(in.Name, fields)
	t.CardTypes, t.IsSingleInstance = distinct(in.CardTypes), in.IsSingleInstance
	if len(t.CardTypes) == 0 {
		fields.refuse("cardTypes", Text{NL: "Kies ten minste één kaarttype.", EN: "Choose at least one type of card."})
	}
	if n := len(in.Steps); n == 0 || n > maxProcessSteps {
		fields.refuse("steps", Text{NL: "Een proces heeft 1 tot 50 stappen.", EN: "A process has 1 to 50 steps."})
		return
	}
	t.Steps = in.Steps
	faults := len(fields.faults)
	for i, step := range t.Steps {
		step.check(t.Steps[:i], patchingAt(fields.at("steps")...).under(strconv.Itoa(i)), fields)
	}
	if len(fields.faults) == faults {
		t.checkRoads(fields)
	}
}

func (t *ProcessTemplate) name(name string, fields *patching) {
	faults := len(fields.faults)
	if given := fields.part("name", &name, upTo(maxProcessName)); given != nil && fold(*given) != "" {
		t.Name, t.NameKey = *given, fold(*given)
	} else if len(fields.faults) == faults {
		fields.refuse("name", missing())
	}
}

// under is for what lies in a field of the input.
func (p *patching) under(field string) *patching { return patchingAt(p.at(field)...) }

// stepKey is the form of keys: short, for programs.
func stepKey(key string) bool {
	return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`).MatchString(key)
}

func badStepKey() Text {
	return Text{
		NL: "Een sleutel heeft 1 tot 40 kleine letters, cijfers en streepjes.",
		EN: "A key has 1 to 40 small letters, digits and hyphens."}
}

// check says what is wrong with a step by itself, and beside those before it.
func (s *ProcessTemplateStep) check(before []*ProcessTemplateStep, at, fields *patching) {
	if !stepKey(s.Key) {
		at.refuse("key", badStepKey())
	} else if slices.ContainsFunc(before, func(other *ProcessTemplateStep) bool { return other.Key == s.Key }) {
		at.refuse("key", Text{NL: "Een andere stap heeft deze sleutel.", EN: "Another step has this key."})
	}
	at.requiredText("title", &s.Title, 200)
	s.Assignee.check(at.under("assignee"), at)
	if d := s.DueAfterDays; d != nil && (*d < 0 || *d > maxDueAfterDays) {
		at.refuse("dueAfterDays", Text{NL: "Tussen 0 en 3.650 dagen.", EN: "Between 0 and 3,650 days."})
	}
	if len(s.Outcomes) > maxProcessOutcomes {
		at.refuse("outcomes", Text{NL: "Een stap heeft ten hoogste tien uitkomsten.", EN: "A step has at most ten outcomes."})
	}
	for i, outcome := range s.Outcomes {
		outcome.check(s.Outcomes[:i], at.under("outcomes").under(strconv.Itoa(i)), at)
	}
	fields.faults = append(fields.faults, at.faults...)
}

// requiredText wants a text of 1 to n characters, and trims it.
func (p *patching) requiredText(field string, text *string, n int) {
	faults := len(p.faults)
	if given := p.part(field, text, upTo(n)); given != nil {
		*text = *given
	} else if len(p.faults) == faults {
		p.refuse(field, missing())
	}
}

// check says whether an assignee names what its kind needs, and nothing else.
func (a *StepAssignee) check(at, step *patching) {
	if (a.UserID != nil) != (a.Kind == StepForUser) {
		at.refuse("userId", Text{NL: "Een collega hoort bij USER, en alleen daarbij.", EN: "A colleague belongs to USER, and to that alone."})
	}
	if (a.Role != nil) != (a.Kind == StepForRole) {
		at.refuse("role", Text{NL: "Een rol hoort bij ROLE, en alleen daarbij.", EN: "A role belongs to ROLE, and to that alone."})
	}
	step.faults = append(step.faults, at.faults...)
}

func (o *ProcessOutcome) check(before []*ProcessOutcome, at, step *patching) {
	if !stepKey(o.Key) {
		at.refuse("key", badStepKey())
	} else if slices.ContainsFunc(before, func(other *ProcessOutcome) bool { return other.Key == o.Key }) {
		at.refuse("key", Text{NL: "Een andere uitkomst heeft deze sleutel.", EN: "Another outcome has this key."})
	}
	at.requiredText("label", &o.Label, 100)
	if o.Ends && o.NextStep != nil {
		at.refuse("ends", Text{NL: "Een uitkomst leidt naar een stap of naar het einde.", EN: "An outcome leads to a step or to the end."})
	}
	step.faults = append(step.faults, at.faults...)
}
