package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// readTables takes down what the database holds in the end.
func (r *run) readTables(ctx context.Context) error {
	for _, h := range r.scene.offices {
		o, err := r.readOffice(ctx, h)
		if err != nil {
			return fmt.Errorf("read the tables of office %d: %w", h.number, err)
		}
		o.logs = append(r.lostLogs[h.number], o.logs...)
		o.floors = append(o.floors, r.lostFloors[h.number]...)
		r.ledger.offices = append(r.ledger.offices, o)
	}
	return nil
}

func (r *run) readOffice(ctx context.Context, h *home) (*office, error) {
	o := &office{id: h.id, marker: h.marker, cards: map[string]card{}, addressed: map[string][]string{}}
	of := " WHERE organization_id = '" + h.id + "'"
	if err := r.scene.direct.QueryRowContext(ctx, "SELECT position, floor FROM organizations WHERE id = '"+h.id+"'").Scan(&o.position, &o.floor); err != nil {
		return nil, err
	}
	log, err := r.readLog(ctx, h)
	if err != nil {
		return nil, err
	}
	o.logs = []history{log}
	err = r.each(ctx, "SELECT position FROM events"+of, func(scan func(...any) error) error {
		var number int64
		err := scan(&number)
		o.kept = append(o.kept, number)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.floors, err = r.readFloors(ctx, h); err != nil {
		return nil, err
	}
	err = r.each(ctx, "SELECT t.id, COALESCE(r.user_id, '') FROM attentions AS t LEFT JOIN attention_recipients AS r ON r.organization_id = t.organization_id AND r.attention_id = t.id"+
		" WHERE t.organization_id = '"+h.id+"'", func(scan func(...any) error) error {
		var attention, user string
		err := scan(&attention, &user)
		o.addressed[attention] = append(o.addressed[attention], strings.Fields(user)...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return o, r.readCards(ctx, o, of)
}

// readFloors reads the moves of an office's floor.
func (r *run) readFloors(ctx context.Context, h *home) (floors []floorMove, err error) {
	began := time.Now().Add(-r.now()) // by the clock of the machine
	err = r.each(ctx, "SELECT floor, CAST(at AS TEXT) FROM chaos_floors WHERE organization_id = '"+h.id+"'", func(scan func(...any) error) error {
		var floor int64
		var text string
		if err := scan(&floor, &text); err != nil {
			return err
		}
		at, err := readMoment(text)
		floors = append(floors, floorMove{floor, at.Sub(began)})
		return err
	})
	return floors, err
}

// readMoment reads a moment as either engine writes it.
func readMoment(text string) (time.Time, error) {
	for _, form := range []string{"2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999-07:00"} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no moment", text)
}

// each reads the rows of a statement.
func (r *run) each(ctx context.Context, statement string, row func(scan func(...any) error) error) error {
	rows, err := r.scene.direct.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// readLog reads every event that was ever committed, as the triggers kept it.
func (r *run) readLog(ctx context.Context, h *home) (history, error) {
	var log history
	err := r.each(ctx, "SELECT position, id, kind, customer_id, card_id, card_version, shown_on, COALESCE(subject_id, ''), COALESCE(actor_id, ''), COALESCE(origin_client_id, ''), recipients, changes"+
		" FROM chaos_log WHERE organization_id = '"+h.id+"' ORDER BY position", func(scan func(...any) error) error {
		e, shownOn, to, changes := &logged{}, "", "", ""
		if err := scan(&e.number, &e.id, &e.kind, &e.customer, &e.card, &e.version, &shownOn, &e.subject, &e.actor, &e.origin, &to, &changes); err != nil {
			return err
		}
		log = append(log, e)
		return errors.Join(json.Unmarshal([]byte(shownOn), &e.shownOn), json.Unmarshal([]byte(to), &e.to), json.Unmarshal([]byte(changes), &e.changes))
	})
	return log, err
}

// readCards reads the fields that writers change.
func (r *run) readCards(ctx context.Context, o *office, of string) error {
	read := func(table string, fields []string, columns string) error {
		return r.each(ctx, "SELECT id, version, "+columns+" FROM "+table+of, func(scan func(...any) error) error {
			var id string
			c := card{fields: map[string]any{}}
			texts := make([]*string, len(fields))
			into := []any{&id, &c.version}
			for i := range texts {
				into = append(into, &texts[i])
			}
			err := scan(into...)
			for i, name := range fields {
				c.fields[name] = nil
				if texts[i] != nil {
					c.fields[name] = *texts[i]
				}
			}
			o.cards[id] = c
			return err
		})
	}
	if err := read("customers", customerFields(), "trade_name, sector, legal_form, notes"); err != nil {
		return err
	}
	if err := read("contacts", contactFields(), `"function", department, notes`); err != nil {
		return err
	}
	return read("engagements", []string{"title"}, "title")
}
