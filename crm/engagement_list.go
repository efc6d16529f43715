package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// EngagementListArgs say which leads, requests and projects a list shows.
type EngagementListArgs struct {
	Phases   []EngagementPhase
	Statuses []EngagementStatus
	Archived Archived
}

func (args EngagementListArgs) where(organization ID, today Date) []db.Part {
	where := []db.Part{ofOrganization(organization)}
	where = append(where, oneOf("t.phase", args.Phases)...)
	where = append(where, inStatus(args.Statuses, today)...)
	return append(where, archivedPart(args.Archived)...)
}

// engagementList says how leads, requests and projects are listed: the latest phase first.
func engagementList[N Engagement](where []db.Part, scope string, node func(*Dossier) N) listing[*Dossier, N] {
	return listing[*Dossier, N]{
		table: "engagements", where: where, scope: scope, node: node,
		row:    func(n N) *Dossier { return n.Core() },
		parent: "customer_id", parentOf: func(d *Dossier) ID { return d.CustomerID },
		keys: append(byPhase(Descending), dossierID(Descending)),
	}
}

// byPhase is the order in which they entered their phase: by the day, and of one day by the moment they were made, for each
// phase has a card of its own.
func byPhase(direction OrderDirection) []key[*Dossier] {
	return []key[*Dossier]{
		{column: "t.phase_since", direction: direction, text: func(d *Dossier) string { return string(d.PhaseSince) }},
		{column: "t.created_at", direction: direction, moment: func(d *Dossier) time.Time { return d.CreatedAt }},
	}
}

func dossierID(direction OrderDirection) key[*Dossier] {
	return key[*Dossier]{column: "t.id", direction: direction, text: func(d *Dossier) string { return string(d.ID) }}
}

// ByIDs finds many leads, requests and projects, in the order of the ids; nil where there is none for
// the actor.
func (s *Engagements) ByIDs(ctx context.Context, ids []ID) ([]Engagement, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := byIDs(ctx, conn, actor.OrganizationID, "engagements", ids, (*Dossier).NodeID)
	if err != nil {
		return nil, err
	}
	return s.typedRows(rows), nil
}

// ByOrigins finds what leads and requests turned into, in the order of the ids; nil where nothing yet.
func (s *Engagements) ByOrigins(ctx context.Context, origins []ID) ([]Engagement, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*Dossier](ctx, conn,
		"SELECT "+db.Columns[*Dossier](ctx, conn)+" FROM engagements AS t WHERE t.organization_id = ? AND "+conn.In("t.origin_id"),
		string(actor.OrganizationID), db.List(conn, origins))
	if err != nil {
		return nil, fmt.Errorf("engagements by origin: %w", err)
	}
	return s.typedRows(aligned(origins, rows, func(d *Dossier) ID { return *d.OriginID })), nil
}

func (s *Engagements) typedRows(rows []*Dossier) []Engagement {
	typed := typed(s.day(s.moment()))
	found := make([]Engagement, len(rows))
	for i, row := range rows {
		if row != nil {
			found[i] = typed(row)
		}
	}
	return found
}

// recentEngagements is how many the basic tab shows.
const recentEngagements = 5

// RecentOfCustomers gives for each relation what entered its phase last, archived ones left out.
func (s *Engagements) RecentOfCustomers(ctx context.Context, customers []ID) ([][]Engagement, error) {
	return recentOf(ctx, s, customers, nil, typed(s.day(s.moment())))
}

// RecentLeadsOf gives for each relation its latest leads, archived ones left out.
func (s *Engagements) RecentLeadsOf(ctx context.Context, customers []ID) ([][]*Lead, error) {
	return recentOf(ctx, s, customers, []EngagementPhase{LeadPhase}, func(d *Dossier) *Lead { return &Lead{d} })
}

// RecentRequestsOf gives for each relation its latest requests, archived ones left out.
func (s *Engagements) RecentRequestsOf(ctx context.Context, customers []ID) ([][]*Request, error) {
	return recentOf(ctx, s, customers, []EngagementPhase{RequestPhase}, func(d *Dossier) *Request { return &Request{d} })
}

// RecentProjectsOf gives for each relation its latest projects, archived ones left out.
func (s *Engagements) RecentProjectsOf(ctx context.Context, customers []ID) ([][]*Project, error) {
	today := s.day(s.moment())
	return recentOf(ctx, s, customers, []EngagementPhase{ProjectPhase}, func(d *Dossier) *Project { return projectOn(d, today) })
}

func recentOf[N Engagement](ctx context.Context, s *Engagements, customers []ID, phases []EngagementPhase, node func(*Dossier) N) ([][]N, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := EngagementListArgs{Phases: phases, Archived: ArchivedExclude}.where(actor.OrganizationID, s.day(s.moment()))
	return engagementList(where, "", node).firsts(ctx, conn, customers, recentEngagements)
}

// OfCustomers gives for each relation a page of its leads, requests and projects.
func (s *Engagements) OfCustomers(ctx context.Context, customers []ID, args EngagementListArgs, window page.Args) ([]*page.Connection[Engagement], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	list := engagementList(args.where(actor.OrganizationID, today), scope("engagements", args), typed(today))
	return list.pages(ctx, conn, customers, window)
}

// ProjectsOfCustomers gives for each relation a page of its projects.
func (s *Engagements) ProjectsOfCustomers(ctx context.Context, customers []ID, args EngagementListArgs, window page.Args) ([]*page.Connection[*Project], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	args.Phases = []EngagementPhase{ProjectPhase}
	today := s.day(s.moment())
	list := engagementList(args.where(actor.OrganizationID, today), scope("projects", args),
		func(d *Dossier) *Project { return projectOn(d, today) })
	return list.pages(ctx, conn, customers, window)
}
