// The recipes of docs/live.md as they stand there: whatever happens to the connection, every change of a card
// arrives, once and in order, and the card on screen is the card of the office.
import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { HttpLink, InMemoryCache } from '@apollo/client'
import { cacheExchange } from '@urql/exchange-graphcache'
import { WebSocket } from 'ws'
import { address, introspect, newCustomer, pin, secondAddress, signIn } from './office.mjs'
import { wire } from './proxy.mjs'
import { liveApollo, openCard as openWithApollo } from './recipes/apollo.mjs'
import { liveEvents } from './recipes/events.mjs'
import { openCard } from './recipes/graphql-ws.mjs'
import { liveSocket, SignedOut } from './recipes/socket.mjs'
import { liveUrql, openCard as openWithUrql } from './recipes/urql.mjs'
import { compile, start } from './server.mjs'
import { soon } from './watch.mjs'

// What a browser has and Node has not.
globalThis.WebSocket ??= WebSocket
const page = new EventTarget()
setMaxListeners(0, page)
globalThis.addEventListener ??= page.addEventListener.bind(page)

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress })
const schema = await introspect(sanne)
const keys = Object.fromEntries(
  schema.__schema.types
    .filter(({ kind, name, fields }) => kind === 'OBJECT' && !name.startsWith('__') && !fields.some(({ name }) => name === 'id'))
    .map(({ name }) => [name, () => null]),
)

/** Milliseconds: clients wait before they come back, and longer each time. */
const longer = 20_000

/** Answers to queries, through here so that a trial can meddle with them. */
let meddle = async (text) => text
const fetchAnswer = async (url, request) => {
  const response = await fetch(url, request)
  return new Response(await meddle(await response.text()), { status: response.status, headers: { 'content-type': 'application/json' } })
}

const socketOf = (url, token, options) =>
  liveSocket({ url: Object.assign(new URL('/graphql', url), { protocol: 'ws:' }).href, token, clientId: 'live', ...options })
const askOf = (url, token) => async (query, variables) => {
  const response = await fetchAnswer(new URL('/graphql', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()).data
}

/** Each client by its recipe: open shows a card at an address, with who asks for it. */
const recipes = {
  'graphql-ws': (url, token, screen, options) => {
    const socket = socketOf(url, token, options)
    return { stop: () => socket.dispose(), open: () => openCard({ socket, ask: askOf(url, token), ...screen }) }
  },
  'Apollo Client': (url, token, screen, options) => {
    const socket = socketOf(url, token, options)
    const http = new HttpLink({ uri: new URL('/graphql', url).href, headers: { authorization: `Bearer ${token()}` }, fetch: fetchAnswer })
    const client = liveApollo({ socket, http, cache: new InMemoryCache() })
    return { stop: () => (client.stop(), socket.dispose()), open: () => openWithApollo({ client, ...screen }) }
  },
  urql: (url, token, screen, options) => {
    const socket = socketOf(url, token, options)
    const cache = cacheExchange({ schema, keys })
    const fetchOptions = { headers: { authorization: `Bearer ${token()}` } }
    const client = liveUrql({ socket, url: new URL('/graphql', url).href, cache, fetch: fetchAnswer, fetchOptions })
    return { stop: () => socket.dispose(), open: () => openWithUrql({ client, ...screen }) }
  },
  'graphql-sse': (url, token, screen, options) => {
    const socket = liveEvents({ url: new URL('/graphql', url).href, token, clientId: 'live', silence: 5_000, ...options })
    return { stop: () => socket.dispose(), open: () => openCard({ socket, ask: askOf(url, token), ...screen }) }
  },
}

/** A colleague's screen that shows a card by a recipe, over a wire of its own. */
async function show(t, recipe, { token = () => sanne.token, at = address, card, options } = {}) {
  const line = await wire(at)
  const seen = { customer: null, notices: [], reasons: [] }
  let look = () => {}
  const screen = {
    id: card.id,
    show: (customer) => (customer.version >= (seen.customer?.version ?? 0) && (seen.customer = customer), look()),
    notice: ({ position }) => (seen.notices.push(position), look()),
    failed: (reason) => (seen.reasons.push(reason), look()),
  }
  const { stop, open } = recipes[recipe](line.url, token, screen, options)
  const close = await open()
  t.after(async () => {
    close()
    await Promise.resolve(stop()).catch(() => {}) // while it waits to connect anew, graphql-ws gives up by failing
    await line.close()
  })
  const until = (condition) => {
    const met = new Promise((resolve) => {
      look = () => condition(seen) && resolve()
      look()
    })
    return soon(met, () => JSON.stringify(seen), longer)
  }
  /** Waits for changes, and demands these, each once, and that the card is shown as it is. */
  const shows = async (changes) => {
    await until(({ notices, customer }) => notices.length >= changes.length && customer.attentions.length >= changes.length)
    assert.deepEqual(seen.notices, changes.map(({ position }) => position))
    assert.deepEqual(seen.customer.attentions.map(({ id }) => id).sort(), changes.map(({ id }) => id).sort())
    assert.deepEqual(seen.reasons, [])
  }
  return { line, seen, until, shows }
}

/** Changes of a card, one after another. */
async function change(card, count, by = joris) {
  const changes = []
  for (let i = 0; i < count; i++) changes.push(await pin(by, card.id, `Wijziging ${i}`))
  return changes
}

for (const recipe of Object.keys(recipes)) {
  describe(`the recipe for ${recipe}`, () => {
    test('misses nothing between the query and the subscription', async (t) => {
      const card = await newCustomer(sanne)
      const between = []
      meddle = async (text) => (between.push(...(await change(card, 1))), (meddle = async (text) => text), text)
      const screen = await show(t, recipe, { card })
      await screen.shows([...between, ...(await change(card, 2))])
    })

    test('goes on where it was after a cut, at another node', async (t) => {
      const card = await newCustomer(sanne)
      const screen = await show(t, recipe, { card })
      const changes = await change(card, 2)
      await screen.shows(changes)
      for (const elsewhere of [secondAddress, address]) {
        screen.line.cut()
        changes.push(...(await change(card, 3)))
        screen.line.mend(elsewhere)
        changes.push(...(await change(card, 1)))
        await screen.shows(changes)
      }
    })

    test('goes on where it was after cuts right behind a message', async (t) => {
      const card = await newCustomer(sanne)
      const screen = await show(t, recipe, { card })
      const changes = []
      for (let i = 0; i < 3; i++) {
        changes.push(...(await change(card, 1)))
        await screen.shows(changes)
        screen.line.cutBehindNext()
        changes.push(...(await change(card, 1)))
        await screen.shows(changes)
      }
    })

    test('fetches the card again when it is told to', async (t) => {
      const card = await newCustomer(sanne)
      const [missed] = await change(card, 1)
      let answers = 0
      // The position that the client had is not one of this log, and what it shows is not of today. The first
      // attempt to fetch it fails.
      meddle = async (text) => {
        answers++
        if (answers === 2) throw new TypeError('the answer did not arrive')
        return answers > 1 ? text : text.replace(/"eventCursor":"([^"]+)"/, (_, cursor) => `"eventCursor":"${unknown(cursor)}"`)
      }
      const screen = await show(t, recipe, { card })
      await screen.until(() => answers === 3)
      meddle = async (text) => text
      const [later] = await change(card, 1)
      await screen.until(({ notices, customer }) => notices.length > 0 && customer.attentions.length > 1)
      assert.deepEqual(screen.seen.notices, [later.position])
      assert.deepEqual(screen.seen.customer.attentions.map(({ id }) => id).sort(), [missed.id, later.id].sort())
    })

    test('notices a connection that carries nothing any more', async (t) => {
      const card = await newCustomer(sanne)
      const options = recipe === 'graphql-sse' ? { silence: 300 } : { keepAlive: 100, patience: 200 }
      const screen = await show(t, recipe, { card, options })
      const changes = await change(card, 1)
      await screen.shows(changes)
      screen.line.freeze()
      changes.push(...(await change(card, 2)))
      await screen.shows(changes)
    })

    test('fetches a new token when the old one is over', async (t) => {
      const card = await newCustomer(sanne)
      const expiring = await apiToken(new Date(Date.now() + 1_500))
      let good = expiring
      let renewed
      const renewal = new Promise((resolve) => (renewed = resolve))
      const token = (renew) => (renew && renewed((good = sanne.token)), good)
      const screen = await show(t, recipe, { card, token })
      const changes = await change(card, 1)
      await screen.shows(changes)
      await soon(renewal, () => 'a new token', longer)
      changes.push(...(await change(card, 1)))
      await screen.shows(changes)
    })

    test('stops when the session was revoked', async (t) => {
      const card = await newCustomer(sanne)
      const leaving = await signIn('sanne')
      const token = (renew) => {
        if (renew) throw new SignedOut('sign in again')
        return leaving.token
      }
      const screen = await show(t, recipe, { card, token })
      await screen.shows(await change(card, 1))
      await fetch(new URL('/session', address), { method: 'DELETE', headers: leaving.headers })
      await screen.until(({ reasons }) => reasons.length > 0)
      const [reason] = screen.seen.reasons
      assert.match(String(reason.code ?? reason.networkError?.code ?? reason.message), /4401|sign in again/)
    })
  })
}

describe('the recipe for a socket', () => {
  test('connects anew at once when the network changes', async (t) => {
    const card = await newCustomer(sanne)
    const screen = await show(t, 'graphql-ws', { card })
    const changes = await change(card, 1)
    await screen.shows(changes)
    const before = screen.line.connections()
    screen.line.freeze()
    page.dispatchEvent(new Event('online'))
    changes.push(...(await change(card, 1)))
    await screen.shows(changes)
    assert.equal(screen.line.connections(), before + 1)
  })
})

describe('the recipe for event streams', () => {
  test('comes back when a stream ends in the same breath as its last message', async (t) => {
    let answered = 0
    t.mock.method(globalThis, 'fetch', async () => {
      const message = `event: next\ndata: {"data":{"n":${answered++}}}\n\n`
      return new Response(new ReadableStream({
        start: (body) => body.enqueue(new TextEncoder().encode(message)),
        pull: (body) => body.close(),
      }))
    })
    const client = liveEvents({ url: 'http://klantkaart.example', token: () => 'any', retry: () => new Promise(setImmediate) })
    const numbers = []
    const enough = new Promise((resolve, reject) => {
      const next = ({ data: { n } }) => numbers.push(n) === 5 && (resolve(), client.dispose())
      client.subscribe({ query: 'subscription { n }' }, { next, error: reject, complete: () => {} })
    })
    await soon(enough, () => numbers)
    assert.deepEqual(numbers, [0, 1, 2, 3, 4])
  })
})

describe('every recipe', () => {
  test('outlives a restart of the server', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'klantkaart-live.'))
    const program = process.env.KLANTKAART_PROGRAM ?? (await compile(folder))
    const run = () => start(program, join(folder, 'server.log'), { DATABASE_URL: `sqlite:${join(folder, 'office.db')}` })
    let node = await run()
    t.after(async () => {
      assert.deepEqual(await node.stop(), [])
      await rm(folder, { recursive: true, force: true })
    })
    const [at, by] = await Promise.all(['sanne', 'joris'].map((name) => signIn(name, { at: node.url })))
    const card = await newCustomer(at)
    const screens = await Promise.all(
      Object.keys(recipes).map((recipe) => show(t, recipe, { card, at: node.url, token: () => at.token })),
    )
    const changes = await change(card, 2, by)
    await Promise.all(screens.map((screen) => screen.shows(changes)))
    assert.deepEqual(await node.stop(), [])
    node = await run()
    changes.push(...(await change(card, 2, await signIn('joris', { at: node.url }))))
    screens.forEach((screen) => screen.line.mend(node.url))
    await Promise.all(screens.map((screen) => screen.shows(changes)))
  })

  test('stands in the manual as it is tried here', async () => {
    const manual = await readFile(new URL('../docs/live.md', import.meta.url), 'utf8')
    for (const name of await readdir(new URL('recipes', import.meta.url))) {
      const recipe = await readFile(new URL(`recipes/${name}`, import.meta.url), 'utf8')
      assert.ok(manual.includes('```js\n' + recipe + '```\n'), `docs/live.md does not show trials/recipes/${name} as it is`)
    }
  })
})

/** A position like the one given, of an event that is not in the log. */
function unknown(cursor) {
  const bytes = Buffer.from(cursor, 'base64url')
  bytes[bytes.length - 1] ^= 0xff
  return bytes.toString('base64url')
}

async function apiToken(expiresAt) {
  const { createApiToken } = await sanne.ask(
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret userErrors { code message } } }',
    { input: { name: 'Korte sleutel', expiresAt } },
  )
  return createApiToken.secret
}
