package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Attentions are the notices pinned on cards.
type Attentions struct{ *core }

// AddAttentionInput is a notice for a card.
type AddAttentionInput struct {
	CardID       ID
	Text         string
	Level        AttentionLevel
	ValidUntil   *Date
	RecipientIds []ID
}

// AddAttentionPayload is the answer to Add.
type AddAttentionPayload struct {
	Outcome
	Attention *Attention
}

// Add pins a notice on a card in daily use. Colleagues who have it open see it at once.
func (s *Attentions) Add(ctx context.Context, input AddAttentionInput) (*AddAttentionPayload, error) {
	return write(ctx, s.core, EditAttentions, func(ctx context.Context, tx *Tx) (*AddAttentionPayload, error) {
		card, err := tx.lockCard(ctx, input.CardID)
		if err != nil {
			return nil, err
		}
		if err := card.inUse(); err != nil {
			return nil, err
		}
		attention := &Attention{
			OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(attentionPrefix), CardID: input.CardID, CustomerID: card.customer, Version: 1,
			Level: input.Level, ValidFrom: tx.Now, ValidUntil: input.ValidUntil, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now, today: tx.Today,
		}
		recipients := distinct(input.RecipientIds)
		if err := tx.checkAttention(ctx, attention, input, recipients); err != nil {
			return nil, err
		}
		if err := tx.insertAttention(ctx, attention, recipients); err != nil {
			return nil, err
		}
		return &AddAttentionPayload{Attention: attention}, tx.logAttention(ctx, AttentionAddedEvent, attention, recipients, nil)
	})
}

// maxRecipients bounds to how many colleagues an attention is addressed by name.
const maxRecipients = 50

func (tx *Tx) checkAttention(ctx context.Context, attention *Attention, input AddAttentionInput, recipients []ID) error {
	fields := patchingAt("input")
	attention.Text = fields.needed("text", input.Text, upTo(500))
	if input.ValidUntil != nil && *input.ValidUntil < tx.Today {
		fields.refuse("validUntil", Text{NL: "Deze dag is voorbij.", EN: "This day has passed."})
	}
	if len(recipients) > maxRecipients {
		fields.refuse("recipientIds", Text{NL: "Ten hoogste 50 collega's.", EN: "At most 50 colleagues."})
	} else if err := tx.checkUsers(ctx, recipients, fields, "recipientIds"); err != nil {
		return err
	}
	return fields.err()
}

func (tx *Tx) insertAttention(ctx context.Context, attention *Attention, recipients []ID) error {
	if _, err := tx.NewInsert().Model(attention).Exec(ctx); err != nil {
		return fmt.Errorf("insert attention: %w", err)
	}
	if len(recipients) == 0 {
		return nil
	}
	rows := make([]attentionRecipient, len(recipients))
	for i, user := range recipients {
		rows[i] = attentionRecipient{OrganizationID: attention.OrganizationID, AttentionID: attention.ID, UserID: user}
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("address attention: %w", err)
	}
	return nil
}

// logAttention raises the card's version and notes what happened to an attention on it.
func (tx *Tx) logAttention(ctx context.Context, kind EventKind, attention *Attention, recipients []ID, changes []FieldChange) error {
	version, err := tx.raiseVersion(ctx, tableOf(attention.CardID), attention.CardID)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: kind, CustomerID: attention.CustomerID, CardID: attention.CardID, CardVersion: version,
		SubjectID: &attention.ID, Recipients: recipients, Changes: changes})
	return nil
}

// logOfAddressed notes what happened to an attention that was placed before. Every event of it says to
// whom it is addressed, so that who may see the event is known from the event alone.
func (tx *Tx) logOfAddressed(ctx context.Context, kind EventKind, attention *Attention, changes []FieldChange) error {
	recipients, err := tx.recipients(ctx, attention)
	if err != nil {
		return err
	}
	return tx.logAttention(ctx, kind, attention, recipients, changes)
}

// recipients are the colleagues to whom an attention is addressed; none means all.
func (tx *Tx) recipients(ctx context.Context, attention *Attention) (ids []ID, err error) {
	err = tx.NewSelect().Table("attention_recipients").Column("user_id").
		Where("organization_id = ? AND attention_id = ?", attention.OrganizationID, attention.ID).OrderExpr("user_id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("recipients of %s: %w", attention.ID, err)
	}
	return ids, nil
}

// MarkAttentionSeenInput says which attention was seen.
type MarkAttentionSeenInput struct{ ID ID }

// MarkAttentionSeenPayload is the answer to MarkSeen.
type MarkAttentionSeenPayload struct {
	Outcome
	Attention *Attention
}

// MarkSeen records that the actor saw an attention. The first time counts; again changes nothing.
func (s *Attentions) MarkSeen(ctx context.Context, input MarkAttentionSeenInput) (*MarkAttentionSeenPayload, error) {
	return write(ctx, s.core, ReactToCards, func(ctx context.Context, tx *Tx) (*MarkAttentionSeenPayload, error) {
		attention, err := tx.react(ctx, input.ID, AttentionSeenEvent)
		return &MarkAttentionSeenPayload{Attention: attention}, err
	})
}

// AcknowledgeAttentionInput says which attention is acknowledged.
type AcknowledgeAttentionInput struct{ ID ID }

// AcknowledgeAttentionPayload is the answer to Acknowledge.
type AcknowledgeAttentionPayload struct {
	Outcome
	Attention *Attention
}

// Acknowledge records that the actor took note of an attention, which is for those to whom it is addressed. The first
// time counts; again changes nothing. What is acknowledged was seen.
func (s *Attentions) Acknowledge(ctx context.Context, input AcknowledgeAttentionInput) (*AcknowledgeAttentionPayload, error) {
	return write(ctx, s.core, ReactToCards, func(ctx context.Context, tx *Tx) (*AcknowledgeAttentionPayload, error) {
		attention, err := tx.react(ctx, input.ID, AttentionAcknowledgedEvent)
		return &AcknowledgeAttentionPayload{Attention: attention}, err
	})
}

// react brings the actor's receipt forward to seen or acknowledged, with an event when it moved.
func (tx *Tx) react(ctx context.Context, id ID, kind EventKind) (*Attention, error) {
	attention, err := tx.attention(ctx, id)
	if err != nil {
		return nil, err
	}
	if attention.RemovedAt != nil {
		return nil, attentionRemoved()
	}
	recipients, err := tx.recipients(ctx, attention)
	if err != nil {
		return nil, err
	}
	if kind == AttentionAcknowledgedEvent {
		if err := attention.mayAcknowledge(tx.Actor, recipients); err != nil {
			return nil, err
		}
	}
	receipt, err := tx.receipt(ctx, attention)
	if err != nil {
		return nil, err
	}
	now := tx.Now
	moved := receipt.SeenAt == nil
	if moved {
		receipt.SeenAt = &now
	}
	if kind == AttentionAcknowledgedEvent {
		moved = receipt.AcknowledgedAt == nil
		if moved {
			receipt.AcknowledgedAt = &now
		}
	}
	if !moved {
		return attention, nil
	}
	_, err = tx.NewUpdate().Model(receipt).Column("seen_at", "acknowledged_at").
		Where("organization_id = ? AND attention_id = ? AND user_id = ?", receipt.OrganizationID, receipt.AttentionID, receipt.UserID).Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("save receipt: %w", err)
	}
	return attention, tx.logAttention(ctx, kind, attention, recipients, nil)
}

// receipt is the actor's receipt of an attention; who reacts has got it.
func (tx *Tx) receipt(ctx context.Context, attention *Attention) (*AttentionReceipt, error) {
	receipt := &AttentionReceipt{OrganizationID: tx.Actor.OrganizationID, AttentionID: attention.ID, UserID: tx.Actor.UserID, DeliveredAt: tx.Now}
	if _, err := tx.NewInsert().Model(receipt).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return nil, fmt.Errorf("insert receipt: %w", err)
	}
	err := tx.NewSelect().Model(receipt).
		Where("organization_id = ? AND attention_id = ? AND user_id = ?", tx.Actor.OrganizationID, attention.ID, tx.Actor.UserID).Scan(ctx)
	return receipt, err
}

// RemoveAttentionInput says which attention to take off the card.
type RemoveAttentionInput struct{ ID ID }

// RemoveAttentionPayload is the answer to Remove.
type RemoveAttentionPayload struct {
	Outcome
	Attention *Attention
}

// Remove takes an attention off the card; its author or an administrator may.
func (s *Attentions) Remove(ctx context.Context, input RemoveAttentionInput) (*RemoveAttentionPayload, error) {
	return write(ctx, s.core, EditAttentions, func(ctx context.Context, tx *Tx) (*RemoveAttentionPayload, error) {
		attention, err := tx.attentionToChange(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		now := tx.Now
		attention.RemovedAt, attention.RemovedByID = &now, actorID(tx.Actor)
		_, err = tx.NewUpdate().Model(attention).Column("removed_at", "removed_by").
			Where("organization_id = ? AND id = ?", attention.OrganizationID, attention.ID).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("remove attention: %w", err)
		}
		return &RemoveAttentionPayload{Attention: attention}, tx.logOfAddressed(ctx, AttentionRemovedEvent, attention, nil)
	})
}

// attention locks an attention for a change: its card first, as every verb does.
func (tx *Tx) attention(ctx context.Context, id ID) (*Attention, error) {
	read := func() (*Attention, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "attentions", []ID{id}, (*Attention).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, notFound("input", "id")
		}
		found[0].today = tx.Today
		return found[0], nil
	}
	attention, err := read()
	if err != nil {
		return nil, err
	}
	if _, err := tx.customer(ctx, attention.CustomerID, nil); err != nil {
		return nil, err
	}
	locked, err := read()
	if err == nil && locked.CustomerID != attention.CustomerID {
		return tx.attention(ctx, id) // its contact moved meanwhile
	}
	return locked, err
}

// Deliver records that an attention was pushed to screens of colleagues. Later deliveries change nothing.
// It is no change of the card, and makes no event.
func (s *Attentions) Deliver(ctx context.Context, attention ID, to []ID) error {
	actor, err := ActorFrom(ctx)
	if err != nil || len(to) == 0 {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw("INSERT INTO attention_receipts (organization_id, attention_id, user_id, delivered_at)"+
			" SELECT t.organization_id, t.id, u.id, ? FROM attentions AS t JOIN users AS u ON u.organization_id = t.organization_id"+
			" WHERE t.organization_id = ? AND t.id = ? AND u.id IN (?) ON CONFLICT DO NOTHING",
			s.moment(), actor.OrganizationID, attention, bun.List(to)).Exec(ctx)
		return err
	})
}
