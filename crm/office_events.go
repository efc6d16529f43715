package crm

import "time"

// Events of the office itself: they show on no card, and are told to everyone who has one open.

// OfOffice tells whether it happened to what the office keeps for all its cards.
func (e *Event) OfOffice() bool { return e.CustomerID.Prefix() == organizationPrefix }

// logOffice notes a change of something that the office keeps for all its cards, such as an item of its
// checklists. Its versions rise as those of a card do.
func (tx *Tx) logOffice(kind EventKind, subject ID, version int, changes []FieldChange) {
	tx.log(&Event{Kind: kind, CustomerID: tx.Actor.OrganizationID, CardID: subject, CardVersion: version, SubjectID: &subject, Changes: changes})
}

// OfficeChanged is such an event, as a listener to a card gets it.
type OfficeChanged struct{ Event *Event }

// IsCardFeed marks a CardFeed.
func (*OfficeChanged) IsCardFeed() {}

// Position is the place in the log.
func (o *OfficeChanged) Position() Position { return o.Event.Position() }

// Kind is what happened.
func (o *OfficeChanged) Kind() EventKind { return o.Event.Kind }

// At is when.
func (o *OfficeChanged) At() time.Time { return o.Event.At }

// Changes are the changed fields with old and new value.
func (o *OfficeChanged) Changes() []FieldChange { return o.Event.Changes }
