package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
	"klantkaart/page"
)

// contactOfMessage is a contact together with the communication it took part in.
type contactOfMessage struct {
	Contact         `bun:",extend"`
	CommunicationID ID
}

// ContactsOf gives for each communication its contacts, in the order given.
func (s *Communications) ContactsOf(ctx context.Context, communications []ID) ([][]*Contact, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*contactOfMessage](ctx, conn,
		"SELECT "+db.Columns[*Contact](ctx, conn)+", l.communication_id FROM communication_contacts AS l"+
			" JOIN contacts AS t ON t.organization_id = l.organization_id AND t.id = l.contact_id"+
			" WHERE l.organization_id = ? AND "+conn.In("l.communication_id")+" ORDER BY l.communication_id, l.ordinal",
		string(actor.OrganizationID), db.List(conn, communications))
	if err != nil {
		return nil, fmt.Errorf("contacts of communications: %w", err)
	}
	byMessage := make(map[ID][]*Contact)
	for _, row := range rows {
		byMessage[row.CommunicationID] = append(byMessage[row.CommunicationID], &row.Contact)
	}
	found := make([][]*Contact, len(communications))
	for i, id := range communications {
		found[i] = byMessage[id]
	}
	return found, nil
}

// linkedMessage is a communication as one of its contacts sees it.
type linkedMessage struct {
	bun.BaseModel `bun:"table:communication_contacts,alias:t"`

	OrganizationID  ID
	ContactID       ID
	CommunicationID ID
	At              time.Time
}

// OfContacts gives for each contact a page of what was with it. The links carry the moment, so that a
// page is a walk along one index; the rows themselves come in a second statement.
func (s *Communications) OfContacts(ctx context.Context, contacts []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	inner, err := s.timelineWhere(args, actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID)}
	if len(inner) > 1 { // kinds or search: they are columns of the communication
		meets := all(inner, " AND ")
		where = append(where, db.Part{SQL: "t.communication_id IN (SELECT t.id FROM communications AS t WHERE " + meets.SQL + ")", Args: meets.Args})
	}
	links, err := linkList(where, args).pages(ctx, conn, contacts, window)
	if err != nil {
		return nil, err
	}
	return s.follow(ctx, links, args)
}

// linkList says how the links of contacts to communications are listed: newest first.
func linkList(where []db.Part, args TimelineArgs) listing[*linkedMessage, *linkedMessage] {
	return listing[*linkedMessage, *linkedMessage]{
		table: "communication_contacts", where: where, scope: timelineScope(args),
		node: same[*linkedMessage], row: same[*linkedMessage],
		parent: "contact_id", parentOf: func(l *linkedMessage) ID { return l.ContactID },
		keys: []key[*linkedMessage]{
			{column: "t.at", direction: Descending, moment: func(l *linkedMessage) time.Time { return l.At }},
			{column: "t.communication_id", direction: Descending, text: func(l *linkedMessage) string { return string(l.CommunicationID) }},
		},
	}
}

// follow turns pages of links into pages of the communications they point to.
func (s *Communications) follow(ctx context.Context, links []*page.Connection[*linkedMessage], args TimelineArgs) ([]*page.Connection[Communication], error) {
	var ids []ID
	for _, connection := range links {
		for _, link := range connection.Nodes {
			ids = append(ids, link.CommunicationID)
		}
	}
	found, err := s.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[ID]Communication, len(found))
	for _, communication := range found {
		byID[communication.NodeID()] = communication
	}
	connections := make([]*page.Connection[Communication], len(links))
	for i, connection := range links {
		connections[i] = page.Map(connection, timelineScope(args), timeline(nil, args).values,
			func(l *linkedMessage) Communication { return byID[l.CommunicationID] })
	}
	return connections, nil
}
