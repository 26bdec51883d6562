import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openCell } from '../../gate/sealed.ts'
import { type Loose, startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, errorsOf, type Kind, newWorld, topicsOf, whole } from './customers-fixture.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const asked = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
const place = { address1: '99-99 33rd St', address2: 'Apt 8', city: 'Some City', state: 'NY', postalCode: '11101' }
const reached = { phone: '5155550100', correlationId: 'c-1' }
const trade = {
  businessName: 'Jane Corp',
  doingBusinessAs: 'Jane Books',
  website: 'https://www.example.com',
  businessClassification: '9ed3f670-7d6f-11e3-b1ce-5404a6144203',
}
const address = {
  address1: '462 Main Street',
  address2: 'Suite 123',
  address3: 'Unit 123',
  city: 'Des Moines',
  stateProvinceRegion: 'IA',
  country: 'US',
  postalCode: '50309',
}
const controller = { firstName: 'John', lastName: 'Controller', title: 'CEO', address }
const created = '2026-11-23T14:00:00.000Z'

/** What is shown of each kind that gave all it can, but its links. */
const shown: { readonly [K in Kind]?: object } = {
  personal: { ...asked, type: 'personal', status: 'verified', created, ...place, ...reached },
  soleProprietorship: {
    ...asked,
    ...{ type: 'business', status: 'verified', created, ...place, ...reached, ...trade },
    businessType: 'soleProprietorship',
  },
  business: {
    ...asked,
    ...{ type: 'business', status: 'verified', created, ...place, ...reached, ...trade },
    ...{ businessType: 'llc', controller },
  },
}

/** What is sealed of each: its identity, and that of its controller. */
const sealed: { readonly [K in Kind]?: readonly [identity: unknown, controller: unknown] } = {
  unverified: [null, null],
  'receive-only': [null, null],
  personal: [{ ssn: '1234', dateOfBirth: '1980-01-31' }, null],
  soleProprietorship: [{ ssn: '1234', dateOfBirth: '1980-01-31', ein: '123456789' }, null],
  business: [{ ein: '123456789' }, { dateOfBirth: '1980-01-31', ssn: '1234' }],
}

type SealedRow = { id: string; sealed_identity: Buffer | null; sealed_controller: Buffer | null }

/** What is sealed in the customers of a world, opened. */
const opened = async (accountId: string): Promise<unknown[][]> => {
  const { rows } = await server.pool.query<SealedRow>(
    'select id, sealed_identity, sealed_controller from customers where account_id = $1 order by ordinal',
    [accountId],
  )
  return rows.map(({ id, ...columns }) =>
    Object.entries(columns).map(([column, bytes]) =>
      bytes === null ? null : JSON.parse(openCell(server.sealer, { accountId, table: 'customers', id, column }, bytes)),
    ),
  )
}

describe('POST /customers creates', () => {
  for (const [kind, expected] of Object.entries(shown))
    it(`a ${kind} customer with every field; its numbers and dates are not shown`, async () => {
      const { client } = await newWorld(server, { clock: { mode: 'frozen', set: created } })
      const path = await customerIn(client, kind as Kind, 'verified')
      const { _links, ...body } = (await client.get(path)).body
      assert.deepEqual(body, { id: path.split('/').at(-1), ...expected })
      assert.deepEqual(await topicsOf(client), ['customer_created', 'customer_verified'])
    })

  for (const [kind, expected] of Object.entries(sealed))
    it(`a ${kind} customer, and seals what identifies it`, async () => {
      const { accountId, client } = await newWorld(server)
      assert.equal((await client.post('/customers', whole(kind as Kind))).status, 201)
      assert.deepEqual(await opened(accountId), [expected])
    })

  it('a controller with a passport and an address abroad', async () => {
    const { accountId, client } = await newWorld(server)
    const abroad = { address1: '1 Rideau', city: 'Ottawa', stateProvinceRegion: 'ON', country: 'CA' }
    const foreigner = {
      ...{ firstName: 'Jean', lastName: 'Martin', title: 'Président', dateOfBirth: '1980-01-31', address: abroad },
      passport: { number: 'C00001549', country: 'CA' },
    }
    const { location } = await client.post('/customers', whole('business', {}, { controller: foreigner }))
    assert.deepEqual((await client.get(location ?? '')).body['controller'], {
      ...{ firstName: 'Jean', lastName: 'Martin', title: 'Président', address: abroad },
    })
    const [[, identity] = []] = await opened(accountId)
    assert.deepEqual(identity, { dateOfBirth: '1980-01-31', passport: { number: 'C00001549', country: 'CA' } })
  })

  it('each with the required fields alone, and leaves out what was not given', async () => {
    const { client } = await newWorld(server)
    const optional = ['address2', 'ipAddress', 'phone', 'correlationId', 'doingBusinessAs', 'website', 'address3']
    const without = (body: object): object =>
      Object.fromEntries(
        Object.entries(body)
          .filter(([name]) => !optional.includes(name))
          .map(([name, value]) => [name, typeof value === 'object' ? without(value) : value]),
      )
    for (const kind of ['personal', 'soleProprietorship', 'business'] as const) {
      const body = without({ ...whole(kind), email: `${kind}@example.com` })
      const { ein: _, ...bare } = body as { ein?: string }
      const { location } = await client.post('/customers', kind === 'soleProprietorship' ? bare : body)
      const { text } = await client.get(location ?? '')
      for (const name of optional) assert.ok(!text.includes(`"${name}"`), `${kind} ${name}`)
      assert.ok(!text.includes('null'), kind)
    }
  })

  it('and neither an answer, an event nor a log has a number or a date of birth', async () => {
    const quiet = await startTestServer()
    const { client } = await newWorld(quiet)
    const secrets = { ssn: '918-27-3645', dateOfBirth: '1971-02-03', ein: '56-4738291' }
    const numbers = ['918-27-3645', '918273645', '1971-02-03', '56-4738291', '564738291', '837465921', '1972-03-04']
    const person = { ...wholeController(), ssn: '837465921', dateOfBirth: '1972-03-04' }
    for (const kind of ['personal', 'soleProprietorship', 'business'] as const) {
      const body = { ...whole(kind), email: `${kind}@example.com`, correlationId: kind, ...secrets }
      const more = kind === 'business' ? { controller: person } : {}
      const made = await client.post('/customers', { ...body, ...more })
      assert.equal(made.status, 201, made.text)
      const refused = await client.post('/customers', { ...body, ...more, email: 'x' })
      const texts = [refused.text, (await client.get(made.location ?? '')).text, (await client.get('/events')).text]
      for (const number of numbers)
        for (const text of [...texts, quiet.logged()]) assert.ok(!text.includes(number), number)
    }
    await quiet.stop()
  })
})

const wholeController = (): Loose => (whole('business') as { controller: Loose }).controller

describe('the sandbox is steered by names', () => {
  const steered = textTable(
    ['kind', 'firstName', 'businessName', 'controller', 'status', 'links', 'topics', 'errors'],
    `
    personal           | verified  | -        | -         | verified  | -                                            | customer_verified                       | -
    personal           | retry     | -        | -         | retry     | retry-verification                           | customer_reverification_needed          | -
    personal           | Retry     | -        | -         | retry     | retry-verification                           | customer_reverification_needed          | -
    personal           | kba       | -        | -         | kba       | -                                            | customer_kba_verification_needed        | -
    personal           | document  | -        | -         | document  | verify-with-document                         | customer_verification_document_needed   | -
    personal           | suspended | -        | -         | suspended | -                                            | customer_suspended                      | -
    soleProprietorship | Jane      | Any      | -         | verified  | -                                            | customer_verified                       | -
    soleProprietorship | retry     | Any      | -         | retry     | retry-verification                           | customer_reverification_needed          | -
    soleProprietorship | kba       | Any      | -         | verified  | -                                            | customer_verified                       | -
    soleProprietorship | document  | Any      | -         | document  | verify-with-document                         | customer_verification_document_needed   | -
    soleProprietorship | suspended | Any      | -         | suspended | -                                            | customer_suspended                      | -
    soleProprietorship | Jane      | retry    | -         | retry     | retry-verification                           | customer_reverification_needed          | -
    soleProprietorship | Jane      | document | -         | document  | verify-business-with-document                | customer_verification_document_needed   | -
    soleProprietorship | document  | document | -         | document  | verify-controller-and-business-with-document | customer_verification_document_needed   | -
    business           | retry     | Any      | Jo        | verified  | -                                            | customer_verified                       | -
    business           | document  | Any      | Jo        | verified  | -                                            | customer_verified                       | -
    business           | Jane      | retry    | Jo        | retry     | retry-verification                           | customer_reverification_needed          | -
    business           | Jane      | Any      | retry     | retry     | retry-verification retry-with-full-ssn       | customer_reverification_needed          | Required "Full SSN required" "" retry-with-full-ssn
    business           | Jane      | Any      | document  | document  | verify-with-document                         | customer_verification_document_needed   | -
    business           | Jane      | document | Jo        | document  | verify-business-with-document                | customer_verification_document_needed   | -
    business           | Jane      | document | document  | document  | verify-controller-and-business-with-document | customer_verification_document_needed   | -
    business           | Jane      | Any      | suspended | suspended | -                                            | customer_suspended                      | -
    `,
  )
  for (const { kind, firstName, businessName, controller: name, ...expected } of steered)
    it(`${kind}: ${firstName}, ${businessName}, ${name} come to ${expected.status}`, async () => {
      const { client } = await newWorld(server)
      const names = {
        firstName,
        ...(businessName === '-' ? {} : { businessName }),
        ...(name === '-' ? {} : { controller: name }),
      }
      const { location } = await client.post('/customers', whole(kind as Kind, names))
      const { body } = await client.get(location ?? '')
      assert.equal(body['status'], expected.status)
      const links = Object.keys(body['_links'] ?? {}).filter((rel) => /^(retry|verify)-(?!beneficial)/.test(rel))
      assert.equal(links.join(' ') || '-', expected.links)
      assert.deepEqual(await topicsOf(client), ['customer_created', expected.topics])
      const errors = (body['_embedded']?.['errors'] ?? []) as unknown as Record<string, string>[]
      const told = errors.map((e) => `${e['code']} "${e['message']}" "${e['path']}" ${Object.keys(e['_links'] ?? {})}`)
      assert.equal(told.join() || '-', expected.errors)
    })
})

describe('POST /customers answers 400', () => {
  /** Of each kind, one body wrong in each way; a member of `controller` is merged into it. */
  const table = textTable(
    ['kind', 'body', 'error'],
    `
    personal           | {"address1":null}                          | Required /address1 Address1 required.
    personal           | {"address1":"PO Box 7"}                    | NotAllowed /address1 Address1 value not allowed.
    personal           | {"address2":"P.O. Box 7"}                  | NotAllowed /address2 Address2 value not allowed.
    personal           | {"city":"Area 51"}                         | InvalidFormat /city City invalid.
    personal           | {"state":"ny"}                             | Invalid /state State invalid.
    personal           | {"state":"PR"}                             | Invalid /state State invalid.
    personal           | {"postalCode":"1110"}                      | InvalidFormat /postalCode PostalCode invalid.
    personal           | {"dateOfBirth":""}                         | Required /dateOfBirth DateOfBirth required.
    personal           | {"dateOfBirth":"31.01.1980"}               | InvalidFormat /dateOfBirth DateOfBirth invalid.
    personal           | {"dateOfBirth":"1980-02-30"}               | InvalidFormat /dateOfBirth DateOfBirth invalid.
    personal           | {"dateOfBirth":"2008-11-24"}               | NotAllowed /dateOfBirth DateOfBirth value not allowed.
    personal           | {"ssn":null}                               | Required /ssn Ssn required.
    personal           | {"ssn":"123"}                              | InvalidFormat /ssn Ssn invalid.
    personal           | {"ssn":1234}                               | Invalid /ssn Ssn invalid.
    soleProprietorship | {"businessName":null}                      | Required /businessName BusinessName required.
    soleProprietorship | {"businessType":null}                      | Required /businessType BusinessType required.
    soleProprietorship | {"businessType":"soleproprietorship"}      | Invalid /businessType BusinessType invalid.
    soleProprietorship | {"businessClassification":null}            | Required /businessClassification BusinessClassification required.
    soleProprietorship | {"businessClassification":"books"}         | InvalidFormat /businessClassification BusinessClassification invalid.
    business           | {"businessClassification":"9ed3f669-7d6f-11e3-b545-5404a6144203"} | Invalid /businessClassification BusinessClassification invalid.
    business           | {"businessClassification":"00000000-0000-4000-8000-000000000000"} | Invalid /businessClassification BusinessClassification invalid.
    soleProprietorship | {"dateOfBirth":"1900-01-01"}               | NotAllowed /dateOfBirth DateOfBirth value not allowed.
    soleProprietorship | {"ssn":"1234567890"}                       | InvalidFormat /ssn Ssn invalid.
    soleProprietorship | {"ein":"12345678"}                         | InvalidFormat /ein Ein invalid.
    soleProprietorship | {"website":"www.example.com"}              | InvalidFormat /website Website invalid.
    business           | {"ein":null}                               | Required /ein Ein required.
    business           | {"doingBusinessAs":"<b>"}                  | InvalidFormat /doingBusinessAs DoingBusinessAs invalid.
    business           | {"controller":null}                        | Required /controller Controller required.
    business           | {"controller":"John"}                      | Invalid /controller Controller invalid.
    business           | {"controller":{"title":null}}              | Required /controller/title Title required.
    business           | {"controller":{"firstName":"§51"}}         | InvalidFormat /controller/firstName FirstName must be 50 or fewer characters.
    business           | {"controller":{"dateOfBirth":"2010-01-01"}} | NotAllowed /controller/dateOfBirth DateOfBirth value not allowed.
    business           | {"controller":{"ssn":null}}                | Required /controller/ssn Ssn required.
    business           | {"controller":{"ssn":"12"}}                | InvalidFormat /controller/ssn Ssn invalid.
    business           | {"controller":{"passport":{"number":"1"}}} | NotAllowed /controller/passport Give either an SSN or a passport, not both.
    business           | {"controller":{"ssn":null,"passport":{"country":"CA"}}} | Required /controller/passport/number Number required.
    business           | {"controller":{"address":null}}            | Required /controller/address Address required.
    business           | {"controller":{"address":{"country":"US"}}} | Required /controller/address/address1 Address1 required.
    business           | {"controller":{"address":{"country":"XX","address1":"1 A","city":"B","stateProvinceRegion":"CC"}}} | Invalid /controller/address/country Country invalid.
    `,
  )
  it('to each field that is missing or wrong, and writes nothing', async () => {
    const { accountId, client } = await newWorld(server, { clock: { mode: 'frozen', set: '2026-11-23T23:59:59.999Z' } })
    const before = await storedRows(server.pool, accountId)
    for (const { kind, body, error } of table) {
      const { controller: person, ...patch } = JSON.parse(
        body.replaceAll(/§(\d+)/g, (_, length) => 'x'.repeat(Number(length))),
      )
      const merged =
        typeof person === 'object' && person !== null ? { ...wholeController(), ...person } : (person ?? null)
      const sent = { ...whole(kind as Kind), ...patch, ...(body.includes('controller') ? { controller: merged } : {}) }
      const errors = errorsOf(await client.post('/customers', sent), body)
      assert.equal(errors[0], error, body)
      if (!body.includes('{"country":"US"}')) assert.equal(errors.length, 1, body)
    }
    assert.deepEqual(await storedRows(server.pool, accountId), before)
  })

  it('counting ages on the world’s day: who is 17 today is 18 tomorrow', async () => {
    const { client, id } = await newWorldWithId('2026-11-23T23:59:59.999Z')
    const born = whole('personal', {}, { dateOfBirth: '2008-11-24' })
    assert.deepEqual(errorsOf(await client.post('/customers', born)), [
      'NotAllowed /dateOfBirth DateOfBirth value not allowed.',
    ])
    await server.operate('POST', `/worlds/${id}/clock`, { advance: 'PT1S' })
    assert.equal((await client.post('/customers', born)).status, 201)
  })

  it('to an e-mail address and a correlation id that a customer of another kind has', async () => {
    const { client } = await newWorld(server)
    const { location } = await client.post('/customers', whole('unverified'))
    for (const kind of ['personal', 'soleProprietorship', 'business'] as const) {
      const answer = await client.post('/customers', whole(kind))
      assert.deepEqual(errorsOf(answer), [
        'Duplicate /email A customer with the specified email already exists.',
        'Duplicate /correlationId A customer with the specified correlationId already exists.',
      ])
      const [entry] = JSON.parse(answer.text)._embedded.errors
      assert.equal(entry._links.about.href, location)
    }
  })
})

const newWorldWithId = async (set: string) => {
  const { id, application } = await server.newWorld({ clock: { mode: 'frozen', set } })
  return { id, client: await server.as(application) }
}
