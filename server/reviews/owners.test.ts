import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { owner as whole } from '@clearyard/contract/whole-bodies-fixture.ts'
import { upload } from '../testing/forms.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'
import { errorsOf, type Production, type Review, startProduction } from './reviews-fixture.ts'

let production: Production
before(async () => {
  production = await startProduction()
})
after(() => production.server.stop())

/** A verified business with an owner who waits for a decision. */
const waitingOwner = async (change: object = {}): Promise<{ customerId: string; ownerId: string; review: Review }> => {
  const customerId = await production.create('business')
  await production.decideOpen(customerId, { decision: 'approve' })
  const made = await production.client.post(`/customers/${customerId}/beneficial-owners`, { ...whole, ...change })
  assert.equal(made.status, 201, made.text)
  const ownerId = made.location?.split('/').at(-1) ?? ''
  return { customerId, ownerId, review: await production.openReviewOf(customerId) }
}

const ownerOf = async (id: string) => JSON.parse((await production.client.get(`/beneficial-owners/${id}`)).text)

/** What was told of the owners of a customer, oldest first. */
const toldOf = async (customerId: string): Promise<string[]> =>
  (await production.topicsOf(customerId)).flatMap((topic) => {
    const [, word] = /^customer_beneficial_owner_(.*)$/.exec(topic) ?? []
    return word ?? []
  })

describe('an owner of a business of a production account', () => {
  it('is incomplete until a person decides, whatever the name, and has nothing to say again meanwhile', async () => {
    for (const firstName of ['Olive', 'verified', 'document', 'incomplete']) {
      const { customerId, ownerId, review } = await waitingOwner({ firstName })
      const { verificationStatus, _links } = await ownerOf(ownerId)
      assert.deepEqual([verificationStatus, Object.keys(_links)], ['incomplete', ['self']])
      assert.deepEqual(await toldOf(customerId), ['created'])
      const { id, created, ...rest } = review
      assert.deepEqual(rest, { kind: 'beneficial-owner', status: 'open', customerId, ownerId })
      const again = await production.client.post(`/beneficial-owners/${ownerId}`, whole)
      assert.deepEqual([again.status, again.body['code']], [403, 'InvalidResourceState'], again.text)
    }
  })

  const decisions = textTable(
    ['decision', 'status', 'told', 'link'],
    `
    {"decision":"approve"}  | verified   | verified                     |
    {"decision":"retry"}    | incomplete | reverification_needed        | retry-verification
    {"decision":"document"} | document   | verification_document_needed | verify-with-document
    `,
  )

  for (const { decision, status, told, link } of decisions)
    it(`becomes ${status} by ${decision}`, async () => {
      const { customerId, ownerId, review } = await waitingOwner()
      const answer = await production.decide(review.id, JSON.parse(decision))
      assert.equal(answer.status, 200, answer.text)
      const { verificationStatus, _links } = await ownerOf(ownerId)
      const links = ['self', ...(link === '' ? [] : [link])]
      assert.deepEqual([verificationStatus, Object.keys(_links)], [status, links])
      assert.deepEqual(await toldOf(customerId), ['created', told])
      assert.equal((await production.customer(customerId)).status, 'verified')
      const [entry] = await production.auditOf(review.id)
      assert.deepEqual([entry?.['kind'], entry?.['resourceId']], ['beneficial-owner', ownerId])
      const second = await production.decide(review.id, { decision: 'approve' })
      assert.equal(second.body['message'], 'This review is decided already.')
    })

  it('who says everything again is reviewed again', async () => {
    const { customerId, ownerId } = await waitingOwner()
    await production.decideOpen(customerId, { decision: 'retry' })
    const again = await production.client.post(`/beneficial-owners/${ownerId}`, { ...whole, lastName: 'Other' })
    assert.deepEqual([again.status, again.body['verificationStatus']], [200, 'incomplete'], again.text)
    const { submitted } = JSON.parse((await production.read((await production.openReviewOf(customerId)).id)).text)
    assert.equal(submitted.owner.lastName, 'Other')
    await production.decideOpen(customerId, { decision: 'approve' })
    assert.equal((await ownerOf(ownerId)).verificationStatus, 'verified')
    assert.deepEqual(await toldOf(customerId), ['created', 'reverification_needed', 'verified'])
  })

  it('is decided no other way: a person is not suspended for a business, nor a file', async () => {
    const words = '/decision decision must be one of approve, retry, document here.'
    const rows = textTable(
      ['decision', 'errors'],
      `
      {"decision":"suspend"} | ${words}
      {"decision":"reject"}  | ${words}
      {}                     | ${words}
      {"decision":"document","needs":["individual"]} | /needs needs must be left out here.
      {"decision":"retry","reasons":["Required"]}    | /reasons reasons must be left out here.
      `,
    )
    const { review } = await waitingOwner()
    const rowsBefore = await storedRows(production.server.pool)
    for (const { decision, errors } of rows)
      assert.equal(errorsOf(await production.decide(review.id, JSON.parse(decision))), errors, decision)
    assert.deepEqual(await storedRows(production.server.pool), rowsBefore)
  })

  it('is not decided about once removed, and not while the business is deactivated', async () => {
    const { customerId, ownerId, review } = await waitingOwner()
    const refusal = async () => (await production.decide(review.id, { decision: 'approve' })).body['message']
    const statusOf = async () => (await production.reviewsOf(customerId)).map(({ status }) => status)
    await production.client.post(`/customers/${customerId}`, { status: 'deactivated' })
    assert.equal(await refusal(), 'The customer is deactivated: this review waits until it is active again.')
    await production.client.post(`/customers/${customerId}`, { status: 'reactivated' })
    assert.deepEqual(await statusOf(), ['open', 'decided'])
    assert.equal((await production.client.delete(`/beneficial-owners/${ownerId}`)).status, 200)
    assert.equal(await refusal(), 'The owner whom this review is about is gone.')
    assert.deepEqual(await statusOf(), ['obsolete', 'decided'])
    assert.deepEqual(await toldOf(customerId), ['created', 'removed'])
  })
})

describe('a document about an owner', () => {
  /** An owner of whom a document is wanted, and who has sent one. */
  const sent = async () => {
    const { customerId, ownerId } = await waitingOwner()
    await production.decideOpen(customerId, { decision: 'document' })
    const { server, client } = production
    const path = `/beneficial-owners/${ownerId}/documents`
    const made = await upload({ origin: server.origin, token: client.token }, path, {
      name: 'test-document-upload-success.png',
    })
    assert.equal(made.status, 201, made.text)
    const documentId = made.location?.split('/').at(-1) ?? ''
    return { customerId, ownerId, documentId, review: await production.openReviewOf(customerId) }
  }

  const decisions = textTable(
    ['decision', 'owner', 'document', 'told'],
    `
    {"decision":"approve"} | verified | accepted | verification_document_approved verified
    {"decision":"reject","reasons":["ScanNameMismatch","ScanIdExpired"]} | document | rejected | verification_document_failed
    `,
  )

  for (const { decision, owner, document, told } of decisions)
    it(`waits for a person, and by ${decision} leaves the owner ${owner}`, async () => {
      const { customerId, ownerId, documentId, review } = await sent()
      const { id, created, ...rest } = review
      assert.deepEqual(rest, { kind: 'document', status: 'open', customerId, ownerId, documentId })
      const { submitted } = JSON.parse((await production.read(id)).text)
      assert.equal(submitted.owner.ssn, '123456789')
      assert.ok(!('ein' in submitted.customer))
      assert.deepEqual([submitted.document.id, submitted.document.type], [documentId, 'license'])
      const file = await production.server.operate('GET', `/worlds/default/reviews/${id}/file`)
      assert.equal(file.headers.get('content-type'), 'image/png')
      assert.equal((await production.decide(id, JSON.parse(decision))).status, 200)
      assert.equal((await ownerOf(ownerId)).verificationStatus, owner)
      const reviewed = await production.client.get(`/documents/${documentId}`)
      assert.equal(reviewed.body['documentVerificationStatus'], document)
      const before = ['created', 'verification_document_needed', 'verification_document_uploaded']
      assert.deepEqual(await toldOf(customerId), [...before, ...told.split(' ')])
    })

  it('suspends nobody, and is not decided once its owner is removed', async () => {
    const { ownerId, review } = await sent()
    const fraud = { decision: 'suspend', reasons: ['ScanFailedOther'] }
    assert.equal(
      errorsOf(await production.decide(review.id, fraud)),
      '/decision decision must be one of approve, reject here.',
    )
    assert.equal((await production.client.delete(`/beneficial-owners/${ownerId}`)).status, 200)
    const refused = await production.decide(review.id, { decision: 'approve' })
    assert.equal(refused.body['message'], 'The owner whom this review is about is gone.')
  })
})

describe('what was submitted of an owner', () => {
  it('is unsealed for the operator, and of the business no more than the API shows', async () => {
    const { ssn: _, ...person } = whole
    const passport = { number: 'X9876543Z', country: 'CA' }
    for (const [given, unsealed] of [
      [
        { ...whole, ssn: '987-65-4329' },
        { dateOfBirth: '1970-05-05', ssn: '987654329' },
      ],
      [
        { ...person, ssn: undefined, passport },
        { dateOfBirth: '1970-05-05', passport },
      ],
    ] as const) {
      const { customerId, ownerId, review } = await waitingOwner(given)
      const { submitted } = JSON.parse((await production.read(review.id)).text)
      const { _links, ...owner } = await ownerOf(ownerId)
      assert.deepEqual(submitted.owner, { ...owner, ...unsealed })
      const { _links: links, ...customer } = await production.customer(customerId)
      assert.deepEqual(submitted.customer, customer)
    }
    assert.doesNotMatch(production.server.logged(), /1970-05-05|98765|X9876543Z/)
  })
})
