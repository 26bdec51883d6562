import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { connectOnce } from '../db/pool.ts'
import { type Client, startTestServer, type TestServer } from '../testing/harness.ts'
import { storedRows } from '../testing/stored-rows.ts'
import { textTable } from '../testing/text-table.ts'
import { errorsOf, type Kind, type Production, type Review, startProduction } from './reviews-fixture.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

let production: Production
let server: TestServer
let client: Client
before(async () => {
  production = await startProduction()
  server = production.server
  client = production.client
})
after(() => server.stop())

const kinds: { [word: string]: Kind } = { personal: 'personal', sole: 'soleProprietorship', business: 'business' }

/** Runs a statement as the role that owns the tables. */
const asOwner = async (statement: string): Promise<void> => {
  const owner = await connectOnce(server.ownerUrl)
  await owner.query(statement).finally(() => owner.end())
}

describe('a customer of a production account', () => {
  it('waits suspended until a person decides, whatever it is called, and has nothing to do meanwhile', async () => {
    for (const kind of Object.values(kinds))
      for (const firstName of ['Jane', 'verified', 'retry', 'document', 'kba']) {
        const id = await production.create(kind, { firstName })
        const { status, _links } = await production.customer(id)
        assert.deepEqual([status, 'edit' in _links, 'deactivate' in _links], ['suspended', false, false])
        assert.deepEqual(await production.topicsOf(id), ['customer_created', 'customer_verification_pending_review'])
        const { id: reviewId, created, ...rest } = await production.openReviewOf(id)
        assert.match(reviewId, uuid)
        assert.equal(created, (await production.customer(id)).created)
        assert.deepEqual(rest, { kind: 'customer', status: 'open', customerId: id })
        for (const body of [{ status: 'deactivated' }, { status: 'suspended' }, { firstName: 'Janet' }])
          assert.equal((await client.post(`/customers/${id}`, body)).body['code'], 'InvalidResourceState')
      }
  })

  it('is not reviewed when its identity is not checked, and is once it upgrades', async () => {
    const { email, firstName, lastName } = wholes.unverified
    const made = await client.post('/customers', { firstName, lastName, email: `u${email}` })
    const id = made.location?.split('/').at(-1) ?? ''
    assert.deepEqual(await production.reviewsOf(id), [])
    const upgrade = { ...wholes.personal, email: `u${email}`, correlationId: randomUUID() }
    assert.equal((await client.post(`/customers/${id}`, upgrade)).body['status'], 'suspended')
    await production.decideOpen(id, { decision: 'approve' })
    assert.equal((await production.customer(id)).status, 'verified')
  })

  const decisions = textTable(
    ['kind', 'decision', 'status', 'told', 'links', 'errors'],
    `
    personal | {"decision":"approve"}  | verified  | customer_verified                     | edit deactivate       |
    personal | {"decision":"retry"}    | retry     | customer_reverification_needed        | retry-verification    |
    personal | {"decision":"retry","needs":["individual"],"reasons":[]} | retry | customer_reverification_needed | retry-verification |
    personal | {"decision":"document"} | document  | customer_verification_document_needed | verify-with-document  |
    personal | {"decision":"suspend"}  | suspended | customer_suspended                    |                       |

    sole | {"decision":"approve"}      | verified  | customer_verified                     | edit deactivate       |
    sole | {"decision":"retry","reasons":["POBoxNotAllowed"]} | retry | customer_reverification_needed customer_address_verification_failed | retry-verification | POBoxNotAllowed
    sole | {"decision":"document","needs":["individual"]} | document | customer_verification_document_needed | verify-with-document |
    sole | {"decision":"document","needs":["business"]}   | document | customer_verification_document_needed | verify-business-with-document |
    sole | {"decision":"document","needs":["individual","business"],"reasons":["EINDocumentRequired"]} | document | customer_verification_document_needed | document-form | EINDocumentRequired
    sole | {"decision":"suspend"}      | suspended | customer_suspended                    |                       |

    business | {"decision":"approve"}  | verified  | customer_verified                     | edit certify-beneficial-ownership |
    business | {"decision":"retry","needs":["business"]}    | retry | customer_reverification_needed | retry-verification |
    business | {"decision":"retry","needs":["controller"]}  | retry | customer_reverification_needed | retry-verification retry-with-full-ssn |
    business | {"decision":"retry","needs":["controller","business"]} | retry | customer_reverification_needed | retry-verification retry-with-full-ssn |
    business | {"decision":"retry","reasons":["EINMismatch","LegalDBAMismatch"]} | retry | customer_reverification_needed | retry-verification | EINMismatch LegalDBAMismatch
    business | {"decision":"retry","reasons":["Required"]}  | retry | customer_reverification_needed | retry-with-full-ssn | Required
    business | {"decision":"document","needs":["controller"]} | document | customer_verification_document_needed | verify-with-document |
    business | {"decision":"document","needs":["business"]} | document | customer_verification_document_needed | verify-business-with-document |
    business | {"decision":"document","needs":["business","controller"]} | document | customer_verification_document_needed | verify-controller-and-business-with-document |
    business | {"decision":"document","reasons":["PersonalIDRequired"]} | document | customer_verification_document_needed | verify-with-document | PersonalIDRequired
    business | {"decision":"document","needs":["business"],"reasons":["PersonalIDRequired"]} | document | customer_verification_document_needed | verify-controller-and-business-with-document | PersonalIDRequired
    business | {"decision":"document","reasons":["BusinessAddressDocRequired"]} | document | customer_verification_document_needed customer_address_verification_failed | verify-business-with-document | BusinessAddressDocRequired
    business | {"decision":"suspend"}  | suspended | customer_suspended                    |                       |
    `,
  )

  for (const { kind, decision, status, told, links, errors } of decisions)
    it(`${kind} becomes ${status} by ${decision}`, async () => {
      const id = await production.create(kinds[kind] ?? assert.fail(kind))
      const review = await production.openReviewOf(id)
      const answer = await production.decide(review.id, JSON.parse(decision))
      assert.equal(answer.status, 200, answer.text)
      const customer = await production.customer(id)
      assert.equal(customer.status, status)
      const topics = ['customer_created', 'customer_verification_pending_review', ...told.split(' ')]
      assert.deepEqual(await production.topicsOf(id), topics)
      for (const rel of links.split(' ').filter(Boolean)) assert.ok(rel in customer._links, `${rel} is offered`)
      const codes = (customer._embedded?.errors ?? []).map(({ code }) => code)
      assert.deepEqual(codes, errors.split(' ').filter(Boolean))
      const [decided] = await production.reviewsOf(id)
      assert.deepEqual(decided, answer.body)
      const { decision: word, reasons = [] } = JSON.parse(decision)
      assert.deepEqual([decided?.status, decided?.['decision'], decided?.['reasons']], ['decided', word, reasons])
      const [entry, ...earlier] = await production.auditOf(review.id)
      assert.deepEqual(earlier, [])
      const { id: entryId, created, ...rest } = entry ?? {}
      assert.match(entryId ?? '', uuid)
      assert.equal(created, decided?.['decided'])
      const expected = {
        action: 'review_decided',
        kind: 'customer',
        resourceId: id,
        reviewId: review.id,
        decision: word,
      }
      assert.deepEqual(rest, expected)
    })

  it('that was asked to say everything again is reviewed again', async () => {
    const { type: _, ...fields } = wholes.personal
    const id = await production.create('personal')
    await production.decideOpen(id, { decision: 'retry' })
    const again = { ...fields, ssn: '123-45-6789', email: `${id}@example.com`, correlationId: id }
    const retried = await client.post(`/customers/${id}`, again)
    assert.deepEqual([retried.status, retried.body['status']], [200, 'suspended'], retried.text)
    const read = await production.read((await production.openReviewOf(id)).id)
    assert.equal(read.body['submitted']?.['customer']?.['ssn'], '123456789')
    await production.decideOpen(id, { decision: 'approve' })
    assert.deepEqual(await production.topicsOf(id), [
      'customer_created',
      'customer_verification_pending_review',
      'customer_reverification_needed',
      'customer_verification_pending_review',
      'customer_verified',
    ])
    assert.deepEqual(
      (await production.reviewsOf(id)).map((review) => `${review.status} ${review['decision']}`),
      ['decided approve', 'decided retry'],
    )
  })
})

describe('a decision is refused', () => {
  const words = {
    customer: '/decision decision must be one of approve, retry, document, suspend here.',
    needs: '/needs needs must be a list of controller, business, each at most once.',
  }
  const rows = textTable(
    ['kind', 'decision', 'errors'],
    `
    personal | {}                          | ${words.customer}
    personal | {"decision":"reject"}       | ${words.customer}
    personal | {"decision":"Approve"}      | ${words.customer}
    personal | {"decision":null}           | ${words.customer}
    personal | {"decision":["approve"]}    | ${words.customer}
    personal | {"decision":"toString"}     | ${words.customer}
    personal | {"decision":"verified","status":"verified"} | /status There is no status here; known are decision, needs, reasons. + ${words.customer}
    personal | {"decision":"approve","note":"fine"}  | /note There is no note here; known are decision, needs, reasons.
    personal | {"decision":"approve","needs":["individual"]} | /needs needs must be left out here.
    personal | {"decision":"document","needs":["business"]}  | /needs needs must be a list of individual, each at most once.
    personal | {"decision":"retry","reasons":["POBoxNotAllowed"]} | /reasons reasons must be left out here.
    personal | {"decision":"suspend","needs":{},"reasons":"fraud"} | /needs needs must be left out here. + /reasons reasons must be left out here.
    sole     | {"decision":"document"}     | /needs needs must name individual or business, or both, unless reasons do.
    sole     | {"decision":"retry","needs":["business"]} | /needs needs must be a list of individual, each at most once.
    business | {"decision":"document"}     | /needs needs must name controller or business, or both, unless reasons do.
    business | {"decision":"retry","needs":[]} | /needs needs must name controller or business, or both, unless reasons do.
    business | {"decision":"retry","needs":["individual"]} | ${words.needs}
    business | {"decision":"retry","needs":"business"} | ${words.needs}
    business | {"decision":"retry","needs":["business","business"]} | ${words.needs}
    business | {"decision":"retry","needs":["business",["business"]]} | ${words.needs}
    business | {"decision":"approve","reasons":["EINMismatch"]} | /reasons reasons must be left out here.
    business | {"decision":"suspend","reasons":["AdditionalReviewRequired"]} | /reasons reasons must be left out here.
    `,
  )

  it('with everything that is wrong with it, when it does not fit the review, and changes nothing', async () => {
    const ids: { [kind: string]: string } = {}
    for (const [word, kind] of Object.entries(kinds))
      ids[word] = (await production.openReviewOf(await production.create(kind))).id
    const rowsBefore = await storedRows(server.pool)
    for (const { kind, decision, errors } of rows)
      assert.equal(errorsOf(await production.decide(ids[kind] ?? '', JSON.parse(decision))), errors, decision)
    const notForRetry = ['EINDocumentRequired', 'AdditionalReviewRequired', 'ScanNotReadable', 'no', 7]
    const notForDocument = ['EINMismatch', 'Required', 'AdditionalReviewRequired', 'ScanNotReadable']
    for (const [decision, codes] of [
      ['retry', notForRetry],
      ['document', notForDocument],
    ] as const)
      for (const code of codes) {
        const answer = await production.decide(ids['business'] ?? '', {
          decision,
          needs: ['business'],
          reasons: [code],
        })
        assert.match(errorsOf(answer), /^\/reasons reasons must be a list of [A-Za-z, ]+, each at most once\.$/)
      }
    assert.deepEqual(await storedRows(server.pool), rowsBefore)
  })

  it('when it comes second, even at the same moment', async () => {
    const id = await production.create('personal')
    const review = await production.openReviewOf(id)
    const answers = await Promise.all(
      ['approve', 'suspend', 'retry', 'document'].map((decision) => production.decide(review.id, { decision })),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    assert.equal(refused.length, 3)
    for (const answer of [...refused, await production.decide(review.id, { decision: 'approve' })]) {
      assert.equal(answer.status, 403)
      assert.deepEqual(answer.body, { code: 'InvalidResourceState', message: 'This review is decided already.' })
    }
    assert.equal((await production.topicsOf(id)).length, 3)
    assert.equal((await production.auditOf(review.id)).length, 1)
  })

  it('when there is no such review in this world', async () => {
    const other = await server.newWorld()
    const review = await production.openReviewOf(await production.create('personal'))
    const rowsBefore = await storedRows(server.pool)
    for (const path of [
      `/worlds/${other.id}/reviews/${review.id}`,
      `/worlds/default/reviews/${randomUUID()}`,
      '/worlds/default/reviews/none',
    ])
      for (const answer of [
        await server.operate('GET', path),
        await server.operate('POST', path, { decision: 'approve' }),
      ]) {
        assert.equal(answer.status, 404, path)
        assert.deepEqual(answer.body, { code: 'NotFound', message: 'There is no such review in this world.' })
      }
    assert.deepEqual(await storedRows(server.pool), rowsBefore)
  })
})

describe('what was submitted', () => {
  const secrets = { dateOfBirth: '1977-07-17', ssn: '987-65-4329' }

  it('is shown whole to the operator alone, and each reading is in the audit log', async () => {
    const passport = { number: 'X9876543Z', country: 'CA' }
    const { ssn: _, ...person } = wholes.business.controller
    const given: { [K in Kind]: object } = {
      personal: secrets,
      soleProprietorship: { ...secrets, ein: '98-7654321' },
      business: { ein: '98-7654321', controller: { ...person, dateOfBirth: '1977-07-17', passport } },
    }
    const unsealed: { [K in Kind]: object } = {
      personal: { dateOfBirth: '1977-07-17', ssn: '987654329' },
      soleProprietorship: { dateOfBirth: '1977-07-17', ssn: '987654329', ein: '987654321' },
      business: { ein: '987654321', controller: { ...person, dateOfBirth: '1977-07-17', passport } },
    }
    for (const kind of Object.values(kinds)) {
      const id = await production.create(kind, given[kind])
      const review = await production.openReviewOf(id)
      const { _links, _embedded, ...shown } = await production.customer(id)
      const answers = [await production.read(review.id)]
      answers.push(await production.read(review.id.toUpperCase()))
      for (const answer of answers) {
        assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store'])
        const { submitted, ...rest } = JSON.parse(answer.text)
        assert.deepEqual(rest, review)
        assert.deepEqual(submitted, { customer: { ...shown, ipAddress: '192.0.2.7', ...unsealed[kind] } })
      }
      const entries = await production.auditOf(review.id)
      assert.equal(entries.length, 2)
      for (const { id: entryId, created, ...entry } of entries)
        assert.deepEqual(entry, { action: 'review_read', kind: 'customer', resourceId: id, reviewId: review.id })
      for (const path of ['/customers?limit=200', `/customers/${id}`, '/events?limit=200'])
        assert.doesNotMatch((await client.get(path)).text, /1977-07-17|98-?7654321|987-?65-?432|X9876543Z/)
      for (const path of ['/reviews?limit=200', '/audit?limit=200'])
        assert.doesNotMatch(
          (await server.operate('GET', `/worlds/default${path}`)).text,
          /1977-07-17|98-?7654321|987-?65-?432|X9876543Z/,
        )
    }
  })

  it('is not shown, nor its reading noted, when the reading cannot be noted', async () => {
    const review = await production.openReviewOf(await production.create('personal', secrets))
    await asOwner('alter table audit_entries add constraint none check (action is null) not valid')
    try {
      const answer = await production.read(review.id)
      assert.equal(answer.status, 500)
      assert.doesNotMatch(answer.text, /1977|98765/)
    } finally {
      await asOwner('alter table audit_entries drop constraint none')
    }
    assert.deepEqual(await production.auditOf(review.id), [])
    assert.equal((await production.read(review.id)).status, 200)
  })

  it('is in no log line', () => {
    const logged = server.logged()
    assert.match(logged, /\/_clearyard\/worlds\/default\/reviews\//)
    assert.doesNotMatch(logged, /1977-07-17|98-?7654321|987-?65-?432|X9876543Z/)
  })
})

describe('the lists of reviews and of the audit log', () => {
  it('are newest first, by page and by status', async () => {
    const world = await server.newWorld()
    const there = await server.as(world.application)
    const list = async (query: string) =>
      JSON.parse((await server.operate('GET', `/worlds/${world.id}/reviews${query}`)).text)
    assert.deepEqual(await list(''), { reviews: [], total: 0 })
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.unshift(await production.create('personal', {}, there))
    const all = await list('')
    assert.deepEqual([all.total, all.reviews.map((review: Review) => review.customerId)], [3, ids])
    await server.operate('POST', `/worlds/${world.id}/reviews/${all.reviews[1].id}`, { decision: 'approve' })
    const customersIn = async (query: string) => (await list(query)).reviews.map((review: Review) => review.customerId)
    assert.deepEqual(await customersIn('?status=open'), [ids[0], ids[2]])
    assert.deepEqual(await customersIn('?status=decided'), [ids[1]])
    assert.deepEqual(await customersIn('?status=decided&status=open'), ids)
    assert.deepEqual(await customersIn('?status=withdrawn&status=obsolete'), [])
    assert.deepEqual(await customersIn('?limit=1&offset=2'), [ids[2]])
    await server.operate('GET', `/worlds/${world.id}/reviews/${all.reviews[0].id}`)
    const log = JSON.parse((await server.operate('GET', `/worlds/${world.id}/audit?limit=1`)).text)
    assert.deepEqual([log.total, log.entries.length, log.entries[0].action], [2, 1, 'review_read'])
  })

  it('refuse what they do not know', async () => {
    const wrong: [path: string, errors: string][] = [
      ['reviews?status=new', '/status Status must be one of open, decided, withdrawn, obsolete.'],
      ['reviews?limit=0', '/limit Limit must be a whole number from 1 to 200.'],
      ['audit?offset=x', '/offset Offset must be a whole number from 0 to 999999999.'],
    ]
    for (const [path, errors] of wrong)
      assert.equal(errorsOf(await server.operate('GET', `/worlds/default/${path}`)), errors)
    for (const path of ['reviews', 'audit', `reviews/${randomUUID()}`])
      assert.equal((await server.operate('GET', `/worlds/${randomUUID()}/${path}`)).status, 404)
  })

  it('cannot be changed by the server’s role, the audit log', async () => {
    for (const statement of ['update audit_entries set action = action', 'delete from audit_entries'])
      await assert.rejects(server.pool.query(statement), /permission denied/)
  })

  it('are empty in a sandbox, which leaves nothing to a person', async () => {
    const sandbox = await startTestServer()
    try {
      const made = await (await sandbox.as()).post('/customers', wholes.personal)
      assert.equal(made.status, 201)
      for (const [path, body] of [
        ['reviews', { reviews: [], total: 0 }],
        ['audit', { entries: [], total: 0 }],
      ] as const)
        assert.deepEqual((await sandbox.operate('GET', `/worlds/default/${path}`)).body, body)
    } finally {
      await sandbox.stop()
    }
  })
})
