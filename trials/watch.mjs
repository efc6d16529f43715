// Waiting for what a client shows.

/** Milliseconds. A node that heard no signal looks by itself after ten seconds, which is not what is tried here. */
export const patience = 5_000

/** The promise's value, unless it takes too long. */
export function soon(promise, what, most = patience) {
  let late
  const deadline = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`not within ${most} ms: ${what()}`)), most)
  })
  return Promise.race([promise, deadline]).finally(() => clearTimeout(late))
}

/** Subscribes to a client's results; until gives the data of the last result that meets a condition, once there is one. */
export function watch(source) {
  const results = []
  let look = () => {}
  const subscription = source.subscribe((result) => (results.push(result), look()))
  const until = async (condition) => {
    const met = new Promise((resolve) => {
      look = () => results.some(condition) && resolve(results.findLast(condition).data)
      look()
    })
    return soon(met, () => JSON.stringify(results))
  }
  return { results, until, unsubscribe: () => subscription.unsubscribe() }
}
