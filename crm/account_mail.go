package crm

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/mail"
)

// accountMailKind is what an e-mail about an account is for.
type accountMailKind string

// The kinds.
const (
	invitationMail accountMailKind = "INVITATION"
	resetMail      accountMailKind = "PASSWORD_RESET"
	// Notices hold no way in. They tell the owner of an account what somebody did to it, for it may have been another.
	passwordNotice accountMailKind = "PASSWORD_CHANGED"
	factorNotice   accountMailKind = "SECOND_FACTOR_REMOVED"
)

// The beginnings of tokens that are sent.
const (
	invitationToken = "kki"
	resetToken      = "kkr"
)

// The terms of tokens that are sent, from the moment they are.
const (
	invitationLength = 7 * 24 * time.Hour
	resetLength      = time.Hour
	// resetPause is how long a way to a new password is not sent anew: the e-mail is on its way, and a stranger who
	// asks again must not make it void.
	resetPause = 10 * time.Minute
)

// opens tells whether such an e-mail holds a way in.
func (k accountMailKind) opens() bool { return k == invitationMail || k == resetMail }

// length is how long what is in it holds, or how long it may wait.
func (k accountMailKind) length() time.Duration {
	if k == resetMail {
		return resetLength
	}
	return invitationLength
}

// newToken makes a way in, and its digest; none for a notice.
func (k accountMailKind) newToken() (token string, digest *string) {
	if !k.opens() {
		return "", nil
	}
	kind := resetToken
	if k == invitationMail {
		kind = invitationToken
	}
	token = newSecret(kind)
	return token, new(hashSecret(token))
}

// accountMail is an e-mail about an account. The token of one that holds a way in is made when it is handed over, and stands nowhere else; so
// each attempt has another, and is another e-mail.
type accountMail struct {
	bun.BaseModel `bun:"table:account_mails,alias:t"`

	OrganizationID ID
	ID             ID
	UserID         ID
	Kind           accountMailKind
	Language       Language
	SecretHash     *string
	ExpiresAt      time.Time
	Status         MailDeliveryStatus
	Attempts       int
	QueuedByID     *ID `bun:"queued_by"`
	QueuedAt       time.Time
	NextAttemptAt  *time.Time
	LeaseUntil     *time.Time
}

// Invitation is one that a colleague has not accepted yet.
type Invitation struct {
	Status    MailDeliveryStatus
	InvitedAt time.Time
	ExpiresAt time.Time

	user ID
}

// AccountLinks say where the e-mails about accounts come from and lead to.
type AccountLinks struct {
	// From is who writes them.
	From mail.Address
	// Page is where people accept invitations and choose new passwords; the token stands behind its #, which browsers
	// send to nobody.
	Page string
	// Public is the address of this server, at which browsers sign in through providers.
	Public string
}

// accountOwner is who gets an e-mail, and from which office. Providers are how an invitation is accepted where the office
// refuses passwords; there are none otherwise.
type accountOwner struct {
	user      *User
	office    string
	providers []*IdentityProvider
}

// message writes the e-mail for a person, with its token where it holds a way in.
func (m *accountMail) message(links AccountLinks, to *accountOwner, token string, at time.Time) *mail.Message {
	user := to.user
	subject, text := m.texts()
	if len(to.providers) > 0 {
		text = signOnInvitation
	}
	var doors strings.Builder
	for _, provider := range to.providers {
		doors.WriteString(provider.Name + ": " + links.Public + provider.StartPath() + "\n")
	}
	words := strings.NewReplacer("{name}", user.Name, "{office}", to.office, "{link}", links.Page+"#"+strings.ToLower(string(m.Kind))+"="+token,
		"{token}", token, "{address}", user.Email, "{page}", links.Page, "{providers}", doors.String())
	_, domain, _ := strings.Cut(links.From.Email, "@")
	return &mail.Message{ID: newSecret("m") + "@" + domain, Date: at, From: links.From, To: []mail.Address{{Name: user.Name, Email: user.Email}},
		Subject: words.Replace(subject.In(m.Language)), Text: words.Replace(text.In(m.Language))}
}

// signOnInvitation is what an invitation says where the office refuses passwords.
var signOnInvitation = Text{
	NL: "Beste {name},\n\n{office} heeft u uitgenodigd voor de Klantkaart. U meldt zich aan via de identiteitsprovider van {office}, " +
		"met het account van {address}. Doe dat binnen zeven dagen voor het eerst:\n\n{providers}\n" +
		"Kent u {office} niet, dan hoeft u niets te doen.\n",
	EN: "Dear {name},\n\n{office} has invited you to the Klantkaart. You sign in through the identity provider of {office}, " +
		"with the account of {address}. Do so for the first time within seven days:\n\n{providers}\n" +
		"If you do not know {office}, there is nothing you need to do.\n"}

func (m *accountMail) texts() (subject, text Text) {
	switch m.Kind {
	case passwordNotice:
		return Text{NL: "Uw wachtwoord voor de Klantkaart is gewijzigd", EN: "Your password for the Klantkaart was changed"}, Text{
			NL: "Beste {name},\n\nHet wachtwoord van uw account bij de Klantkaart van {office} is gewijzigd.\n\n" +
				"Was u het niet zelf? Vraag dan meteen een nieuw wachtwoord aan op {page} en waarschuw een beheerder van {office}.\n",
			EN: "Dear {name},\n\nThe password of your account at the Klantkaart of {office} was changed.\n\n" +
				"Was it not you? Then ask for a new password at {page} at once, and warn an administrator of {office}.\n"}
	case factorNotice:
		return Text{NL: "Tweestapsverificatie voor de Klantkaart staat uit", EN: "Two-step verification for the Klantkaart is off"}, Text{
			NL: "Beste {name},\n\nDe tweestapsverificatie van uw account bij de Klantkaart van {office} is verwijderd, door uzelf of door een beheerder.\n\n" +
				"Weet u hier niets van? Vraag dan meteen een nieuw wachtwoord aan op {page} en waarschuw een beheerder van {office}.\n",
			EN: "Dear {name},\n\nThe two-step verification of your account at the Klantkaart of {office} was removed, by yourself or by an administrator.\n\n" +
				"Did you not know? Then ask for a new password at {page} at once, and warn an administrator of {office}.\n"}
	case invitationMail:
		return Text{NL: "Uitnodiging voor de Klantkaart van {office}", EN: "Invitation to the Klantkaart of {office}"}, Text{
			NL: "Beste {name},\n\n{office} heeft u uitgenodigd voor de Klantkaart. Kies een wachtwoord via deze link; die werkt één keer, zeven dagen lang:\n\n" +
				"{link}\n\nVraagt het scherm om een code, neem dan deze over:\n\n{token}\n\nU meldt zich daarna aan met {address}. " +
				"Kent u {office} niet, dan hoeft u niets te doen.\n",
			EN: "Dear {name},\n\n{office} has invited you to the Klantkaart. Choose a password by this link; it works once, for seven days:\n\n" +
				"{link}\n\nIf the screen asks for a code, copy this one:\n\n{token}\n\nFrom then on you sign in with {address}. " +
				"If you do not know {office}, there is nothing you need to do.\n"}
	}
	return Text{NL: "Nieuw wachtwoord voor de Klantkaart", EN: "New password for the Klantkaart"}, Text{
		NL: "Beste {name},\n\nIemand heeft een nieuw wachtwoord gevraagd voor uw account bij de Klantkaart van {office}. Kies het via deze link; " +
			"die werkt één keer, een uur lang:\n\n{link}\n\nVraagt het scherm om een code, neem dan deze over:\n\n{token}\n\n" +
			"U bent daarna overal afgemeld. Was u het niet zelf, dan hoeft u niets te doen: uw wachtwoord blijft zoals het is.\n",
		EN: "Dear {name},\n\nSomebody asked for a new password for your account at the Klantkaart of {office}. Choose it by this link; " +
			"it works once, for an hour:\n\n{link}\n\nIf the screen asks for a code, copy this one:\n\n{token}\n\n" +
			"You are then signed out everywhere. If it was not you, there is nothing you need to do: your password stays as it is.\n"}
}
