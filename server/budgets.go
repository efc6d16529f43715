package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"klantkaart/crm"
	"klantkaart/graph"
	"klantkaart/quota"
)

// In which time budgets come back.
const (
	budgetTime = time.Minute
	uploadTerm = 24 * time.Hour
)

// Whose budget does not suffice, in the words of the API.
const (
	ofCredential   = "CREDENTIAL"
	ofOrganization = "ORGANIZATION"
	ofAddress      = "ADDRESS"
)

// budgets are what colleagues, programs and offices may spend on operations and uploads.
type budgets struct {
	config *Config
	quotas *quota.Quotas
	clock  func() time.Time
	// refused is told of each refusal, in the words of the metrics.
	refused func(limit string)
}

// claim is what is claimed, and whose it is.
type claim struct {
	quota.Claim
	of string
}

// claims are those of an amount, as far as there are limits.
func claims(all ...claim) (limited []claim, bare []quota.Claim) {
	for _, one := range all {
		if one.Rate.Most > 0 {
			limited, bare = append(limited, one), append(bare, one.Claim)
		}
	}
	return limited, bare
}

// spending is what an operation of whoever asks is paid from.
func (b *budgets) spending(ctx context.Context, amount int) ([]claim, []quota.Claim) {
	on := func(key string, most int64, of string) claim {
		return claim{quota.Claim{Key: key, Rate: quota.Rate{Most: most, Per: budgetTime}, Amount: int64(amount)}, of}
	}
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return claims(on("cost of address "+crm.NeighbourhoodFrom(ctx), b.config.UserBudget, ofAddress))
	}
	own := on("cost of "+string(actor.UserID), b.config.UserBudget, ofCredential)
	if actor.IsProgram() {
		own = on("cost of "+string(actor.CredentialID), b.config.TokenBudget, ofCredential)
	}
	return claims(own, on("cost of "+string(actor.OrganizationID), b.config.OfficeBudget, ofOrganization))
}

// Take takes an amount from what is left to who asks.
func (b *budgets) Take(ctx context.Context, amount int) *graph.Shortage {
	limited, bare := b.spending(ctx, amount)
	at, wait := b.quotas.Take(bare...)
	if wait == 0 {
		return nil
	}
	b.refused(strings.ToLower(limited[at].of) + "_cost")
	return &graph.Shortage{Of: limited[at].of, Wait: wait, Until: b.clock().Add(wait)}
}

// Settle takes an amount whatever is left, or gives it back, and tells the smallest balance.
func (b *budgets) Settle(ctx context.Context, amount int) *graph.Balance {
	_, bare := b.spending(ctx, amount)
	if len(bare) == 0 {
		return nil
	}
	b.quotas.Use(bare...)
	smallest := slices.MinFunc(b.quotas.Look(bare...), func(a, b quota.Left) int { return cmp.Compare(a.Amount, b.Amount) })
	return &graph.Balance{Remaining: smallest.Amount, ResetAt: smallest.FullAt}
}

// uploading is what an upload of so many bytes is taken from.
func (b *budgets) uploading(actor crm.Actor, files, bytes int64) ([]claim, []quota.Claim) {
	on := func(what string, whose crm.ID, most, amount int64, of string) claim {
		return claim{quota.Claim{Key: what + " of " + string(whose), Rate: quota.Rate{Most: most, Per: uploadTerm}, Amount: amount}, of}
	}
	return claims(
		on("uploads", actor.UserID, b.config.UserUploads, files, ofCredential),
		on("uploads", actor.OrganizationID, b.config.OfficeUploads, files, ofOrganization),
		on("uploaded bytes", actor.UserID, b.config.UserVolume*megabyte, bytes, ofCredential),
		on("uploaded bytes", actor.OrganizationID, b.config.OfficeVolume*megabyte, bytes, ofOrganization))
}

// takeUpload takes an upload from what is left, or answers when to come back.
func (n *node) takeUpload(w http.ResponseWriter, r *http.Request, actor crm.Actor, size int64) bool {
	limited, bare := n.budgets.uploading(actor, 1, size)
	at, wait := n.budgets.quotas.Take(bare...)
	if wait == 0 {
		return true
	}
	n.budgets.refused("uploads")
	text := crm.Text{NL: "U hebt te veel geüpload. Probeer het later opnieuw.", EN: "You have uploaded too much. Try again later."}
	if limited[at].of == ofOrganization {
		text = crm.Text{NL: "Uw kantoor heeft te veel geüpload. Probeer het later opnieuw.", EN: "Your office has uploaded too much. Try again later."}
	}
	refuseUntil(w, r, graph.RateLimited, text, wait)
	return false
}

// settleUpload puts what was kept in the place of what might have been. That something was tried stays counted.
func (n *node) settleUpload(actor crm.Actor, taken int64, file *crm.File) {
	kept := int64(0)
	if file != nil {
		kept = int64(file.Size)
	}
	_, bare := n.budgets.uploading(actor, 0, kept-taken)
	n.budgets.quotas.Use(bare...)
}

// refuseUntil says that a request came too soon, and when it may come back.
func refuseUntil(w http.ResponseWriter, r *http.Request, code string, text crm.Text, wait time.Duration) {
	seconds := crm.WholeSeconds(wait)
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	refuseWith(w, r, http.StatusTooManyRequests, code, text, map[string]any{"retryAfter": seconds})
}

// makeBudgets makes what nodes share of what was used.
func (n *node) makeBudgets() error {
	clock := n.config.clock
	if clock == nil {
		clock = time.Now
	}
	quotas, err := quota.New(n.config.RedisURL, clock)
	if err != nil {
		return wrong("redis-url", err.Error())
	}
	n.budgets = &budgets{config: &n.config, quotas: quotas, clock: clock, refused: func(limit string) { n.metrics.limited(limit) }}
	return nil
}

// checkBudget refuses budgets that could not hold what one operation or one file may cost.
func (c *Config) checkBudget(value int64) error {
	if value != 0 && value < graph.MaxCost {
		return errors.New("must be 0 or at least " + strconv.Itoa(graph.MaxCost) + ", the most that one operation may cost")
	}
	return nil
}

func (c *Config) checkUploads(value int64) error {
	if value != 0 && value < c.MaxFile {
		return errors.New("must be 0 or at least that of --max-file")
	}
	return nil
}
