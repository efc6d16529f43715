package crm_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// fromAt is a context of a request from an address.
func fromAt(ctx context.Context, address string) context.Context {
	return crm.WithOrigin(ctx, crm.Origin{Address: address, UserAgent: "Mozilla/5.0 (X11; Linux)\n" + strings.Repeat("x", 200), ClientID: "kaart"})
}

// accessOf gives what the office's log of access tells, newest first.
func accessOf(t *testing.T, o *crmtest.Office, filter *crm.AccessEventFilter) []*crm.AccessEvent {
	t.Helper()
	o.Sessions.CatchUp(t.Context())
	return must2(o.Sessions.AccessEvents(o.As(crmtest.Peter), filter, page.Args{First: new(100)}))(t).Nodes
}

func accessKinds(events []*crm.AccessEvent) []crm.AccessEventKind {
	return each(events, func(e *crm.AccessEvent) crm.AccessEventKind { return e.Kind })
}

func TestAccessEvents(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := account(t, crmtest.Sanne)
		user := o.Actor(crmtest.Sanne).UserID
		t.Run("tell who came in and left, from where", func(t *testing.T) {
			signedIn := must2(o.Sessions.SignIn(fromAt(t.Context(), "192.0.2.7"), sanne.Email, sanne.Password))(t)
			if err := o.Sessions.SignOut(fromAt(t.Context(), "192.0.2.8"), signedIn.Token); err != nil {
				t.Fatal(err)
			}
			events := accessOf(t, o, nil)
			sameList(t, "kinds", accessKinds(events), []crm.AccessEventKind{crm.SignedOutAccess, crm.SignedInAccess})
			equal(t, "who", events[1].UserID, user)
			equal(t, "by whom", *events[1].ActorID, user)
			equal(t, "from", *events[1].Address, "192.0.2.7")
			equal(t, "length of the browser", len(*events[1].UserAgent), 120)
			equal(t, "a line in it", strings.Contains(*events[1].UserAgent, "\n"), false)
			equal(t, "client", *events[1].Client, "kaart")
			equal(t, "from", *events[0].Address, "192.0.2.8")
		})
		t.Run("merge what is denied within the hour, and bound it", func(t *testing.T) {
			o.Clock.Set(o.Clock.Now().Truncate(time.Hour).Add(time.Hour))
			for i := range 30 {
				for range 2 {
					_, err := o.Sessions.SignIn(fromAt(t.Context(), fmt.Sprintf("192.0.2.%d", i)), sanne.Email, "fout")
					equal(t, "error", err, crm.ErrBadCredentials)
				}
			}
			denials := accessOf(t, o, &crm.AccessEventFilter{Kinds: []crm.AccessEventKind{crm.SignInDeniedAccess}})
			equal(t, "rows", len(denials), 21)
			equal(t, "times of the others", denials[0].Times, 20)
			equal(t, "address of the others", denials[0].Address, nil)
			equal(t, "times of an address", denials[20].Times, 2)
			equal(t, "by whom", denials[20].ActorID, nil)
			o.Clock.Advance(time.Hour)
			_, _ = o.Sessions.SignIn(fromAt(t.Context(), "192.0.2.1"), sanne.Email, "fout")
			equal(t, "rows an hour later", len(accessOf(t, o, &crm.AccessEventFilter{Users: []crm.ID{user}, Kinds: []crm.AccessEventKind{crm.SignInDeniedAccess}})), 22)
		})
		t.Run("know nothing of addresses that nobody has", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Sessions.SignIn(fromAt(t.Context(), "192.0.2.7"), "niemand@delta.example", "fout")
				equal(t, "error", err, crm.ErrBadCredentials)
				o.Sessions.CatchUp(t.Context())
			})
		})
		t.Run("tell of keys and rights", func(t *testing.T) {
			key := must2(o.Sessions.CreateToken(o.As(crmtest.Mila), crm.CreateAPITokenInput{Name: "x"}))(t).APIToken.ID
			must2(o.Sessions.RevokeToken(o.As(crmtest.Mila), crm.RevokeAPITokenInput{ID: key}))(t)
			grant(t, o, crmtest.Mila, crm.UpdateColleagueInput{Finance: crmtest.Given(true)})
			events := accessOf(t, o, &crm.AccessEventFilter{Users: []crm.ID{o.Actor(crmtest.Mila).UserID}})
			sameList(t, "kinds", accessKinds(events), []crm.AccessEventKind{crm.RightsChangedAccess, crm.TokenRevokedAccess, crm.TokenCreatedAccess})
			equal(t, "by whom", *events[0].ActorID, o.Actor(crmtest.Peter).UserID)
			equal(t, "change", events[0].Changes[0].Field, "hasFinanceRight")
		})
		t.Run("are for administrators, and of their own office", func(t *testing.T) {
			for _, who := range []string{crmtest.Sanne, crmtest.Ruben} {
				_, err := o.Sessions.AccessEvents(o.As(who), nil, page.Args{})
				refused(t, err, crm.Forbidden)
			}
			n := o.Neighbour()
			for _, one := range must2(o.Sessions.AccessEvents(n.Context(), nil, page.Args{}))(t).Nodes {
				equal(t, "about", one.UserID, n.User)
			}
		})
		t.Run("forget addresses after 90 days, and all after two years", func(t *testing.T) {
			from := o.Clock.Now()
			before := len(accessOf(t, o, nil))
			o.Clock.Set(from.Add(91 * 24 * time.Hour))
			if err := o.Sessions.ForgetAccess(t.Context()); err != nil {
				t.Fatal(err)
			}
			events := accessOf(t, o, nil)
			equal(t, "events", len(events), before)
			for _, one := range events {
				if one.Address != nil || one.UserAgent != nil || one.Client != nil {
					t.Errorf("%s tells where from", one.Kind)
				}
			}
			equal(t, "an address in the store", strings.Contains(dump(t, o), "192.0.2."), false)
			o.Clock.Set(from.Add(731 * 24 * time.Hour))
			if err := o.Sessions.ForgetAccess(t.Context()); err != nil {
				t.Fatal(err)
			}
			equal(t, "events after two years", len(accessOf(t, o, nil)), 0)
		})
	})
}

func TestOwnSessions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris := account(t, crmtest.Joris)
		enter := func(address string) (ctx context.Context, token string) {
			t.Helper()
			token = must2(o.Sessions.SignIn(fromAt(t.Context(), address), joris.Email, joris.Password))(t).Token
			return crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), token))(t)), token
		}
		here, hereToken := enter("192.0.2.1")
		there, thereToken := enter("192.0.2.2")
		_, thirdToken := enter("192.0.2.3")
		t.Run("are listed, the newest first", func(t *testing.T) {
			own := must2(o.Sessions.OfActor(here))(t)
			sameList(t, "addresses", each(own, func(s *crm.Session) string { return *s.Address }), []string{"192.0.2.3", "192.0.2.2", "192.0.2.1"})
			sameList(t, "current", each(own, (*crm.Session).IsCurrent), []bool{false, false, true})
			equal(t, "of Sanne", len(must2(o.Sessions.OfActor(o.As(crmtest.Sanne)))(t)), 0)
			node := must2(o.Nodes.ByIDs(o.As(crmtest.Peter), []crm.ID{own[0].ID}))(t)[0]
			equal(t, "shown to an administrator", node == nil, true)
		})
		t.Run("tell when they were last used", func(t *testing.T) {
			o.Clock.Advance(10 * time.Minute)
			isOpen(t, o, hereToken)
			if err := o.Sessions.KeepUses(t.Context()); err != nil {
				t.Fatal(err)
			}
			equal(t, "last use", must2(o.Sessions.OfActor(here))(t)[2].LastUsedAt.UTC(), o.Clock.Now())
			changesNothing(t, o, func() {
				o.Clock.Advance(time.Minute)
				isOpen(t, o, hereToken)
				if err := o.Sessions.KeepUses(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		})
		t.Run("end one by one, with an event each", func(t *testing.T) {
			o.Signals()
			head, id := o.Head(), must2(o.Sessions.OfActor(there))(t)[1].ID
			must2(o.Sessions.Revoke(here, crm.RevokeSessionInput{ID: id}))(t)
			accessEvent(t, o, head, crm.AccessEndedEvent, o.Actor(crmtest.Joris).UserID, id)
			isNobody(t, o, thereToken)
			_, err := o.Sessions.Revoke(here, crm.RevokeSessionInput{ID: id})
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("are their owner's alone", func(t *testing.T) {
			id := must2(o.Sessions.OfActor(here))(t)[0].ID
			changesNothing(t, o, func() {
				for _, who := range []string{crmtest.Sanne, crmtest.Peter} {
					_, err := o.Sessions.Revoke(o.As(who), crm.RevokeSessionInput{ID: id})
					refused(t, err, crm.NotFound, "input", "id")
				}
			})
		})
		t.Run("end all but the current one, and then that too", func(t *testing.T) {
			key := must2(o.Sessions.CreateToken(here, crm.CreateAPITokenInput{Name: "x"}))(t)
			equal(t, "ended", must2(o.Sessions.SignOutEverywhere(here, crm.SignOutEverywhereInput{KeepCurrent: true, KeepAPITokens: true}))(t).EndedCount, 1)
			isNobody(t, o, thirdToken)
			isOpen(t, o, hereToken)
			isOpen(t, o, *key.Secret)
			head := o.Head()
			ended := must2(o.Sessions.SignOutEverywhere(here, crm.SignOutEverywhereInput{}))(t)
			equal(t, "ended", ended.EndedCount, 1)
			equal(t, "keys", ended.RevokedAPITokenCount, 1)
			isNobody(t, o, hereToken)
			isNobody(t, o, *key.Secret)
			equal(t, "an event for the sockets of the key", *o.LogAfter(head)[1].SubjectID, key.APIToken.ID)
			sameList(t, "log", accessKinds(accessOf(t, o, nil))[:2], []crm.AccessEventKind{crm.SessionRevokedAccess, crm.TokenRevokedAccess})
		})
		t.Run("spare the key that asks, where it is kept", func(t *testing.T) {
			own, other := must2(o.Sessions.CreateToken(here, crm.CreateAPITokenInput{Name: "x"}))(t), must2(o.Sessions.CreateToken(here, crm.CreateAPITokenInput{Name: "y"}))(t)
			asking := crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), *own.Secret))(t))
			equal(t, "keys", must2(o.Sessions.SignOutEverywhere(asking, crm.SignOutEverywhereInput{KeepCurrent: true}))(t).RevokedAPITokenCount, 1)
			isOpen(t, o, *own.Secret)
			isNobody(t, o, *other.Secret)
		})
		t.Run("end by an administrator", func(t *testing.T) {
			_, token := enter("192.0.2.4")
			id := o.Actor(crmtest.Joris).UserID
			_, err := o.Sessions.SignOutColleague(o.As(crmtest.Sanne), crm.SignOutColleagueInput{ID: id})
			refused(t, err, crm.Forbidden)
			key := must2(o.Sessions.CreateToken(o.As(crmtest.Joris), crm.CreateAPITokenInput{Name: "x"}))(t)
			equal(t, "ended", must2(o.Sessions.SignOutColleague(o.As(crmtest.Peter), crm.SignOutColleagueInput{ID: id, KeepAPITokens: true}))(t).EndedCount, 1)
			isNobody(t, o, token)
			isOpen(t, o, *key.Secret)
			newest := accessOf(t, o, nil)[0]
			must2(o.Sessions.SignOutColleague(o.As(crmtest.Peter), crm.SignOutColleagueInput{ID: id}))(t)
			isNobody(t, o, *key.Secret)
			equal(t, "kind", newest.Kind, crm.SessionRevokedAccess)
			equal(t, "whose", newest.UserID, id)
			equal(t, "by whom", *newest.ActorID, o.Actor(crmtest.Peter).UserID)
			_, err = o.Sessions.SignOutColleague(o.As(crmtest.Peter), crm.SignOutColleagueInput{ID: o.Neighbour().User})
			refused(t, err, crm.NotFound, "input", "id")
		})
	})
}

// isOpen says that a token stands for somebody.
func isOpen(t *testing.T, o *crmtest.Office, token string) {
	t.Helper()
	must2(o.Sessions.Authenticate(t.Context(), token))(t)
}
