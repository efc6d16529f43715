package graph

import (
	"klantkaart/crm"
	"klantkaart/live"
)

// Who a contact was is erased from the log when it is anonymized. What this node holds of the log in memory is
// let go then, and read again by those who need it. A message that is just on its way, made of what was read
// before, is told without it.

// forgets tells of which event on the log is another before it.
func (l *Live) forgets(event live.Event[*crm.Event]) bool {
	return event.Value.Kind == crm.ContactAnonymizedEvent
}

// erase notes up to where nothing may be told of a contact.
func (l *Live) erase(about *crm.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erased[about.CardID] = about.Number
}

// tellable is the event as it may be told.
func (l *Live) tellable(event *crm.Event) *crm.Event {
	l.mu.Lock()
	before := l.erased[event.CardID]
	l.mu.Unlock()
	if event.Number < before {
		return event.Anonymous()
	}
	return event
}
