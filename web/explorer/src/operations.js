// The prepared operations: one tab each, with variables that already name a customer of this database.

/** Runs the preparing query; an office without the demo customer answers nothing, and its tabs keep empty ids. */
export async function prepare(settings, post) {
  if (!settings.prepare) return {}
  const answer = await post({ query: settings.prepare }).catch(() => ({}))
  return answer.data ?? {}
}

/** The tabs: every "{{path.of.the.answer}}" among the variables is replaced by what the preparing query found. */
export function prepared(operations, found) {
  return operations.map(({ name, query, variables }) => ({
    name,
    query: query.trim(),
    variables: fill(variables, found).trim(),
  }))
}

function fill(variables, found) {
  return variables.replaceAll(/\{\{([\w.]+)\}\}/g, (_, path) => at(found, path))
}

function at(found, path) {
  const value = path.split('.').reduce((value, step) => value?.[step], found)
  return value === undefined || value === null ? '' : JSON.stringify(String(value)).slice(1, -1)
}
