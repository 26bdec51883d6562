import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import { controllerAddress, owner, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import type { Credentials } from '../server/oauth/credentials.ts'
import { fileOf, rawForm } from '../server/testing/forms.ts'
import { startTestServer, type TestServer } from '../server/testing/harness.ts'
import { callAsBrowser } from './browser-call.ts'
import { embedded, type NodeClient, nodeClient, type Reply, refused } from './node-client.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const clientOf = (credentials: Credentials): NodeClient => nodeClient(server, credentials)

const newClient = async (): Promise<NodeClient> => clientOf((await server.newWorld()).application)

const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }

test('dwolla-v2 goes from its token to a client token that a browser uses once', async () => {
  const dwolla = await newClient()
  const root = await dwolla.get('/')
  assert.equal(root.status, 200)
  const account = await dwolla.get(String(root.body['_links']?.['account']?.['href']))
  assert.equal(account.body['_links']?.['self']?.['href'], root.body['_links']?.['account']?.['href'])

  const created = await dwolla.post('customers', jane)
  assert.equal(created.status, 201)
  assert.equal(created.body, '', 'a 201 has no body')
  const url = created.headers.get('location') ?? ''
  const customer = await dwolla.get(url)
  const { firstName, lastName, email, type, status } = customer.body
  assert.deepEqual({ firstName, lastName, email, type, status }, { ...jane, type: 'unverified', status: 'unverified' })
  assert.equal(customer.headers.get('content-type'), `${halType}; charset=UTF-8`)

  const edited = await dwolla.post(url, { lastName: 'Trader' })
  assert.equal(edited.status, 200)
  assert.equal(edited.body['lastName'], 'Trader')
  assert.deepEqual((await dwolla.get(customer.body)).body, edited.body, 'a resource is a path to itself')

  const minted = await dwolla.post('/client-tokens', {
    _links: { customer: { href: url } },
    action: 'customer.update',
  })
  assert.equal(minted.status, 200)
  const token = String(minted.body['token'])
  const used = await callAsBrowser({ token, method: 'POST', url }, { firstName: 'Joan' })
  assert.deepEqual([used.status, used.body['firstName']], [200, 'Joan'])
  const again = await callAsBrowser({ token, method: 'POST', url }, { firstName: 'June' })
  assert.deepEqual([again.status, again.body['code']], [401, 'InvalidAccessToken'])
  assert.equal((await dwolla.get(url)).body['firstName'], 'Joan')
})

test('dwolla-v2 creates, upgrades and retries customers of every kind, and reads each', async () => {
  const dwolla = await newClient()
  for (const [kind, whole] of Object.entries(wholes)) {
    const body = { ...whole, email: `${kind}@example.com`, correlationId: kind }
    const { headers } = await dwolla.post('customers', body)
    const customer = await dwolla.get(headers.get('location') ?? '')
    const isChecked = kind !== 'unverified' && kind !== 'receive-only'
    assert.equal(customer.body['status'], isChecked ? 'verified' : 'unverified')
    assert.equal(customer.body['businessType'], 'businessType' in whole ? whole.businessType : undefined)
    assert.equal(customer.body['controller']?.['firstName'], kind === 'business' ? 'John' : undefined)
  }

  const url = (await dwolla.post('customers', jane)).headers.get('location') ?? ''
  const { correlationId: _, ...business } = { ...wholes.business, email: jane.email }
  const retry = await dwolla.post(url, { ...business, controller: { ...business.controller, firstName: 'Retry' } })
  assert.equal(retry.body['status'], 'retry')
  const [problem] = embedded(retry, 'errors')
  assert.equal(problem?.['message'], 'Full SSN required')
  const target = String(problem?.['_links']?.['retry-with-full-ssn']?.['href'])
  const fixed = await dwolla.post(target, { ...business, controller: { ...business.controller, ssn: '123-45-6789' } })
  assert.deepEqual(
    [fixed.body['status'], fixed.body['type'], fixed.body['_embedded']],
    ['verified', 'business', undefined],
  )

  const again = await refused(dwolla.post(url, { ...business, businessName: 'Other' }))
  assert.deepEqual([again.status, again.body['code']], [400, 'ValidationError'])
  const downgraded = await refused(dwolla.post(url, { type: 'unverified' }))
  assert.deepEqual([downgraded.status, downgraded.body['code']], [403, 'InvalidResourceState'])
  const verified = await dwolla.get('customers', { status: ['verified', 'retry'], search: 'jane' })
  assert.equal(verified.body['total'], 4)
})

/** A form as the package form-data gives it to the client: a stream that knows what separates its parts. */
const formOf = (parts: Parameters<typeof rawForm>[1]): object =>
  Object.assign(Readable.from([rawForm('frontier', parts)]), {
    getBoundary: () => 'frontier',
    getHeaders: () => ({ 'content-type': 'multipart/form-data; boundary=frontier' }),
  })

test('dwolla-v2 uploads documents, and is told why when it cannot', async () => {
  const dwolla = await newClient()
  const { headers } = await dwolla.post('customers', { ...wholes.personal, firstName: 'Document' })
  const url = headers.get('location') ?? ''
  const form = (name: string, content: Buffer) =>
    formOf([
      { headers: `content-disposition: form-data; name="file"; filename="${name}"`, content },
      { headers: 'content-disposition: form-data; name="documentType"', content: 'license' },
    ])
  const file = fileOf('jpeg')
  const uploaded = await dwolla.post(`${url}/documents`, form('mclovin.jpg', file))
  assert.deepEqual([uploaded.status, uploaded.body], [201, ''])
  const location = uploaded.headers.get('location') ?? ''
  assert.equal((await dwolla.get(location)).body['documentVerificationStatus'], 'pending')

  const again = await refused(dwolla.post(`${url}/documents`, form('mclovin.jpg', file)))
  assert.deepEqual([again.status, again.body['code']], [400, 'DuplicateResource'])
  assert.equal(again.body['_links']?.['about']?.['href'], location)
  const passed = form('test-document-upload-success.png', fileOf('png'))
  assert.equal((await dwolla.post(`${url}/documents`, passed)).status, 201)
  const late = await refused(dwolla.post(`${url}/documents`, form('late.png', fileOf('png'))))
  assert.deepEqual([late.status, late.body['code']], [403, 'invalidResourceState'])
  assert.equal((await dwolla.get(url)).body['status'], 'verified')
  assert.equal(embedded(await dwolla.get(`${url}/documents`), 'documents').length, 2)
})

test('dwolla-v2 names the owners of a business, certifies them, and removes one', async () => {
  const dwolla = await newClient()
  const url = (await dwolla.post('customers', wholes.business)).headers.get('location') ?? ''
  const add = async (firstName: string) =>
    (await dwolla.post(`${url}/beneficial-owners`, { ...owner, firstName })).headers.get('location') ?? ''
  const olive = await add('Olive')
  const retrying = await add('incomplete')
  const read = (await dwolla.get(olive)).body
  assert.deepEqual([read['firstName'], read['verificationStatus']], ['Olive', 'verified'])
  assert.deepEqual(read['address'], controllerAddress)
  assert.equal((await dwolla.get(retrying)).body['_links']?.['retry-verification']?.['href'], retrying)
  assert.equal((await dwolla.post(retrying, owner)).body['verificationStatus'], 'verified')
  const again = await refused(dwolla.post(retrying, owner))
  assert.deepEqual([again.status, again.body['code']], [403, 'InvalidResourceState'])
  const ownership = `${url}/beneficial-ownership`
  assert.equal((await dwolla.post(ownership, { status: 'certified' })).body['status'], 'certified')
  const removed = await dwolla.delete(retrying)
  assert.deepEqual([removed.status, removed.body['id']], [200, retrying.split('/').at(-1)])
  assert.equal((await refused(dwolla.get(retrying))).status, 404)
  assert.equal((await dwolla.get(ownership)).body['status'], 'recertify')
  assert.equal(embedded(await dwolla.get(`${url}/beneficial-owners`), 'beneficial-owners').length, 1)
  const exempt = (await dwolla.post('customers', { ...jane, email: 'eve@example.com' })).headers.get('location') ?? ''
  assert.equal((await refused(dwolla.post(`${exempt}/beneficial-owners`, owner))).body['code'], 'Forbidden')
})

test('dwolla-v2 follows the pages of a list, searches it and filters it by several statuses', async () => {
  const dwolla = await newClient()
  const urls: string[] = []
  for (const name of ['Ada', 'Bea', 'Cleo', 'Dora', 'Eve']) {
    const body = { firstName: name, lastName: 'Lovelace', email: `${name}@example.com`.toLowerCase() }
    urls.push((await dwolla.post('customers', body)).headers.get('location') ?? '')
  }
  await dwolla.post(urls[0] ?? '', { status: 'suspended' })
  await dwolla.post(urls[1] ?? '', { status: 'deactivated' })

  const names = (list: Reply) => embedded(list, 'customers').map((customer) => String(customer['firstName']))
  const pages: string[][] = []
  let page: Reply | null = await dwolla.get('customers', { limit: 2 })
  while (page) {
    assert.equal(page.body['total'], 5)
    pages.push(names(page))
    const next: unknown = page.body['_links']?.['next']?.['href']
    page = next ? await dwolla.get(String(next)) : null
  }
  assert.deepEqual(pages, [['Eve', 'Dora'], ['Cleo', 'Bea'], ['Ada']])
  assert.deepEqual(names(await dwolla.get('customers', { search: 'leo' })), ['Cleo'])
  assert.deepEqual(names(await dwolla.get('customers', { email: 'DORA@example.com' })), ['Dora'])
  const stopped = await dwolla.get('customers', { status: ['suspended', 'deactivated'] })
  assert.deepEqual(names(stopped), ['Bea', 'Ada'])
})

test('dwolla-v2 reads the event that a new customer leaves', async () => {
  const dwolla = await newClient()
  const url = (await dwolla.post('customers', jane)).headers.get('location')
  const events = await dwolla.get('events')
  assert.equal(events.body['total'], 1)
  const [event] = embedded(events, 'events')
  const own = await dwolla.get(String(event?.['_links']?.['self']?.['href']))
  assert.deepEqual(own.body, event)
  assert.equal(own.body['topic'], 'customer_created')
  assert.equal(own.body['_links']?.['resource']?.['href'], url)
  assert.equal(own.body['_links']?.['customer']?.['href'], url)
})

test('dwolla-v2 rejects with the status, the headers and the parsed body of an error', async () => {
  const dwolla = await newClient()
  const url = (await dwolla.post('customers', jane)).headers.get('location')

  const taken = await refused(dwolla.post('customers', { ...jane, email: 'JANE@example.com' }))
  assert.equal(taken.status, 400)
  assert.match(taken.headers.get('content-type') ?? '', /profile="http:\/\/nocarrier.co.uk\/profiles\/vnd.error\/"/)
  assert.deepEqual(taken.body, {
    code: 'ValidationError',
    message: 'Validation error(s) present. See embedded errors list for more details.',
    _embedded: {
      errors: [
        {
          code: 'Duplicate',
          message: 'A customer with the specified email already exists.',
          path: '/email',
          _links: { about: { href: url, type: halType, 'resource-type': 'customer' } },
        },
      ],
    },
  })

  const paths = (error: Reply) => embedded(error, 'errors').map(({ path, code }) => `${path} ${code}`)
  // With no body the client still says that it is JSON.
  const nothing = await refused(dwolla.post('customers'))
  assert.deepEqual(paths(nothing), ['/firstName Required', '/lastName Required', '/email Required'])

  const unknown = await refused(dwolla.get('customers/00000000-0000-4000-8000-000000000000'))
  assert.deepEqual([unknown.status, unknown.body['code']], [404, 'NotFound'])
  assert.equal(unknown.message, JSON.stringify(unknown.body))
})

test('dwolla-v2 repeats a creation under its idempotency key and gets the first answer', async () => {
  const dwolla = await newClient()
  const create = () => dwolla.post('customers', jane, { 'Idempotency-Key': '9a2f' })
  const [first, second] = [await create(), await create()]
  assert.equal(second.status, 201)
  assert.equal(second.headers.get('location'), first.headers.get('location'))
  assert.equal((await dwolla.get('customers')).body['total'], 1)
})

test('dwolla-v2 has a person answer questions, finds an industry, and is told what a business still owes', async () => {
  const dwolla = await newClient()
  const post = async (path: string, body?: object): Promise<string> =>
    (await dwolla.post(path, body)).headers.get('location') ?? ''
  const person = await post('customers', { ...wholes.personal, firstName: 'kba' })
  const session = await post(`${person}/kba`)
  const { questions } = JSON.parse(JSON.stringify((await dwolla.get(session)).body))
  const answers = questions.map(({ id, answers: offered }: { id: string; answers: { id: string }[] }) => {
    return { questionId: id, answerId: offered.at(-1)?.id }
  })
  assert.equal((await dwolla.post(session, { answers })).body['verificationStatus'], 'verified')
  assert.equal((await dwolla.get(person)).body['status'], 'verified')

  const groups = embedded(await dwolla.get('business-classifications'), 'business-classifications')
  assert.equal(groups.length, 27)
  const group = await dwolla.get(String(groups[0]?.['_links']?.['self']?.['href']))
  assert.ok(embedded(group, 'industry-classifications').length > 0)

  const unsaid = { email: 'corp@example.com', correlationId: undefined }
  const business = await post('customers', { ...wholes.business, ...unsaid, businessName: 'retry' })
  const directive = { type: 'customer-verification', _links: { customer: { href: business } } }
  const simulated = await dwolla.post('sandbox-simulations', { ...directive, errorCode: 'POBoxNotAllowed' })
  assert.deepEqual([simulated.status, simulated.body['errorCode']], [200, 'POBoxNotAllowed'])
  assert.equal(embedded(await dwolla.get(business), 'errors').at(-1)?.['code'], 'POBoxNotAllowed')
})

test('dwolla-v2 is told by an OAuth error that its key is disabled, and goes on when it is enabled again', async () => {
  // It renews a token a minute before its end, so this one is renewed for every call.
  const { id, application } = await server.newWorld({ settings: { applicationTokenLifetimeSeconds: 60 } })
  const dwolla = clientOf(application)
  assert.equal((await dwolla.get('/')).status, 200)
  const set = (status: string) =>
    server.operate('POST', `/worlds/${id}/applications/${application.id}/keys/${application.key}`, { status })

  assert.equal((await set('disabled')).status, 200)
  await assert.rejects(dwolla.get('/'), { error: 'invalid_client', error_description: /key or the secret/ })
  assert.equal((await set('active')).status, 200)
  assert.equal((await dwolla.get('/')).status, 200)
})

test('dwolla-v2 is told by 401 that the token it holds was revoked', async () => {
  const { id, application } = await server.newWorld()
  const dwolla = clientOf(application)
  assert.equal((await dwolla.get('/')).status, 200)
  const key = `/worlds/${id}/applications/${application.id}/keys/${application.key}`
  const rotated = await server.operate('POST', `${key}/rotate`, {})
  const { status, body } = await refused(dwolla.get('/'))
  assert.deepEqual([status, body['code']], [401, 'InvalidAccessToken'])
  const renewed = clientOf({ key: application.key, secret: String(rotated.body['secret']) })
  assert.equal((await renewed.get('/')).status, 200)
})
