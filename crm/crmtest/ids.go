package crmtest

import (
	"encoding/binary"
	"sync"

	"github.com/google/uuid"
)

// idSource makes UUIDs of version 7 that rise, and come out alike on every run.
type idSource struct {
	clock *Clock

	mu   sync.Mutex
	last uint64
}

func (s *idSource) next() uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(s.clock.Now().UnixMilli())<<16)
	binary.BigEndian.PutUint64(u[8:], s.last)
	u[6] |= 0x70 // version 7
	u[8] |= 0x80 // variant of RFC 9562
	return u
}
