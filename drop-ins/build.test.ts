/** The build of the drop-ins: whole, small, cheap to ask for, and safe to ask for twice at once. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { constants, gzipSync } from 'node:zlib'
import { ensureBuilt, readBuilt } from './build.ts'

let temporary: string
let folder: string

before(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'clearyard-drop-ins-'))
  folder = join(temporary, 'dist')
})

after(() => rm(temporary, { recursive: true, force: true }))

const program = `
  import { ensureBuilt } from ${JSON.stringify(new URL('./build.ts', import.meta.url).href)}
  await ensureBuilt({ folder: process.argv[1], log: () => process.stdout.write('built') })`

/** Asks for the build in a process of its own; gives what it says. */
const inProcess = (into: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, into])
    let said = ''
    let complained = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complained += chunk
    })
    child.on('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(complained))))
  })

test('several processes that build at once leave one whole build and nothing else', async () => {
  const said = await Promise.all([inProcess(folder), inProcess(folder), inProcess(folder)])
  assert.ok(said.includes('built'))
  assert.deepEqual(await readdir(temporary), ['dist'])
  const built = readBuilt(folder)
  const present = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const listed = [...(built?.files ?? []).map(({ path }) => path), built?.playground ?? '', 'files.json']
  assert.deepEqual(
    present.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).toSorted(),
    listed.toSorted(),
  )
})

test('a current build is found by its stamp, without loading the bundler', async () => {
  const loaded: string[] = []
  const hooks = registerHooks({
    load: (url, context, next) => {
      loaded.push(url)
      return next(url, context)
    },
  })
  const lines: string[] = []
  await ensureBuilt({ folder, log: (line) => lines.push(line) })
  hooks.deregister()
  assert.deepEqual([loaded, lines], [[], []])
})

test('a build of other sources is replaced', async () => {
  const before = readBuilt(folder)
  await writeFile(join(folder, 'files.json'), JSON.stringify({ ...before, stamp: 'older' }))
  assert.equal(await inProcess(folder), 'built')
  assert.deepEqual(readBuilt(folder), before)
  assert.deepEqual(await readdir(temporary), ['dist'])
})

test('what a browser loads stays within its budget of bytes', async () => {
  const size = async (path: string) =>
    gzipSync(await readFile(join(folder, path)), { level: constants.Z_BEST_COMPRESSION }).length
  const files = (readBuilt(folder)?.files ?? []).map(({ path }) => path)
  const scripts = files.filter((path) => path.startsWith('components/'))
  const [base, ...others] = scripts.filter((path) => path.startsWith('components/base-'))
  const parts = scripts.filter((path) => path !== base)

  assert.deepEqual(others, [], 'lit-html and the base are in one file')
  assert.ok(parts.length >= 1)
  assert.ok((await size('dwolla-web.js')) <= 3 * 1024, 'core with all shells')
  assert.ok((await size(base!)) <= 10 * 1024, 'lit-html and the base')
  for (const part of parts) assert.ok((await size(part)) <= 4 * 1024, part)
})

test('a page that shows no component loads the core alone, and a part what it needs', async () => {
  const [part] = (readBuilt(folder)?.files ?? []).filter(({ path }) => path.startsWith('components/customer-create-'))
  const imports = [...(await readFile(join(folder, part!.path), 'utf8')).matchAll(/from"([^"]+)"/g)].map(
    ([, from]) => from,
  )
  assert.equal(imports.length, 1)
  assert.match(imports[0]!, /^\.\/base-/)
  assert.equal((await readFile(join(folder, 'dwolla-web.js'), 'utf8')).includes('lit'), false)
})
