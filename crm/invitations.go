package crm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"klantkaart/db"
)

// ErrAddressHeld says that who accepts an invitation signs in with its address at another office. It is for whoever has
// the link, and so the mailbox: whoever invites learns nothing of it.
var ErrAddressHeld error = &Error{Code: "ADDRESS_IN_USE", Path: []string{"token"}, Text: Text{
	NL: "Met dit e-mailadres meldt u zich al bij een ander kantoor aan. Vraag om een uitnodiging op een ander adres.",
	EN: "With this e-mail address you sign in at another office already. Ask for an invitation at another address."}}

// AlreadyAccepted is the code of an invitation of someone who accepted one.
const AlreadyAccepted ErrorCode = "ALREADY_ACCEPTED"

// InviteColleagueInput is a new colleague.
type InviteColleagueInput struct {
	Name     string
	Email    string
	JobTitle *string
	Role     Role
	Finance  bool
	Language Language
}

// InviteColleaguePayload is the answer to Invite.
type InviteColleaguePayload struct {
	Outcome
	User *User
}

// Invite makes a colleague, who may sign in once the invitation that is sent is accepted. For an administrator. That the
// address is in use at another office shows in nothing; see ErrAddressHeld.
func (s *Accounts) Invite(ctx context.Context, input InviteColleagueInput) (*InviteColleaguePayload, error) {
	if err := s.mayInvite(ctx); err != nil {
		return nil, err
	}
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*InviteColleaguePayload, error) {
		fields := patchingAt("input")
		user := &User{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(userPrefix), Role: input.Role, Finance: input.Finance, CreatedAt: tx.Now,
			Name: fields.needed("name", input.Name, upTo(100)), Email: strings.ToLower(fields.needed("email", input.Email, email)),
			JobTitle: fields.part("jobTitle", input.JobTitle, upTo(100))}
		if err := fields.err(); err != nil {
			return nil, err
		}
		user.SortKey = fold(user.Name)
		if _, err := tx.NewInsert().Model(user).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert colleague: %w", sameColleague(err))
		}
		return &InviteColleaguePayload{User: user}, s.sendInvitation(ctx, tx, user, input.Language)
	})
}

// sameColleague turns the violated unique index on an office's addresses into the user's error.
func sameColleague(err error) error {
	if !isColleagues(err) {
		return err
	}
	return &Error{Code: Duplicate, Path: []string{"input", "email"}, Text: Text{
		NL: "Een collega heeft dit e-mailadres al.",
		EN: "A colleague has this e-mail address already."}}
}

// mayInvite says that the actor administers, that e-mails can be sent, and that not too many are.
func (s *Accounts) mayInvite(ctx context.Context) error {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return err
	}
	if err := actor.may(Administer); err != nil {
		return err
	}
	if s.sender == nil {
		return mailNotConfigured()
	}
	return s.take(ctx, invitationLimit(actor.UserID))
}

func (s *Accounts) sendInvitation(ctx context.Context, tx *Tx, user *User, language Language) error {
	if err := s.post(ctx, tx, invitationMail, user.ID, language); err != nil {
		return err
	}
	return tx.noteAccess(ctx, InvitedAccess, user.ID)
}

// ReinviteColleagueInput says whom to invite anew, and where to when the address was wrong.
type ReinviteColleagueInput struct {
	ID       ID
	Email    *string
	Language Language
}

// ReinviteColleaguePayload is the answer to Reinvite.
type ReinviteColleaguePayload struct {
	Outcome
	User *User
}

// Reinvite sends an invitation anew; what was sent before is void.
func (s *Accounts) Reinvite(ctx context.Context, input ReinviteColleagueInput) (*ReinviteColleaguePayload, error) {
	if err := s.mayInvite(ctx); err != nil {
		return nil, err
	}
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*ReinviteColleaguePayload, error) {
		user, err := tx.invited(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if input.Email != nil {
			if err := tx.readdress(ctx, user, *input.Email); err != nil {
				return nil, err
			}
		}
		return &ReinviteColleaguePayload{User: user}, s.sendInvitation(ctx, tx, user, input.Language)
	})
}

// readdress gives a colleague who was invited another address. Nobody has come in at that one, so that it is not held yet.
func (tx *Tx) readdress(ctx context.Context, user *User, given string) error {
	fields := patchingAt("input")
	address := strings.ToLower(fields.needed("email", given, email))
	if err := fields.err(); err != nil {
		return err
	}
	user.Joined = user.Joined && address == user.Email
	user.Email = address
	_, err := tx.NewUpdate().Model(user).Column("email", "joined").Where("organization_id = ? AND id = ?", user.OrganizationID, user.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("correct an address: %w", sameColleague(err))
	}
	return nil
}

// CancelInvitationInput says whose invitation to take back.
type CancelInvitationInput struct{ ID ID }

// CancelInvitationPayload is the answer to CancelInvitation.
type CancelInvitationPayload struct {
	Outcome
	User *User
}

// CancelInvitation makes an invitation void. The colleague stays, without a way in.
func (s *Accounts) CancelInvitation(ctx context.Context, input CancelInvitationInput) (*CancelInvitationPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*CancelInvitationPayload, error) {
		user, err := tx.invited(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := tx.unpost(ctx, user.ID, invitationMail); err != nil {
			return nil, err
		}
		return &CancelInvitationPayload{User: user}, tx.noteAccess(ctx, InvitationCancelledAccess, user.ID)
	})
}

// invited locks a colleague who has not come in yet.
func (tx *Tx) invited(ctx context.Context, id ID) (*User, error) {
	account, err := tx.account(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case account == nil:
		return nil, notFound("input", "id")
	case account.Active || account.PasswordHash != nil:
		return nil, &Error{Code: AlreadyAccepted, Path: []string{"input", "id"}, Text: Text{
			NL: "Deze collega heeft de uitnodiging al aangenomen.",
			EN: "This colleague has accepted the invitation already."}}
	}
	return &account.User, nil
}

// Accept gives whoever has an invitation a password, and opens a session. ErrAddressHeld when somebody signs in with the
// address at another office; the invitation stays then.
func (s *Accounts) Accept(ctx context.Context, token, password string) (*SignedIn, error) {
	accepted, err := s.redeem(ctx, invitationMail, token, password, func(ctx context.Context, tx *Tx, redeemed *redemption) error {
		if redeemed.account.Active {
			return ErrTokenOver
		}
		if err := tx.storePassword(ctx, redeemed.account, redeemed.hash); err != nil {
			return err
		}
		return tx.acceptInvitation(ctx, &redeemed.account.User)
	})
	if errors.Is(err, ErrAddressHeld) { // which cost a digest, and can be asked for again
		_ = s.take(ctx, tokenLimit(originFrom(ctx)))
	}
	if err != nil {
		return nil, err
	}
	return s.sessions.enter(ctx, &accepted.User, deref(accepted.PasswordHash))
}

// acceptInvitation lets a colleague in who was invited, and holds the address over the whole installation.
func (tx *Tx) acceptInvitation(ctx context.Context, user *User) error {
	before := *user
	user.Active, user.Joined = true, true
	_, err := tx.NewUpdate().Model(user).Column("active", "joined").Where("organization_id = ? AND id = ?", user.OrganizationID, user.ID).Exec(ctx)
	if isHeld(err) {
		return ErrAddressHeld
	}
	if err != nil {
		return fmt.Errorf("accept invitation: %w", err)
	}
	tx.logAccess(AccessChangedEvent, user.ID, user.ID, changesBetween(&before, user))
	return tx.noteAccess(ctx, InvitationAcceptedAccess, user.ID)
}

// InvitationsOf gives for each colleague the invitation that waits to be accepted; nil where there is none.
func (s *Accounts) InvitationsOf(ctx context.Context, users []ID) ([]*Invitation, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*accountMail](ctx, conn,
		"SELECT t.user_id, t.status, t.queued_at, t.expires_at FROM account_mails AS t WHERE t.organization_id = ? AND t.kind = 'INVITATION' AND "+conn.In("t.user_id"),
		string(actor.OrganizationID), db.List(conn, users))
	if err != nil {
		return nil, fmt.Errorf("read invitations: %w", err)
	}
	found := make([]*Invitation, len(rows))
	for i, row := range rows {
		found[i] = &Invitation{Status: row.Status, InvitedAt: row.QueuedAt, ExpiresAt: row.ExpiresAt, user: row.UserID}
	}
	return aligned(users, found, func(i *Invitation) ID { return i.user }), nil
}
