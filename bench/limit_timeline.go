package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// messages writes a page of communications from rows that come once for each of their contacts.
type messages struct {
	of      *answer
	engine  engine
	size    int
	whole   bool // with direction, status and author
	earlier bool // whether the page was asked after a cursor

	n      int
	last   string // id of the row that is being written
	lastAt moment
}

func (p *messages) begin() {
	p.of.field("communications").open('{')
	p.of.field("nodes").open('[')
}

func (p *messages) add(row scanner) error {
	var id, kind, direction, status, subject, excerpt string
	var at moment
	var authorID, authorName, contactID, contactName *string
	err := row.Scan(&id, &kind, &direction, &status, at.into(p.engine), &subject, &excerpt, &authorID, &authorName, &contactID, &contactName)
	if err != nil || (id != p.last && p.n >= p.size) {
		p.n = max(p.n, p.size+1)
		return err
	}
	a := p.of
	if id != p.last {
		p.endRow()
		p.n, p.last, p.lastAt = p.n+1, id, at
		a.open('{')
		a.field("id").text(id)
		a.field("kind").text(kind)
		a.field("direction").text(direction)
		a.field("at").moment(&at)
		a.field("subject").text(subject)
		a.field("excerpt").text(excerpt)
		if p.whole {
			a.field("status").text(status)
			a.field("author")
			a.named(authorID, authorName)
		}
		a.field("contacts").open('[')
	}
	if contactID != nil {
		a.named(contactID, contactName)
	}
	return nil
}

// named writes an object of id and name; null without an id.
func (a *answer) named(id, name *string) {
	if id == nil {
		a.null()
		return
	}
	a.open('{')
	a.field("id").text(*id)
	a.field("name").optional(name)
	a.close('}')
}

func (p *messages) endRow() {
	if p.last != "" {
		p.of.b = append(p.of.b, "]}"...)
	}
}

func (p *messages) end() {
	p.endRow()
	a := p.of
	a.close(']')
	a.field("pageInfo").open('{')
	a.field("hasNextPage").boolean(p.n > p.size)
	if p.whole {
		a.field("hasPreviousPage").boolean(p.earlier)
	}
	a.field("endCursor")
	if p.last == "" {
		a.null()
	} else {
		at, _ := p.lastAt.UTC()
		a.text(timelineCursor(at, p.last))
	}
	a.close('}')
	a.close('}')
}

// timeline writes a page of 50 communications behind a cursor.
func (l *limit) timeline(r *http.Request, who caller, a *answer) error {
	args := []any{who.organization, r.PathValue("id")}
	after := r.URL.Query().Get("after")
	if after != "" {
		keys, err := cursorKeys(after)
		if err != nil {
			return err
		}
		micros, err := strconv.ParseInt(string(keys[0]), 10, 64)
		if err != nil {
			return err
		}
		var id string
		if err := json.Unmarshal(keys[1], &id); err != nil {
			return err
		}
		args = append(args, time.UnixMicro(micros).UTC(), id)
	}
	found := false
	page := &messages{of: a, engine: l.engine, size: 50, whole: true, earlier: after != ""}
	a.open('{')
	a.field("data").open('{')
	a.field("customer").open('{')
	err := l.engine.read(r.Context(),
		ask{sql: customerSQL, args: args[:2], each: func(row scanner) error { var id string; found = true; return row.Scan(&id) }},
		ask{sql: timelineSQL(after != "", "51"), args: args, begin: page.begin, end: page.end, each: page.add})
	if !found {
		a.b = append(a.b[:0], `{"data":{"customer":null}}`...)
		return err
	}
	a.b = append(a.b, "}}}"...)
	return err
}

const customerSQL = "SELECT id FROM customers WHERE organization_id = ?1 AND id = ?2"

// The cursors of the limit say what those of the product say, in the same form: a version, a hash that
// tells filter and order apart (here left zero), and the keys as JSON.

const cursorHead = "\x01\x00\x00\x00\x00"

func timelineCursor(at time.Time, id string) string {
	b := append([]byte(cursorHead), '[')
	b = strconv.AppendInt(b, at.UnixMicro(), 10)
	b = append(append(append(b, `,"`...), id...), `"]`...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func cursorKeys(text string) ([]json.RawMessage, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < len(cursorHead) {
		return nil, errors.New("this is not a cursor")
	}
	var keys []json.RawMessage
	err = json.Unmarshal(raw[len(cursorHead):], &keys)
	if err == nil && len(keys) != 2 {
		err = errors.New("a cursor has two keys")
	}
	return keys, err
}
