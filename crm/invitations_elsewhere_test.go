package crm_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// elsewhere is another office, whose administrator signs in by password.
type elsewhere struct {
	context.Context //nolint:containedctx // in which the administrator acts

	id              crm.ID
	email, password string
}

// foundElsewhere founds Kantoor West.
func foundElsewhere(t *testing.T, o *crmtest.Office) *elsewhere {
	t.Helper()
	west := &elsewhere{email: "bo@west.example", password: "nog een heel lang wachtwoord"}
	west.id = must2(o.Offices.Found(t.Context(), crm.NewOffice{Name: "Kantoor West", Administrator: "Bo West", Email: west.email, Password: west.password}))(t).ID
	west.Context = crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), must2(o.Sessions.SignIn(t.Context(), west.email, west.password))(t).Token))(t))
	o.Signals()
	return west
}

// invites invites somebody to West, and gives the link's token.
func (w *elsewhere) invites(t *testing.T, o *crmtest.Office, address string) (*crm.User, string) {
	t.Helper()
	o.Deliver()
	user := must2(o.Accounts.Invite(w, crm.InviteColleagueInput{Name: "Eva Jansen", Email: address, Role: crm.Colleague, Language: crm.LanguageNL}))(t).User
	_, token := posted(t, o)
	return user, token
}

// reinvite corrects the address of an invitation, and gives the new link's token.
func reinvite(t *testing.T, o *crmtest.Office, id crm.ID, address string) string {
	t.Helper()
	o.Deliver()
	equal(t, "address", must2(o.Accounts.Reinvite(o.As(crmtest.Peter), crm.ReinviteColleagueInput{ID: id, Email: &address}))(t).User.Email, address)
	letter, token := posted(t, o)
	equal(t, "to", letter.To[0].Email, address)
	return token
}

// isHeld says that a link tells that the address signs in elsewhere, and that nothing comes of it.
func isHeld(t *testing.T, o *crmtest.Office, token string) {
	t.Helper()
	o.Signals()
	changesNothing(t, o, func() {
		_, err := o.Accounts.Accept(fromAt(t.Context(), "192.0.2.1"), token, aPassword)
		equal(t, "refusal", errors.Is(err, crm.ErrAddressHeld), true)
		refused(t, err, "ADDRESS_IN_USE", "token")
	})
}

// signsIn gives the office in which an address and a password sign in; none when they do not.
func signsIn(t *testing.T, o *crmtest.Office, email, password string) crm.ID {
	t.Helper()
	signedIn, err := o.Sessions.SignIn(fromAt(t.Context(), "192.0.2.1"), email, password)
	if err != nil {
		equal(t, "refusal", err, crm.ErrBadCredentials)
		return ""
	}
	return signedIn.User.OrganizationID
}

func TestAnInvitationAtAnAddressOfAnotherOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		west := foundElsewhere(t, o)
		taken := invite(t, o, "Bo@West.example")
		equal(t, "address", taken.Email, west.email)
		letter, token := posted(t, o)
		equal(t, "to", letter.To[0].Email, west.email)
		status := func() crm.MailDeliveryStatus {
			t.Helper()
			waiting := must2(o.Accounts.InvitationsOf(o.As(crmtest.Peter), []crm.ID{taken.ID}))(t)[0]
			if waiting == nil {
				return ""
			}
			return waiting.Status
		}
		t.Run("tells who has the link, as often as they try, and stays", func(t *testing.T) {
			isHeld(t, o, token)
			isHeld(t, o, token)
			equal(t, "status", status(), crm.DeliverySent)
			sameList(t, "log", accessKinds(accessOf(t, o, &crm.AccessEventFilter{Users: []crm.ID{taken.ID}})), []crm.AccessEventKind{crm.InvitedAccess})
		})
		t.Run("is told of within the own office", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Accounts.Invite(o.As(crmtest.Peter), crm.InviteColleagueInput{Name: "x", Email: west.email, Role: crm.Colleague})
				refused(t, err, crm.Duplicate, "input", "email")
			})
			other := invite(t, o, "ander@delta.example")
			_, err := o.Accounts.Reinvite(o.As(crmtest.Peter), crm.ReinviteColleagueInput{ID: other.ID, Email: &west.email})
			refused(t, err, crm.Duplicate, "input", "email")
		})
		t.Run("signs nobody in but the account there, nor tells of attempts at it", func(t *testing.T) {
			equal(t, "office", signsIn(t, o, west.email, west.password), west.id)
			equal(t, "office", signsIn(t, o, west.email, aPassword), "")
			sameList(t, "log", accessKinds(accessOf(t, o, &crm.AccessEventFilter{Users: []crm.ID{taken.ID}})), []crm.AccessEventKind{crm.InvitedAccess})
		})
		t.Run("sends a reset to the account there alone", func(t *testing.T) {
			o.Deliver()
			sent := len(o.Post.Mails())
			if err := o.Accounts.RequestReset(t.Context(), west.email, crm.LanguageEN); err != nil {
				t.Fatal(err)
			}
			letter, reset := posted(t, o)
			equal(t, "e-mails", len(o.Post.Mails())-sent, 1)
			equal(t, "whose", strings.Contains(letter.Text, "Kantoor West") && !strings.Contains(letter.Text, "Delta"), true)
			west.password = "acht blauwe bussen"
			if err := o.Accounts.Reset(t.Context(), reset, west.password, true); err != nil {
				t.Fatal(err)
			}
			equal(t, "office", signsIn(t, o, west.email, west.password), west.id)
			isHeld(t, o, token)
		})
		t.Run("gives the operator the account there", func(t *testing.T) {
			west.password = "negen gele treinen"
			must2(o.Accounts.AllowPasswords(t.Context(), west.email, west.password))(t)
			equal(t, "office", signsIn(t, o, west.email, west.password), west.id)
		})
		t.Run("is not gone round by letting the colleague in", func(t *testing.T) {
			_, err := o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: taken.ID, IsActive: crmtest.Given(true)})
			refused(t, err, crm.NotAccepted, "input", "isActive")
		})
		t.Run("can be cancelled", func(t *testing.T) {
			must2(o.Accounts.CancelInvitation(o.As(crmtest.Peter), crm.CancelInvitationInput{ID: taken.ID}))(t)
			_, err := o.Accounts.Accept(t.Context(), token, aPassword)
			equal(t, "cancelled", err, crm.ErrTokenOver)
			equal(t, "status", status(), "")
		})
		t.Run("goes to another address, and comes back", func(t *testing.T) {
			reinvite(t, o, taken.ID, "bo@delta.example")
			isHeld(t, o, reinvite(t, o, taken.ID, west.email))
			token := reinvite(t, o, taken.ID, "bo@delta.example")
			equal(t, "who", must2(o.Accounts.Accept(t.Context(), token, aPassword))(t).User.ID, taken.ID)
			equal(t, "office", signsIn(t, o, "bo@delta.example", aPassword), o.ID)
			equal(t, "office", signsIn(t, o, west.email, west.password), west.id)
		})
		t.Run("is held by who was let out there too", func(t *testing.T) {
			left, joins := west.invites(t, o, "weg@west.example")
			must2(o.Accounts.Accept(t.Context(), joins, aPassword))(t)
			must2(o.Users.Update(west, crm.UpdateColleagueInput{ID: left.ID, IsActive: crmtest.Given(false)}))(t)
			invite(t, o, left.Email)
			_, token := posted(t, o)
			isHeld(t, o, token)
			equal(t, "office", signsIn(t, o, left.Email, aPassword), "")
			must2(o.Users.Update(west, crm.UpdateColleagueInput{ID: left.ID, IsActive: crmtest.Given(true)}))(t)
			equal(t, "office", signsIn(t, o, left.Email, aPassword), west.id)
		})
	})
}

func TestTwoOfficesInviteOneAddress(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		west := foundElsewhere(t, o)
		both := func(address string) (ours, theirs string) {
			t.Helper()
			invite(t, o, address)
			_, ours = posted(t, o)
			_, theirs = west.invites(t, o, address)
			return ours, theirs
		}
		t.Run("who accepts first has it, and the other link tells so", func(t *testing.T) {
			ours, theirs := both("eva@nieuw.example")
			equal(t, "office", signsIn(t, o, "eva@nieuw.example", aPassword), "")
			must2(o.Accounts.Accept(t.Context(), theirs, aPassword))(t)
			equal(t, "office", signsIn(t, o, "eva@nieuw.example", aPassword), west.id)
			isHeld(t, o, ours)
		})
		t.Run("also at the same moment", func(t *testing.T) {
			for _, address := range []string{"een@nieuw.example", "twee@nieuw.example", "drie@nieuw.example"} {
				var running sync.WaitGroup
				ours, theirs := both(address)
				tokens, errs := [2]string{ours, theirs}, [2]error{}
				for i, token := range tokens {
					running.Go(func() { _, errs[i] = o.Accounts.Accept(t.Context(), token, aPassword) })
				}
				running.Wait()
				lost := 0
				if errs[0] == nil {
					lost = 1
				}
				equal(t, "who won", errs[1-lost], nil)
				equal(t, "who lost is told why", errors.Is(errs[lost], crm.ErrAddressHeld), true)
				isHeld(t, o, tokens[lost])
			}
		})
		t.Run("the operator founds an office for whoever is only invited, and for nobody who has joined", func(t *testing.T) {
			invite(t, o, "oprichter@nieuw.example")
			_, token := posted(t, o)
			found := crm.NewOffice{Name: "Kantoor Zuid", Administrator: "Co Zuid", Email: "oprichter@nieuw.example", Password: "een derde lang wachtwoord"}
			south := must2(o.Offices.Found(t.Context(), found))(t)
			equal(t, "office", signsIn(t, o, found.Email, found.Password), south.ID)
			isHeld(t, o, token)
			_, err := o.Offices.Found(t.Context(), found)
			refused(t, err, crm.Duplicate, "email")
		})
	})
}

func TestASignOnAtAnAddressOfAnotherOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		west := foundElsewhere(t, o)
		provider := must2(o.Identities.CreateProvider(o.As(crmtest.Peter), crm.CreateIdentityProviderInput{Issuer: "https://login.delta.example", ClientID: "kaart",
			Fields: crm.IdentityProviderFields{Name: crmtest.Text("Werk"), IsEnabled: crmtest.Given(true), Provisions: crmtest.Given(true),
				DefaultRole: crmtest.Given(crm.Colleague), Domains: crmtest.List("west.example", "delta.example")}}))(t).Provider.ID
		signOn := func(subject, address string) (*crm.SignedIn, error) {
			return o.Identities.SignOn(t.Context(), crm.Identity{ProviderID: provider, Subject: subject, Name: "Bo", Email: address})
		}
		isRefused := func(subject, address string) {
			t.Helper()
			o.Signals()
			changesNothing(t, o, func() {
				_, err := signOn(subject, address)
				equal(t, "refusal", errors.Is(err, crm.ErrSignOnRefused), true)
				refused(t, err, crm.Forbidden)
			})
		}
		t.Run("makes no colleague, and accepts no invitation", func(t *testing.T) {
			isRefused("bo", west.email)
			taken := invite(t, o, west.email)
			_, token := posted(t, o)
			isRefused("bo", west.email)
			isHeld(t, o, token)
			reinvite(t, o, taken.ID, "bo@delta.example")
			equal(t, "who", must2(signOn("bo", "bo@delta.example"))(t).User.ID, taken.ID)
			_, theirs := west.invites(t, o, "bo@delta.example")
			isHeld(t, o, theirs)
		})
		t.Run("of who was made by it, holds the address", func(t *testing.T) {
			must2(signOn("cor", "cor@west.example"))(t)
			_, theirs := west.invites(t, o, "cor@west.example")
			isHeld(t, o, theirs)
		})
		t.Run("is not gone round by a linked account that is invited at it", func(t *testing.T) {
			dora := must2(signOn("dora", "dora@delta.example"))(t).User
			must2(o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: dora.ID, IsActive: crmtest.Given(false)}))(t)
			token := reinvite(t, o, dora.ID, west.email)
			isRefused("dora", "dora@delta.example")
			isHeld(t, o, token)
			_, err := o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: dora.ID, IsActive: crmtest.Given(true)})
			refused(t, err, crm.NotAccepted, "input", "isActive")
			_, theirs := west.invites(t, o, "dora@delta.example") // which nobody holds any more
			must2(o.Accounts.Accept(t.Context(), theirs, aPassword))(t)
			isHeld(t, o, reinvite(t, o, dora.ID, "dora@delta.example"))
		})
		t.Run("of who is unlinked, is invited anew at the own address", func(t *testing.T) {
			emma := must2(signOn("emma", "emma@delta.example"))(t).User
			must2(o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: emma.ID, IsActive: crmtest.Given(false)}))(t)
			must2(o.Identities.Unlink(o.As(crmtest.Peter), crm.UnlinkIdentityInput{ProviderID: provider, UserID: emma.ID}))(t)
			_, theirs := west.invites(t, o, emma.Email)
			token := reinvite(t, o, emma.ID, emma.Email)
			isHeld(t, o, theirs)
			must2(o.Accounts.Accept(t.Context(), token, aPassword))(t)
			equal(t, "office", signsIn(t, o, emma.Email, aPassword), o.ID)
		})
	})
}
