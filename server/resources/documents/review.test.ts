/** What a review comes to when it is not made at once, and what is left of files that nothing tells of. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '@clearyard/contract/errors.ts'
import { createDatabase, type Database } from '../../db/database.ts'
import { openFileFolder } from '../../files/folder.ts'
import type { Ctx } from '../../gate/operation.ts'
import { aDocumentCustomer, upload } from '../../testing/forms.ts'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { defaultSettings } from '../../worlds/settings.ts'
import { documentReviews } from './due.ts'
import { sweepFiles } from './file.ts'
import { decideDocument } from './operations.ts'

const success = 'test-document-upload-success.png'

let server: TestServer
let db: Database
before(async () => {
  server = await startTestServer()
  db = createDatabase(server.pool)
})
after(() => server.stop())

const idOf = (location: string | null): string => location?.split('/').at(-1) ?? ''

const newWorld = async (body: object = {}) => {
  const { id, accountId, application } = await server.newWorld(body)
  const client = await server.as(application)
  const run = <T>(work: (ctx: Ctx) => T): Promise<T> =>
    server.gate.write({
      context: { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now: new Date() },
      run: work,
    })
  const topics = async (): Promise<string[]> =>
    JSON.parse((await client.get('/events?limit=200')).text)._embedded.events.map(
      ({ topic }: { topic: string }) => topic,
    )
  return { id, accountId, client, run, topics }
}

describe('on a frozen clock', () => {
  test('a review waits until it is due, and then is as it would have been at once', async () => {
    const { accountId, client, run, topics } = await newWorld({ clock: { mode: 'frozen' } })
    const customer = await aDocumentCustomer(client)
    const names = ['unlike any.png', 'test-document-upload-fail.png', success]
    const made: (string | null)[] = []
    for (const name of names) made.push((await upload(client, `${customer}/documents`, { name })).location)
    const statuses = async () => {
      const read = await Promise.all(made.map(async (location) => (await client.get(location ?? '')).body))
      return read.map((document) => document['documentVerificationStatus'])
    }
    assert.deepEqual(await statuses(), ['pending', 'pending', 'pending'])
    assert.equal((await client.get(customer)).body['status'], 'document')

    const { list, run: decide } = documentReviews(db)
    const due = (await list(accountId)).map(({ id }) => id)
    assert.deepEqual(due, made.slice(1).map(idOf))
    for (let time = 0; time < 2; time++) for (const id of due) await run((ctx) => decide(ctx, id))
    assert.deepEqual(await statuses(), ['pending', 'rejected', 'accepted'])
    assert.equal((await client.get(customer)).body['status'], 'verified')
    assert.deepEqual(await list(accountId), [])
    assert.deepEqual((await topics()).slice(0, 6), [
      'customer_verified',
      'customer_verification_document_approved',
      'customer_verification_document_failed',
      ...Array(3).fill('customer_verification_document_uploaded'),
    ])
  })

  test('reviews of another world do not fall due', async () => {
    const [theirs, ours] = [await newWorld({ clock: { mode: 'frozen' } }), await newWorld()]
    await upload(theirs.client, `${await aDocumentCustomer(theirs.client)}/documents`, { name: success })
    const { list, run } = documentReviews(db)
    const [{ id: due } = { id: '' }] = await list(theirs.accountId)
    assert.deepEqual(await list(ours.accountId), [])
    await assert.rejects(
      ours.run((ctx) => run(ctx, due)),
      { code: 'NotFound' },
    )
  })
})

describe('a decision', () => {
  test('is made once', async () => {
    const { client, run, topics } = await newWorld()
    const customer = await aDocumentCustomer(client)
    const id = idOf((await upload(client, `${customer}/documents`)).location)
    await run((ctx) => decideDocument(ctx, { id, verdict: { status: 'rejected', reasons: ['ScanIdExpired'] } }))
    const told = await topics()
    await assert.rejects(
      run((ctx) => decideDocument(ctx, { id, verdict: { status: 'accepted' } })),
      (error) => error instanceof Refusal && error.code === 'InvalidResourceState',
    )
    assert.deepEqual(await topics(), told)
    assert.equal((await client.get(`/documents/${id}`)).body['failureReason'], 'ScanIdExpired')
  })

  test('about a customer that went on meanwhile changes the document, and not the customer', async () => {
    const { client, run } = await newWorld()
    for (const verdict of [
      { status: 'accepted' } as const,
      { status: 'rejected', reasons: ['ScanNameMismatch'] } as const,
    ]) {
      const customer = await aDocumentCustomer(client)
      const id = idOf((await upload(client, `${customer}/documents`)).location)
      await client.post(customer, { status: 'deactivated' })
      await run((ctx) => decideDocument(ctx, { id, verdict }))
      assert.equal((await client.get(customer)).body['status'], 'deactivated')
      assert.equal((await client.get(`/documents/${id}`)).body['documentVerificationStatus'], verdict.status)
    }
  })

  test('lists every reason, the first as the one', async () => {
    const { client, run } = await newWorld()
    const id = idOf((await upload(client, `${await aDocumentCustomer(client)}/documents`)).location)
    const reasons = ['ScanDobMismatch', 'ScanIdExpired'] as const
    await run((ctx) => decideDocument(ctx, { id, verdict: { status: 'rejected', reasons } }))
    const { failureReason, allFailureReasons } = JSON.parse((await client.get(`/documents/${id}`)).text)
    assert.equal(failureReason, 'ScanDobMismatch')
    assert.deepEqual(allFailureReasons, [
      { reason: 'ScanDobMismatch', description: 'Scan DOB does not match DOB on account' },
      { reason: 'ScanIdExpired', description: 'ID is expired' },
    ])
  })
})

test('a file that its server did not live to tell of is swept at a later start; one that a row tells of is kept', async () => {
  const { accountId, client } = await newWorld()
  const files = openFileFolder(server.filesFolder)
  const [lost, told] = [randomUUID(), randomUUID()].map((id) => ({ accountId, id }))
  assert.ok(lost && told)
  const put = (place: typeof lost) => files.put(place, ReadableStream.from([Buffer.from('x')]))
  for (const place of [lost, told]) await put(place)
  const { location } = await upload(client, `${await aDocumentCustomer(client)}/documents`)
  await server.pool.query('update documents set file_id = $1 where id = $2', [told.id, idOf(location)])
  const isThere = async (place: typeof lost): Promise<boolean> =>
    Array.fromAsync(files.open(place)).then(
      () => true,
      () => false,
    )
  await sweepFiles(db, files, Date.now())
  assert.deepEqual([await isThere(lost), await isThere(told)], [true, true])
  await sweepFiles(db, files, Date.now() + 2 * 60 * 60 * 1000)
  assert.deepEqual([await isThere(lost), await isThere(told)], [false, true])
  assert.deepEqual(await files.listAbandoned(Date.now() + 1000), [])
})
