package crm

import "cmp"

// Why the state of a card forbids the function of a button. Each rule is the one that the verb asks, in its order.

// withButtons is a card that says by the rules of its verbs why its state forbids a function, or nil.
type withButtons interface {
	Card
	cardType() CardType
	mayDo(key ActionKey, about circumstances) error
}

func (c *Customer) cardType() CardType { return c.Type() }

func (*Contact) cardType() CardType { return ContactCard }

func (d *Dossier) cardType() CardType {
	return map[EngagementPhase]CardType{LeadPhase: LeadCard, RequestPhase: RequestCard, ProjectPhase: ProjectCard}[d.Phase]
}

func (c *Customer) mayDo(key ActionKey, about circumstances) error {
	switch key {
	case SaveAction, UndoAction, NewEngagementAction, NewLeadAction, NewRequestAction, NewContactAction, NewRelationAction,
		NewMomentAction, NewDocumentAction, AttentionAction:
		return c.inUse()
	case NewProjectAction:
		return c.mayBeginProject()
	case ArchiveAction:
		return c.mayArchive(about.running)
	case RestoreAction:
		return c.mayRestore()
	case RevertAction:
		return cmp.Or(c.mayRevert(about.running), neverSold(about.sold))
	}
	return nil
}

// mayBeginProject says whether a project can begin there without a request.
func (c *Customer) mayBeginProject() error {
	if err := c.inUse(); err != nil {
		return err
	}
	if c.Stage == Client {
		return nil
	}
	return prospectNeedsRequest("input", "customerId")
}

func (c *Contact) mayDo(key ActionKey, about circumstances) error {
	switch key {
	case SaveAction, UndoAction, AttentionAction:
		return cmp.Or(about.relation.inUse(), c.inUse())
	case ReportsAction:
		return reportable(c.ID)
	case NewMomentAction:
		return cmp.Or(about.relation.inUse(), c.mayBeMentioned().orNil())
	case NewDocumentAction:
		return cmp.Or(about.relation.inUse(), c.mayBeNamed().orNil())
	case ArchiveAction:
		return cmp.Or(about.relation.inUse(), c.mayArchive(about.usedBy))
	case RestoreAction:
		return cmp.Or(about.relation.inUse(), c.mayRestore())
	}
	return nil
}

func (d *Dossier) mayDo(key ActionKey, about circumstances) error {
	switch key {
	case SaveAction, UndoAction:
		return cmp.Or(about.relation.inUse(), d.inUse(), d.mayChange())
	case AttentionAction:
		return cmp.Or(about.relation.inUse(), d.inUse())
	case NewMomentAction, NewDocumentAction:
		return about.relation.inUse()
	case ReportsAction:
		return reportable(d.ID)
	case ArchiveAction:
		return cmp.Or(about.relation.inUse(), d.mayArchive(about.today))
	case RestoreAction:
		return cmp.Or(about.relation.inUse(), d.mayRestore())
	}
	return d.mayGo(key, about)
}
