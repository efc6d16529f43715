package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"klantkaart/crm"
)

// redisVariable names the Redis server that .ci/engines offers.
const redisVariable = "KLANTKAART_TEST_REDIS"

// liveCustomers is how many customers the office of the live feed has: enough cards to spread over.
const liveCustomers = 2000

// liveBench measures the live feed of the product beside a bare hub (package hub), with the same clients
// (package crowd), the same payloads and in the same run.
type liveBench struct {
	*bench
	redis   string
	url     string
	binary  string // of the product
	store   *ownNode
	cards   []string
	tokens  []string
	subject crm.Actor // the administrator, who changes cards
	secret  string    // of the administrator
	ours    *party
	hub     *party
	stock   *party // the product with the transport of its library; nil when it is not measured
	size    sizes
}

// sizes are how much is measured.
type sizes struct {
	sockets  int // that are open at once
	rounds   int // of one event
	cards    int // that change
	each     int // subscribers of a card that changes
	rate     int // events in a second
	turn     time.Duration
	turns    int
	missed   int // events while everyone was away
	stalled  int
	revoked  int
	latency  int // events of which the way is timed
	patience time.Duration
}

func (b *bench) sizes() sizes {
	if b.short {
		return sizes{sockets: 1000, rounds: 3, cards: 40, each: 25, rate: 100, turn: 3 * time.Second, turns: 1, missed: 10,
			stalled: 20, revoked: 20, latency: 50, patience: 30 * time.Second}
	}
	return sizes{sockets: 10_000, rounds: 11, cards: 200, each: 25, rate: 500, turn: 8 * time.Second, turns: 3, missed: 50,
		stalled: 20, revoked: 200, latency: 500, patience: time.Minute}
}

// scenario is one thing that is measured of the live feed.
type scenario struct {
	name string
	run  func(*liveBench, context.Context) error
}

func scenarios() []scenario {
	return []scenario{
		{"event", (*liveBench).measureEvent},
		{"memory", (*liveBench).measureSpread},
		{"rate", (*liveBench).measureRate},
		{"return", (*liveBench).measureReturn},
		{"stalled", (*liveBench).measureStalled},
		{"revoke", (*liveBench).measureRevocation},
		{"nodes", (*liveBench).measureNodes},
	}
}

func (b *bench) chosenScenarios() ([]scenario, error) {
	all := scenarios()
	if b.only == "" {
		return all, nil
	}
	var found []scenario
	for name := range strings.SplitSeq(b.only, ",") {
		i := slices.IndexFunc(all, func(s scenario) bool { return s.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no scenario %q", name)
		}
		found = append(found, all[i])
	}
	return found, nil
}

// measureLive prints the table of the live feed.
func (b *bench) measureLive(ctx context.Context) (err error) {
	chosen, err := b.chosenScenarios()
	if err != nil {
		return err
	}
	l := &liveBench{bench: b, redis: os.Getenv(redisVariable), size: b.sizes()}
	if l.redis == "" {
		return fmt.Errorf("%s names no Redis server", redisVariable)
	}
	if err := l.checkFiles(); err != nil {
		return err
	}
	office, url, err := b.office(ctx, min(b.customers, liveCustomers))
	if err != nil {
		return err
	}
	l.url = url
	if err := l.prepare(ctx, office); err != nil {
		return err
	}
	defer l.store.close()
	defer func() { err = errors.Join(err, l.stop()) }()
	if err := l.startParties(ctx); err != nil {
		return err
	}
	fmt.Fprintln(b.out, liveHeading)
	for _, one := range chosen {
		if err := one.run(l, ctx); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	return nil
}

// prepare finds the cards that are followed, and gives a token to each colleague.
func (l *liveBench) prepare(ctx context.Context, o *office) error {
	for i := range o.scale.customers {
		if c := o.customer(i); !c.archived {
			l.cards = append(l.cards, c.id)
		}
	}
	var err error
	if l.store, err = openNode(ctx, l.url, l.redis); err != nil {
		return err
	}
	if l.subject, err = l.store.services.Sessions.Authenticate(ctx, o.token()); err != nil {
		return err
	}
	l.secret = o.token()
	if err := l.store.learn(ctx, l.subject, l.cards); err != nil {
		return err
	}
	for i := range o.scale.users {
		u := o.user(i)
		actor := crm.Actor{OrganizationID: l.subject.OrganizationID, UserID: crm.ID(u.id), Role: crm.Role(u.role), Rights: crm.AllRights()}
		_, secret, err := l.token(ctx, actor)
		if err != nil {
			return err
		}
		l.tokens = append(l.tokens, secret)
	}
	return nil
}

// api gives a writer that asks a node.
func (l *liveBench) api(p *party) *apiWriter {
	return &apiWriter{requester: requester{address: p.address}, token: l.secret, counts: l.store.counts}
}

// token makes a token of a colleague.
func (l *liveBench) token(ctx context.Context, actor crm.Actor) (id crm.ID, secret string, err error) {
	name := "bench"
	made, err := l.store.services.Sessions.CreateToken(crm.WithActor(ctx, actor), crm.CreateAPITokenInput{Name: name})
	if err != nil {
		return "", "", err
	}
	return made.APIToken.ID, *made.Secret, nil
}

func (l *liveBench) startParties(ctx context.Context) (err error) {
	if l.binary, err = l.build(ctx); err != nil {
		return err
	}
	if l.ours, err = l.startParty(ctx, "server", l.nodeCommand(l.binary, "server")); err != nil {
		return err
	}
	if l.hub, err = l.startParty(ctx, "hub", l.hubCommand); err != nil {
		return err
	}
	if l.withStock {
		l.stock, err = l.startParty(ctx, "stock", l.nodeCommand(l.binary, "stock", "KLANTKAART_SOCKET=stock"))
	}
	return err
}

func (l *liveBench) stop() error {
	var failure error
	for _, p := range []*party{l.ours, l.hub, l.stock} {
		if p != nil {
			failure = errors.Join(failure, p.stop())
		}
	}
	return failure
}

// liveHeading stands above the lines of the live feed.
const liveHeading = "live feed                                                    |    server |       hub |     stock | ratio | goal"

// goal is how much something may be at most: itself, or its ratio to the hub's.
type goal struct {
	most  float64
	ratio bool
}

func atMost(most float64) goal { return goal{most: most} }

func ratio(most float64) goal { return goal{most: most, ratio: true} }

// verdict tells the goal, and whether it was missed.
func (g goal) verdict(ours, hub float64) string {
	text, value := fmt.Sprintf("<= %g", g.most), ours
	switch {
	case g.most == 0:
		return ""
	case g.ratio:
		text, value = "ratio "+text, ours/hub
	}
	if value > g.most {
		text += ", missed"
	}
	return text
}

// line prints what was measured; what is not a number was not measured.
func (l *liveBench) line(what string, ours, hub, stock float64, g goal) {
	text := fmt.Sprintf("%-60s | %9s | %9s | %9s | %5s | %s", what, figure(ours), figure(hub), figure(stock), figure(ours/hub), g.verdict(ours, hub))
	fmt.Fprintln(l.out, strings.TrimRight(text, " "))
}

func figure(value float64) string {
	switch {
	case value != value:
		return ""
	case value >= 1000:
		return fmt.Sprintf("%.0f", value)
	case value >= 100:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.2f", value)
}
