package crm_test

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/mail"
)

const aPassword = "vier paarse fietsen"

// posted hands over what waits, and gives the last e-mail with the token in it.
func posted(t *testing.T, o *crmtest.Office) (*mail.Message, string) {
	t.Helper()
	o.Sessions.CatchUp(t.Context())
	o.Deliver()
	mails := o.Post.Mails()
	if len(mails) == 0 {
		t.Fatal("no e-mail went out")
	}
	last := mails[len(mails)-1]
	token := regexp.MustCompile(`kk[ir]_[A-Za-z0-9_-]{43}`).FindString(last.Text)
	if token == "" {
		t.Fatalf("no token in %s", last.Text)
	}
	return last, token
}

// invite invites Eva, as Peter.
func invite(t *testing.T, o *crmtest.Office, address string) *crm.User {
	t.Helper()
	return must2(o.Accounts.Invite(o.As(crmtest.Peter), crm.InviteColleagueInput{Name: "Eva Jansen", Email: address, Role: crm.Colleague, Language: crm.LanguageNL}))(t).User
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		invitation := func(id crm.ID) *crm.Invitation {
			t.Helper()
			return must2(o.Accounts.InvitationsOf(o.As(crmtest.Sanne), []crm.ID{id}))(t)[0]
		}
		t.Run("make a colleague who cannot sign in yet, and send an e-mail", func(t *testing.T) {
			eva := invite(t, o, "Eva@delta.example")
			equal(t, "address", eva.Email, "eva@delta.example")
			equal(t, "active", eva.Active, false)
			equal(t, "status", invitation(eva.ID).Status, crm.DeliveryQueued)
			letter, token := posted(t, o)
			equal(t, "status", invitation(eva.ID).Status, crm.DeliverySent)
			equal(t, "to", letter.To[0], mail.Address{Name: "Eva Jansen", Email: "eva@delta.example"})
			equal(t, "from", letter.From.Email, "klantkaart@delta.example")
			equal(t, "link", strings.Contains(letter.Text, "https://crm.delta.example/account#invitation="+token), true)
			equal(t, "the token in the store", strings.Contains(dump(t, o), token), false)
			_, err := o.Sessions.SignIn(t.Context(), eva.Email, "")
			equal(t, "signing in", err, crm.ErrBadCredentials)
		})
		t.Run("are accepted with a password, once", func(t *testing.T) {
			letter, token := posted(t, o)
			for _, poor := range []string{"kort", "eva@delta.example", "Eva Jansen 2026!", "Welkom123456!"} {
				changesNothing(t, o, func() {
					_, err := o.Accounts.Accept(t.Context(), token, poor)
					refused(t, err, crm.BadInput, "password")
				})
			}
			o.Signals()
			head := o.Head()
			signedIn := must2(o.Accounts.Accept(fromAt(t.Context(), "192.0.2.9"), token, aPassword))(t)
			isOpen(t, o, signedIn.Token)
			equal(t, "who", signedIn.User.Email, letter.To[0].Email)
			equal(t, "active", signedIn.User.Active, true)
			equal(t, "kind", o.LogAfter(head)[0].Kind, crm.AccessChangedEvent)
			must2(o.Sessions.SignIn(t.Context(), letter.To[0].Email, aPassword))(t)
			changesNothing(t, o, func() {
				o.Signals()
				_, err := o.Accounts.Accept(t.Context(), token, aPassword)
				equal(t, "again", err, crm.ErrTokenOver)
			})
			sameList(t, "log", accessKinds(accessOf(t, o, &crm.AccessEventFilter{Users: []crm.ID{signedIn.User.ID}})),
				[]crm.AccessEventKind{crm.SignedInAccess, crm.SignedInAccess, crm.InvitationAcceptedAccess, crm.InvitedAccess})
			_, err := o.Accounts.Reinvite(o.As(crmtest.Peter), crm.ReinviteColleagueInput{ID: signedIn.User.ID})
			refused(t, err, crm.AlreadyAccepted, "input", "id")
		})
		t.Run("look the same when unknown, of another kind, replaced, cancelled and too old", func(t *testing.T) {
			over := func(what, token string) {
				t.Helper()
				_, err := o.Accounts.Accept(t.Context(), token, aPassword)
				equal(t, what, err, crm.ErrTokenOver)
				equal(t, what, o.Accounts.Reset(t.Context(), token, aPassword, true), crm.ErrTokenOver)
			}
			bram := invite(t, o, "bram@delta.example")
			_, first := posted(t, o)
			over("a made-up one", first[:len(first)-1])
			again := must2(o.Accounts.Reinvite(o.As(crmtest.Peter), crm.ReinviteColleagueInput{ID: bram.ID, Email: new("Bram2@delta.example"), Language: crm.LanguageEN}))(t)
			equal(t, "address", again.User.Email, "bram2@delta.example")
			letter, second := posted(t, o)
			equal(t, "subject", letter.Subject, "Invitation to the Klantkaart of Delta Detachering B.V.")
			equal(t, "to", letter.To[0].Email, "bram2@delta.example")
			over("the one before", first)
			must2(o.Accounts.CancelInvitation(o.As(crmtest.Peter), crm.CancelInvitationInput{ID: bram.ID}))(t)
			over("a cancelled one", second)
			must2(o.Accounts.Reinvite(o.As(crmtest.Peter), crm.ReinviteColleagueInput{ID: bram.ID}))(t)
			_, third := posted(t, o)
			o.Clock.Advance(7 * 24 * time.Hour)
			over("an old one", third)
		})
		t.Run("are accepted by one of two who have the same", func(t *testing.T) {
			invite(t, o, "tweemaal@delta.example")
			_, token := posted(t, o)
			var running sync.WaitGroup
			won := make(chan bool, 4)
			for range cap(won) {
				running.Go(func() {
					_, err := o.Accounts.Accept(t.Context(), token, aPassword)
					won <- err == nil
				})
			}
			running.Wait()
			close(won)
			n := 0
			for one := range won {
				if one {
					n++
				}
			}
			equal(t, "accepted", n, 1)
		})
		t.Run("are an administrator's, with an address that nobody has", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Accounts.Invite(o.As(crmtest.Sanne), crm.InviteColleagueInput{Name: "x", Email: "x@delta.example"})
				refused(t, err, crm.Forbidden)
				_, err = o.Accounts.Invite(o.As(crmtest.Peter), crm.InviteColleagueInput{Name: "x", Email: account(t, crmtest.Sanne).Email, Role: crm.Colleague})
				refused(t, err, crm.Duplicate, "input", "email")
				_, err = o.Accounts.Invite(o.As(crmtest.Peter), crm.InviteColleagueInput{Name: " ", Email: "geen adres", Role: crm.Colleague})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.name", "BAD_INPUT input.email"})
				_, err = o.Beside(nil).Accounts.Invite(o.As(crmtest.Peter), crm.InviteColleagueInput{Name: "x", Email: "x@delta.example", Role: crm.Colleague})
				refused(t, err, crm.MailNotConfigured)
			})
		})
		t.Run("are tried again with another token, and given up when refused", func(t *testing.T) {
			later := invite(t, o, "eva"+crmtest.Busy)
			o.Deliver()
			equal(t, "status", invitation(later.ID).Status, crm.DeliveryQueued)
			never := invite(t, o, "eva"+crmtest.Refusing)
			o.Deliver()
			equal(t, "status", invitation(never.ID).Status, crm.DeliveryFailed)
			o.Clock.Advance(2 * time.Minute)
			tried := must2(o.Accounts.SendNext(t.Context()))(t)
			equal(t, "tried again", tried, true)
		})
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris := account(t, crmtest.Joris)
		enter := func(password string) (context.Context, string) {
			t.Helper()
			token := must2(o.Sessions.SignIn(t.Context(), joris.Email, password))(t).Token
			return crm.WithActor(t.Context(), must2(o.Sessions.Authenticate(t.Context(), token))(t)), token
		}
		here, hereToken := enter(joris.Password)
		_, thereToken := enter(joris.Password)
		t.Run("are changed by who knows the old one, which ends all other sessions", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Accounts.ChangePassword(here, crm.ChangePasswordInput{OldPassword: "fout", NewPassword: aPassword})
				refused(t, err, crm.WrongPassword, "input", "oldPassword")
				_, err = o.Accounts.ChangePassword(here, crm.ChangePasswordInput{OldPassword: joris.Password, NewPassword: "joriskuipers1"})
				refused(t, err, crm.BadInput, "input", "newPassword")
			})
			key := crm.WithManner(here, crm.Manner{Key: "een", Request: "vingerafdruk"})
			equal(t, "ended", must2(o.Accounts.ChangePassword(key, crm.ChangePasswordInput{OldPassword: joris.Password, NewPassword: aPassword}))(t).EndedCount, 1)
			equal(t, "a digest of the input in the store", strings.Contains(dump(t, o), "vingerafdruk"), false)
			isOpen(t, o, hereToken)
			isNobody(t, o, thereToken)
			_, err := o.Sessions.SignIn(t.Context(), joris.Email, joris.Password)
			equal(t, "the old one", err, crm.ErrBadCredentials)
			sameList(t, "log", accessKinds(accessOf(t, o, nil))[:3], []crm.AccessEventKind{crm.SignInDeniedAccess, crm.PasswordChangedAccess, crm.PasswordDeniedAccess})
		})
		t.Run("are sent a way to, once in a while, to who has the address", func(t *testing.T) {
			n := o.Neighbour()
			o.Deliver() // what the neighbour has in the spool
			before := len(o.Post.Mails())
			ask := func(address string) int {
				t.Helper()
				ctx, count := dbCount(t.Context())
				if err := o.Accounts.RequestReset(ctx, address, crm.LanguageNL); err != nil {
					t.Fatal(err)
				}
				equal(t, "statements before the answer, by which it could be timed", count.N(), 0)
				o.Sessions.CatchUp(t.Context())
				o.Deliver()
				return len(o.Post.Mails()) - before
			}
			equal(t, "for nobody", ask("niemand@delta.example"), 0)
			equal(t, "for what is no address", ask("\x00\xff"), 0)
			equal(t, "for someone without a password", ask(n.UserEmail), 0)
			equal(t, "for Joris", ask(" "+strings.ToUpper(joris.Email)), 1)
			equal(t, "again at once", ask(joris.Email), 1)
		})
		t.Run("are reset by what was sent, once, which ends all sessions", func(t *testing.T) {
			letter, token := posted(t, o)
			equal(t, "subject", letter.Subject, "Nieuw wachtwoord voor de Klantkaart")
			_, err := o.Accounts.Accept(t.Context(), token, aPassword)
			equal(t, "as an invitation", err, crm.ErrTokenOver)
			refused(t, o.Accounts.Reset(t.Context(), token, "te kort", true), crm.BadInput, "password")
			isOpen(t, o, hereToken)
			if err := o.Accounts.Reset(t.Context(), token, "zeven groene fietsen", true); err != nil {
				t.Fatal(err)
			}
			isNobody(t, o, hereToken)
			equal(t, "again", o.Accounts.Reset(t.Context(), token, "zeven groene fietsen", true), crm.ErrTokenOver)
			enter("zeven groene fietsen")
		})
		t.Run("are not reset an hour later, nor by who left, nor after a change", func(t *testing.T) {
			send := func() string {
				t.Helper()
				o.Clock.Advance(time.Hour)
				if err := o.Accounts.RequestReset(t.Context(), joris.Email, crm.LanguageEN); err != nil {
					t.Fatal(err)
				}
				_, token := posted(t, o)
				return token
			}
			token := send()
			o.Clock.Advance(time.Hour)
			equal(t, "late", o.Accounts.Reset(t.Context(), token, aPassword, true), crm.ErrTokenOver)
			token = send()
			now, _ := enter("zeven groene fietsen")
			must2(o.Accounts.ChangePassword(now, crm.ChangePasswordInput{OldPassword: "zeven groene fietsen", NewPassword: aPassword}))(t)
			equal(t, "after a change", o.Accounts.Reset(t.Context(), token, aPassword, true), crm.ErrTokenOver)
			token = send()
			deactivate(t, o, crmtest.Joris)
			equal(t, "having left", o.Accounts.Reset(t.Context(), token, aPassword, true), crm.ErrTokenOver)
		})
	})
}

func TestOfficesWantGoodPasswords(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for password, isGood := range map[string]bool{
			"kort": false, strings.Repeat("x", 257): false, "aaaabbbbccccdddd": false, "Welkom2026!!": false, "welkomwelkom1": false, "qwertyuiopas": false,
			"123456789012": false, "Zomer-2026-2026": false, "eva.jansen99": false, "Eva Jansen 1!": false, "eva.jansen@kantoor.example": false,
			"kantoor van eva": true, "vier paarse fietsen": true, "correct paard batterij": true, strings.Repeat("abcde ", 42): true, "ñandúes y pingüinos": true,
		} {
			_, err := o.Offices.Found(t.Context(), crm.NewOffice{Name: "Kantoor", Administrator: "Eva Jansen", Email: "eva.jansen@kantoor.example", Password: password})
			faults := faultsOf(err)
			if isGood {
				if len(faults) > 0 && faults[0] != "DUPLICATE email" { // it was founded by a good one before
					t.Errorf("%q is refused: %v", password, err)
				}
				continue
			}
			sameList(t, password, faults, []string{"BAD_INPUT password"})
		}
	})
}

func TestPasswordsAndKeys(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris := account(t, crmtest.Joris)
		key := func() string {
			t.Helper()
			return *must2(o.Sessions.CreateToken(o.As(crmtest.Joris), crm.CreateAPITokenInput{Name: "x"}))(t).Secret
		}
		reset := func(password string, keepKeys bool) {
			t.Helper()
			o.Clock.Advance(time.Hour)
			if err := o.Accounts.RequestReset(t.Context(), joris.Email, crm.LanguageEN); err != nil {
				t.Fatal(err)
			}
			_, token := posted(t, o)
			if err := o.Accounts.Reset(t.Context(), token, password, keepKeys); err != nil {
				t.Fatal(err)
			}
		}
		change := func(from, to string, keys bool) int {
			t.Helper()
			return must2(o.Accounts.ChangePassword(o.As(crmtest.Joris), crm.ChangePasswordInput{OldPassword: from, NewPassword: to, RevokeAPITokens: keys}))(t).RevokedAPITokenCount
		}
		told := func(subject string) {
			t.Helper()
			o.Deliver()
			mails := o.Post.Mails()
			last := mails[len(mails)-1]
			equal(t, "subject", last.Subject, subject)
			equal(t, "to", last.To[0].Email, joris.Email)
			equal(t, "a way in", strings.Contains(last.Text, "kk") || strings.Contains(last.Text, "#"), false)
			equal(t, "what to do", strings.Contains(last.Text, "https://crm.delta.example/account"), true)
		}
		t.Run("a change leaves keys alone unless asked, and tells the person", func(t *testing.T) {
			stays := key()
			equal(t, "keys", change(joris.Password, aPassword, false), 0)
			isOpen(t, o, stays)
			told("Uw wachtwoord voor de Klantkaart is gewijzigd")
			equal(t, "keys", change(aPassword, joris.Password, true), 1)
			isNobody(t, o, stays)
		})
		t.Run("a reset revokes keys unless they are kept, and tells the person", func(t *testing.T) {
			stays := key()
			reset(aPassword, true)
			isOpen(t, o, stays)
			told("Your password for the Klantkaart was changed")
			reset("zeven groene fietsen", false)
			isNobody(t, o, stays)
			equal(t, "log", accessKinds(accessOf(t, o, nil))[1], crm.TokenRevokedAccess)
		})
		t.Run("no notice waits where no e-mail is sent", func(t *testing.T) {
			o.Deliver()
			must2(o.Beside(nil).Accounts.ChangePassword(o.As(crmtest.Joris), crm.ChangePasswordInput{OldPassword: "zeven groene fietsen", NewPassword: aPassword}))(t)
			equal(t, "waiting", must2(o.Emails.Backlog(t.Context()))(t).Length, 0)
		})
		t.Run("the owner is told that a second factor is gone, whoever took it", func(t *testing.T) {
			write(t, o, "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = ?) WHERE id = ?", o.Actor(crmtest.Mila).UserID, o.Actor(crmtest.Joris).UserID)
			joris.Password = account(t, crmtest.Mila).Password
			on := func() string {
				t.Helper()
				made := must2(o.Accounts.BeginSecondFactor(o.As(crmtest.Joris), crm.BeginSecondFactorInput{Password: joris.Password}))(t).Enrolment
				must2(o.Accounts.ConfirmSecondFactor(o.As(crmtest.Joris), crm.ConfirmSecondFactorInput{Code: codeAt(t, o, made.Secret)}))(t)
				o.Clock.Advance(time.Minute)
				return made.Secret
			}
			must2(o.Accounts.DisableSecondFactor(o.As(crmtest.Joris), crm.DisableSecondFactorInput{Code: codeAt(t, o, on())}))(t)
			told("Tweestapsverificatie voor de Klantkaart staat uit")
			before := len(o.Post.Mails())
			on()
			must2(o.Accounts.RemoveSecondFactor(o.As(crmtest.Peter), crm.RemoveSecondFactorInput{ID: o.Actor(crmtest.Joris).UserID}))(t)
			told("Tweestapsverificatie voor de Klantkaart staat uit")
			equal(t, "e-mails", len(o.Post.Mails()), before+1)
		})
		t.Run("what waits counts in the spool", func(t *testing.T) {
			invite(t, o, "wacht@delta.example")
			o.Clock.Advance(time.Minute)
			waiting := must2(o.Emails.Backlog(t.Context()))(t)
			equal(t, "length", waiting.Length, 1)
			equal(t, "oldest", waiting.Oldest, time.Minute)
		})
	})
}

func TestAdministratorsWhoCanComeIn(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.Actor(crmtest.Peter).UserID
		leave := func() error {
			_, err := o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: peter, Role: crmtest.Given(crm.Colleague)})
			return err
		}
		eva := must2(o.Accounts.Invite(o.As(crmtest.Peter), crm.InviteColleagueInput{Name: "Eva", Email: "eva@delta.example", Role: crm.Admin, Language: crm.LanguageNL}))(t).User
		o.Signals()
		t.Run("are not those who were invited, nor can these be let in by another", func(t *testing.T) {
			changesNothing(t, o, func() {
				refused(t, leave(), crm.LastAdministrator, "input", "role")
				_, err := o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: eva.ID, IsActive: crmtest.Given(true)})
				refused(t, err, crm.NotAccepted, "input", "isActive")
				refused(t, leave(), crm.LastAdministrator, "input", "role")
			})
		})
		_, token := posted(t, o)
		must2(o.Accounts.Accept(t.Context(), token, aPassword))(t)
		t.Run("are not those who lack the second factor that the office requires", func(t *testing.T) {
			write(t, o, "UPDATE organization_settings SET requires_second_factor = TRUE WHERE organization_id = ?", o.Actor(crmtest.Peter).OrganizationID)
			o.Signals()
			changesNothing(t, o, func() { refused(t, leave(), crm.LastAdministrator, "input", "role") })
			write(t, o, "UPDATE organization_settings SET requires_second_factor = FALSE WHERE organization_id = ?", o.Actor(crmtest.Peter).OrganizationID)
		})
		t.Run("are those who accepted, also when they left and return", func(t *testing.T) {
			for _, active := range []bool{false, true} {
				must2(o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: eva.ID, IsActive: crmtest.Given(active)}))(t)
			}
			equal(t, "error", leave(), nil)
		})
	})
}
