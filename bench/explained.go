package main

// explained are the other ways to read much, for which every statement must have its index: each list of
// the schema, by each of its orders and filters that an index can serve.
func explained() []operation {
	ofCustomer := func(d *dice, s *samples) map[string]any { return map[string]any{"id": pick(d, s.office.customers)} }
	ofContact := func(d *dice, s *samples) map[string]any { return map[string]any{"id": pick(d, s.office.contacts)} }
	ofEngagement := func(d *dice, s *samples) map[string]any { return map[string]any{"id": pick(d, s.office.engagements)} }
	nothing := func(*dice, *samples) map[string]any { return nil }
	path := func(map[string]any) string { return "/" }
	return []operation{
		{name: "viewer", document: viewerDocument, choose: nothing, path: path},
		{name: "tabs of a customer", document: tabsDocument, choose: ofCustomer, path: path},
		{name: "searches on a card", document: searchesDocument, choose: ofCustomer, path: path},
		{name: "contact", document: contactDocument, choose: ofContact, path: path},
		{name: "engagement", document: engagementDocument, choose: ofEngagement, path: path},
		{name: "orders of the list", document: ordersDocument, choose: nothing, path: path},
		{name: "filters of the list", document: filtersDocument, path: path, choose: func(d *dice, s *samples) map[string]any {
			c := s.office.customer(d.below(s.office.scale.customers))
			return map[string]any{"id": c.id, "number": c.number, "kvk": c.kvk, "name": c.name, "city": c.city, "user": pick(d, s.office.users)}
		}},
		{name: "search in the list", document: searchListDocument, path: path,
			choose: func(d *dice, s *samples) map[string]any { return map[string]any{"text": s.office.wanted(d)} }},
		{name: "number", document: `query($number: String!) { customer(by: {number: $number}) { id } }`, path: path,
			choose: func(d *dice, s *samples) map[string]any {
				return map[string]any{"number": number(d.below(s.office.scale.customers))}
			}},
	}
}

const viewerDocument = `{
  viewer {
    user { name } organization { name users(first: 10) { totalCount nodes { name } } }
    attentions { text card { title } recipients { name } receipts { user { name } seenAt } viewerReceipt { seenAt } }
    position
    apiTokens { name lastUsedAt }
  }
}`

const tabsDocument = `query($id: ID!) {
  customer(by: {id: $id}) {
    createdBy { name } updatedBy { name } archivedBy { name }
    contacts(first: 50) { totalCount nodes { name attentions { text } communications(first: 3) { totalCount nodes { subject } } } pageInfo { hasNextPage } }
    last: contacts(last: 5) { nodes { name } }
    byName: contacts(orderBy: {field: NAME}, archived: EXCLUDE) { nodes { name } }
    engagements(first: 50) {
      totalCount
      nodes {
        title contact { name } handler { name } communications(first: 3) { nodes { subject } }
        ... on Lead { request { title } }
        ... on Request { lead { title } project { title } nominations { name } }
        ... on Project { request { title } projectLeader { name } nominations { name } isRunning }
      }
    }
    projects(first: 20) { totalCount nodes { title } }
    leads: engagements(phases: [LEAD], statuses: [OPEN], archived: EXCLUDE) { nodes { title } }
    communications(kinds: [EMAIL, LETTER], last: 20) { totalCount nodes { subject engagement { title } customer { name } } }
    correspondence(first: 20) { totalCount nodes { subject } }
    events(first: 20) { totalCount nodes { kind actor { name } card { title } } }
  }
}`

const searchesDocument = `query($id: ID!) {
  customer(by: {id: $id}) {
    contacts(search: "smit") { totalCount nodes { name } }
    communications(search: "tarief") { totalCount nodes { subject } }
    correspondence(search: "tarief", kinds: [EMAIL]) { nodes { subject } }
  }
}`

const contactDocument = `query($id: ID!) {
  node(id: $id) {
    ... on Contact {
      name customer { name } attentions { text } events(first: 5) { totalCount nodes { kind } }
      communications(first: 20) { totalCount nodes { subject } }
      notes: communications(kinds: [CONVERSATION_NOTE], search: "tarief") { nodes { subject } }
    }
  }
}`

const engagementDocument = `query($id: ID!) {
  node(id: $id) {
    ... on Engagement {
      number customer { name } attentions { text } events(first: 5) { totalCount nodes { kind } }
      communications(first: 20) { totalCount nodes { subject } }
    }
  }
}`

const ordersDocument = `{
  name: customers(first: 20) { nodes { number } }
  both: customers(first: 20, stages: [CUSTOMER, PROSPECT]) { nodes { number } }
  last: customers(last: 20) { nodes { number } }
  number: customers(first: 20, orderBy: {field: NUMBER}) { nodes { number } }
  city: customers(first: 20, orderBy: {field: CITY}) { nodes { number } }
  created: customers(first: 20, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { number } }
  updated: customers(first: 20, orderBy: {field: UPDATED_AT, direction: DESC}, archived: INCLUDE) { nodes { number } }
}`

const filtersDocument = `query($id: ID!, $number: String!, $kvk: String!, $name: String!, $city: String!, $user: ID!) {
  id: customers(filter: {id: {eq: $id}}) { nodes { number } }
  number: customers(filter: {number: {eq: $number}}) { nodes { number } }
  kvk: customers(filter: {kvkNumber: {eq: $kvk}}) { nodes { number } }
  name: customers(filter: {name: {eq: $name}}) { nodes { number } }
  city: customers(filter: {city: {eq: $city}}, first: 20) { nodes { number } }
  manager: customers(filter: {accountManager: {eq: $user}}, first: 20) { nodes { number } }
  running: customers(filter: {hasRunningProjects: true}, first: 20) { nodes { number } }
  contact: customers(filter: {contacts: {some: {name: {startsWith: "smit"}}}}, first: 5) { nodes { number } }
}`

const searchListDocument = `query($text: String!) {
  customers(search: $text, stages: [CUSTOMER, PROSPECT], archived: INCLUDE, first: 20) { nodes { number } }
  search(text: $text, types: [CUSTOMER, PROSPECT], archived: INCLUDE) { title card { id } }
}`
