package crm

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// AttentionUpdatedEvent says that what an attention says has changed.
const AttentionUpdatedEvent EventKind = "ATTENTION_UPDATED"

// AttentionFields are the fields of an attention as input: absent leaves, null clears, a value sets.
type AttentionFields struct {
	Text       graphql.Omittable[*string]
	Level      graphql.Omittable[*AttentionLevel]
	ValidUntil graphql.Omittable[*Date]
}

// apply sets the given fields on the attention, each checked and in its stored form.
func (f AttentionFields) apply(a *Attention, p *patching) {
	p.required("text", f.Text, &a.Text, upTo(500))
	replace(p, "level", f.Level, &a.Level)
	value(p, "validUntil", f.ValidUntil, &a.ValidUntil, asIs)
}

// UpdateAttentionInput is a change of an attention, with what it is based on.
type UpdateAttentionInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *AttentionFields
	Patch           AttentionFields
}

// UpdateAttentionPayload is the answer to Update.
type UpdateAttentionPayload struct {
	Outcome
	Attention *Attention
}

// Update changes what an attention says; its author or an administrator may. Who took note of another text, or
// of a lower level, has not taken note of this one: it is theirs to see and to acknowledge again.
func (s *Attentions) Update(ctx context.Context, input UpdateAttentionInput) (*UpdateAttentionPayload, error) {
	return write(ctx, s.core, EditAttentions, func(ctx context.Context, tx *Tx) (*UpdateAttentionPayload, error) {
		attention, err := tx.attentionToChange(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, patch := *attention, patchingAt("input", "patch")
		input.Patch.apply(attention, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, AttentionFields.apply, patch)
		changes := changesBetween(&before, attention)
		if err := attention.checkLastDay(&before, patch); err != nil {
			return nil, err
		}
		if err := tx.checkBasisOf(ctx, attention.CustomerID, attention.ID, before.Version, basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateAttentionPayload{Attention: attention}, nil
		}
		return &UpdateAttentionPayload{Attention: attention}, tx.saveAttention(ctx, &before, attention, changes)
	})
}

// checkLastDay refuses a new last day that has passed already; one that stays is not judged again.
func (a *Attention) checkLastDay(before *Attention, patch *patching) error {
	stays := before.ValidUntil != nil && a.ValidUntil != nil && *before.ValidUntil == *a.ValidUntil
	if !stays && a.ValidUntil != nil && *a.ValidUntil < a.today {
		patch.refuse("validUntil", Text{NL: "Deze dag is voorbij.", EN: "This day has passed."})
	}
	return patch.err()
}

// attentionToChange locks an attention that stands on a card in daily use, for one who may change it.
func (tx *Tx) attentionToChange(ctx context.Context, id ID) (*Attention, error) {
	attention, err := tx.attention(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := attention.mayChange(tx.Actor); err != nil {
		return nil, err
	}
	card, err := tx.lockCard(ctx, attention.CardID)
	if err != nil {
		return nil, err
	}
	return attention, card.inUse()
}

func (tx *Tx) saveAttention(ctx context.Context, before, after *Attention, changes []FieldChange) error {
	now := tx.Now
	after.Version, after.UpdatedAt, after.UpdatedByID = before.Version+1, &now, actorID(tx.Actor)
	_, err := tx.NewUpdate().Model(after).Column("text", "level", "valid_until", "version", "updated_at", "updated_by").
		Where("organization_id = ? AND id = ?", after.OrganizationID, after.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save attention %s: %w", after.ID, err)
	}
	if before.Text != after.Text || before.Level != after.Level {
		_, err := tx.NewUpdate().Table("attention_receipts").Set("seen_at = NULL").Set("acknowledged_at = NULL").
			Where("organization_id = ? AND attention_id = ?", after.OrganizationID, after.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("begin the receipts of %s anew: %w", after.ID, err)
		}
	}
	return tx.logOfAddressed(ctx, AttentionUpdatedEvent, after, changes)
}
