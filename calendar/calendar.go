// Package calendar writes appointments as iCalendar objects (RFC 5545), in the form in which calendars
// exchange them (RFC 5546). It is written here for what the libraries do otherwise: lines end as the
// specification wants on every system, and are folded by octets without cutting a character.
package calendar

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MediaType is the type of an iCalendar file.
const MediaType = "text/calendar; charset=utf-8"

// Method is what a calendar is to do with the events.
type Method string

// The methods.
const (
	Publish Method = "PUBLISH" // show them
	Request Method = "REQUEST" // put them in, or change what is there
	Cancel  Method = "CANCEL"  // take them out
)

// Event is an appointment.
type Event struct {
	// ID stays the same for ever; a calendar knows the event by it.
	ID string
	// Sequence rises with every change.
	Sequence int
	// Changed is when it became what it is.
	Changed                        time.Time
	Start, End                     time.Time
	Summary, Description, Location string
	Cancelled                      bool
	Organizer                      *Person
	Attendees                      []Person
	// RemindAt is when the calendar reminds of it; nil for never.
	RemindAt *time.Time
}

// Person takes part in an event.
type Person struct{ Name, Email string }

// Write gives the events as one iCalendar object.
func Write(method Method, events ...Event) string {
	w := &writer{}
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Klantkaart//Klantkaart//NL")
	w.line("CALSCALE:GREGORIAN")
	w.line("METHOD:" + string(method))
	for _, event := range events {
		w.event(event)
	}
	w.line("END:VCALENDAR")
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) event(e Event) {
	w.line("BEGIN:VEVENT")
	w.text("UID", e.ID)
	w.line("SEQUENCE:" + strconv.Itoa(e.Sequence))
	w.line("DTSTAMP:" + moment(e.Changed))
	w.line("LAST-MODIFIED:" + moment(e.Changed))
	w.line("DTSTART:" + moment(e.Start))
	w.line("DTEND:" + moment(e.End))
	w.text("SUMMARY", e.Summary)
	w.text("DESCRIPTION", e.Description)
	w.text("LOCATION", e.Location)
	if e.Cancelled {
		w.line("STATUS:CANCELLED")
	} else {
		w.line("STATUS:CONFIRMED")
	}
	if e.Organizer != nil {
		w.line("ORGANIZER" + name(e.Organizer.Name) + ":mailto:" + e.Organizer.Email)
	}
	for _, person := range e.Attendees {
		w.line("ATTENDEE" + name(person.Name) + ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:" + person.Email)
	}
	if e.RemindAt != nil && !e.Cancelled {
		w.line("BEGIN:VALARM")
		w.line("ACTION:DISPLAY")
		w.text("DESCRIPTION", e.Summary)
		w.line("TRIGGER;VALUE=DATE-TIME:" + moment(*e.RemindAt))
		w.line("END:VALARM")
	}
	w.line("END:VEVENT")
}

// moment is a moment in UTC, to the second.
func moment(at time.Time) string { return at.UTC().Format("20060102T150405Z") }

// text writes a property that holds text, if there is any.
func (w *writer) text(property, value string) {
	value = strings.ReplaceAll(value, "\r\n", "\n")
	if value != "" {
		w.line(property + ":" + strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", `\n`).Replace(printable(value, "\n\r\t")))
	}
}

// name is the parameter with a person's name: in quotes, which a name in quotes cannot hold.
func name(of string) string {
	of = strings.ReplaceAll(printable(of, ""), `"`, "'")
	if of == "" {
		return ""
	}
	return `;CN="` + of + `"`
}

// printable drops control characters, but for those that may stay.
func printable(text, staying string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' || r == 0x7f) && !strings.ContainsRune(staying, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// lineOctets is how long a line may be, without its end.
const lineOctets = 75

// line writes one content line, folded.
func (w *writer) line(content string) {
	room := lineOctets
	for len(content) > room {
		cut := room
		for !utf8.RuneStart(content[cut]) {
			cut--
		}
		w.WriteString(content[:cut] + "\r\n ")
		content, room = content[cut:], lineOctets-1
	}
	w.WriteString(content + "\r\n")
}
