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

/** Signs in: gives the session, or `{ challenge }` when a second step is needed. Throws an Error that can be shown. */
export const signIn = (email, password) => enter('/session', { email, password })

/** Takes the second step with a code of the app, or a recovery code. */
export const signInCode = (challenge, code) => enter('/session/code', { challenge, code })

/** Begins a second factor where the office requires one: gives `{ secret, uri }`. */
export const signInEnrol = (challenge) => post('/session/enrolment', { challenge })

/** Confirms it with a code: gives the session, with the recovery codes that are shown once. */
export const signInConfirm = (challenge, code) => enter('/session/enrolment/confirm', { challenge, code })

// Only a session is remembered: a challenge (202) has no token that opens anything, and recovery codes are shown once.
async function enter(path, body) {
  const answer = await post(path, body)
  if (!answer.token) return answer
  const { recoveryCodes, ...session } = answer
  sessionStorage.setItem(KEY, JSON.stringify(session))
  return recoveryCodes ? { ...session, recoveryCodes } : session
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'content-type': 'application/json', ...CLIENT_HEADER },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error('The server does not answer. Is it still running?')
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) {
    const { message = `The server answered ${response.status}.`, extensions } = answer.errors?.[0] ?? {}
    throw Object.assign(new Error(message), { code: extensions?.code })
  }
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
