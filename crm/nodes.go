package crm

import (
	"context"

	"klantkaart/db"
)

// Nodes finds anything by its id.
type Nodes struct{ crm *CRM }

// maxNodes bounds how many things are asked for at once.
const maxNodes = 100

// Asked finds the things a client asks for, at most 100, in the order of the ids; nil where there is
// none for the actor.
func (s *Nodes) Asked(ctx context.Context, ids []ID) ([]Node, error) {
	if len(ids) > maxNodes {
		return nil, Invalid(Text{NL: "Ten hoogste 100 ids.", EN: "At most 100 ids."}, "ids")
	}
	return s.ByIDs(ctx, ids)
}

// Cards finds many cards, in the order of the ids; nil where there is none for the actor.
func (s *Nodes) Cards(ctx context.Context, ids []ID) ([]Card, error) {
	nodes, err := s.ByIDs(ctx, ids)
	cards := make([]Card, len(nodes))
	for i, node := range nodes {
		cards[i], _ = node.(Card)
	}
	return cards, err
}

// Statuses tells how far many cards are, in the order of the ids: the stage of a relation, the status of a lead,
// request or project; nil for others, and where there is none for the actor.
func (s *Nodes) Statuses(ctx context.Context, ids []ID) ([]*string, error) {
	cards, err := s.Cards(db.WithFields(ctx, db.Fields{}), ids)
	statuses := make([]*string, len(cards))
	for i, card := range cards {
		switch card := card.(type) {
		case *Customer:
			statuses[i] = new(string(card.Stage))
		case interface{ Core() *Dossier }:
			statuses[i] = new(string(card.Core().Status))
		}
	}
	return statuses, err
}

// ByIDs finds many things, in the order of the ids; nil where there is none for the actor. Each service
// is asked for its own: one statement for each kind of thing among the ids.
func (s *Nodes) ByIDs(ctx context.Context, ids []ID) ([]Node, error) {
	if _, err := ActorFrom(ctx); err != nil {
		return nil, err
	}
	byPrefix := make(map[string][]ID)
	for _, id := range ids {
		byPrefix[id.Prefix()] = append(byPrefix[id.Prefix()], id)
	}
	found := make(map[ID]Node, len(ids))
	for prefix, own := range byPrefix {
		if err := s.findKind(ctx, prefix, own, found); err != nil {
			return nil, err
		}
	}
	nodes := make([]Node, len(ids))
	for i, id := range ids {
		nodes[i] = found[id]
	}
	return nodes, nil
}

func (s *Nodes) findKind(ctx context.Context, prefix string, ids []ID, found map[ID]Node) error {
	switch prefix {
	case organizationPrefix, userPrefix, apiTokenPrefix, sessionPrefix, providerPrefix, rolePrefix, teamPrefix:
		return s.findAccess(ctx, prefix, ids, found)
	case customerPrefix:
		return collectFrom(ctx, found, ids, s.crm.Customers.ByIDs)
	case contactPrefix:
		return collectFrom(ctx, found, ids, s.crm.Contacts.ByIDs)
	case leadPrefix, requestPrefix, projectPrefix:
		return collectFrom(ctx, found, ids, s.crm.Engagements.ByIDs)
	case nominationPrefix:
		return collectFrom(ctx, found, ids, s.crm.Nominations.ByIDs)
	case communicationPrefix:
		return collectFrom(ctx, found, ids, s.crm.Communications.ByIDs)
	case cardRelationPrefix:
		return collectFrom(ctx, found, ids, s.crm.Relations.ByIDs)
	case attentionPrefix:
		return collectFrom(ctx, found, ids, s.crm.Attentions.ByIDs)
	case eventPrefix:
		return collectFrom(ctx, found, ids, s.crm.Events.ByIDs)
	case reportPrefix:
		return collectFrom(ctx, found, ids, s.crm.Reports.ByIDs)
	case reportRunPrefix:
		return collectFrom(ctx, found, ids, s.crm.ReportRuns.ByIDs)
	case billableLinePrefix:
		return collectFrom(ctx, found, ids, s.crm.Lines.ByIDs)
	case functionPrefix:
		return collectFrom(ctx, found, ids, s.crm.Contacts.FunctionsByIDs)
	case lookupValuePrefix:
		return collectFrom(ctx, found, ids, s.crm.Lookups.ByIDs)
	case documentTemplatePrefix:
		return collectFrom(ctx, found, ids, s.crm.Templates.ByIDs)
	case workflowPrefix:
		return collectFrom(ctx, found, ids, s.crm.ProcessTemplates.ByIDs)
	case processPrefix:
		return collectFrom(ctx, found, ids, s.crm.Processes.ByIDs)
	case stepPrefix:
		return collectFrom(ctx, found, ids, s.crm.Processes.StepsByIDs)
	case filePrefix:
		return collectFrom(ctx, found, ids, s.crm.Files.ByIDs)
	case checklistItemPrefix:
		return collectFrom(ctx, found, ids, s.crm.ChecklistItems.ByIDs)
	case campaignPrefix:
		return collectFrom(ctx, found, ids, s.crm.Campaigns.ByIDs)
	case membershipPrefix:
		return collectFrom(ctx, found, ids, s.crm.Campaigns.MembershipsByIDs)
	case goalPrefix:
		return collectFrom(ctx, found, ids, s.crm.Goals.ByIDs)
	case selectionPrefix:
		return collectFrom(ctx, found, ids, s.crm.Selections.ByIDs)
	}
	return nil
}

// findAccess finds what is of the office and its colleagues.
func (s *Nodes) findAccess(ctx context.Context, prefix string, ids []ID, found map[ID]Node) error {
	switch prefix {
	case organizationPrefix:
		own, err := s.crm.Users.Organization(ctx)
		return collect(found, []*Organization{own}, err)
	case apiTokenPrefix:
		own, err := s.crm.Sessions.Tokens(ctx)
		return collect(found, own, err)
	case sessionPrefix:
		own, err := s.crm.Sessions.OfActor(ctx)
		return collect(found, own, err)
	case providerPrefix:
		return collectFrom(ctx, found, ids, s.crm.Identities.ProvidersByIDs)
	case rolePrefix:
		return collectFrom(ctx, found, ids, s.crm.Roles.ByIDs)
	case teamPrefix:
		return collectFrom(ctx, found, ids, s.crm.Teams.ByIDs)
	}
	return collectFrom(ctx, found, ids, s.crm.Users.ByIDs)
}

type comparableNode interface {
	comparable
	Node
}

func collectFrom[N comparableNode](ctx context.Context, found map[ID]Node, ids []ID, byIDs func(context.Context, []ID) ([]N, error)) error {
	nodes, err := byIDs(ctx, ids)
	return collect(found, nodes, err)
}

func collect[N comparableNode](found map[ID]Node, nodes []N, err error) error {
	var absent N
	for _, node := range nodes {
		if node != absent {
			found[node.NodeID()] = node
		}
	}
	return err
}

// MustSee says that a card is there for the actor, or NOT_FOUND.
func (s *Nodes) MustSee(ctx context.Context, card ID) error {
	found, err := s.Cards(ctx, []ID{card})
	if err == nil && found[0] == nil {
		return notFound("card")
	}
	return err
}
