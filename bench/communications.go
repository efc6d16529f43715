package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// communication is what other rows need to know of one.
type communication struct {
	id       string
	owner    int32
	at       time.Time
	contacts []int // numbers, each once
	d        dice
}

// communication gives one by its place in time: the table is in the order of creation, as if it had
// grown over the years, so that those of one customer lie scattered over it.
func (o *office) communication(m int) communication {
	d := roll(o.seed, aCommunication, m)
	years := present().Sub(opened())
	step := years / time.Duration(o.scale.communications)
	c := communication{owner: o.communicationOwner[m], at: opened().Add(time.Duration(m) * step).Truncate(time.Millisecond)}
	c.id = d.id("com", c.at)
	first := o.contactOf(&d, c.owner)
	switch n := d.below(10); {
	case n < 7:
		c.contacts = []int{first}
	case n < 9:
		c.contacts = []int{first}
		if second := o.contactOf(&d, c.owner); second != first {
			c.contacts = append(c.contacts, second)
		}
	}
	c.d = d
	return c
}

func (o *office) communicationsTable() table {
	return table{name: "communications", n: o.scale.communications,
		columns: `organization_id id customer_id engagement_id kind direction status at ends_at subject body search_text channel duration
			location file_name mail_from mail_to thread_id invoice_number net_amount author_id created_at`,
		rows: func(m int, add func(...any)) {
			c := o.communication(m)
			d := &c.d
			var engagement any
			if d.percent(40) {
				engagement = o.engagements[d.between(int(o.engagementsFrom[c.owner]), int(o.engagementsFrom[c.owner+1])-1)]
			}
			subject := pick(d, o.words.subjects)
			body, searching := o.text(d, subject)
			row := o.message(d, m, c.at)
			add(o.id, c.id, o.customers[c.owner], engagement, row.kind, row.direction, row.status, c.at, row.ends, subject, body, searching,
				row.channel, row.duration, row.location, row.file, row.from, row.to, row.thread, row.invoice, row.amount, pick(d, o.users), c.at)
		}}
}

// text gives a body of one to seven sentences, and what search knows of it and its subject.
func (o *office) text(d *dice, subject string) (body, searching string) {
	n := d.between(1, 7)
	texts, folded := make([]string, n), make([]string, n+1)
	folded[0] = o.folded[subject]
	for i := range n {
		texts[i] = pick(d, o.words.sentences)
		folded[i+1] = o.folded[texts[i]]
	}
	return strings.Join(texts, " "), strings.Join(folded, " ")
}

// message are the columns that depend on the kind.
type message struct {
	kind, direction, status                                                    string
	ends, channel, duration, location, file, from, to, thread, invoice, amount any
}

func (o *office) message(d *dice, m int, at time.Time) message {
	switch n := d.below(100); {
	case n < 35:
		return message{kind: "CONVERSATION_NOTE", direction: "INTERNAL", status: "DONE",
			channel: pick(d, []string{"PHONE", "VISIT", "VIDEO", "CHAT", "EVENT"}), duration: d.maybe(70, d.between(1, 12)*5)}
	case n < 70:
		e := message{kind: "EMAIL", direction: "OUT", status: "SENT", from: "kantoor@kantoor.example", thread: fmt.Sprintf("thread-%d", m/3)}
		if d.percent(45) {
			e.direction, e.status = "IN", "RECEIVED"
		}
		to, err := json.Marshal([]string{fmt.Sprintf("relatie%d@post.example", d.below(1000))})
		if err != nil {
			panic(err) // texts always marshal
		}
		e.to = string(to)
		return e
	case n < 80:
		return message{kind: "APPOINTMENT", direction: "INTERNAL", status: pick(d, []string{"DONE", "DONE", "CANCELLED"}),
			ends: at.Add(time.Hour), location: d.maybe(60, pick(d, o.words.cities).name)}
	case n < 86:
		return message{kind: "LETTER", direction: "OUT", status: pick(d, []string{"SENT", "SENT", "DRAFT"})}
	case n < 93:
		return message{kind: "INVOICE", direction: "OUT", status: "SENT", invoice: fmt.Sprintf("F%08d", m), amount: d.between(100, 20_000) * 100}
	case n < 98:
		return message{kind: "DOCUMENT", direction: "OUT", status: pick(d, []string{"SENT", "DRAFT"}), file: fmt.Sprintf("document-%d.pdf", m)}
	}
	return message{kind: "WORKFLOW", direction: "INTERNAL", status: "DONE"}
}

func (o *office) linksTable() table {
	return table{name: "communication_contacts", n: o.scale.communications,
		columns: "organization_id communication_id ordinal contact_id at",
		rows: func(m int, add func(...any)) {
			c := o.communication(m)
			for i, j := range c.contacts {
				add(o.id, c.id, i, o.contacts[j], c.at)
			}
		}}
}
