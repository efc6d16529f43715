// The EventSource of a real browser, by the recipe of docs/live.md: it comes back by itself, and by the id of
// the last message it got it misses nothing.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { launch } from './browser.mjs'
import { address, newCustomer, pin, secondAddress, signIn } from './office.mjs'
import { wire } from './proxy.mjs'
import { FOLLOW } from './recipes/card.mjs'
import { follow } from './recipes/eventsource.mjs'

const sanne = await signIn('sanne')
const joris = await signIn('joris', { at: secondAddress })

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** A page of the server's own, over a wire that can be cut, of a user who is signed in by cookie. */
async function visit(t) {
  const line = await wire(address)
  const context = await browser.newContext()
  t.after(() => context.close().then(line.close))
  const page = await context.newPage()
  await page.goto(line.url.href)
  await page.evaluate(async () => {
    const response = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'klantkaart-client': 'browser' },
      body: JSON.stringify({ email: 'sanne.verhoef@delta-detachering.example', password: 'welkom-bij-delta' }),
    })
    if (!response.ok) throw new Error(`signing in is answered with ${response.status}`)
  })
  return { line, page }
}

/** Follows a card in the page; what is seen stands in window.seen. */
const open = (page, variables) =>
  page.evaluate(
    ({ recipe, query, variables }) => {
      window.seen = { messages: [], errors: [], ended: 0 }
      const follow = new Function(`return ${recipe}`)()
      follow(new URL('/graphql', location), { query, variables }, {
        next: ({ data, errors }) => {
          if (errors) return window.seen.errors.push(errors[0].extensions.code)
          window.seen.messages.push(data.cardEvents.mode ?? data.cardEvents.position)
        },
        ended: () => window.seen.ended++,
      })
    },
    { recipe: follow.toString(), query: FOLLOW, variables },
  )

/** What the page has seen, once it is as many messages. */
async function messages(page, count) {
  await page.waitForFunction((count) => window.seen.messages.length >= count, count)
  return page.evaluate(() => window.seen.messages)
}

describe('an EventSource', () => {
  test('comes back after each cut behind the last message that it got, and misses nothing', async (t) => {
    const { line, page } = await visit(t)
    const card = await newCustomer(sanne)
    await open(page, { card: card.id, after: card.position })
    const expected = ['REPLAYED']
    await messages(page, 1)
    for (const elsewhere of [secondAddress, address]) {
      expected.push((await pin(joris, card.id, 'voor de breuk')).position)
      await messages(page, expected.length)
      line.cut()
      expected.push('REPLAYED')
      for (let i = 0; i < 3; i++) expected.push((await pin(joris, card.id, 'tijdens de breuk')).position)
      line.mend(elsewhere)
      assert.deepEqual(await messages(page, expected.length), expected)
    }
  })

  test('ends when the user has to sign in again', async (t) => {
    const { page } = await visit(t)
    const card = await newCustomer(sanne)
    await open(page, { card: card.id, after: card.position })
    await messages(page, 1)
    await page.evaluate(() => fetch('/session', { method: 'DELETE', headers: { 'klantkaart-client': 'browser' } }))
    await page.waitForFunction(() => window.seen.ended > 0)
    assert.deepEqual(await page.evaluate(() => window.seen), { messages: ['REPLAYED'], errors: [], ended: 1 })
  })

  test('gets why a stream is refused, and does not come back', async (t) => {
    const { page } = await visit(t)
    const { id } = await newCustomer(sanne)
    await open(page, { card: `${id.slice(0, -4)}zzz${id.at(-1)}` })
    await page.waitForFunction(() => window.seen.errors.length > 0)
    assert.deepEqual(await page.evaluate(() => window.seen.errors), ['NOT_FOUND'])
  })
})
