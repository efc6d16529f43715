import { useState } from 'react'

/** The door: one button per demo colleague, and a form for everybody else. */
export function SignIn({ colleagues, notice, busy, onSignIn }) {
  return (
    <Door notice={notice}>
      {colleagues.length > 0 && <Colleagues colleagues={colleagues} busy={busy} onSignIn={onSignIn} />}
      {colleagues.length > 0 ? (
        <details>
          <summary>Use another account</summary>
          <Credentials busy={busy} onSignIn={onSignIn} />
        </details>
      ) : (
        <Credentials busy={busy} onSignIn={onSignIn} />
      )}
    </Door>
  )
}

/** The second step: a code of the app, which is chosen here first where the office requires one. */
export function SecondStep({ enrolment, notice, busy, onCode, onBack }) {
  const [code, setCode] = useState('')
  const submit = (event) => {
    event.preventDefault()
    setCode('')
    onCode(code)
  }
  return (
    <Door notice={notice}>
      <h2>Second step</h2>
      {enrolment ? (
        <p>
          The office requires two-step verification. <a href={enrolment.uri}>Add this account to your app</a>, or type this secret into it:{' '}
          <code className="secret">{enrolment.secret}</code>
        </p>
      ) : (
        <p>The password is right. Type the code that your app shows, or a recovery code.</p>
      )}
      <form className="credentials" onSubmit={submit}>
        <label>
          Code
          <input autoComplete="one-time-code" required autoFocus value={code} onChange={(e) => setCode(e.target.value)} />
        </label>
        <button type="submit" className="primary" disabled={busy}>
          Continue
        </button>
        <button type="button" disabled={busy} onClick={onBack}>
          Sign in as somebody else
        </button>
      </form>
    </Door>
  )
}

/** The codes for who has lost the app, which are never shown again. */
export function RecoveryCodes({ codes, onDone }) {
  return (
    <Door>
      <h2>Recovery codes</h2>
      <p>Each works once in the place of a code of your app. Keep them: they are not shown again.</p>
      <ul className="secret">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <button type="button" className="primary" onClick={onDone}>
        I have kept them
      </button>
    </Door>
  )
}

function Door({ notice, children }) {
  return (
    <main className="door">
      <section className="door-card" aria-labelledby="door-title">
        <h1 id="door-title" lang="nl">
          Klantkaart
        </h1>
        <p className="door-lead">The customer card of a secondment office, as one live graph.</p>
        {notice && (
          <p className="notice" role="alert">
            {notice}
          </p>
        )}
        {children}
      </section>
    </main>
  )
}

function Colleagues({ colleagues, busy, onSignIn }) {
  return (
    <>
      <h2>Sign in as a colleague of the demo office</h2>
      <ul className="colleagues">
        {colleagues.map(({ name, email, password, role }) => (
          <li key={email}>
            <button type="button" disabled={busy} onClick={() => onSignIn(email, password)}>
              <span className="initials" aria-hidden="true">
                {initials(name)}
              </span>
              <span>
                <span className="colleague-name">Sign in as {name}</span>
                <span className="colleague-role"> ({role})</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

function initials(name) {
  const words = name.split(' ')
  return words[0][0] + (words.length > 1 ? words.at(-1)[0] : '')
}

function Credentials({ busy, onSignIn }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event) => {
    event.preventDefault()
    onSignIn(email, password)
  }
  return (
    <form className="credentials" onSubmit={submit}>
      <label>
        E-mail address
        <input type="email" autoComplete="username" required value={email} onChange={(e) => setEmail(e.target.value)} />
      </label>
      <label>
        Password
        <input type="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.target.value)} />
      </label>
      <button type="submit" className="primary" disabled={busy}>
        Sign in
      </button>
    </form>
  )
}
