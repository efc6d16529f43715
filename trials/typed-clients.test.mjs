// Clients whose code is generated from the contract: the client preset of GraphQL Code Generator for
// TypeScript, and genqlient for Go. Each is generated, type-checked and run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { build, printContract } from './contract.mjs'
import { signIn } from './office.mjs'

const here = import.meta.dirname
const sanne = await signIn('sanne')
const environment = {
  ...process.env,
  NO_COLOR: '1',
  KLANTKAART_GRAPHQL: sanne.endpoint,
  KLANTKAART_AUTHORIZATION: sanne.headers.authorization,
}

/** Runs a program in a folder; what it said is in the error when it fails. */
async function run(folder, program, ...words) {
  try {
    const { stdout } = await promisify(execFile)(program, words, { cwd: folder, env: environment })
    return stdout
  } catch ({ stdout, stderr, message }) {
    throw new Error(`${message}\n${stdout}${stderr}`)
  }
}

describe('GraphQL Code Generator', () => {
  const folder = join(build, 'typed')

  before(async () => {
    await rm(folder, { recursive: true, force: true })
    await cp(join(here, 'typed'), folder, { recursive: true })
  })

  test('generates types from the contract and the operations', async () => {
    await run(here, 'node_modules/.bin/graphql-codegen', '--config', 'typed/codegen.mjs')
    const types = await readFile(join(folder, 'graphql', 'graphql.ts'), 'utf8')
    assert.match(types, /export type ReadQuery/)
  })

  test('gives types that tsc accepts at their strictest, and that refuse what was not asked for', async () => {
    await run(folder, join(here, 'node_modules/.bin/tsc'), '--project', 'tsconfig.json')
  })

  test('runs against the server, and finds what its types promise', async () => {
    assert.deepEqual(JSON.parse(await run(folder, 'node', 'card.js')), {
      headline: 'Getypeerd B.V. (PROSPECT), Rotterdam',
      conversations: [{ subject: 'Kennismaking', channel: 'VISIT', minutes: 30 }],
      version: 1,
      position: true,
    })
  })
})

describe('genqlient', () => {
  const folder = join(here, 'genqlient')
  const program = join(build, 'genqlient')

  before(async () => {
    await rm(join(folder, 'card'), { recursive: true, force: true })
    await printWithoutNesting()
  })

  test('generates Go from the contract and the operations', async () => {
    await run(folder, 'go', 'tool', 'genqlient')
    assert.match(await readFile(join(folder, 'card', 'generated.go'), 'utf8'), /func ReadCard\(/)
  })

  test('gives code that compiles', async () => {
    await run(folder, 'go', 'build', '-o', program, '.')
  })

  test('runs against the server, over HTTP and over a socket', async () => {
    assert.deepEqual(JSON.parse(await run(folder, program)), {
      name: 'Gegenereerd B.V.',
      stage: 'CUSTOMER',
      sector: 'Bouw',
      attentions: ['Bel eerst even'],
      followed: ['LIVE', 'ATTENTION_ADDED: Bel eerst even'],
    })
  })

  /** genqlient 0.8.1 cannot select from an interface that interfaces implement (Node, Card), but the types behind it suffice. */
  async function printWithoutNesting() {
    const contract = await readFile(await printContract(sanne), 'utf8')
    await writeFile(join(build, 'schema-for-genqlient.graphql'), contract.replaceAll(/^(interface \w+) implements [\w& ]+/gm, '$1'))
  }
})
