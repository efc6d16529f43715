package graph

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"klantkaart/crm"
	"klantkaart/live"
)

// Live is the live feed of one node: what its offices' logs tell, who listens, and whose credentials are
// in use for that.
type Live struct {
	services *crm.CRM
	feed     *live.Feed[*crm.Event]
	hub      *live.Hub
	presence *live.Presence
	rows     rowsKept

	mu        sync.Mutex
	attended  map[crm.ID]map[*attendee]struct{} // by office
	listeners map[*Subscription]struct{}
	shapes    map[string]*shape
	erased    map[crm.ID]int64 // contacts by card, up to which number of the log
	alone     int
}

// LiveSettings are the measures of a live feed; zero values stand for the usual ones.
type LiveSettings struct {
	// Poll, Alert, Checkpoint and Deaf are those of live.Options.
	Poll, Alert, Checkpoint time.Duration
	Deaf                    func() bool
	// Presence knows who has which card open; that of a single node when nil.
	Presence *live.Presence
}

// NewLive makes the live feed of a node. Signal must hear of every commit of this node; Run must run.
func NewLive(services *crm.CRM, settings LiveSettings) *Live {
	l := &Live{services: services, hub: live.NewHub(), presence: settings.Presence, attended: make(map[crm.ID]map[*attendee]struct{}),
		listeners: make(map[*Subscription]struct{}), shapes: make(map[string]*shape), erased: make(map[crm.ID]int64)}
	l.feed = live.NewFeed[*crm.Event](logOf{services}, live.Options[*crm.Event]{Poll: settings.Poll, Alert: settings.Alert,
		Checkpoint: settings.Checkpoint, Deaf: settings.Deaf, Watch: l.watch, Anew: l.rows.anew, Forgets: l.forgets})
	if l.presence == nil {
		l.presence = live.NewPresence(live.PresenceTimes{})
	}
	l.presence.Wakes(l.hub)
	return l
}

// Hub passes the signals that carry no place in a log: presence, and the progress of what runs.
func (l *Live) Hub() *live.Hub { return l.hub }

// Told is a signal as nodes tell it to each other.
func Told(signal crm.Signal) live.Signal {
	told := live.Signal{OrganizationID: string(signal.OrganizationID), Position: signal.Position}
	for _, topic := range signal.Topics {
		told.Topics = append(told.Topics, string(topic))
	}
	if n := len(signal.Events); n > 0 {
		told.Check = signal.Events[n-1].Position().Check()
	}
	return told
}

// Signal takes in what this node has committed, and returns what other nodes are to be told.
func (l *Live) Signal(signal crm.Signal) live.Signal {
	told := Told(signal)
	if len(signal.Events) > 0 {
		var before *live.Place
		if signal.Before != nil {
			before = new(placeAt(*signal.Before))
		}
		l.feed.Committed(told.OrganizationID, before, besides(signal))
	}
	l.hub.Wake(told)
	return told
}

// Hear takes in what another node tells.
func (l *Live) Hear(signal live.Signal) {
	if signal.Position > 0 && l.feed.Follows(signal.OrganizationID) && !l.unsealed(signal) {
		l.feed.Heard(signal.OrganizationID, live.Place{Number: signal.Position, Check: signal.Check})
	}
	l.hub.Wake(signal)
}

// unsealed takes in the events that came with a signal, and tells whether they bring the log where the signal says it
// is. What does not open is read from the log.
func (l *Live) unsealed(signal live.Signal) bool {
	if len(signal.Sealed) == 0 {
		return false
	}
	told, err := l.services.Events.Open(crm.ID(signal.OrganizationID), signal.Sealed)
	if err != nil || len(told.Events) == 0 {
		slog.Debug("the events of another node do not open; reading them", slog.Any("error", err))
		return false
	}
	l.feed.Committed(signal.OrganizationID, new(placeAt(*told.Before)), besides(told))
	return told.Position == signal.Position
}

// Suspect says that signals may have been missed.
func (l *Live) Suspect(ctx context.Context) {
	l.feed.Look(ctx)
	l.hub.WakeAll()
}

// rereading is how often states are read again of which no signal told.
const rereading = 5 * time.Second

// Run finds what no signal told of, and shows the other nodes who is here, until the context ends.
func (l *Live) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { l.reread(ctx) })
	beside.Go(func() { l.presence.Run(ctx) })
	l.feed.Run(ctx)
}

func (l *Live) reread(ctx context.Context) {
	ticker := time.NewTicker(rereading)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			l.hub.WakeAll()
			l.rows.tidy()
		}
	}
}

// Close ends what the feed is doing.
func (l *Live) Close() { l.feed.Close() }

// Subscriptions tells how many there are.
func (l *Live) Subscriptions() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.listeners)
}

// Executions tells how many different subscriptions there are: each is executed once for all who share it.
func (l *Live) Executions() int { return l.feed.Streams() }

// Reads tells how often the log was read for events.
func (l *Live) Reads() int64 { return l.feed.Reads() }

// logOf reads the log of the business for the feed.
type logOf struct{ services *crm.CRM }

// Read gives events of an office from a number on.
func (l logOf) Read(ctx context.Context, office string, from int64, limit int) ([]live.Event[*crm.Event], error) {
	events, err := l.services.Events.Log(ctx, crm.ID(office), from, limit)
	return travelling(events), err
}

// Heads gives the last place of each office's log.
func (l logOf) Heads(ctx context.Context, offices []string) (map[string]live.Place, error) {
	ids := make([]crm.ID, len(offices))
	for i, office := range offices {
		ids[i] = crm.ID(office)
	}
	heads, err := l.services.Events.Heads(ctx, ids)
	places := make(map[string]live.Place, len(heads))
	for office, head := range heads {
		places[string(office)] = placeAt(head)
	}
	return places, err
}

func placeAt(position crm.Position) live.Place {
	return live.Place{Number: position.Number, Check: position.Check()}
}

func positionAt(place live.Place) crm.Position { return crm.PositionAt(place.Number, place.Check) }

// travelling are events on their way through the feed.
func travelling(events []*crm.Event) []live.Event[*crm.Event] {
	all := make([]live.Event[*crm.Event], len(events))
	for i, event := range events {
		at := event.Position()
		all[i] = live.Event[*crm.Event]{Number: at.Number, Check: at.Check(), Topics: event.Topics(), Size: sizeOf(event), Value: event}
	}
	return all
}

// besides are the events of a signal, with the cards that it tells.
func besides(signal crm.Signal) []live.Event[*crm.Event] {
	events := travelling(signal.Events)
	for i, event := range signal.Events {
		if card := signal.Cards[event]; card != nil {
			events[i].Beside = card
		}
	}
	return events
}

// sizeOf is roughly what an event holds in memory, in bytes.
func sizeOf(event *crm.Event) int {
	size := 600 + 30*len(event.Recipients)
	for _, change := range event.Changes {
		size += 100
		for _, value := range []any{change.From, change.To} {
			if text, ok := value.(string); ok {
				size += len(text)
			}
		}
	}
	return size
}

func eventsOf(travelling []live.Event[*crm.Event]) []*crm.Event {
	events := make([]*crm.Event, len(travelling))
	for i, one := range travelling {
		events[i] = one.Value
	}
	return events
}
