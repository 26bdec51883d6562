import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { chmodSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { StartError } from '../start-error.ts'
import { temporaryFolder } from '../testing/scope.ts'
import { openFileFolder } from './folder.ts'
import type { FilePlace } from './storage.ts'

const aPlace = (): FilePlace => ({ accountId: randomUUID(), id: randomUUID() })

async function* bytesOf(...parts: string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part)
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from('begun')
  throw new Error('it broke off')
}

const textOf = async (content: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await Array.fromAsync(content)).toString()

const everyFile = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))

test('a file can be read from when it was put, and after it was kept, until it is removed', async (t) => {
  const files = openFileFolder(join(temporaryFolder(t), 'a', 'b'))
  const place = aPlace()
  await files.put(place, bytesOf('one ', 'two'))
  assert.equal(await textOf(files.open(place)), 'one two')
  for (let time = 0; time < 2; time++) {
    await files.keep(place)
    assert.equal(await textOf(files.open(place)), 'one two')
  }
  for (let time = 0; time < 2; time++) await files.remove(place)
  await assert.rejects(textOf(files.open(place)), /not where files are kept/)
})

test('a file that breaks off leaves nothing, and no file is written over another', async (t) => {
  const folder = temporaryFolder(t)
  const files = openFileFolder(folder)
  await assert.rejects(files.put(aPlace(), breaking()), /it broke off/)
  assert.deepEqual(everyFile(folder), [])
  const place = aPlace()
  await files.put(place, bytesOf('first'))
  await assert.rejects(files.put(place, bytesOf('second')), /EEXIST/)
  assert.equal(await textOf(files.open(place)), 'first')
})

test('a file that was put long ago and never kept is abandoned; a kept one, or a new one, is not', async (t) => {
  const folder = temporaryFolder(t)
  const files = openFileFolder(folder)
  const [kept, old, recent] = [aPlace(), aPlace(), aPlace()]
  for (const place of [kept, old, recent]) await files.put(place, bytesOf('x'))
  await files.keep(kept)
  const now = Date.now()
  for (const name of everyFile(folder).filter((file) => !file.includes(recent.id)))
    for (const path of [join(folder, 'incoming', name), join(folder, kept.accountId, name)])
      if (statSync(path, { throwIfNoEntry: false })) utimesSync(path, 0, now / 1000 - 100)
  writeFileSync(join(folder, 'incoming', 'something-else'), '')
  assert.deepEqual(await files.listAbandoned(now - 50_000), [old])
  assert.deepEqual(await files.listAbandoned(now - 200_000), [])
})

test('several servers share a folder', async (t) => {
  const folder = temporaryFolder(t)
  const [one, another] = [openFileFolder(folder), openFileFolder(folder)]
  const place = aPlace()
  await one.put(place, bytesOf('shared'))
  assert.equal(await textOf(another.open(place)), 'shared')
  await another.keep(place)
  assert.equal(await textOf(one.open(place)), 'shared')
})

test('a folder that cannot be used ends the start with one line that names the setting', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'file'), '')
  const refused = (path: string) =>
    assert.throws(
      () => openFileFolder(path),
      (error) => error instanceof StartError && /^cannot keep documents in .*CLEARYARD_DOCUMENTS$/.test(error.message),
    )
  refused(join(folder, 'file'))
  refused('/proc/nowhere')
  const made = join(folder, 'made')
  openFileFolder(made)
  assert.equal(statSync(join(made, 'incoming')).mode & 0o077, 0)
  chmodSync(made, 0o700)
  rmSync(made, { recursive: true })
})
