import { useRef } from 'react'

/** The slim bar above GraphiQL: who acts in this tab, a way to see a second colleague at work, and the way out. */
export function Bar({ user, role, others, onSignOut }) {
  return (
    <header className="bar">
      <span className="brand" lang="nl">
        Klantkaart
      </span>
      <span className="bar-about">the customer card, live</span>
      <span className="bar-space" />
      {others.length > 0 && <OtherColleagues others={others} />}
      <span className="bar-user">
        Signed in as <strong>{user.name}</strong>
        {role && <span className="bar-role"> ({role})</span>}
      </span>
      <button type="button" className="bar-button" onClick={onSignOut}>
        Sign out
      </button>
    </header>
  )
}

function OtherColleagues({ others }) {
  const menu = useRef(null)
  const close = () => menu.current.removeAttribute('open')
  const closeOnEscape = (event) => {
    if (event.key !== 'Escape') return
    close()
    menu.current.querySelector('summary').focus()
  }
  const closeOnLeaving = (event) => {
    if (!menu.current.contains(event.relatedTarget)) close()
  }
  return (
    <details className="menu" ref={menu} onKeyDown={closeOnEscape} onBlur={closeOnLeaving}>
      <summary className="bar-button">Second tab as a colleague</summary>
      <ul>
        {others.map(({ name, email, role }) => (
          <li key={email}>
            <a href={tabFor(email)} target="_blank" rel="noopener" onClick={close}>
              {name} <span className="bar-role">({role})</span>
            </a>
          </li>
        ))}
      </ul>
    </details>
  )
}

// The new tab signs in by itself and opens on the operation whose event the first tab is waiting for.
const tabFor = (email) => `/#${new URLSearchParams({ as: email, open: 'AddAttention' })}`
