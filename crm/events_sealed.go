package crm

import (
	"encoding/json"
	"fmt"
)

// maxSealed is how many bytes of events travel with a signal at most; more are read from the log.
const maxSealed = 8 << 10

// committed is what a commit wrote, on its way to another node: the place before, and the events.
type committed struct {
	Number int64    `json:"number"`
	Check  uint32   `json:"check"`
	Events []*Event `json:"events"`
}

// Seal encrypts what a signal tells for the other nodes, so that they need not read it from the log. Only who has
// the installation's key can read it, or make another that opens. Nil where there is no key, or where the other
// nodes are better off reading: nothing is known of the place before, or it is too much.
func (s *Events) Seal(signal Signal) []byte {
	if s.vault == nil || signal.Before == nil || len(signal.Events) == 0 {
		return nil
	}
	plain, err := json.Marshal(committed{signal.Before.Number, signal.Before.check, signal.Events})
	if err != nil {
		panic(fmt.Sprintf("events must marshal: %v", err))
	}
	if len(plain) > maxSealed {
		return nil
	}
	return s.vault.sealBytes(signalPlace(signal.OrganizationID), plain)
}

// Open gives what another node sealed of an office: where its log was before, and the events behind that. It fails
// on what was not sealed for this office with a key that this node knows.
func (s *Events) Open(office ID, sealed []byte) (before Position, events []*Event, err error) {
	if s.vault == nil {
		return Position{}, nil, errNoKey
	}
	plain, err := s.vault.openBytes(signalPlace(office), sealed)
	if err != nil {
		return Position{}, nil, err
	}
	var told committed
	if err := json.Unmarshal(plain, &told); err != nil {
		return Position{}, nil, fmt.Errorf("read sealed events: %w", err)
	}
	return Position{told.Number, told.Check}, told.Events, nil
}

func signalPlace(office ID) string { return "signal " + string(office) }
