package main

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestCalendarFiles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := demoOn(t, store)
		sanne := o.as(t, "Sanne")
		got := sanne.ask(t, `{ customer(by: {number: "10002"}) { communications(kinds: [APPOINTMENT]) { nodes { ... on Appointment { calendarUrl icalendar } } } } }`)
		node := field(t, got, "customer", "communications", "nodes").([]any)[0].(map[string]any)
		url, text := node["calendarUrl"].(string), node["icalendar"].(string)
		bearer := []string{"Authorization", "Bearer " + sanne.token}
		t.Run("hold what the graph tells, as a file to keep", func(t *testing.T) {
			file := o.send(t, http.MethodGet, url, "", bearer...)
			expectStatus(t, file, http.StatusOK)
			expectHeader(t, file, "Content-Type", "text/calendar; charset=utf-8")
			expectHeader(t, file, "Content-Disposition", `attachment; filename=afspraak.ics`)
			expectHeader(t, file, "Cache-Control", "no-store")
			if file.body != text {
				t.Errorf("got %s", file.body)
			}
		})
		t.Run("are for colleagues alone", func(t *testing.T) {
			expectStatus(t, o.send(t, http.MethodGet, url, "", "Authorization", ""), http.StatusUnauthorized)
			expectStatus(t, o.send(t, http.MethodGet, url, "", "Authorization", "Bearer wrong"), http.StatusUnauthorized)
		})
		t.Run("look absent when they are not there", func(t *testing.T) {
			for _, path := range []string{"/communications/com_00000000000000000000000000.ics", "/communications/x.ics", strings.TrimSuffix(url, ".ics"), "/communications/.ics"} {
				file := o.send(t, http.MethodGet, path, "", bearer...)
				expectStatus(t, file, http.StatusNotFound)
			}
		})
		t.Run("of one's own are fetched by calendars, with an API token as the password", func(t *testing.T) {
			file := o.send(t, http.MethodGet, "/calendar.ics", "", bearer...)
			expectStatus(t, file, http.StatusOK)
			if strings.Count(file.body, "BEGIN:VEVENT") != 1 {
				t.Errorf("got %s", file.body)
			}
			secret := field(t, sanne.ask(t, `mutation { createApiToken(input: {name: "Agenda"}) { secret } }`), "createApiToken", "secret").(string)
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("sanne:"+secret))
			expectStatus(t, o.send(t, http.MethodGet, "/calendar.ics", "", "Authorization", basic), http.StatusOK)
		})
		t.Run("of one's own ask a calendar for its password", func(t *testing.T) {
			refused := o.send(t, http.MethodGet, "/calendar.ics", "", "Authorization", "")
			expectStatus(t, refused, http.StatusUnauthorized)
			if asked := strings.Join(refused.Header.Values("WWW-Authenticate"), ", "); !strings.Contains(asked, "Basic realm=") {
				t.Errorf("it asks for %s", asked)
			}
			wrong := "Basic " + base64.StdEncoding.EncodeToString([]byte("sanne:wrong"))
			expectStatus(t, o.send(t, http.MethodGet, "/calendar.ics", "", "Authorization", wrong), http.StatusUnauthorized)
		})
	})
}
