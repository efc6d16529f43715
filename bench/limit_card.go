package main

import (
	"database/sql"
	"net/http"
)

// card writes the customer card: everything in one round trip.
func (l *limit) card(r *http.Request, who caller, a *answer) error {
	id, found := r.PathValue("id"), false
	one := []any{who.organization, id}
	dated := []any{who.organization, id, l.today()}
	a.open('{')
	a.field("data").open('{')
	a.field("customer").open('{')
	page := &messages{of: a, engine: l.engine, size: 20}
	err := l.engine.read(r.Context(),
		ask{sql: cardSQL, args: one, each: func(row scanner) error { found = true; return l.basics(row, a) }},
		ask{sql: contactsSQL, args: one, begin: a.list("recentContacts"), end: a.endList, each: l.contact(func(int) *answer { return a }, true)},
		ask{sql: engagementsSQL, args: one, begin: a.list("recentEngagements"), end: a.endList, each: l.engagement(func(int) *answer { return a }, true)},
		ask{sql: attentionsSQL, args: dated, begin: a.list("attentions"), end: a.endList, each: l.attention(func(int) *answer { return a }, true)},
		ask{sql: relationsSQL, args: one, begin: a.list("relations"), end: a.endList, each: func(row scanner) error { return relation(row, a) }},
		ask{sql: timelineSQL(false, "21"), args: one, begin: page.begin, end: page.end, each: page.add},
		ask{sql: countsSQL, args: dated, each: func(row scanner) error { return counts(row, a) }},
	)
	if !found {
		a.b = append(a.b[:0], `{"data":{"customer":null}}`...)
		return err
	}
	a.b = append(a.b, "}}}"...)
	return err
}

func (a *answer) list(name string) func() {
	return func() { a.field(name).open('[') }
}

func (a *answer) endList() { a.close(']') }

func (l *limit) basics(row scanner, a *answer) error {
	var id, number, name, stage, language string
	var trade, since, kvk, vat, sector, phone, email, website, managerID, managerName, managerEmail *string
	var version int64
	var updated moment
	err := row.Scan(&id, &version, &number, &name, &trade, &stage, &since, &kvk, &vat, &sector,
		&phone, &email, &website, &language, updated.into(l.engine), &managerID, &managerName, &managerEmail)
	if err != nil {
		return err
	}
	a.field("id").text(id)
	a.field("version").number(version)
	a.field("number").text(number)
	a.field("name").text(name)
	a.field("tradeName").optional(trade)
	a.field("stage").text(stage)
	a.field("customerSince").optional(since)
	a.field("kvkNumber").optional(kvk)
	a.field("vatId").optional(vat)
	a.field("sector").optional(sector)
	a.field("phone").optional(phone)
	a.field("email").optional(email)
	a.field("website").optional(website)
	a.field("language").text(language)
	a.field("updatedAt").moment(&updated)
	a.field("accountManager")
	if managerID == nil {
		a.null()
		return nil
	}
	a.open('{')
	a.field("id").text(*managerID)
	a.field("name").optional(managerName)
	a.field("email").optional(managerEmail)
	a.close('}')
	return nil
}

// contact reads contacts; of gives where those of a parent are written, by its number from 1.
func (l *limit) contact(of func(parent int) *answer, whole bool) func(scanner) error {
	return func(row scanner) error {
		var parent int
		var id, name string
		var function, email, phone *string
		if err := row.Scan(&parent, &id, &name, &function, &email, &phone); err != nil {
			return err
		}
		a := of(parent)
		a.open('{')
		a.field("id").text(id)
		a.field("name").text(name)
		a.field("function").optional(function)
		if whole {
			a.field("email").optional(email)
		}
		a.field("phone").optional(phone)
		a.close('}')
		return nil
	}
}

func (l *limit) engagement(of func(parent int) *answer, whole bool) func(scanner) error {
	today := l.today()
	return func(row scanner) error {
		var parent int
		var phase, id, number, title, status, since string
		var start sql.NullString
		if err := row.Scan(&parent, &phase, &id, &number, &title, &status, &start, &since); err != nil {
			return err
		}
		if status == "PLANNED" && start.String <= today { // a project follows the calendar
			status = "ACTIVE"
		}
		a := of(parent)
		a.open('{')
		a.field("__typename").text(phase[:1] + lower(phase[1:]))
		a.field("id").text(id)
		a.field("number").text(number)
		a.field("title").text(title)
		a.field("status").text(status)
		if whole {
			a.field("phaseSince").text(since)
		}
		a.close('}')
		return nil
	}
}

func (l *limit) attention(of func(parent int) *answer, whole bool) func(scanner) error {
	return func(row scanner) error {
		var parent int
		var id, level, text string
		var until *string
		if err := row.Scan(&parent, &id, &level, &text, &until); err != nil {
			return err
		}
		a := of(parent)
		a.open('{')
		a.field("id").text(id)
		a.field("level").text(level)
		a.field("text").text(text)
		if whole {
			a.field("validUntil").optional(until)
		}
		a.close('}')
		return nil
	}
}

func relation(row scanner, a *answer) error {
	var kind, id, name string
	if err := row.Scan(&kind, &id, &name); err != nil {
		return err
	}
	a.open('{')
	a.field("kind").text(kind)
	a.field("other").open('{')
	a.field("id").text(id)
	a.field("name").text(name)
	a.close('}')
	a.close('}')
	return nil
}

func counts(row scanner, a *answer) error {
	names := [...]string{"contacts", "archivedContacts", "openLeads", "openRequests", "runningProjects", "archivedProjects", "communications"}
	var n [len(names)]int64
	if err := row.Scan(&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6]); err != nil {
		return err
	}
	a.field("counts").open('{')
	for i, name := range names {
		a.field(name).number(n[i])
	}
	a.close('}')
	return nil
}

// lower is for the letters of a phase.
func lower(text string) string {
	b := []byte(text)
	for i := range b {
		b[i] |= 0x20
	}
	return string(b)
}
