package crm

import (
	"context"
	"fmt"
	"strings"

	"klantkaart/db"
)

// Offices are the organizations of an installation. They are founded by the operator, not over the API.
type Offices struct{ *core }

// NewOffice is an office with its first administrator.
type NewOffice struct {
	Name          string
	Administrator string
	Email         string
	Password      string
}

// Found makes an office with its first administrator, who has every right, the finance right included.
func (s *Offices) Found(ctx context.Context, office NewOffice) (*Organization, error) {
	p := patchingAt()
	name := p.part("name", &office.Name, nameUpTo(100))
	administrator := p.part("administrator", &office.Administrator, upTo(100))
	address := p.part("email", &office.Email, email)
	for field, given := range map[string]*string{"name": name, "administrator": administrator, "email": address} {
		if given == nil && len(p.faults) == 0 {
			p.refuse(field, missing())
		}
	}
	if fault := newPassword(office.Password, office.Administrator, office.Email); fault != nil {
		p.refuse("password", *fault)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	now := s.moment()
	organization := &Organization{ID: s.newID(organizationPrefix), Name: *name, CreatedAt: now}
	hash := hashPassword(office.Password)
	first := &account{PasswordHash: &hash, User: User{
		OrganizationID: organization.ID, ID: s.newID(userPrefix), Name: *administrator, SortKey: fold(*administrator),
		Email: strings.ToLower(*address), Role: Admin, Finance: true, Active: true, Joined: true, CreatedAt: now}}
	return organization, s.db.Write(within(ctx, organization.ID), func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.NewInsert().Model(organization).Exec(ctx); err != nil {
			return fmt.Errorf("insert office: %w", err)
		}
		if _, err := tx.NewInsert().Model(first).Exec(ctx); err != nil {
			return fmt.Errorf("insert administrator: %w", signsIn(err))
		}
		return nil
	})
}

// All gives the offices of the installation, the oldest first.
func (s *Offices) All(ctx context.Context) ([]*Organization, error) {
	ctx, conn := db.Everywhere(ctx), s.db.Read()
	return db.Rows[*Organization](ctx, conn, "SELECT "+db.Columns[*Organization](ctx, conn)+" FROM organizations AS t ORDER BY t.created_at, t.id")
}

// isHeld says that an address is somebody's over the whole installation, who has come in with it.
func isHeld(err error) bool { return db.IsUnique(err, "users_joined_email", "users.email") }

// isColleagues says that an address is a colleague's of the office, who has come in or is invited.
func isColleagues(err error) bool {
	return db.IsUnique(err, "users_by_email", "users.organization_id, users.email")
}

// signsIn turns the violated unique index on addresses of all offices into the operator's error.
func signsIn(err error) error {
	if !isHeld(err) {
		return err
	}
	return &Error{Code: Duplicate, Path: []string{"email"}, Text: Text{
		NL: "Met dit e-mailadres meldt al iemand zich aan.",
		EN: "Somebody signs in with this e-mail address already."}}
}
