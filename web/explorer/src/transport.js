// How operations travel: queries and mutations by POST, subscriptions over one websocket that opens with the
// first subscription and closes with the last.
import { getOperationAST, parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { CLIENT_HEADER } from './session.js'

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9'

/** The transport of one session. onUnauthenticated is called when the server no longer knows the token. */
export function createTransport({ endpoint, socket, token, onUnauthenticated }) {
  const authorization = `Bearer ${token}`
  const client = createClient({
    url: new URL(socket, location.href).href.replace(/^http/, 'ws'),
    connectionParams: { authorization },
  })

  async function post(request, headers) {
    const response = await fetch(endpoint, {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json', accept: ACCEPT, authorization, ...CLIENT_HEADER, ...headers },
      body: JSON.stringify(request),
    })
    const text = await response.text()
    const answer = parsed(text, response.status)
    if (answer.errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) onUnauthenticated()
    return answer
  }

  function subscribe(request) {
    return {
      subscribe(sink) {
        const unsubscribe = client.subscribe(request, { ...sink, error: (reason) => sink.error(asError(reason)) })
        return { unsubscribe }
      },
    }
  }

  function fetcher(request, { headers } = {}) {
    const operation = operationOf(request)
    const exact = { ...request, operationName: operation?.name?.value ?? request.operationName }
    return operation?.operation === 'subscription' ? subscribe(exact) : post(exact, headers)
  }

  return { fetcher, post, dispose: () => client.dispose() }
}

// Just after a change of tabs GraphiQL still names the operation of the tab before; the only one there is then meant.
function operationOf({ query, operationName }) {
  try {
    const document = parse(query, { noLocation: true })
    return getOperationAST(document, operationName) ?? getOperationAST(document)
  } catch {
    return null
  }
}

function parsed(text, status) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`The server answered ${status} and no JSON.`)
  }
}

// A socket ends with a CloseEvent or a list of GraphQL errors; GraphiQL shows Errors and lists.
function asError(reason) {
  if (reason instanceof CloseEvent) return new Error(`The socket was closed: ${reason.code} ${reason.reason}`.trim())
  if (reason instanceof Event) return new Error('The socket could not be opened.')
  return reason
}
