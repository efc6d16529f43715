// Apollo Client as an application would use it: a normalized cache by id and __typename, pages as Relay
// describes them, and streams over a socket. A colleague makes changes at the second node.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { relayStylePagination } from '@apollo/client/utilities'
import { introspect, newCustomer, pin, secondAddress, signIn, socket } from './office.mjs'
import { watch } from './watch.mjs'

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress })

/** Which types an interface or union may be, as applications generate it from the schema. */
const { __schema: schema } = await introspect(sanne)
const possibleTypes = Object.fromEntries(
  schema.types
    .filter(({ possibleTypes }) => possibleTypes)
    .map(({ name, possibleTypes }) => [name, possibleTypes.map((type) => type.name)]),
)

const opened = []
after(() => Promise.all(opened.map((close) => close())))

/** A client with an empty cache that counts its requests over HTTP. */
function application() {
  const sockets = socket(sanne)
  const counted = { requests: 0 }
  const http = new HttpLink({
    uri: sanne.endpoint,
    headers: sanne.headers,
    fetch: (...request) => (counted.requests++, fetch(...request)),
  })
  const client = new ApolloClient({
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: { Query: { fields: { customers: relayStylePagination(['stages', 'filter', 'orderBy']) } } },
    }),
    link: ApolloLink.split(({ operationType }) => operationType === 'subscription', new GraphQLWsLink(sockets), http),
  })
  opened.push(() => (client.stop(), sockets.dispose()))
  return { client, counted }
}

const card = gql`
  query Card($id: ID!) {
    customer(by: { id: $id }) {
      id version name sector
      counts { contacts }
      attentions { id text level }
    }
  }
`
const update = gql`
  mutation Update($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) {
      customer { id version sector }
      userErrors { code path message conflicts { field base theirs mine } }
    }
  }
`
const customers = gql`
  query Customers($first: Int!, $after: String) {
    customers(stages: [CUSTOMER, PROSPECT], first: $first, after: $after) {
      edges { cursor node { id name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }
`

/** Puts a query on screen. */
function show(client, options) {
  const screen = watch(client.watchQuery(options))
  opened.push(screen.unsubscribe)
  return screen
}

describe('Apollo Client', () => {
  test('keeps a card in its cache by __typename and id', async () => {
    const { client } = application()
    const { id, name } = await newCustomer(sanne)
    const { data } = await client.query({ query: card, variables: { id } })
    assert.equal(data.customer.name, name)
    assert.equal(client.cache.extract()[`Customer:${id}`].name, name)
  })

  test('answers from its cache what it has asked before', async () => {
    const { client, counted } = application()
    const { id } = await newCustomer(sanne)
    for (let i = 0; i < 3; i++) await client.query({ query: card, variables: { id } })
    assert.equal(counted.requests, 1)
  })

  test('shows the answer of a mutation wherever the card is on screen, without asking again', async () => {
    const { client, counted } = application()
    const { id, version } = await newCustomer(sanne)
    const screen = show(client, { query: card, variables: { id } })
    await screen.until(({ data }) => data?.customer)
    const input = { id, expectedVersion: version, patch: { sector: 'Zorg' } }
    await client.mutate({ mutation: update, variables: { input } })
    const { customer } = await screen.until(({ data }) => data?.customer?.sector === 'Zorg')
    assert.equal(customer.version, version + 1)
    assert.equal(counted.requests, 2)
  })

  test('gets what the user can mend as data, and leaves the cache as it is', async () => {
    const { client } = application()
    const { id, version } = await newCustomer(sanne)
    await client.query({ query: card, variables: { id } })
    const before = client.cache.extract()[`Customer:${id}`]
    const input = { id, expectedVersion: version, patch: { kvkNumber: '1', phone: 'x' } }
    const { data } = await client.mutate({ mutation: update, variables: { input } })
    const { customer, userErrors } = data.updateCustomer
    assert.equal(customer, null)
    assert.deepEqual(userErrors.map(({ path }) => path.at(-1)).sort(), ['kvkNumber', 'phone'])
    assert.deepEqual(client.cache.extract()[`Customer:${id}`], before)
  })

  test('gets all three values of a field that a colleague changed meanwhile', async () => {
    const { client } = application()
    const { id, version } = await newCustomer(sanne)
    const change = (sector) => ({ input: { id, expectedVersion: version, patch: { sector } } })
    await joris.ask(update.loc.source.body, change('Zorg'))
    const { data } = await client.mutate({ mutation: update, variables: change('Bouw') })
    const [{ code, conflicts }] = data.updateCustomer.userErrors
    assert.equal(code, 'CONFLICT')
    assert.deepEqual(conflicts.map(({ field, base, theirs, mine }) => ({ field, base, theirs, mine })), [
      { field: 'sector', base: null, theirs: 'Zorg', mine: 'Bouw' },
    ])
  })

  test('shows a colleague’s attention on the card by the event alone, without asking again', async () => {
    const { client, counted } = application()
    const { id } = await newCustomer(sanne)
    const screen = show(client, { query: card, variables: { id } })
    await screen.until(({ data }) => data?.customer)
    const messages = []
    const live = new Promise((ready) => {
      const stream = client.subscribe({
        query: gql`
          subscription Follow($id: ID!) {
            cardEvents(card: $id) {
              ... on Ready { position }
              ... on Event { id kind customer { id version attentions { id text level } } }
            }
          }
        `,
        variables: { id },
      })
      const following = stream.subscribe(({ data }) => (messages.push(data.cardEvents), ready()))
      opened.push(() => following.unsubscribe())
    })
    await live
    await pin(joris, id, 'Bel eerst even')
    const { customer } = await screen.until(({ data }) => data?.customer?.attentions.length > 0)
    assert.equal(customer.attentions[0].text, 'Bel eerst even')
    assert.deepEqual(messages.map(({ __typename }) => __typename), ['Ready', 'Event'])
    assert.equal(counted.requests, 1)
  })

  test('joins two pages by relayStylePagination into the list that one page would be', async () => {
    const { client } = application()
    await newCustomer(sanne)
    const list = client.watchQuery({ query: customers, variables: { first: 4 } })
    opened.push(() => list.stop())
    const { data: one } = await list.refetch()
    assert.equal(one.customers.edges.length, 4)
    await list.fetchMore({ variables: { first: 3, after: one.customers.pageInfo.endCursor } })
    const joined = list.getCurrentResult().data.customers
    const { data: whole } = await application().client.query({ query: customers, variables: { first: 7 } })
    assert.deepEqual(joined.edges, whole.customers.edges)
    assert.equal(joined.pageInfo.endCursor, whole.customers.pageInfo.endCursor)
    assert.equal(joined.pageInfo.hasNextPage, true)
  })

  test('reads any card through the interface it implements', async () => {
    const { client } = application()
    const { id, name } = await newCustomer(sanne)
    const node = gql`
      query Node($id: ID!) { node(id: $id) { id ...Frame } }
      fragment Frame on Card { title version attentions { id } }
    `
    const { data } = await client.query({ query: node, variables: { id } })
    assert.equal(data.node.title, name)
    const again = client.readFragment({ id: `Customer:${id}`, fragment: gql`fragment Title on Card { title }` })
    assert.equal(again.title, name)
  })

  test('tells what was wrong with an operation by its code', async () => {
    const { client } = application()
    const variables = { first: 3, after: 'no cursor' }
    const error = await client.query({ query: customers, variables }).catch((error) => error)
    assert.ok(CombinedGraphQLErrors.is(error), String(error))
    assert.equal(error.errors[0].extensions.code, 'BAD_INPUT')
    assert.deepEqual(error.errors[0].path, ['customers'])
  })
})
