// A program whose every answer has the type that its operation asks for. It opens a new card, reads it back
// through a fragment, walks its interface and union types, and prints what it found as JSON.
import { graphql, unmask, type FragmentType } from './graphql/index.js'
import type { TypedDocumentString } from './graphql/graphql.js'

declare const process: { env: Record<string, string>; stdout: { write(text: string): void } }

/** Sends an operation; the answer's type follows from the document. */
async function ask<Answer, Variables>(document: TypedDocumentString<Answer, Variables>, variables: Variables): Promise<Answer> {
  const response = await fetch(process.env['KLANTKAART_GRAPHQL']!, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: process.env['KLANTKAART_AUTHORIZATION']! },
    body: JSON.stringify({ query: document.toString(), variables }),
  })
  const { data, errors } = (await response.json()) as { data: Answer; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

const Open = graphql(`
  mutation Open($input: CreateCustomerInput!) {
    createCustomer(input: $input) {
      customer { id version }
      warnings { code message }
      userErrors { code path message }
      position
    }
  }
`)

const Header = graphql(`
  fragment Header on Customer {
    name
    stage
    customerSince
    employeesCount
    visitingAddress { city country }
  }
`)

const Read = graphql(`
  query Read($by: CustomerRef!) {
    customer(by: $by) {
      __typename
      ...Header
      communications(first: 2) {
        edges {
          cursor
          node {
            __typename
            subject
            ... on Email { from to }
            ... on ConversationNote { channel durationMinutes }
          }
        }
      }
    }
  }
`)

const Record = graphql(`
  mutation Record($input: CreateContactMomentInput!) {
    createContactMoment(input: $input) {
      communication { __typename ... on ConversationNote { channel durationMinutes } }
      userErrors { code }
    }
  }
`)

function headline(card: FragmentType<typeof Header>): string {
  const { name, stage, visitingAddress } = unmask(Header, card)
  // @ts-expect-error a city may be absent together with its address
  void visitingAddress.city
  return `${name} (${stage satisfies 'CUSTOMER' | 'PROSPECT'}), ${visitingAddress?.city ?? 'no address'}`
}

async function main() {
  const fields = { name: 'Getypeerd B.V.', visitingAddress: { street: 'Kade', houseNumber: '1', postcode: '3011 AA', city: 'Rotterdam', country: 'NL' } }
  const opened = await ask(Open, { input: { stage: 'PROSPECT', fields, ignoreDuplicates: true } })
  // @ts-expect-error the card is null when it was refused
  void opened.createCustomer.customer.id
  const card = opened.createCustomer.customer
  if (!card) throw new Error(JSON.stringify(opened.createCustomer.userErrors))
  const conversation = { customerId: card.id, subject: 'Kennismaking', channel: 'VISIT', durationMinutes: 30 } as const
  await ask(Record, { input: conversation })
  const { customer } = await ask(Read, { by: { id: card.id } })
  if (!customer) throw new Error('the card is gone')
  // @ts-expect-error a field that was not asked for
  void customer.number
  const conversations = customer.communications.edges.flatMap(({ node }) =>
    node.__typename === 'ConversationNote' ? [{ subject: node.subject, channel: node.channel, minutes: node.durationMinutes }] : [],
  )
  const version: number = card.version
  const position: string = opened.createCustomer.position
  process.stdout.write(JSON.stringify({ headline: headline(customer), conversations, version, position: position.length > 0 }))
}

await main()
