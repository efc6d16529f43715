// A list of customers that grows by a page at a time, and is fetched anew when asked for other cards.
const { createElement: element } = require('react')
const { graphql, useLazyLoadQuery, usePaginationFragment } = require('react-relay')

exports.Customers = ({ count }) => {
  const query = useLazyLoadQuery(
    graphql`
      query CustomersQuery($count: Int!) {
        ...Customers_query @arguments(count: $count)
      }
    `,
    { count },
  )
  const { data, hasNext, loadNext, refetch } = usePaginationFragment(
    graphql`
      fragment Customers_query on Query
      @argumentDefinitions(
        count: { type: "Int!" }
        cursor: { type: "String" }
        stages: { type: "[CustomerStage!]", defaultValue: [CUSTOMER, PROSPECT] }
      )
      @refetchable(queryName: "CustomersPageQuery") {
        customers(stages: $stages, first: $count, after: $cursor) @connection(key: "Customers_customers") {
          totalCount
          edges {
            node {
              id
              name
            }
          }
        }
      }
    `,
    query,
  )
  return element(
    'main',
    null,
    element('ul', null, data.customers.edges.map(({ node }) => element('li', { key: node.id }, node.name))),
    element('output', { name: 'more' }, hasNext ? 'there is more' : 'that is all'),
    element('button', { name: 'next', onClick: () => loadNext(3) }, 'Next page'),
    element('button', { name: 'prospects', onClick: () => refetch({ stages: ['PROSPECT'] }) }, 'Prospects'),
  )
}
