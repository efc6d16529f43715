package crm

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/uptrace/bun"
)

// filled gives every field of a row a value of its own, so that one which is left behind is seen.
func filled(t *testing.T, into reflect.Value, number *int) {
	t.Helper()
	*number++
	switch into.Kind() {
	case reflect.String:
		into.SetString("text " + string(rune('a'+*number%26)) + string(rune('a'+*number/26)))
	case reflect.Int, reflect.Int64:
		into.SetInt(int64(*number))
	case reflect.Bool:
		into.SetBool(true)
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		filled(t, into.Elem(), number)
	case reflect.Slice:
		into.Set(reflect.MakeSlice(into.Type(), 2, 2))
		filled(t, into.Index(0), number)
		filled(t, into.Index(1), number)
	case reflect.Struct:
		switch into.Type() {
		case reflect.TypeFor[bun.BaseModel]():
			return
		case reflect.TypeFor[time.Time]():
			into.Set(reflect.ValueOf(time.Date(2026, 1, 1, 0, 0, *number, 1000, time.UTC)))
			return
		}
		for i := range into.NumField() {
			filled(t, into.Field(i), number)
		}
	default:
		t.Fatalf("no value for %s", into.Type())
	}
}

// sealing are services that have a key, and no store.
func sealing(t *testing.T, options Options) *CRM {
	t.Helper()
	vault, err := NewVault(bytes.Repeat([]byte{1}, KeyLength))
	if err != nil {
		t.Fatal(err)
	}
	options.Vault = vault
	services, err := New(nil, options)
	if err != nil {
		t.Fatal(err)
	}
	return services
}

func TestCardsTravelWholeBetweenNodes(t *testing.T) {
	t.Parallel()
	number := 0
	customer, contact, dossier := &Customer{}, &Contact{}, &Dossier{}
	for _, row := range []any{customer, contact, dossier} {
		filled(t, reflect.ValueOf(row).Elem(), &number)
	}
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	services := sealing(t, Options{Now: func() time.Time { return now }})
	project := *dossier
	project.Phase = ProjectPhase
	sent := Signal{OrganizationID: "org_a", Before: &Position{Number: 4, check: 7}, Cards: map[*Event]Card{}}
	for i, card := range []Card{customer, contact, &Lead{dossier}, projectOn(&project, "2026-11-29"), nil} {
		event := &Event{Number: int64(5 + i), ID: ID("evt_" + string(rune('a'+i)))}
		sent.Events = append(sent.Events, event)
		if card != nil {
			sent.Cards[event] = card
		}
	}
	dossier.Phase = LeadPhase
	got, err := services.Events.Open("org_a", services.Events.Seal(sent))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Cards) != len(sent.Cards) {
		t.Errorf("%d cards came, want %d", len(got.Cards), len(sent.Cards))
	}
	for i, event := range got.Events {
		if want := sent.Cards[sent.Events[i]]; !reflect.DeepEqual(got.Cards[event], want) {
			t.Errorf("%T came as\n%+v, was\n%+v", want, got.Cards[event], want)
		}
	}
}

func TestCardsOfAnotherVersionStayOut(t *testing.T) {
	t.Parallel()
	services := sealing(t, Options{})
	for name, one := range map[string]struct {
		edition uint32
		cards   int
	}{"this version": {edition, 1}, "another": {edition + 1, 0}} {
		told := committed{Number: 4, Events: []*Event{{Number: 5, ID: "evt_a"}}, Cards: []left{{Customer: &Customer{Name: "Van der Velde"}}}, Edition: one.edition}
		got, err := services.Events.Open("org_a", services.Events.vault.sealBytes(signalPlace("org_a"), told.plain()))
		if err != nil || len(got.Events) != 1 || len(got.Cards) != one.cards {
			t.Errorf("of %s came %d events and %d cards: %v", name, len(got.Events), len(got.Cards), err)
		}
	}
}

func TestAnEditionFollowsFromTheFields(t *testing.T) {
	t.Parallel()
	type row struct{ Name string }
	type more struct{ Name, Notes string }
	type other struct{ Name *string }
	type nested struct{ In []row }
	seen := map[uint32]reflect.Type{}
	for _, one := range []reflect.Type{reflect.TypeFor[struct{ A row }](), reflect.TypeFor[row](), reflect.TypeFor[more](), reflect.TypeFor[other](), reflect.TypeFor[nested]()} {
		if before := seen[editionOf(one)]; before != nil {
			t.Errorf("%s and %s have the same edition", before, one)
		}
		seen[editionOf(one)] = one
	}
	if editionOf(reflect.TypeFor[Customer]()) == editionOf(reflect.TypeFor[Contact]()) {
		t.Error("a relation and a contact have the same edition")
	}
}

func TestCardsStayBehindWhenTheyAreMuch(t *testing.T) {
	t.Parallel()
	services := sealing(t, Options{})
	notes := string(bytes.Repeat([]byte("n"), maxSealed))
	event := &Event{Number: 5, ID: "evt_a"}
	got, err := services.Events.Open("org_a", services.Events.Seal(Signal{OrganizationID: "org_a", Before: &Position{}, Events: []*Event{event},
		Cards: map[*Event]Card{event: &Customer{Notes: &notes}}}))
	if err != nil || len(got.Events) != 1 || got.Cards != nil {
		t.Errorf("%d events and %d cards came: %v", len(got.Events), len(got.Cards), err)
	}
}
