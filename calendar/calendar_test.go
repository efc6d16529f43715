package calendar_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"klantkaart/calendar"
)

func event() calendar.Event {
	at := time.Date(2026, time.November, 26, 14, 0, 0, 0, time.FixedZone("CET", 3600))
	remind := at.Add(-15 * time.Minute)
	return calendar.Event{
		ID: "com_01", Sequence: 2, Changed: at.Add(-72 * time.Hour), Start: at, End: at.Add(45 * time.Minute),
		Summary: "Gesprek; planning, kandidaten", Description: "Regel 1\r\nRegel 2 \\ schuin", Location: "Stadionweg 41, Rotterdam",
		Organizer: &calendar.Person{Name: "Sanne Verhoef", Email: "sanne@delta.example"},
		Attendees: []calendar.Person{{Name: `Erik "Ries" Jansen`, Email: "e.jansen@vdv.example"}}, RemindAt: &remind,
	}
}

// unfolded reads an object as RFC 5545 says: lines end in CRLF, a line that begins with a blank goes on.
func unfolded(t *testing.T, object string) []string {
	t.Helper()
	if !strings.HasSuffix(object, "\r\n") || strings.Contains(strings.ReplaceAll(object, "\r\n", ""), "\n") {
		t.Fatal("a line does not end in CRLF")
	}
	for _, line := range strings.Split(object, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d octets, valid %v: %q", len(line), utf8.ValidString(line), line)
		}
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(object, "\r\n ", ""), "\r\n"), "\r\n")
}

func TestWriteGivesWhatCalendarsRead(t *testing.T) {
	t.Parallel()
	want := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Klantkaart//Klantkaart//NL", "CALSCALE:GREGORIAN", "METHOD:REQUEST",
		"BEGIN:VEVENT", "UID:com_01", "SEQUENCE:2", "DTSTAMP:20261123T130000Z", "LAST-MODIFIED:20261123T130000Z",
		"DTSTART:20261126T130000Z", "DTEND:20261126T134500Z",
		`SUMMARY:Gesprek\; planning\, kandidaten`, `DESCRIPTION:Regel 1\nRegel 2 \\ schuin`, `LOCATION:Stadionweg 41\, Rotterdam`,
		"STATUS:CONFIRMED", `ORGANIZER;CN="Sanne Verhoef":mailto:sanne@delta.example`,
		`ATTENDEE;CN="Erik 'Ries' Jansen";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:e.jansen@vdv.example`,
		"BEGIN:VALARM", "ACTION:DISPLAY", `DESCRIPTION:Gesprek\; planning\, kandidaten`, "TRIGGER;VALUE=DATE-TIME:20261126T124500Z", "END:VALARM",
		"END:VEVENT", "END:VCALENDAR",
	}
	got := unfolded(t, calendar.Write(calendar.Request, event()))
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d\ngot  %q\nwant %q", i+1, got[min(i, len(got)-1):], want[min(i, len(want)-1):])
		}
	}
}

func TestWriteTellsThatAnAppointmentIsOff(t *testing.T) {
	t.Parallel()
	off := event()
	off.Cancelled = true
	object := calendar.Write(calendar.Cancel, off)
	if !strings.Contains(object, "METHOD:CANCEL\r\n") || !strings.Contains(object, "STATUS:CANCELLED\r\n") || strings.Contains(object, "VALARM") {
		t.Error(object)
	}
}

func TestWriteLetsNoTextBreakOut(t *testing.T) {
	t.Parallel()
	bad := event()
	bad.Summary = "x\r\nBEGIN:VALARM\r\nATTACH:https://spion.example"
	bad.Organizer.Name = "y\r\nATTENDEE:mailto:z@z.example"
	for _, line := range unfolded(t, calendar.Write(calendar.Publish, bad)) {
		if strings.HasPrefix(line, "ATTACH") || strings.HasPrefix(line, "ATTENDEE:") {
			t.Errorf("a text became a line: %q", line)
		}
	}
}

func TestWriteFoldsWithoutCuttingCharacters(t *testing.T) {
	t.Parallel()
	for n := range 80 {
		long := event()
		long.Summary = strings.Repeat("x", n) + strings.Repeat("€é😀", 60)
		if got := unfolded(t, calendar.Write(calendar.Publish, long)); !strings.Contains(strings.Join(got, "\n"), "SUMMARY:"+long.Summary+"\n") {
			t.Fatalf("with %d in front the text does not read back", n)
		}
	}
}

func TestWriteOfNoEventsIsACalendar(t *testing.T) {
	t.Parallel()
	if got := unfolded(t, calendar.Write(calendar.Publish)); len(got) != 6 {
		t.Errorf("got %q", got)
	}
}
