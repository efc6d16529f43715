package crm

import "context"

// ContactRestoredEvent says that a contact came back into daily use.
const ContactRestoredEvent EventKind = "CONTACT_RESTORED"

// RestoreContactInput says which contact to bring back.
type RestoreContactInput struct {
	ID              ID
	ExpectedVersion *int
}

// RestoreContactPayload is the answer to Restore.
type RestoreContactPayload struct {
	Outcome
	Contact *Contact
}

// Restore brings an archived contact back into daily use. At an archived relation nobody is in daily use: that
// comes back first.
func (s *Contacts) Restore(ctx context.Context, input RestoreContactInput) (*RestoreContactPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*RestoreContactPayload, error) {
		customer, contact, err := tx.contact(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		if err := contact.mayRestore(); err != nil {
			return nil, err
		}
		before := contact.CardFrame
		contact.restore()
		return &RestoreContactPayload{Contact: contact},
			tx.saveContact(ctx, customer, contact, ContactRestoredEvent, archiving(&before, &contact.CardFrame))
	})
}
