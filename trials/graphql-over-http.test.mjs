// GraphQL over HTTP, by the audits of graphql-http: every MUST and SHOULD holds, for a stranger and a colleague.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { serverAudits } from 'graphql-http'
import { address, secondAddress, signIn } from './office.mjs'

/** Each MAY that we refuse, with the reason. On a server that answers queries by GET none is refused. */
const refused = {
  '5A70': 'queries by GET are off: personal data would stand in addresses and logs',
  D6D5: 'variables by GET are off: personal data would stand in addresses and logs',
  '6A70': 'variables by GET are off: personal data would stand in addresses and logs',
}

const sanne = await signIn('sanne')
const withGet = address.href !== secondAddress.href

for (const [who, headers] of [
  ['a stranger', {}],
  ['a colleague', sanne.headers],
]) {
  audited(`GraphQL over HTTP for ${who}`, address, headers, refused)
  if (withGet) audited(`GraphQL over HTTP for ${who}, with queries by GET`, secondAddress, headers, {})
}

function audited(title, at, headers, refusals) {
  describe(title, () => {
    const audits = serverAudits({
      url: new URL('/graphql', at).href,
      fetchFn: (url, options) => fetch(url, { ...options, headers: { ...options?.headers, ...headers } }),
    })
    for (const { id, name, fn } of audits) {
      const reason = refusals[id]
      test(`${id} ${name}${reason ? ` (refused: ${reason})` : ''}`, async () => {
        const { status, reason: complaint } = await fn()
        assert.equal(status, reason ? 'notice' : 'ok', complaint)
      })
    }
    test('refuses nothing that the list of refusals does not name', () => {
      const known = audits.filter(({ name }) => name.startsWith('MAY')).map(({ id }) => id)
      assert.deepEqual(Object.keys(refusals).filter((id) => !known.includes(id)), [])
    })
  })
}
