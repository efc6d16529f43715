package transport

import (
	"math"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
)

// The codes of subscriptions that are refused for there being too many.
const (
	RateLimited       = graph.RateLimited
	SubscriptionLimit = "SUBSCRIPTION_LIMIT"
)

// What a socket may have.
const (
	maxSubscriptions = 100 // open at once
	burst            = 100 // opened at once
	perSecond        = 10  // opened each second after that
	maxRunning       = 10  // operations that are being executed at once
)

// budget is what a socket has left.
type budget struct {
	open  int       // subscriptions
	spent float64   // of the burst, at a moment
	at    time.Time // the moment
}

// take takes a subscription from the budget, or tells why it is refused.
func (b *budget) take(now time.Time) *gqlerror.Error {
	if b.open >= maxSubscriptions {
		return limited("this socket has too many subscriptions; complete some, or open another socket", SubscriptionLimit, nil)
	}
	spent := max(0, b.spent-perSecond*now.Sub(b.at).Seconds())
	b.spent, b.at = spent, now
	if spent > burst-1 {
		wait := (spent - (burst - 1)) / perSecond
		return limited("too many subscriptions in a short time", RateLimited, map[string]any{"retryAfter": int(math.Ceil(wait))})
	}
	b.spent++
	b.open++
	return nil
}

func (b *budget) giveBack() { b.open-- }

func limited(message, code string, extensions map[string]any) *gqlerror.Error {
	if extensions == nil {
		extensions = map[string]any{}
	}
	extensions["code"] = code
	return &gqlerror.Error{Message: message, Extensions: extensions}
}
