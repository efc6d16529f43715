package main

import "fmt"

// The operations of writers beside changes of fields.

// moment is with the contact, whose streams tell it too, or with nobody.
func (w *writer) moment(h *home, card int, id string) request {
	contacts := []string{}
	if w.dice.IntN(2) == 0 {
		contacts = append(contacts, h.contacts[card])
	}
	return request{kind: "createContactMoment", card: h.customers[card], credential: h.writer, least: 1, most: 1,
		query:     `mutation ($card: ID!, $contacts: [ID!]!, $text: String!) { done: createContactMoment(input: {customerId: $card, contactIds: $contacts, subject: $text}) { card: communication { id } ` + settled + ` }`,
		variables: map[string]any{"card": h.customers[card], "contacts": contacts, "text": id}}
}

func (w *writer) lead(h *home, card int, id string) request {
	return request{kind: "createLead", card: h.customers[card], credential: h.writer, least: 1, most: 1,
		query:     `mutation ($card: ID!, $text: String!) { done: createLead(input: {customerId: $card, title: $text}) { card: lead { id } ` + settled + ` }`,
		variables: map[string]any{"card": h.customers[card], "text": id}}
}

func (w *writer) contact(h *home, card int, id string) request {
	return request{kind: "createContact", card: h.customers[card], credential: h.writer, least: 1, most: 1,
		query:     `mutation ($card: ID!, $text: String!) { done: createContact(input: {customerId: $card, fields: {functionalName: $text}}) { card: contact { id } ` + settled + ` }`,
		variables: map[string]any{"card": h.customers[card], "text": id}}
}

// attention is for all colleagues, or for some.
func (w *writer) attention(h *home, card int, id string) request {
	to := []string{}
	for _, person := range h.people {
		if w.dice.IntN(3) == 0 {
			to = append(to, person)
		}
	}
	target := h.customers[card]
	if w.dice.IntN(3) == 0 {
		target = h.contacts[card]
	}
	return request{kind: "addAttention", card: target, credential: h.writer, least: 1, most: 1,
		query:     `mutation ($card: ID!, $text: String!, $to: [ID!]!) { done: addAttention(input: {cardId: $card, text: $text, recipientIds: $to}) { attention { id } ` + settled + ` }`,
		variables: map[string]any{"card": target, "text": id, "to": to},
		then: func(d done) {
			if len(to) == 0 {
				w.attentions = append(w.attentions, mark{office: h.number, id: d.Attention.ID, card: target})
			}
		}}
}

// acknowledge takes note of the writer's latest attention for all in the office, which changes something once.
func (w *writer) acknowledge(h *home, card int, id string) request {
	for i := len(w.attentions) - 1; i >= 0; i-- {
		if one := w.attentions[i]; one.office == h.number {
			w.attentions = append(w.attentions[:i], w.attentions[i+1:]...)
			return request{kind: "acknowledgeAttention", card: one.card, credential: h.writer, least: 1, most: 1,
				query:     `mutation ($id: ID!) { done: acknowledgeAttention(input: {id: $id}) { attention { id } ` + settled + ` }`,
				variables: map[string]any{"id": one.id}}
		}
	}
	return w.attention(h, card, id)
}

// archive takes a card out of daily use, or brings it back. The last cards only: the others stay hot.
func (w *writer) archive(h *home, _ int, _ string) request {
	card := h.customers[len(h.customers)-1]
	kind := []string{"archiveCustomer", "restoreCustomer"}[w.dice.IntN(2)]
	return request{kind: kind, card: card, credential: h.writer, least: 1, most: 1,
		query:     fmt.Sprintf(`mutation ($card: ID!) { done: %s(input: {id: $card}) { card: customer { id version } %s }`, kind, settled),
		variables: map[string]any{"card": card}}
}

// badInput is refused, some of it after a part was written.
func (w *writer) badInput(h *home, card int, id string) request {
	if w.dice.IntN(2) == 0 {
		return request{kind: "bad input", card: h.customers[card], credential: h.writer, least: 0, most: 0,
			query:     `mutation ($card: ID!, $text: String!) { done: updateCustomer(input: {id: $card, expectedVersion: 1, patch: {phone: $text}}) { card: customer { id } ` + settled + ` }`,
			variables: map[string]any{"card": h.customers[card], "text": id}}
	}
	neighbour := w.scene.offices[(h.number+1)%len(w.scene.offices)]
	return request{kind: "of the neighbour", card: h.customers[card], credential: h.writer, least: 0, most: 0,
		query:     `mutation ($card: ID!, $text: String!) { done: createLead(input: {customerId: $card, title: $text}) { card: lead { id } ` + settled + ` }`,
		variables: map[string]any{"card": neighbour.customers[card], "text": id}}
}

func (w *writer) request(h *home, card int, id string) request {
	return request{kind: "createRequest", card: h.customers[card], credential: h.writer, least: 1, most: 1,
		query:     `mutation ($card: ID!, $contact: ID!, $text: String!) { done: createRequest(input: {customerId: $card, contactId: $contact, title: $text}) { card: request { id } ` + settled + ` }`,
		variables: map[string]any{"card": h.customers[card], "contact": h.contacts[card], "text": id},
		then: func(d done) {
			w.requests = append(w.requests, mark{office: h.number, id: d.Card.ID, card: h.customers[card]})
		}}
}

// honour turns a request into a project: one transaction, several cards.
func (w *writer) honour(h *home, card int, id string) request {
	for i, one := range w.requests {
		if one.office == h.number {
			w.requests = append(w.requests[:i], w.requests[i+1:]...)
			return request{kind: "honourRequest", card: one.card, credential: h.writer, least: 2, most: 2,
				query:     `mutation ($id: ID!) { done: honourRequest(input: {id: $id, startOn: "2026-06-01"}) { card: project { id } ` + settled + ` }`,
				variables: map[string]any{"id": one.id}}
		}
	}
	return w.request(h, card, id)
}
