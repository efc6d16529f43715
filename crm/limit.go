package crm

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Limit bounds how often something may be tried within a time.
type Limit struct {
	Key    string
	Most   int
	Window time.Duration
	// Clears says that a success forgets what failed before, not only itself.
	Clears bool
}

// Limiter counts attempts, for all servers of an installation together where it can.
type Limiter interface {
	// Take notes an attempt under each limit, unless one is reached: then it notes none, and tells how long to wait.
	Take(ctx context.Context, limits ...Limit) (wait time.Duration)
	// Give takes an attempt back that succeeded, or failed through no fault of the person.
	Give(ctx context.Context, limits ...Limit)
}

// unlimited is the limiter of commands and tests, which nobody guesses at.
type unlimited struct{}

func (unlimited) Take(context.Context, ...Limit) time.Duration { return 0 }
func (unlimited) Give(context.Context, ...Limit)               {}

// TooManyAttempts is the code of an attempt that comes too soon.
const TooManyAttempts ErrorCode = "TOO_MANY_ATTEMPTS"

// Wait says that an attempt comes too soon, and how long to wait.
type Wait struct{ For time.Duration }

func (w *Wait) Error() string { return "too many attempts; wait " + w.For.String() }

// WholeSeconds is a wait as programs are told it: who comes back after it does not come too soon.
func WholeSeconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

// Unwrap is what to tell the person.
func (w *Wait) Unwrap() error {
	minutes := int(w.For/time.Minute) + 1
	return &Error{Code: TooManyAttempts, RetryAfter: new(WholeSeconds(w.For)), Text: Textf(
		"Te veel pogingen. Probeer het over %s min. opnieuw.",
		"Too many attempts. Try again in %s min.", minutes)}
}

// The limits. Those with an address in their key slow down whoever guesses from there. An account as a whole has
// limits of its own, against guessing from many addresses; they do not hold for an address from which its owner
// came in before, so that a stranger cannot keep the owner out.
const (
	attemptWindow      = 15 * time.Minute
	failuresPerAccount = 10  // for one account from one address
	failuresPerAddress = 100 // for all accounts from one address
	accountWindow      = time.Hour
	failuresOfAccount  = 50 // for one account from all addresses that are new to it
	codeWindow         = 24 * time.Hour
	codesOfAccount     = 20 // some one in 16,000 has guessed a code by then
	requestsPerAddress = 20
	tokensPerAddress   = 30
	invitationsAnHour  = 60
	// accountsTold is of how many accounts it is told that an address was turned away.
	accountsTold = 20
	// knownFor is how long an address counts as one from which somebody comes.
	knownFor = 30 * 24 * time.Hour
)

func signInLimits(from Origin, email string) (own []Limit, whole Limit) {
	account, place := strings.ToLower(strings.TrimSpace(email)), from.neighbourhood()
	return []Limit{
		{Key: "password " + place + " " + account, Most: failuresPerAccount, Window: attemptWindow, Clears: true},
		{Key: "password " + place, Most: failuresPerAddress, Window: attemptWindow},
	}, Limit{Key: "password of " + account, Most: failuresOfAccount, Window: accountWindow}
}

func codeLimits(from Origin, user ID) (own []Limit, whole Limit) {
	return []Limit{{Key: "code " + from.neighbourhood() + " " + string(user), Most: failuresPerAccount, Window: attemptWindow, Clears: true}},
		Limit{Key: "code of " + string(user), Most: codesOfAccount, Window: codeWindow}
}

// ownPassword bounds guesses at the password of someone whose session was left open.
func ownPassword(user ID) Limit {
	return Limit{Key: "own password " + string(user), Most: failuresPerAccount, Window: attemptWindow, Clears: true}
}

func tokenLimit(from Origin) Limit {
	return Limit{Key: "token " + from.neighbourhood(), Most: tokensPerAddress, Window: attemptWindow}
}

func resetLimit(from Origin) Limit {
	return Limit{Key: "reset " + from.neighbourhood(), Most: requestsPerAddress, Window: time.Hour}
}

// toldLimits bound how often it is told that attempts were turned away.
func toldLimits(from Origin, account string) []Limit {
	place := from.neighbourhood()
	return []Limit{
		{Key: "told " + place + " " + strings.ToLower(strings.TrimSpace(account)), Most: 1, Window: mergedFor},
		{Key: "told " + place, Most: accountsTold, Window: mergedFor},
	}
}

func invitationLimit(user ID) Limit {
	return Limit{Key: "invitations " + string(user), Most: invitationsAnHour, Window: time.Hour}
}

// take notes an attempt, or says to wait.
func (c *core) take(ctx context.Context, limits ...Limit) error {
	if wait := c.limiter.Take(ctx, limits...); wait > 0 {
		return &Wait{For: wait}
	}
	return nil
}

// taken are the limits under which an attempt was noted.
type taken struct {
	core   *core
	limits []Limit
}

// forget takes the attempt back.
func (t taken) forget(ctx context.Context) {
	t.core.limiter.Give(context.WithoutCancel(ctx), t.limits...)
}

// takeBoth notes an attempt under its own limits and under that of the account as a whole, which does not hold
// where the account is known.
func (c *core) takeBoth(ctx context.Context, own []Limit, whole Limit, known func(context.Context) (bool, error)) (taken, error) {
	if err := c.take(ctx, own...); err != nil {
		return taken{}, err
	}
	noted := taken{c, own}
	wait := c.limiter.Take(ctx, whole)
	if wait == 0 {
		noted.limits = slices.Concat(own, []Limit{whole})
		return noted, nil
	}
	comesHere, err := known(ctx)
	if err == nil && !comesHere {
		err = &Wait{For: wait}
	}
	if err != nil {
		noted.forget(ctx)
	}
	return noted, err
}
