package crm

import (
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// AttentionLevel is how pressing an attention is.
type AttentionLevel string

// Attention is a notice pinned on a card.
type Attention struct {
	bun.BaseModel `bun:"table:attentions,alias:t"`

	OrganizationID ID
	ID             ID
	CardID         ID
	CustomerID     ID
	Version        int
	Text           string         `change:"text"`
	Level          AttentionLevel `change:"level"`
	ValidFrom      time.Time
	ValidUntil     *Date `change:"validUntil"`
	AuthorID       *ID
	CreatedAt      time.Time
	UpdatedAt      *time.Time
	UpdatedByID    *ID `bun:"updated_by"`
	RemovedAt      *time.Time
	RemovedByID    *ID `bun:"removed_by"`

	today Date
}

// IsNode marks a Node.
func (*Attention) IsNode() {}

// NodeID is the attention's id.
func (a *Attention) NodeID() ID { return a.ID }

// IsActive tells whether it was to be shown on the day it was read: not removed, and its last day has
// not passed.
func (a *Attention) IsActive() bool {
	return a.RemovedAt == nil && (a.ValidUntil == nil || *a.ValidUntil >= a.today)
}

// standing is IsActive as a condition on a row; its one value is today.
const standing = "t.removed_at IS NULL AND (t.valid_until IS NULL OR t.valid_until >= ?)"

// mayChange says whether the actor can change it or take it off the card: its author or an administrator.
func (a *Attention) mayChange(actor Actor) error {
	if a.RemovedAt != nil {
		return attentionRemoved()
	}
	if actor.Rights.Has(EditOfOthers) || (a.AuthorID != nil && *a.AuthorID == actor.UserID) {
		return nil
	}
	return forbidden()
}

func attentionRemoved() error {
	return &Error{Code: AttentionRemoved, Path: []string{"input", "id"}, Text: Text{
		NL: "De attentie is van de kaart gehaald.",
		EN: "The attention has been taken off the card."}}
}

// mayAcknowledge says whether the actor can take note of it, given to whom it is addressed.
func (a *Attention) mayAcknowledge(actor Actor, recipients []ID) error {
	if len(recipients) == 0 || slices.Contains(recipients, actor.UserID) {
		return nil
	}
	return &Error{Code: AttentionNotAddressed, Path: []string{"input", "id"}, Text: Text{
		NL: "De attentie is aan andere collega's gericht.",
		EN: "The attention is addressed to other colleagues."}}
}

// AttentionReceipt is how far an attention has reached one colleague.
type AttentionReceipt struct {
	bun.BaseModel `bun:"table:attention_receipts,alias:t"`

	OrganizationID ID
	AttentionID    ID
	UserID         ID
	DeliveredAt    time.Time
	SeenAt         *time.Time
	AcknowledgedAt *time.Time
}

// attentionRecipient is a colleague to whom an attention is addressed.
type attentionRecipient struct {
	bun.BaseModel `bun:"table:attention_recipients,alias:t"`

	OrganizationID ID
	AttentionID    ID
	UserID         ID
}
