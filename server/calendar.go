package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"klantkaart/calendar"
	"klantkaart/crm"
)

// appointment sends an appointment as a calendar file. What is no appointment of the viewer's office looks
// absent.
func (n *node) appointment(w http.ResponseWriter, r *http.Request) {
	id, isCalendar := strings.CutSuffix(r.PathValue("file"), crm.CalendarSuffix)
	n.sendCalendar(w, r, "afspraak.ics", func(ctx context.Context) (string, error) {
		objects, err := n.crm.Communications.ICalendarsOf(ctx, []crm.ID{crm.ID(id)})
		if err != nil || !isCalendar {
			return "", err
		}
		return objects[0], nil
	})
}

// ownCalendar sends the viewer's agenda, for calendars that subscribe to it.
func (n *node) ownCalendar(w http.ResponseWriter, r *http.Request) {
	if _, err := crm.ActorFrom(r.Context()); err != nil {
		w.Header().Set("WWW-Authenticate", `Basic realm="Klantkaart", charset="UTF-8"`)
		refuse(w, r, http.StatusUnauthorized, unauthenticated, textOf(err))
		return
	}
	n.sendCalendar(w, r, "agenda.ics", n.crm.Communications.Calendar)
}

func (n *node) sendCalendar(w http.ResponseWriter, r *http.Request, name string, read func(context.Context) (string, error)) {
	if _, err := crm.ActorFrom(r.Context()); err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	object, err := read(r.Context())
	if err != nil {
		n.refuseInternal(w, r, err)
		return
	}
	if object == "" {
		refuse(w, r, http.StatusNotFound, notFound, crm.Text{NL: "Dit bestand bestaat niet, of niet voor u.", EN: "This file does not exist, or not for you."})
		return
	}
	w.Header().Set("Content-Type", calendar.MediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(object)))
	w.Header().Set("Content-Disposition", disposition(name))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = io.WriteString(w, object) // an error is that the client has left
}

// calendarCredential lets calendar programs sign in: they know no bearer tokens, but ask for a name and a
// password. The password is an API token; the name is not looked at.
func calendarCredential(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, token, ok := r.BasicAuth(); ok {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		next(w, r)
	}
}
