package crm

import (
	"context"
	"errors"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// accessEvent is one about a user, from where the context's request comes.
func (c *core) accessEvent(ctx context.Context, kind AccessEventKind, organization, user ID) *AccessEvent {
	now, from := c.moment(), originFrom(ctx)
	return &AccessEvent{OrganizationID: organization, ID: c.newID(accessEventPrefix), Kind: kind, At: now, LastAt: now, Times: 1, UserID: user,
		Address: textOf(from.Address), UserAgent: textOf(from.UserAgent), Client: textOf(from.ClientID), Changes: []FieldChange{}}
}

// noteAccess writes that something happened to a user's way in, with the change itself.
func (tx *Tx) noteAccess(ctx context.Context, kind AccessEventKind, user ID, changes ...FieldChange) error {
	event := tx.core.accessEvent(ctx, kind, tx.Actor.OrganizationID, user)
	event.At, event.LastAt, event.ActorID = tx.Now, tx.Now, actorID(tx.Actor)
	event.Changes = append(event.Changes, changes...)
	if _, err := tx.NewInsert().Model(event).Exec(ctx); err != nil {
		return fmt.Errorf("note %s: %w", kind, err)
	}
	return nil
}

// denied has written later that a user was refused. Of one address within the hour it is one row that counts, and
// beyond so many addresses one for all others: whoever guesses cannot fill the log.
func (c *core) denied(ctx context.Context, kind AccessEventKind, organization, user ID) {
	event := c.accessEvent(ctx, kind, organization, user)
	c.later(ctx, func(ctx context.Context) error { return c.writeDenial(ctx, event) })
}

// limited has written later that attempts at an account were turned away, where that is why. Once an hour for what is tried
// from a place, and for so many accounts: whoever goes on writes nothing, and nothing is looked up for them.
func (c *core) limited(ctx context.Context, err error, account string, whose func(context.Context) (organization, user ID, err error)) {
	if !errors.As(err, new(*Wait)) || c.limiter.Take(ctx, toldLimits(originFrom(ctx), account)...) > 0 {
		return
	}
	c.later(ctx, func(ctx context.Context) error {
		organization, user, err := whose(ctx)
		if err != nil || user == "" {
			return err
		}
		return c.writeDenial(ctx, c.accessEvent(ctx, LimitedAccess, organization, user))
	})
}

func (c *core) writeDenial(ctx context.Context, event *AccessEvent) error {
	return c.db.Write(within(ctx, event.OrganizationID), func(ctx context.Context, tx *db.Tx) error { return merge(ctx, tx, event) })
}

func merge(ctx context.Context, tx *db.Tx, event *AccessEvent) error {
	group := event.mergeGroup()
	alike, err := db.Rows[struct{ MergeKey string }](ctx, tx.Conn,
		"SELECT t.merge_key FROM access_events AS t WHERE t.organization_id = ? AND t.merge_key >= ? AND t.merge_key < ?",
		string(event.OrganizationID), group, group+"~")
	if err != nil {
		return fmt.Errorf("count denials: %w", err)
	}
	key, isKnown := group+deref(event.Address), false
	for _, one := range alike {
		isKnown = isKnown || one.MergeKey == key
	}
	if !isKnown && len(alike) >= addressesAnHour {
		key, event.Address, event.UserAgent, event.Client = group+"others", nil, nil, nil
	}
	event.MergeKey = &key
	_, err = tx.NewInsert().Model(event).On("CONFLICT (organization_id, merge_key) DO UPDATE").
		Set("times = t.times + 1").Set("last_at = EXCLUDED.last_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("note a denial: %w", err)
	}
	return nil
}

// AccessEvents gives a page of what happened to the ways into the office, newest first, for an administrator.
func (s *Sessions) AccessEvents(ctx context.Context, filter *AccessEventFilter, window page.Args) (*page.Connection[*AccessEvent], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.may(Administer); err != nil {
		return nil, err
	}
	if filter == nil {
		filter = &AccessEventFilter{}
	}
	c := &conditions{engine: conn.Engine()}
	if filter.Users != nil {
		c.list("users", "t.user_id IN", idArgs(filter.Users))
	}
	c.moment("t.last_at", &DateTimeFilter{Gte: filter.From, Lt: filter.Until})
	if c.fault != nil {
		return nil, c.fault
	}
	where := append([]db.Part{ofOrganization(actor.OrganizationID), all(c.parts, " AND ")}, oneOf("t.kind", filter.Kinds)...)
	list := listing[*AccessEvent, *AccessEvent]{
		table: "access_events", where: where, scope: scope("access", filter), node: same[*AccessEvent], row: same[*AccessEvent],
		keys: []key[*AccessEvent]{{column: "t.id", direction: Descending, text: func(e *AccessEvent) string { return string(e.ID) }}},
	}
	return list.page(ctx, conn, window)
}

// ForgetAccess lets go of what is old: of addresses first, of what happened later, and of e-mails and challenges
// that are over.
func (s *Sessions) ForgetAccess(ctx context.Context) error {
	now := s.moment()
	return s.db.Write(db.Everywhere(ctx), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewUpdate().Table("access_events").Set("address = NULL").Set("user_agent = NULL").Set("client = NULL").Set("merge_key = NULL").
			Where("last_at < ? AND (address IS NOT NULL OR user_agent IS NOT NULL OR client IS NOT NULL OR merge_key IS NOT NULL)", now.Add(-addressesKept)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("forget addresses: %w", err)
		}
		_, err = tx.NewUpdate().Table(sessionTable).Set("address = NULL").Set("user_agent = NULL").
			Where("expires_at < ? AND (address IS NOT NULL OR user_agent IS NOT NULL)", now.Add(-addressesKept)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("forget addresses of sessions: %w", err)
		}
		if _, err = tx.NewDelete().Table("access_events").Where("last_at < ?", now.Add(-accessKept)).Exec(ctx); err != nil {
			return fmt.Errorf("forget events of access: %w", err)
		}
		for _, table := range []string{"sign_in_challenges", "account_mails"} {
			if _, err := tx.NewDelete().Table(table).Where("expires_at < ?", now).Exec(ctx); err != nil {
				return fmt.Errorf("forget %s: %w", table, err)
			}
		}
		return nil
	})
}
