// urql with graphcache, which knows the schema: it refuses to write what the schema does not say, and
// warns of what it cannot keep. A colleague makes changes at the second node.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { address, introspect, newCustomer, pin, secondAddress, signIn, socket } from './office.mjs'
import { watch } from './watch.mjs'

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress })
const schema = await introspect(sanne)

/** Types without an id belong to what they stand in: graphcache wants to be told. */
const embedded = schema.__schema.types.filter(
  ({ kind, name, fields }) => kind === 'OBJECT' && !name.startsWith('__') && !fields.some((field) => field.name === 'id'),
)
const keys = Object.fromEntries(embedded.map(({ name }) => [name, () => null]))

const opened = []
after(() => Promise.all(opened.map((close) => close())))

/** A client with an empty cache that counts its requests over HTTP and notes the cache's complaints. */
function application({ relay = true, at = address, preferGetMethod = false } = {}) {
  const sockets = socket(sanne)
  const counted = { requests: 0, complaints: [] }
  const client = new Client({
    url: new URL('/graphql', at).href,
    fetchOptions: { headers: sanne.headers },
    preferGetMethod,
    fetch: (...request) => (counted.requests++, fetch(...request)),
    exchanges: [
      cacheExchange({
        schema,
        keys,
        resolvers: relay ? { Query: { customers: relayPagination() } } : {},
        logger: (severity, message) => severity !== 'debug' && counted.complaints.push(message),
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  })
  opened.push(() => sockets.dispose())
  return { client, counted }
}

const card = gql`
  query Card($id: ID!) {
    customer(by: { id: $id }) {
      id version name __typename sector
      visitingAddress { city }
      counts { contacts }
      attentions { id text level }
    }
  }
`
const update = gql`
  mutation Update($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) {
      customer { id version sector }
      userErrors { code path message }
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

/** What an operation answers, without errors. */
async function answered(source) {
  const { data, error } = await source
  assert.equal(error, undefined)
  return data
}

/** Puts an operation's results on screen. */
function show(source) {
  const screen = watch(source)
  opened.push(screen.unsubscribe)
  return screen
}

describe('urql with graphcache', () => {
  test('asks once for a card, and answers from its cache afterwards', async () => {
    const { client, counted } = application()
    const { id, name } = await newCustomer(sanne)
    for (let i = 0; i < 3; i++) {
      const { customer } = await answered(client.query(card, { id }))
      assert.equal(customer.name, name)
    }
    assert.equal(counted.requests, 1)
    assert.deepEqual(counted.complaints, [])
  })

  test('shows the answer of a mutation wherever the card is on screen, without asking again', async () => {
    const { client, counted } = application()
    const { id, version } = await newCustomer(sanne)
    const screen = show(client.query(card, { id }))
    await screen.until(({ data }) => data?.customer)
    const input = { id, expectedVersion: version, patch: { sector: 'Zorg' } }
    await answered(client.mutation(update, { input }))
    const { customer } = await screen.until(({ data }) => data?.customer?.sector === 'Zorg')
    assert.equal(customer.version, version + 1)
    assert.equal(counted.requests, 2)
    assert.deepEqual(counted.complaints, [])
  })

  test('gets what the user can mend as data, and shows the card as it was', async () => {
    const { client } = application()
    const { id, version } = await newCustomer(sanne)
    const screen = show(client.query(card, { id }))
    const before = await screen.until(({ data }) => data?.customer)
    const input = { id, expectedVersion: version, patch: { kvkNumber: '1' } }
    const { updateCustomer } = await answered(client.mutation(update, { input }))
    assert.deepEqual(updateCustomer.userErrors.map(({ code, path }) => [code, path.at(-1)]), [['BAD_INPUT', 'kvkNumber']])
    assert.deepEqual(screen.results.at(-1).data, before)
  })

  test('shows a colleague’s attention on the card by the event alone, without asking again', async () => {
    const { client, counted } = application()
    const { id } = await newCustomer(sanne)
    const screen = show(client.query(card, { id }))
    await screen.until(({ data }) => data?.customer)
    const follow = gql`
      subscription Follow($id: ID!) {
        cardEvents(card: $id) {
          __typename
          ... on Ready { position }
          ... on Event { id kind customer { id version attentions { id text level } } }
        }
      }
    `
    const stream = show(client.subscription(follow, { id }))
    await stream.until(({ data }) => data?.cardEvents.__typename === 'Ready')
    await pin(joris, id, 'Bel eerst even')
    const { customer } = await screen.until(({ data }) => data?.customer?.attentions.length > 0)
    assert.equal(customer.attentions[0].text, 'Bel eerst even')
    assert.equal(counted.requests, 1)
    assert.deepEqual(counted.complaints, [])
  })

  test('joins two pages by relayPagination into the list that one page would be', async () => {
    const { client, counted } = application()
    const one = await answered(client.query(customers, { first: 4 }))
    assert.equal(one.customers.edges.length, 4)
    await newCustomer(sanne, 'Zzz, behind both pages')
    const joined = await answered(client.query(customers, { first: 3, after: one.customers.pageInfo.endCursor }))
    const whole = await answered(application({ relay: false }).client.query(customers, { first: 7 }))
    assert.deepEqual(joined.customers.edges, whole.customers.edges)
    assert.equal(joined.customers.pageInfo.endCursor, whole.customers.pageInfo.endCursor)
    assert.equal(joined.customers.pageInfo.hasNextPage, true)
    assert.deepEqual(counted.complaints, [])
  })

  test('reads any card through the interface it implements', async () => {
    const { client, counted } = application()
    const { id, name } = await newCustomer(sanne)
    const node = gql`
      query Node($id: ID!) { node(id: $id) { __typename id ... on Card { title version attentions { id } } } }
    `
    const data = await answered(client.query(node, { id }))
    assert.deepEqual([data.node.__typename, data.node.title], ['Customer', name])
    assert.deepEqual(counted.complaints, [])
  })

  test('tells what was wrong with an operation by its code', async () => {
    const { client } = application()
    const { error } = await client.query(customers, { first: 3, after: 'no cursor' })
    assert.equal(error.graphQLErrors[0].extensions.code, 'BAD_INPUT')
    assert.deepEqual(error.graphQLErrors[0].path, ['customers'])
  })

  // urql sends short queries by GET unless it is told not to.
  const byDefault = { preferGetMethod: 'within-url-limit' }
  const getting = new URL(secondAddress).href !== address.href
  test(`by its own default of GET ${getting ? 'gets its answer where the server allows it' : 'is told that it must not'}`, async () => {
    const { client } = application({ ...byDefault, at: secondAddress })
    const { data, error } = await client.query(card, { id: (await newCustomer(sanne)).id })
    if (getting) return assert.equal(data.customer.__typename, 'Customer')
    assert.equal(error.graphQLErrors[0].extensions.code, 'METHOD_NOT_ALLOWED')
  })
})
