package live

// forget lets all entries go.
func (s *Stream[V]) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(len(s.entries))
}
