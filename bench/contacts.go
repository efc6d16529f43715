package main

import (
	"fmt"
	"strings"
	"time"

	"klantkaart/crm"
)

// contact is what other rows need to know of a contact.
type contact struct {
	id, name, function, email    string
	first, prefix, last          string
	department                   any // a text, or none
	archived                     bool
	created, updated             time.Time
	sortKey, emailKey, searching string
	d                            dice
}

func (o *office) contact(j int) contact {
	d := roll(o.seed, aContact, j)
	c := contact{created: d.moment(opened(), present()), first: pick(&d, o.words.firsts), last: pick(&d, o.words.families)}
	c.id = d.id("con", c.created)
	c.updated = d.moment(c.created, present())
	if d.percent(30) {
		c.prefix = pick(&d, o.words.prefixes)
	}
	c.name = joined(" ", c.first, c.prefix, c.last)
	c.function = pick(&d, o.words.functions)
	c.email = fmt.Sprintf("%s.%s%d@Post.Example", mailName(c.first), mailName(c.last), j)
	c.department = d.maybe(60, pick(&d, o.words.departments))
	c.archived = d.percent(10)
	c.sortKey = crm.Fold(joined(" ", c.last, c.prefix, c.first))
	c.emailKey = strings.ToLower(c.email)
	c.searching = foldedAll(c.name, c.function, c.email)
	c.d = d
	return c
}

// contactOf picks a contact of a customer.
func (o *office) contactOf(d *dice, customer int32) int {
	return d.between(int(o.contactsFrom[customer]), int(o.contactsFrom[customer+1])-1)
}

func (o *office) contactsTable() table {
	return table{name: "contacts", n: o.scale.contacts,
		columns: `organization_id id version customer_id name sort_key first_name prefix last_name gender function department
			email email_key phone mobile language is_primary is_invoice_contact mailing_opt_out notes search_text
			created_at created_by updated_at updated_by archived_at archived_by`,
		rows: func(j int, add func(...any)) {
			c := o.contact(j)
			d := &c.d
			customer := o.contactOwner[j]
			var archivedAt, archivedBy any
			if c.archived {
				archivedAt, archivedBy = c.updated, pick(d, o.users)
			}
			add(o.id, c.id, d.between(1, 9), o.customers[customer], c.name, c.sortKey, c.first, orNull(c.prefix), c.last,
				pick(d, []string{"MALE", "FEMALE", "X", "UNKNOWN"}), c.function, c.department,
				c.email, c.emailKey, d.maybe(70, fmt.Sprintf("+3120%07d", d.below(10_000_000))), d.maybe(80, fmt.Sprintf("+316%08d", d.below(100_000_000))),
				"NL", j == int(o.contactsFrom[customer]), d.percent(20), d.percent(10), d.maybe(20, pick(d, o.words.sentences)), c.searching,
				c.created, pick(d, o.users), c.updated, pick(d, o.users), archivedAt, archivedBy)
		}}
}

// functionsTable holds what each contact is there: the first function is what its card shows.
func (o *office) functionsTable() table {
	return table{name: "contact_functions", n: o.scale.contacts,
		columns: "organization_id id contact_id title department is_primary created_at",
		rows: func(j int, add func(...any)) {
			c := o.contact(j)
			add(o.id, "fun"+strings.TrimPrefix(c.id, "con"), c.id, c.function, c.department, true, c.created)
		}}
}

// engagement is what other rows need to know of a lead, request or project.
type engagement struct {
	id, number, title, phase, status string
	created, since                   time.Time
	archived                         bool
	d                                dice
}

func (o *office) phase(k int) string {
	d := roll(o.seed, aRequest, k)
	switch n := d.below(10); {
	case n < 4:
		return "LEAD"
	case n < 7:
		return "REQUEST"
	}
	return "PROJECT"
}

// honoured tells whether a request became the project that stands behind it in the table.
func (o *office) honoured(k int) bool {
	return k >= 0 && k+1 < o.scale.engagements && o.phase(k) == "REQUEST" && o.phase(k+1) == "PROJECT" &&
		o.engagementOwner[k] == o.engagementOwner[k+1]
}

func (o *office) engagement(k int) engagement {
	d := roll(o.seed, anEngagement, k)
	e := engagement{phase: o.phase(k), created: d.moment(opened(), present())}
	e.since = d.moment(e.created, present())
	prefix, letter := "lea", "L"
	switch e.phase {
	case "LEAD":
		e.status = pick(&d, []string{"OPEN", "OPEN", "LOST", "CONVERTED"})
	case "REQUEST":
		prefix, letter = "req", "A"
		e.status = pick(&d, []string{"OPEN", "OPEN", "REJECTED", "WITHDRAWN"})
	case "PROJECT":
		prefix, letter = "pro", "P"
		e.status = pick(&d, []string{"PLANNED", "ACTIVE", "ACTIVE", "ON_HOLD", "ENDED", "ENDED", "ENDED", "ENDED"})
	}
	if o.honoured(k) {
		e.status = "HONOURED"
	}
	e.id = d.id(prefix, e.created)
	e.number = fmt.Sprintf("%s-%d-%04d", letter, e.created.Year(), k+1)
	e.title = pick(&d, o.words.assignments) + " voor " + pick(&d, o.words.occasions)
	e.archived = d.percent(20)
	e.d = d
	return e
}

func (o *office) engagementsTable() table {
	return table{name: "engagements", n: o.scale.engagements,
		columns: `organization_id id version customer_id phase status number title description contact_id handler_id project_leader_id origin_id
			phase_since expected_value probability location hours_per_week openings start_on end_on rate_min rate_max
			created_at created_by updated_at updated_by archived_at archived_by`,
		rows: func(k int, add func(...any)) {
			e := o.engagement(k)
			d := &e.d
			owner := o.engagementOwner[k]
			var origin, archivedAt, archivedBy, leader, start, end any
			var value, probability, openings, rateMin, rateMax any
			switch e.phase {
			case "LEAD":
				value, probability = d.between(1, 200)*1000_00, d.between(0, 20)*5
			case "REQUEST":
				openings, rateMin, rateMax = d.between(1, 4), 65_00, 65_00+d.below(60)*100
			case "PROJECT":
				if o.honoured(k - 1) {
					origin = o.engagements[k-1]
				}
				leader, start = pick(d, o.users), e.since.Format(time.DateOnly)
				end = d.maybe(80, e.since.AddDate(0, d.between(1, 24), 0).Format(time.DateOnly))
			}
			if e.archived {
				archivedAt, archivedBy = present(), pick(d, o.users)
			}
			add(o.id, e.id, d.between(1, 9), o.customers[owner], e.phase, e.status, e.number, e.title, d.maybe(60, pick(d, o.words.sentences)),
				o.contacts[o.contactOf(d, owner)], pick(d, o.users), leader, origin,
				e.since.Format(time.DateOnly), value, probability, d.maybe(50, pick(d, o.words.cities).name), d.maybe(70, d.between(16, 40)*100), openings,
				start, end, rateMin, rateMax,
				e.created, pick(d, o.users), e.since, pick(d, o.users), archivedAt, archivedBy)
		}}
}
