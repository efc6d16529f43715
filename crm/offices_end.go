package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// errSuspended is told to who has shown who they are.
var errSuspended error = &Error{Code: Unauthenticated, Text: Text{
	NL: "Uw kantoor is opgeschort. Vraag de beheerder van de installatie waarom.",
	EN: "Your office is suspended. Ask the operator of the installation why."}}

// Suspend lets nobody of an office in any more, until Resume: people, programs and calendars are refused at once, open
// sockets and streams are closed. Nothing is lost; sessions and keys that are not over by then work again.
func (s *Offices) Suspend(ctx context.Context, id ID) (*Organization, error) {
	return s.setSuspended(ctx, id, new(s.moment()))
}

// Resume lets an office in again that was suspended.
func (s *Offices) Resume(ctx context.Context, id ID) (*Organization, error) {
	return s.setSuspended(ctx, id, nil)
}

func (s *Offices) setSuspended(ctx context.Context, id ID, since *time.Time) (*Organization, error) {
	var office *Organization
	_, err := s.transact(ctx, Actor{OrganizationID: id}, func(ctx context.Context, tx *Tx) (err error) {
		if office, err = tx.office(ctx, id); err != nil {
			return err
		}
		if (office.SuspendedAt == nil) == (since == nil) {
			return nil
		}
		office.SuspendedAt = since
		if _, err := tx.NewUpdate().Model(office).Column("suspended_at").Where("id = ?", id).Exec(ctx); err != nil {
			return fmt.Errorf("suspend or resume %s: %w", id, err)
		}
		if since != nil {
			tx.log(&Event{Kind: AccessEndedEvent, CustomerID: id, CardID: id, SubjectID: &id, Changes: []FieldChange{}})
		}
		return nil
	})
	return office, err
}

// office locks the office, as whoever writes its log does. NOT_FOUND when there is none.
func (tx *Tx) office(ctx context.Context, id ID) (*Organization, error) {
	var found []*Organization
	if err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("t.id = ?", id)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("look up %s: %w", id, err)
	}
	if len(found) == 0 {
		return nil, notFound("id")
	}
	return found[0], nil
}

// mayEnter refuses who belongs to an office that is suspended.
func (tx *Tx) mayEnter(ctx context.Context) error {
	suspended, err := tx.NewSelect().Table("organizations").Where("id = ? AND suspended_at IS NOT NULL", tx.Actor.OrganizationID).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up whether the office is suspended: %w", err)
	}
	if suspended {
		return errSuspended
	}
	return nil
}

// Delete removes an office that is suspended for good: every row, its log and its history, and the content of all its
// files. The name, exactly as the office has it, shows that the right one is meant. What is broken off can be done again.
func (s *Offices) Delete(ctx context.Context, id ID, name string) error {
	ctx = within(ctx, id)
	office, err := s.deletable(ctx, id, name)
	if err != nil {
		return err
	}
	if err := s.deleteContents(ctx, office.ID); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return tx.Erase(ctx, string(office.ID)) })
}

func (s *Offices) deletable(ctx context.Context, id ID, name string) (*Organization, error) {
	conn := s.db.Read()
	found, err := db.Rows[*Organization](ctx, conn, "SELECT "+db.Columns[*Organization](ctx, conn)+" FROM organizations AS t WHERE t.id = ?", string(id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up %s: %w", id, err)
	case len(found) == 0:
		return nil, notFound("id")
	case found[0].Name != name:
		return nil, Invalid(Text{NL: "Zo heet dit kantoor niet.", EN: "This is not the name of this office."}, "name")
	case found[0].SuspendedAt == nil:
		return nil, Invalid(Text{NL: "Schort het kantoor eerst op.", EN: "Suspend the office first."}, "id")
	}
	return found[0], nil
}

// deleteContents lets go of the contents of all files of an office, before their rows: without these nobody would know
// of them.
func (s *Offices) deleteContents(ctx context.Context, id ID) error {
	var keys []string
	err := s.db.Read().NewSelect().Table("files").Column("store_key").Where("organization_id = ?", id).Scan(ctx, &keys)
	if err != nil {
		return fmt.Errorf("list the files of %s: %w", id, err)
	}
	for _, key := range keys {
		if err := s.files.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete a file of %s: %w", id, err)
		}
	}
	return nil
}
