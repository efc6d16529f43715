package crm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// cookieKey is the beginning of the keys with which providers' cookies are signed.
const cookieKey = "kkp"

// AccessLinkedEvent says that an account of a provider is a colleague's from now on, as which it may sign in; its
// subject is the link.
const AccessLinkedEvent EventKind = "ACCESS_LINKED"

// ErrSignOnRefused says that an account of a provider is nobody's here. Why is for the server's log: whoever
// signs in learns neither who is a colleague nor of which office.
var ErrSignOnRefused error = &Error{Code: Forbidden, Text: Text{
	NL: "Met dit account kunt u zich hier niet aanmelden.",
	EN: "You cannot sign in here with this account."}}

// ErrPasswordsRefused says that the office's colleagues sign in elsewhere.
var ErrPasswordsRefused error = &Error{Code: Unauthenticated, Text: Text{
	NL: "Uw kantoor meldt zich niet met een wachtwoord aan, maar via de eigen identiteitsprovider.",
	EN: "Your office does not sign in by password, but through its own identity provider."}}

// Identity is who a provider says that somebody is.
type Identity struct {
	ProviderID ID
	Subject    string
	Name       string
	// Email is in lower case, and empty unless the provider says that it is verified.
	Email  string
	Groups []string
}

// IdentityLink is whose account of a provider it is.
type IdentityLink struct {
	bun.BaseModel `bun:"table:identity_links,alias:t"`

	OrganizationID ID
	ID             ID
	ProviderID     ID
	Subject        string
	UserID         ID
	CreatedAt      time.Time
	ValidFrom      time.Time
}

// mayUsePassword tells whether the office's colleagues sign in by password.
func (tx *Tx) mayUsePassword(ctx context.Context) error {
	refused, err := tx.NewSelect().Table("identity_providers").
		Where("organization_id = ? AND enabled AND NOT allows_passwords", tx.Actor.OrganizationID).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up whether passwords are refused: %w", err)
	}
	if refused {
		return ErrPasswordsRefused
	}
	return nil
}

// SignOnProvider gives a provider that is in use, to whoever wants to sign in. NOT_FOUND when there is none.
func (s *Identities) SignOnProvider(ctx context.Context, id ID) (*IdentityProvider, error) {
	provider := new(IdentityProvider)
	err := s.db.Read().NewSelect().Model(provider).Where("id = ? AND enabled", id).Scan(db.Everywhere(ctx))
	if errors.Is(err, db.ErrNotFound) {
		return nil, notFound("provider")
	}
	if err != nil {
		return nil, fmt.Errorf("look up identity provider: %w", err)
	}
	return provider, nil
}

// OfSession gives the provider by which the session of a token was opened; nil where that is none, or out of use.
func (s *Identities) OfSession(ctx context.Context, token string) (*IdentityProvider, error) {
	providers, err := db.Rows[*IdentityProvider](db.Everywhere(ctx), s.db.Read(), "SELECT t.id, t.issuer, t.client_id FROM identity_providers AS t"+
		" JOIN sessions AS s ON s.organization_id = t.organization_id AND s.provider_id = t.id"+
		" WHERE s.secret_hash = ? AND s.revoked_at IS NULL AND t.enabled", hashSecret(token))
	if err != nil {
		return nil, fmt.Errorf("look up the provider of a session: %w", err)
	}
	if len(providers) == 0 {
		return nil, nil
	}
	return providers[0], nil
}

// SignOn opens a session for whom a provider says that it is. It finds the colleague by the account, else by the
// verified address, else makes one where the office wants that; and gives the role of their groups.
func (s *Identities) SignOn(ctx context.Context, who Identity) (*SignedIn, error) {
	provider, err := s.SignOnProvider(ctx, who.ProviderID)
	if err != nil {
		return nil, err
	}
	var signedIn *SignedIn
	_, err = s.transact(ctx, Actor{OrganizationID: provider.OrganizationID}, func(ctx context.Context, tx *Tx) error {
		provider, err := tx.identityProvider(ctx, who.ProviderID, "provider") // colleagues of one provider take turns
		if err != nil {
			return err
		}
		if !provider.Enabled {
			return notFound("provider")
		}
		user, err := tx.signOn(ctx, provider, who)
		if err != nil {
			return err
		}
		signedIn, err = tx.openSession(ctx, user, &provider.ID) // the provider asks for a second factor, where the office wants one
		return err
	})
	if err != nil {
		return nil, err
	}
	return signedIn, nil
}

// signOn gives the colleague whose account it is, with the role of the account's groups.
func (tx *Tx) signOn(ctx context.Context, provider *IdentityProvider, who Identity) (*User, error) {
	id, err := tx.linkedUser(ctx, provider, who.Subject)
	if err != nil {
		return nil, err
	}
	linked := id != ""
	if !linked {
		if !provider.admits(who.Email) {
			return nil, fmt.Errorf("no link, and no verified address of a domain of the office: %w", ErrSignOnRefused)
		}
		if id, err = tx.userWithEmail(ctx, who.Email); err != nil {
			return nil, err
		}
	}
	if id == "" {
		return tx.provision(ctx, provider, who)
	}
	known, err := tx.roles(ctx)
	if err != nil {
		return nil, err
	}
	user, others, err := tx.colleague(ctx, id)
	if err != nil {
		return nil, err
	}
	tx.Actor.UserID = user.ID
	if err := tx.acceptBySignOn(ctx, user); err != nil {
		return nil, err
	}
	if err := tx.takeRole(ctx, provider, who, known, user, others); err != nil || linked {
		return user, err
	}
	return user, tx.link(ctx, provider, who.Subject, user, nil)
}

// acceptBySignOn has a colleague who was invited accept that by coming in. Who is not active otherwise is refused.
func (tx *Tx) acceptBySignOn(ctx context.Context, user *User) error {
	if user.Active {
		return nil
	}
	invited, err := tx.NewSelect().Table("account_mails").Where("organization_id = ? AND user_id = ? AND kind = ? AND expires_at > ?",
		user.OrganizationID, user.ID, invitationMail, tx.Now).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up an invitation: %w", err)
	}
	if !invited {
		return fmt.Errorf("%s is not active: %w", user.ID, ErrSignOnRefused)
	}
	if err := tx.unpost(ctx, user.ID, invitationMail); err != nil {
		return err
	}
	err = tx.acceptInvitation(ctx, user)
	if errors.Is(err, ErrAddressHeld) { // the provider says whose the address is, which is less than to have its mailbox
		return fmt.Errorf("%s has the address of an account of another office: %w", user.ID, ErrSignOnRefused)
	}
	return err
}

func (tx *Tx) linkedUser(ctx context.Context, provider *IdentityProvider, subject string) (ID, error) {
	link := new(IdentityLink)
	err := tx.NewSelect().Model(link).
		Where("organization_id = ? AND provider_id = ? AND subject = ?", provider.OrganizationID, provider.ID, subject).Scan(ctx)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("look up a linked account: %w", err)
	}
	return link.UserID, nil
}

func (tx *Tx) userWithEmail(ctx context.Context, address string) (ID, error) {
	user := new(User)
	err := tx.NewSelect().Model(user).Where("organization_id = ? AND email = ?", tx.Actor.OrganizationID, address).Scan(ctx)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("look up a colleague by address: %w", err)
	}
	return user.ID, nil
}

// takeRole gives a colleague the role of their groups. The last administrator stays one, or nobody could mend it.
func (tx *Tx) takeRole(ctx context.Context, provider *IdentityProvider, who Identity, known roles, user *User, others int) error {
	if len(provider.GroupRoles) == 0 {
		return nil
	}
	role := provider.roleOf(who.Groups)
	if role == nil {
		return fmt.Errorf("no group of %s has a role: %w", user.ID, ErrSignOnRefused)
	}
	before := *user
	if user.Role != *role { // a role of the office's own stays, as long as it is of the kind that the groups give
		user.Role, user.RoleID = *role, nil
	}
	if known.administers(&before) && !known.administers(user) && others == 0 {
		*user = before
	}
	return tx.saveColleague(ctx, &before, user)
}

// provision makes a colleague of whom the provider vouches for, without the finance right.
func (tx *Tx) provision(ctx context.Context, provider *IdentityProvider, who Identity) (*User, error) {
	role, address := provider.roleOf(who.Groups), patchingAt()
	_ = address.needed("email", who.Email, email)
	if !provider.Provisions || role == nil || address.err() != nil {
		return nil, fmt.Errorf("nobody has this account, and none is made: %w", ErrSignOnRefused)
	}
	name := strings.TrimSpace(cut(strings.ToValidUTF8(who.Name, ""), 100))
	if name == "" || strings.ContainsRune(name, 0) {
		name, _, _ = strings.Cut(who.Email, "@")
	}
	made := &account{User: User{OrganizationID: provider.OrganizationID, ID: tx.core.newID(userPrefix), Name: name, SortKey: fold(name),
		Email: who.Email, Role: *role, Active: true, Joined: true, CreatedAt: tx.Now}}
	if _, err := tx.NewInsert().Model(made).Exec(ctx); err != nil {
		if isHeld(err) || isColleagues(err) {
			return nil, fmt.Errorf("somebody has this address, at another office or since a moment: %w", ErrSignOnRefused)
		}
		return nil, fmt.Errorf("insert a colleague: %w", err)
	}
	tx.Actor.UserID = made.ID
	return &made.User, tx.link(ctx, provider, who.Subject, &made.User, changesBetween(&User{}, &made.User))
}

// link keeps whose account it is. A colleague has one account of a provider: an address that went to another
// person does not open the account of who had it.
func (tx *Tx) link(ctx context.Context, provider *IdentityProvider, subject string, user *User, changes []FieldChange) error {
	link := &IdentityLink{OrganizationID: provider.OrganizationID, ID: tx.core.newID(linkPrefix), ProviderID: provider.ID, Subject: subject,
		UserID: user.ID, CreatedAt: tx.Now, ValidFrom: tx.Now.Truncate(time.Second)} // tokens tell when to the second
	if _, err := tx.NewInsert().Model(link).Exec(ctx); err != nil {
		if db.IsUnique(err, "identity_links_by_user", "identity_links.organization_id, identity_links.provider_id, identity_links.user_id") {
			return fmt.Errorf("%s has another account of this provider: %w", user.ID, ErrSignOnRefused)
		}
		return fmt.Errorf("link an account: %w", err)
	}
	tx.logAccess(AccessLinkedEvent, user.ID, link.ID, changes)
	return nil
}
