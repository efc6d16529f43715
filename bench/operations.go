package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// operation is one thing that is measured: a GraphQL document, and the path of the same answer at the
// limit.
type operation struct {
	name     string
	document string
	path     func(variables map[string]any) string
	// choose draws the variables of one request.
	choose func(d *dice, s *samples) map[string]any
	write  bool
}

// samples are what requests are drawn from.
type samples struct {
	office         *office
	listCursors    []string
	timelines      []timelineStart
	customersInUse []int
}

// timelineStart is a customer with the cursor of one of its communications.
type timelineStart struct{ customer, cursor string }

const graphPath = "/graphql"

func operations() []operation {
	return []operation{
		{name: "card", document: cardDocument,
			path:   func(v map[string]any) string { return fmt.Sprintf("/card/%s", v["id"]) },
			choose: func(d *dice, s *samples) map[string]any { return map[string]any{"id": pick(d, s.office.customers)} }},
		{name: "list", document: listDocument,
			path: func(v map[string]any) string {
				return "/list?" + url.Values{"after": {fmt.Sprint(v["after"])}}.Encode()
			},
			choose: func(d *dice, s *samples) map[string]any { return map[string]any{"after": pick(d, s.listCursors)} }},
		{name: "timeline", document: timelineDocument,
			path: func(v map[string]any) string {
				return fmt.Sprintf("/timeline/%s?%s", v["id"], url.Values{"after": {fmt.Sprint(v["after"])}}.Encode())
			},
			choose: func(d *dice, s *samples) map[string]any {
				start := pick(d, s.timelines)
				return map[string]any{"id": start.customer, "after": start.cursor}
			}},
		{name: "search", document: searchDocument,
			path: func(v map[string]any) string {
				return "/search?" + url.Values{"text": {fmt.Sprint(v["text"])}}.Encode()
			},
			choose: func(d *dice, s *samples) map[string]any { return map[string]any{"text": s.office.wanted(d)} }},
		{name: "moment", document: momentDocument, write: true,
			path: func(map[string]any) string { return "/moment" }, choose: chooseMoment},
	}
}

// wanted is what someone types into the search box: the beginning of a name, a name, a name and a
// trade, a number, a title; rarely just two letters.
func (o *office) wanted(d *dice) string {
	c := o.customer(d.below(o.scale.customers))
	switch n := d.below(100); {
	case n < 25:
		return c.name[:strings.IndexByte(c.name, ' ')]
	case n < 50:
		return strings.Join(strings.Fields(c.name)[:2], " ")
	case n < 60:
		return c.number
	case n < 85:
		return o.contact(d.below(o.scale.contacts)).name
	case n < 97:
		return pick(d, o.words.assignments) + " " + pick(d, o.words.occasions)
	}
	return strings.ToLower(pick(d, o.words.families)[:2])
}

func chooseMoment(d *dice, s *samples) map[string]any {
	number := pick(d, s.customersInUse)
	return map[string]any{
		"customerId": s.office.customers[number],
		"contactId":  s.office.contacts[s.office.contactOf(d, int32(number))],
		"subject":    pick(d, s.office.words.subjects), "body": pick(d, s.office.words.sentences), "durationMinutes": d.between(1, 60),
	}
}

// request is one request to both sides, as bytes of HTTP.
type request struct {
	variables      map[string]any
	product, limit []byte
}

// requests draws so many of an operation.
func (o operation) requests(n int, s *samples) ([]request, error) {
	all := make([]request, n)
	d := roll(s.office.seed, aRequest, len(o.name)*1000+int(o.name[0]))
	for i := range all {
		v := o.choose(&d, s)
		body, err := json.Marshal(map[string]any{"query": o.document, "variables": v})
		if err != nil {
			return nil, err
		}
		all[i] = request{variables: v, product: post(graphPath, s.office.token(), body), limit: get(o.path(v), s.office.token())}
		if o.write {
			if body, err = json.Marshal(v); err != nil {
				return nil, err
			}
			all[i].limit = post(o.path(v), s.office.token(), body)
		}
	}
	return all, nil
}

func post(path, token string, body []byte) []byte {
	return append(fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Accept: application/graphql-response+json\r\nContent-Length: %d\r\n\r\n", path, token, len(body)), body...)
}

func get(path, token string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n\r\n", path, token)
}

const cardDocument = `query Card($id: ID!) {
  customer(by: {id: $id}) {
    id version number name tradeName stage customerSince kvkNumber vatId sector phone email website language updatedAt
    accountManager { id name email }
    recentContacts { id name function email phone }
    recentEngagements { __typename id number title status phaseSince }
    attentions { id level text validUntil }
    relations { kind other { id name } }
    communications(first: 20) {
      nodes { id kind direction at subject excerpt contacts { id name } }
      pageInfo { hasNextPage endCursor }
    }
    counts { contacts archivedContacts openLeads openRequests runningProjects archivedProjects communications }
  }
}`

const listDocument = `query Customers($after: String) {
  customers(first: 50, after: $after) {
    nodes {
      id number name stage
      accountManager { id name }
      recentContacts { id name function phone }
      recentEngagements { __typename id number title status }
      attentions { id level text }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const timelineDocument = `query Timeline($id: ID!, $after: String) {
  customer(by: {id: $id}) {
    communications(first: 50, after: $after) {
      nodes { id kind direction status at subject excerpt author { id name } contacts { id name } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}`

const searchDocument = `query Search($text: String!) {
  search(text: $text, first: 10) { type title subtitle isArchived highlights { start length } card { id } }
}`

const momentDocument = `mutation Moment($customerId: ID!, $contactId: ID!, $subject: String!, $body: String!, $durationMinutes: Int!) {
  createContactMoment(input: {customerId: $customerId, contactIds: [$contactId], subject: $subject, body: $body, durationMinutes: $durationMinutes}) {
    communication { id kind at subject contacts { id name } }
    userErrors { code message path }
    position
  }
}`
