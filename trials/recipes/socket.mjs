import { createClient } from 'graphql-ws'
import { jitter } from './jitter.mjs'

/**
 * A socket that comes back: after a cut, a night's sleep, a restart of the server, a token that is over.
 * token(renew) gives a token, and a new one when the old one was refused; it throws a SignedOut when the user
 * has to sign in again. That, and a session that was revoked (4401), end the streams with an error.
 */
export function liveSocket({ url, token, clientId, patience = 5_000, ...options }) {
  let socket, refused, overdue
  let skipWait = () => {}
  const client = createClient({
    url,
    // Asked anew for every connection.
    connectionParams: async () => ({ authorization: `Bearer ${await token(refused)}`, clientId }),
    // Five attempts unless told, and none when the server cannot be reached.
    retryAttempts: Infinity,
    shouldRetry: (reason) => !(reason instanceof SignedOut),
    retryWait: (retries) => Promise.race([jitter(retries), new Promise((resolve) => (skipWait = resolve))]),
    // Neither has a limit unless told: a connection that died in its sleep would never be noticed.
    connectionAckWaitTimeout: 10_000,
    keepAlive: 10_000,
    on: {
      opened: (opened) => (socket = opened),
      connected: () => (refused = false),
      ping: (received) => received || expectPong(),
      pong: (received) => received && clearTimeout(overdue),
      closed: ({ code }) => {
        clearTimeout(overdue)
        if (code === 4403) refused = true
      },
    },
    ...options,
  })
  const expectPong = () => {
    clearTimeout(overdue)
    overdue = setTimeout(() => client.terminate(), patience)
  }
  /** Asks a socket that may be dead, and does not wait for one that is. */
  const look = () => {
    skipWait()
    if (socket?.readyState !== 1) return
    socket.send('{"type":"ping"}')
    expectPong()
  }
  globalThis.addEventListener?.('online', () => (client.terminate(), look()))
  globalThis.document?.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
  return client
}

export class SignedOut extends Error {}
