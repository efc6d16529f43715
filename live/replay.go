package live

import "context"

// catchUp finds what lies between the subscription's place and the entries that its stream keeps: in the
// ring, once for all who come back, or else in the log, for this subscription alone.
func (sub *Subscription[V]) catchUp(ctx context.Context) error {
	s := sub.stream
	s.filling.Lock()
	defer s.filling.Unlock()
	s.mu.Lock()
	floor, lost := s.floor, s.lost
	s.mu.Unlock()
	if sub.place >= floor {
		return nil
	}
	events, ok, err := s.office.after(sub.place)
	if err != nil {
		return err
	}
	if !ok {
		return sub.replay(ctx, floor)
	}
	chosen, err := s.choose(untilNumber(events, floor))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.floor != floor || s.lost != lost {
		return nil // look again
	}
	older := make([]*Entry[V], 0, len(chosen)+len(s.entries))
	for _, event := range chosen {
		older = append(older, &Entry[V]{Notice: Notice[V]{Kind: Happened, At: event.place(), Events: []Event[V]{event}}})
	}
	s.entries = append(older, s.entries...)
	s.floor = sub.place
	s.swept = min(s.swept, sub.place)
	return nil
}

// replay reads the next events from the log, for this subscription alone.
func (sub *Subscription[V]) replay(ctx context.Context, floor int64) error {
	s := sub.stream
	s.office.feed.reads.Add(1)
	events, oldest, err := s.question.Replay(ctx, sub.place, replayLength)
	if err != nil {
		return err
	}
	if oldest > sub.place {
		head, _ := s.office.head()
		s.mu.Lock()
		sub.lost = &reset{at: head, reason: TooOld, before: oldest}
		s.mu.Unlock()
		return nil
	}
	last := floor
	if len(events) == replayLength {
		last = min(last, events[len(events)-1].Number)
	}
	chosen, err := s.choose(untilNumber(events, last))
	if err != nil {
		return err
	}
	for _, event := range chosen {
		sub.private = append(sub.private, &Entry[V]{Notice: Notice[V]{Kind: Happened, At: event.place(), Events: []Event[V]{event}}})
	}
	if len(chosen) == 0 {
		sub.place = last
	}
	if n := s.question.Merges(); n > 0 && len(sub.private) > n {
		sub.private = []*Entry[V]{merged(sub.private)}
	}
	return nil
}
