package transport

import (
	"math"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
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
		return graph.NewFault(SubscriptionLimit, crm.Text{
			NL: "Deze socket heeft te veel abonnementen. Rond er een paar af, of open een tweede socket.",
			EN: "This socket has too many subscriptions. Complete some, or open another socket."})
	}
	spent := max(0, b.spent-perSecond*now.Sub(b.at).Seconds())
	b.spent, b.at = spent, now
	if spent > burst-1 {
		wait := (spent - (burst - 1)) / perSecond
		fault := graph.NewFault(RateLimited, crm.Text{
			NL: "Er zijn te veel abonnementen in korte tijd gevraagd.", EN: "Too many subscriptions were asked for in a short time."})
		fault.Extensions["retryAfter"] = int(math.Ceil(wait))
		return fault
	}
	b.spent++
	b.open++
	return nil
}

func (b *budget) giveBack() { b.open-- }
