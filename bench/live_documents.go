package main

// The subscriptions of the live feed. They begin with type and position, which is all that the crowd
// reads of a message.

// cardFollowed is a card as a screen shows it: the frame, people, engagements and the last of the talk.
const cardFollowed = `id version number name tradeName stage customerSince kvkNumber vatId sector phone email website language updatedAt
    accountManager { id name email }
    recentContacts { id name function email phone }
    recentEngagements { __typename id number title status phaseSince }
    attentions { id level text validUntil }
    communications(first: 5) { nodes { id kind direction at subject excerpt contacts { id name } } }
    counts { contacts archivedContacts openLeads openRequests runningProjects archivedProjects communications }`

const changeFollowed = `kind at cardVersion originClientId changes { field from to }`

// cardFeed selects the whole card with each event.
const cardFeed = `subscription($card: ID!, $after: Position) { cardEvents(card: $card, after: $after) {
  __typename
  ... on Ready { position mode } ... on Checkpoint { position }
  ... on Event { position ` + changeFollowed + ` actor { id name } customer { ` + cardFollowed + ` } }
  } }`

// changeFeed selects what changed, by whom, and the title of the card.
const changeFeed = `subscription($card: ID!, $after: Position) { cardEvents(card: $card, after: $after) {
  __typename
  ... on Ready { position mode } ... on Checkpoint { position }
  ... on Event { position ` + changeFollowed + ` actor { id name } card { id title version } }
  } }`

// bigFeed selects so much that a message has 20 KB.
const bigFeed = `subscription($card: ID!, $after: Position) { cardEvents(card: $card, after: $after) {
  __typename
  ... on Ready { position mode } ... on Checkpoint { position }
  ... on Event { position ` + changeFollowed + ` actor { id name }
    customer { ` + cardFollowed + ` } a: customer { ` + cardFollowed + ` } b: customer { ` + cardFollowed + ` } c: customer { ` + cardFollowed + ` }
    d: customer { ` + cardFollowed + ` } e: customer { ` + cardFollowed + ` } }
  } }`
