package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// Identities are where colleagues have accounts to sign in with, and whose accounts these are.
type Identities struct{ *core }

// ProvidersByIDs finds many providers, in the order of the ids; nil where there is none for the actor, or the actor
// does not administer.
func (s *Identities) ProvidersByIDs(ctx context.Context, ids []ID) ([]*IdentityProvider, error) {
	actor, conn, err := s.read(ctx)
	if err != nil || actor.may(Administer) != nil {
		return make([]*IdentityProvider, len(ids)), err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "identity_providers", ids, (*IdentityProvider).NodeID)
}

// Providers gives the office's providers, oldest first; none to who does not administer.
func (s *Identities) Providers(ctx context.Context) ([]*IdentityProvider, error) {
	actor, conn, err := s.read(ctx)
	if err != nil || actor.may(Administer) != nil {
		return []*IdentityProvider{}, err
	}
	return db.Rows[*IdentityProvider](ctx, conn,
		"SELECT "+db.Columns[*IdentityProvider](ctx, conn)+" FROM identity_providers AS t WHERE t.organization_id = ? ORDER BY t.id", string(actor.OrganizationID))
}

// CreateIdentityProviderInput is a new provider.
type CreateIdentityProviderInput struct {
	Issuer   string
	ClientID string
	Fields   IdentityProviderFields
}

// CreateIdentityProviderPayload is the answer to CreateProvider.
type CreateIdentityProviderPayload struct {
	Outcome
	Provider *IdentityProvider
}

// maxProviders bounds an office's providers: they are shown whole.
const maxProviders = 20

// CreateProvider adds a provider. It refuses no passwords yet: nobody can have signed in through it.
func (s *Identities) CreateProvider(ctx context.Context, input CreateIdentityProviderInput) (*CreateIdentityProviderPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*CreateIdentityProviderPayload, error) {
		provider := &IdentityProvider{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(providerPrefix), Version: 1,
			Domains: []string{}, GroupsClaim: usualGroupsClaim, GroupRoles: []*GroupRole{}, AllowsPasswords: true,
			CookieKey: newSecret(cookieKey), CreatedAt: tx.Now}
		own := patchingAt("input")
		provider.Issuer = own.needed("issuer", input.Issuer, issuer)
		provider.ClientID = own.needed("clientId", input.ClientID, upTo(200))
		fields := patchingAt("input", "fields")
		input.Fields.apply(provider, fields)
		fields.faults = append(own.faults, fields.faults...)
		if err := fields.err(); err != nil {
			return nil, err
		}
		if !provider.AllowsPasswords {
			return nil, notSignedOn("fields")
		}
		if err := tx.roomForProvider(ctx); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(provider).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert identity provider: %w", err)
		}
		tx.logOffice(ProviderCreatedEvent, provider.ID, provider.Version, changesBetween(&IdentityProvider{}, provider))
		return &CreateIdentityProviderPayload{Provider: provider}, nil
	})
}

func (tx *Tx) roomForProvider(ctx context.Context) error {
	n, err := tx.NewSelect().Table("identity_providers").Where("organization_id = ?", tx.Actor.OrganizationID).Count(ctx)
	if err != nil {
		return fmt.Errorf("count identity providers: %w", err)
	}
	if n < maxProviders {
		return nil
	}
	return &Error{Code: LimitExceeded, Path: []string{"input"}, Text: Text{
		NL: "Een kantoor heeft ten hoogste 20 identiteitsproviders.",
		EN: "An office has at most 20 identity providers."}}
}

// UpdateIdentityProviderInput is a change of a provider's fields, with what it is based on.
type UpdateIdentityProviderInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *IdentityProviderFields
	Patch           IdentityProviderFields
}

// UpdateIdentityProviderPayload is the answer to UpdateProvider.
type UpdateIdentityProviderPayload struct {
	Outcome
	Provider *IdentityProvider
}

// UpdateProvider changes fields, as Customers.Update does.
func (s *Identities) UpdateProvider(ctx context.Context, input UpdateIdentityProviderInput) (*UpdateIdentityProviderPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*UpdateIdentityProviderPayload, error) {
		provider, err := tx.identityProvider(ctx, input.ID, "input", "id")
		if err != nil {
			return nil, err
		}
		if err := tx.lockAdministrators(ctx); err != nil {
			return nil, err
		}
		before, patch := *provider, patchingAt("input", "patch")
		input.Patch.apply(provider, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, IdentityProviderFields.apply, patch)
		if err := patch.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, provider)
		if err := tx.checkBasis(ctx, &CardFrame{OrganizationID: provider.OrganizationID, ID: provider.ID, Version: before.Version}, basis, changes); err != nil {
			return nil, err
		}
		if before.AllowsPasswords && !provider.AllowsPasswords {
			if err := tx.checkSignedOn(ctx, provider); err != nil {
				return nil, err
			}
		}
		if len(changes) == 0 {
			return &UpdateIdentityProviderPayload{Provider: provider}, nil
		}
		if err := tx.saveProvider(ctx, &before, provider, changes); err != nil {
			return nil, err
		}
		if before.Enabled && !provider.Enabled {
			return &UpdateIdentityProviderPayload{Provider: provider}, tx.keepAdministrator(ctx, "input", "patch", "isEnabled")
		}
		return &UpdateIdentityProviderPayload{Provider: provider}, nil
	})
}

// identityProvider locks a provider for a change.
func (tx *Tx) identityProvider(ctx context.Context, id ID, path ...string) (*IdentityProvider, error) {
	var found []*IdentityProvider
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock identity provider: %w", err)
	}
	if len(found) == 0 {
		return nil, notFound(path...)
	}
	return found[0], nil
}

// checkSignedOn says that passwords are refused only by who has proved that it goes without.
func (tx *Tx) checkSignedOn(ctx context.Context, provider *IdentityProvider) error {
	linked, err := tx.NewSelect().Table("identity_links").
		Where("organization_id = ? AND provider_id = ? AND user_id = ?", provider.OrganizationID, provider.ID, tx.Actor.UserID).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up the administrator's own account: %w", err)
	}
	if !linked || !provider.Enabled {
		return notSignedOn("patch")
	}
	return nil
}

func notSignedOn(fields string) error {
	return &Error{Code: NotSignedOn, Path: []string{"input", fields, "allowsPasswords"}, Text: Text{
		NL: "Meld u eerst zelf eens via deze provider aan, terwijl deze in gebruik is.",
		EN: "First sign in through this provider yourself, while it is in use."}}
}

// saveProvider keeps a changed provider as its next version, with its event. Where its bearer tokens may have
// stopped working, all of the office's credentials are looked at again.
func (tx *Tx) saveProvider(ctx context.Context, before, after *IdentityProvider, changes []FieldChange) error {
	after.Version++
	if _, err := tx.NewUpdate().Model(after).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save identity provider %s: %w", after.ID, err)
	}
	tx.logOffice(ProviderUpdatedEvent, after.ID, after.Version, changes)
	if before.Enabled && (!after.Enabled || deref(before.APIAudience) != deref(after.APIAudience)) {
		office := after.OrganizationID
		tx.log(&Event{Kind: AccessChangedEvent, CustomerID: office, CardID: office, SubjectID: &office, Changes: []FieldChange{}})
	}
	return nil
}

// UnlinkIdentityInput says whose account of which provider to forget.
type UnlinkIdentityInput struct {
	ProviderID ID
	UserID     ID
}

// UnlinkIdentityPayload is the answer to Unlink.
type UnlinkIdentityPayload struct {
	Outcome
	User *User
}

// Unlink forgets which account of a provider a colleague has.
func (s *Identities) Unlink(ctx context.Context, input UnlinkIdentityInput) (*UnlinkIdentityPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*UnlinkIdentityPayload, error) {
		if _, err := tx.identityProvider(ctx, input.ProviderID, "input", "providerId"); err != nil {
			return nil, err
		}
		if err := tx.lockAdministrators(ctx); err != nil {
			return nil, err
		}
		var gone []ID
		_, err := tx.NewDelete().Table(linkTable).
			Where("organization_id = ? AND provider_id = ? AND user_id = ?", tx.Actor.OrganizationID, input.ProviderID, input.UserID).
			Returning("id").Exec(ctx, &gone)
		if err != nil {
			return nil, fmt.Errorf("unlink an account: %w", err)
		}
		if len(gone) == 0 {
			return nil, notFound("input", "userId")
		}
		if err := tx.keepAdministrator(ctx, "input", "userId"); err != nil {
			return nil, err
		}
		tx.logAccess(AccessEndedEvent, input.UserID, gone[0], nil)
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "users", []ID{input.UserID}, (*User).NodeID)
		if err != nil {
			return nil, err
		}
		return &UnlinkIdentityPayload{User: found[0]}, nil
	})
}
