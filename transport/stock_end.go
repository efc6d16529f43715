package transport

import "time"

// write sends a frame, and waits until it is sent; the last one goes though the socket is ending.
func (s *stockSocket) write(f *frame, last *Ending) {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	if last == nil && s.isOver() {
		return
	}
	if s.wire.insist(f, s.wire.push) != nil {
		s.cut()
		return
	}
	f.free()
}

// WriteClose is how gqlgen ends a socket, in codes of its own.
func (s *stockSocket) WriteClose(int, string) error {
	s.End(endOurFault)
	return nil
}

// Close is gqlgen's farewell; part sees to it.
func (s *stockSocket) Close() error { return nil }

// End ends the socket: it tells the client why, and cuts it off when it does not answer.
func (s *stockSocket) End(why Ending) {
	s.mu.Lock()
	again := s.ending != nil
	if !again {
		s.ending = &why
	}
	s.mu.Unlock()
	if again {
		return
	}
	time.AfterFunc(closeTimeout, s.cut)
	go func() { // whoever ends it does not wait
		defer close(s.parted)
		s.write(newFrame().close(why), &why)
	}()
}

// retire ends the socket once what runs on it has been answered.
func (s *stockSocket) retire(why Ending) {
	s.mu.Lock()
	s.retired = &why
	idle := s.running == 0
	s.mu.Unlock()
	if idle {
		s.End(why)
	}
}

// ask pings the client.
func (s *stockSocket) ask(silent bool) {
	if silent {
		s.cut()
		return
	}
	go s.write(newFrame().control(framePing, nil), nil)
}

func (s *stockSocket) cut() { _ = s.wire.Close() }

// part sees the client off.
func (s *stockSocket) part() {
	s.End(endOurFault) // unless it has an ending
	for {
		if _, _, err := s.reader.NextReader(); err != nil {
			break
		}
	}
	<-s.parted
	s.tardy.Stop()
	if s.unattend != nil {
		s.unattend()
	}
	s.cut()
	s.of.Connections.leave(&s.seat)
}
