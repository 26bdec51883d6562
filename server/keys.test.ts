import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { beginKeyRotation, endKeyRotation, followedWithinMs, followSealKeys, loadOrMakeKeys, parseKey } from './keys.ts'
import { StartError } from './start-error.ts'
import { temporaryFolder } from './testing/scope.ts'

test('keys are made once, kept closed to others, and found again', (t) => {
  const folder = join(temporaryFolder(t), 'data')
  const made = loadOrMakeKeys(folder)
  assert.equal(made.sealKeys[0].key.length, 32)
  assert.equal(made.indexKey.length, 32)
  assert.notDeepEqual(made.sealKeys[0].key, made.indexKey)
  assert.deepEqual(loadOrMakeKeys(folder), made)
  assert.deepEqual(readdirSync(folder), ['keys.json'])
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600)
})

test('processes that make keys at the same time end up with the same', async (t) => {
  const folder = temporaryFolder(t)
  const program = `import { loadOrMakeKeys } from ${JSON.stringify(import.meta.resolve('./keys.ts'))}
    process.stdin.once('data', () => {
      console.log(loadOrMakeKeys(${JSON.stringify(folder)}).indexKey.toString('hex')); process.exit() })
    console.log('here')`
  const children = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  const answers = children.map((child) => once(child.stdout, 'data'))
  for (const child of children) child.stdin.write('go\n')
  const found = new Set((await Promise.all(answers)).map(([text]) => String(text).trim()))
  assert.deepEqual([...found], [loadOrMakeKeys(folder).indexKey.toString('hex')])
  assert.deepEqual(readdirSync(folder), ['keys.json'])
})

for (const [name, text] of [
  ['nothing', ''],
  ['half of a file', '{"sealKeys":[{"id":"1","key":'],
  ['no seal key', `{"sealKeys":[],"indexKey":"${randomBytes(32).toString('base64')}"}`],
  ['a short key', '{"sealKeys":[{"id":"1","key":"aaaa"}],"indexKey":"aaaa"}'],
] as const)
  test(`a key file with ${name} in it is refused, not replaced`, (t) => {
    const folder = temporaryFolder(t)
    const path = join(folder, 'keys.json')
    writeFileSync(path, text)
    assert.throws(
      () => loadOrMakeKeys(folder),
      (error) => error instanceof StartError && error.message.includes(path) && /damaged/.test(error.message),
    )
  })

test('a data folder that is a file is refused in one line', (t) => {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, '')
  assert.throws(
    () => loadOrMakeKeys(path),
    (error) => error instanceof StartError && /^cannot use the data folder .*CLEARYARD_DATA$/.test(error.message),
  )
})

test('a key is read from hex and from both alphabets of base64, and from nothing else', () => {
  const key = Buffer.from('fb'.repeat(16) + 'ff'.repeat(16), 'hex')
  for (const text of [key.toString('hex'), key.toString('base64'), key.toString('base64url')])
    assert.deepEqual(parseKey(text), key)
  for (const text of ['', 'x'.repeat(64), key.toString('hex').slice(2), `${key.toString('base64')}=`, 'a'.repeat(42)])
    assert.equal(parseKey(text), null)
})

const idsIn = (folder: string): string[] => loadOrMakeKeys(folder).sealKeys.map(({ id }) => id)

test('a rotation puts a new key first, one that was interrupted no other, and its end keeps the one before', (t) => {
  const folder = join(temporaryFolder(t), 'data')
  const { sealKeys, indexKey } = loadOrMakeKeys(folder)
  beginKeyRotation(folder)
  assert.deepEqual(idsIn(folder), ['2', '1'])
  beginKeyRotation(folder)
  assert.deepEqual(idsIn(folder), ['2', '1'])
  assert.deepEqual(endKeyRotation(folder), { kept: ['2', '1'], gone: [] })
  beginKeyRotation(folder)
  assert.deepEqual(idsIn(folder), ['3', '2', '1'])
  assert.deepEqual(endKeyRotation(folder), { kept: ['3', '2'], gone: ['1'] })
  const rotated = loadOrMakeKeys(folder)
  assert.deepEqual(rotated.indexKey, indexKey)
  assert.equal(new Set([...sealKeys, ...rotated.sealKeys].map(({ key }) => key.toString('hex'))).size, 3)
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600)
})

test('keys that are followed are those of the file soon after it changes, and stay while it is damaged', async (t) => {
  const folder = join(temporaryFolder(t), 'data')
  const ring = followSealKeys(folder, loadOrMakeKeys(folder).sealKeys)
  const ids = () => ring().map(({ id }) => id)
  assert.deepEqual(ids(), ['1'])
  beginKeyRotation(folder)
  await sleep(followedWithinMs)
  assert.deepEqual(ids(), ['2', '1'])
  const path = join(folder, 'keys.json')
  const text = readFileSync(path, 'utf8')
  for (const broken of ['', text.slice(9)]) {
    writeFileSync(path, broken)
    await sleep(followedWithinMs)
    assert.deepEqual(ids(), ['2', '1'])
  }
  rmSync(path)
  await sleep(followedWithinMs)
  assert.deepEqual(ids(), ['2', '1'])
  writeFileSync(path, text)
  endKeyRotation(folder)
  beginKeyRotation(folder)
  await sleep(followedWithinMs)
  assert.deepEqual(ids(), ['3', '2', '1'])
  assert.equal(ring(), ring(), 'the same keys are the same array')
})
