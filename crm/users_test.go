package crm_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// grant says as Peter what a colleague may do.
func grant(t *testing.T, o *crmtest.Office, name string, input crm.UpdateColleagueInput) *crm.User {
	t.Helper()
	input.ID = o.Actor(name).UserID
	return must2(o.Users.Update(o.As(crmtest.Peter), input))(t).User
}

// accessEvent says that what happened since a position is one event of access, of a colleague about a
// subject, and gives it.
func accessEvent(t *testing.T, o *crmtest.Office, since int64, kind crm.EventKind, user, subject crm.ID) *crm.Event {
	t.Helper()
	log := o.LogAfter(since)
	sameList(t, "kinds", kinds(log), []crm.EventKind{kind})
	equal(t, "card", log[0].CardID, user)
	equal(t, "card that shows it", log[0].CustomerID, user)
	equal(t, "subject", *log[0].SubjectID, subject)
	equal(t, "head", o.Head(), since+1)
	sent := o.Signals()
	sameList(t, "topics", sent[len(sent)-1].Topics, []crm.ID{user})
	sameList(t, "events signalled", nodeIDs(sent[len(sent)-1].Events), nodeIDs(log))
	return log[0]
}

func TestUpdateColleague(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		mila := o.Actor(crmtest.Mila).UserID
		t.Run("changes role and finance right, and logs which", func(t *testing.T) {
			head := o.Head()
			user := grant(t, o, crmtest.Mila, crm.UpdateColleagueInput{Role: crmtest.Given(crm.ReadOnly), Finance: crmtest.Given(true)})
			equal(t, "role", user.Role, crm.ReadOnly)
			equal(t, "finance right", user.HasFinanceRight(), true)
			equal(t, "active", user.IsActive(), true)
			stored := must2(o.Users.ByIDs(o.As(crmtest.Ruben), []crm.ID{mila}))(t)[0]
			equal(t, "stored role", stored.Role, crm.ReadOnly)
			equal(t, "stored finance right", stored.Finance, true)
			event := accessEvent(t, o, head, crm.AccessChangedEvent, mila, mila)
			sameList(t, "changes", event.Changes, []crm.FieldChange{{Field: "role", From: "COLLEAGUE", To: "READ_ONLY"}, {Field: "hasFinanceRight", From: false, To: true}})
			equal(t, "actor", *event.ActorID, o.Actor(crmtest.Peter).UserID)
		})
		t.Run("leaves what is absent or the same, without an event", func(t *testing.T) {
			changesNothing(t, o, func() {
				grant(t, o, crmtest.Mila, crm.UpdateColleagueInput{})
				grant(t, o, crmtest.Mila, crm.UpdateColleagueInput{Role: crmtest.Given(crm.ReadOnly)})
			})
		})
		t.Run("wants values where fields are given", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: mila,
					Role: crmtest.Null[crm.Role](), Finance: crmtest.Null[bool](), IsActive: crmtest.Null[bool]()})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.role", "BAD_INPUT input.finance", "BAD_INPUT input.isActive"})
			})
		})
		t.Run("is for administrators, also about oneself", func(t *testing.T) {
			changesNothing(t, o, func() {
				for _, who := range []string{crmtest.Sanne, crmtest.Fatima, crmtest.Ruben} {
					_, err := o.Users.Update(o.As(who), crm.UpdateColleagueInput{ID: o.Actor(who).UserID, Role: crmtest.Given(crm.Admin)})
					refused(t, err, crm.Forbidden)
				}
			})
		})
		t.Run("finds nobody by an id of something else", func(t *testing.T) {
			changesNothing(t, o, func() {
				for _, id := range []crm.ID{"", "usr_00000000000000000000000000", o.Customer(crmtest.Groep).ID} {
					_, err := o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: id, Finance: crmtest.Given(true)})
					refused(t, err, crm.NotFound, "input", "id")
				}
			})
		})
	})
}

func TestDeactivation(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris, session := o.Actor(crmtest.Joris).UserID, signIn(t, o, crmtest.Joris)
		key := must2(o.Sessions.CreateToken(o.As(crmtest.Joris), crm.CreateAPITokenInput{Name: "Koppeling"}))(t)
		stays := signIn(t, o, crmtest.Sanne)
		t.Run("ends every credential of the colleague, and nobody else's", func(t *testing.T) {
			head := o.Head()
			deactivate(t, o, crmtest.Joris)
			event := accessEvent(t, o, head, crm.AccessEndedEvent, joris, joris)
			sameList(t, "changes", event.Changes, []crm.FieldChange{{Field: "isActive", From: true, To: false}})
			isNobody(t, o, session.Token)
			isNobody(t, o, *key.Secret)
			must2(o.Sessions.Authenticate(t.Context(), stays.Token))(t)
		})
		t.Run("ends them for good", func(t *testing.T) {
			head := o.Head()
			write(t, o, "UPDATE sessions SET revoked_at = NULL WHERE user_id = ?", joris) // as one that was opened at the same moment
			grant(t, o, crmtest.Joris, crm.UpdateColleagueInput{IsActive: crmtest.Given(true)})
			accessEvent(t, o, head, crm.AccessChangedEvent, joris, joris)
			isNobody(t, o, session.Token)
			isNobody(t, o, *key.Secret)
			must2(o.Sessions.Authenticate(t.Context(), signIn(t, o, crmtest.Joris).Token))(t)
		})
	})
}

func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		update := func(who string, input crm.UpdateColleagueInput) error {
			input.ID = o.Actor(who).UserID
			_, err := o.Users.Update(o.As(crmtest.Peter), input)
			return err
		}
		t.Run("stays one, and stays", func(t *testing.T) {
			changesNothing(t, o, func() {
				fault := refusal(t, update(crmtest.Peter, crm.UpdateColleagueInput{Role: crmtest.Given(crm.Colleague)}), crm.LastAdministrator, "input", "role")
				equal(t, "Dutch", fault.Text.NL, "Dit is de laatste beheerder van het kantoor; maak eerst een collega beheerder.")
				equal(t, "English", fault.Text.EN, "This is the office's last administrator; make a colleague administrator first.")
				refused(t, update(crmtest.Peter, crm.UpdateColleagueInput{IsActive: crmtest.Given(false)}), crm.LastAdministrator, "input", "isActive")
			})
		})
		t.Run("is not made up for by one who left, or by the neighbour's", func(t *testing.T) {
			o.Neighbour()
			equal(t, "error", update(crmtest.Mila, crm.UpdateColleagueInput{Role: crmtest.Given(crm.Admin), IsActive: crmtest.Given(false)}), nil)
			refused(t, update(crmtest.Peter, crm.UpdateColleagueInput{Role: crmtest.Given(crm.ReadOnly)}), crm.LastAdministrator)
			equal(t, "finance right of the last", update(crmtest.Peter, crm.UpdateColleagueInput{Finance: crmtest.Given(true)}), nil)
		})
		t.Run("is left when two take each other's role away at once", func(t *testing.T) {
			equal(t, "error", update(crmtest.Sanne, crm.UpdateColleagueInput{Role: crmtest.Given(crm.Admin)}), nil)
			administrators := []string{crmtest.Peter, crmtest.Sanne}
			for range 5 {
				var both sync.WaitGroup
				errs := make([]error, 2)
				for i, who := range administrators {
					other, actor := o.Actor(administrators[1-i]).UserID, o.Actor(who)
					actor.Role, actor.Rights = crm.Admin, crm.AllRights()
					both.Go(func() {
						_, errs[i] = o.Users.Update(crm.WithActor(t.Context(), actor), crm.UpdateColleagueInput{ID: other, Role: crmtest.Given(crm.Colleague)})
					})
				}
				both.Wait()
				if (errs[0] == nil) == (errs[1] == nil) {
					t.Fatalf("got %v and %v, want one of them refused", errs[0], errs[1])
				}
				refused(t, errors.Join(errs...), crm.LastAdministrator)
				write(t, o, "UPDATE users SET role = 'ADMIN' WHERE id IN (?, ?)", o.Actor(crmtest.Peter).UserID, o.Actor(crmtest.Sanne).UserID)
			}
		})
	})
}

func TestEventsOfAccess(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.Actor(crmtest.Sanne).UserID
		t.Run("tell of a session that is signed out, once", func(t *testing.T) {
			signedIn, head := signIn(t, o, crmtest.Sanne), o.Head()
			credential := must2(o.Sessions.Authenticate(t.Context(), signedIn.Token))(t).CredentialID
			for range 2 {
				if err := o.Sessions.SignOut(t.Context(), signedIn.Token); err != nil {
					t.Fatal(err)
				}
			}
			accessEvent(t, o, head, crm.AccessEndedEvent, sanne, credential)
		})
		t.Run("tell of a key that is revoked, in its answer's position", func(t *testing.T) {
			key, head := must2(o.Sessions.CreateToken(o.As(crmtest.Sanne), crm.CreateAPITokenInput{Name: "Weg"}))(t).APIToken, o.Head()
			answer := must2(o.Sessions.RevokeToken(o.As(crmtest.Sanne), crm.RevokeAPITokenInput{ID: key.ID}))(t)
			equal(t, "position", answer.Position, accessEvent(t, o, head, crm.AccessEndedEvent, sanne, key.ID).Position())
		})
		t.Run("are counted in positions and never shown", func(t *testing.T) {
			head := o.Head()
			grant(t, o, crmtest.Sanne, crm.UpdateColleagueInput{Finance: crmtest.Given(true)})
			event, reader := o.LogAfter(head)[0], o.As(crmtest.Peter)
			equal(t, "of access", event.Kind.OfAccess(), true)
			equal(t, "head", *must2(o.Events.Head(reader))(t), event.Position())
			equal(t, "node", must2(o.Nodes.Asked(reader, []crm.ID{event.ID}))(t)[0], nil)
			equal(t, "event by id", must2(o.Events.ByIDs(reader, []crm.ID{event.ID}))(t)[0], nil)
			equal(t, "error of a card", refusal(t, o.Nodes.MustSee(reader, sanne), crm.NotFound).Code, crm.NotFound)
		})
	})
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		actorOf := func(token string) crm.Actor { return must2(o.Sessions.Authenticate(t.Context(), token))(t) }
		signedIn := signIn(t, o, crmtest.Mila)
		one, other, gone := actorOf(signedIn.Token), actorOf(signIn(t, o, crmtest.Joris).Token), signIn(t, o, crmtest.Mila)
		goneID := actorOf(gone.Token).CredentialID
		key := must2(o.Sessions.CreateToken(o.As(crmtest.Mila), crm.CreateAPITokenInput{Name: "Lang"}))(t)
		short := must2(o.Sessions.CreateToken(o.As(crmtest.Mila), crm.CreateAPITokenInput{Name: "Kort", ExpiresAt: new(o.Clock.Now().Add(time.Hour))}))(t)
		equal(t, "error", o.Sessions.SignOut(t.Context(), gone.Token), nil)
		asked := []crm.ID{key.APIToken.ID, one.CredentialID, goneID, "ses_00000000000000000000000000", short.APIToken.ID, other.CredentialID}
		working := func() []crm.ID {
			ctx, count := dbCount(t.Context())
			found := must2(o.Sessions.Working(ctx, o.ID, asked))(t)
			equal(t, "statements", count.N(), 1)
			return found
		}
		t.Run("say when they end", func(t *testing.T) {
			equal(t, "end of a session", one.ExpiresAt.UTC(), signedIn.ExpiresAt)
			equal(t, "end of a key", actorOf(*short.Secret).ExpiresAt.UTC(), *short.APIToken.ExpiresAt)
			equal(t, "end of a key without one", actorOf(*key.Secret).ExpiresAt, nil)
		})
		t.Run("are asked at once whether they still work", func(t *testing.T) {
			sameList(t, "working", working(), []crm.ID{asked[0], asked[1], asked[4], asked[5]})
			o.Clock.Advance(time.Hour)
			sameList(t, "working", working(), []crm.ID{asked[0], asked[1], asked[5]})
			sameList(t, "the neighbour's", must2(o.Sessions.Working(t.Context(), o.Neighbour().Office, asked))(t), []crm.ID(nil))
		})
		t.Run("give their owner again, with today's rights", func(t *testing.T) {
			before := one
			before.Language, before.ClientID = crm.LanguageEN, "venster-7"
			ctx := crm.WithActor(t.Context(), before)
			grant(t, o, crmtest.Mila, crm.UpdateColleagueInput{Role: crmtest.Given(crm.ReadOnly), Finance: crmtest.Given(true)})
			again := must2(o.Sessions.Again(ctx, one.CredentialID))(t)
			equal(t, "end", again.ExpiresAt.UTC(), signedIn.ExpiresAt)
			want := before
			want.Role, want.Rights, want.ExpiresAt = crm.ReadOnly, o.Actor(crmtest.Ruben).Rights.With(crm.ViewFinance), again.ExpiresAt
			equal(t, "actor", again, want)
			equal(t, "credential of a key", must2(o.Sessions.Again(ctx, key.APIToken.ID))(t).CredentialID, key.APIToken.ID)
			for _, id := range []crm.ID{"", goneID, short.APIToken.ID, one.UserID} {
				_, err := o.Sessions.Again(ctx, id)
				equal(t, "error", err, crm.ErrUnauthenticated)
			}
			_, err := o.Sessions.Again(t.Context(), one.CredentialID)
			equal(t, "error of a stranger", err, crm.ErrUnauthenticated)
			stranger := crm.Actor{OrganizationID: "org_0000000000000000000000000c"}
			_, err = o.Sessions.Again(crm.WithActor(t.Context(), stranger), one.CredentialID)
			equal(t, "error of the neighbour", err, crm.ErrUnauthenticated)
		})
		t.Run("work no longer once their owner left", func(t *testing.T) {
			deactivate(t, o, crmtest.Mila)
			sameList(t, "working", working(), []crm.ID{asked[5]})
		})
	})
}
