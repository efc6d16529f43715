/**
 * The same without a library. The browser comes back by itself, with the last position as Last-Event-ID.
 * When it may not, which is when the user has to sign in again, the stream has ended.
 */
export function follow(url, { query, variables }, { next, ended }) {
  const address = new URL(url)
  address.searchParams.set('query', query)
  address.searchParams.set('variables', JSON.stringify(variables))
  const source = new EventSource(address, { withCredentials: true })
  source.addEventListener('next', ({ data }) => next(JSON.parse(data)))
  source.addEventListener('complete', () => source.close())
  source.addEventListener('error', () => source.readyState === EventSource.CLOSED && ended())
  return () => source.close()
}
