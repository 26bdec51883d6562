/** The bodies that `/openapi.json` tells of are those that the server takes. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { foreignAddress, owner, passport, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { startTestServer, type TestServer } from '../testing/harness.ts'
import { type Schema, schemaProblems } from '../testing/json-schema.ts'
import { publishedOperations } from '../testing/published-operations.ts'

type Body = { readonly [member: string]: unknown }

let server: TestServer
let bodies: Map<string, Schema | null>
before(async () => {
  server = await startTestServer()
  bodies = new Map((await publishedOperations(server.origin)).map(({ name, body }) => [name, body]))
})
after(() => server.stop())

const alternatives = (operation: string, keyword: 'oneOf' | 'anyOf'): (Schema & { title?: string })[] => {
  const listed = bodies.get(operation)?.[keyword]
  assert.ok(Array.isArray(listed) && listed.length > 1, operation)
  return listed
}

/** The titles of those alternatives that the body is, to the last member. */
const titlesOf = (listed: readonly (Schema & { title?: string })[], body: Body): string[] =>
  listed.filter((schema) => schemaProblems(schema, body).length === 0).map(({ title }) => title ?? '')

const { ssn: _, ...controller } = wholes.business.controller
const foreignerHere = { ...wholes.business, controller: { ...controller, passport } }
const fromAbroad = { ...wholes.business, controller: { ...controller, passport, address: foreignAddress } }

describe('the body of POST /customers', () => {
  const known: [body: Body, title: string][] = [
    [{ ...wholes.unverified, type: 'unverified' }, 'Unverified customer'],
    [wholes['receive-only'], 'Receive-only customer'],
    [wholes.personal, 'Personal customer'],
    [wholes.soleProprietorship, 'Sole proprietorship'],
    [wholes.business, 'Business'],
    [fromAbroad, 'Business with a controller from abroad'],
    [foreignerHere, 'Business with a controller from abroad'],
  ]

  it('is exactly one of those documented, for each kind, and there is no other', () => {
    const listed = alternatives('POST /customers', 'oneOf')
    for (const [body, title] of known) assert.deepEqual(titlesOf(listed, body), [title])
    assert.deepEqual(
      listed.map(({ title }) => title),
      [...new Set(known.map(([, title]) => title))],
    )
  })

  it('is none of those documented once something in it is wrong', () => {
    const listed = alternatives('POST /customers', 'oneOf')
    const { address, ...homeless } = wholes.business.controller
    const wrong: Body[] = [
      {},
      { ...wholes.personal, type: 'business' },
      { ...wholes.personal, state: 'PR' },
      { ...wholes.personal, ssn: '12345' },
      { ...wholes.personal, dateOfBirth: '1/31/1980' },
      { ...wholes.personal, controller },
      { ...wholes.soleProprietorship, businessType: 'trust' },
      { ...wholes.business, businessType: 'soleProprietorship' },
      { ...wholes.business, controller },
      { ...wholes.business, controller: homeless },
      { ...wholes.business, controller: undefined },
      { ...wholes.business, controller: { ...wholes.business.controller, passport } },
      { ...wholes.business, controller: { ...wholes.business.controller, address: { ...address, country: 'CA' } } },
      { ...fromAbroad, controller: { ...fromAbroad.controller, passport: { number: 'C1' } } },
    ]
    for (const body of wrong) assert.deepEqual(titlesOf(listed, body), [], JSON.stringify(body))
  })
})

describe('the body of POST /customers/{id}', () => {
  it('is documented for every job', () => {
    const listed = alternatives('POST /customers/{id}', 'anyOf')
    const { controller: __, ...alone } = wholes.business
    const jobs: [body: Body, title: string][] = [
      [{ status: 'deactivated' }, 'Change of status'],
      [{ type: 'unverified' }, 'Upgrade of a receive-only customer'],
      [{ firstName: 'Jane', businessName: 'Jane Corp' }, 'Edit of an unverified or receive-only customer'],
      [{ city: 'Some City', phone: '5155550100' }, 'Edit of a personal customer'],
      [{ website: 'https://www.example.com' }, 'Edit of a business'],
      [wholes.personal, 'Personal customer'],
      [wholes.soleProprietorship, 'Sole proprietorship'],
      [wholes.business, 'Business'],
      [fromAbroad, 'Business with a controller from abroad'],
      [alone, 'Business that keeps its controller'],
    ]
    for (const [body, title] of jobs) assert.ok(titlesOf(listed, body).includes(title), title)
    for (const { title = '' } of listed)
      assert.ok(
        jobs.some(([, job]) => job === title),
        title,
      )
    for (const body of [{ status: 'verified' }, { type: 'personal' }, { ssn: '1234' }])
      assert.deepEqual(titlesOf(listed, body), [])
  })
})

describe('the bodies about owners', () => {
  it('are exactly one of those documented, by how an owner is identified', () => {
    const { ssn: __, ...nobody } = owner
    for (const operation of ['POST /customers/{id}/beneficial-owners', 'POST /beneficial-owners/{id}']) {
      const listed = alternatives(operation, 'oneOf')
      assert.deepEqual(titlesOf(listed, owner), ['Owner with an SSN'])
      assert.deepEqual(titlesOf(listed, { ...nobody, passport }), ['Owner with a passport'])
      assert.deepEqual(titlesOf(listed, { ...nobody, passport, address: foreignAddress }), ['Owner with a passport'])
      for (const wrong of [nobody, { ...owner, passport }, { ...owner, ssn: '1234' }, { ...owner, address: undefined }])
        assert.deepEqual(titlesOf(listed, wrong), [], JSON.stringify(wrong))
    }
  })
})
