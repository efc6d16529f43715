package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// NotAccepted is the code of letting somebody in who has no way in yet.
const NotAccepted ErrorCode = "INVITATION_NOT_ACCEPTED"

// waysIn is a condition on a user t, of an office with settings o: they have a way in today. By password, as far as
// the office lets passwords in, with the second factor that it may require; or by an account at a provider in use.
const waysIn = "((t.password_hash IS NOT NULL" +
	" AND NOT EXISTS (SELECT 1 FROM identity_providers AS r WHERE r.organization_id = t.organization_id AND r.enabled AND NOT r.allows_passwords)" +
	" AND (NOT COALESCE(o.requires_second_factor, FALSE) OR EXISTS (SELECT 1 FROM second_factors AS f" +
	" WHERE f.organization_id = t.organization_id AND f.user_id = t.id AND f.confirmed_at IS NOT NULL)))" +
	" OR EXISTS (SELECT 1 FROM identity_links AS l JOIN identity_providers AS p ON p.organization_id = l.organization_id AND p.id = l.provider_id" +
	" WHERE l.organization_id = t.organization_id AND l.user_id = t.id AND p.enabled))"

// lockAdministrators locks all who administer, so that what each of two takes away is seen by the other.
func (tx *Tx) lockAdministrators(ctx context.Context) error {
	var locked []*User
	query := tx.NewSelect().Model(&locked).Where("t.organization_id = ? AND t.role = ? AND t.active", tx.Actor.OrganizationID, Admin).OrderExpr("t.id")
	if err := tx.ForUpdate(query).Scan(ctx); err != nil {
		return fmt.Errorf("lock administrators: %w", err)
	}
	return nil
}

// administrators counts those who can come in as an administrator today, but for one. Who was invited and has not come
// yet is none: should the last of the others go, nobody could invite anew.
func (tx *Tx) administrators(ctx context.Context, but ID) (int, error) {
	found, err := db.Rows[struct{ ID ID }](ctx, tx.Conn, "SELECT t.id FROM users AS t"+
		" LEFT JOIN organization_settings AS o ON o.organization_id = t.organization_id"+
		" WHERE t.organization_id = ? AND "+managesRights+" AND t.active AND t.id <> ? AND "+waysIn,
		string(tx.Actor.OrganizationID), string(but))
	if err != nil {
		return 0, fmt.Errorf("count administrators: %w", err)
	}
	return len(found), nil
}

// managesRights is the condition that a colleague's role has the right to manage rights.
const managesRights = "((t.role_id IS NULL AND t.role = 'ADMIN') OR t.role_id IN (SELECT r.id FROM roles AS r" +
	" WHERE r.organization_id = t.organization_id AND r.rights LIKE '%\"MANAGE_RIGHTS\"%'))"

// keepAdministrator refuses a change after which nobody could come in as an administrator.
func (tx *Tx) keepAdministrator(ctx context.Context, path ...string) error {
	left, err := tx.administrators(ctx, "")
	if err != nil || left > 0 {
		return err
	}
	return &Error{Code: LastAdministrator, Path: path, Text: Text{
		NL: "Daarna zou geen beheerder zich nog kunnen aanmelden.",
		EN: "No administrator could sign in any more."}}
}

// mayReturn says that a colleague can be let in: they have come in once at this address, by a password or an account at
// a provider.
func (tx *Tx) mayReturn(ctx context.Context, user *User) error {
	found, err := db.Rows[struct{ ID ID }](ctx, tx.Conn, "SELECT t.id FROM users AS t WHERE t.organization_id = ? AND t.id = ? AND t.joined"+
		" AND (t.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM identity_links AS l WHERE l.organization_id = t.organization_id AND l.user_id = t.id))",
		string(user.OrganizationID), string(user.ID))
	if err != nil {
		return fmt.Errorf("look up whether %s has come in before: %w", user.ID, err)
	}
	if len(found) > 0 {
		return nil
	}
	return &Error{Code: NotAccepted, Path: []string{"input", "isActive"}, Text: Text{
		NL: "Deze collega heeft nog geen uitnodiging aangenomen; nodig opnieuw uit.",
		EN: "This colleague has accepted no invitation yet; invite them anew."}}
}
