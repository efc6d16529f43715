import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { CARD, FOLLOW } from './card.mjs'
import { resuming } from './resuming.mjs'

/** urql with its subscriptions over the socket. Upon RESYNC it fetches the card again. */
export function liveUrql({ socket, cache, ...options }) {
  const streams = resuming(socket, async ({ card }) => {
    const { error } = await client.query(CARD, { id: card }, { requestPolicy: 'network-only' })
    if (error) throw error
  })
  const client = new Client({
    ...options,
    preferGetMethod: false,
    exchanges: [
      cache,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: streams.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  })
  return client
}

/** Shows a card and keeps it as it is: events bring the card along, and graphcache puts it on screen. */
export async function openCard({ client, id, show, notice, failed }) {
  const { data, error } = await client.query(CARD, { id })
  if (error) throw error
  const screen = client.query(CARD, { id }).subscribe(({ data }) => data?.customer && show(data.customer))
  const stream = client.subscription(FOLLOW, { card: id, after: data.customer?.eventCursor })
  const followed = stream.subscribe(({ data, error }) => {
    if (error) return failed(error)
    if (data.cardEvents.__typename === 'Event') notice(data.cardEvents)
  })
  return () => (followed.unsubscribe(), screen.unsubscribe())
}
