package crm

import "cmp"

// The steps that a lead, a request or a project can go. They are no buttons of the product's manual: they have no
// number, and nobody chooses whether to see them.
const (
	ConvertLeadAction     ActionKey = "CONVERT_LEAD"
	LoseLeadAction        ActionKey = "LOSE_LEAD"
	ReopenLeadAction      ActionKey = "REOPEN_LEAD"
	HonourRequestAction   ActionKey = "HONOUR_REQUEST"
	RejectRequestAction   ActionKey = "REJECT_REQUEST"
	WithdrawRequestAction ActionKey = "WITHDRAW_REQUEST"
	ReopenRequestAction   ActionKey = "REOPEN_REQUEST"
	StartProjectAction    ActionKey = "START_PROJECT"
	HoldProjectAction     ActionKey = "HOLD_PROJECT"
	ResumeProjectAction   ActionKey = "RESUME_PROJECT"
	EndProjectAction      ActionKey = "END_PROJECT"
	CancelProjectAction   ActionKey = "CANCEL_PROJECT"
	ReopenProjectAction   ActionKey = "REOPEN_PROJECT"
)

// stepsOf are the steps that a kind of card can go.
func stepsOf(card CardType) []button {
	steps := map[CardType][]button{
		LeadCard: {
			{key: ConvertLeadAction, label: Text{NL: "Omzetten in aanvraag", EN: "Convert into a request"}},
			{key: LoseLeadAction, label: Text{NL: "Verloren", EN: "Lost"}},
			{key: ReopenLeadAction, label: Text{NL: "Heropenen", EN: "Reopen"}},
		},
		RequestCard: {
			{key: HonourRequestAction, label: Text{NL: "Honoreren", EN: "Honour"}},
			{key: RejectRequestAction, label: Text{NL: "Afwijzen", EN: "Reject"}},
			{key: WithdrawRequestAction, label: Text{NL: "Intrekken", EN: "Withdraw"}},
			{key: ReopenRequestAction, label: Text{NL: "Heropenen", EN: "Reopen"}},
		},
		ProjectCard: {
			{key: StartProjectAction, label: Text{NL: "Nu beginnen", EN: "Start now"}},
			{key: HoldProjectAction, label: Text{NL: "Onderbreken", EN: "Put on hold"}},
			{key: ResumeProjectAction, label: Text{NL: "Hervatten", EN: "Resume"}},
			{key: EndProjectAction, label: Text{NL: "Beëindigen", EN: "End"}},
			{key: CancelProjectAction, label: Text{NL: "Annuleren", EN: "Cancel"}},
			{key: ReopenProjectAction, label: Text{NL: "Heropenen", EN: "Reopen"}},
		},
	}[card]
	for i := range steps {
		steps[i].right = EditEngagements
	}
	return steps
}

// mayGo says why it cannot go a step. What the step itself is to be told, such as a last day, is not judged here.
func (d *Dossier) mayGo(step ActionKey, about circumstances) error {
	rules := map[ActionKey]func() error{
		ConvertLeadAction:     d.mayChange,
		LoseLeadAction:        d.mayChange,
		ReopenLeadAction:      d.mayReopenLead,
		HonourRequestAction:   d.mayChange,
		RejectRequestAction:   d.mayChange,
		WithdrawRequestAction: d.mayChange,
		ReopenRequestAction:   d.mayReopenRequest,
		StartProjectAction:    func() error { return d.mustBePlanned(about.today) },
		HoldProjectAction:     func() error { return d.mayHold(about.today) },
		ResumeProjectAction:   func() error { return d.mayResume(about.today) },
		EndProjectAction:      func() error { return d.mayEnd(about.today) },
		CancelProjectAction:   func() error { return d.mustBePlanned(about.today) },
		ReopenProjectAction:   func() error { return d.mayReopenProject(about.relation) },
	}
	rule, is := rules[step]
	if !is {
		return nil
	}
	return cmp.Or(about.relation.inUse(), d.inUse(), rule())
}
