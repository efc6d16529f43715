package crm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"klantkaart/db"
	"klantkaart/mail"
)

// Accounts are how people get, keep and lose their way in.
type Accounts struct {
	*core
	sessions *Sessions
	sender   mail.Sender // nil where the operator has set none
	links    AccountLinks
	queued   chan struct{}
}

// Work hands over the e-mails about accounts that wait, one at a time, until the context ends.
func (s *Accounts) Work(ctx context.Context, every time.Duration) {
	if s.sender == nil {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for ctx.Err() == nil {
		sent, err := s.SendNext(ctx)
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the e-mails about accounts could not be worked on", slog.Any("error", err))
		}
		if sent && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.queued:
		case <-ticker.C:
		}
	}
}

// nudge wakes this process's worker.
func (s *Accounts) nudge() {
	select {
	case s.queued <- struct{}{}:
	default:
	}
}

// post puts an e-mail about a user's account into the spool, in the place of an earlier one of its kind.
func (s *Accounts) post(ctx context.Context, tx *Tx, kind accountMailKind, user ID, language Language) error {
	if err := tx.unpost(ctx, user, kind); err != nil {
		return err
	}
	if language != LanguageNL {
		language = LanguageEN
	}
	now := tx.Now
	letter := &accountMail{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(accountMailPrefix), UserID: user, Kind: kind, Language: language,
		ExpiresAt: now.Add(kind.length()), Status: DeliveryQueued, QueuedByID: actorID(tx.Actor), QueuedAt: now, NextAttemptAt: &now}
	if _, err := tx.NewInsert().Model(letter).Exec(ctx); err != nil {
		return fmt.Errorf("put an e-mail about an account into the spool: %w", err)
	}
	tx.AfterCommit(s.nudge)
	return nil
}

// tell has the owner of an account told what happened to it, where e-mails can be sent.
func (s *Accounts) tell(ctx context.Context, tx *Tx, notice accountMailKind, user ID, language Language) error {
	if s.sender == nil {
		return nil
	}
	return s.post(ctx, tx, notice, user, language)
}

// unpost makes what was sent to a user void, and takes out what waits.
func (tx *Tx) unpost(ctx context.Context, user ID, kinds ...accountMailKind) error {
	for _, kind := range kinds {
		_, err := tx.NewDelete().Table("account_mails").Where("organization_id = ? AND user_id = ? AND kind = ?", tx.Actor.OrganizationID, user, kind).Exec(ctx)
		if err != nil {
			return fmt.Errorf("make an e-mail about an account void: %w", err)
		}
	}
	return nil
}

// SendNext tries the e-mail that has waited longest of those whose time has come. It tells whether there was one.
func (s *Accounts) SendNext(ctx context.Context) (tried bool, err error) {
	letter, err := s.claim(ctx)
	if err != nil || letter == nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx)
	to, err := s.addressee(ctx, letter)
	if err != nil {
		return true, err
	}
	token, digest := letter.Kind.newToken()
	if len(to.providers) > 0 {
		token, digest = "", nil // no password can be chosen with it
	}
	// The token counts before anybody can have it, unless the e-mail became void meanwhile.
	counts, err := s.update(ctx, letter, "secret_hash = ?, expires_at = ?", digest, s.moment().Add(letter.Kind.length()))
	if err != nil || !counts {
		return true, err
	}
	err = s.sender.Send(ctx, letter.message(s.links, to, token, s.moment()))
	if err == nil {
		return true, s.settle(ctx, letter, DeliverySent)
	}
	failure, kind := new(mail.Failure), string(deliveryInternal)
	if errors.As(err, &failure) {
		kind = string(failure.Kind)
	}
	// What the mail server says may repeat the person's address, so that its kind is all that is told.
	slog.WarnContext(ctx, "an e-mail about an account was not handed over", slog.String("email", string(letter.ID)),
		slog.Int("attempt", letter.Attempts), slog.String("kind", kind))
	if (failure.Err != nil && failure.IsFinal()) || letter.Attempts >= maxMailAttempts {
		return true, s.settle(ctx, letter, DeliveryFailed)
	}
	return true, s.settle(ctx, letter, DeliveryQueued)
}

// claim takes an e-mail for this server, as Emails does. What has waited for longer than it holds is not sent.
func (s *Accounts) claim(ctx context.Context) (*accountMail, error) {
	ctx, now := db.Everywhere(ctx), s.moment()
	idle, err := db.Rows[*accountMail](ctx, s.db.Read(), "SELECT t.id FROM account_mails AS t WHERE "+due+" AND t.status IN ('QUEUED', 'SENDING') LIMIT 1", now, now)
	if err != nil || len(idle) == 0 {
		return nil, err
	}
	var claimed []*accountMail
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		first := "SELECT t.id FROM account_mails AS t WHERE " + due + " AND t.status IN ('QUEUED', 'SENDING')" +
			" ORDER BY t.queued_at, t.organization_id, t.id LIMIT 1"
		if tx.Engine() == db.Postgres {
			first += " FOR UPDATE SKIP LOCKED"
		}
		claimed = nil
		// Materialized, or else PostgreSQL may look for the first one anew at every row.
		return tx.NewRaw("WITH first AS MATERIALIZED ("+first+") UPDATE account_mails SET status = 'SENDING', attempts = attempts + 1, next_attempt_at = NULL, lease_until = ?"+
			" WHERE id IN (SELECT id FROM first) RETURNING *", now, now, now.Add(mailLease)).Scan(ctx, &claimed)
	})
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	return claimed[0], nil
}

// addressee finds who gets an e-mail.
func (s *Accounts) addressee(ctx context.Context, letter *accountMail) (*accountOwner, error) {
	whole := db.WithFields(within(ctx, letter.OrganizationID), db.Fields{})
	users, err := byIDs(whole, s.db.Read(), letter.OrganizationID, "users", []ID{letter.UserID}, (*User).NodeID)
	if err != nil {
		return nil, err
	}
	offices, err := db.Rows[*Organization](whole, s.db.Read(), "SELECT t.name FROM organizations AS t WHERE t.id = ?", string(letter.OrganizationID))
	if err != nil || len(offices) == 0 || users[0] == nil {
		return nil, fmt.Errorf("find who gets e-mail %s: %w", letter.ID, err)
	}
	to := &accountOwner{user: users[0], office: offices[0].Name}
	if letter.Kind != invitationMail {
		return to, nil
	}
	to.providers, err = db.Rows[*IdentityProvider](whole, s.db.Read(), "SELECT t.id, t.name FROM identity_providers AS t WHERE t.organization_id = ? AND t.enabled"+
		" AND EXISTS (SELECT 1 FROM identity_providers AS r WHERE r.organization_id = t.organization_id AND r.enabled AND NOT r.allows_passwords) ORDER BY t.id",
		string(letter.OrganizationID))
	if err != nil {
		return nil, fmt.Errorf("find how e-mail %s is accepted: %w", letter.ID, err)
	}
	return to, nil
}

// settle says what became of an attempt.
func (s *Accounts) settle(ctx context.Context, letter *accountMail, status MailDeliveryStatus) error {
	var next *time.Time
	if status == DeliveryQueued {
		again := s.moment().Add(mailPause(letter.Attempts))
		next = &again
	}
	_, err := s.update(ctx, letter, "status = ?, next_attempt_at = ?, lease_until = NULL", status, next)
	return err
}

// update changes an e-mail as long as it is this server's, and tells whether it was.
func (s *Accounts) update(ctx context.Context, letter *accountMail, set string, values ...any) (mine bool, err error) {
	err = s.db.Write(within(ctx, letter.OrganizationID), func(ctx context.Context, tx *db.Tx) error {
		result, err := tx.NewUpdate().Table("account_mails").Set(set, values...).
			Where("organization_id = ? AND id = ? AND status = 'SENDING' AND attempts = ?", letter.OrganizationID, letter.ID, letter.Attempts).Exec(ctx)
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		mine = changed > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("settle e-mail %s: %w", letter.ID, err)
	}
	return mine, nil
}
