import { GraphiQL } from 'graphiql'
import { useEffect, useMemo, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'graphiql/style.css'
import './explorer.css'
import { Bar } from './bar.jsx'
import { prepare, prepared } from './operations.js'
import { forgetSession, signIn, signInCode, signInConfirm, signInEnrol, signOut, storedSession } from './session.js'
import { RecoveryCodes, SecondStep, SignIn } from './signin.jsx'
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

  const [step, setStep] = useState(null) // what is still to be done after the password
  const [codes, setCodes] = useState(null) // for who has just chosen a second factor

  const attempt = async (what) => {
    setBusy(true)
    setNotice('')
    try {
      await what()
    } catch (error) {
      if (error.code === 'CHALLENGE_OVER') setStep(null)
      setNotice(error.message)
    } finally {
      setBusy(false)
    }
  }
  const go = ({ recoveryCodes, ...session }) => {
    setStep(null)
    setCodes(recoveryCodes ?? null)
    setSession(session)
  }
  const enter = (email, password) =>
    attempt(async () => {
      const answer = await signIn(email, password)
      if (!answer.challenge) return go(answer)
      const { token, step } = answer.challenge
      setStep(step === 'ENROLMENT' ? { token, step, enrolment: await signInEnrol(token) } : { token, step })
    })
  const showCode = (code) => attempt(async () => go(await (step.step === 'ENROLMENT' ? signInConfirm : signInCode)(step.token, code)))
  useEffect(() => {
    if (wish.colleague) enter(wish.colleague.email, wish.colleague.password)
  }, [])
  useEffect(() => {
    document.title = session ? `${session.user.name} · Klantkaart explorer` : 'Klantkaart explorer'
  }, [session])

  if (!session && step) {
    return <SecondStep enrolment={step.enrolment} notice={notice} busy={busy} onCode={showCode} onBack={() => (setStep(null), setNotice(''))} />
  }
  if (session && codes) return <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />
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
