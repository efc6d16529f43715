package crm

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Manner says how a change is to be made; the zero value is once, now, for every request.
type Manner struct {
	// Key is the name that a client gives to what it wants done, 1 to 255 visible characters of ASCII. What was done under
	// a name is answered again, not done again, for 24 hours.
	Key string
	// Keyed says that a client gave a key; an empty one is none, and refused.
	Keyed bool
	// Request tells changes under one key apart: a digest of the mutation with its input.
	Request string
	// Try is called with what would have been logged, in place of committing; nil commits.
	Try func([]*Event)
}

type mannerKey struct{}

// WithManner returns a context in which changes are made in the manner.
func WithManner(ctx context.Context, manner Manner) context.Context {
	return context.WithValue(ctx, mannerKey{}, manner)
}

func mannerFrom(ctx context.Context) Manner {
	manner, _ := ctx.Value(mannerKey{}).(Manner)
	return manner
}

// check says that a key can be one.
func (m Manner) check() error {
	if len(m.Key) > 255 || m.Keyed && m.Key == "" {
		return badKey()
	}
	for _, r := range m.Key {
		if r <= ' ' || r > '~' {
			return badKey()
		}
	}
	return nil
}

func badKey() *Error {
	return Invalid(Text{
		NL: "Een idempotentiesleutel heeft 1 tot 255 zichtbare ASCII-tekens.",
		EN: "An idempotency key has 1 to 255 visible characters of ASCII."}, "key")
}

// IdempotencyKeyReused is the code of a key under which something else was done.
const IdempotencyKeyReused ErrorCode = "IDEMPOTENCY_KEY_REUSED"

func keyReused() *Error {
	return &Error{Code: IdempotencyKeyReused, Path: []string{"key"}, Text: Text{
		NL: "Onder deze idempotentiesleutel is iets anders gedaan.",
		EN: "Something else was done under this idempotency key."}}
}

// rememberedFor is how long a key keeps its answer.
const rememberedFor = 24 * time.Hour

// doneOnce is a change that was made under a key, with what is needed to answer it again.
type doneOnce struct {
	bun.BaseModel `bun:"table:changes_made,alias:t"`

	OrganizationID ID     `bun:",pk"`
	UserID         ID     `bun:",pk"`
	Key            string `bun:",pk"`
	Request        string
	At             time.Time
	LastEventID    *ID // tells the position, which is not known before the change is complete
	Answer         string
}
