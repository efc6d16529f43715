package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net/http"
	"time"

	"github.com/google/uuid"

	"klantkaart/crm"
)

// momentInput is a conversation to record.
type momentInput struct {
	CustomerID string `json:"customerId"`
	ContactID  string `json:"contactId"`
	Subject    string `json:"subject"`
	Body       string `json:"body"`
	Duration   int    `json:"durationMinutes"`
}

// moment records a conversation: one round trip to lock and check, one to write, with the event of the
// log under the lock of the office, as the product does.
func (l *limit) moment(r *http.Request, who caller, a *answer) error {
	var in momentInput
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	id, event := limitID("com"), limitID("evt")
	var name string
	var position int64
	err := l.engine.write(r.Context(), func(run func(...ask) error) error {
		inUse, belongs := false, false
		err := run(ask{sql: beginSQL(l.engine)},
			ask{sql: lockSQL(l.engine), args: []any{who.organization, in.CustomerID}, each: func(row scanner) error { return row.Scan(&inUse) }},
			ask{sql: contactOfSQL, args: []any{who.organization, in.CustomerID, in.ContactID}, each: func(row scanner) error { return row.Scan(&name, &belongs) }})
		if err == nil && (!inUse || !belongs) {
			err = errors.New("the customer is not in use, or the contact is another's")
		}
		if err != nil {
			return err
		}
		return run(
			ask{sql: insertMessageSQL, args: []any{who.organization, id, in.CustomerID, now, in.Subject, in.Body,
				crm.SearchFold(in.Subject + " " + in.Body), "PHONE", in.Duration, who.user}},
			ask{sql: insertLinkSQL, args: []any{who.organization, id, in.ContactID, now}},
			ask{sql: raiseVersionSQL, args: []any{who.organization, in.CustomerID}},
			ask{sql: raisePositionSQL, args: []any{who.organization}},
			ask{sql: insertEventSQL, args: []any{who.organization, event, now, who.user, in.CustomerID, id},
				each: func(row scanner) error { return row.Scan(&position) }},
			ask{sql: "COMMIT"})
	})
	if err != nil {
		return err
	}
	recorded(a, id, now, in, name, positionOf(position, event))
	return nil
}

func recorded(a *answer, id string, at time.Time, in momentInput, contact, position string) {
	a.open('{')
	a.field("data").open('{')
	a.field("createContactMoment").open('{')
	a.field("communication").open('{')
	a.field("id").text(id)
	a.field("kind").text("CONVERSATION_NOTE")
	a.field("at").moment(&moment{time: at})
	a.field("subject").text(in.Subject)
	a.field("contacts").open('[')
	a.named(&in.ContactID, &contact)
	a.b = append(a.b, "]}"...)
	a.field("userErrors").open('[')
	a.close(']')
	a.field("position").text(position)
	a.b = append(a.b, "}}}"...)
}

// limitID makes an id of the product's form.
func limitID(prefix string) string {
	u := uuid.Must(uuid.NewV7())
	return idText(prefix, binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:]))
}

// positionOf writes a position of the log as the product does.
func positionOf(number int64, event string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(event))
	raw := binary.BigEndian.AppendUint64([]byte{1}, uint64(number))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(raw, h.Sum32()))
}
