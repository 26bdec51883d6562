import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, it } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import { type Client, startTestServer, type TestServer } from '../../testing/harness.ts'

type Named = { id: string; name: string }
type Group = Named & { _links: object; _embedded: { 'industry-classifications': Named[] } }

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = await server.as()
})
after(() => server.stop())

const listed = async (): Promise<{ _links: object; groups: Group[]; total: number }> => {
  const { status, text } = await client.get('/business-classifications')
  assert.equal(status, 200)
  const { _links, _embedded, total } = JSON.parse(text)
  return { _links, groups: _embedded['business-classifications'], total }
}

it('the list has every group with every industry, in the order and the words of the recording', async () => {
  const { _links, groups, total } = await listed()
  assert.deepEqual([_links, total, groups.length], [{}, 27, 27])
  const lines = groups.flatMap(({ id, name, _embedded }) => [
    `${id} ${name}`,
    ...Object.values(_embedded['industry-classifications']).map((industry) => `  ${industry.id} ${industry.name}`),
  ])
  assert.equal(lines.length, 27 + 334)
  // of the recording, one line a group or industry, counted apart from this program
  assert.equal(
    createHash('sha256').update(lines.join('\n')).digest('hex'),
    '09eae85ec0c6cbf0996a9140e51029a8e4874ba3e67266a3bc6fa0b91a0b2efd',
  )
})

it('each group is read by its id, in either case, as the list has it', async () => {
  const { groups } = await listed()
  for (const group of groups)
    for (const id of [group.id, group.id.toUpperCase()]) {
      const { status, text } = await client.get(`/business-classifications/${id}`)
      assert.equal(status, 200)
      assert.deepEqual(JSON.parse(text), group)
    }
  const [food] = groups
  const href = `${server.origin}/business-classifications/9ed3f669-7d6f-11e3-b545-5404a6144203`
  assert.deepEqual(food?._links, { self: { href, type: halType, 'resource-type': 'business-classification' } })
})

it('an industry is not a group', async () => {
  const answer = await client.get('/business-classifications/9ed3f670-7d6f-11e3-b1ce-5404a6144203')
  assert.deepEqual([answer.status, answer.body['code']], [404, 'NotFound'])
})
