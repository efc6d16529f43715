import { GraphiQL } from 'graphiql'
import { useEffect, useMemo, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'graphiql/style.css'
import './explorer.css'
import { Bar } from './bar.jsx'
import { prepare, prepared } from './operations.js'
import { forgetSession, signIn, signOut, storedSession } from './session.js'
import { SignIn } from './signin.jsx'
import { applyStoredTheme, createStorage, fingerprint, openTabs } from './storage.js'
import { createTransport } from './transport.js'

const settings = JSON.parse(document.getElementById('settings').textContent)

// "/#as=…&open=…" asks to sign in as a demo colleague and to open a prepared operation; it is obeyed once.
function wishOfAddress() {
  const wish = new URLSearchParams(location.hash.slice(1))
  history.replaceState(null, '', location.pathname)
  const colleague = settings.colleagues.find(({ email }) => email === wish.get('as'))
  return { colleague, open: wish.get('open') }
}

const wish = wishOfAddress()

function Explorer() {
  const [session, setSession] = useState(() => (wish.colleague ? null : storedSession()))
  const [notice, setNotice] = useState('')
  const [busy, setBusy] = useState(false)

  const enter = async (email, password) => {
    setBusy(true)
    setNotice('')
    try {
      setSession(await signIn(email, password))
    } catch (error) {
      setNotice(error.message)
    } finally {
      setBusy(false)
    }
  }
  useEffect(() => {
    if (wish.colleague) enter(wish.colleague.email, wish.colleague.password)
  }, [])
  useEffect(() => {
    document.title = session ? `${session.user.name} · Klantkaart explorer` : 'Klantkaart explorer'
  }, [session])

  if (!session) return <SignIn colleagues={settings.colleagues} notice={notice} busy={busy} onSignIn={enter} />
  const leave = (why) => {
    setNotice(why)
    setSession(null)
  }
  return (
    <Signed
      key={session.token}
      session={session}
      onSignOut={() => signOut(session).then(() => leave(''))}
      onUnauthenticated={() => {
        forgetSession()
        leave('Your session has ended. Sign in again; your tabs are kept.')
      }}
    />
  )
}

function Signed({ session, onSignOut, onUnauthenticated }) {
  const transport = useMemo(() => createTransport({ ...settings, token: session.token, onUnauthenticated }), [])
  const [storage, setStorage] = useState(null)
  useEffect(() => {
    prepare(settings, transport.post).then((found) => setStorage(storageFor(found)))
    return transport.dispose
  }, [])
  const is = (colleague) => colleague.name === session.user.name
  return (
    <>
      <Bar
        user={session.user}
        role={settings.colleagues.find(is)?.role}
        others={settings.colleagues.filter((colleague) => !is(colleague))}
        onSignOut={onSignOut}
      />
      <main className="workbench" onKeyDownCapture={useWayOut()}>
        {storage && (
          <GraphiQL fetcher={transport.fetcher} storage={storage} defaultEditorToolsVisibility="variables" shouldPersistHeaders={false}>
            <GraphiQL.Logo>
              <a className="graphiql-logo-link licences" href="/explorer/licenses.txt" target="_blank" rel="noopener">
                Licences
              </a>
            </GraphiQL.Logo>
          </GraphiQL>
        )}
      </main>
    </>
  )
}

function storageFor(found) {
  const tabs = prepared(settings.operations, found)
  const storage = createStorage(fingerprint(JSON.stringify(tabs)))
  openTabs(storage, tabs, wish.open)
  wish.open = null
  return storage
}

// In the editors Tab indents; after Escape it moves on, so that a keyboard finds the way out.
function useWayOut() {
  const escaped = useRef(false)
  return (event) => {
    if (event.key === 'Tab' && escaped.current) event.nativeEvent.stopPropagation()
    escaped.current = event.key === 'Escape' || (event.key === 'Shift' && escaped.current)
  }
}

applyStoredTheme()
createRoot(document.getElementById('explorer')).render(<Explorer />)
