// Stands in for the package react-style-singleton: see build.mjs.
const nothing = () => null

export const styleSingleton = () => nothing
export const styleHookSingleton = () => nothing
export const stylesheetSingleton = () => ({ add: nothing, remove: nothing })
