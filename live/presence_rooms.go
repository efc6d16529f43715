package live

import "time"

// find gives a tab of this node, and its room.
func (p *Presence) find(at Spot, tab Tab) (*room, *member) {
	r := p.rooms[at]
	if r == nil {
		return nil, nil
	}
	return r, r.own[tab]
}

// change does something to a room, and wakes its watchers when they can see it.
func (p *Presence) change(do func() *room) {
	p.mu.Lock()
	r := do()
	seen := r != nil && p.retell(r)
	p.mu.Unlock()
	if seen {
		p.tell(r.at)
	}
}

// retell works out what is to be told of a room, and whether that is new. A room without anyone is closed.
func (p *Presence) retell(r *room) bool {
	if len(r.own) == 0 && (p.client == nil || r.clean()) {
		delete(p.rooms, r.at)
	}
	if r.crowded() && p.wait(r) {
		return false
	}
	if r.judge() {
		p.compare(r)
	}
	return r.retell()
}

// wait has a crowd wait for its next message until the calm after the last one is over.
func (p *Presence) wait(r *room) bool {
	if r.waits {
		return true
	}
	now := p.times.Now()
	calm := r.toldAt.Add(p.times.Calm).Sub(now)
	if calm <= 0 {
		r.toldAt = now
		return false
	}
	r.waits = true
	time.AfterFunc(calm, func() {
		p.change(func() *room {
			r.waits = false
			if p.rooms[r.at] != r {
				return nil
			}
			return r
		})
	})
	return true
}

// compare has a room compared with Redis, soon.
func (p *Presence) compare(r *room) {
	if p.client == nil {
		return
	}
	r.asked++
	p.dirty[r] = struct{}{}
	select {
	case p.work <- struct{}{}:
	default:
	}
}

func (p *Presence) tell(spots ...Spot) {
	for _, at := range spots {
		p.wake(Signal{OrganizationID: at.Office, Topics: []string{at.Topic()}})
	}
}

// room gives the room of a spot, which it opens when this node has none.
func (p *Presence) room(at Spot) *room {
	r := p.rooms[at]
	if r == nil {
		r = &room{at: at, own: make(map[Tab]*member), settled: make(chan struct{}), known: p.client == nil}
		if p.client == nil || p.contact == outOfTouch {
			r.settle()
		}
		p.rooms[at] = r
	}
	return r
}
