import { jitter } from './jitter.mjs'

/**
 * Streams that go on behind the last message that arrived. A client sends the same request again whenever it
 * connects anew, so the position only has to be in it: the operation declares $after, and selects `position`
 * in every message. Upon RESYNC what follows waits until refetch(variables) has fetched what is shown; when it
 * cannot, after five more attempts, the stream ends with its error.
 */
export const resuming = (client, refetch) => ({
  subscribe(payload, sink) {
    const request = { ...payload, variables: { ...payload.variables } }
    let stopped = false
    let order = Promise.resolve()
    const inOrder = (step) => (order = order.then(() => stopped || step()).catch(fail))
    const fail = (reason) => {
      stop()
      sink.error(reason)
    }
    const fetchAnew = async (attempts = 0) => {
      try {
        await refetch(request.variables)
      } catch (reason) {
        if (attempts === 5) throw reason
        await jitter(attempts)
        await fetchAnew(attempts + 1)
      }
    }
    const unsubscribe = client.subscribe(request, {
      next(result) {
        const message = Object.values(result.data ?? {})[0]
        if (message?.position) request.variables.after = message.position
        if (message?.mode === 'RESYNC') inOrder(() => fetchAnew())
        inOrder(() => sink.next(result))
      },
      error: (reason) => inOrder(() => sink.error(reason)),
      complete: () => inOrder(() => sink.complete()),
    })
    const stop = () => {
      stopped = true
      unsubscribe()
    }
    return stop
  },
})
