package crm

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"github.com/uptrace/bun"
)

// The measures of codes of the time (RFC 6238), which are those that all apps know.
const (
	codeInterval = 30 * time.Second
	codeDigits   = 6
	codeSlack    = 1 // intervals that a clock may err
)

// The codes of second factors; the schema says what each means.
const (
	WrongCode                 ErrorCode = "WRONG_CODE"
	SecondFactorIsOn          ErrorCode = "SECOND_FACTOR_ON"
	SecondFactorIsOff         ErrorCode = "SECOND_FACTOR_OFF"
	SecondFactorRequired      ErrorCode = "SECOND_FACTOR_REQUIRED"
	SecondFactorNotConfigured ErrorCode = "SECOND_FACTOR_NOT_CONFIGURED"
)

// secondFactor is an app that makes codes; it counts once a code has shown that it works.
type secondFactor struct {
	bun.BaseModel `bun:"table:second_factors,alias:t"`

	OrganizationID ID
	UserID         ID
	Sealed         string
	LastStep       int64
	CreatedAt      time.Time
	ConfirmedAt    *time.Time
}

// place is where its secret is sealed for.
func (f *secondFactor) place() string {
	return "second factor|" + string(f.OrganizationID) + "|" + string(f.UserID)
}

// SecondFactor is what a person knows of their second factor.
type SecondFactor struct {
	IsEnabled         bool
	EnabledAt         *time.Time
	RecoveryCodesLeft int
	IsRequired        bool
}

// Enrolment is a new second factor, to be put into an app and confirmed by a code. It is shown once.
type Enrolment struct {
	Secret string
	URI    string
}

// newEnrolment makes a secret for a user.
func newEnrolment(user *User) (*Enrolment, error) {
	made, err := totp.Generate(totp.GenerateOpts{Issuer: "Klantkaart", AccountName: user.Email})
	if err != nil {
		return nil, fmt.Errorf("make a second factor: %w", err)
	}
	return &Enrolment{Secret: made.Secret(), URI: made.URL()}, nil
}

// stepOf tells for which interval a code is right, after those that were used before; false when it is for none.
func stepOf(secret, code string, now time.Time, last int64) (step int64, isRight bool) {
	current := now.Unix() / int64(codeInterval/time.Second)
	for step := current - codeSlack; step <= current+codeSlack; step++ {
		right, err := hotp.GenerateCode(secret, uint64(step))
		if err == nil && step > last && subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// recoveryCodes is how many codes there are for who has lost the app.
const recoveryCodes = 10

// newRecoveryCodes makes codes of 80 random bits, in groups that people can copy.
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw := make([]byte, 10)
		_, _ = rand.Read(raw) // never fails
		text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
		codes[i] = strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
	}
	return codes
}

// plainCode is a code as people type it, without blanks, dashes and case.
func plainCode(code string) string { return strings.ToLower(dropped(code, " -")) }

// isAppCode tells a code of an app from one for who has lost it.
func isAppCode(plain string) bool { return len(plain) == codeDigits && onlyDigits(plain) }

func wrongCode(path ...string) *Error {
	return &Error{Code: WrongCode, Path: path, Text: Text{NL: "De code klopt niet, of is al gebruikt.", EN: "The code is wrong, or was used already."}}
}

func factorIsOn() *Error {
	return &Error{Code: SecondFactorIsOn, Path: []string{"input"}, Text: Text{
		NL: "Tweestapsverificatie staat al aan; zet die eerst uit.",
		EN: "Two-step verification is on already; switch it off first."}}
}

func factorIsOff(path ...string) *Error {
	return &Error{Code: SecondFactorIsOff, Path: path, Text: Text{
		NL: "Tweestapsverificatie staat niet aan.",
		EN: "Two-step verification is not on."}}
}

func factorIsRequired() *Error {
	return &Error{Code: SecondFactorRequired, Path: []string{"input"}, Text: Text{
		NL: "Het kantoor vereist tweestapsverificatie.",
		EN: "The office requires two-step verification."}}
}

func factorNotConfigured(path ...string) *Error {
	return &Error{Code: SecondFactorNotConfigured, Path: path, Text: Text{
		NL: "Tweestapsverificatie is op deze server niet ingesteld.",
		EN: "Two-step verification is not set up on this server."}}
}
