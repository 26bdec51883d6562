import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileOf, type Upload, upload } from '../testing/forms.ts'
import { send } from '../testing/harness.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'
import { errorsOf, type Kind, type Production, startProduction } from './reviews-fixture.ts'

let production: Production
before(async () => {
  production = await startProduction()
})
after(() => production.server.stop())

const kinds: { [word: string]: Kind } = { personal: 'personal', sole: 'soleProprietorship', business: 'business' }

/** Uploads a document about a customer and gives its id. */
const submit = async (customerId: string, document: Upload = {}): Promise<string> => {
  const { server, client } = production
  const { origin } = server
  const made = await upload({ origin, token: client.token }, `/customers/${customerId}/documents`, document)
  assert.equal(made.status, 201, made.text)
  return made.location?.split('/').at(-1) ?? ''
}

/** A new customer of whom documents are wanted. */
const wanting = async (kind: Kind, decision: object = {}): Promise<string> => {
  const id = await production.create(kind)
  await production.decideOpen(id, { decision: 'document', ...decision })
  return id
}

const documentOf = async (id: string) => JSON.parse((await production.client.get(`/documents/${id}`)).text)

const fileAt = (reviewId: string): string => `/worlds/default/reviews/${reviewId}/file`

describe('a document about a customer of a production account', () => {
  it('waits for a person, whatever its file is called, and the customer with it', async () => {
    const id = await wanting('personal')
    for (const name of ['test-document-upload-success.png', 'test-document-upload-fail.png', 'id.png']) {
      const { status, documentVerificationStatus } = await documentOf(await submit(id, { name }))
      assert.deepEqual([status, documentVerificationStatus], ['pending', 'pending'])
    }
    assert.equal((await production.customer(id)).status, 'document')
    const open = (await production.reviewsOf(id)).filter(({ status }) => status === 'open')
    assert.deepEqual(
      open.map(({ kind }) => kind),
      ['document', 'document', 'document'],
    )
  })

  // what was asked for, then for each file its type, the decision about it, and what the customer is then
  const lives = textTable(
    ['kind', 'asked', 'type', 'decision', 'status', 'told'],
    `
    personal | {}                       | license | {"decision":"approve"} | verified | approved verified
    personal | {}                       | passport | {"decision":"reject","reasons":["ScanNotReadable"]} | document | failed
    personal | {}                       | license | {"decision":"reject","reasons":["ScanNameMismatch","ScanDobMismatch"]} | document | failed
    personal | {}                       | idCard  | {"decision":"reject","reasons":["ForeignPassportNotAllowed"]} | document | failed
    personal | {}                       | license | {"decision":"suspend","reasons":["ScanFailedOther"]} | suspended | failed suspended
    sole     | {"needs":["individual"]} | idCard  | {"decision":"approve"} | verified | approved verified
    sole     | {"needs":["business"]}   | other   | {"decision":"reject","reasons":["BusinessTypeMismatch"]} | retry | failed retry
    sole     | {"needs":["individual"]} | license | {"decision":"reject","reasons":["ScanDobMismatch"]} | retry | failed retry
    business | {"needs":["controller"]} | passport | {"decision":"approve"} | verified | approved verified
    business | {"needs":["business"]}   | other   | {"decision":"approve"} | verified | approved verified
    business | {"needs":["business"]}   | license | {"decision":"approve"} | document | approved
    business | {"needs":["controller","business"]} | license | {"decision":"approve"} | document | approved
    business | {"needs":["controller","business"]} | other | {"decision":"approve"} | document | approved
    business | {"needs":["business"]}   | other   | {"decision":"reject","reasons":["BusinessNameMismatch"]} | retry | failed retry
    business | {"needs":["business"]}   | other   | {"decision":"reject","reasons":["BusinessDocNotSupported"]} | document | failed
    business | {"needs":["controller"]} | license | {"decision":"reject","reasons":["ScanNameMismatch"]} | retry | failed retry
    business | {"needs":["controller"]} | license | {"decision":"suspend","reasons":["ScanFailedOther"]} | suspended | failed suspended
    `,
  )
  const topics: { [word: string]: string } = {
    approved: 'customer_verification_document_approved',
    failed: 'customer_verification_document_failed',
    verified: 'customer_verified',
    retry: 'customer_reverification_needed',
    suspended: 'customer_suspended',
  }

  for (const { kind, asked, type, decision, status, told } of lives)
    it(`${kind} ${asked}: ${type}, then ${decision}, becomes ${status}`, async () => {
      const id = await wanting(kinds[kind] ?? assert.fail(kind), JSON.parse(asked))
      const documentId = await submit(id, { documentType: type, file: fileOf(type === 'other' ? 'pdf' : 'png') })
      const review = await production.openReviewOf(id)
      assert.deepEqual([review.kind, review['documentId']], ['document', documentId])
      const answer = await production.decide(review.id, JSON.parse(decision))
      assert.equal(answer.status, 200, answer.text)
      assert.equal((await production.customer(id)).status, status)
      assert.deepEqual(await production.topicsOf(id), [
        'customer_created',
        'customer_verification_pending_review',
        'customer_verification_document_needed',
        'customer_verification_document_uploaded',
        ...told.split(' ').map((word) => topics[word]),
      ])
      const { reasons } = JSON.parse(decision)
      const { status: reviewed, documentVerificationStatus, allFailureReasons = [] } = await documentOf(documentId)
      const found = allFailureReasons.map(({ reason }: { reason: string }) => reason)
      const expected = reasons ? ['reviewed', 'rejected', reasons] : ['reviewed', 'accepted', []]
      assert.deepEqual([reviewed, documentVerificationStatus, found], expected)
      const again = await production.decide(review.id, JSON.parse(decision))
      assert.equal(again.body['message'], 'This review is decided already.')
    })

  it('leads to the end one by one: both of a business are verified when the second is approved', async () => {
    const id = await wanting('business', { needs: ['controller', 'business'] })
    await submit(id, { documentType: 'license' })
    await production.decideOpen(id, { decision: 'reject', reasons: ['ScanIdExpired'] })
    await submit(id, { documentType: 'license' })
    await production.decideOpen(id, { decision: 'approve' })
    await submit(id, { documentType: 'other', file: fileOf('pdf') })
    await production.decideOpen(id, { decision: 'approve' })
    assert.equal((await production.customer(id)).status, 'verified')
    assert.deepEqual((await production.topicsOf(id)).slice(3), [
      'customer_verification_document_uploaded',
      'customer_verification_document_failed',
      'customer_verification_document_uploaded',
      'customer_verification_document_approved',
      'customer_verification_document_uploaded',
      'customer_verification_document_approved',
      'customer_verified',
    ])
  })

  it('is not decided otherwise: what does not fit is refused and changes nothing', async () => {
    const words = '/decision decision must be one of approve, suspend, reject here.'
    const rows = textTable(
      ['decision', 'errors'],
      `
      {"decision":"retry"}            | ${words}
      {"decision":"document"}         | ${words}
      {"decision":"accepted"}         | ${words}
      {"decision":"reject"}           | /reasons reasons must name one at least.
      {"decision":"reject","reasons":[]}  | /reasons reasons must name one at least.
      {"decision":"suspend"}          | /reasons reasons must name one at least.
      {"decision":"approve","reasons":["ScanNotReadable"]} | /reasons reasons must be left out here.
      {"decision":"reject","reasons":["ScanNotReadable"],"needs":["business"]} | /needs needs must be left out here.
      `,
    )
    const id = await wanting('personal')
    await submit(id)
    const review = await production.openReviewOf(id)
    const rowsBefore = await storedRows(production.server.pool)
    for (const { decision, errors } of rows)
      assert.equal(errorsOf(await production.decide(review.id, JSON.parse(decision))), errors, decision)
    for (const reason of ['EINMismatch', 'scanNotReadable', 'toString', null]) {
      const answer = await production.decide(review.id, { decision: 'reject', reasons: [reason] })
      assert.match(errorsOf(answer), /^\/reasons reasons must be a list of ScanNotReadable, .*, each at most once\.$/)
    }
    assert.deepEqual(await storedRows(production.server.pool), rowsBefore)
  })

  it('waits while its customer is deactivated, and is decided once it is active again', async () => {
    const id = await wanting('personal')
    await submit(id)
    const { client } = production
    const review = await production.openReviewOf(id)
    assert.equal((await client.post(`/customers/${id}`, { status: 'deactivated' })).status, 200)
    const refused = await production.decide(review.id, { decision: 'approve' })
    assert.equal(refused.status, 403)
    assert.deepEqual(refused.body, {
      code: 'InvalidResourceState',
      message: 'The customer is deactivated: this review waits until it is active again.',
    })
    const statuses = async () => (await production.reviewsOf(id)).map(({ status }) => status)
    assert.deepEqual(await statuses(), ['withdrawn', 'decided'])
    assert.equal((await client.post(`/customers/${id}`, { status: 'reactivated' })).body['status'], 'document')
    assert.deepEqual(await statuses(), ['open', 'decided'])
    await production.decideOpen(id, { decision: 'approve' })
    assert.equal((await production.customer(id)).status, 'verified')
  })
})

describe('what was submitted with a document', () => {
  it('is shown with whom it is about, unsealed, to the operator alone', async () => {
    const id = await wanting('personal')
    const name = 'Jane’s “license”.png'
    const documentId = await submit(id, { file: fileOf('png', 'x'.repeat(92)), name })
    const { submitted } = JSON.parse((await production.read((await production.openReviewOf(id)).id)).text)
    const { ssn, dateOfBirth } = submitted.customer
    assert.deepEqual([submitted.customer.id, ssn, dateOfBirth], [id, '1234', '1980-01-31'])
    const { _links, ...shown } = await documentOf(documentId)
    assert.deepEqual(submitted.document, { ...shown, mediaType: 'image/png', sizeBytes: 100, fileName: name })
    assert.ok(!production.server.logged().includes('license'))
  })

  it('comes as its bytes, as a file to be saved, and the reading is in the audit log first', async () => {
    const files: [Upload, mediaType: string, extension: string][] = [
      [{ file: fileOf('png', randomBytes(3_000_000)), name: '../"x.html' }, 'image/png', 'png'],
      [{ file: fileOf('jpeg') }, 'image/jpeg', 'jpeg'],
      [{ file: fileOf('pdf'), documentType: 'other', name: 'x\r\nset-cookie: a=b.pdf' }, 'application/pdf', 'pdf'],
    ]
    for (const [document, mediaType, extension] of files) {
      const id = await wanting('business', { needs: ['business'] })
      const documentId = await submit(id, document)
      const review = await production.openReviewOf(id)
      const response = await fetch(`${production.server.origin}/_clearyard${fileAt(review.id)}`, {
        headers: { authorization: `Bearer ${production.operatorToken}` },
      })
      assert.equal(response.status, 200)
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(document.file as Buffer))
      const { headers } = response
      assert.equal(headers.get('content-type'), mediaType)
      assert.equal(headers.get('content-length'), String(document.file?.length))
      assert.equal(headers.get('content-disposition'), `attachment; filename="${documentId}.${extension}"`)
      assert.equal(headers.get('content-security-policy'), "sandbox; default-src 'none'")
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('set-cookie'), null)
      const [entry, ...more] = await production.auditOf(review.id)
      const { id: _, created, ...rest } = entry ?? {}
      assert.deepEqual(more, [])
      const expected = { action: 'file_read', kind: 'document', resourceId: documentId, reviewId: review.id }
      assert.deepEqual(rest, expected)
    }
  })

  it('comes to nobody without the operator’s token, nor from a review that has none, nor when it is gone', async () => {
    const { server, client } = production
    const id = await production.create('personal')
    const ofCustomer = await production.openReviewOf(id)
    const none = await server.operate('GET', fileAt(ofCustomer.id))
    assert.deepEqual(none.body, { code: 'NotFound', message: 'This review is not about a document.' })
    assert.deepEqual(await production.auditOf(ofCustomer.id), [])
    await production.decideOpen(id, { decision: 'document' })
    await submit(id)
    const review = await production.openReviewOf(id)
    for (const authorization of [`Bearer ${client.token}`, `Bearer ${randomUUID()}`])
      for (const path of [fileAt(review.id), `/worlds/default/reviews/${review.id}`])
        assert.equal(
          (await send(server.origin, 'GET', `/_clearyard${path}`, { headers: { authorization } })).status,
          401,
        )
    assert.deepEqual(await production.auditOf(review.id), [])
    for (const name of readdirSync(join(server.filesFolder, server.world.accountId)))
      rmSync(join(server.filesFolder, server.world.accountId, name))
    const gone = await server.operate('GET', fileAt(review.id))
    assert.deepEqual([gone.status, gone.body['code']], [500, 'ServerError'])
    assert.equal((await production.auditOf(review.id)).length, 1)
  })
})
