import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createDatabase } from '../../../db/database.ts'
import { type Answer, type Client, clientWith, startTestServer, type TestServer } from '../../../testing/harness.ts'
import { customerIn } from '../../customers/customers-fixture.ts'
import { addBank, newsOf, refusalOf, relsOf } from '../banks-fixture.ts'
import { listPendingDeposits } from './store.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

type Place = { id: string; accountId: string; client: Client; customer: string; bank: string; path: string }

const aPlace = async (settings: object = {}, clock: object = {}, bankBody: object = {}): Promise<Place> => {
  const { id, accountId, application } = await server.newWorld({ settings, clock: { mode: 'frozen', ...clock } })
  const client = await server.as(application)
  const customer = await customerIn(client, 'unverified', 'unverified')
  const bank = await addBank(client, customer, bankBody)
  return { id, accountId, client, customer, bank, path: `${bank}/micro-deposits` }
}

const idOf = (path: string): string => path.split('/').at(-1) ?? ''
const cents = (count: number) => ({ value: `0.${String(count).padStart(2, '0')}`, currency: 'USD' })
const guess = ({ client, path }: Place, one: number, other: number): Promise<Answer> =>
  client.post(path, { amount1: cents(one), amount2: cents(other) })

const start = async ({ client, path }: Place): Promise<void> => {
  const answer = await client.post(path)
  assert.deepEqual([answer.status, answer.text, answer.location], [201, '', server.origin + path])
}

const run = async ({ client }: Place): Promise<number> =>
  Number((await client.post('/sandbox-simulations')).body['total'])

/** What was deposited, as the holder of the bank account would see it. */
const amountsOf = async ({ id, bank }: Place): Promise<[number, number]> => {
  const { status, body } = await server.operate('GET', `/worlds/${id}/micro-deposits/${idOf(bank)}`)
  assert.equal(status, 200)
  const centsOf = (name: string) => Math.round(Number(body[name]?.['value']) * 100)
  return [centsOf('amount1'), centsOf('amount2')]
}

const statusOf = async ({ client, bank }: Place) => String((await client.get(bank)).body['status'])
const news = async ({ client, bank }: Place) => (await newsOf(client, bank)).slice(1).join(' ')

const wrong = '400 ValidationError + Invalid  Wrong amount(s).'
const tooMany = '403 InvalidResourceState Too many attempts.'

describe('micro-deposits', () => {
  it('are sent, arrive with the next run, and verify the bank by their amounts in either order', async () => {
    const strict = { microDeposits: 'strict' }
    const place = await aPlace(strict, { set: '2026-11-23T14:00:00Z' })
    const { client, path, bank } = place
    assert.equal(refusalOf(await client.get(path)), '404 NotFound The requested resource was not found.')
    assert.equal(refusalOf(await guess(place, 1, 2)), '404 NotFound The requested resource was not found.')
    await start(place)
    assert.equal(await relsOf(client, bank), 'self customer remove transfer-receive')
    const self = {
      href: server.origin + path,
      type: 'application/vnd.dwolla.v1.hal+json',
      'resource-type': 'micro-deposits',
    }
    const sent = { _links: { self }, created: '2026-11-23T14:00:00.000Z', status: 'pending' }
    assert.deepEqual((await client.get(path)).body, sent)
    const early = await guess(place, 1, 2)
    assert.deepEqual([early.status, early.body], [202, { code: 'TryAgainLater', message: 'Invalid wait time.' }])
    assert.equal(
      refusalOf(await client.post(path)),
      '400 MaxNumberOfResources Micro-deposits already initiated for this funding source.',
    )

    assert.equal(await run(place), 1)
    assert.equal(await run(place), 0)
    const arrived = { ...sent, _links: { self, 'verify-micro-deposits': self }, status: 'processed' }
    assert.deepEqual((await client.get(path)).body, arrived)
    assert.equal(await relsOf(client, bank), 'self customer remove verify-micro-deposits transfer-receive')
    const [one, other] = await amountsOf(place)
    assert.ok([one, other].every((amount) => amount >= 1 && amount <= 9))
    const verified = await guess(place, other, one)
    assert.deepEqual([verified.status, verified.body], [200, { _links: { self } }])
    assert.equal(await statusOf(place), 'verified')
    const topics = ['microdeposits_added', 'microdeposits_completed', 'funding_source_verified']
    assert.equal(await news(place), topics.map((topic) => `customer_${topic}`).join(' '))
    for (const again of [await client.post(path), await guess(place, one, other)])
      assert.equal(refusalOf(again), '403 InvalidResourceState Bank already verified.')
    assert.deepEqual(Object.keys((await client.get(path)).body['_links'] ?? {}), ['self'])
  })

  it('are told of without a prefix when the bank is the account’s', async () => {
    const place = await aPlace()
    const bank = await addBank(place.client, '')
    const own = { ...place, bank, path: `${bank}/micro-deposits` }
    await start(own)
    await run(own)
    assert.equal((await guess(own, 3, 4)).status, 200)
    assert.equal(await news(own), 'microdeposits_added microdeposits_completed funding_source_verified')
  })

  it('may be guessed three times: the third wrong guess is the last', async () => {
    const place = await aPlace({ microDeposits: 'strict' })
    await start(place)
    await run(place)
    const [one, other] = await amountsOf(place)
    const off = (one % 9) + 1
    assert.equal(refusalOf(await guess(place, off, 10)), '400 ValidationError + Invalid /amount2/value Invalid amount.')
    const missing = await place.client.post(place.path, { amount1: cents(1) })
    assert.equal(refusalOf(missing), '400 ValidationError + Required /amount2 Amount2 required.')
    const third = (off % 9) + 1
    for (const [a, b] of [
      [off, third],
      [off, off],
    ] as const) {
      assert.equal(refusalOf(await guess(place, a, b)), wrong)
      assert.match(await relsOf(place.client, place.bank), / verify-micro-deposits /)
    }
    assert.equal(await news(place), 'customer_microdeposits_added customer_microdeposits_completed')
    assert.equal(refusalOf(await guess(place, third, third)), wrong)
    assert.match(await news(place), / customer_microdeposits_maxattempts$/)
    assert.match(await relsOf(place.client, place.bank), / failed-verification-micro-deposits /)
    assert.equal(refusalOf(await guess(place, one, other)), tooMany)
    const again = await place.client.post(place.path)
    assert.equal(refusalOf(again), '400 MaxNumberOfResources Micro-deposits already initiated for this funding source.')
    assert.equal(await statusOf(place), 'unverified')
  })

  it('give three guesses to many who guess at once, too', async () => {
    const place = await aPlace({ microDeposits: 'strict' })
    await start(place)
    await run(place)
    const [one, other] = await amountsOf(place)
    const [a, b] = [1, 2, 3, 4].filter((amount) => amount !== one && amount !== other) as [number, number]
    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(place, a, b)))
    const said = answers.map(refusalOf).sort()
    assert.deepEqual(said, [...Array(3).fill(wrong), ...Array(17).fill(tooMany)])
    assert.equal((await news(place)).split('maxattempts').length, 2)
  })

  it('of a sandbox are right whatever they are, arrived or not, but for 0.09 and 0.09', async () => {
    const place = await aPlace()
    await start(place)
    assert.equal((await guess(place, 9, 8)).status, 200)
    assert.equal(await statusOf(place), 'verified')
    assert.equal(await run(place), 1)
    const topics = ['microdeposits_added', 'funding_source_verified', 'microdeposits_completed']
    assert.equal(await news(place), topics.map((topic) => `customer_${topic}`).join(' '))

    const unlucky = await aPlace()
    await start(unlucky)
    assert.equal(refusalOf(await guess(unlucky, 9, 9)), wrong)
    assert.equal(await news(unlucky), 'customer_microdeposits_added customer_microdeposits_maxattempts')
    assert.equal(refusalOf(await guess(unlucky, 1, 2)), tooMany)
  })

  it('come back when the bank is one that sends them back, and take it away', async () => {
    const place = await aPlace({}, {}, { name: 'R03' })
    await start(place)
    assert.equal(await run(place), 1)
    const { status, failure } = (await place.client.get(place.path)).body as unknown as Record<string, unknown>
    assert.equal(status, 'failed')
    assert.deepEqual(failure, { code: 'R03', description: 'No Account/Unable to Locate Account' })
    const topics = ['customer_microdeposits_added', 'customer_microdeposits_failed', 'customer_funding_source_removed']
    assert.equal(await news(place), topics.join(' '))
    const gone = '403 InvalidResourceState Resource cannot be modified.'
    assert.equal(refusalOf(await guess(place, 1, 2)), gone)
    assert.equal(refusalOf(await place.client.post(place.path)), gone)
  })

  it('that came back leave a bank that is there still with a link to say so', async () => {
    const place = await aPlace({}, {}, { name: 'R22' })
    await start(place)
    await run(place)
    assert.equal(
      await relsOf(place.client, place.bank),
      'self customer remove failed-verification-micro-deposits transfer-receive',
    )
    assert.equal(refusalOf(await guess(place, 1, 2)), '403 InvalidResourceState Resource cannot be modified.')
  })

  it('that are under way when the numbers change come back, and after that prove nothing', async () => {
    const place = await aPlace()
    await start(place)
    await place.client.post(place.bank, { accountNumber: '1112223' })
    await run(place)
    assert.match(await news(place), /updated customer_microdeposits_failed customer_funding_source_removed$/)

    const later = await aPlace({ microDeposits: 'strict' })
    await start(later)
    await run(later)
    const [one, other] = await amountsOf(later)
    await later.client.post(later.bank, { accountNumber: '1112223' })
    assert.match(await relsOf(later.client, later.bank), / initiate-micro-deposits /)
    assert.equal((await guess(later, one, other)).status, 404)
    await start(later)
    assert.equal(await run(later), 1)
    const [a, b] = await amountsOf(later)
    assert.equal((await guess(later, a, b)).status, 200)
  })

  it('go on to a bank that is removed meanwhile, and are there when it comes back', async () => {
    const place = await aPlace({}, {}, { accountNumber: '1231231' })
    await start(place)
    await place.client.post(place.bank, { removed: true })
    assert.equal(await relsOf(place.client, place.bank), 'self')
    assert.equal(await run(place), 1)
    assert.match(await news(place), /customer_funding_source_removed customer_microdeposits_completed$/)
    assert.equal(await addBank(place.client, place.customer, { accountNumber: '1231231' }), place.bank)
    assert.match(await relsOf(place.client, place.bank), / verify-micro-deposits /)
  })

  it('arrive by the clock of a world that settles by it, on the next banking day', async () => {
    const place = await aPlace({ settlement: 'clock' }, { set: '2026-11-25T21:00:00Z' })
    await start(place)
    const at = (set: string) => server.operate('POST', `/worlds/${place.id}/clock`, { set })
    await at('2026-11-27T13:29:59Z')
    assert.equal((await place.client.get(place.path)).body['status'], 'pending')
    await at('2026-11-27T13:30:00Z')
    assert.equal((await place.client.get(place.path)).body['status'], 'processed')
    assert.deepEqual(await listPendingDeposits(createDatabase(server.pool), place.accountId, 5), [])
    const flushed = await server.operate('POST', `/worlds/${place.id}/flush`)
    assert.deepEqual(JSON.parse(flushed.text).done, [])
  })

  it('are not for balances, for who is suspended, nor for another’s bank', async () => {
    const place = await aPlace()
    const { client, customer, path } = place
    const { _embedded } = JSON.parse((await client.get(`/accounts/${place.accountId}/funding-sources`)).text)
    const balance = _embedded['funding-sources'].find(({ type }: { type: string }) => type === 'balance')
    const unknown = '404 NotFound The requested resource was not found.'
    assert.equal(refusalOf(await client.post(`/funding-sources/${balance.id}/micro-deposits`)), unknown)
    const other = await aPlace()
    assert.equal(refusalOf(await other.client.post(path)), unknown)
    await client.post(customer, { status: 'suspended' })
    assert.equal(refusalOf(await client.post(path)), '403 InvalidResourceState Resource cannot be modified.')
  })

  it('are started and verified by a browser, each with a token of its own', async () => {
    const { client, customer, path } = await aPlace()
    const browser = async (action: string) => {
      const body = { action, _links: { customer: { href: customer } } }
      return clientWith(server.origin, String((await client.post('/client-tokens', body)).body['token']))
    }
    const amounts = { amount1: cents(1), amount2: cents(2) }
    const [creating, verifying] = ['customer.microdeposits.create', 'customer.microdeposits.verify']
    const starter = await browser(creating ?? '')
    assert.equal((await starter.post(path, amounts)).status, 403)
    assert.equal((await starter.post(path)).status, 201)
    assert.equal((await (await browser(verifying ?? '')).post(path)).status, 400)
    assert.equal((await (await browser(verifying ?? '')).post(path, amounts)).status, 200)
  })

  it('cannot be started in production, where nothing would bring them', async () => {
    const production = await startTestServer({
      sandbox: false,
      operatorToken: 'an-operator-token-of-forty-characters-xx',
    })
    try {
      const client = await production.as((await production.newWorld()).application)
      const bank = await addBank(client, '')
      const said = '403 Forbidden Micro-deposits are not enabled for this account.'
      assert.equal(refusalOf(await client.post(`${bank}/micro-deposits`)), said)
    } finally {
      await production.stop()
    }
  })

  it('are on the statement of their bank account and no other', async () => {
    const [place, other] = [await aPlace(), await aPlace()]
    await start(place)
    const { body } = await server.operate('GET', `/worlds/${place.id}/micro-deposits/${idOf(place.bank)}`)
    assert.equal(body['status'], 'pending')
    for (const path of [
      `/worlds/${other.id}/micro-deposits/${idOf(place.bank)}`,
      `/worlds/${other.id}/micro-deposits/${idOf(other.bank)}`,
      `/worlds/${place.id}/micro-deposits/none`,
    ])
      assert.equal((await server.operate('GET', path)).status, 404, path)
  })

  it('tell no application their amounts', async () => {
    const place = await aPlace({ microDeposits: 'strict' })
    await start(place)
    await run(place)
    for (const path of [place.path, place.bank, '/events?limit=200'])
      assert.doesNotMatch((await place.client.get(path)).text, /amount/i, path)
  })
})
