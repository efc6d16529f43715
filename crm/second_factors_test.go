package crm_test

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// codeAt is what an app shows now.
func codeAt(t *testing.T, o *crmtest.Office, secret string) string {
	t.Helper()
	return must2(totp.GenerateCode(secret, o.Clock.Now()))(t)
}

// enrolled gives a colleague a second factor, and tells its secret and the recovery codes.
func enrolled(t *testing.T, o *crmtest.Office, name string) (secret string, codes []string) {
	t.Helper()
	made := must2(o.Accounts.BeginSecondFactor(o.As(name), crm.BeginSecondFactorInput{Password: account(t, name).Password}))(t).Enrolment
	codes = must2(o.Accounts.ConfirmSecondFactor(o.As(name), crm.ConfirmSecondFactorInput{Code: codeAt(t, o, made.Secret)}))(t).RecoveryCodes
	o.Clock.Advance(time.Minute) // the next code is another
	return made.Secret, codes
}

func TestSecondFactors(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		mila := account(t, crmtest.Mila)
		begin := func() *crm.SignedIn {
			t.Helper()
			return must2(o.Sessions.SignIn(t.Context(), mila.Email, mila.Password))(t)
		}
		t.Run("count once a code has confirmed them", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Accounts.BeginSecondFactor(o.As(crmtest.Mila), crm.BeginSecondFactorInput{Password: "fout"})
				refused(t, err, crm.WrongPassword, "input", "password")
			})
			made := must2(o.Accounts.BeginSecondFactor(o.As(crmtest.Mila), crm.BeginSecondFactorInput{Password: mila.Password}))(t).Enrolment
			address := must2(url.Parse(made.URI))(t)
			equal(t, "scheme", address.Scheme, "otpauth")
			equal(t, "secret in the address", address.Query().Get("secret"), made.Secret)
			equal(t, "label", address.Path, "/Klantkaart:"+mila.Email)
			equal(t, "the secret in the store", strings.Contains(dump(t, o), made.Secret), false)
			equal(t, "a sign-in meanwhile", begin().Step, "")
			changesNothing(t, o, func() {
				_, err := o.Accounts.ConfirmSecondFactor(o.As(crmtest.Mila), crm.ConfirmSecondFactorInput{Code: "000000"})
				refused(t, err, crm.WrongCode, "input", "code")
			})
			codes := must2(o.Accounts.ConfirmSecondFactor(o.As(crmtest.Mila), crm.ConfirmSecondFactorInput{Code: codeAt(t, o, made.Secret)}))(t).RecoveryCodes
			equal(t, "recovery codes", len(codes), 10)
			equal(t, "a recovery code in the store", strings.Contains(dump(t, o), strings.ReplaceAll(codes[0], "-", "")), false)
			state := must2(o.Accounts.SecondFactor(o.As(crmtest.Mila)))(t)
			equal(t, "on", state.IsEnabled, true)
			equal(t, "codes left", state.RecoveryCodesLeft, 10)
			_, err := o.Accounts.BeginSecondFactor(o.As(crmtest.Mila), crm.BeginSecondFactorInput{Password: mila.Password})
			refused(t, err, crm.SecondFactorIsOn)
			_, err = o.Sessions.SignInCode(t.Context(), begin().Token, codeAt(t, o, made.Secret))
			refused(t, err, crm.WrongCode, "code") // it has confirmed already
		})
		_, err := o.Accounts.RemoveSecondFactor(o.As(crmtest.Peter), crm.RemoveSecondFactorInput{ID: o.Actor(crmtest.Mila).UserID})
		equal(t, "taken away", err, nil)
		secret, codes := enrolled(t, o, crmtest.Mila)
		t.Run("want a code after the password, each once", func(t *testing.T) {
			first, second := begin(), begin()
			equal(t, "step", first.Step, crm.CodeStep)
			isNobody(t, o, first.Token)
			code := codeAt(t, o, secret)
			isOpen(t, o, must2(o.Sessions.SignInCode(t.Context(), first.Token, code[:3]+" "+code[3:]))(t).Token)
			_, err := o.Sessions.SignInCode(t.Context(), second.Token, code)
			refused(t, err, crm.WrongCode, "code")
			_, err = o.Sessions.SignInCode(t.Context(), first.Token, codes[0])
			equal(t, "a challenge again", err, crm.ErrChallengeOver)
			o.Clock.Advance(30 * time.Second)
			_, err = o.Sessions.SignInConfirm(t.Context(), second.Token, codeAt(t, o, secret))
			equal(t, "as an enrolment", err, crm.ErrChallengeOver)
			isOpen(t, o, must2(o.Sessions.SignInCode(t.Context(), second.Token, codeAt(t, o, secret)))(t).Token)
		})
		t.Run("take a code of a clock that errs by half a minute, not by more", func(t *testing.T) {
			o.Clock.Advance(time.Hour)
			for _, one := range []struct {
				err     time.Duration
				isRight bool
			}{{-time.Minute, false}, {time.Minute, false}, {-30 * time.Second, true}, {30 * time.Second, true}} {
				code := must2(totp.GenerateCode(secret, o.Clock.Now().Add(one.err)))(t)
				_, err := o.Sessions.SignInCode(t.Context(), begin().Token, code)
				equal(t, one.err.String(), err == nil, one.isRight)
			}
		})
		t.Run("take a recovery code once", func(t *testing.T) {
			isOpen(t, o, must2(o.Sessions.SignInCode(t.Context(), begin().Token, strings.ToUpper(codes[3])))(t).Token)
			_, err := o.Sessions.SignInCode(t.Context(), begin().Token, codes[3])
			refused(t, err, crm.WrongCode, "code")
			equal(t, "codes left", must2(o.Accounts.SecondFactor(o.As(crmtest.Mila)))(t).RecoveryCodesLeft, 9)
			equal(t, "log", accessOf(t, o, &crm.AccessEventFilter{Kinds: []crm.AccessEventKind{crm.RecoveryCodeUsedAccess}})[0].UserID, o.Actor(crmtest.Mila).UserID)
			renewed := must2(o.Accounts.RenewRecoveryCodes(o.As(crmtest.Mila), crm.RenewRecoveryCodesInput{Code: codes[4]}))(t).RecoveryCodes
			_, err = o.Sessions.SignInCode(t.Context(), begin().Token, codes[5])
			refused(t, err, crm.WrongCode, "code")
			isOpen(t, o, must2(o.Sessions.SignInCode(t.Context(), begin().Token, renewed[0]))(t).Token)
		})
		t.Run("end a challenge after five wrong codes, or ten minutes", func(t *testing.T) {
			o.Clock.Advance(time.Hour)
			asked := begin().Token
			for range 5 {
				_, err := o.Sessions.SignInCode(t.Context(), asked, "000000")
				refused(t, err, crm.WrongCode, "code")
			}
			_, err := o.Sessions.SignInCode(t.Context(), asked, codeAt(t, o, secret))
			equal(t, "after five", err, crm.ErrChallengeOver)
			asked = begin().Token
			o.Clock.Advance(10 * time.Minute)
			_, err = o.Sessions.SignInCode(t.Context(), asked, codeAt(t, o, secret))
			equal(t, "late", err, crm.ErrChallengeOver)
			denied := accessOf(t, o, &crm.AccessEventFilter{Kinds: []crm.AccessEventKind{crm.CodeDeniedAccess}})[0]
			equal(t, "times", denied.Times, 5)
		})
		t.Run("let one of two in with the same code", func(t *testing.T) {
			o.Clock.Advance(time.Hour)
			code := codeAt(t, o, secret)
			tokens := []string{begin().Token, begin().Token, begin().Token}
			came := make(chan bool, len(tokens))
			var running sync.WaitGroup
			for _, token := range tokens {
				running.Go(func() {
					_, err := o.Sessions.SignInCode(t.Context(), token, code)
					came <- err == nil
				})
			}
			running.Wait()
			close(came)
			n := 0
			for one := range came {
				if one {
					n++
				}
			}
			equal(t, "came in", n, 1)
		})
		t.Run("stay in force when the password is reset, which ends the way in", func(t *testing.T) {
			asked := begin().Token
			if err := o.Accounts.RequestReset(t.Context(), mila.Email, crm.LanguageNL); err != nil {
				t.Fatal(err)
			}
			_, token := posted(t, o)
			if err := o.Accounts.Reset(t.Context(), token, aPassword, true); err != nil {
				t.Fatal(err)
			}
			o.Clock.Advance(time.Minute)
			_, err := o.Sessions.SignInCode(t.Context(), asked, codeAt(t, o, secret))
			equal(t, "a challenge of before", err, crm.ErrChallengeOver)
			mila.Password = aPassword
			equal(t, "step", begin().Step, crm.CodeStep)
		})
		t.Run("are switched off with a code", func(t *testing.T) {
			_, err := o.Accounts.DisableSecondFactor(o.As(crmtest.Mila), crm.DisableSecondFactorInput{Code: "000000"})
			refused(t, err, crm.WrongCode, "input", "code")
			must2(o.Accounts.DisableSecondFactor(o.As(crmtest.Mila), crm.DisableSecondFactorInput{Code: codeAt(t, o, secret)}))(t)
			equal(t, "step", begin().Step, "")
			equal(t, "log", accessOf(t, o, nil)[1].Kind, crm.FactorDisabledAccess)
		})
	})
}

func TestRequiredSecondFactors(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris := account(t, crmtest.Joris)
		require := func(services *crm.CRM) error {
			_, err := services.Settings.Update(o.As(crmtest.Peter), crm.UpdateOrganizationSettingsInput{ExpectedVersion: new(1),
				Patch: crm.OrganizationSettingsFields{RequiresSecondFactor: crmtest.Given(true)}})
			return err
		}
		t.Run("need a key", func(t *testing.T) {
			keyless := must2(crm.New(o.DB, crm.Options{Now: o.Clock.Now}))(t)
			changesNothing(t, o, func() {
				refused(t, require(keyless), crm.SecondFactorNotConfigured, "input", "patch", "requiresSecondFactor")
				_, err := keyless.Accounts.BeginSecondFactor(o.As(crmtest.Joris), crm.BeginSecondFactorInput{Password: joris.Password})
				refused(t, err, crm.SecondFactorNotConfigured)
			})
		})
		before := must2(o.Sessions.SignIn(t.Context(), joris.Email, joris.Password))(t)
		if err := require(o.CRM); err != nil {
			t.Fatal(err)
		}
		t.Run("leave those who are in", func(t *testing.T) { isOpen(t, o, before.Token) })
		t.Run("are chosen on the way in", func(t *testing.T) {
			asked := must2(o.Sessions.SignIn(t.Context(), joris.Email, joris.Password))(t)
			equal(t, "step", asked.Step, crm.EnrolmentStep)
			_, err := o.Sessions.SignInConfirm(t.Context(), asked.Token, "000000")
			refused(t, err, crm.SecondFactorIsOff)
			made := must2(o.Sessions.SignInEnrol(t.Context(), asked.Token))(t)
			_, err = o.Sessions.SignInConfirm(t.Context(), asked.Token, "000000")
			refused(t, err, crm.WrongCode, "code")
			signedIn := must2(o.Sessions.SignInConfirm(t.Context(), asked.Token, codeAt(t, o, made.Secret)))(t)
			isOpen(t, o, signedIn.Token)
			equal(t, "recovery codes", len(signedIn.RecoveryCodes), 10)
			_, err = o.Accounts.DisableSecondFactor(o.As(crmtest.Joris), crm.DisableSecondFactorInput{Code: signedIn.RecoveryCodes[0]})
			refused(t, err, crm.SecondFactorRequired)
			equal(t, "the next time", must2(o.Sessions.SignIn(t.Context(), joris.Email, joris.Password))(t).Step, crm.CodeStep)
		})
		t.Run("are chosen by who accepts an invitation", func(t *testing.T) {
			invite(t, o, "eva@delta.example")
			_, token := posted(t, o)
			equal(t, "step", must2(o.Accounts.Accept(t.Context(), token, aPassword))(t).Step, crm.EnrolmentStep)
		})
		t.Run("are chosen anew when an administrator has taken them away", func(t *testing.T) {
			id := o.Actor(crmtest.Joris).UserID
			must2(o.Accounts.RemoveSecondFactor(o.As(crmtest.Peter), crm.RemoveSecondFactorInput{ID: id}))(t)
			equal(t, "step", must2(o.Sessions.SignIn(t.Context(), joris.Email, joris.Password))(t).Step, crm.EnrolmentStep)
			equal(t, "kind", accessOf(t, o, &crm.AccessEventFilter{Users: []crm.ID{id}})[0].Kind, crm.FactorRemovedAccess)
			_, err := o.Accounts.RemoveSecondFactor(o.As(crmtest.Peter), crm.RemoveSecondFactorInput{ID: id})
			refused(t, err, crm.SecondFactorIsOff, "input", "id")
		})
	})
}

func TestSecretsAreRotated(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		secret, _ := enrolled(t, o, crmtest.Mila)
		enrolled(t, o, crmtest.Joris)
		mila := account(t, crmtest.Mila)
		old, current := bytes.Repeat([]byte{7}, crm.KeyLength), bytes.Repeat([]byte{8}, crm.KeyLength)
		with := func(keys ...[]byte) *crm.CRM {
			return must2(crm.New(o.DB, crm.Options{Now: o.Clock.Now, Vault: must2(crm.NewVault(keys[0], keys[1:]...))(t)}))(t)
		}
		enter := func(services *crm.CRM) error {
			o.Clock.Advance(time.Minute)
			asked := must2(services.Sessions.SignIn(t.Context(), mila.Email, mila.Password))(t)
			_, err := services.Sessions.SignInCode(context.Background(), asked.Token, codeAt(t, o, secret))
			return err
		}
		equal(t, "with both keys", enter(with(current, old)), nil)
		if err := enter(with(current)); err == nil || len(crm.FaultsOf(err)) > 0 || strings.Contains(err.Error(), secret) {
			t.Errorf("without the old key: %v", err)
		}
		both := with(current, old)
		equal(t, "rotated", must2(both.Accounts.RotateSecrets(t.Context()))(t), 2)
		equal(t, "rotated again", must2(both.Accounts.RotateSecrets(t.Context()))(t), 0)
		equal(t, "with the new key alone", enter(with(current)), nil)
		write(t, o, "UPDATE second_factors SET sealed = (SELECT f.sealed FROM second_factors AS f WHERE f.user_id = ?) WHERE user_id = ?",
			o.Actor(crmtest.Joris).UserID, o.Actor(crmtest.Mila).UserID)
		if err := enter(with(current)); err == nil {
			t.Error("the secret of another opens the door")
		}
		if _, err := crm.NewVault([]byte("kort")); err == nil || strings.Contains(err.Error(), "kort") {
			t.Errorf("a short key: %v", err)
		}
	})
}
