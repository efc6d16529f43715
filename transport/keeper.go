package transport

import (
	"context"
	"log/slog"
	"time"

	"klantkaart/crm"
)

// keeper goes round the connections of a node, for as long as there are any.
type keeper struct {
	stop context.CancelFunc
}

// recheckTimeout is how long the look at one office's credentials may take.
const recheckTimeout = 10 * time.Second

func (c *Connections) keep() *keeper {
	ctx, stop := context.WithCancel(context.Background())
	go c.goRound(ctx)
	if c.measures.Working != nil {
		go c.goChecking(ctx)
	}
	return &keeper{stop}
}

// goRound visits one slot after another.
func (c *Connections) goRound(ctx context.Context) {
	ticker := time.NewTicker(c.measures.Ping / slots)
	defer ticker.Stop()
	for slot := 0; ; slot = (slot + 1) % slots {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := c.ticks.Add(1)
		for _, one := range c.visited(slot) {
			one.client.ask(now-one.heard.Load() >= 2*slots)
		}
	}
}

// visited gives those of a slot, and sees to their clocks.
func (c *Connections) visited(slot int) []*seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.slots[slot] {
		c.setExpiry(one)
	}
	return append([]*seat(nil), c.slots[slot]...)
}

// goChecking looks now and then whether all credentials still work, in case nobody told.
func (c *Connections) goChecking(ctx context.Context) {
	ticker := time.NewTicker(c.measures.Recheck)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for office, seats := range c.byOffice() {
			if err := c.check(ctx, office, seats); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "the credentials of connections could not be checked", slog.Any("error", err))
			}
		}
	}
}

func (c *Connections) byOffice() map[crm.ID][]*seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	offices := map[crm.ID][]*seat{}
	for _, row := range &c.slots {
		for _, one := range row {
			if one.user != "" {
				offices[one.office] = append(offices[one.office], one)
			}
		}
	}
	return offices
}

// check ends the connections of an office whose credential no longer works.
func (c *Connections) check(ctx context.Context, office crm.ID, seats []*seat) error {
	ctx, cancel := context.WithTimeout(ctx, recheckTimeout)
	defer cancel()
	works := map[crm.ID]bool{}
	var credentials []crm.ID
	for _, one := range seats {
		if _, known := works[one.credential]; !known {
			works[one.credential] = false
			credentials = append(credentials, one.credential)
		}
	}
	working, err := c.measures.Working(ctx, office, credentials)
	if err != nil {
		return err
	}
	for _, id := range working {
		works[id] = true
	}
	for _, one := range seats {
		if !works[one.credential] {
			one.client.End(Revoked)
		}
	}
	return nil
}
