package crm_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// recorded is a card as the log can tell it: the version, and the fields by their names in the API.
type recorded struct {
	version int
	fields  map[string]any
}

// snapshot reads every card of the office, each as it is in one row.
func snapshot(t *testing.T, o *crmtest.Office) map[crm.ID]recorded {
	t.Helper()
	cards := map[crm.ID]recorded{}
	for _, customer := range ofOffice[*crm.Customer](t, o) {
		cards[customer.ID] = record(t, &customer.CardFrame, customer, map[string]any{"stage": customer.Stage, "debtorNumber": customer.DebtorNumber,
			"customerSince": customer.CustomerSince, "archivedAt": customer.ArchivedAt, "archivedReason": customer.ArchivedReason})
	}
	for _, contact := range ofOffice[*crm.Contact](t, o) {
		cards[contact.ID] = record(t, &contact.CardFrame, contact, map[string]any{"archivedAt": contact.ArchivedAt, "archivedReason": contact.ArchivedReason,
			"customerId": contact.CustomerID})
	}
	for _, dossier := range ofOffice[*crm.Dossier](t, o) {
		cards[dossier.ID] = record(t, &dossier.CardFrame, dossier, map[string]any{"status": dossier.Status,
			"archivedAt": dossier.ArchivedAt, "archivedReason": dossier.ArchivedReason})
	}
	return cards
}

func ofOffice[R any](t *testing.T, o *crmtest.Office) []R {
	t.Helper()
	var rows []R
	if err := o.DB.Read().NewSelect().Model(&rows).Where("organization_id = ?", o.ID).Scan(db.Everywhere(t.Context())); err != nil {
		t.Fatal(err)
	}
	return rows
}

// record adds the fields that a colleague may edit to those that change otherwise.
func record(t *testing.T, frame *crm.CardFrame, card any, fields map[string]any) recorded {
	t.Helper()
	value := reflect.ValueOf(card).Elem()
	for i := range value.NumField() {
		if name, ok := value.Type().Field(i).Tag.Lookup("change"); ok {
			fields[name] = value.Field(i).Interface()
		}
	}
	for name, field := range fields {
		var plain any
		if err := json.Unmarshal(must2(json.Marshal(field))(t), &plain); err != nil {
			t.Fatal(err)
		}
		fields[name] = plain
	}
	return recorded{frame.Version, fields}
}

// blank is a card before it was made.
func blank(t *testing.T, id crm.ID) recorded {
	t.Helper()
	cards := map[string]any{"cus": &crm.Customer{}, "con": &crm.Contact{}}
	card, ok := cards[id.Prefix()]
	if !ok {
		card = &crm.Dossier{}
	}
	return record(t, &crm.CardFrame{}, card, map[string]any{})
}

// hangsOn tells whether a change is of what hangs on a card, and not of its own data.
func hangsOn(field string) bool { return field == "functions" || crm.OfPreferences(field) }

// checkReplay says that whoever saw the cards at some moment, and applies what the log tells since, has the
// cards as they are: each change begins where the one before it ended.
func checkReplay(t *testing.T, o *crmtest.Office, seen map[crm.ID]recorded, log []*crm.Event) {
	t.Helper()
	model := map[crm.ID]recorded{}
	for id, card := range seen {
		fields := make(map[string]any, len(card.fields))
		for name, value := range card.fields {
			fields[name] = value
		}
		model[id] = recorded{card.version, fields}
	}
	for _, event := range log {
		card, known := model[event.CardID]
		if event.Kind.OfAccess() || event.CardVersion <= card.version {
			continue
		}
		if !known {
			card = blank(t, event.CardID)
		}
		changes := event.Changes
		if event.SubjectID != nil {
			changes = nil // the fields of what hangs on the card
		}
		for _, change := range changes {
			if hangsOn(change.Field) {
				continue
			}
			if before, told := card.fields[change.Field]; told && !reflect.DeepEqual(before, change.From) {
				t.Errorf("%s of %s goes from %v at %d, and was %v", change.Field, event.CardID, change.From, event.Number, before)
			}
			card.fields[change.Field] = change.To
		}
		model[event.CardID] = recorded{event.CardVersion, card.fields}
	}
	for id, card := range snapshot(t, o) {
		equal(t, "version of "+string(id), model[id].version, card.version)
		for name, value := range model[id].fields {
			if !reflect.DeepEqual(value, card.fields[name]) {
				t.Errorf("%s of %s is %v, the log says %v", name, id, card.fields[name], value)
			}
		}
	}
}
