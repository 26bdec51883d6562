/** Data folders of earlier releases: today's program migrates them, serves what is in them and goes on with it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Client, clientWith, send, takeToken } from '../server/testing/harness.ts'
import { temporaryFolder } from '../server/testing/scope.ts'
import { type ServerProcess, startServerProcess } from '../server/testing/server-process.ts'
import { type Kept, type KeptWorld, keptNames, unpack, withoutOrigin } from './kept-folder.ts'

type Json = { readonly [member: string]: Json }

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** What of an earlier answer is gone or another now, as lines "/place what": a later release may say more, not less. */
const lost = (then: unknown, now: unknown, at = ''): string[] => {
  if (!isObject(then)) return then === now ? [] : [`${at} was ${then} and is ${now}`]
  if (!isObject(now) || Array.isArray(then) !== Array.isArray(now)) return [`${at} is no longer there`]
  if (Array.isArray(then) && Array.isArray(now) && then.length !== now.length)
    return [`${at} had ${then.length} and has ${now.length}`]
  return Object.entries(then).flatMap(([name, value]) => lost(value, now[name], `${at}/${name}`))
}

const readAt = async ({ url }: ServerProcess, client: Client, path: string): Promise<unknown> => {
  const { status, text } = await client.get(path)
  assert.equal(status, 200, `${path} ${text}`)
  return JSON.parse(withoutOrigin(text, url))
}

test('an answer that has lost something is told from one that only says more', () => {
  const then = { a: [{ b: 1 }, { c: null }], d: 'x' }
  assert.deepEqual(lost(then, { a: [{ b: 1, z: 2 }, { c: null }], d: 'x', e: {} }), [])
  assert.deepEqual(lost(then, { a: [{ b: 2 }, {}], d: [] }), [
    '/a/0/b was 1 and is 2',
    '/a/1/c was null and is undefined',
    '/d was x and is ',
  ])
  assert.deepEqual(lost(then, { a: [{ b: 1 }], d: 'x' }), ['/a had 2 and has 1'])
  assert.deepEqual(lost(then, { a: { 0: { b: 1 } }, d: 'x' }), ['/a is no longer there'])
})

test('there is a kept folder of each schema that was released', () => {
  const names = keptNames()
  for (const released of ['0001_worlds_and_customers']) assert.ok(names.includes(released), released)
})

for (const name of keptNames())
  describe(`the data folder kept from ${name}`, () => {
    const scope = { after }
    const folder = temporaryFolder(scope)
    let server: ServerProcess
    let known: Kept
    before(async () => {
      known = unpack(name, folder)
      server = await startServerProcess(scope, { dataFolder: join(folder, 'data') })
    })

    const frozen = (): KeptWorld =>
      known.worlds.find((world) => world.name === 'frozen') ?? assert.fail('no such world')
    const clientOf = async ({ credentials }: KeptWorld): Promise<Client> =>
      clientWith(server.url, await takeToken(server.url, credentials))

    test('opens to the credentials it had, and is the same default world', () => {
      const { credentials } = known.worlds.find((world) => world.name === 'default') ?? assert.fail('no such world')
      assert.deepEqual({ key: server.key, secret: server.secret }, credentials)
    })

    test('answers every read with all that it said then', async () => {
      for (const world of known.worlds) {
        const client = await clientOf(world)
        const reads = Object.entries(world.reads)
        assert.ok(reads.length > 20)
        for (const [path, then] of reads) assert.deepEqual(lost(then, await readAt(server, client, path)), [], path)
      }
    })

    test('has its clock standing where it stood', async () => {
      const clock = await send(server.url, 'GET', `/_clearyard/worlds/${frozen().id}/clock`)
      assert.deepEqual(JSON.parse(clock.text), { mode: 'frozen', now: '2027-01-31T12:00:00.000Z' })
    })

    test('answers a repeated write as it did then, and writes nothing', async () => {
      const world = frozen()
      const client = await clientOf(world)
      const before = await readAt(server, client, '/events')
      assert.ok(world.writes.length > 5)
      for (const { path, body, key, status, location } of world.writes) {
        const again = await client.post(path, body, { 'idempotency-key': key })
        const created = again.location === null ? null : new URL(again.location).pathname
        assert.deepEqual([again.status, created], [status, location], `${path} ${again.text}`)
      }
      assert.deepEqual(await readAt(server, client, '/events'), before)
    })

    test('knows which tokens are used up and which are not', async () => {
      const { clientTokens, accessToken } = frozen()
      const person = { firstName: 'Ivy', lastName: 'Kept', email: `ivy-${name}@kept.example` }
      const create = (token: string) => clientWith(server.url, token).post('/customers', person)
      const codes = [(await create(clientTokens.used)).status, (await create(clientTokens.unused)).status]
      codes.push((await create(clientTokens.unused)).status)
      assert.deepEqual(codes, [401, 201, 401])
      const { status, body } = await clientWith(server.url, accessToken).get('/')
      // it lives for an hour of real time, and is known for ever
      assert.equal(status === 200 ? 'ExpiredAccessToken' : body['code'], 'ExpiredAccessToken')
    })

    test('has a balance for each account that is kept, and goes on to make worlds with theirs', async () => {
      const balanceOf = async (client: Client): Promise<unknown> => {
        const { account } = JSON.parse((await client.get('/')).text)._links
        const { text } = await client.get(`${new URL(account.href).pathname}/funding-sources?embed=balance`)
        const balances = JSON.parse(text)._embedded['funding-sources'].filter(
          ({ type }: Json) => `${type}` === 'balance',
        )
        assert.equal(balances.length, 1)
        return balances[0]._embedded.balance.balance.value
      }
      for (const world of known.worlds) assert.match(String(await balanceOf(await clientOf(world))), /^\d+\.\d\d$/)
      const made = await send(server.url, 'POST', '/_clearyard/worlds', {
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      const { application } = JSON.parse(made.text)
      const client = clientWith(server.url, await takeToken(server.url, application))
      assert.equal(await balanceOf(client), '5000.00')
    })

    test('goes on: what was there is edited, deactivated and brought back, and told of', async () => {
      for (const world of known.worlds) {
        const client = await clientOf(world)
        const created = world.writes.filter(({ status }) => status === 201)
        const step = async (path: string, body: object) => (await client.post(path, body)).body
        const [first = '', , third = '', deactivated = ''] = created.map(({ location }) => location ?? '')
        assert.equal((await step(first, { lastName: 'Later' }))['lastName'], 'Later')
        assert.equal((await step(third, { status: 'suspended' }))['status'], 'suspended')
        assert.equal((await step(deactivated, { status: 'reactivated' }))['status'], 'unverified')
        assert.equal((await client.post('/customers', created[1]?.body)).status, 400, 'its e-mail is taken')
        const events = (await client.get('/events?limit=2')).body['_embedded']?.['events'] as unknown as Json[]
        assert.deepEqual(
          events.map(({ topic }) => topic),
          ['customer_activated', 'customer_suspended'],
        )
      }
    })
  })
