// Builds dist/: one script, one style sheet, the licences of what they contain, and the digests of their
// sources, by which a Go test notices a bundle older than its sources.
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, 'dist')

// GraphiQL's style sheet carries 350 KB of base64 fonts. The explorer uses the fonts of the reader's system.
const withoutFonts = {
  name: 'without-fonts',
  setup(build) {
    build.onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const css = await readFile(path, 'utf8')
      return { contents: css.replaceAll(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' }
    })
  },
}

async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: [{ in: 'src/main.jsx', out: 'explorer' }],
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: {
      // Two copies of graphql would refuse each other's schema objects.
      graphql: join(here, 'node_modules/graphql/index.mjs'),
      // Locks the page's scrolling by an inline style sheet, which the Content-Security-Policy forbids. The page does not scroll.
      'react-style-singleton': join(here, 'src/no-inline-styles.js'),
    },
    plugins: [withoutFonts],
    logLevel: 'info',
  })
  return Object.keys(result.metafile.inputs)
}

// packageFolder answers "node_modules/a/node_modules/@b/c" for a file of that package, null for a file of our own.
function packageFolder(input) {
  const parts = input.split('/')
  const last = parts.lastIndexOf('node_modules')
  if (last < 0) return null
  const depth = parts[last + 1].startsWith('@') ? 3 : 2
  return parts.slice(0, last + depth).join('/')
}

async function licence(folder) {
  const about = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'))
  const file = (await readdir(join(here, folder))).find((name) => /^licen[cs]e/i.test(name))
  const text = file ? (await readFile(join(here, folder, file), 'utf8')).replaceAll('\r\n', '\n').trim() : `Licence: ${about.license}`
  return { name: about.name, title: `${about.name} ${about.version} (${about.license})`, text }
}

async function writeLicences(inputs) {
  const folders = [...new Set(inputs.map(packageFolder).filter(Boolean))]
  const licences = await Promise.all(folders.map(licence))
  licences.sort((a, b) => (a.title < b.title ? -1 : 1))
  const unique = licences.filter((entry, i) => i === 0 || entry.title !== licences[i - 1].title)
  const text = unique.map(({ title, text }) => `${title}\n\n${text}\n`).join('\n---\n\n')
  await writeFile(join(dist, 'licenses.txt'), text)
}

async function writeSources() {
  const names = (await readdir(join(here, 'src'))).map((name) => `src/${name}`)
  const lines = []
  for (const name of [...names, 'build.mjs', 'package.json', 'package-lock.json'].sort()) {
    const digest = createHash('sha256').update(await readFile(join(here, name.replaceAll('/', sep)))).digest('hex')
    lines.push(`${digest}  ${name}\n`)
  }
  await writeFile(join(dist, 'sources.sha256'), lines.join(''))
}

await rm(dist, { recursive: true, force: true })
await mkdir(dist)
const inputs = await bundle()
await copyFile(join(here, 'src/icon.svg'), join(dist, 'icon.svg'))
await writeLicences(inputs)
await writeSources()
