// The session of one browser tab. The token lives in the tab's own storage and travels as a bearer token; the
// cookie that the server also offers is declined (credentials: omit), because a cookie is shared by all tabs
// and two colleagues side by side in two tabs are the point of the explorer.

const KEY = 'klantkaart.session'

/** Names this screen; the server demands it of a browser, and returns it as originClientId of the events it causes. */
export const CLIENT_HEADER = { 'klantkaart-client': `explorer-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}` }

/** The session this tab had before a reload, or null when there is none or it has expired. */
export function storedSession() {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY))
    return session && Date.parse(session.expiresAt) > Date.now() ? session : null
  } catch {
    return null
  }
}

export function forgetSession() {
  sessionStorage.removeItem(KEY)
}

/** Signs in and remembers the session; throws an Error whose message can be shown. */
export async function signIn(email, password) {
  const response = await fetch('/session', {
    method: 'POST',
    credentials: 'omit',
    headers: { 'content-type': 'application/json', ...CLIENT_HEADER },
    body: JSON.stringify({ email, password }),
  }).catch(() => {
    throw new Error('The server does not answer. Is it still running?')
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.errors?.[0]?.message ?? `The server answered ${response.status}.`)
  sessionStorage.setItem(KEY, JSON.stringify(answer))
  return answer
}

/** Ends the session on the server; a session that cannot be ended there expires by itself. */
export async function signOut({ token }) {
  forgetSession()
  await fetch('/session', {
    method: 'DELETE',
    credentials: 'omit',
    headers: { authorization: `Bearer ${token}`, ...CLIENT_HEADER },
  }).catch(() => {})
}
