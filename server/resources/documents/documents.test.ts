/** Documents about customers: when they are wanted, what becomes of them, and which are refused. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { aDocumentCustomer, fileOf, rawForm, upload } from '../../testing/forms.ts'
import { type Answer, type Client, clientWith, startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
const [success, failure] = ['test-document-upload-success.png', 'test-document-upload-fail.png']

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = await server.as()
})
after(() => server.stop())

const address = { address1: '1 Main St', city: 'Des Moines', state: 'IA', postalCode: '50309' }
const birth = { dateOfBirth: '1970-01-01', ssn: '1234' }

const aBusiness = (names: { businessName: string; firstName: string }): Promise<string> =>
  aDocumentCustomer(client, {
    ...{ type: 'business', firstName: 'Admin', dateOfBirth: undefined, ssn: undefined },
    ...{ businessName: names.businessName, businessType: 'llc', ein: '00-0000001' },
    businessClassification: '9ed3f670-7d6f-11e3-b1ce-5404a6144203',
    controller: {
      ...{ firstName: names.firstName, lastName: 'Controls', title: 'CEO', ...birth },
      address: { ...address, state: undefined, stateProvinceRegion: 'IA', country: 'US' },
    },
  })

const statusOf = async (customer: string): Promise<string> => String((await client.get(customer)).body['status'])

/** The topics told of a customer, the oldest first. */
const topicsOf = async (customer: string): Promise<string[]> => {
  const { _embedded } = JSON.parse((await client.get('/events?limit=200')).text)
  return _embedded.events
    .filter((event: { resourceId: string }) => customer.endsWith(event.resourceId))
    .map(({ topic }: { topic: string }) => topic.replace('customer_', ''))
    .reverse()
}

const shown = async (location: string | null) => {
  const { _links, id, created, ...document } = JSON.parse((await client.get(location ?? '')).text)
  assert.ok(location?.endsWith(id) && _links.self.href === location)
  assert.ok(!Number.isNaN(Date.parse(created)))
  return document
}

describe('a document', () => {
  test('of any other name stays pending, and its customer waits', async () => {
    const customer = await aDocumentCustomer(client)
    const { status, location, text } = await upload(client, `${customer}/documents`, { documentType: 'passport' })
    assert.deepEqual([status, text], [201, ''])
    assert.match(new URL(location ?? '').pathname, new RegExp(`^/documents/${uuid.source}$`))
    assert.deepEqual(await shown(location), {
      status: 'pending',
      type: 'passport',
      documentVerificationStatus: 'pending',
    })
    assert.equal(await statusOf(customer), 'document')
    assert.deepEqual(await topicsOf(customer), [
      'created',
      'verification_document_needed',
      'verification_document_uploaded',
    ])
  })

  test('that passes verifies its customer', async () => {
    const customer = await aDocumentCustomer(client)
    const { location } = await upload(client, `${customer}/documents`, { name: success })
    assert.deepEqual(await shown(location), {
      status: 'reviewed',
      type: 'license',
      documentVerificationStatus: 'accepted',
    })
    assert.equal(await statusOf(customer), 'verified')
    assert.deepEqual((await topicsOf(customer)).slice(2), [
      'verification_document_uploaded',
      'verification_document_approved',
      'verified',
    ])
  })

  test('that fails says why, and another is wanted', async () => {
    const customer = await aDocumentCustomer(client)
    const { location } = await upload(client, `${customer}/documents`, { name: failure, documentType: 'idCard' })
    assert.deepEqual(await shown(location), {
      status: 'reviewed',
      type: 'idCard',
      documentVerificationStatus: 'rejected',
      failureReason: 'ScanNotReadable',
      allFailureReasons: [{ reason: 'ScanNotReadable', description: 'Image blurry, too dark, or obscured by glare' }],
    })
    assert.equal(await statusOf(customer), 'document')
    assert.deepEqual((await topicsOf(customer)).slice(2), [
      'verification_document_uploaded',
      'verification_document_failed',
    ])
    assert.equal((await upload(client, `${customer}/documents`, { name: success })).status, 201)
    assert.equal(await statusOf(customer), 'verified')
  })

  test('settles what it is about: IDs the controller, other papers the business', async () => {
    const cases = textTable(
      ['business', 'controller', 'uploads', 'status'],
      `
      document | Jane     | license       | document
      document | Jane     | other         | verified
      Jane Inc | document | other         | document
      Jane Inc | document | passport      | verified
      document | document | other         | document
      document | document | license       | document
      document | document | license other | verified
      document | document | other idCard  | verified
      `,
    )
    for (const { business, controller, uploads, status } of cases) {
      const customer = await aBusiness({ businessName: business, firstName: controller })
      for (const documentType of uploads.split(' '))
        assert.equal((await upload(client, `${customer}/documents`, { documentType, name: success })).status, 201)
      assert.equal(await statusOf(customer), status, `${business} ${controller} ${uploads}`)
    }
  })

  test('is listed with its customer’s, the newest first', async () => {
    const customer = await aDocumentCustomer(client)
    assert.equal((await client.get(`${customer}/documents`)).body['total'], 0)
    const made: (string | null)[] = []
    for (const documentType of ['passport', 'license', 'idCard'])
      made.unshift((await upload(client, `${customer}/documents`, { documentType })).location)
    const list = JSON.parse((await client.get(`${customer}/documents`)).text)
    assert.equal(list.total, 3)
    assert.deepEqual(list._links, {
      self: { href: `${server.origin}${customer}/documents`, type: halType, 'resource-type': 'document' },
    })
    const each = await Promise.all(made.map(async (location) => JSON.parse((await client.get(location ?? '')).text)))
    assert.deepEqual(list._embedded.documents, each)
  })
})

describe('an upload is refused', () => {
  const refused = ({ status, body }: Answer) => [status, body['code'], body['message']]
  const stateRefusal = [
    403,
    'invalidResourceState',
    'Resource cannot be modified. Document creation not allowed for already verified Customers or non-verified Customer types.',
  ]

  test('unless documents are wanted of the customer', async () => {
    const customers: { [what: string]: string } = {
      unverified: await aDocumentCustomer(client, { type: 'unverified', ssn: undefined, dateOfBirth: undefined }),
      verified: await aDocumentCustomer(client, { firstName: 'Jane' }),
      retry: await aDocumentCustomer(client, { firstName: 'retry' }),
      kba: await aDocumentCustomer(client, { firstName: 'kba' }),
      suspended: await aDocumentCustomer(client, { firstName: 'suspended' }),
      deactivated: await aDocumentCustomer(client),
    }
    await client.post(customers['deactivated'] ?? '', { status: 'deactivated' })
    for (const [status, customer] of Object.entries(customers)) {
      assert.equal(await statusOf(customer), status)
      assert.deepEqual(refused(await upload(client, `${customer}/documents`)), stateRefusal, status)
      assert.equal((await client.get(`${customer}/documents`)).body['total'], 0)
    }
  })

  test('of a customer that nobody has', async () => {
    const path = `/customers/${randomUUID()}/documents`
    assert.deepEqual(refused(await upload(client, path)), [404, 'notFound', 'Customer not found. Check CustomerId.'])
    assert.deepEqual(refused(await client.get(path)), [404, 'NotFound', 'The requested resource was not found.'])
  })

  test('when the kind of file does not fit: PDFs are papers of a business', async () => {
    const business = await aBusiness({ businessName: 'document', firstName: 'document' })
    const person = await aDocumentCustomer(client)
    const cases = textTable(
      ['of', 'file', 'type', 'status'],
      `
      person   | pdf  | passport | 400
      person   | pdf  | other    | 400
      person   | jpeg | other    | 201
      person   | jpeg | passport | 201
      business | pdf  | license  | 400
      business | pdf  | other    | 201
      business | jpeg | other    | 201
      business | png  | idCard   | 201
      `,
    )
    for (const { of, file, type, status } of cases) {
      const path = `${of === 'person' ? person : business}/documents`
      const answer = await upload(client, path, { documentType: type, file: fileOf(file as 'pdf') })
      assert.equal(answer.status, Number(status), `${of} ${file} ${type}`)
      if (answer.status === 400)
        assert.deepEqual(refused(answer), [
          400,
          'invalidFileType',
          'File types supported: Personal IDs - .jpg, .jpeg or .png. Business Documents - .jpg, .jpeg, .png, or .pdf.',
        ])
    }
  })

  test('when the customer has the same file already, with a link to the document it is', async () => {
    const [customer, another] = [await aDocumentCustomer(client), await aDocumentCustomer(client)]
    const file = fileOf('png')
    const { location } = await upload(client, `${customer}/documents`, { file })
    for (const more of [{}, { name: success }, { documentType: 'passport' }]) {
      const { status, body } = await upload(client, `${customer}/documents`, { file, ...more })
      assert.equal(status, 400)
      assert.deepEqual(body, {
        code: 'DuplicateResource',
        message: 'Document already exists.',
        _links: { about: { href: location, type: halType, 'resource-type': 'document' } },
      })
    }
    assert.equal((await upload(client, `${another}/documents`, { file })).status, 201)
  })

  test('while four wait for their review', async () => {
    const customer = await aDocumentCustomer(client)
    const path = `${customer}/documents`
    const answers = await Promise.all(Array.from({ length: 9 }, () => upload(client, path)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 4)
    for (const answer of answers.filter(({ status }) => status !== 201))
      assert.deepEqual(refused(answer), [
        400,
        'maximumNumberOfResources',
        'Max of four files upload allowed. Please wait for Dwolla to manually check the documents.',
      ])
    assert.equal((await client.get(path)).body['total'], 4)
  })

  test('however many were reviewed before', async () => {
    const customer = await aDocumentCustomer(client)
    for (let time = 0; time < 6; time++)
      assert.equal((await upload(client, `${customer}/documents`, { name: failure })).status, 201)
  })
})

test('the same file at once is taken once, and one file is kept of it', async () => {
  const customer = await aDocumentCustomer(client)
  const filesNow = () => readdirSync(`${server.filesFolder}/${server.world.accountId}`).length
  const [file, before] = [fileOf('png'), filesNow()]
  const answers = await Promise.all(Array.from({ length: 8 }, () => upload(client, `${customer}/documents`, { file })))
  const made = answers.filter(({ status }) => status === 201)
  assert.equal(made.length, 1)
  for (const { status, body } of answers.filter((answer) => answer !== made[0]))
    assert.deepEqual([status, body['_links']?.['about']?.['href']], [400, made[0]?.location])
  assert.equal(filesNow(), before + 1)
})

test('an upload with an Idempotency-Key is done once, whatever separates the parts of its form', async () => {
  const customer = await aDocumentCustomer(client)
  const file = fileOf('png')
  const key = { 'idempotency-key': 'an-upload' }
  const first = await upload(client, `${customer}/documents`, { file }, key)
  assert.equal(first.status, 201)
  const filesNow = () => readdirSync(`${server.filesFolder}/${server.world.accountId}`).length
  const before = filesNow()
  for (let time = 0; time < 3; time++) {
    const again = await upload(client, `${customer}/documents`, { file }, key)
    assert.deepEqual([again.status, again.location], [201, first.location])
  }
  const other = await upload(client, `${customer}/documents`, {}, key)
  assert.equal(other.status, 201)
  assert.notEqual(other.location, first.location)
  assert.equal((await client.get(`${customer}/documents`)).body['total'], 2)
  assert.equal(filesNow(), before + 1)
})

describe('a client token to upload with', () => {
  const mint = async (action: string, customer: string): Promise<Client> => {
    const { body } = await client.post('/client-tokens', { action, _links: { customer: { href: customer } } })
    return clientWith(server.origin, String(body['token']))
  }

  test('is used up by an upload and by what is wrong with its content, and by nothing before that', async () => {
    const tooLarge = { file: fileOf('png', Buffer.alloc(11 * 1024 * 1024)) }
    const broken = rawForm('x', [
      { headers: 'content-disposition: form-data; name="file"; filename="a"', content: 'a' },
    ])
    const calls: { [what: string]: (browser: Client, path: string) => Promise<Answer> } = {
      'a JSON body': (browser, path) => browser.post(path, {}),
      'a form that breaks off': (browser, path) =>
        browser.post(path, broken.subarray(0, 60).toString(), { 'content-type': 'multipart/form-data; boundary=x' }),
      'a file that is too large': (browser, path) => upload(browser, path, tooLarge),
      'another customer': async (browser) => upload(browser, `${await aDocumentCustomer(client)}/documents`),
      'a wrong type': (browser, path) => upload(browser, path, { documentType: 'visa' }),
      'no file': (browser, path) => upload(browser, path, { file: null }),
      'no picture': (browser, path) => upload(browser, path, { file: 'text' }),
      'an upload': (browser, path) => upload(browser, path),
    }
    const expected = textTable(
      ['what', 'status', 'then'],
      `
      a JSON body              | 415 | 201
      a form that breaks off   | 400 | 201
      a file that is too large | 413 | 201
      another customer         | 403 | 201
      a wrong type             | 400 | 401
      no file                  | 400 | 401
      no picture               | 400 | 401
      an upload                | 201 | 401
      `,
    )
    assert.deepEqual(
      expected.map(({ what }) => what),
      Object.keys(calls),
    )
    for (const { what, status, then } of expected) {
      const customer = await aDocumentCustomer(client)
      const browser = await mint('customer.documents.create', customer)
      const answer = await calls[what]?.(browser, `${customer}/documents`)
      assert.equal(answer?.status, Number(status), `${what}: ${answer?.text}`)
      assert.equal((await upload(browser, `${customer}/documents`)).status, Number(then), `${what}, then`)
    }
  })

  test('lists nothing, and one to list uploads nothing', async () => {
    const customer = await aDocumentCustomer(client)
    const path = `${customer}/documents`
    const { location } = await upload(client, path)
    const [create, read] = [
      await mint('customer.documents.create', customer),
      await mint('customer.documents.read', customer),
    ]
    assert.equal((await create.get(path)).status, 401)
    assert.equal((await upload(read, path)).status, 401)
    for (const browser of [create, read]) assert.equal((await browser.get(location ?? '')).status, 401)
    assert.equal((await read.get(path)).body['total'], 1)
    assert.equal((await upload(create, path)).status, 201)
  })
})
