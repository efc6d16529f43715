// The contract as the server tells it, printed for tools that read a schema from a file.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildClientSchema, printSchema } from 'graphql'
import { introspect } from './office.mjs'

export const build = join(import.meta.dirname, 'build')

/** Writes build/schema.graphql and gives its path. */
export async function printContract(by) {
  const path = join(build, 'schema.graphql')
  await mkdir(build, { recursive: true })
  await writeFile(path, printSchema(buildClientSchema(await introspect(by))))
  return path
}
