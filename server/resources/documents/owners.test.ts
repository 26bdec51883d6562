/** Documents about beneficial owners: like those about customers, in words of their own. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileOf, upload } from '../../testing/forms.ts'
import { type Answer, type Client, clientWith, startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { aBusiness, anOwner } from '../beneficial-owners/owners-fixture.ts'
import { decideDocument } from './operations.ts'

const [success, failure] = ['test-document-upload-success.png', 'test-document-upload-fail.png']

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = await server.as()
})
after(() => server.stop())

const newOwner = async (firstName = 'document', business?: string): Promise<string> =>
  anOwner(client, business ?? (await aBusiness(client)), firstName)

const statusOf = async (owner: string): Promise<unknown> => (await client.get(owner)).body['verificationStatus']

const topicsOf = async (owner: string): Promise<string[]> => {
  const { _embedded } = JSON.parse((await client.get('/events?limit=200')).text)
  return _embedded.events
    .filter((event: { resourceId: string }) => owner.endsWith(event.resourceId))
    .map(({ topic }: { topic: string }) => topic.replace('customer_beneficial_owner_', ''))
    .reverse()
}

const refused = ({ status, body }: Answer) => [status, body['code'], body['message']]

test('a document that passes verifies the owner, one that fails is wanted again, any other waits', async () => {
  const cases = textTable(
    ['name', 'document', 'owner', 'topics'],
    `
    ${success}  | accepted | verified | uploaded approved verified
    ${failure}  | rejected | document | uploaded failed
    another.png | pending  | document | uploaded
    `,
  )
  for (const { name, document, owner: status, topics } of cases) {
    const owner = await newOwner()
    const { location } = await upload(client, `${owner}/documents`, { name })
    assert.equal((await client.get(location ?? '')).body['documentVerificationStatus'], document, name)
    assert.equal(await statusOf(owner), status, name)
    const told = (await topicsOf(owner)).map((topic) => topic.replace('verification_document_', ''))
    assert.deepEqual(told, ['created', 'needed', ...topics.split(' ')], name)
  }
})

test('the documents of an owner are listed with it, and not with its customer or another owner', async () => {
  const customer = await aBusiness(client)
  const [one, other] = [await newOwner('document', customer), await newOwner('document', customer)]
  const made = [await upload(client, `${one}/documents`), await upload(client, `${one}/documents`)]
  const list = JSON.parse((await client.get(`${one}/documents`)).text)
  assert.equal(list.total, 2)
  assert.equal(list._links.self.href, `${server.origin}${one}/documents`)
  assert.deepEqual(
    list._embedded.documents.map((document: { _links: { self: { href: string } } }) => document._links.self.href),
    made.map(({ location }) => location).reverse(),
  )
  for (const path of [other, customer]) assert.equal((await client.get(`${path}/documents`)).body['total'], 0)
})

test('an upload is refused unless a document is wanted of an owner that there is', async () => {
  const state = [403, 'InvalidResourceState', 'Resource cannot be modified.']
  for (const firstName of ['verified', 'incomplete'])
    assert.deepEqual(refused(await upload(client, `${await newOwner(firstName)}/documents`)), state, firstName)
  const removed = await newOwner()
  assert.equal((await client.delete(removed)).status, 200)
  const customer = await aBusiness(client)
  for (const owner of [removed, customer.replace('customers', 'beneficial-owners')]) {
    const answers = [await upload(client, `${owner}/documents`), await client.get(`${owner}/documents`)]
    for (const answer of answers) assert.deepEqual(refused(answer).slice(0, 2), [404, 'NotFound'])
  }
})

test('an upload is refused by its content as one about a customer is', async () => {
  const customer = await aBusiness(client)
  const [owner, other] = [await newOwner('document', customer), await newOwner('document', customer)]
  const path = `${owner}/documents`
  const file = fileOf('jpeg')
  const first = await upload(client, path, { file })
  assert.equal(first.status, 201)
  const again = await upload(client, path, { file, documentType: 'passport' })
  assert.deepEqual([again.status, again.body['code']], [400, 'DuplicateResource'])
  assert.equal(again.body['_links']?.['about']?.['href'], first.location)
  assert.equal((await upload(client, `${other}/documents`, { file })).status, 201)
  for (const documentType of ['passport', 'other'])
    assert.equal((await upload(client, path, { documentType, file: fileOf('pdf') })).body['code'], 'invalidFileType')
  assert.equal((await upload(client, path, { documentType: 'visa' })).body['code'], 'ValidationError')
  const large = await upload(client, path, { file: fileOf('png', Buffer.alloc(10 * 1024 * 1024)) })
  assert.deepEqual(refused(large), [413, 'fileTooLarge', 'Document requests are limited to 10 MiB.'])
  for (const _ of [2, 3, 4]) assert.equal((await upload(client, path)).status, 201)
  assert.equal((await upload(client, path)).body['code'], 'maximumNumberOfResources')
  assert.equal((await upload(client, `${other}/documents`)).status, 201)
})

test('a client token uploads for its customer’s owners, or for its one owner', async () => {
  const customer = await aBusiness(client)
  const [one, other] = [await newOwner('document', customer), await newOwner('document', customer)]
  const mint = async (links: object) => {
    const action = 'beneficialowner.documents.create'
    const { text, body } = await client.post('/client-tokens', { action, _links: links })
    assert.ok(body['token'], text)
    return clientWith(server.origin, String(body['token']))
  }
  const tries: [links: object, owner: string, status: number][] = [
    [{ customer: { href: customer } }, one, 201],
    [{ customer: { href: customer } }, await newOwner(), 403],
    [{ 'beneficial-owner': { href: other } }, other, 201],
    [{ 'beneficial-owner': { href: other } }, one, 403],
  ]
  for (const [links, owner, status] of tries)
    assert.equal((await upload(await mint(links), `${owner}/documents`)).status, status, JSON.stringify(links))
})

test('what is decided about an owner that was removed meanwhile changes the document alone', async () => {
  const owner = await newOwner()
  const { location } = await upload(client, `${owner}/documents`)
  assert.equal((await client.delete(owner)).status, 200)
  const told = await topicsOf(owner)
  const id = location?.split('/').at(-1) ?? ''
  await server.gate.write({
    context: {
      ...{ accountId: server.world.accountId, actor: { kind: 'operator' as const } },
      ...{ settings: server.world.settings, now: new Date() },
    },
    run: (ctx) => decideDocument(ctx, { id, verdict: { status: 'accepted' } }),
  })
  assert.equal((await client.get(location ?? '')).body['documentVerificationStatus'], 'accepted')
  assert.deepEqual(await topicsOf(owner), told)
})
