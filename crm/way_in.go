package crm

import (
	"context"
	"fmt"
)

// AllowPasswords lets an office in by password again whose provider is gone, for the operator: the office itself has
// shut that door, and nobody is left who could open it. One of its administrators gets a new password. It tells how many
// providers no longer refuse passwords.
func (s *Accounts) AllowPasswords(ctx context.Context, email, password string) (changed int, err error) {
	found, err := s.sessions.account(ctx, email)
	if err != nil {
		return 0, err
	}
	administers := false
	if found != nil {
		known, err := rolesIn(within(ctx, found.OrganizationID), s.db.Read(), found.OrganizationID)
		if err != nil {
			return 0, err
		}
		administers = roles(byID(known)).administers(&found.User)
	}
	if !administers {
		return 0, &Error{Code: NotFound, Path: []string{"email"}, Text: Text{
			NL: "Geen actieve beheerder heeft dit adres.",
			EN: "No administrator who is active has this address."}}
	}
	if fault := newPassword(password, found.Name, found.Email); fault != nil {
		return 0, Invalid(*fault, "password")
	}
	hash, err := s.passwordHash(ctx, password)
	if err != nil {
		return 0, err
	}
	_, err = s.transact(ctx, Actor{OrganizationID: found.OrganizationID}, func(ctx context.Context, tx *Tx) error {
		if changed, err = tx.allowPasswords(ctx); err != nil {
			return err
		}
		locked, err := tx.account(ctx, found.ID)
		if err != nil {
			return err
		}
		if _, err := tx.setPassword(ctx, locked, hash); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, passwordNotice, locked.ID, LanguageNL); err != nil {
			return err
		}
		return tx.noteAccess(ctx, PasswordResetAccess, locked.ID)
	})
	return changed, err
}

// allowPasswords changes all providers of an office that refuse passwords.
func (tx *Tx) allowPasswords(ctx context.Context) (changed int, err error) {
	var refusing []*IdentityProvider
	err = tx.ForUpdate(tx.NewSelect().Model(&refusing).
		Where("organization_id = ? AND NOT allows_passwords", tx.Actor.OrganizationID).OrderExpr("t.id")).Scan(ctx)
	if err != nil {
		return 0, fmt.Errorf("lock identity providers: %w", err)
	}
	for _, provider := range refusing {
		before := *provider
		provider.AllowsPasswords = true
		if err := tx.saveProvider(ctx, &before, provider, changesBetween(&before, provider)); err != nil {
			return 0, err
		}
	}
	return len(refusing), nil
}
