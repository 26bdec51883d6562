/** Money through the official TypeScript client: what its schemas demand of each answer, and each operation called. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import type { Dwolla } from 'dwolla'
import { NotFoundError, SourceNotFoundError } from 'dwolla/models/errors'
import { failAtBank } from '../server/resources/transfers/transfers-fixture.ts'
import { startTestServer, type TestServer } from '../server/testing/harness.ts'
import { assertLedgerHolds } from '../server/testing/ledger.ts'
import { type Exchange, holdAllCalled, idOf, refused, typescriptClient } from './typescript-client.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** A world, and the ids of its account and of the two sources that a sandbox begins with. */
type Sandbox = { dwolla: Dwolla; seen: Exchange[]; account: string; bank: string; balance: string }

const newSandbox = async (): Promise<Sandbox> => {
  const seen: Exchange[] = []
  const { application, accountId: account } = await server.newWorld()
  const dwolla = typescriptClient(server, application, seen)
  const { embedded } = await dwolla.accounts.fundingSources.list({ id: account })
  const idOfType = (type: string) => embedded?.fundingSources?.find((source) => source.type === type)?.id ?? ''
  return { dwolla, seen, account, bank: idOfType('bank'), balance: idOfType('balance') }
}

type Extras = Partial<Parameters<Dwolla['transfers']['create']>[0]['requestBody']>

const urlOf = (collection: string, id: string) => `${server.origin}/${collection}/${id}`

/** Sends 12.50; gives the id of the transfer. */
const send = async (dwolla: Dwolla, source: string, destination: string, extras: Extras = {}): Promise<string> => {
  const created = await dwolla.transfers.create({
    requestBody: {
      links: {
        source: { href: urlOf('funding-sources', source) },
        destination: { href: urlOf('funding-sources', destination) },
      },
      amount: { value: '12.50', currency: 'USD' },
      ...extras,
    },
  })
  return idOf(created?.headers['location']?.[0])
}

/** Reads the sources that a sandbox begins with. */
const readSources = async ({ dwolla, account, bank, balance }: Sandbox): Promise<void> => {
  const { embedded } = await dwolla.accounts.fundingSources.list({ id: account, removed: 'false' })
  const [first] = embedded?.fundingSources ?? []
  assert.deepEqual(
    [first?.name, first?.bankName, first?.channels],
    ['Superhero Savings Bank', 'SANDBOX TEST BANK', ['ach']],
  )
  assert.deepEqual(await dwolla.fundingSources.get({ id: bank }), first)
  const held = await dwolla.fundingSources.balance.get({ id: balance })
  assert.ok('balance' in held)
  assert.deepEqual([held.balance, held.total], Array(2).fill({ value: '5000.00', currency: 'USD' }))
}

/** Has the account pay its own bank and be paid by it, in every way that a transfer can end. */
const payAround = async ({ dwolla, account, bank, balance }: Sandbox): Promise<void> => {
  const about = { correlationId: 'lunch-1' }
  const [cancelled, failing] = [await send(dwolla, balance, bank, about), await send(dwolla, bank, balance, about)]
  const read = await dwolla.transfers.get({ id: cancelled })
  assert.deepEqual(
    [read.status, read.amount, read.correlationId, read.clearing],
    ['pending', { value: '12.50', currency: 'USD' }, 'lunch-1', { destination: 'next-day' }],
  )
  await dwolla.transfers.cancel({ id: cancelled, requestBody: { status: 'cancelled' } })
  assert.equal((await dwolla.transfers.get({ id: cancelled })).status, 'cancelled')
  assert.equal((await dwolla.transfers.fees.list({ id: cancelled })).total, 0)
  await failAtBank(server, failing)
  const failure = await dwolla.transfers.failure.get({ id: failing })
  assert.deepEqual([failure.code, failure.description], ['R01', 'Insufficient Funds'])
  await refused(dwolla.transfers.failure.get({ id: cancelled }), NotFoundError)
  const listed = await dwolla.accounts.transfers.list({ id: account, correlationId: 'lunch-1' })
  assert.deepEqual(
    listed.embedded?.transfers?.map(({ id, status }) => `${id} ${status}`),
    [`${failing} failed`, `${cancelled} cancelled`],
  )
  assert.equal(listed.total, 2)
  const settled = await send(dwolla, bank, balance)
  await dwolla.sandboxSimulations.simulate()
  assert.equal((await dwolla.transfers.get({ id: settled })).status, 'processed')
}

/** Has the account pay somebody with a balance, for a fee and with all that a transfer may carry. */
const payCustomer = async ({ dwolla, balance }: Sandbox): Promise<void> => {
  const created = await dwolla.customers.create(wholes.personal)
  const customer = idOf(created?.headers['location']?.[0])
  const { embedded } = await dwolla.customers.fundingSources.list({ id: customer })
  const [purse] = embedded?.fundingSources ?? []
  assert.equal(purse?.type, 'balance')
  const paid = await send(dwolla, balance, purse?.id ?? '', {
    fees: [
      { links: { chargeTo: { href: urlOf('customers', customer) } }, amount: { value: '2.00', currency: 'USD' } },
      { links: { chargeTo: { href: urlOf('customers', customer) } }, amount: { value: '0.50', currency: 'USD' } },
    ],
    clearing: { destination: 'next-available' },
    achDetails: { source: { addenda: { values: ['Invoice 7'] } } },
    correlationId: 'invoice-7',
  })
  const { transactions, total } = await dwolla.transfers.fees.list({ id: paid })
  assert.deepEqual(
    transactions?.map(({ status, amount }) => `${status} ${amount?.value}`),
    ['processed 2.00', 'processed 0.50'],
  )
  assert.equal(total, 2)
  const held = await dwolla.fundingSources.balance.get({ id: purse?.id ?? '' })
  assert.ok('balance' in held)
  assert.deepEqual(held.balance, { value: '10.00', currency: 'USD' })
  const listed = await dwolla.customers.transfers.list({ id: customer, correlationId: 'invoice-7' })
  assert.deepEqual(
    listed.embedded?.transfers?.map(({ id, status }) => `${id} ${status}`),
    [`${paid} processed`],
  )
  assert.equal((await dwolla.customers.transfers.list({ id: customer })).total, 3)
}

/** Has somebody add a bank and prove that it is theirs, be debited by it, and remove it. */
const collect = async ({ dwolla, balance }: Sandbox): Promise<void> => {
  const joe = { type: 'unverified', firstName: 'Joe', lastName: 'Buyer', email: 'joe@example.com' } as const
  const customer = idOf((await dwolla.customers.create(joe))?.headers['location']?.[0])
  const authorization = await dwolla.fundingSources.onDemandTransferAuthorizations.create()
  assert.equal(authorization.buttonText, 'Agree & Continue')
  const numbers = { routingNumber: '222222226', accountNumber: '123456789', bankAccountType: 'checking' } as const
  const added = await dwolla.customers.fundingSources.create({
    id: customer,
    createCustomerFundingSource: {
      ...numbers,
      name: 'Joe’s Bank',
      links: { onDemandAuthorization: { href: authorization.links?.self?.href ?? '' } },
    },
  })
  const bank = idOf(added?.headers['location']?.[0])
  const renamed = await dwolla.fundingSources.updateOrRemove({ id: bank, requestBody: { name: 'Savings of Joe' } })
  assert.ok(renamed)
  const started = await dwolla.fundingSources.microDeposits.initiate({ id: bank })
  assert.equal(idOf(started?.headers['location']?.[0]), 'micro-deposits')
  const statusOfDeposits = async () => (await dwolla.fundingSources.microDeposits.get({ id: bank })).status
  assert.equal(await statusOfDeposits(), 'pending')
  await dwolla.sandboxSimulations.simulate()
  assert.equal(await statusOfDeposits(), 'processed')
  const cents = (value: string) => ({ value, currency: 'USD' })
  await dwolla.fundingSources.microDeposits.verify({
    id: bank,
    requestBody: { amount1: cents('0.03'), amount2: cents('0.07') },
  })
  const verified = await dwolla.fundingSources.get({ id: bank })
  assert.deepEqual([verified.name, verified.status], ['Savings of Joe', 'verified'])

  const paid = await send(dwolla, bank, balance)
  await dwolla.sandboxSimulations.simulate()
  assert.equal((await dwolla.transfers.get({ id: paid })).status, 'processed')
  await dwolla.fundingSources.updateOrRemove({ id: bank, requestBody: { removed: true } })
  assert.equal((await dwolla.fundingSources.get({ id: bank })).removed, true)
  assert.equal((await dwolla.customers.fundingSources.list({ id: customer, removed: 'false' })).total, 0)

  const own = await dwolla.accounts.fundingSources.create({ ...numbers, accountNumber: '1234', name: 'Another' })
  const another = await dwolla.fundingSources.get({ id: idOf(own?.headers['location']?.[0]) })
  assert.deepEqual([another.name, another.type], ['Another', 'bank'])
}

test('every operation of money answers what the schemas of the TypeScript client demand', async () => {
  const sandbox = await newSandbox()
  await readSources(sandbox)
  await payAround(sandbox)
  await payCustomer(sandbox)
  await collect(sandbox)
  await holdAllCalled(server, sandbox.seen, ({ isMoney }) => isMoney)
  await assertLedgerHolds(server)
})

test('the TypeScript client is told why a transfer is refused, and makes one transfer of one key', async () => {
  const { dwolla, account, balance, bank } = await newSandbox()
  const tooMuch = send(dwolla, balance, bank, { amount: { value: '5000.01', currency: 'USD' } })
  // of its many classes with one and the same shape the client takes the first
  const error = await refused(tooMuch, SourceNotFoundError)
  assert.equal(error.statusCode, 400)
  const [embedded] = error.data$.embedded?.errors ?? []
  assert.deepEqual(
    [embedded?.code, embedded?.message, embedded?.path],
    ['InsufficientFunds', 'Insufficient funds.', '/_links/source/href'],
  )
  await refused(dwolla.transfers.get({ id: account }), NotFoundError)
  const href = (id: string) => ({ href: urlOf('funding-sources', id) })
  const request = {
    idempotencyKey: 'once',
    requestBody: {
      links: { source: href(balance), destination: href(bank) },
      amount: { value: '1.00', currency: 'USD' },
    },
  }
  const [first, second] = [await dwolla.transfers.create(request), await dwolla.transfers.create(request)]
  assert.deepEqual(second?.headers['location'], first?.headers['location'])
  assert.equal((await dwolla.accounts.transfers.list({ id: account })).total, 1)
  await assertLedgerHolds(server)
})
