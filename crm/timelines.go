package crm

import (
	"context"
	"slices"
	"strings"

	"klantkaart/db"
	"klantkaart/page"
)

// OfCustomers gives for each relation a page of its timeline. Everything about its contacts, leads,
// requests and projects is in it, each once: a communication belongs to the relation it was made for.
func (s *Communications) OfCustomers(ctx context.Context, customers []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := s.timelineWhere(args, actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	return timeline(where, args).pages(ctx, conn, customers, window)
}

// OfEngagements gives for each lead, request or project a page of what was about it.
func (s *Communications) OfEngagements(ctx context.Context, engagements []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := s.timelineWhere(args, actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	list := timeline(where, args)
	list.parent, list.parentOf = "engagement_id", func(m *Message) ID { return *m.EngagementID }
	return list.pages(ctx, conn, engagements, window)
}

// CorrespondenceOf gives for each relation a page of what was sent to it: documents, e-mails, invoices
// and letters; no drafts, nothing incoming, nothing internal.
func (s *Communications) CorrespondenceOf(ctx context.Context, customers []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := s.timelineWhere(args, actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	for _, kind := range args.Kinds {
		if !slices.Contains(correspondenceKinds(), kind) {
			return nil, Invalid(Text{
				NL: "Correspondentie is een document, e-mail, factuur of brief.",
				EN: "Correspondence is a document, e-mail, invoice or letter."}, "kinds")
		}
	}
	sent := strings.Join(quoted(correspondenceKinds()), ", ") // spelled out, so that the index of just these rows serves
	where = append(where, db.Part{SQL: "t.direction = 'OUT' AND t.status = 'SENT' AND t.kind IN (" + sent + ")"})
	list := timeline(where, args)
	list.scope = scope("correspondence", args)
	return list.pages(ctx, conn, customers, window)
}

func quoted[S ~string](values []S) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = "'" + string(value) + "'"
	}
	return texts
}
