package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Run shows the tabs of this node to the others, and finds theirs, until the context ends.
func (p *Presence) Run(ctx context.Context) {
	if p.client == nil {
		return
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { p.hear(ctx) })
	beside.Go(func() { p.keepAlive(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.work:
			p.compareAll(ctx)
		}
	}
}

// hear listens to what other nodes tell of spots. A subscription that begins anew may have missed some.
func (p *Presence) hear(ctx context.Context) {
	subscription := p.client.Subscribe(ctx, presenceChannel)
	defer subscription.Close()
	messages := subscription.ChannelWithSubscriptions(redis.WithChannelSize(queueLength))
	for {
		select {
		case <-ctx.Done():
			return
		case message := <-messages:
			p.heard(message)
		}
	}
}

func (p *Presence) heard(message any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told, ok := message.(*redis.Message)
	if !ok {
		p.doubtAll()
		return
	}
	parts := strings.Split(told.Payload, " ")
	if len(parts) != 3 || parts[2] == p.node {
		return
	}
	if r := p.rooms[Spot{parts[0], parts[1]}]; r != nil {
		p.compare(r)
	}
}

// bell is what is told of a change: where, and by which node.
func bell(at Spot, node string) string { return at.Office + " " + at.Card + " " + node }

func spotKey(at Spot) string { return spotPrefix + at.Office + ":" + at.Card }

// doubtAll has every room compared.
func (p *Presence) doubtAll() {
	for _, r := range p.rooms {
		p.compare(r)
	}
}

// keepAlive gives signs of life.
func (p *Presence) keepAlive(ctx context.Context) {
	ticker := time.NewTicker(p.times.Beat)
	defer ticker.Stop()
	for {
		if err := p.beat(ctx); err != nil && ctx.Err() == nil {
			slog.DebugContext(ctx, "presence is out of touch with Redis", slog.Any("error", err))
			p.lose()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// beat gives one sign of life. A lease that was gone means that other nodes, or Redis itself, have
// forgotten this one; a node that is gone, that its tabs are.
func (p *Presence) beat(ctx context.Context) error {
	others := p.otherNodes()
	keys := []string{leasePrefix + p.node}
	for _, node := range others {
		keys = append(keys, leasePrefix+node)
	}
	ctx, cancel := context.WithTimeout(ctx, p.times.Call)
	defer cancel()
	asked := p.times.Now()
	told, err := beatScript.Run(ctx, p.client, keys, p.times.Lease.Milliseconds()).Int64Slice()
	if err != nil {
		return err
	}
	dead := make(map[string]bool)
	for i, node := range others {
		dead[node] = told[i+3] == 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.times.Now()
	halfway := asked.Add(now.Sub(asked) / 2) // a slow journey shifts the clock by half of it at most
	p.offset = time.Unix(told[1], told[2]*int64(time.Microsecond)).Sub(halfway)
	if told[0] == 0 || p.contact != inTouch {
		p.contact = inTouch
		p.doubtAll()
	}
	for _, r := range p.rooms {
		if r.renewAt.Before(now) || r.anyOn(dead) {
			p.compare(r)
		}
	}
	return nil
}

// otherNodes are those on which somebody is at a spot of this one.
func (p *Presence) otherNodes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := make(map[string]bool)
	var nodes []string
	for _, r := range p.rooms {
		for field := range r.others {
			if node, _, _ := strings.Cut(field, "/"); !seen[node] {
				seen[node] = true
				nodes = append(nodes, node)
			}
		}
	}
	return nodes
}

func (r *room) anyOn(nodes map[string]bool) bool {
	for field := range r.others {
		if node, _, _ := strings.Cut(field, "/"); nodes[node] {
			return true
		}
	}
	return false
}

// lose gives up on Redis for now: of all rooms only the own tabs are known.
func (p *Presence) lose() {
	var seen []Spot
	p.mu.Lock()
	p.contact = outOfTouch
	for _, r := range p.rooms {
		r.known, r.others = false, nil
		r.settle()
		p.compare(r)
		if p.retell(r) {
			seen = append(seen, r.at)
		}
	}
	p.mu.Unlock()
	p.tell(seen...)
}

// compareAll compares the rooms that wait for it, as long as Redis answers.
func (p *Presence) compareAll(ctx context.Context) {
	for {
		batch := p.waiting()
		if len(batch) == 0 {
			return
		}
		if err := p.compareBatch(ctx, batch); err != nil {
			if ctx.Err() == nil {
				slog.DebugContext(ctx, "presence is out of touch with Redis", slog.Any("error", err))
				p.lose()
			}
			return
		}
	}
}

// comparison is a room on its way to Redis.
type comparison struct {
	room  *room
	asked int
	args  []any
	told  *redis.Cmd
}

func (p *Presence) waiting() []*comparison {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.contact != inTouch {
		return nil // the rooms wait for the next sign of life
	}
	var batch []*comparison
	for r := range p.dirty {
		if len(batch) == roomsAtOnce {
			break
		}
		delete(p.dirty, r)
		args := []any{p.node, leasePrefix, (3 * p.times.Renew).Milliseconds(), presenceChannel, bell(r.at, p.node)}
		for tab, m := range r.own {
			args = append(args, tab.User+"/"+tab.Client, m.String())
		}
		batch = append(batch, &comparison{room: r, asked: r.asked, args: args})
	}
	return batch
}

func (p *Presence) compareBatch(ctx context.Context, batch []*comparison) error {
	ctx, cancel := context.WithTimeout(ctx, p.times.Call)
	defer cancel()
	journey := p.client.Pipeline()
	for i, one := range batch {
		keys := []string{spotKey(one.room.at)}
		if i == 0 {
			one.told = compareScript.Eval(ctx, journey, keys, one.args...) // teaches Redis the script for the rest
			continue
		}
		one.told = compareScript.EvalSha(ctx, journey, keys, one.args...)
	}
	if _, err := journey.Exec(ctx); err != nil {
		return err
	}
	for _, one := range batch {
		told, err := one.told.StringSlice()
		if err != nil {
			return err
		}
		p.compared(one, told)
	}
	return nil
}

// compared takes in what Redis showed of a room.
func (p *Presence) compared(one *comparison, told []string) {
	p.change(func() *room {
		r := one.room
		r.answered, r.known, r.renewAt = one.asked, true, p.times.Now().Add(p.times.Renew)
		r.others = make(map[string]seat, len(told)/2)
		for i := 0; i+1 < len(told); i += 2 {
			node, found, err := readSeat(told[i], told[i+1])
			switch {
			case err != nil:
				slog.Debug("a tab in Redis cannot be read", slog.Any("error", err))
			case node != p.node:
				r.others[told[i]] = found
			case r.own[found.tab] != nil && found.turn > r.own[found.tab].turn:
				m := r.own[found.tab]
				m.turn, m.typed, m.focus, m.confirmed = found.turn, found.typed, found.focus, true
			}
		}
		r.settle()
		return r
	})
}

// announceElsewhere passes on what a tab of another node says of itself.
func (p *Presence) announceElsewhere(ctx context.Context, at Spot, tab Tab, said Announcement) (Attendance, error) {
	ctx, cancel := context.WithTimeout(ctx, p.times.Budget)
	defer cancel()
	plain, taking := focus{Field: said.Field}, focus{Field: said.Field, TakeOver: true}
	saying := plain
	if said.TakeOver {
		saying = taking
	}
	p.mu.Lock()
	now, lost := p.now().UnixMilli(), p.contact == outOfTouch
	p.mu.Unlock()
	if lost {
		return p.unknown(at), nil
	}
	told, err := announceScript.Run(ctx, p.client, []string{spotKey(at)}, leasePrefix, tab.User+"/"+tab.Client, saying.String(), taking.String(),
		said.Typing, now, p.times.Pace.Milliseconds(), presenceChannel, bell(at, "")).Slice()
	if err != nil {
		slog.DebugContext(ctx, "an announcement was not passed on", slog.Any("error", err))
		return p.unknown(at), nil
	}
	return p.elsewhere(told)
}

// unknown is who is at a spot, as far as can be told without Redis.
func (p *Presence) unknown(at Spot) Attendance {
	now := p.unversioned(at)
	now.Known = false
	return now
}

// elsewhere reads the answer to an announcement.
func (p *Presence) elsewhere(told []any) (Attendance, error) {
	var seats []seat
	values, _ := told[1].([]any)
	for i := 0; i+1 < len(values); i += 2 {
		field, _ := values[i].(string)
		value, _ := values[i+1].(string)
		if _, found, err := readSeat(field, value); err == nil {
			seats = append(seats, found)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.shown(attendanceOf(onePerTab(seats), true))
	if there, _ := told[0].(int64); there == 0 {
		return now, ErrNotThere
	}
	return now, nil
}

// String is the record as Redis keeps it.
func (m record) String() string {
	return fmt.Sprintf("%d %d %d %s", m.turn, m.entered, m.typed, m.focus)
}

// String is the focus as Redis keeps it.
func (f focus) String() string {
	text, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("a focus must marshal: %v", err))
	}
	return string(text)
}

// readSeat reads a tab from Redis, and its node.
func readSeat(field, value string) (node string, found seat, err error) {
	place, parts := strings.SplitN(field, "/", 3), strings.SplitN(value, " ", 4)
	if len(place) != 3 || len(parts) != 4 {
		return "", seat{}, errors.New("not the form of a tab")
	}
	found.tab = Tab{User: place[1], Client: place[2]}
	var errs [4]error
	found.turn, errs[0] = strconv.ParseInt(parts[0], 10, 64)
	found.entered, errs[1] = strconv.ParseInt(parts[1], 10, 64)
	found.typed, errs[2] = strconv.ParseInt(parts[2], 10, 64)
	errs[3] = json.Unmarshal([]byte(parts[3]), &found.focus)
	return place[0], found, errors.Join(errs[:]...)
}
