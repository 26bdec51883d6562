/**
 * A platform of its own, from an empty database on: two servers of the real program share it, a business comes in by
 * the official client at one of them, and a person decides about it at the other.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { owner, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { Dwolla } from 'dwolla'
import { testDatabase } from '../server/testing/database.ts'
import { fileOf } from '../server/testing/forms.ts'
import { temporaryFolder, undo } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'

const key = (): string => randomBytes(32).toString('hex')
const idOf = (created: { headers: Record<string, string[]> } | undefined): string =>
  created?.headers['location']?.[0]?.split('/').at(-1) ?? assert.fail('a creation says where its result is')

/** Settings for servers that share a fresh database and a folder of documents. */
const sharedSettings = async (t: TestContext): Promise<Record<string, string>> => {
  const database = await testDatabase()
  undo(t, () => database.drop())
  return {
    CLEARYARD_MODE: 'production',
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    CLEARYARD_SEAL_KEYS: `a:${key()}`,
    CLEARYARD_INDEX_KEY: key(),
    CLEARYARD_OPERATOR_TOKEN: key(),
    CLEARYARD_DOCUMENTS: join(temporaryFolder(t), 'documents'),
    PUBLIC_URL: 'https://pay.example.com',
    LOG_LEVEL: 'trace',
  }
}

test('a business is verified by a person, with its papers and its owner, and the log says who read what', async (t) => {
  const env = await sharedSettings(t)
  const [front, desk] = await Promise.all([startServerProcess(t, { env }), startServerProcess(t, { env })])

  const operate = async (at: { url: string }, path: string, body?: object) => {
    const response = await fetch(`${at.url}/_clearyard/worlds${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${env['CLEARYARD_OPERATOR_TOKEN']}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    assert.ok(response.ok, `${path}: ${response.status}`)
    return response
  }

  const world = await (await operate(front, '', { name: 'Platform' })).json()
  const { key: clientID, secret: clientSecret } = world.application
  const dwolla = new Dwolla({ serverURL: front.url, security: { clientID, clientSecret } })
  const inWorld = `/${world.id}`
  const nextReview = async (): Promise<string> => {
    const { reviews, total } = await (await operate(desk, `${inWorld}/reviews?status=open`)).json()
    assert.equal(total, 1)
    return `${inWorld}/reviews/${reviews[0].id}`
  }
  const read: string[] = []
  const readNext = async () => {
    const { submitted } = await (await operate(desk, await nextReview())).json()
    read.push('review_read')
    return submitted
  }
  const decide = async (decision: object): Promise<void> => {
    await operate(desk, await nextReview(), decision)
    read.push('review_decided')
  }

  const id = idOf(await dwolla.customers.create(wholes.business))
  assert.equal((await dwolla.customers.get({ id })).status, 'suspended')
  assert.equal((await readNext()).customer.ein, '123456789')
  await decide({ decision: 'document', needs: ['controller', 'business'], reasons: ['EINDocumentRequired'] })
  assert.equal((await dwolla.customers.get({ id })).status, 'document')

  const papers = [
    { documentType: 'passport', fileName: 'me.png', content: fileOf('png') },
    { documentType: 'other', fileName: 'ein.pdf', content: fileOf('pdf') },
  ] as const
  for (const { documentType, ...file } of papers) {
    await dwolla.customers.documents.create({ id, requestBody: { documentType, file } })
    const content = await (await operate(desk, `${await nextReview()}/file`)).arrayBuffer()
    read.push('file_read')
    assert.ok(Buffer.from(content).equals(file.content))
    await decide({ decision: 'approve' })
  }
  assert.equal((await dwolla.customers.get({ id })).status, 'verified')

  await dwolla.customers.beneficialOwners.create({ id, requestBody: owner })
  assert.equal((await readNext()).owner.ssn, '123456789')
  // whoever reads and then loses the server has read all the same
  const { stderr: ofDesk } = await desk.end('SIGKILL')
  const { reviews } = await (await operate(front, `${inWorld}/reviews?status=open`)).json()
  await operate(front, `${inWorld}/reviews/${reviews[0].id}`, { decision: 'approve' })
  read.push('review_decided')
  const { embedded } = await dwolla.customers.beneficialOwners.list({ id })
  assert.equal(embedded?.beneficialOwners?.[0]?.verificationStatus, 'verified')
  const { entries } = await (await operate(front, `${inWorld}/audit`)).json()
  assert.deepEqual(entries.map(({ action }: { action: string }) => action).reverse(), read)

  const { stderr: ofFront, code } = await front.end()
  assert.equal(code, 0)
  for (const log of [ofFront, ofDesk]) {
    assert.match(log, /_clearyard\/worlds/)
    assert.doesNotMatch(log, /123-?45-?6789|12-?3456789|1970-05-05|1980-01-31|me\.png|ein\.pdf/)
  }
})
