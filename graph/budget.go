package graph

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
)

// RateLimited is the code of an operation that comes too soon: too little is left to whoever asks.
const RateLimited = "RATE_LIMITED"

// Budget is what those who ask may spend, in the unit of a price. It answers at once.
type Budget interface {
	// Take takes an amount from what is left to who asks, or tells what is short of it.
	Take(ctx context.Context, amount int) *Shortage
	// Settle takes an amount whatever is left, or gives back one below zero, and tells what is left then; nil when there is
	// no limit.
	Settle(ctx context.Context, amount int) *Balance
}

// Shortage says whose budget does not suffice, and when it will.
type Shortage struct {
	Of    string // in the words of the API
	Wait  time.Duration
	Until time.Time
}

// Balance is what is left, and when all of it will be.
type Balance struct {
	Remaining int64
	ResetAt   time.Time
}

// limitless is the budget where nobody sets one.
type limitless struct{}

func (limitless) Take(context.Context, int) *Shortage { return nil }

func (limitless) Settle(context.Context, int) *Balance { return nil }

const (
	// bytesRead is how many bytes of a document's text are read for a price of one. What is refused pays this, so that
	// nobody keeps a server busy with what it does not answer.
	bytesRead = 4
	// leastRead is what reading the shortest of documents costs.
	leastRead = 10
)

// account is what an operation has paid, and for what.
type account struct {
	requested int
	paid      int
	work      int // of a mutation, beside its answer
}

// told is what an answer says of its cost.
type told struct {
	Requested int    `json:"requested"`
	Actual    int    `json:"actual"`
	Remaining *int64 `json:"remaining,omitempty"`
	ResetAt   string `json:"resetAt,omitempty"`
}

// pay pays for the reading of a document: before it is read, so that who has nothing left costs nothing.
func (e *Executor) pay(ctx context.Context, params *graphql.RawParams) (*account, *gqlerror.Error) {
	price := max(leastRead, min(len(params.Query), MaxDocument)/bytesRead+items(params.Variables))
	if short := e.settings.Budget.Take(ctx, price); short != nil {
		return &account{requested: price}, tooSoon(price, short)
	}
	return &account{requested: price, paid: price}, nil
}

// payFor pays for what the operation may cost, the values of its answer and its work, in the place of its reading.
func (e *Executor) payFor(ctx context.Context, of *account, values, work int) *gqlerror.Error {
	price := values + work
	of.requested, of.work = price, work
	if short := e.settings.Budget.Take(ctx, max(0, price-of.paid)); short != nil {
		return tooSoon(price, short)
	}
	of.paid = max(of.paid, price)
	return nil
}

func tooSoon(price int, short *Shortage) *gqlerror.Error {
	seconds := crm.WholeSeconds(short.Wait)
	fault := NewFault(RateLimited, crm.Textf("Er is te veel gevraagd in korte tijd. Probeer het over %s s opnieuw.",
		"Too much was asked in a short time. Try again in %s s.", seconds))
	maps.Copy(fault.Extensions, map[string]any{"budget": short.Of, "requested": price, "retryAfter": seconds, "resetAt": moment(short.Until)})
	return fault
}

// RetryAfter is after how many seconds an operation may come again that was refused for coming too soon; 0 for any other.
func RetryAfter(faults gqlerror.List) int {
	for _, fault := range faults {
		if fault.Extensions["code"] == RateLimited {
			seconds, _ := fault.Extensions["retryAfter"].(int)
			return seconds
		}
	}
	return 0
}

// priced settles what an answer cost, and tells it.
func (e *Executor) priced(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	answer := next(ctx)
	if answer == nil {
		return nil // the price of what took too long is not given back
	}
	of, known := graphql.GetOperationContext(ctx).Stats.GetExtension(costExtension).(*account)
	if !known {
		return answer
	}
	actual := of.paid
	if answer.Data != nil && !slices.ContainsFunc(answer.Errors, isTimeout) {
		actual = max(1, valuesIn(answer.Data)+of.work)
	}
	balance := e.settings.Budget.Settle(ctx, actual-of.paid)
	of.paid = actual
	cost := told{Requested: of.requested, Actual: actual}
	if balance != nil {
		cost.Remaining, cost.ResetAt = &balance.Remaining, moment(balance.ResetAt)
	}
	if answer.Extensions == nil {
		answer.Extensions = map[string]any{}
	}
	answer.Extensions[costExtension] = cost
	return answer
}

func isTimeout(fault *gqlerror.Error) bool { return fault.Extensions["code"] == Timeout }

// valuesIn counts the values of an answer, in the unit of a price: one for each field. A text that begins with a colon
// counts for one more, which no price hangs on.
func valuesIn(data []byte) (count int) {
	for {
		at := bytes.IndexByte(data, ':')
		if at < 0 {
			return count
		}
		if at > 0 && data[at-1] == '"' {
			count++
		}
		data = data[at+1:]
	}
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
