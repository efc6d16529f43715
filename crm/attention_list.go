package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// maxAttentions bounds how many notices a card, or a colleague, is shown.
const maxAttentions = 50

// OfCards gives for each card its attentions that are valid now, newest first; those that are over too where
// that is asked. One that was taken off the card never shows on it again.
func (s *Attentions) OfCards(ctx context.Context, cards []ID, includeExpired bool) ([][]*Attention, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	shown := db.Part{SQL: standing, Args: []any{string(today)}}
	if includeExpired {
		shown = db.Part{SQL: "t.removed_at IS NULL"}
	}
	return attentionList([]db.Part{ofOrganization(actor.OrganizationID), shown}, today).firsts(ctx, conn, cards, maxAttentions)
}

// OfActor gives the valid attentions addressed to the actor and not yet acknowledged, newest first.
func (s *Attentions) OfActor(ctx context.Context) ([]*Attention, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today, me := s.day(s.moment()), string(actor.UserID)
	found, err := db.Select[*Attention](ctx, conn, db.Selection{
		Table: "attentions", Columns: db.Columns[*Attention](ctx, conn), Order: "t.created_at DESC, t.id DESC", Limit: maxAttentions,
		Where: []db.Part{
			ofOrganization(actor.OrganizationID), {SQL: standing, Args: []any{string(today)}},
			{SQL: "(NOT EXISTS (SELECT 1 FROM attention_recipients AS r WHERE r.organization_id = t.organization_id AND r.attention_id = t.id)" +
				" OR EXISTS (SELECT 1 FROM attention_recipients AS r WHERE r.organization_id = t.organization_id AND r.attention_id = t.id AND r.user_id = ?))",
				Args: []any{me}},
			{SQL: "NOT EXISTS (SELECT 1 FROM attention_receipts AS r WHERE r.organization_id = t.organization_id AND r.attention_id = t.id" +
				" AND r.user_id = ? AND r.acknowledged_at IS NOT NULL)", Args: []any{me}},
		},
	})
	for _, attention := range found {
		attention.today = today
	}
	return found, err
}

// ByIDs finds many attentions, removed ones too, in the order of the ids; nil where there is none for
// the actor.
func (s *Attentions) ByIDs(ctx context.Context, ids []ID) ([]*Attention, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "attentions", ids, (*Attention).NodeID)
	today := s.day(s.moment())
	for _, attention := range found {
		if attention != nil {
			attention.today = today
		}
	}
	return found, err
}

// ReceiptsOf gives for each attention the receipts of the colleagues who got it, in order of delivery.
func (s *Attentions) ReceiptsOf(ctx context.Context, attentions []ID) ([][]*AttentionReceipt, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*AttentionReceipt](ctx, conn,
		"SELECT "+db.Columns[*AttentionReceipt](ctx, conn)+" FROM attention_receipts AS t WHERE t.organization_id = ? AND "+
			conn.In("t.attention_id")+" ORDER BY t.delivered_at, t.user_id",
		string(actor.OrganizationID), db.List(conn, attentions))
	if err != nil {
		return nil, fmt.Errorf("receipts of attentions: %w", err)
	}
	return grouped(attentions, rows, func(r *AttentionReceipt) ID { return r.AttentionID }), nil
}

// OwnReceipts gives for each attention the actor's own receipt; nil while it was not delivered.
func (s *Attentions) OwnReceipts(ctx context.Context, attentions []ID) ([]*AttentionReceipt, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*AttentionReceipt](ctx, conn,
		"SELECT "+db.Columns[*AttentionReceipt](ctx, conn)+" FROM attention_receipts AS t WHERE t.organization_id = ? AND t.user_id = ? AND "+conn.In("t.attention_id"),
		string(actor.OrganizationID), string(actor.UserID), db.List(conn, attentions))
	if err != nil {
		return nil, fmt.Errorf("own receipts of attentions: %w", err)
	}
	return aligned(attentions, rows, func(r *AttentionReceipt) ID { return r.AttentionID }), nil
}

// RecipientsOf gives for each attention the ids of the colleagues it is addressed to; none means all.
func (s *Attentions) RecipientsOf(ctx context.Context, attentions []ID) ([][]*User, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*recipient](ctx, conn,
		"SELECT "+db.Columns[*User](ctx, conn)+", r.attention_id FROM attention_recipients AS r"+
			" JOIN users AS t ON t.organization_id = r.organization_id AND t.id = r.user_id"+
			" WHERE r.organization_id = ? AND "+conn.In("r.attention_id")+" ORDER BY t.sort_key, t.id",
		string(actor.OrganizationID), db.List(conn, attentions))
	if err != nil {
		return nil, fmt.Errorf("recipients of attentions: %w", err)
	}
	return under(attentions, rows, func(r *recipient) (ID, *User) { return r.AttentionID, &r.User }), nil
}

// recipient is a colleague together with the attention addressed to him.
type recipient struct {
	User        `bun:",extend"`
	AttentionID ID
}

func attentionList(where []db.Part, today Date) listing[*Attention, *Attention] {
	return listing[*Attention, *Attention]{
		table: "attentions", where: where,
		node: func(a *Attention) *Attention { a.today = today; return a }, row: same[*Attention],
		parent: "card_id", parentOf: func(a *Attention) ID { return a.CardID },
		keys: []key[*Attention]{
			{column: "t.created_at", direction: Descending, moment: func(a *Attention) time.Time { return a.CreatedAt }},
			{column: "t.id", direction: Descending, text: func(a *Attention) string { return string(a.ID) }},
		},
	}
}

// Notice gives the event of an attention together with the attention as it is now.
func (s *Attentions) Notice(ctx context.Context, event *Event) (*AttentionNotice, error) {
	found, err := s.ByIDs(ctx, []ID{*event.SubjectID})
	if err != nil {
		return nil, err
	}
	return &AttentionNotice{Attention: found[0], Event: event}, nil
}
