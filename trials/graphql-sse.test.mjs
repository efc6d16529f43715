// The client of graphql-sse: operations as Server-Sent Events, and streams that go on where they were.
// With two nodes the stream is on the first and the change is made on the second.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { Client, fetchExchange, gql } from '@urql/core'
import { createClient, NetworkError } from 'graphql-sse'
import { address, newCustomer, pin, secondAddress, signIn } from './office.mjs'
import { wire } from './proxy.mjs'
import { soon, watch } from './watch.mjs'

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress, client: 'trial-of-a-colleague' })

const leave = []
after(() => Promise.all(leave.map((one) => one())))

function connected(options = {}) {
  const client = createClient({ url: sanne.endpoint, headers: sanne.headers, retryAttempts: 0, ...options })
  leave.push(() => client.dispose())
  return client
}

const cardEvents = `subscription ($card: ID!, $after: Position) {
  cardEvents(card: $card, after: $after) {
    __typename
    ... on Ready { position mode }
    ... on Event { position kind originClientId actor { name } subject { ... on Attention { text } } card { id title } }
  }
}`

/** Follows by the iterator; next gives the next message of the stream, without errors. */
function follow(client, variables, query = cardEvents) {
  const stream = client.iterate({ query, variables })
  const next = async () => {
    const { value, done } = await soon(stream.next(), () => 'the next message')
    assert.equal(done, false, 'the stream has ended')
    assert.equal(value.errors, undefined)
    return Object.values(value.data)[0]
  }
  return { next, stop: () => stream.return() }
}

/** The one result of an operation, as a promise. */
const result = (client, request) =>
  new Promise((resolve, reject) => {
    let found
    client.subscribe(request, { next: (result) => (found = result), error: reject, complete: () => resolve(found) })
  })

describe('graphql-sse', () => {
  test('gets the answer to a query as a promise', async () => {
    const { data, errors } = await result(connected(), { query: '{ viewer { user { id name } } }' })
    assert.equal(errors, undefined)
    assert.deepEqual(data.viewer.user, { id: sanne.id, name: sanne.name })
  })

  test('gets the answer to a mutation, once', async () => {
    const customer = await newCustomer(sanne)
    const answers = []
    const update = connected().iterate({
      query: `mutation ($input: UpdateCustomerInput!) {
        updateCustomer(input: $input) { customer { sector version } userErrors { code } }
      }`,
      variables: { input: { id: customer.id, expectedVersion: customer.version, patch: { sector: 'Bouw' } } },
    })
    for await (const { data } of update) answers.push(data.updateCustomer)
    assert.deepEqual(answers, [{ customer: { sector: 'Bouw', version: customer.version + 1 }, userErrors: [] }])
  })

  test('tells a subscriber what a colleague did, in the subscriber’s own selection', async () => {
    const customer = await newCustomer(sanne)
    const stream = follow(connected(), { card: customer.id })
    const ready = await stream.next()
    assert.deepEqual([ready.__typename, ready.mode], ['Ready', 'LIVE'])
    const pinned = await pin(joris, customer.id, 'Bel eerst even')
    assert.deepEqual(await stream.next(), {
      __typename: 'Event',
      position: pinned.position,
      kind: 'ATTENTION_ADDED',
      originClientId: 'trial-of-a-colleague',
      actor: { name: joris.name },
      subject: { text: 'Bel eerst even' },
      card: { id: customer.id, title: customer.name },
    })
    await stream.stop()
  })

  test('carries streams side by side', async () => {
    const client = connected()
    const cards = await Promise.all([newCustomer(sanne), newCustomer(sanne)])
    const streams = cards.map((card) => follow(client, { card: card.id }))
    await Promise.all(streams.map((stream) => stream.next()))
    await Promise.all(cards.map((card, i) => pin(joris, card.id, `voor kaart ${i}`)))
    const events = await Promise.all(streams.map((stream) => stream.next()))
    assert.deepEqual(events.map(({ subject }) => subject.text), ['voor kaart 0', 'voor kaart 1'])
    await Promise.all(streams.map((stream) => stream.stop()))
  })

  test('resumes after a position: what was missed follows in order, each once', async () => {
    const customer = await newCustomer(sanne)
    const first = await pin(joris, customer.id, 'gezien')
    const missed = [await pin(joris, customer.id, 'gemist 1'), await pin(joris, customer.id, 'gemist 2')]
    const stream = follow(connected(), { card: customer.id, after: first.position })
    assert.equal((await stream.next()).mode, 'REPLAYED')
    for (const { position } of missed) assert.equal((await stream.next()).position, position)
    const live = await pin(joris, customer.id, 'live')
    assert.equal((await stream.next()).position, live.position)
    await stream.stop()
  })

  test('goes on by Last-Event-ID, which goes before the argument', async () => {
    const customer = await newCustomer(sanne)
    const pins = [await pin(joris, customer.id, 'één'), await pin(joris, customer.id, 'twee')]
    const headers = { ...sanne.headers, 'last-event-id': pins[0].position }
    const stream = follow(connected({ headers }), { card: customer.id, after: customer.position })
    assert.equal((await stream.next()).mode, 'REPLAYED')
    assert.equal((await stream.next()).position, pins[1].position)
    await stream.stop()
  })

  test('comes back by itself, and misses nothing by handing back its position', async () => {
    const customer = await newCustomer(sanne)
    const line = await wire(address)
    leave.push(line.close)
    const client = connected({ url: new URL('/graphql', line.url).href, retryAttempts: 20, retry: () => new Promise(setImmediate) })
    const variables = { card: customer.id, after: customer.position }
    const seen = []
    let arrived = () => {}
    const stop = client.subscribe(
      { query: cardEvents, variables },
      {
        next: ({ data: { cardEvents: message } }) => {
          variables.after = message.position
          seen.push(message.subject?.text ?? message.mode)
          arrived()
        },
        error: (reason) => seen.push(reason),
        complete: () => {},
      },
    )
    const until = (count) => {
      const enough = new Promise((resolve) => {
        arrived = () => seen.length >= count && resolve()
        arrived()
      })
      return soon(enough, () => JSON.stringify(seen))
    }
    await until(1)
    await pin(joris, customer.id, 'voor de breuk')
    await until(2)
    line.cut()
    line.mend()
    await pin(joris, customer.id, 'tijdens de breuk')
    await until(4)
    await pin(joris, customer.id, 'na de breuk')
    await until(5)
    assert.deepEqual(seen, ['REPLAYED', 'voor de breuk', 'REPLAYED', 'tijdens de breuk', 'na de breuk'])
    stop()
  })

  test('gets what is wrong with a document as its result', async () => {
    const { data, errors } = await result(connected(), { query: '{ nothing }' })
    assert.equal(data, undefined)
    assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
  })

  test('gets why a subscription is refused as its result', async () => {
    const { id } = await newCustomer(sanne)
    const variables = { card: `${id.slice(0, -4)}zzz${id.at(-1)}` }
    const { errors } = await result(connected(), { query: cardEvents, variables })
    assert.deepEqual(errors.map(({ extensions }) => extensions.code), ['NOT_FOUND'])
  })

  test('is refused when its token is no good', async () => {
    const client = connected({ headers: { authorization: 'Bearer wrong' } })
    const refused = await result(client, { query: cardEvents, variables: { card: sanne.id } }).catch((reason) => reason)
    assert.ok(refused instanceof NetworkError)
    assert.equal(refused.response.status, 401)
  })
})

describe('urql without a socket', () => {
  test('follows a card by its own fetchExchange', async () => {
    const client = new Client({
      url: sanne.endpoint,
      exchanges: [fetchExchange],
      fetchOptions: { headers: sanne.headers },
      fetchSubscriptions: true,
      preferGetMethod: false,
    })
    const customer = await newCustomer(sanne)
    const stream = watch(client.subscription(gql(cardEvents), { card: customer.id }))
    await stream.until(({ data }) => data?.cardEvents.mode === 'LIVE')
    const pinned = await pin(joris, customer.id, 'Bel eerst even')
    const { cardEvents: event } = await stream.until(({ data }) => data?.cardEvents.__typename === 'Event')
    assert.equal(event.position, pinned.position)
    assert.deepEqual(stream.results.map(({ error }) => error), [undefined, undefined])
    stream.unsubscribe()
  })
})
