package graph

import (
	"context"

	"klantkaart/crm"
	"klantkaart/live"
)

// question is what a subscription asks of the log: which events it is about.
type question struct {
	services *crm.CRM
	actor    crm.Actor
	scope    crm.EventScope
	topics   []string
	filter   *crm.CustomerFilter // of customerEvents
	merges   int
}

// Select keeps the events that the question is about: those on relations that match the filter, and those
// after which one may have stopped to.
func (q *question) Select(ctx context.Context, events []live.Event[*crm.Event]) ([]live.Event[*crm.Event], error) {
	ctx = crm.WithActor(ctx, q.actor)
	if !q.actor.SeesAll() {
		shown, err := q.services.Events.Shown(ctx, eventsOf(events))
		if err != nil {
			return nil, err
		}
		events = travelling(shown)
	}
	if q.filter == nil {
		return events, nil
	}
	ids := make([]crm.ID, 0, len(events))
	for _, event := range events {
		ids = append(ids, event.Value.CustomerID)
	}
	among, err := q.services.Customers.Among(ctx, q.filter, ids)
	if err != nil {
		return nil, err
	}
	matches := make(map[crm.ID]bool, len(among))
	for _, id := range among {
		matches[id] = true
	}
	var chosen []live.Event[*crm.Event]
	for _, event := range events {
		if matches[event.Value.CustomerID] || event.Value.TouchesOverview() {
			chosen = append(chosen, event)
		}
	}
	return chosen, nil
}

// Replay reads the events of the question's scope from the log.
func (q *question) Replay(ctx context.Context, after int64, limit int) ([]live.Event[*crm.Event], int64, error) {
	events, floor, err := q.services.Events.Replay(crm.WithActor(ctx, q.actor), q.scope, after, limit)
	return travelling(events), floor, err
}

// Merges tells from how many waiting events on they become one message.
func (q *question) Merges() int { return q.merges }
