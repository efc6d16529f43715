// The explorer in a real browser: what a visitor of the demo does on the first evening.
// KLANTKAART_URL is the address of a running server in demo mode.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { launch } from './browser.mjs'

const address = new URL(process.env.KLANTKAART_URL ?? 'http://127.0.0.1:8080')
const colleague = { first: 'Sanne Verhoef', second: 'Joris Kuipers' }

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** A fresh browser profile that notes every address asked for and every complaint of the console. */
async function visitor(t) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 800 } })
  t.after(() => context.close())
  const seen = { addresses: [], complaints: [] }
  context.on('request', (request) => seen.addresses.push(request.url()))
  context.on('console', (message) => message.type() === 'error' && seen.complaints.push(message.text()))
  context.on('weberror', (error) => seen.complaints.push(error.error().message))
  context.on('page', (page) => page.on('websocket', (socket) => seen.addresses.push(socket.url())))
  const page = await context.newPage()
  await page.goto(address.href)
  return { context, page, seen }
}

async function signedIn(t, name = colleague.first) {
  const visit = await visitor(t)
  await visit.page.getByRole('button', { name: `Sign in as ${name}` }).click()
  await ready(visit.page)
  return visit
}

/** Waits until GraphiQL knows the schema. */
async function ready(page) {
  await editor(page).waitFor()
  await page.locator('.graphiql-spinner').waitFor({ state: 'hidden' })
}

const openTab = (page, name) => page.getByRole('tab').getByText(name, { exact: true }).click()
const run = (page) => page.getByRole('button', { name: /^Execute query/ }).click()
const result = (page) => page.locator('.result-window .CodeMirror')
const editor = (page) => page.locator('.graphiql-query-editor .CodeMirror')

/** The text of an editor, once it holds what is expected; lines scrolled out of sight count too. */
async function text(locator, expected) {
  const deadline = Date.now() + 10_000
  for (;;) {
    const shown = await locator.evaluate((element) => element.CodeMirror.getValue())
    if (shown.includes(expected)) return shown
    assert.ok(Date.now() < deadline, `no ${expected} in: ${shown}`)
    await locator.evaluate(() => new Promise(requestAnimationFrame))
  }
}

const answer = async (page, expected) => JSON.parse(await text(result(page), expected))

describe('the explorer', () => {
  test('loads from its own server only, without a complaint of the browser', async (t) => {
    const { page, seen } = await signedIn(t)
    await openTab(page, 'CardEvents')
    await run(page)
    await answer(page, '"Ready"')
    const foreign = seen.addresses.filter((url) => new URL(url).host !== address.host && !url.startsWith('data:'))
    assert.deepEqual(foreign, [])
    assert.deepEqual(seen.complaints, [])
  })

  test('asks a stranger to sign in before it shows the graph', async (t) => {
    const { page } = await visitor(t)
    await page.getByRole('button', { name: `Sign in as ${colleague.first}` }).waitFor()
    assert.equal(await page.locator('.graphiql-container').count(), 0)
  })

  test('tells what was wrong when the password is', async (t) => {
    const { page } = await visitor(t)
    await page.getByText('Use another account').click()
    await page.getByLabel('E-mail address').fill('nobody@delta.example')
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
  })

  test('asks for the code of a second step, which is no session yet', async (t) => {
    const { page } = await visitor(t)
    const challenge = { token: 'kkc_trial', expiresAt: '2999-01-01T00:00:00Z', step: 'CODE' }
    await page.route('**/session', (route) => route.fulfill({ status: 202, json: { challenge } }))
    const refusal = { errors: [{ message: 'The code is wrong.', extensions: { code: 'WRONG_CODE' } }] }
    await page.route('**/session/code', (route) => route.fulfill({ status: 401, json: refusal }))
    await page.getByRole('button', { name: `Sign in as ${colleague.first}` }).click()
    await page.getByLabel('Code').fill('000000')
    assert.equal(await page.locator('.graphiql-container').count(), 0)
    const [sent] = await Promise.all([page.waitForRequest('**/session/code'), page.getByRole('button', { name: 'Continue' }).click()])
    assert.deepEqual(sent.postDataJSON(), { challenge: challenge.token, code: '000000' })
    await page.getByRole('alert').getByText('The code is wrong.').waitFor()
    assert.equal(await page.evaluate(() => sessionStorage.length), 0)
  })

  for (const [name, field] of [
    ['Viewer', 'viewer'],
    ['CardOfVanDerVelde', 'customer'],
    ['Customers', 'customers'],
    ['AddAttention', 'addAttention'],
    ['Search', 'search'],
  ]) {
    test(`runs the prepared operation ${name}`, async (t) => {
      const { page } = await signedIn(t)
      await openTab(page, name)
      await run(page)
      const { data, errors } = await answer(page, `"${field}"`)
      assert.equal(errors, undefined)
      assert.ok(data[field], 'the answer is empty')
      assert.deepEqual(data[field].userErrors ?? [], [])
    })
  }

  test('shows the attention that a colleague pins in a second tab', async (t) => {
    const { context, page } = await signedIn(t)
    await openTab(page, 'CardEvents')
    await run(page)
    await answer(page, '"Ready"')

    await page.getByText('Second tab as a colleague').click()
    const [second] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: colleague.second }).click(),
    ])
    await ready(second)
    await run(second)
    const pinned = (await answer(second, '"addAttention"')).data.addAttention

    const event = (await answer(page, 'ATTENTION_ADDED')).data.cardEvents
    assert.equal(event.actor.name, colleague.second)
    assert.equal(event.subject.text, pinned.attention.text)
    assert.equal(event.position, pinned.position)
    assert.ok(await page.getByText(`Signed in as ${colleague.first}`).isVisible(), 'the first tab keeps its colleague')
  })

  test('completes a field by its first letters', async (t) => {
    const { page } = await signedIn(t)
    await page.getByRole('button', { name: 'New tab' }).click()
    await editor(page).evaluate((element) => element.CodeMirror.setValue(''))
    await editor(page).click()
    await page.keyboard.type('{ vie')
    await page.keyboard.press('Control+Space')
    await page.keyboard.press('Enter')
    await text(editor(page), 'viewer')
  })

  test('explains the graph in the words of the contract', async (t) => {
    const { page } = await signedIn(t)
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByRole('link', { name: 'Attention', exact: true }).click()
    await page.getByText('A notice pinned on a card').waitFor()
  })

  test('stays signed in and keeps its tabs over a reload', async (t) => {
    const { page } = await signedIn(t)
    await openTab(page, 'Search')
    await page.waitForFunction(() => Object.entries(sessionStorage).some(([key, value]) => key.endsWith('tabState') && JSON.parse(value).activeTabIndex === 5))
    await page.reload()
    await ready(page)
    assert.ok(await page.getByText(`Signed in as ${colleague.first}`).isVisible())
    await text(editor(page), 'query Search')
  })

  test('ends the session when signing out', async (t) => {
    const { page } = await signedIn(t)
    const { token } = await page.evaluate(() => JSON.parse(sessionStorage.getItem('klantkaart.session')))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: `Sign in as ${colleague.first}` }).waitFor()
    const response = await fetch(new URL('/graphql', address), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'klantkaart-client': 'trial' },
      body: JSON.stringify({ query: '{ viewer { user { name } } }' }),
    })
    assert.equal((await response.json()).errors?.[0]?.extensions?.code, 'UNAUTHENTICATED')
  })

  test('lets the keyboard out of an editor after Escape', async (t) => {
    const { page } = await signedIn(t)
    await editor(page).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    const editing = await page.evaluate(() => document.activeElement.closest('.CodeMirror') !== null)
    assert.equal(editing, false)
  })
})
