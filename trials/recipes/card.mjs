const fields = /* GraphQL */ `
  fragment Shown on Customer { id version name sector attentions { id text } }
`

export const CARD = /* GraphQL */ `
  query Card($id: ID!) { customer(by: { id: $id }) { ...Shown eventCursor } }
  ${fields}
`

export const FOLLOW = /* GraphQL */ `
  subscription Follow($card: ID!, $after: Position) {
    cardEvents(card: $card, after: $after) {
      __typename
      ... on Ready { position mode }
      ... on Event { id position kind originClientId actor { id name } customer { ...Shown } }
      ... on Checkpoint { position }
    }
  }
  ${fields}
`
