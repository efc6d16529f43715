import { ApolloClient, ApolloLink, gql } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { CARD, FOLLOW } from './card.mjs'
import { resuming } from './resuming.mjs'

/** Apollo Client with its subscriptions over the socket. Upon RESYNC it fetches again what is on screen. */
export function liveApollo({ socket, http, cache }) {
  const client = new ApolloClient({
    cache,
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(resuming(socket, () => client.refetchQueries({ include: 'active' }))),
      http,
    ),
  })
  return client
}

/** Shows a card and keeps it as it is: events bring the card along, and the cache puts it on screen. */
export async function openCard({ client, id, show, notice, failed }) {
  const card = { query: gql(CARD), variables: { id } }
  const { data } = await client.query(card)
  const shown = client.watchQuery(card).subscribe(({ data }) => data?.customer && show(data.customer))
  const stream = client.subscribe({ query: gql(FOLLOW), variables: { card: id, after: data.customer?.eventCursor } })
  const followed = stream.subscribe(({ data, error }) => {
    if (error) return failed(error)
    if (data.cardEvents.__typename === 'Event') notice(data.cardEvents)
  })
  return () => (followed.unsubscribe(), shown.unsubscribe())
}
