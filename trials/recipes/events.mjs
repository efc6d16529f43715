import { createClient } from 'graphql-sse'
import { jitter } from './jitter.mjs'
import { SignedOut } from './socket.mjs'

/** The same over Server-Sent Events, for networks that let no socket through. */
export function liveEvents({ url, token, clientId, silence = 45_000, ...options }) {
  let refused
  return createClient({
    url,
    // Asked anew for every connection. A page that may not follow will not be allowed to the next time.
    headers: async () => {
      if (refused === 403) throw new SignedOut('this page may not follow')
      return { authorization: `Bearer ${await token(refused === 401)}`, 'klantkaart-client': clientId }
    },
    retryAttempts: Infinity,
    retry: jitter,
    fetchFn: async (url, request) => {
      const patient = patience(silence)
      const response = await fetch(url, { ...request, signal: AbortSignal.any([request.signal, patient.signal]) })
      const { ok, status, statusText, body } = response
      refused = status
      return { ok, status, statusText, body: body && listen(body, patient) }
    },
    ...options,
  })
}

/** Breaks off what is silent for too long: the server writes something at least every 25 seconds. */
function patience(silence) {
  const dead = new AbortController()
  let overdue
  const end = () => clearTimeout(overdue)
  const begin = () => {
    end()
    overdue = setTimeout(() => dead.abort(), silence)
  }
  begin()
  return { signal: dead.signal, begin, end }
}

async function* listen(body, patient) {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      patient.begin()
      yield value
    }
  } finally {
    patient.end()
    // graphql-sse overlooks an end that comes while it is busy with the last message.
    await new Promise((resolve) => setTimeout(resolve))
  }
}
