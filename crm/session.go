package crm

import (
	"sync"
	"time"

	"github.com/uptrace/bun"
)

// Session is a signed-in browser or program.
type Session struct {
	bun.BaseModel `bun:"table:sessions,alias:t"`

	OrganizationID ID
	ID             ID
	UserID         ID
	SecretHash     string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	RevokedAt      *time.Time
	Client         *string
	UserAgent      *string
	Address        *string
	LastUsedAt     *time.Time
	ProviderID     *ID // by which somebody came in; none by password

	current bool
}

// IsNode marks a Node.
func (*Session) IsNode() {}

// NodeID is the session's id.
func (s *Session) NodeID() ID { return s.ID }

// IsCurrent tells whether it is the one that asks.
func (s *Session) IsCurrent() bool { return s.current }

// usedWithin is how exactly the last use of a session is known.
const usedWithin = 5 * time.Minute

// uses gathers which sessions were used, so that no request writes.
type uses struct {
	mu  sync.Mutex
	ids map[ID]map[ID]bool // sessions by their office
}

// add notes the use of a session, unless that of a moment ago is known.
func (u *uses) add(c *credential, now time.Time) {
	if c.CredentialID.Prefix() != sessionPrefix || (c.LastUsedAt != nil && now.Sub(*c.LastUsedAt) < usedWithin) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids == nil {
		u.ids = make(map[ID]map[ID]bool)
	}
	if u.ids[c.OrganizationID] == nil {
		u.ids[c.OrganizationID] = make(map[ID]bool)
	}
	u.ids[c.OrganizationID][c.CredentialID] = true
}

// take gives what was gathered, and begins anew.
func (u *uses) take() map[ID]map[ID]bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	gathered := u.ids
	u.ids = nil
	return gathered
}
