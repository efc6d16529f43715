// The contract itself: what the server tells of it, the rules of graphql-eslint, and what graphql-inspector
// sees change since the version before.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { CriticalityLevel, diff, validate } from '@graphql-inspector/core'
import { ESLint } from 'eslint'
import { buildClientSchema, buildSchema, lexicographicSortSchema, printSchema, Source } from 'graphql'
import { argued as arguedChanges } from './contract/changes.mjs'
import { argued as arguedFindings } from './contract/eslint.config.mjs'
import { introspect, signIn } from './office.mjs'

const root = join(import.meta.dirname, '..')

/** The texts of a folder's files of one kind, by name. */
async function texts(folder, extension) {
  const names = (await readdir(join(root, folder))).filter((name) => name.endsWith(extension))
  return Promise.all(names.map(async (name) => [name, await readFile(join(root, folder, name), 'utf8')]))
}

const together = (files) => buildSchema(files.map(([, text]) => text).join('\n'))
const contract = async () => together(await texts('schema', '.graphqls'))

describe('the contract', () => {
  test('is told by the server as it is written', async () => {
    const told = buildClientSchema(await introspect(await signIn('sanne')))
    assert.equal(printed(told), printed(await contract()))
  })

  test('has no finding of graphql-eslint that is not argued, and no argument without its finding', async () => {
    const results = await linter().lintFiles(['schema/*.graphqls'])
    assert.ok(results.length > 5, 'the files were not found')
    assert.deepEqual(findings(results), Object.keys(arguedFindings).sort())
  })

  test('would not pass graphql-eslint with a connection that is none', async () => {
    const text = '"Klant."\ntype ClientConnection {\n  "Id."\n  id: ID!\n}\n'
    const results = await linter().lintText(text, { filePath: join(root, 'schema/client.graphqls') })
    assert.match(findings(results).join('\n'), /Connection type must contain a field/)
  })

  test('takes the operations that the explorer prepares', async () => {
    const operations = await texts('web/explorer/operations', '.graphql')
    assert.ok(operations.length > 3, 'the operations were not found')
    const invalid = validate(
      await contract(),
      operations.map(([name, text]) => new Source(text, name)),
    )
    assert.deepEqual(invalid.map(({ source, errors }) => [source.name, String(errors)]), [])
  })
})

/** In one order: types are told in another than they are written. */
const printed = (schema) => printSchema(lexicographicSortSchema(schema))

const linter = () => new ESLint({ cwd: root, overrideConfigFile: join(import.meta.dirname, 'contract/eslint.config.mjs') })

const findings = (results) =>
  results.flatMap(({ filePath, messages }) => messages.map(({ message }) => `${basename(filePath)}: ${message}`)).sort()

describe('a change of the contract', () => {
  let earlier
  before(async () => {
    earlier = await versionBefore(await texts('schema', '.graphqls'))
  })

  test('does not break clients, unless it is argued', async () => {
    assert.deepEqual((await breaking(earlier, await contract())).filter((message) => !arguedChanges[message]), [])
  })

  test('would be noticed if it took a field away', async () => {
    const now = await contract()
    const smaller = buildSchema(printSchema(now).replace(/  """[^"]*"""\n  customerSince: Date\n/, ''))
    assert.deepEqual(await breaking(now, smaller), ["Field 'customerSince' was removed from object type 'Customer'"])
  })
})

async function breaking(from, to) {
  const changes = await diff(from, to)
  return changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking).map(({ message }) => message)
}

/**
 * What the contract was before: on the main branch of the origin, where that is known and differs; or else
 * in the last commit in which it read otherwise. Where history does not reach back, it is compared with itself.
 */
async function versionBefore(now) {
  const main = await git('rev-parse', '--verify', '--quiet', 'origin/main')
  const commits = await git('log', '--format=%H', '--', 'schema')
  for (const commit of [...main, ...commits]) {
    const then = await filesOf(commit)
    if (then.length > 0 && JSON.stringify(then) !== JSON.stringify(now)) return together(then)
  }
  return together(now)
}

async function filesOf(commit) {
  const names = await git('ls-tree', '--name-only', `${commit}:schema`)
  const wanted = names.filter((name) => name.endsWith('.graphqls'))
  return Promise.all(wanted.map(async (name) => [name, (await git('show', `${commit}:schema/${name}`)).join('\n') + '\n']))
}

/** The lines that git prints; none where it has no answer. */
async function git(...words) {
  const { stdout } = await promisify(execFile)('git', words, { cwd: root, maxBuffer: 1e8 }).catch(() => ({ stdout: '' }))
  return stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n')
}
