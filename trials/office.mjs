// The demo office on the running server: where it is, who works there, and how a trial asks it something.
// KLANTKAART_URL is the address of the server, KLANTKAART_SECOND_URL that of another node of the same office;
// with one node only, both are the same.
import { WebSocket } from 'ws'
import { createClient } from 'graphql-ws'

export const address = new URL(process.env.KLANTKAART_URL ?? 'http://127.0.0.1:8080')
export const secondAddress = new URL(process.env.KLANTKAART_SECOND_URL ?? address)

const password = 'welkom-bij-delta'
const accounts = { sanne: 'sanne.verhoef', joris: 'joris.kuipers', peter: 'peter.degroot' }

/** A colleague of the demo office, signed in at a node. A session holds on every node. */
export async function signIn(name, { at = address, client = 'trial' } = {}) {
  const response = await fetch(new URL('/session', at), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'klantkaart-client': client },
    body: JSON.stringify({ email: `${accounts[name]}@delta-detachering.example`, password }),
  })
  const { token, user } = await response.json()
  if (!token) throw new Error(`${name} could not sign in: ${response.status}`)
  return colleague({ token, user, at, client })
}

function colleague({ token, user, at, client }) {
  const headers = { authorization: `Bearer ${token}`, 'klantkaart-client': client }
  const endpoint = new URL('/graphql', at).href
  const answer = async (query, variables) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, variables }),
    })
    return response.json()
  }
  return { ...user, token, headers, endpoint, answer, ask: async (...request) => dataOf(await answer(...request)) }
}

/** The data of an answer that has neither errors nor refusals. */
function dataOf({ data, errors }) {
  if (errors) throw new Error(JSON.stringify(errors))
  for (const field of Object.values(data)) {
    if (field?.userErrors?.length) throw new Error(JSON.stringify(field.userErrors))
  }
  return data
}

/** A socket of graphql-ws in the colleague's name. */
export const socket = ({ token, endpoint }, options = {}) =>
  createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: { authorization: `Bearer ${token}` },
    webSocketImpl: WebSocket,
    ...options,
  })

/** A new customer, so that trials do not meet on a card. */
export async function newCustomer(by, name = `Trial ${crypto.randomUUID()}`) {
  const { createCustomer } = await by.ask(
    `mutation ($input: CreateCustomerInput!) {
      createCustomer(input: $input) { customer { id name version } position userErrors { code message path } }
    }`,
    { input: { stage: 'CUSTOMER', fields: { name } } },
  )
  return { ...createCustomer.customer, position: createCustomer.position }
}

/** Pins an attention on a card. */
export async function pin(by, cardId, text) {
  const { addAttention } = await by.ask(
    `mutation ($input: AddAttentionInput!) {
      addAttention(input: $input) { attention { id text } position userErrors { code message path } }
    }`,
    { input: { cardId, text } },
  )
  return { ...addAttention.attention, position: addAttention.position }
}

/** What the server says of its schema, as clients fetch it. */
export async function introspect(by) {
  const { getIntrospectionQuery } = await import('graphql')
  return by.ask(getIntrospectionQuery({ oneOf: true, specifiedByUrl: true, inputValueDeprecation: true }))
}
