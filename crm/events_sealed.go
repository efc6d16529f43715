package crm

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
)

// What travels with a signal at most; more is read from the database.
const (
	maxSealed       = 8 << 10 // bytes
	maxSealedEvents = 64
	maxSealedCards  = 8
)

// edition tells the rows of this version from those of another, whose fields this one does not know or misses.
var edition = editionOf(reflect.TypeFor[Customer](), reflect.TypeFor[Contact](), reflect.TypeFor[Dossier]())

func editionOf(rows ...reflect.Type) uint32 {
	sum := fnv.New32a()
	for _, row := range rows {
		describe(sum, row)
	}
	return sum.Sum32()
}

// describe writes down the fields of a type, and of what they hold.
func describe(to io.Writer, row reflect.Type) {
	fmt.Fprint(to, row, ";")
	switch {
	case row.Kind() == reflect.Pointer || row.Kind() == reflect.Slice:
		describe(to, row.Elem())
	case row.Kind() == reflect.Struct && row.PkgPath() == reflect.TypeFor[Customer]().PkgPath():
		for i := range row.NumField() {
			field := row.Field(i)
			fmt.Fprint(to, field.Name, field.Tag.Get("json"), ":")
			describe(to, field.Type)
		}
	}
}

// committed is what a commit wrote, on its way to another node: the place before, the events, and the cards as each left
// them.
type committed struct {
	Number int64    `json:"number"`
	Check  uint32   `json:"check"`
	Events []*Event `json:"events"`
	// Cards are rows of an edition.
	Cards   []left `json:"cards,omitempty"`
	Edition uint32 `json:"edition"`
}

// left is the row of a card as an event left it, of which there is one.
type left struct {
	Event      int       `json:"event"` // its place among the events
	Customer   *Customer `json:"customer,omitempty"`
	Contact    *Contact  `json:"contact,omitempty"`
	Engagement *Dossier  `json:"engagement,omitempty"`
}

// lefts are the cards that a signal tells, in the order of its events.
func lefts(signal Signal) []left {
	var all []left
	for i, event := range signal.Events {
		switch card := signal.Cards[event].(type) {
		case *Customer:
			all = append(all, left{Event: i, Customer: card})
		case *Contact:
			all = append(all, left{Event: i, Contact: card})
		case Engagement:
			all = append(all, left{Event: i, Engagement: card.Core()})
		}
	}
	return all
}

// card is the row as a card; nil when there is none.
func (l left) card(today Date) Card {
	switch {
	case l.Customer != nil:
		return l.Customer
	case l.Contact != nil:
		return l.Contact
	case l.Engagement != nil:
		return typed(today)(l.Engagement)
	}
	return nil
}

// Seal encrypts what a signal tells for the other nodes, so that they need not read it from the database. Only who has
// the installation's key can read it, or make another that opens. Nil where there is no key, or where the other
// nodes are better off reading: nothing is known of the place before, or it is too much. The cards stay behind when they
// make it too much.
func (s *Events) Seal(signal Signal) []byte {
	if s.vault == nil || signal.Before == nil || len(signal.Events) == 0 || len(signal.Events) > maxSealedEvents {
		return nil
	}
	told := committed{Number: signal.Before.Number, Check: signal.Before.check, Events: signal.Events, Edition: edition}
	if len(signal.Cards) <= maxSealedCards {
		told.Cards = lefts(signal)
	}
	plain := told.plain()
	if len(plain) > maxSealed && told.Cards != nil {
		told.Cards = nil
		plain = told.plain()
	}
	if len(plain) > maxSealed {
		return nil
	}
	return s.vault.sealBytes(signalPlace(signal.OrganizationID), plain)
}

func (c committed) plain() []byte {
	plain, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("events must marshal: %v", err))
	}
	return plain
}

// Open gives what another node sealed of an office, without its topics. It fails on what was not sealed for this office
// with a key that this node knows. Cards of a server of another version stay out.
func (s *Events) Open(office ID, sealed []byte) (Signal, error) {
	if s.vault == nil {
		return Signal{}, errNoKey
	}
	plain, err := s.vault.openBytes(signalPlace(office), sealed)
	if err != nil {
		return Signal{}, err
	}
	var told committed
	if err := json.Unmarshal(plain, &told); err != nil {
		return Signal{}, fmt.Errorf("read sealed events: %w", err)
	}
	signal := Signal{OrganizationID: office, Before: &Position{told.Number, told.Check}, Events: told.Events}
	if told.Edition != edition {
		told.Cards = nil
	}
	today := s.day(s.moment())
	for _, one := range told.Cards {
		card := one.card(today)
		if card == nil || one.Event < 0 || one.Event >= len(told.Events) {
			continue
		}
		if signal.Cards == nil {
			signal.Cards = make(map[*Event]Card)
		}
		signal.Cards[told.Events[one.Event]] = card
	}
	if n := len(told.Events); n > 0 {
		signal.Position = told.Events[n-1].Number
	}
	return signal, nil
}

func signalPlace(office ID) string { return "signal " + string(office) }
