/** What comes of documents, answers, directives and decisions, run through the gate as their resources run it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { DocumentType, FailureReason } from '@clearyard/contract/documents.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { Assessment, DirectiveCode } from '../../identity/verifier.ts'
import { startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { defaultSettings } from '../../worlds/settings.ts'
import { again, customerIn, type Kind, newWorld, topicsOf } from './customers-fixture.ts'
import { type CustomerRow, customers } from './store.ts'
import {
  acceptDocument,
  addDirective,
  decideCustomer,
  failKba,
  noteDocumentUploaded,
  passKba,
  rejectDocument,
} from './verification.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

type Work = (ctx: Ctx, customer: CustomerRow) => unknown

/** A customer of this kind in this state, and what has been told once work was done on it. */
const customer = async (kind: string, state: string) => {
  const { accountId, client } = await newWorld(server)
  const path = await customerIn(client, kind as Kind, state)
  const before = (await topicsOf(client)).length
  const id = path.split('/').at(-1) ?? ''
  return {
    accountId,
    client,
    path,
    read: async () => (await client.get(path)).body,
    told: async () => (await topicsOf(client)).slice(before).join(' ') || '-',
    work: (work: Work) =>
      server.gate.write({
        context: { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now: new Date() },
        run: (ctx) => work(ctx, customers.get(ctx, id)),
      }),
  }
}

const refusedAsState = { code: 'InvalidResourceState' }

/** `code links` of each directive that a customer shows. */
const directivesOf = (body: object): string => {
  const { _embedded } = body as { _embedded?: { errors: { code: string; _links: object }[] } }
  const told = (_embedded?.errors ?? []).map(({ code, _links }) => [code, ...Object.keys(_links)].join(' '))
  return told.join(', ') || '-'
}

const neededOf = (body: object): string =>
  Object.keys((body as { _links: object })._links)
    .filter((rel) => /^(verify|retry|upload)-(?!beneficial)/.test(rel))
    .join(' ') || '-'

describe('an approved document', () => {
  const approved = 'customer_verification_document_approved'
  const table = textTable(
    ['kind', 'state', 'types', 'status', 'needed', 'topics'],
    `
    personal           | document                   | license        | verified | -                             | ${approved} customer_verified
    personal           | document                   | passport       | verified | -                             | ${approved} customer_verified
    personal           | document                   | other          | verified | -                             | ${approved} customer_verified
    soleProprietorship | document                   | idCard         | verified | -                             | ${approved} customer_verified
    soleProprietorship | document                   | other          | verified | -                             | ${approved} customer_verified
    business           | document of the controller | license        | verified | -                             | ${approved} customer_verified
    business           | document of the controller | other          | document | verify-with-document          | ${approved}
    business           | document of the business   | other          | verified | -                             | ${approved} customer_verified
    business           | document of the business   | passport       | document | verify-business-with-document | ${approved}
    business           | document of both           | other          | document | verify-with-document          | ${approved}
    business           | document of both           | idCard         | document | verify-business-with-document | ${approved}
    business           | document of both           | other,other    | document | verify-with-document          | ${approved} ${approved}
    business           | document of both           | other,passport | verified | -                             | ${approved} ${approved} customer_verified
    business           | document of both           | license,other  | verified | -                             | ${approved} ${approved} customer_verified
    `,
  )
  for (const { kind, state, types, ...expected } of table)
    it(`of a ${kind} customer, ${state}: ${types} comes to ${expected.status}`, async () => {
      const about = await customer(kind, state)
      for (const type of types.split(','))
        await about.work((ctx, row) => acceptDocument(ctx, row, type as DocumentType))
      const body = await about.read()
      assert.deepEqual(
        [body['status'], neededOf(body), await about.told()],
        [...[expected.status, expected.needed, expected.topics]],
      )
    })

  it('is told of and changes nothing more where no document is wanted any more', async () => {
    for (const state of ['verified', 'suspended', 'deactivated']) {
      const about = await customer('personal', state)
      await about.work((ctx, row) => acceptDocument(ctx, row, 'license'))
      assert.deepEqual([(await about.read())['status'], await about.told()], [state, approved])
    }
  })
})

describe('a rejected document', () => {
  const failed = 'customer_verification_document_failed'
  const retry = `${failed} customer_reverification_needed`
  const table = textTable(
    ['kind', 'state', 'reasons', 'status', 'needed', 'directives', 'topics'],
    `
    personal           | document                   | ScanNotReadable                       | document | verify-with-document | - | ${failed}
    personal           | document                   | ScanNameMismatch                      | document | verify-with-document | - | ${failed}
    personal           | document                   | ScanDobMismatch,ForeignPassportNotAllowed | document | verify-with-document | - | ${failed}
    soleProprietorship | document                   | ScanIdExpired                         | document | verify-with-document | - | ${failed}
    soleProprietorship | document                   | ScanNameMismatch                      | retry    | retry-verification   | - | ${retry}
    soleProprietorship | document                   | BusinessTypeMismatch                  | retry    | retry-verification   | - | ${retry}
    business           | document of the controller | ScanNotReadable,ScanFailedOther       | document | verify-with-document | - | ${failed}
    business           | document of the controller | ScanDobMismatch                       | retry    | retry-verification retry-with-full-ssn | Required retry-with-full-ssn | ${retry}
    business           | document of the controller | ScanIdExpired,ScanNameMismatch        | retry    | retry-verification retry-with-full-ssn | Required retry-with-full-ssn | ${retry}
    business           | document of the business   | BusinessDocNotSupported               | document | verify-business-with-document | - | ${failed}
    business           | document of the business   | BusinessTypeMismatch                  | retry    | retry-verification   | - | ${retry}
    business           | document of the business   | BusinessNameMismatch                  | retry    | retry-verification   | BusinessNameMismatch retry-verification | ${retry}
    business           | document of both           | BusinessNameMismatch,ScanDobMismatch  | retry    | retry-verification retry-with-full-ssn | Required retry-with-full-ssn, BusinessNameMismatch retry-verification | ${retry}
    `,
  )
  for (const { kind, state, reasons, ...expected } of table)
    it(`of a ${kind} customer, ${state}: ${reasons} comes to ${expected.status}`, async () => {
      const about = await customer(kind, state)
      await about.work((ctx, row) => rejectDocument(ctx, row, reasons.split(',') as FailureReason[]))
      const body = await about.read()
      assert.deepEqual(
        [body['status'], neededOf(body), directivesOf(body), await about.told()],
        [...[expected.status, expected.needed, expected.directives, expected.topics]],
      )
      if (expected.status === 'retry')
        assert.equal((await about.client.post(about.path, again(kind as Kind))).body['status'], 'verified')
    })

  it('does not bring back to retry who is not to send documents', async () => {
    for (const state of ['verified', 'suspended', 'deactivated']) {
      const about = await customer('business', state)
      await about.work((ctx, row) => rejectDocument(ctx, row, ['BusinessNameMismatch']))
      assert.deepEqual([(await about.read())['status'], await about.told()], [state, failed])
    }
  })
})

describe('steps that only one state takes', () => {
  const works: { readonly [name: string]: Work } = {
    noteDocumentUploaded,
    passKba,
    failKba,
    addDirective: (ctx, row) => addDirective(ctx, row, { code: 'POBoxNotAllowed' }),
    decideCustomer: (ctx, row) => decideCustomer(ctx, row, { status: 'verified' }),
  }
  const asked = 'customer_kba_verification'
  const table = textTable(
    ['kind', 'state', 'noteDocumentUploaded', 'passKba', 'failKba', 'addDirective', 'decideCustomer'],
    `
    unverified   | unverified               | - | - | - | - | -
    receive-only | suspended                | - | - | - | - | -
    personal     | verified                 | - | - | - | - | -
    personal     | retry                    | - | - | - | - | customer_verified
    personal     | kba                      | - | ${asked}_passed customer_verified | ${asked}_failed customer_verification_document_needed | - | customer_verified
    personal     | document                 | customer_verification_document_uploaded | - | - | - | customer_verified
    personal     | suspended                | - | - | - | - | -
    personal     | deactivated              | - | - | - | - | -
    business     | verified                 | - | - | - | - | -
    business     | retry of the business    | - | - | - | customer_address_verification_failed | customer_verified
    business     | document of the business | customer_verification_document_uploaded | - | - | customer_address_verification_failed | customer_verified
    business     | suspended                | - | - | - | - | -
    business     | deactivated              | - | - | - | - | -
    `,
  )
  for (const { kind, state, ...cells } of table)
    it(`of a ${kind} customer, ${state}`, async () => {
      for (const [name, expected] of Object.entries(cells)) {
        const about = await customer(kind, state)
        const before = await storedRows(server.pool, about.accountId)
        const done = about.work((ctx, row) => works[name]?.(ctx, row))
        if (expected === '-') {
          await assert.rejects(done, refusedAsState, name)
          assert.deepEqual(await storedRows(server.pool, about.accountId), before)
        } else {
          await done
          assert.equal(await about.told(), expected, name)
        }
      }
    })
})

describe('a directive', () => {
  const table = textTable(
    ['state', 'code', 'errors', 'needed', 'isAddress'],
    `
    retry of the business      | EINMismatch                      | EINMismatch retry-verification                         | retry-verification                     | -
    retry of the business      | LegalDBAMismatch                 | LegalDBAMismatch retry-verification                    | retry-verification                     | -
    retry of the business      | BusinessDBAMismatch              | BusinessDBAMismatch retry-verification                 | retry-verification                     | -
    retry of the business      | SOSNotInGoodStanding             | SOSNotInGoodStanding retry-verification                | retry-verification                     | -
    retry of the business      | SOSStateMismatch                 | SOSStateMismatch retry-verification                    | retry-verification                     | -
    retry of the business      | BusinessNameMismatch             | BusinessNameMismatch retry-verification                | retry-verification                     | -
    retry of the business      | POBoxNotAllowed                  | POBoxNotAllowed retry-verification                     | retry-verification                     | yes
    retry of the business      | RegisteredAgentAddressNotAllowed | RegisteredAgentAddressNotAllowed retry-verification    | retry-verification                     | yes
    retry of the business      | AddressNotAssociatedWithBusiness | AddressNotAssociatedWithBusiness retry-verification    | retry-verification                     | yes
    retry of the business      | CoWorkingAddress                 | CoWorkingAddress retry-verification                    | retry-verification                     | yes
    retry of the business      | ControllerNonResidential         | ControllerNonResidential retry-with-full-ssn           | retry-verification retry-with-full-ssn | yes
    retry of the business      | ResidentialAddressRequired       | ResidentialAddressRequired retry-with-full-ssn         | retry-verification retry-with-full-ssn | yes
    retry of the business      | ForeignPassportNumberRequired    | ForeignPassportNumberRequired retry-with-full-ssn      | retry-verification retry-with-full-ssn | -
    retry of the business      | EINDocumentRequired              | EINDocumentRequired                                    | retry-verification                     | -
    retry of the business      | PersonalIDRequired               | PersonalIDRequired                                     | retry-verification                     | -
    retry of both              | Required                         | Required retry-with-full-ssn                           | retry-verification retry-with-full-ssn | -
    retry of both              | POBoxNotAllowed                  | Required retry-with-full-ssn, POBoxNotAllowed retry-verification | retry-verification retry-with-full-ssn | yes
    document of the business   | POBoxNotAllowed                  | POBoxNotAllowed                                        | verify-business-with-document          | yes
    document of the business   | AddressNotAssociatedWithBusiness | AddressNotAssociatedWithBusiness verify-business-with-document | verify-business-with-document  | yes
    document of the business   | BusinessAddressDocRequired       | BusinessAddressDocRequired verify-business-with-document | verify-business-with-document        | yes
    document of the business   | BusinessFormationDocRequired     | BusinessFormationDocRequired verify-business-with-document | verify-business-with-document      | -
    document of the business   | EINDocumentRequired              | EINDocumentRequired upload-ein-document                | verify-business-with-document          | -
    document of the business   | DBADocumentRequired              | Required upload-dba-document                           | verify-business-with-document upload-dba-document | -
    document of the business   | PersonalIDRequired               | PersonalIDRequired verify-with-document                | verify-controller-and-business-with-document | -
    document of the controller | PersonalIDRequired               | PersonalIDRequired verify-with-document                | verify-with-document                   | -
    document of the controller | EINDocumentRequired              | EINDocumentRequired upload-ein-document                | verify-controller-and-business-with-document | -
    `,
  )
  for (const { state, code, ...expected } of table)
    it(`${code}, ${state}, is told with what settles it there`, async () => {
      const about = await customer('business', state)
      const status = (await about.read())['status']
      await about.work((ctx, row) => addDirective(ctx, row, { code: code as DirectiveCode }))
      const body = await about.read()
      assert.deepEqual(
        [body['status'], directivesOf(body), neededOf(body)],
        [...[status, expected.errors, expected.needed]],
      )
      const { errors } = (body['_embedded'] ?? {}) as unknown as { errors: { message: string }[] }
      for (const { message } of errors) assert.match(message, /^[A-Z].{10,}/)
      assert.equal(await about.told(), expected.isAddress === 'yes' ? 'customer_address_verification_failed' : '-')
    })

  it('that only a retry settles brings the customer back to it when its documents are approved', async () => {
    const about = await customer('business', 'document of the business')
    await about.work((ctx, row) => addDirective(ctx, row, { code: 'EINMismatch' }))
    await about.work((ctx, row) => acceptDocument(ctx, row, 'other'))
    const body = await about.read()
    assert.deepEqual([body['status'], directivesOf(body)], ['retry', 'EINMismatch retry-verification'])
    assert.equal(await about.told(), 'customer_verification_document_approved customer_reverification_needed')
    assert.equal((await about.client.post(about.path, again('business'))).body['status'], 'verified')
    assert.equal(directivesOf(await about.read()), '-')
  })

  it('that only a document settles has the customer send one after its retry', async () => {
    const about = await customer('business', 'retry of the business')
    for (const code of ['EINDocumentRequired', 'POBoxNotAllowed', 'PersonalIDRequired'] as const)
      await about.work((ctx, row) => addDirective(ctx, row, { code }))
    const { body } = await about.client.post(about.path, again('business'))
    assert.deepEqual(
      [body['status'], neededOf(body), directivesOf(body)],
      [
        'document',
        'verify-controller-and-business-with-document',
        'EINDocumentRequired upload-ein-document, PersonalIDRequired verify-with-document',
      ],
    )
    await about.work((ctx, row) => acceptDocument(ctx, row, 'other'))
    assert.equal(directivesOf(await about.read()), 'PersonalIDRequired verify-with-document')
    await about.work((ctx, row) => acceptDocument(ctx, row, 'license'))
    assert.equal((await about.read())['status'], 'verified')
  })

  it('that only a document settles is wanted beside what the retry itself leads to', async () => {
    const about = await customer('business', 'retry of both')
    await about.work((ctx, row) => addDirective(ctx, row, { code: 'EINDocumentRequired' }))
    const { body } = await about.client.post(about.path, again('business', { controller: 'document' }))
    assert.deepEqual(
      [body['status'], neededOf(body), directivesOf(body)],
      ['document', 'verify-controller-and-business-with-document', 'EINDocumentRequired upload-ein-document'],
    )
  })

  it('that either settles is settled by a document', async () => {
    const about = await customer('business', 'document of the business')
    await about.work((ctx, row) => addDirective(ctx, row, { code: 'CoWorkingAddress' }))
    await about.work((ctx, row) => acceptDocument(ctx, row, 'other'))
    assert.equal((await about.read())['status'], 'verified')
  })

  it('given twice is told once', async () => {
    const about = await customer('business', 'retry of the business')
    for (let n = 0; n < 2; n++) await about.work((ctx, row) => addDirective(ctx, row, { code: 'EINMismatch' }))
    assert.equal(directivesOf(await about.read()), 'EINMismatch retry-verification')
  })
})

describe('a person’s decision', () => {
  let production: TestServer
  before(async () => {
    production = await startTestServer({ sandbox: false, operatorToken: 'operator' })
  })
  after(() => production.stop())

  const table = textTable(
    ['assessment', 'status', 'needed', 'directives', 'topic'],
    `
    {"status":"verified"}                                                                    | verified  | -                             | -                                              | customer_verified
    {"status":"retry","scope":"business","directives":[{"code":"EINMismatch"}]}              | retry     | retry-verification            | EINMismatch retry-verification                 | customer_reverification_needed
    {"status":"retry","scope":"full","directives":[]}                                        | retry     | retry-verification retry-with-full-ssn | -                                     | customer_reverification_needed
    {"status":"document","needs":["business"],"directives":[{"code":"EINDocumentRequired"}]} | document  | verify-business-with-document | EINDocumentRequired upload-ein-document        | customer_verification_document_needed
    {"status":"suspended","directives":[]}                                                   | suspended | -                             | -                                              | customer_suspended
    `,
  )
  for (const { assessment, ...expected } of table)
    it(`on a business under review: ${assessment}`, async () => {
      const { accountId, client } = await newWorld(production)
      const path = await customerIn(client, 'business', 'verified')
      const waiting = (await client.get(path)).body
      assert.deepEqual([waiting['status'], directivesOf(waiting)], ['suspended', 'AdditionalReviewRequired'])
      assert.deepEqual(await topicsOf(client), ['customer_created', 'customer_verification_pending_review'])
      const decide = () =>
        production.gate.write({
          context: { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now: new Date() },
          run: (ctx) => {
            const row = customers.get(ctx, path.split('/').at(-1) ?? '')
            decideCustomer(ctx, row, JSON.parse(assessment) as Assessment)
          },
        })
      await decide()
      const body = (await client.get(path)).body
      assert.deepEqual(
        [body['status'], neededOf(body), directivesOf(body), (await topicsOf(client)).at(-1)],
        [...[expected.status, expected.needed, expected.directives, expected.topic]],
      )
      if (expected.status === 'verified' || expected.status === 'suspended')
        await assert.rejects(decide(), refusedAsState)
    })

  it('is asked for about who is upgraded, too', async () => {
    const { accountId, client } = await newWorld(production)
    const path = await customerIn(client, 'unverified', 'unverified')
    assert.equal((await client.post(path, again('personal'))).body['status'], 'suspended')
    const reviews = await production.pool.query('select kind, customer_id from reviews where account_id = $1', [
      accountId,
    ])
    assert.deepEqual(reviews.rows, [{ kind: 'customer', customer_id: path.split('/').at(-1) }])
  })
})
