// A wire that a trial can cut: everything goes through it to a server, until it does not.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Opens a wire to a server. */
export async function wire(to) {
  const ends = new Set()
  const pairs = new Map()
  let [server, broken, connections] = [new URL(to), false, 0]
  const listener = createServer((near) => {
    if (broken) return near.destroy()
    connections++
    const far = connect(server.port, server.hostname)
    pairs.set(far, near)
    far.on('close', () => pairs.delete(far))
    for (const [from, into] of [[near, far], [far, near]]) {
      ends.add(from)
      from.on('data', (chunk) => into.write(chunk))
      from.on('error', () => {})
      from.on('close', () => (ends.delete(from), into.writableEnded || into.destroy()))
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const cut = () => ends.forEach((end) => end.destroy())
  return {
    url: new URL(`http://127.0.0.1:${listener.address().port}`),
    /** How often somebody connected. */
    connections: () => connections,
    /** Cuts what is connected, and lets nobody through until it is mended. */
    cut: () => ((broken = true), cut()),
    /** Mends it, to the same server or to another one. */
    mend: (elsewhere = server) => ([server, broken] = [new URL(elsewhere), false]),
    /** Cuts what is connected right behind the next word of the server. */
    cutBehindNext: () =>
      pairs.forEach((near, far) => {
        far.removeAllListeners('data').once('data', (chunk) => (near.end(chunk), far.destroy()))
      }),
    /** Carries nothing any more on what is connected: only who expects something will notice. */
    freeze: () => ends.forEach((end) => end.removeAllListeners('data').resume()),
    close: () => (cut(), new Promise((resolve) => listener.close(resolve))),
  }
}
