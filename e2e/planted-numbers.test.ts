/**
 * Numbers and files that identify people go through the API in every way there is, and are then looked for, however
 * they might be written, in everything that the program keeps or says: every row of every table, every file of the data
 * folder with the write-ahead log of the database, and its own log at the level that says most.
 */
import assert from 'node:assert/strict'
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { foreignAddress, owner, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import pg from 'pg'
import { fileOf, upload } from '../server/testing/forms.ts'
import { type Answer, type Client, clientWith, send, takeToken } from '../server/testing/harness.ts'
import { temporaryFolder } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'
import { storedRows } from '../server/testing/stored-rows.ts'
import { embeddedPostgres } from './embedded-postgres.ts'

/** What may be found nowhere. */
const planted = new Set<string>()

const plant = (secret: string): string => {
  planted.add(secret)
  return secret
}

const digits = (length: number) => Array.from({ length }, () => randomInt(10)).join('')
const ssn = () => plant(`${randomInt(100, 665)}-${randomInt(10, 99)}-${randomInt(1000, 9999)}`)
const ein = () => plant(`${randomInt(10, 99)}-${randomInt(1_000_000, 9_999_999)}`)
const passport = () => plant(`K${digits(8)}`)
const accountNumber = () => plant(digits(17))
const born = () => plant(`19${randomInt(50, 79)}-0${randomInt(1, 9)}-${randomInt(10, 28)}`)
const marked = () => plant(`Zc4n4ry${randomBytes(12).toString('hex')}`)

/** Base64 of bytes that may stand anywhere among others: what of it does not depend on its neighbours. */
const base64s = (bytes: Buffer): string[] =>
  [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + bytes.length) * 8) / 6))
  })

/** Every way to write a number down that somebody might take for hiding it. */
const spellings = (secret: string): string[] => {
  const plain = secret.replaceAll('-', '')
  const dashed = /^\d{9}$/.test(plain) ? [`${plain.slice(0, 3)}-${plain.slice(3, 5)}-${plain.slice(5)}`] : []
  const written = new Set([secret, plain, ...dashed])
  return [...written].flatMap((text) => {
    const hex = Buffer.from(text).toString('hex')
    const base64 = base64s(Buffer.from(text))
    return [
      text,
      hex,
      hex.toUpperCase(),
      ...base64,
      ...base64.map((one) => one.replace(/\+/g, '-').replace(/\//g, '_')),
    ]
  })
}

/** Those of the spellings that occur. */
const found = (where: Buffer, secret: string): string[] =>
  [...new Set(spellings(secret))].filter((spelling) => where.includes(spelling))

type Place = 'tables' | 'data folder' | 'write-ahead log' | 'log'

let searched: { readonly [P in Place]: Buffer }
/** Written down on purpose, in columns and paths that anybody may read. */
const control = `${randomInt(100, 665)}-${randomInt(10, 99)}-${randomInt(1000, 9999)}`
const controlSpellings = [control, Buffer.from(control).toString('hex'), Buffer.from(control).toString('base64')]

const made = (answer: Answer): string => {
  assert.equal(answer.status, 201, answer.text)
  return new URL(answer.location ?? '').pathname
}

const unique = () => ({ email: `${randomUUID()}@example.com`, correlationId: randomUUID() })

type Steering = { firstName?: string; businessName?: string }

const personal = (more: Steering = {}) => ({
  ...wholes.personal,
  ...unique(),
  ...{ ssn: ssn(), dateOfBirth: born() },
  ...more,
})

const sole = (more: Steering = {}) => ({
  ...wholes.soleProprietorship,
  ...unique(),
  ...{ ssn: ssn(), dateOfBirth: born(), ein: ein() },
  ...more,
})

const business = (firstName: string, isForeign: boolean) => {
  const { ssn: _, ...controller } = wholes.business.controller
  const id = isForeign ? { passport: { number: passport(), country: 'CA' }, address: foreignAddress } : { ssn: ssn() }
  return {
    ...wholes.business,
    ...unique(),
    ein: ein(),
    controller: { ...controller, firstName, dateOfBirth: born(), ...id },
  }
}

const newOwner = (more: object = {}) => ({ ...owner, dateOfBirth: born(), ssn: ssn(), ...more })

const newBank = (more: object = {}) => ({
  routingNumber: '222222226',
  accountNumber: accountNumber(),
  bankAccountType: 'checking',
  name: 'Checking',
  ...more,
})

const uploadMarked = (client: Client, path: string, more: object = {}): Promise<Answer> =>
  upload(client, path, { file: fileOf('png', marked()), name: `${marked()}.png`, ...more })

/** Everything that takes such a number, each accepted and refused, answered again, and asked of. */
const plantEverywhere = async (client: Client): Promise<void> => {
  const refused = async (answer: Promise<Answer>) => {
    const { status, text } = await answer
    assert.ok(status >= 400 && status < 500, text)
  }
  for (const kind of [personal, sole]) {
    const body = kind()
    made(await client.post('/customers', body, { 'idempotency-key': randomUUID() }))
    await refused(client.post('/customers', body))
    await refused(client.post('/customers', { ...kind(), email: 'no address' }))
    await refused(client.post('/customers', { ...kind(), ssn: ssn().slice(0, 8), dateOfBirth: `${born()} ` }))
    const retried = made(await client.post('/customers', kind({ firstName: 'retry' })))
    const again = await client.post(retried, kind(), { 'idempotency-key': randomUUID() })
    assert.equal(again.status, 200, again.text)
    const unverified = made(await client.post('/customers', { ...wholes.unverified, ...unique() }))
    assert.equal((await client.post(unverified, kind())).status, 200)
  }
  await refused(client.post(`/customers`, `{"ssn":"${ssn()}",`))
  for (const isForeign of [false, true]) {
    made(await client.post('/customers', business('John', isForeign)))
    const waiting = made(await client.post('/customers', business('document', isForeign)))
    made(await uploadMarked(client, `${waiting}/documents`, { name: `${marked()}-fail.png` }))
    const upload = await uploadMarked(client, `${waiting}/documents`)
    assert.equal((await client.get(made(upload))).status, 200)
    await refused(uploadMarked(client, `${waiting}/documents`, { documentType: 'selfie' }))
    await refused(uploadMarked(client, `${waiting}/documents`, { file: `no picture ${marked()}` }))
  }
  const firm = made(await client.post('/customers', business('John', false)))
  const owners = `${firm}/beneficial-owners`
  made(await client.post(owners, newOwner()))
  const incomplete = made(await client.post(owners, newOwner({ firstName: 'incomplete' })))
  assert.equal((await client.post(incomplete, newOwner())).status, 200)
  const documented = made(await client.post(owners, newOwner({ firstName: 'document' })))
  made(await uploadMarked(client, `${documented}/documents`))
  await refused(client.post(owners, newOwner({ address: {} })))
  await refused(client.post(owners, newOwner({ passport: { number: passport(), country: 'US' } })))
  await client.delete(incomplete)
  const banks = `${firm}/funding-sources`
  const bank = made(await client.post(banks, newBank()))
  await refused(client.post(banks, newBank({ routingNumber: '123456789' })))
  assert.equal((await client.post(bank, { accountNumber: accountNumber() })).status, 200)
}

/** The same, where everybody can see it. */
const plantControl = async (client: Client): Promise<void> => {
  const [raw = '', hex = '', base64 = ''] = controlSpellings
  const more = { firstName: raw, businessName: hex, ipAddress: base64 }
  made(await client.post('/customers', { ...wholes.unverified, ...unique(), ...more }))
  for (const spelling of controlSpellings) await client.get(`/customers/${encodeURIComponent(spelling)}`)
}

/** The files that were written since, one after another; the write-ahead log has empty space at its end. */
const filesIn = (folder: string, since: number): Buffer =>
  Buffer.concat(
    globSync('**', { cwd: folder })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile() && statSync(path).mtimeMs >= since)
      .map((path) => {
        const bytes = readFileSync(path)
        return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)
      }),
  )

const scope = { after }

before(async () => {
  const dataFolder = join(temporaryFolder(scope), 'data')
  const since = Date.now() - 2_000
  const server = await startServerProcess(scope, { dataFolder, env: { LOG_LEVEL: 'trace' } })
  const client = clientWith(server.url, await takeToken(server.url, server))
  await plantEverywhere(client)
  await plantControl(client)
  assert.equal((await send(server.url, 'GET', '/metrics')).status, 200)
  const pool = new pg.Pool({ connectionString: embeddedPostgres(dataFolder).url, max: 1 })
  const rows = await storedRows(pool).finally(() => pool.end())
  const { stdout, stderr } = await server.end()
  assert.ok(globSync('documents/*/*', { cwd: dataFolder }).length >= 5, 'there are files that were uploaded')
  const folder = filesIn(dataFolder, since)
  searched = {
    tables: Buffer.from(Object.values(rows).flat().join('\n')),
    'data folder': folder,
    'write-ahead log': filesIn(join(dataFolder, 'postgres', 'pg_wal'), since),
    log: Buffer.from(stdout + stderr),
  }
})

test('a number that is written in the clear is found, however it is written, wherever it is looked for', () => {
  for (const [place, where] of Object.entries(searched)) {
    const hits = found(where, control)
    for (const spelling of controlSpellings)
      assert.ok(
        hits.some((hit) => spelling.startsWith(hit)),
        `${spelling} in ${place}: ${hits}`,
      )
  }
  // and among other bytes, at any place
  for (const around of ['', 'x', 'xy']) {
    const hidden = Buffer.from(`${around}${control}${around}`).toString('base64')
    assert.ok(found(Buffer.from(`junk ${hidden} junk`), control).length > 0, hidden)
  }
})

test('no number and no file that identifies somebody is anywhere', () => {
  assert.ok(planted.size > 80, `${planted.size} planted`)
  // the folder has the write-ahead log in it
  const { 'write-ahead log': _, ...places } = searched
  for (const [place, where] of Object.entries(places))
    for (const secret of planted) assert.deepEqual(found(where, secret), [], `${secret} is in ${place}`)
})
