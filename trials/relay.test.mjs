// Relay: its compiler on the contract, and screens of react-relay that page, refetch, add to a list and follow.
// A colleague makes changes at the second node.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { transformAsync } from '@babel/core'
import { Window } from 'happy-dom'
import { build, printContract } from './contract.mjs'
import { newCustomer, pin, secondAddress, signIn, socket } from './office.mjs'
import { patience, soon } from './watch.mjs'

const run = promisify(execFile)
const here = import.meta.dirname
const compiled = join(build, 'relay')
const require = createRequire(join(compiled, 'index.js'))

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress })
const sockets = socket(sanne)
after(() => sockets.dispose())

/** Compiles the operations of relay/ and turns its sources into programs, as an application's build does. */
async function compile() {
  await rm(compiled, { recursive: true, force: true })
  await mkdir(join(compiled, '__generated__'), { recursive: true })
  await printContract(sanne)
  const { stdout, stderr } = await run(join(here, 'node_modules/.bin/relay-compiler'), ['relay.config.json'], { cwd: here })
  await writeFile(join(compiled, 'package.json'), '{"type": "commonjs"}')
  const sources = (await readdir(join(here, 'relay'))).filter((file) => file.endsWith('.js'))
  await Promise.all(sources.map(transform))
  return stdout + stderr
}

async function transform(file) {
  const source = await readFile(join(here, 'relay', file), 'utf8')
  const { code } = await transformAsync(source, {
    babelrc: false,
    configFile: false,
    filename: join(compiled, file),
    plugins: [['babel-plugin-relay', { artifactDirectory: join(compiled, '__generated__'), eagerEsModules: false }]],
  })
  await writeFile(join(compiled, file), code)
}

/** Relay keeps what has left the screen for five minutes, which must not keep the trial. */
const { setTimeout: later } = globalThis
globalThis.setTimeout = (run, wait, ...rest) => {
  const timer = later(run, wait, ...rest)
  return wait > patience ? timer.unref() : timer
}

/** A document to draw in: React wants one when it is loaded. */
const window = new Window()
for (const name of ['window', 'document', 'navigator']) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true })
}
after(() => window.happyDOM.close())

/** An application with an empty store that notes the operations it sends over HTTP. */
function application() {
  const { Environment, Network, Observable, RecordSource, Store } = require('relay-runtime')
  const sent = []
  const ask = async ({ name, text }, variables) => {
    sent.push(name)
    const answer = await sanne.answer(text, variables)
    if (answer.errors) throw new Error(JSON.stringify(answer.errors))
    return answer
  }
  const follow = ({ text }, variables) =>
    Observable.create((sink) => sockets.subscribe({ query: text, variables }, sink))
  const environment = new Environment({ network: Network.create(ask, follow), store: new Store(new RecordSource()) })
  return { environment, sent }
}

/** Draws a screen; its until waits for a change of the document that meets a condition. */
function draw(t, screen, properties) {
  const { createElement, Suspense } = require('react')
  const { createRoot } = require('react-dom/client')
  const { RelayEnvironmentProvider } = require('react-relay')
  const { environment, sent } = application()
  const place = document.body.appendChild(document.createElement('div'))
  document.body.removeAttribute('data-live')
  const root = createRoot(place)
  t.after(() => (root.unmount(), place.remove()))
  root.render(
    createElement(
      RelayEnvironmentProvider,
      { environment },
      createElement(Suspense, { fallback: 'loading' }, createElement(screen, properties)),
    ),
  )
  const texts = (selector) => [...place.querySelectorAll(selector)].map((found) => found.textContent)
  const press = (name) => place.querySelector(`button[name=${name}]`).click()
  return { sent, texts, press, until: (condition) => until(condition, () => place.innerHTML) }
}

function until(condition, shown) {
  let observer
  const met = new Promise((resolve) => {
    const look = () => condition() && resolve()
    observer = new window.MutationObserver(look)
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
    look()
  })
  return soon(met, shown).finally(() => observer.disconnect())
}

/** The names of customers and prospects, as the API lists them. */
async function customerNames(first, stages = ['CUSTOMER', 'PROSPECT']) {
  const query = 'query ($first: Int!, $stages: [CustomerStage!]!) { customers(first: $first, stages: $stages) { nodes { name } } }'
  const { customers } = await sanne.ask(query, { first, stages })
  return customers.nodes.map(({ name }) => name)
}

/** A customer with five contact moments of which the last came first. */
async function withTimeline() {
  const customer = await newCustomer(sanne)
  for (const subject of ['one', 'two', 'three', 'four', 'five']) {
    await sanne.ask('mutation ($input: CreateContactMomentInput!) { createContactMoment(input: $input) { userErrors { code message } } }', {
      input: { customerId: customer.id, subject, at: new Date(Date.UTC(2026, 0, 1 + subject.length, 9)).toISOString() },
    })
  }
  return customer
}

describe('Relay', () => {
  let said
  before(async () => {
    said = await compile()
  })

  test('compiles @connection, @refetchable, Node and edges to add', async () => {
    assert.doesNotMatch(said, /error|warning/i)
    const artifacts = (await readdir(join(compiled, '__generated__'))).map((file) => file.replace('.graphql.js', ''))
    for (const name of ['CustomersPageQuery', 'CardHeaderQuery', 'CardTimelinePageQuery', 'CardRecordMutation']) {
      assert.ok(artifacts.includes(name), `${name} is not among ${artifacts}`)
    }
  })

  test('pages through customers', async (t) => {
    const { Customers } = require('./Customers.js')
    const { until, texts, press, sent } = draw(t, Customers, { count: 4 })
    await until(() => texts('li').length === 4)
    assert.deepEqual(texts('output'), ['there is more'])
    press('next')
    await until(() => texts('li').length === 7)
    assert.deepEqual(texts('li'), await customerNames(7))
    assert.deepEqual(sent, ['CustomersQuery', 'CustomersPageQuery'])
  })

  test('fetches a list anew with other arguments', async (t) => {
    const { Customers } = require('./Customers.js')
    const { until, texts, press } = draw(t, Customers, { count: 100 })
    await until(() => texts('li').length > 4)
    const prospects = await customerNames(100, ['PROSPECT'])
    press('prospects')
    await until(() => texts('li').length === prospects.length)
    assert.deepEqual(texts('li'), prospects)
    assert.deepEqual(texts('output'), ['that is all'])
  })

  test('refetches a part of a card by its id', async (t) => {
    const { Card } = require('./Card.js')
    const { id, name, version } = await newCustomer(sanne)
    const { until, texts, press, sent } = draw(t, Card, { id })
    await until(() => texts('h1').includes(`${name}, no sector`))
    await joris.ask('mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { userErrors { code } } }', {
      input: { id, expectedVersion: version, patch: { sector: 'Zorg' } },
    })
    press('again')
    await until(() => texts('h1').includes(`${name}, Zorg`))
    assert.deepEqual(sent, ['CardQuery', 'CardHeaderQuery'])
  })

  test('pages through a connection of a node to its end', async (t) => {
    const { Card } = require('./Card.js')
    const { id } = await withTimeline()
    const { until, texts, press, sent } = draw(t, Card, { id })
    const all = await sanne.ask('query ($id: ID!) { customer(by: { id: $id }) { communications { nodes { subject } } } }', { id })
    for (const shown of [2, 4]) {
      await until(() => texts('li').length === shown)
      assert.deepEqual(texts('output'), ['there is more'])
      press('next')
    }
    await until(() => texts('li').length === 5)
    assert.deepEqual(texts('output'), ['that is all'])
    assert.deepEqual(texts('li'), all.customer.communications.nodes.map(({ subject }) => subject))
    assert.deepEqual(sent, ['CardQuery', 'CardTimelinePageQuery', 'CardTimelinePageQuery'])
  })

  test('fetches a connection of a node anew with other arguments', async (t) => {
    const { Card } = require('./Card.js')
    const { id } = await withTimeline()
    const { until, texts, press } = draw(t, Card, { id })
    await until(() => texts('li').length === 2)
    press('appointments')
    await until(() => texts('li').length === 0 && texts('output').includes('that is all'))
  })

  test('adds the edge that a mutation answers to the list at hand', async (t) => {
    const { Card } = require('./Card.js')
    const { id } = await withTimeline()
    const { until, texts, press, sent } = draw(t, Card, { id })
    await until(() => texts('li').length === 2)
    const before = texts('li')
    press('record')
    await until(() => texts('li').length === 3)
    assert.deepEqual(texts('li'), ['just recorded', ...before])
    assert.deepEqual(sent, ['CardQuery', 'CardRecordMutation'])
  })

  test('shows a colleague’s attention as it arrives', async (t) => {
    const { Card } = require('./Card.js')
    const { id } = await newCustomer(sanne)
    const { until, texts, sent } = draw(t, Card, { id })
    await until(() => document.body.hasAttribute('data-live'))
    await pin(joris, id, 'Bel eerst even')
    await until(() => texts('mark').includes('Bel eerst even'))
    assert.deepEqual(sent, ['CardQuery'])
  })
})
