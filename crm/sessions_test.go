package crm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// account gives a colleague's address and password.
func account(t *testing.T, name string) crm.DemoColleague {
	t.Helper()
	for _, colleague := range crm.DemoColleagues() {
		if colleague.Name == name {
			return colleague
		}
	}
	t.Fatalf("nobody is called %s", name)
	return crm.DemoColleague{}
}

// signIn opens a session of a colleague's.
func signIn(t *testing.T, o *crmtest.Office, name string) *crm.SignedIn {
	t.Helper()
	colleague := account(t, name)
	return must2(o.Sessions.SignIn(t.Context(), colleague.Email, colleague.Password))(t)
}

// isNobody says that a token stands for nobody.
func isNobody(t *testing.T, o *crmtest.Office, token string) {
	t.Helper()
	if actor, err := o.Sessions.Authenticate(t.Context(), token); !errors.Is(err, crm.ErrUnauthenticated) || actor != (crm.Actor{}) {
		t.Errorf("got %+v, %v", actor, err)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		fatima := account(t, crmtest.Fatima)
		t.Run("opens a session for half a day, as the colleague", func(t *testing.T) {
			signedIn := must2(o.Sessions.SignIn(t.Context(), " "+strings.ToUpper(fatima.Email)+" ", fatima.Password))(t)
			equal(t, "end", signedIn.ExpiresAt, o.Clock.Now().Add(12*time.Hour))
			actor := must2(o.Sessions.Authenticate(t.Context(), signedIn.Token))(t)
			want := o.Actor(crmtest.Fatima)
			equal(t, "office", actor.OrganizationID, want.OrganizationID)
			equal(t, "colleague", actor.UserID, want.UserID)
			equal(t, "role", actor.Role, want.Role)
			equal(t, "finance right", actor.Rights.Has(crm.ViewFinance), true)
		})
		t.Run("gives another token each time", func(t *testing.T) {
			one, other := signIn(t, o, crmtest.Fatima), signIn(t, o, crmtest.Fatima)
			equal(t, "sameness of tokens", one.Token == other.Token, false)
		})
		t.Run("says the same of a wrong password and an unknown address, and opens nothing", func(t *testing.T) {
			changesNothing(t, o, func() {
				for _, try := range [][2]string{{fatima.Email, "welkom"}, {fatima.Email, ""}, {fatima.Email, fatima.Password + " "}, {fatima.Email, "\x00"},
					{"niemand@delta-detachering.example", fatima.Password}, {"", ""}, {"%", "%"}, {fatima.Email + "\x00", fatima.Password}, {"\xff", fatima.Password}} {
					if _, err := o.Sessions.SignIn(t.Context(), try[0], try[1]); !errors.Is(err, crm.ErrBadCredentials) {
						t.Errorf("%q with %q: %v", try[0], try[1], err)
					}
				}
			})
		})
		t.Run("is refused to one who has no password, and to one who left", func(t *testing.T) {
			n := o.Neighbour()
			_, err := o.Sessions.SignIn(t.Context(), n.UserEmail, "")
			equal(t, "without a password", err, crm.ErrBadCredentials)
			mila := account(t, crmtest.Mila)
			deactivate(t, o, crmtest.Mila)
			_, err = o.Sessions.SignIn(t.Context(), mila.Email, mila.Password)
			equal(t, "having left", err, crm.ErrBadCredentials)
		})
		t.Run("keeps neither password nor token", func(t *testing.T) {
			token := signIn(t, o, crmtest.Fatima).Token
			content := dump(t, o)
			for _, secret := range []string{token, token[len("kks_"):], fatima.Password} {
				equal(t, "a secret in the store", strings.Contains(content, secret), false)
			}
		})
	})
}

// deactivate takes a colleague's access away.
func deactivate(t *testing.T, o *crmtest.Office, name string) {
	t.Helper()
	must2(o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: o.Actor(name).UserID, IsActive: crmtest.Given(false)}))(t)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		check := func(token string) error {
			t.Helper()
			actor := must2(o.Sessions.Authenticate(t.Context(), token))(t)
			return o.Sessions.Check(crm.WithActor(t.Context(), actor))
		}
		t.Run("end after half a day, to the millisecond", func(t *testing.T) {
			signedIn := signIn(t, o, crmtest.Joris)
			o.Clock.Set(signedIn.ExpiresAt.Add(-time.Millisecond))
			ctx := crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), signedIn.Token))(t))
			equal(t, "check", o.Sessions.Check(ctx), nil)
			o.Clock.Advance(time.Millisecond)
			isNobody(t, o, signedIn.Token)
			equal(t, "check", o.Sessions.Check(ctx), crm.ErrUnauthenticated)
		})
		t.Run("end when the colleague signs out, and only that one", func(t *testing.T) {
			one, other := signIn(t, o, crmtest.Joris), signIn(t, o, crmtest.Joris)
			for range 2 {
				if err := o.Sessions.SignOut(t.Context(), one.Token); err != nil {
					t.Fatal(err)
				}
			}
			isNobody(t, o, one.Token)
			equal(t, "the other session", check(other.Token), nil)
		})
		t.Run("end when the colleague leaves", func(t *testing.T) {
			signedIn := signIn(t, o, crmtest.Mila)
			ctx := crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), signedIn.Token))(t))
			deactivate(t, o, crmtest.Mila)
			isNobody(t, o, signedIn.Token)
			equal(t, "check", o.Sessions.Check(ctx), crm.ErrUnauthenticated)
		})
		t.Run("do not come from made-up tokens", func(t *testing.T) {
			token := signIn(t, o, crmtest.Joris).Token
			for _, made := range []string{"", "kks_", "kkt_", token[:len(token)-1], token + "A", strings.Replace(token, "kks_", "kkt_", 1), "kks_\x00", "%", strings.Repeat("x", 10_000)} {
				isNobody(t, o, made)
				if err := o.Sessions.SignOut(t.Context(), made); err != nil {
					t.Errorf("sign out %q: %v", made, err)
				}
			}
			equal(t, "the session", check(token), nil)
		})
		t.Run("are nobody's without an actor, and of one without a session", func(t *testing.T) {
			equal(t, "without an actor", o.Sessions.Check(t.Context()), crm.ErrUnauthenticated)
			equal(t, "without a session", o.Sessions.Check(o.As(crmtest.Joris)), crm.ErrUnauthenticated)
		})
	})
}

func TestAPITokens(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		newToken := func(who string, input crm.CreateAPITokenInput) *crm.CreateAPITokenPayload {
			t.Helper()
			return must2(o.Sessions.CreateToken(o.As(who), input))(t)
		}
		t.Run("sign in with the rights of who made them", func(t *testing.T) {
			created := newToken(crmtest.Ruben, crm.CreateAPITokenInput{Name: " Koppeling "})
			equal(t, "name", created.APIToken.Name, "Koppeling")
			actor := must2(o.Sessions.Authenticate(t.Context(), *created.Secret))(t)
			equal(t, "colleague", actor.UserID, o.Actor(crmtest.Ruben).UserID)
			equal(t, "role", actor.Role, crm.ReadOnly)
			equal(t, "check", o.Sessions.Check(crm.WithActor(t.Context(), actor)), nil)
			equal(t, "the secret in the store", strings.Contains(dump(t, o), *created.Secret), false)
		})
		t.Run("want a name, and an end in the future", func(t *testing.T) {
			_, err := o.Sessions.CreateToken(o.As(crmtest.Sanne), crm.CreateAPITokenInput{Name: " ", ExpiresAt: new(o.Clock.Now())})
			sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.name", "BAD_INPUT input.expiresAt"})
		})
		t.Run("end at their last moment", func(t *testing.T) {
			created := newToken(crmtest.Sanne, crm.CreateAPITokenInput{Name: "Kort", ExpiresAt: new(o.Clock.Now().Add(time.Hour))})
			ctx := crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), *created.Secret))(t))
			o.Clock.Advance(time.Hour)
			isNobody(t, o, *created.Secret)
			equal(t, "check", o.Sessions.Check(ctx), crm.ErrUnauthenticated)
		})
		t.Run("end when they are revoked, and cannot be revoked again", func(t *testing.T) {
			created := newToken(crmtest.Sanne, crm.CreateAPITokenInput{Name: "Weg"})
			answer := must2(o.Sessions.RevokeToken(o.As(crmtest.Sanne), crm.RevokeAPITokenInput{ID: created.APIToken.ID}))(t)
			equal(t, "revoked at", answer.APIToken.RevokedAt.UTC(), o.Clock.Now())
			isNobody(t, o, *created.Secret)
			_, err := o.Sessions.RevokeToken(o.As(crmtest.Sanne), crm.RevokeAPITokenInput{ID: created.APIToken.ID})
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("are their maker's alone, also before an administrator", func(t *testing.T) {
			created := newToken(crmtest.Joris, crm.CreateAPITokenInput{Name: "Van Joris"})
			_, err := o.Sessions.RevokeToken(o.As(crmtest.Peter), crm.RevokeAPITokenInput{ID: created.APIToken.ID})
			refused(t, err, crm.NotFound, "input", "id")
			equal(t, "Peter's tokens", len(must2(o.Sessions.Tokens(o.As(crmtest.Peter)))(t)), 0)
		})
		t.Run("are listed newest first, without those revoked", func(t *testing.T) {
			first := newToken(crmtest.Peter, crm.CreateAPITokenInput{Name: "Eerste"}).APIToken.ID
			gone := newToken(crmtest.Peter, crm.CreateAPITokenInput{Name: "Weg"}).APIToken.ID
			last := newToken(crmtest.Peter, crm.CreateAPITokenInput{Name: "Laatste"}).APIToken.ID
			must2(o.Sessions.RevokeToken(o.As(crmtest.Peter), crm.RevokeAPITokenInput{ID: gone}))(t)
			sameList(t, "tokens", nodeIDs(must2(o.Sessions.Tokens(o.As(crmtest.Peter)))(t)), []crm.ID{last, first})
		})
		t.Run("tell to the minute when they were last used, and write no more often", func(t *testing.T) {
			o.Clock.Set(time.Date(2026, 11, 25, 8, 30, 10, 0, time.UTC))
			created := newToken(crmtest.Fatima, crm.CreateAPITokenInput{Name: "Druk"})
			equal(t, "use of a new one", must2(o.Sessions.Tokens(o.As(crmtest.Fatima)))(t)[0].LastUsedAt, nil)
			for _, use := range []struct {
				after      time.Duration
				statements int64
				minute     int
			}{{0, 2, 30}, {0, 1, 30}, {49 * time.Second, 1, 30}, {time.Second, 2, 31}} {
				o.Clock.Advance(use.after)
				ctx, count := dbCount(context.Background())
				must2(o.Sessions.Authenticate(ctx, *created.Secret))(t)
				equal(t, "statements", count.N(), use.statements)
				equal(t, "last use", must2(o.Sessions.Tokens(o.As(crmtest.Fatima)))(t)[0].LastUsedAt.UTC(), time.Date(2026, 11, 25, 8, use.minute, 0, 0, time.UTC))
			}
		})
		t.Run("make no events", func(t *testing.T) {
			head := o.Head()
			newToken(crmtest.Sanne, crm.CreateAPITokenInput{Name: "Stil"})
			equal(t, "head", o.Head(), head)
		})
	})
}
