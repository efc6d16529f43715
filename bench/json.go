package main

import (
	"strconv"
	"time"
)

// answer is a JSON text that is being written by hand.
type answer struct{ b []byte }

// next puts a comma where one is due.
func (a *answer) next() {
	if n := len(a.b); n > 0 && a.b[n-1] != '{' && a.b[n-1] != '[' && a.b[n-1] != ':' {
		a.b = append(a.b, ',')
	}
}

func (a *answer) open(bracket byte) {
	a.next()
	a.b = append(a.b, bracket)
}

func (a *answer) close(bracket byte) { a.b = append(a.b, bracket) }

// field begins a field of an object. Names need no escaping.
func (a *answer) field(name string) *answer {
	a.next()
	a.b = append(a.b, '"')
	a.b = append(a.b, name...)
	a.b = append(a.b, '"', ':')
	return a
}

func (a *answer) null() { a.literal("null") }

func (a *answer) literal(text string) {
	a.next()
	a.b = append(a.b, text...)
}

func (a *answer) boolean(value bool) { a.literal(strconv.FormatBool(value)) }

func (a *answer) number(value int64) {
	a.next()
	a.b = strconv.AppendInt(a.b, value, 10)
}

// optional writes null for what is not there.
func (a *answer) optional(text *string) {
	if text == nil {
		a.null()
		return
	}
	a.text(*text)
}

func (a *answer) text(text string) {
	a.next()
	a.b = append(a.b, '"')
	from := 0
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		a.b = append(a.b, text[from:i]...)
		a.b = appendEscaped(a.b, c)
		from = i + 1
	}
	a.b = append(a.b, text[from:]...)
	a.b = append(a.b, '"')
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	}
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}

// moment is a point in time as an engine gives it: PostgreSQL as a time, SQLite as text.
type moment struct {
	time time.Time
	text string
}

// into is where a row is scanned to.
func (m *moment) into(e engine) any {
	if e.lite() {
		return &m.text
	}
	return &m.time
}

// UTC gives the moment itself.
func (m *moment) UTC() (time.Time, error) {
	if m.text == "" {
		return m.time.UTC(), nil
	}
	return time.Parse("2006-01-02 15:04:05.999999999-07:00", m.text)
}

// moment writes RFC 3339 with milliseconds, in UTC.
func (a *answer) moment(m *moment) {
	a.next()
	a.b = append(a.b, '"')
	if m.text == "" {
		a.b = m.time.UTC().AppendFormat(a.b, "2006-01-02T15:04:05.000Z")
	} else { // 2026-11-01 16:58:34.12+00:00, as stored
		a.b = append(a.b, m.text[:10]...)
		a.b = append(a.b, 'T')
		a.b = append(a.b, m.text[11:19]...)
		fraction := m.text[19 : len(m.text)-len("+00:00")]
		a.b = append(a.b, (fraction + ".000"[len(fraction):])[:4]...)
		a.b = append(a.b, 'Z')
	}
	a.b = append(a.b, '"')
}
