// The server under trial: compiled once, started on free ports, stopped again.
import { spawn, execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Compiles the server into a folder and gives the program's path. */
export async function compile(folder) {
  const program = join(folder, 'klantkaart')
  await run('go', ['build', '-o', program, './server'], { cwd: new URL('..', import.meta.url) })
  return program
}

const startBudget = 30_000 // milliseconds until the server must say where it listens

/**
 * Starts a node with the demo office; what it says goes to the log as well. Its stop gives all that a
 * healthy node would not have said: errors in its log (panics that no client noticed among them), an
 * exit code.
 */
export async function start(program, log, environment) {
  const child = spawn(program, [], {
    env: { ...inherited(), KLANTKAART_MODE: 'demo', KLANTKAART_LISTEN: '127.0.0.1:0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { text: '' }
  const file = createWriteStream(log)
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (said.text += chunk))
    stream.pipe(file, { end: false })
  }
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
  const stop = async () => {
    child.kill('SIGTERM')
    const code = await ended
    file.end()
    const errors = said.text.split('\n').filter((line) => line.includes('level=ERROR'))
    return code === 0 ? errors : [...errors, `it stopped with ${code}`]
  }
  const url = await listening(child, said, ended)
  const ready = await fetch(new URL('/readyz', url))
  if (!ready.ok) throw new Error(`the server is not ready: ${ready.status} ${await ready.text()}`)
  return { url, stop }
}

/** Only the settings that a trial gives count, not those of who runs it. */
const inherited = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(KLANTKAART_|DATABASE_URL$|REDIS_URL$)/.test(name)),
  )

/** The address that the server announces once it listens. */
function listening(child, said, ended) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill(), startBudget)
    ended.then((code) => reject(new Error(`the server does not start (${code}): ${said.text}`)))
    child.stdout.on('data', () => {
      const [, url] = said.text.match(/Klantkaart is at (http:\S+),/) ?? []
      if (!url) return
      clearTimeout(late)
      resolve(url)
    })
  })
}
