// The client of graphql-ws: all kinds of operations over one socket, and streams that go on where they were.
// With two nodes the stream is on the first and the change is made on the second.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { WebSocket } from 'ws'
import { newCustomer, pin, secondAddress, signIn, socket } from './office.mjs'
import { soon } from './watch.mjs'

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress, client: 'trial-of-a-colleague' })

const clients = []
after(() => Promise.all(clients.map((client) => client.dispose())))

function connected(options, who = sanne) {
  const client = socket(who, { retryAttempts: 0, ...options })
  clients.push(client)
  return client
}

const cardEvents = `subscription ($card: ID!, $after: Position) {
  cardEvents(card: $card, after: $after) {
    __typename
    ... on Ready { position mode }
    ... on Event {
      position kind originClientId actor { name } subject { id ... on Attention { text } }
      changes { field from to } card { id title } customer { id attentions { text } }
    }
  }
}`

/** Follows a card; next gives the next message of the stream, without errors. */
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

async function only(client, request) {
  const answers = []
  for await (const answer of client.iterate(request)) answers.push(answer)
  assert.equal(answers.length, 1)
  return answers[0]
}

describe('graphql-ws', () => {
  test('answers a query over the socket, once', async () => {
    const { data, errors } = await only(connected(), { query: '{ viewer { user { id name } } }' })
    assert.equal(errors, undefined)
    assert.deepEqual(data.viewer.user, { id: sanne.id, name: sanne.name })
  })

  test('answers a mutation over the socket', async () => {
    const customer = await newCustomer(sanne)
    const { data } = await only(connected(), {
      query: `mutation ($input: UpdateCustomerInput!) {
        updateCustomer(input: $input) { customer { sector } userErrors { code } }
      }`,
      variables: { input: { id: customer.id, expectedVersion: customer.version, patch: { sector: 'Bouw' } } },
    })
    assert.deepEqual(data.updateCustomer, { customer: { sector: 'Bouw' }, userErrors: [] })
  })

  test('chooses the operation by its name', async () => {
    const query = 'query A { viewer { user { id } } } query B { viewer { organization { name } } }'
    const { data } = await only(connected(), { query, operationName: 'B' })
    assert.deepEqual(data, { viewer: { organization: { name: 'Delta Detachering B.V.' } } })
  })

  test('tells a subscriber what a colleague did, in the subscriber’s own selection', async () => {
    const customer = await newCustomer(sanne)
    const stream = follow(connected(), { card: customer.id })
    const ready = await stream.next()
    assert.equal(ready.__typename, 'Ready')
    assert.equal(ready.mode, 'LIVE')
    const pinned = await pin(joris, customer.id, 'Bel eerst even')
    assert.deepEqual(await stream.next(), {
      __typename: 'Event',
      position: pinned.position,
      kind: 'ATTENTION_ADDED',
      originClientId: 'trial-of-a-colleague',
      actor: { name: joris.name },
      subject: { id: pinned.id, text: 'Bel eerst even' },
      changes: [],
      card: { id: customer.id, title: customer.name },
      customer: { id: customer.id, attentions: [{ text: 'Bel eerst even' }] },
    })
    await stream.stop()
  })

  test('carries several operations on one socket side by side', async () => {
    let opened = 0
    const client = connected({ on: { opened: () => opened++ } })
    const cards = await Promise.all([newCustomer(sanne), newCustomer(sanne)])
    const streams = cards.map((card) => follow(client, { card: card.id }))
    await Promise.all(streams.map((stream) => stream.next()))
    await Promise.all(cards.map((card, i) => pin(joris, card.id, `voor kaart ${i}`)))
    const events = await Promise.all(streams.map((stream) => stream.next()))
    assert.deepEqual(events.map(({ subject }) => subject.text), ['voor kaart 0', 'voor kaart 1'])
    const { data } = await only(client, { query: '{ viewer { user { id } } }' })
    assert.equal(data.viewer.user.id, sanne.id)
    assert.equal(opened, 1)
    await Promise.all(streams.map((stream) => stream.stop()))
  })

  test('stops a stream that the client completes, and keeps the socket', async () => {
    const client = connected({ lazy: false })
    const customer = await newCustomer(sanne)
    const [first, second] = [follow(client, { card: customer.id }), follow(client, { card: customer.id })]
    await Promise.all([first.next(), second.next()])
    await first.stop()
    await pin(joris, customer.id, 'nog één')
    assert.equal((await second.next()).subject.text, 'nog één')
    await second.stop()
  })

  test('resumes after a position: what was missed follows in order, each once', async () => {
    const customer = await newCustomer(sanne)
    const first = await pin(joris, customer.id, 'gezien')
    const missed = [await pin(joris, customer.id, 'gemist 1'), await pin(joris, customer.id, 'gemist 2')]
    const stream = follow(connected(), { card: customer.id, after: first.position })
    const ready = await stream.next()
    assert.equal(ready.mode, 'REPLAYED')
    for (const { position, text } of missed) {
      const event = await stream.next()
      assert.deepEqual([event.position, event.subject.text], [position, text])
    }
    const live = await pin(joris, customer.id, 'live')
    assert.equal((await stream.next()).position, live.position)
    await stream.stop()
  })

  test('reconnects by itself after the socket broke, and misses nothing by handing back its position', async () => {
    const customer = await newCustomer(sanne)
    let open
    let connections = 0
    const client = connected({
      retryAttempts: 3,
      retryWait: () => Promise.resolve(),
      shouldRetry: () => true,
      on: { opened: (raw) => ((open = raw), connections++) },
    })
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
      return soon(enough, () => seen)
    }
    await until(1)
    await pin(joris, customer.id, 'voor de breuk')
    await until(2)
    open.terminate()
    await pin(joris, customer.id, 'tijdens de breuk')
    await until(4)
    await pin(joris, customer.id, 'na de breuk')
    await until(5)
    assert.deepEqual(seen, ['REPLAYED', 'voor de breuk', 'REPLAYED', 'tijdens de breuk', 'na de breuk'])
    assert.equal(connections, 2)
    stop()
  })

  test('sends the viewer’s own attentions', async () => {
    const customer = await newCustomer(sanne)
    const stream = follow(
      connected(),
      {},
      'subscription { myAttentions { __typename ... on AttentionNotice { position kind attention { id card { id } } } } }',
    )
    assert.equal((await stream.next()).__typename, 'Ready')
    const pinned = await pin(joris, customer.id, 'voor iedereen')
    assert.deepEqual(await stream.next(), {
      __typename: 'AttentionNotice',
      position: pinned.position,
      kind: 'ATTENTION_ADDED',
      attention: { id: pinned.id, card: { id: customer.id } },
    })
    await stream.stop()
  })

  test('answers a document that is not valid with an error for its id, and keeps the socket', async () => {
    const client = connected()
    const stream = follow(client, { card: (await newCustomer(sanne)).id })
    await stream.next()
    const errors = await only(client, { query: '{ nothing }' }).catch((errors) => errors)
    assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
    const { data } = await only(client, { query: '{ viewer { user { id } } }' })
    assert.equal(data.viewer.user.id, sanne.id)
    await stream.stop()
  })

  test('ends a stream of a card that does not exist in NOT_FOUND', async () => {
    const { id } = await newCustomer(sanne)
    const absent = `${id.slice(0, -4)}zzz${id.at(-1)}`
    const request = { query: cardEvents, variables: { card: absent } }
    const { errors } = await only(connected(), request).catch((errors) => ({ errors }))
    assert.deepEqual(errors.map(({ extensions }) => extensions.code), ['NOT_FOUND'])
  })

  test('closes the socket of a client whose token is no good with 4403', async () => {
    const event = await new Promise((resolve) => {
      connected({ lazy: false, onNonLazyError: resolve }, { ...sanne, token: 'wrong' })
    })
    assert.equal(event.code, 4403)
  })
})

/** A socket without a client around it: frames go out as they are, and come in one after another. */
async function bare({ protocols = 'graphql-transport-ws', init = true } = {}) {
  const raw = new WebSocket(sanne.endpoint.replace(/^http/, 'ws'), protocols)
  const came = []
  let arrived = () => {}
  const take = (what) => (came.push(what), arrived())
  raw.on('message', (text) => take(JSON.parse(text)))
  raw.on('close', (code, reason) => take({ code, reason: String(reason) }))
  const send = (...messages) => messages.forEach((one) => raw.send(typeof one === 'string' ? one : JSON.stringify(one)))
  const next = async () => {
    if (came.length === 0) await soon(new Promise((resolve) => (arrived = resolve)), () => 'a frame')
    return came.shift()
  }
  await new Promise((resolve, reject) => raw.once('open', resolve).once('error', reject))
  after(() => raw.terminate())
  if (init) {
    send({ type: 'connection_init', payload: { authorization: `Bearer ${sanne.token}` } })
    assert.deepEqual(await next(), { type: 'connection_ack' })
  }
  return { send, next }
}

describe('graphql-transport-ws, frame by frame', () => {
  const subscribe = (id, query, variables) => ({ type: 'subscribe', id, payload: { query, variables } })
  const query = '{ viewer { user { id } } }'
  const lasting = 'subscription { myAttentions { __typename } }'

  test('does not answer complete, and lets the id be used again', async () => {
    const { send, next } = await bare()
    const { id } = await newCustomer(sanne)
    for (let i = 0; i < 3; i++) {
      send(subscribe('1', cardEvents, { card: id }))
      assert.equal((await next()).payload.data.cardEvents.mode, 'LIVE')
      send({ type: 'complete', id: '1' }, { type: 'ping', payload: { i } })
      assert.deepEqual(await next(), { type: 'pong', payload: { i } })
    }
  })

  test('answers what is not executed with error, and nothing behind it', async () => {
    const { send, next } = await bare()
    send(subscribe('1', '{ nothing }'), subscribe('2', query))
    const answers = [await next(), await next(), await next()].map(({ id, type }) => `${id} ${type}`).sort()
    assert.deepEqual(answers, ['1 error', '2 complete', '2 next'])
    send({ type: 'ping' })
    assert.deepEqual(await next(), { type: 'pong' })
  })

  test('refuses one subscription too many, and keeps the socket', async () => {
    const { send, next } = await bare()
    const { id } = await newCustomer(sanne)
    for (let i = 0; i < 101; i++) send(subscribe(`${i}`, cardEvents, { card: id }))
    const answers = []
    while (answers.length < 101) answers.push(await next())
    const errors = answers.filter(({ type }) => type === 'error')
    assert.equal(errors.length, 1)
    assert.equal(errors[0].payload[0].extensions.code, 'SUBSCRIPTION_LIMIT')
    send({ type: 'ping' })
    assert.deepEqual(await next(), { type: 'pong' })
  })

  const wrong = {
    'an id that is in use': [[subscribe('1', lasting), subscribe('1', lasting)], 4409, 'Subscriber for 1 already exists'],
    'a second init': [[{ type: 'connection_init' }], 4429, 'Too many initialisation requests'],
    'an unknown message': [[{ type: 'start', id: '1' }], 4400, 'Invalid message received'],
    'what is no JSON': [['{'], 4400, 'Invalid message received'],
    'a message that is too big': [[{ type: 'ping', payload: { text: 'x'.repeat(65536) } }], 4400, 'Message too big'],
  }
  for (const [what, [messages, code, reason]] of Object.entries(wrong)) {
    test(`ends the socket upon ${what}`, async () => {
      const { send, next } = await bare()
      send(...messages)
      let end
      do end = await next()
      while (!end.code) // answers may go before
      assert.deepEqual(end, { code, reason })
    })
  }

  test('ends the socket upon subscribe before init, and answers a ping there', async () => {
    const { send, next } = await bare({ init: false })
    send({ type: 'ping' })
    assert.deepEqual(await next(), { type: 'pong' })
    send(subscribe('1', query))
    assert.deepEqual(await next(), { code: 4401, reason: 'Unauthorized' })
  })

  test('tells a client of the legacy sub-protocol what is spoken', async () => {
    const { next } = await bare({ protocols: 'graphql-ws', init: false })
    const { code, reason } = await next()
    assert.equal(code, 4406)
    assert.match(reason, /graphql-transport-ws/)
  })

  test('has the client of graphql-ws give up when its session has ended', async () => {
    const guest = await signIn('sanne')
    let connections = 0
    const client = connected({ retryAttempts: 5, shouldRetry: () => true, on: { opened: () => connections++ } }, guest)
    const { id } = await newCustomer(guest)
    const stream = client.iterate({ query: cardEvents, variables: { card: id } })
    await stream.next()
    const ended = assert.rejects(soon(stream.next(), () => 'the end'), { code: 4401, reason: 'Session ended' })
    const { status } = await fetch(new URL('/session', guest.endpoint), { method: 'DELETE', headers: guest.headers })
    assert.equal(status, 204)
    await ended
    assert.equal(connections, 1)
  })
})
