package crm

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/page"
)

// AccessEventKind is what happened to a way in.
type AccessEventKind string

// The kinds; the schema says what each means.
const (
	SignedInAccess             AccessEventKind = "SIGNED_IN"
	SignInDeniedAccess         AccessEventKind = "SIGN_IN_DENIED"
	CodeDeniedAccess           AccessEventKind = "CODE_DENIED"
	LimitedAccess              AccessEventKind = "ATTEMPTS_LIMITED"
	SignedOutAccess            AccessEventKind = "SIGNED_OUT"
	SessionRevokedAccess       AccessEventKind = "SESSION_REVOKED"
	TokenCreatedAccess         AccessEventKind = "API_TOKEN_CREATED"
	TokenRevokedAccess         AccessEventKind = "API_TOKEN_REVOKED" //nolint:gosec // no credential
	PasswordChangedAccess      AccessEventKind = "PASSWORD_CHANGED"
	PasswordDeniedAccess       AccessEventKind = "PASSWORD_DENIED"
	ResetRequestedAccess       AccessEventKind = "PASSWORD_RESET_REQUESTED"
	PasswordResetAccess        AccessEventKind = "PASSWORD_RESET"
	FactorEnabledAccess        AccessEventKind = "SECOND_FACTOR_ENABLED"
	FactorDisabledAccess       AccessEventKind = "SECOND_FACTOR_DISABLED"
	FactorRemovedAccess        AccessEventKind = "SECOND_FACTOR_REMOVED"
	RecoveryCodesRenewedAccess AccessEventKind = "RECOVERY_CODES_RENEWED"
	RecoveryCodeUsedAccess     AccessEventKind = "RECOVERY_CODE_USED"
	InvitedAccess              AccessEventKind = "COLLEAGUE_INVITED"
	InvitationCancelledAccess  AccessEventKind = "INVITATION_CANCELLED"
	InvitationAcceptedAccess   AccessEventKind = "INVITATION_ACCEPTED"
	RightsChangedAccess        AccessEventKind = "RIGHTS_CHANGED"
)

// AccessEvent is something that happened to a way in: who came, was refused, or changed it.
type AccessEvent struct {
	bun.BaseModel `bun:"table:access_events,alias:t"`

	OrganizationID ID
	ID             ID
	Kind           AccessEventKind
	At             time.Time
	LastAt         time.Time
	Times          int
	UserID         ID            `read:"user"`
	ActorID        *ID           `read:"actor"`
	Address        *string       `read:"address"`
	UserAgent      *string       `read:"userAgent"`
	Client         *string       `read:"client"`
	Changes        []FieldChange `bun:"type:text" read:"changes"`
	MergeKey       *string       `read:"-"`
}

// AccessEventConnection is a page of what happened to ways in.
type AccessEventConnection = page.Connection[*AccessEvent]

// AccessEventEdge is a row of what happened to ways in, with its place.
type AccessEventEdge = page.Edge[*AccessEvent]

// AccessEventFilter are conditions on events of access; all given ones hold.
type AccessEventFilter struct {
	Users []ID
	Kinds []AccessEventKind
	From  *time.Time
	Until *time.Time
}

// The measures of the log of access.
const (
	// mergedFor is the time over which denials that are alike are one row.
	mergedFor = time.Hour
	// addressesAnHour is how many addresses are told apart of those denied one account within that time.
	addressesAnHour = 20
	// addressesKept is how long addresses and clients stay, which say something about where people were.
	addressesKept = 90 * 24 * time.Hour
	// accessKept is how long it is known what happened at all.
	accessKept = 2 * 365 * 24 * time.Hour
)

// mergeGroup is the beginning of the keys of all denials of an account within the hour.
func (e *AccessEvent) mergeGroup() string {
	return strings.Join([]string{string(e.Kind), string(e.UserID), e.At.Truncate(mergedFor).Format(time.RFC3339), ""}, "|")
}
