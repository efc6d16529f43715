package crm

import "time"

// Node is anything that has a permanent id.
type Node interface {
	IsNode()
	NodeID() ID
}

// Card is what has a screen of its own.
type Card interface {
	Node
	IsCard()
	// Frame gives what all cards share.
	Frame() *CardFrame
}

// CardFrame is the part that all cards share.
type CardFrame struct {
	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	CreatedAt      time.Time
	CreatedByID    *ID `bun:"created_by" read:"createdBy"`
	UpdatedAt      time.Time
	UpdatedByID    *ID `bun:"updated_by" read:"updatedBy"`
	ArchivedAt     *time.Time
	ArchivedByID   *ID     `bun:"archived_by" read:"archivedBy"`
	ArchivedReason *string `read:"archivedReason"`
}

// IsNode marks a Node.
func (*CardFrame) IsNode() {}

// IsCard marks a Card.
func (*CardFrame) IsCard() {}

// NodeID is the card's id.
func (f *CardFrame) NodeID() ID { return f.ID }

// Frame gives what all cards share.
func (f *CardFrame) Frame() *CardFrame { return f }

// CardType is the kind of a card, and so its icon.
type CardType string

// The kinds of card.
const (
	CustomerCard CardType = "CUSTOMER"
	ProspectCard CardType = "PROSPECT"
	ContactCard  CardType = "CONTACT"
	LeadCard     CardType = "LEAD"
	RequestCard  CardType = "REQUEST"
	ProjectCard  CardType = "PROJECT"
)

// Archived tells which cards a list shows with regard to the archive.
type Archived string

// The three ways.
const (
	ArchivedExclude Archived = "EXCLUDE"
	ArchivedInclude Archived = "INCLUDE"
	ArchivedOnly    Archived = "ONLY"
)

// begin makes the frame of a new card.
func (tx *Tx) begin(prefix string) CardFrame {
	return CardFrame{
		OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(prefix), Version: 1,
		CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor),
		UpdatedAt: tx.Now, UpdatedByID: actorID(tx.Actor),
	}
}

// touch stamps a card of which own data changed.
func (f *CardFrame) touch(tx *Tx) {
	f.Version++
	f.UpdatedAt, f.UpdatedByID = tx.Now, actorID(tx.Actor)
}

// archive sets the archive flag. It is for the cards' own rules to say whether that may be.
func (f *CardFrame) archive(tx *Tx, reason *string) {
	at := tx.Now
	f.ArchivedAt, f.ArchivedByID, f.ArchivedReason = &at, actorID(tx.Actor), reason
}

// restore takes the archive flag away again.
func (f *CardFrame) restore() {
	f.ArchivedAt, f.ArchivedByID, f.ArchivedReason = nil, nil, nil
}

// archiving are the changes of the archive flag and of what comes with it.
func archiving(before, after *CardFrame) []FieldChange {
	return differing([]FieldChange{
		{Field: "archivedAt", From: before.ArchivedAt, To: after.ArchivedAt},
		{Field: "archivedReason", From: before.ArchivedReason, To: after.ArchivedReason},
	})
}

// mayRestore says whether the card can come back into daily use.
func (f *CardFrame) mayRestore() error {
	if f.ArchivedAt != nil {
		return nil
	}
	return &Error{Code: NotArchived, Path: []string{"input", "id"}, Text: Text{
		NL: "De kaart is niet gearchiveerd.",
		EN: "The card is not archived."}}
}

// at checks the version that the user was looking at, where one is given.
func (f *CardFrame) at(expectedVersion *int) error {
	if expectedVersion == nil || *expectedVersion == f.Version {
		return nil
	}
	return outdated(f.Version, Text{NL: "De kaart is intussen gewijzigd.", EN: "The card was changed meanwhile."})
}

// inUse says that an archived card is read-only.
func (f *CardFrame) inUse() error {
	if f.ArchivedAt == nil {
		return nil
	}
	return &Error{Code: CardArchived, Path: []string{"input"}, Text: Text{
		NL: "De kaart is gearchiveerd; haal haar eerst terug.",
		EN: "The card is archived; restore it first."}}
}
