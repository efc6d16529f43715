/**
 * Streams that go on behind the last message that arrived. A client sends the same request again whenever it
 * connects anew, so the position only has to be in it: the operation declares $after, and selects `position`
 * in every message. Upon RESYNC what follows waits until refetch(variables) has fetched what is shown.
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
    const unsubscribe = client.subscribe(request, {
      next(result) {
        const message = Object.values(result.data ?? {})[0]
        if (message?.position) request.variables.after = message.position
        if (message?.mode === 'RESYNC') inOrder(() => refetch(request.variables))
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
