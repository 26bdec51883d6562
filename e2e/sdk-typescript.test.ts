import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import { controllerAddress, foreignAddress, owner, passport, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import type { Dwolla } from 'dwolla'
import {
  APIError,
  BadRequestError,
  CreateCustomerDocumentNotFoundDwollaV1HalJSONError,
  CreateCustomerDocumentRequestEntityTooLargeDwollaV1HalJSONError,
  DuplicateResourceSchemaError,
  DwollaError,
  ForbiddenError,
  GetCustomerNotFoundDwollaV1HalJSONError,
  GetRootDwollaV1HalJSONError,
  NotFoundError,
  ResponseValidationError,
  UnauthorizedError,
  UpdateBadRequestDwollaV1HalJSONError,
  UpdateForbiddenDwollaV1HalJSONError,
} from 'dwolla/models/errors'
import type { Credentials } from '../server/oauth/credentials.ts'
import { fileOf } from '../server/testing/forms.ts'
import { type Loose, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { callAsBrowser } from './browser-call.ts'
import { type Exchange, holdAllCalled, idOf, refused, typescriptClient } from './typescript-client.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const clientOf = (credentials: Credentials, seen?: Exchange[]): Dwolla => typescriptClient(server, credentials, seen)

const newClient = async (): Promise<Dwolla> => clientOf((await server.newWorld()).application)

const jane = { type: 'unverified', firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' } as const

const create = async (dwolla: Dwolla, body: Parameters<Dwolla['customers']['create']>[0]): Promise<string> => {
  const created = await dwolla.customers.create(body)
  const [url] = created?.headers['location'] ?? []
  assert.ok(url, 'a creation says where its result is')
  return url
}

/** Has a person verified by a document, and reads it. */
const uploadDocument = async (dwolla: Dwolla): Promise<void> => {
  const home = { address1: '1 Main St', city: 'Des Moines', state: 'IA', postalCode: '50309' }
  const person = { type: 'personal', firstName: 'Document', lastName: 'Wanted', email: 'document@example.com' } as const
  const id = idOf(await create(dwolla, { ...person, ...home, dateOfBirth: '1970-01-01', ssn: '1234' }))
  const file = { fileName: 'test-document-upload-success.png', content: fileOf('png') }
  const uploaded = await dwolla.customers.documents.create({ id, requestBody: { documentType: 'license', file } })
  const { embedded, total } = await dwolla.customers.documents.list({ id })
  assert.equal(total, 1)
  const document = await dwolla.documents.get({ id: idOf(uploaded?.headers['location']?.[0]) })
  assert.deepEqual(document, embedded.documents[0])
  assert.deepEqual(
    [document.type, document.status, document.documentVerificationStatus],
    ['license', 'reviewed', 'accepted'],
  )
  assert.equal((await dwolla.customers.get({ id })).status, 'verified')
}

/** Has a person answer what only that person knows. */
const answerQuestions = async (dwolla: Dwolla): Promise<void> => {
  const person = { ...wholes.personal, firstName: 'kba', email: 'kba@example.com', correlationId: 'kba' }
  const customer = idOf(await create(dwolla, person))
  const started = await dwolla.customers.kba.initiate({ id: customer })
  const id = idOf(started?.headers['location']?.[0])
  const { links, questions } = await dwolla.kba.getQuestions({ id })
  assert.equal(links.answer.resourceType, 'kba')
  const answers = questions.map((question) => ({
    questionId: question.id,
    answerId: question.answers.at(-1)?.id ?? '',
  }))
  const { verificationStatus } = await dwolla.kba.verify({ id, requestBody: { answers } })
  assert.equal(verificationStatus, 'verified')
  const spent = await refused(dwolla.kba.getQuestions({ id }), ForbiddenError)
  assert.equal(spent.code, 'InvalidResourceState')
}

/** Finds the industry that a business is in. */
const findIndustry = async (dwolla: Dwolla): Promise<void> => {
  const { embedded, total } = await dwolla.businessClassifications.list()
  const [food] = embedded?.businessClassifications ?? []
  assert.deepEqual([total, food?.name], [27, 'Food retail and service'])
  assert.deepEqual(await dwolla.businessClassifications.get({ id: food?.id ?? '' }), food)
  const [coffee] = (food?.embedded?.industryClassifications ?? []).filter(({ name }) => name === 'Coffee and tea')
  assert.equal(coffee?.id, '9ed3f670-7d6f-11e3-b1ce-5404a6144203')
}

/** Has a business name its owners, and certify them. */
const nameOwners = async (dwolla: Dwolla): Promise<void> => {
  const trade = { ...wholes.business, email: 'owned@example.com', correlationId: 'owned' }
  const id = idOf(await create(dwolla, trade))
  const { beneficialOwners, beneficialOwnership } = dwolla.customers
  const add = async (requestBody: Parameters<typeof beneficialOwners.create>[0]['requestBody']) =>
    idOf((await beneficialOwners.create({ id, requestBody }))?.headers['location']?.[0])
  const { ssn: _, ...stranger } = owner
  const olive = await add(owner)
  const abroad = await add({ ...stranger, firstName: 'incomplete', address: foreignAddress, passport })
  const read = await dwolla.beneficialOwners.get({ id: olive })
  assert.deepEqual([read.firstName, read.verificationStatus, read.address], ['Olive', 'verified', controllerAddress])
  const corrected = await dwolla.beneficialOwners.update({ id: abroad, requestBody: owner })
  assert.deepEqual([corrected.id, corrected.verificationStatus], [abroad, 'verified'])
  assert.equal((await beneficialOwnership.get({ id })).status, 'uncertified')
  const certified = await beneficialOwnership.certify({ id, requestBody: { status: 'certified' } })
  assert.equal(certified.status, 'certified')
  const { documents } = dwolla.beneficialOwners
  const wanted = await add({ ...owner, firstName: 'document' })
  const file = { fileName: 'test-document-upload-fail.png', content: fileOf('png') }
  await documents.create({ id: wanted, requestBody: { documentType: 'passport', file } })
  const [failed] = (await documents.list({ id: wanted })).embedded.documents
  assert.deepEqual([failed?.status, failed?.failureReason], ['reviewed', 'ScanNotReadable'])
  await dwolla.beneficialOwners.delete({ id: wanted })

  await dwolla.beneficialOwners.delete({ id: abroad })
  const { embedded } = await beneficialOwners.list({ id })
  assert.deepEqual(
    embedded?.beneficialOwners?.map((listed) => listed.id),
    [olive],
  )
  assert.equal((await beneficialOwnership.get({ id })).status, 'recertify')
}

test('every operation but those of money answers what the schemas of the TypeScript client demand', async () => {
  const { application } = await server.newWorld()
  const seen: Exchange[] = []
  const dwolla = clientOf(application, seen)

  const root = await dwolla.root.get()
  assert.equal(root.links?.['customers']?.href, `${server.origin}/customers`)
  const account = await dwolla.accounts.get({ id: idOf(root.links?.['account']?.href) })
  assert.equal(account.links?.['self']?.href, root.links?.['account']?.href)
  assert.equal(account.id, idOf(root.links?.['account']?.href))

  const about = { businessName: 'Jane Corp', correlationId: 'jane-1', phone: '5155550100', ipAddress: '192.0.2.7' }
  const unverified = await create(dwolla, { ...jane, ...about })
  const receiveOnly = await create(dwolla, { ...jane, type: 'receive-only', email: 'rec@example.com' })
  const read = await dwolla.customers.get({ id: idOf(unverified) })
  assert.deepEqual(
    { ...read, links: undefined, created: undefined },
    {
      ...{ links: undefined, created: undefined, id: idOf(unverified), status: 'unverified', ...jane },
      ...{ businessName: 'Jane Corp', correlationId: 'jane-1' },
    },
  )
  assert.equal(read.links['self']?.resourceType, 'customer')
  assert.ok(read.created instanceof Date && Math.abs(read.created.getTime() - Date.now()) < 600_000)
  assert.equal((await dwolla.customers.get({ id: idOf(receiveOnly) })).type, 'receive-only')

  const edited = await dwolla.customers.update({ id: idOf(unverified), requestBody: { lastName: 'Trader' } })
  assert.equal(edited.lastName, 'Trader')
  const setStatus = async (url: string, status: string) =>
    (await dwolla.customers.update({ id: idOf(url), requestBody: { status } })).status
  assert.equal(await setStatus(unverified, 'deactivated'), 'deactivated')
  assert.equal(await setStatus(unverified, 'reactivated'), 'unverified')
  assert.equal(await setStatus(receiveOnly, 'suspended'), 'suspended')
  assert.equal((await dwolla.customers.list({})).total, 2)

  const events = await dwolla.events.list({ limit: 200 })
  assert.deepEqual(
    events.embedded?.events?.map(({ topic }) => topic),
    ['customer_suspended', 'customer_activated', 'customer_deactivated', 'customer_created', 'customer_created'],
  )
  for (const { id = '', created } of events.embedded?.events ?? []) {
    const event = await dwolla.events.get({ id })
    assert.deepEqual([event.id, event.created], [id, created])
  }

  await uploadDocument(dwolla)
  await nameOwners(dwolla)
  await answerQuestions(dwolla)
  await findIndustry(dwolla)

  const minted = await dwolla.clientTokens.create({
    action: 'customer.create',
    links: { customer: { href: unverified } },
  })
  assert.match(minted.token, /^\S{20,}$/)
  const basicAuth = `Basic ${btoa(`${application.key}:${application.secret}`)}`
  const token = await dwolla.tokens.create({ basicAuth }, { grantType: 'client_credentials' })
  assert.deepEqual([token.tokenType, token.expiresIn], ['Bearer', 3600])

  await holdAllCalled(server, seen, ({ isMoney }) => !isMoney)
})

test('the TypeScript client creates, upgrades and retries customers of every kind, and reads each', async () => {
  const dwolla = await newClient()
  const { personal, soleProprietorship, business } = wholes
  const people = { ...personal, email: 'person@example.com', correlationId: 'person' }
  const person = await dwolla.customers.get({ id: idOf(await create(dwolla, people)) })
  assert.ok(person.type === 'personal')
  assert.deepEqual([person.status, person.address1], ['verified', '99-99 33rd St'])

  const trade = { ...business, email: 'trade@example.com', correlationId: 'trade' }
  const trader = await dwolla.customers.get({ id: idOf(await create(dwolla, trade)) })
  assert.ok(trader.type === 'business')
  assert.deepEqual(trader.controller.address, controllerAddress)
  const { ssn: _, ...foreigner } = { ...trade.controller, address: foreignAddress, passport }
  const abroad = { ...trade, email: 'abroad@example.com', correlationId: 'abroad', controller: foreigner }
  await create(dwolla, abroad)

  // Its schema of one customer knows no sole proprietorship; those of lists and updates do.
  const sole = await create(dwolla, { ...soleProprietorship, email: 'sole@example.com', correlationId: 'sole' })
  await refused(dwolla.customers.get({ id: idOf(sole) }), ResponseValidationError)
  const listed = await dwolla.customers.list({ search: 'sole@' })
  const [owner] = listed.embedded?.customers ?? []
  assert.ok(owner && 'businessType' in owner)
  assert.deepEqual([owner.id, owner.businessType], [idOf(sole), 'soleProprietorship'])

  const upgraded = await create(dwolla, jane)
  const retrying = { ...people, email: 'jane@example.com', correlationId: 'jane', firstName: 'retry' }
  const update = async (requestBody: object) => await dwolla.customers.update({ id: idOf(upgraded), requestBody })
  assert.equal((await update(retrying)).status, 'retry')
  const verified = await update({ ...retrying, firstName: 'Jane', ssn: '123-45-6789' })
  assert.ok(verified.type === 'personal')
  assert.deepEqual([verified.status, verified.firstName], ['verified', 'Jane'])

  const statuses = ['retry', 'kba', 'document', 'suspended'] as const
  for (const firstName of statuses)
    await create(dwolla, { ...people, firstName, email: `${firstName}@example.com`, correlationId: firstName })
  for (const status of ['retry', 'document', 'suspended'])
    await create(dwolla, {
      ...trade,
      ...{ email: `b.${status}@example.com`, correlationId: `b.${status}` },
      controller: { ...trade.controller, firstName: status },
    })
  const all = await dwolla.customers.list({})
  assert.equal(all.embedded?.customers?.length, 12)
  for (const status of statuses) assert.equal((await dwolla.customers.list({ status })).total, status === 'kba' ? 1 : 2)
})

test('the TypeScript client pages through customers, searches them and filters them by status', async () => {
  const dwolla = await newClient()
  for (const name of ['Ada', 'Bea', 'Cleo'])
    await create(dwolla, { ...jane, firstName: name, email: `${name}@example.com` })
  const suspended = await create(dwolla, { ...jane, firstName: 'Dora', email: 'dora@example.com' })
  await dwolla.customers.update({ id: idOf(suspended), requestBody: { status: 'suspended' } })

  const names = async (request: Parameters<Dwolla['customers']['list']>[0]) => {
    const { embedded, total } = await dwolla.customers.list(request)
    return [total, ...(embedded?.customers ?? []).map(({ firstName }) => firstName)]
  }
  assert.deepEqual(await names({ limit: 3 }), [4, 'Dora', 'Cleo', 'Bea'])
  assert.deepEqual(await names({ limit: 3, offset: 3 }), [4, 'Ada'])
  assert.deepEqual(await names({ search: 'LEO' }), [1, 'Cleo'])
  assert.deepEqual(await names({ status: 'suspended' }), [1, 'Dora'])
  assert.deepEqual(await names({ status: 'verified' }), [0])
})

test('a client token of the TypeScript client serves a browser once', async () => {
  const dwolla = await newClient()
  const url = await create(dwolla, jane)
  const { token } = await dwolla.clientTokens.create({
    action: 'customer.read',
    links: { customer: { href: url } },
  })
  const first = await callAsBrowser({ token, method: 'GET', url })
  assert.deepEqual([first.status, first.body['email']], [200, jane.email])
  const second = await callAsBrowser({ token, method: 'GET', url })
  assert.deepEqual([second.status, second.body['code']], [401, 'InvalidAccessToken'])

  // The client always names a customer, here one that an action without a resource does not need.
  const form = await dwolla.clientTokens.create({ action: 'customer.create', links: { customer: { href: url } } })
  const made = await callAsBrowser(
    { token: form.token, method: 'POST', url: `${server.origin}/customers` },
    { firstName: 'Bea', lastName: 'Buyer', email: 'bea@example.com' },
  )
  assert.equal(made.status, 201)
  assert.equal((await dwolla.customers.get({ id: idOf(made.location ?? '') })).firstName, 'Bea')
})

test('client tokens of the TypeScript client let a page name the owners of a business and certify them', async () => {
  const dwolla = await newClient()
  const url = await create(dwolla, { ...wholes.business, email: 'page@example.com', correlationId: 'page' })
  const call = async (action: string, method: 'GET' | 'POST' | 'DELETE', at: string, body?: object) => {
    const { token } = await dwolla.clientTokens.create({ action, links: { customer: { href: url } } })
    const answer = await callAsBrowser({ token, method, url: at }, body)
    assert.ok(answer.status < 300, answer.text)
    return answer
  }
  const [owners, ownership] = [`${url}/beneficial-owners`, `${url}/beneficial-ownership`]
  assert.equal((await call('beneficialownership.read', 'GET', ownership)).body['status'], 'uncertified')
  const added = await call('beneficialowners.create', 'POST', owners, { ...owner, firstName: 'incomplete' })
  const at = added.location ?? ''
  assert.equal((await call('beneficialowners.read', 'GET', at)).body['verificationStatus'], 'incomplete')
  assert.equal((await call('beneficialowners.update', 'POST', at, owner)).body['verificationStatus'], 'verified')
  const second = await call('beneficialowners.create', 'POST', owners, owner)
  await call('beneficialowners.delete', 'DELETE', second.location ?? '')
  assert.equal((await call('beneficialowners.read', 'GET', owners)).body['total'] as unknown, 1)
  await call('beneficialownership.certify', 'POST', ownership, { status: 'certified' })
  const shown = await call('customer.read', 'GET', url)
  assert.deepEqual(
    Object.keys(shown.body['_links'] ?? {}).filter((rel) => rel.includes('owner')),
    ['beneficial-owners'],
  )
})

test('the TypeScript client throws its own error for every refusal', async () => {
  const dwolla = await newClient()
  const url = await create(dwolla, jane)
  const id = idOf(url)
  const unknown = '00000000-0000-4000-8000-000000000000'

  const taken = await refused(dwolla.customers.create({ ...jane, email: 'JANE@EXAMPLE.COM' }), BadRequestError)
  assert.deepEqual([taken.code, taken.statusCode], ['ValidationError', 400])
  // Its class keeps code and message; the list of what is wrong is in the body.
  const { _embedded } = JSON.parse(taken.body) as Loose
  assert.deepEqual(_embedded?.['errors'], [
    {
      code: 'Duplicate',
      message: 'A customer with the specified email already exists.',
      path: '/email',
      _links: { about: { href: url, type: halType, 'resource-type': 'customer' } },
    },
  ])

  const misfit = await refused(
    dwolla.customers.update({ id, requestBody: { email: 'nobody' } }),
    UpdateBadRequestDwollaV1HalJSONError,
  )
  assert.equal(misfit.code, 'ValidationError')
  await dwolla.customers.update({ id, requestBody: { status: 'suspended' } })
  const suspended = await refused(
    dwolla.customers.update({ id, requestBody: { lastName: 'Trader' } }),
    UpdateForbiddenDwollaV1HalJSONError,
  )
  assert.equal(suspended.code, 'InvalidResourceState')

  const absent = await refused(dwolla.customers.get({ id: unknown }), GetCustomerNotFoundDwollaV1HalJSONError)
  assert.equal(absent.code, 'NotFound')
  assert.equal((await refused(dwolla.accounts.get({ id: unknown }), NotFoundError)).code, 'NotFound')
  assert.equal((await refused(dwolla.events.get({ id: unknown }), NotFoundError)).code, 'NotFound')
  const beyond = await refused(dwolla.customers.list({ limit: 201 }), APIError)
  assert.equal(beyond.statusCode, 400)

  const mint = (action: string, customerId: string) =>
    dwolla.clientTokens.create({ action, links: { customer: { href: `${server.origin}/customers/${customerId}` } } })
  assert.equal((await refused(mint('customer.read', unknown), ForbiddenError)).code, 'Forbidden')
  assert.equal((await refused(mint('customer.fly', id), BadRequestError)).code, 'ValidationError')

  const basicAuth = `Basic ${btoa('nobody:nothing')}`
  const wrong = await refused(
    dwolla.tokens.create({ basicAuth }, { grantType: 'client_credentials' }),
    UnauthorizedError,
  )
  assert.equal(wrong.error, 'invalid_client')
})

test('the TypeScript client throws its own error for every refusal of an upload', async () => {
  const dwolla = await newClient()
  const home = { address1: '1 Main St', city: 'Des Moines', state: 'IA', postalCode: '50309' }
  const person = { ...home, type: 'personal', lastName: 'Wanted', dateOfBirth: '1970-01-01', ssn: '1234' } as const
  const create = async (firstName: string) => {
    const { headers } = (await dwolla.customers.create({ ...person, firstName, email: `${firstName}@x.test` })) ?? {}
    return idOf(headers?.['location']?.[0])
  }
  const upload = (id: string, content: Buffer, fileName = 'id.png') =>
    dwolla.customers.documents.create({ id, requestBody: { documentType: 'license', file: { fileName, content } } })

  const id = await create('Document')
  const picture = fileOf('png')
  await upload(id, picture)
  const same = await refused(upload(id, picture), DuplicateResourceSchemaError)
  assert.equal(same.code, 'DuplicateResource')
  assert.equal(same.links?.about?.resourceType, 'document')
  const text = await refused(upload(id, Buffer.from('text')), DwollaError)
  assert.deepEqual([text.statusCode, JSON.parse(text.body).code], [400, 'invalidFileType'])
  for (const _ of [2, 3, 4]) await upload(id, fileOf('png'))
  const fifth = await refused(upload(id, fileOf('png')), DwollaError)
  assert.deepEqual([fifth.statusCode, JSON.parse(fifth.body).code], [400, 'maximumNumberOfResources'])
  const late = await refused(upload(await create('Verified'), picture), DwollaError)
  assert.deepEqual([late.statusCode, JSON.parse(late.body).code], [403, 'invalidResourceState'])
  const absent = await refused(
    upload('00000000-0000-4000-8000-000000000000', picture),
    CreateCustomerDocumentNotFoundDwollaV1HalJSONError,
  )
  assert.equal(absent.code, 'notFound')
  const large = await refused(
    upload(id, Buffer.concat([picture, Buffer.alloc(11 * 1024 * 1024)])),
    CreateCustomerDocumentRequestEntityTooLargeDwollaV1HalJSONError,
  )
  assert.equal(large.code, 'fileTooLarge')
})

test('the TypeScript client drops a token that was refused and takes another for its next call', async () => {
  const { id, application } = await server.newWorld()
  const seen: Exchange[] = []
  const dwolla = clientOf(application, seen)
  const tokensTaken = () => seen.filter(({ path, status }) => path === '/token' && status === 200).length
  await dwolla.root.get()
  await dwolla.root.get()
  assert.equal(tokensTaken(), 1)

  const set = (status: string) =>
    server.operate('POST', `/worlds/${id}/applications/${application.id}/keys/${application.key}`, { status })
  assert.equal((await set('disabled')).status, 200)
  const disabled = await refused(dwolla.root.get(), GetRootDwollaV1HalJSONError)
  assert.deepEqual([disabled.statusCode, disabled.code], [401, 'InvalidAccessToken'])
  await assert.rejects(dwolla.root.get(), /unexpected status code 401 while fetching token: .*"invalid_client"/)
  assert.equal((await set('active')).status, 200)
  await dwolla.root.get()
  assert.equal(tokensTaken(), 2)

  server.passRealTime(3_600_000)
  const expired = await refused(dwolla.root.get(), GetRootDwollaV1HalJSONError)
  assert.deepEqual([expired.statusCode, expired.code], [401, 'ExpiredAccessToken'])
  await dwolla.root.get()
  assert.equal(tokensTaken(), 3)
})
