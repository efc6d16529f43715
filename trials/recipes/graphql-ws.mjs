import { CARD, FOLLOW } from './card.mjs'
import { resuming } from './resuming.mjs'

/**
 * Shows a card and keeps it as it is; null when it may not be seen. ask(query, variables) sends a query over
 * HTTP and gives its data.
 */
export async function openCard({ socket, ask, id, show, notice, failed }) {
  const fetchCard = async () => {
    const { customer } = await ask(CARD, { id })
    show(customer)
    return customer?.eventCursor
  }
  const after = await fetchCard()
  return resuming(socket, fetchCard).subscribe(
    { query: FOLLOW, variables: { card: id, after } },
    {
      next({ data, errors }) {
        if (errors) return failed(errors)
        if (data.cardEvents.__typename !== 'Event') return
        show(data.cardEvents.customer)
        notice(data.cardEvents)
      },
      error: failed,
      complete: () => {},
    },
  )
}
