// A card with a header that can be fetched anew by the card's id, a timeline by pages to which new contact
// moments are added, and attentions that arrive by themselves.
const { createElement: element, useMemo } = require('react')
const {
  graphql, useLazyLoadQuery, useMutation, usePaginationFragment, useRefetchableFragment, useSubscription,
} = require('react-relay')

exports.Card = ({ id }) => {
  const { node } = useLazyLoadQuery(
    graphql`
      query CardQuery($id: ID!) {
        node(id: $id) {
          ... on Customer {
            ...CardHeader_card @alias(as: "header")
            ...CardTimeline_card @alias(as: "timeline")
          }
        }
      }
    `,
    { id },
  )
  return element('main', null, element(Header, { card: node.header }), element(Timeline, { card: node.timeline }))
}

function Header({ card }) {
  const [data, refetch] = useRefetchableFragment(
    graphql`
      fragment CardHeader_card on Customer @refetchable(queryName: "CardHeaderQuery") {
        id
        name
        sector
        attentions {
          id
          text
        }
      }
    `,
    card,
  )
  useSubscription(
    useMemo(
      () => ({
        subscription: graphql`
          subscription CardEventsSubscription($id: ID!) {
            cardEvents(card: $id) {
              __typename
              ... on Event {
                id
                customer {
                  id
                  attentions {
                    id
                    text
                  }
                }
              }
            }
          }
        `,
        variables: { id: data.id },
        onNext: ({ cardEvents }) => cardEvents.__typename === 'Ready' && document.body.setAttribute('data-live', ''),
      }),
      [data.id],
    ),
  )
  return element(
    'header',
    null,
    element('h1', null, `${data.name}, ${data.sector ?? 'no sector'}`),
    data.attentions.map(({ id, text }) => element('mark', { key: id }, text)),
    element('button', { name: 'again', onClick: () => refetch({}, { fetchPolicy: 'network-only' }) }, 'Again'),
  )
}

function Timeline({ card }) {
  const { data, hasNext, loadNext, refetch } = usePaginationFragment(
    graphql`
      fragment CardTimeline_card on Card
      @argumentDefinitions(
        count: { type: "Int", defaultValue: 2 }
        cursor: { type: "String" }
        kinds: { type: "[CommunicationKind!]" }
      )
      @refetchable(queryName: "CardTimelinePageQuery") {
        id
        communications(kinds: $kinds, first: $count, after: $cursor) @connection(key: "CardTimeline_communications") {
          __id
          edges {
            node {
              id
              subject
            }
          }
        }
      }
    `,
    card,
  )
  const [record] = useMutation(graphql`
    mutation CardRecordMutation($input: CreateContactMomentInput!, $connections: [ID!]!) {
      createContactMoment(input: $input) {
        communicationEdge @prependEdge(connections: $connections) {
          cursor
          node {
            id
            subject
          }
        }
        userErrors {
          code
        }
      }
    }
  `)
  const { __id, edges } = data.communications
  const variables = { input: { customerId: data.id, subject: 'just recorded' }, connections: [__id] }
  return element(
    'section',
    null,
    element('ul', null, edges.map(({ node }) => element('li', { key: node.id }, node.subject))),
    element('output', { name: 'more' }, hasNext ? 'there is more' : 'that is all'),
    element('button', { name: 'next', onClick: () => loadNext(2) }, 'Next page'),
    element('button', { name: 'record', onClick: () => record({ variables }) }, 'Record'),
    element('button', { name: 'appointments', onClick: () => refetch({ kinds: ['APPOINTMENT'] }) }, 'Appointments'),
  )
}
