// Runs every trial against a running server and counts: first one node on SQLite, then two nodes on
// PostgreSQL and Redis (KLANTKAART_TEST_POSTGRES and KLANTKAART_TEST_REDIS, as .ci/engines gives them).
// Arguments are the names of trials to run alone. A trial that is skipped, or a file without one, counts as failed.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run as runTests } from 'node:test'
import { spec } from 'node:test/reporters'
import { promisify } from 'node:util'
import { compile, start } from './server.mjs'

const here = import.meta.dirname
const build = join(here, 'build')
const chosen = process.argv.slice(2)

/** The trials that also run on two nodes: those whose answers depend on the engine or on signals between nodes. */
const onTwoNodes = ['graphql-over-http', 'graphql-ws', 'graphql-sse', 'eventsource', 'live', 'apollo', 'urql', 'relay']

async function main() {
  const known = await all()
  const unknown = chosen.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`there is no trial ${unknown}; there are ${known.join(', ')}`)
  const folder = await mkdtemp(join(tmpdir(), 'klantkaart-trials.'))
  const total = { passed: 0, failed: 0 }
  try {
    await mkdir(build, { recursive: true })
    const program = await compile(folder)
    process.env.KLANTKAART_PROGRAM = program // for trials that restart a server of their own
    await round('one node, SQLite', total, () => onSqlite({ program, folder, total }))
    await round('two nodes, PostgreSQL and Redis', total, () => onPostgresAndRedis({ program, total }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}

/** A round passes itself when its nodes started, logged no error and stopped in good order. */
async function round(title, total, run) {
  console.log(`\n━━ ${title}\n`)
  try {
    await run()
    total.passed++
    console.log('✔ the nodes logged no error and stopped in good order')
  } catch (error) {
    total.failed++
    console.log(`✖ ${error.message}`)
  }
}

async function onSqlite({ program, folder, total }) {
  const database = `sqlite:${join(folder, 'office.db')}`
  await withNodes(program, 'sqlite', [{ DATABASE_URL: database }], (nodes) => trial(() => true, nodes, total))
}

/** The second node also answers queries by GET, which is off unless asked. */
async function onPostgresAndRedis({ program, total }) {
  const [postgres, redis] = ['KLANTKAART_TEST_POSTGRES', 'KLANTKAART_TEST_REDIS'].map(given)
  const database = await newDatabase(postgres)
  try {
    const office = { DATABASE_URL: database.url, REDIS_URL: redis }
    const nodes = [office, { ...office, KLANTKAART_ALLOW_GET: 'true' }]
    await withNodes(program, 'postgres', nodes, (started) => trial((name) => onTwoNodes.includes(name), started, total))
  } finally {
    await database.drop()
  }
}

function given(variable) {
  const value = process.env[variable]
  if (!value) throw new Error(`${variable} is not set; run this as: .ci/engines npm test`)
  return value
}

/** Starts the nodes, all at once, lets them be used, and stops them whatever happens. */
async function withNodes(program, name, environments, use) {
  const starting = await Promise.allSettled(
    environments.map((one, i) => start(program, join(build, `server-${name}-${i + 1}.log`), one)),
  )
  const nodes = starting.flatMap(({ value }) => value ?? [])
  const stop = () => Promise.all(nodes.map((node) => node.stop()))
  const broken = starting.find(({ reason }) => reason)
  try {
    if (broken) throw broken.reason
    await use(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  for (const complaints of await stop()) {
    if (complaints.length > 0) throw new Error(`the server complained:\n${complaints.join('\n')}`)
  }
}

/** Runs the files one after another, and adds up what they found. */
async function trial(belongs, [first, second = first], total) {
  process.env.KLANTKAART_URL = first.url
  process.env.KLANTKAART_SECOND_URL = second.url
  for (const name of await wanted(belongs)) {
    const found = await runFile(join(here, `${name}.test.mjs`))
    total.passed += found.passed
    total.failed += found.failed
    console.log(`   ${name}: ${found.passed} passed, ${found.failed} failed (${found.seconds} s)\n`)
  }
}

/** The trials that belong to a round and are wanted. */
async function wanted(belongs) {
  return (await all()).filter((name) => belongs(name) && (chosen.length === 0 || chosen.includes(name)))
}

async function all() {
  const files = (await readdir(here)).filter((file) => file.endsWith('.test.mjs'))
  return files.map((file) => basename(file, '.test.mjs')).sort()
}

const fileBudget = 180_000 // milliseconds for one file

async function runFile(file) {
  const began = performance.now()
  const found = { passed: 0, failed: 0 }
  const count = (key) => (event) => {
    if (event.details.type === 'suite') return
    const idle = event.skip !== undefined || event.todo !== undefined || event.name === file // which held no test
    found[idle ? 'failed' : key]++
  }
  const tests = runTests({ files: [file], timeout: fileBudget }).on('test:pass', count('passed')).on('test:fail', count('failed'))
  tests.on('test:stderr', ({ message }) => process.stderr.write(message))
  for await (const text of tests.compose(new spec())) {
    if (!/^(\S*ℹ )/.test(text)) process.stdout.write(text)
  }
  if (found.passed + found.failed === 0) found.failed++
  return { ...found, seconds: ((performance.now() - began) / 1000).toFixed(1) }
}

/** A database of its own on the PostgreSQL server. */
async function newDatabase(server) {
  const name = `klantkaart_trials_${process.pid}_${Date.now()}`
  const execute = (statement) => promisify(execFile)('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', server, '-c', statement])
  await execute(`CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => execute(`DROP DATABASE ${name} WITH (FORCE)`) }
}

await main()
