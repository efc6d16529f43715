// What GraphiQL remembers: the theme for the browser, everything else (open tabs, history) for this browser tab
// only, under a name that changes with the database and with the prepared operations. So a reload keeps your
// work, and ids of a database that is gone never come back.

const THEME = 'graphiql:theme'

export function applyStoredTheme() {
  const theme = localStorage.getItem(THEME)
  if (theme === 'light' || theme === 'dark') document.body.classList.add(`graphiql-${theme}`)
}

export function createStorage(scope) {
  const prefix = `klantkaart.${scope}.`
  const place = (key) => (key === THEME ? [localStorage, key] : [sessionStorage, prefix + key])
  const own = () => Object.keys(sessionStorage).filter((key) => key.startsWith(prefix))
  return {
    get length() {
      return own().length
    },
    getItem(key) {
      const [store, name] = place(key)
      return store.getItem(name)
    },
    setItem(key, value) {
      const [store, name] = place(key)
      store.setItem(name, value)
    },
    removeItem(key) {
      const [store, name] = place(key)
      store.removeItem(name)
    },
    clear() {
      own().forEach((key) => sessionStorage.removeItem(key))
    },
  }
}

/** Fills an empty storage with the prepared tabs and opens one of them, in the form GraphiQL itself stores. */
export function openTabs(storage, tabs, openName) {
  const stored = storage.getItem('graphiql:tabState')
  const state = stored ? JSON.parse(stored) : { activeTabIndex: 0, tabs: tabs.map(tabState) }
  const wanted = state.tabs.findIndex((tab) => tab.title === openName)
  if (wanted >= 0) state.activeTabIndex = wanted
  const active = state.tabs[state.activeTabIndex]
  storage.setItem('graphiql:tabState', JSON.stringify(state))
  storage.setItem('graphiql:query', active.query ?? '')
  storage.setItem('graphiql:variables', active.variables ?? '')
}

function tabState({ name, query, variables }) {
  return {
    id: name,
    hash: null,
    title: name,
    query,
    variables,
    headers: null,
    operationName: name,
    response: null,
  }
}

/** A short name for a text, to tell one set of operations from another; no secret. */
export function fingerprint(text) {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}
