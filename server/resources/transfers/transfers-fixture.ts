/** Worlds with everybody who can pay or be paid, and what tests say about what happens to their money there. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import type { NewTransfer } from '@clearyard/contract/transfers.ts'
import { Registry } from 'prom-client'
import { createGate } from '../../gate/gate.ts'
import type { Ctx } from '../../gate/operation.ts'
import { post } from '../../ledger/post.ts'
import { seeded } from '../../ledger/postings.ts'
import { createBalanceReader } from '../../ledger/tables.ts'
import { simulator } from '../../rails/simulator.ts'
import { createReactions } from '../../reactions.ts'
import type { Answer, Client, Loose, TestServer } from '../../testing/harness.ts'
import { defaultSettings, type Settings } from '../../worlds/settings.ts'
import { customerIn, type Kind } from '../customers/customers-fixture.ts'
import { fingerprintOf } from '../funding-sources/banks.ts'
import { balanceSourceOf, insertBank } from '../funding-sources/operations.ts'
import { fundingSources } from '../funding-sources/store.ts'
import { createTransfer } from './create.ts'
import { failLeg } from './fail.ts'

/** Who there is: the account, a verified sender and receiver, an unverified and a receive-only customer. */
const people: { readonly [letter: string]: readonly [kind: Kind, state: string] } = {
  S: ['personal', 'verified'],
  R: ['business', 'verified'],
  U: ['unverified', 'unverified'],
  O: ['receive-only', 'unverified'],
  H: ['personal', 'retry'],
}

export type Place = {
  readonly worldId: string
  readonly accountId: string
  readonly client: Client
  /** The ids of parties (`S`) and funding sources (`S.bank`), and what each id stands for. */
  readonly ids: Map<string, string>
  readonly names: Map<string, string>
  write<O>(run: (ctx: Ctx) => O): Promise<O>
  /** Sends money; gives the answer. */
  send(from: string, to: string, value?: string, more?: object): Promise<Answer>
  /** Lets banks do their part once; steered, one of them has another name first: `S.bank R01` fails. */
  run(steered?: string): Promise<void>
  /** What was told of transfers since this was last asked: `T+S` of which leg, by the names that legs were given. */
  news(): Promise<string[]>
  get(path: string): Promise<Loose>
  /** What is in a balance, in dollars. */
  balance(owner: string): Promise<string>
}

type Row = { readonly [member: string]: string }

/** Adds a verified bank. */
const addBank = (
  ctx: Ctx,
  { sealer }: TestServer,
  { name, customerId, accountNumber }: { name: string; customerId: string | null; accountNumber: string },
): string => {
  const numbers = { routingNumber: '222222226', accountNumber }
  const fingerprint = fingerprintOf(sealer, ctx.accountId, numbers)
  const bank = { numbers, fingerprint, name, bankAccountType: 'checking', status: 'verified' } as const
  return insertBank(ctx, { customerId, bank }).id
}

/** Makes banks and balances with money for these people, with a bank each, and two for the account and S. */
const equip = (ctx: Ctx, server: TestServer, ids: Map<string, string>): void => {
  for (const letter of ['A', ...Object.keys(people)]) {
    const owner = ids.get(letter) ?? ''
    const customerId = letter === 'A' ? null : owner
    for (const name of letter === 'A' || letter === 'S' ? ['bank', 'bank2'] : ['bank'])
      ids.set(`${letter}.${name}`, addBank(ctx, server, { name, customerId, accountNumber: String(1000 + ids.size) }))
    if (!['A', 'S', 'R'].includes(letter)) continue
    const { id } = balanceSourceOf(ctx, owner)
    ids.set(`${letter}.balance`, id)
    post(ctx, seeded({ amountCents: 10_000n, to: id }))
  }
}

const symbols: { readonly [news: string]: string } = {
  created: '+',
  completed: '✓',
  failed: '✗',
  cancelled: '-',
  creation_failed: '?',
}

/** `customer_bank_transfer_created` of S → `BT+S` */
const symbolOf = (topic: string, party: string): string => {
  const [, kind, news = ''] = /^(?:customer_)?((?:bank_)?transfer|funding_source)_(\w+)$/.exec(topic) ?? []
  if (kind === 'funding_source') return `${news} ${party}`
  assert.equal(topic.startsWith('customer_'), party !== 'A', topic)
  return `${kind === 'transfer' ? 'T' : 'BT'}${symbols[news] ?? news}${party}`
}

/**
 * @param settings of the world, besides an empty balance to begin with
 * @param more of the world: its clock
 */
export const newPlace = async (
  server: TestServer,
  settings: Partial<Settings> = {},
  more: { clock?: object } = {},
): Promise<Place> => {
  const own = { seedBalanceCents: 0, ...settings }
  const { id: worldId, accountId, application } = await server.newWorld({ settings: own, ...more })
  const client = await server.as(application)
  const ids = new Map([['A', accountId]])
  for (const [letter, [kind, state]] of Object.entries(people)) {
    const email = `${letter.toLowerCase()}@example.com`
    const path = await customerIn(client, kind, state, { email, correlationId: undefined })
    ids.set(letter, path.split('/').at(-1) ?? '')
    if (kind === 'business') await client.post(`${path}/beneficial-ownership`, { status: 'certified' })
  }
  const write: Place['write'] = (run) =>
    server.gate.write({
      context: {
        accountId,
        actor: { kind: 'operator' },
        settings: { ...defaultSettings, ...own },
        now: new Date(),
      },
      run,
    })
  const made = new Map<string, string>()
  await write((ctx) => {
    made.clear()
    for (const [name, id] of ids) made.set(name, id)
    equip(ctx, server, made)
  })
  const names = new Map([...made].map(([name, id]) => [id, name]))
  const idOf = (name: string): string => made.get(name) ?? assert.fail(`nothing is called ${name}`)
  const readBalance = createBalanceReader(server.pool)
  let seen = 0

  const get: Place['get'] = async (path) => {
    const answer = await client.get(path)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
  // what making the place has told is no news
  const eventsSince = async (): Promise<Row[]> => {
    const { rows } = await server.pool.query<Row>(
      'select topic, resource_id, customer_id from events where account_id = $1 order by ordinal offset $2',
      [accountId, seen],
    )
    seen += rows.length
    return rows
  }
  await eventsSince()

  return {
    worldId,
    accountId,
    client,
    ids: made,
    names,
    write,
    get,
    send: (from, to, value = '10.00', more = {}) =>
      client.post('/transfers', {
        _links: {
          source: { href: `${server.origin}/funding-sources/${idOf(from)}` },
          destination: { href: `${server.origin}/funding-sources/${idOf(to)}` },
        },
        amount: { value, currency: 'USD' },
        ...more,
      }),
    run: async (steered = '') => {
      const [bank = '', name = ''] = steered.split(' ')
      if (name !== '')
        await write((ctx) => {
          fundingSources.set(ctx, fundingSources.get(ctx, idOf(bank)), { name })
        })
      const { status, text } = await client.post('/sandbox-simulations')
      assert.equal(status, 200, text)
    },
    news: async () =>
      (await eventsSince())
        .filter(({ topic }) => /transfer|negative/.test(topic ?? ''))
        .map(({ topic = '', resource_id = '', customer_id }) => {
          const symbol = symbolOf(topic, names.get(customer_id ?? accountId) ?? '')
          return topic.includes('transfer') ? `${names.get(resource_id) ?? 'another'}:${symbol}` : symbol
        }),
    balance: async (owner) => {
      const balance = await readBalance({ accountId, id: idOf(`${owner}.balance`) })
      return (Number(balance?.amount_cents) / 100).toFixed(2)
    },
  }
}

/** Has its bank refuse a transfer, for want of funds. */
export const failAtBank = async (server: TestServer, transfer: string): Promise<void> => {
  const id = idIn(transfer)
  const found = await server.pool.query<{ account_id: string }>('select account_id from transfers where id = $1', [id])
  const accountId = found.rows[0]?.account_id ?? assert.fail(`there is no transfer ${id}`)
  const context = { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now: new Date() } as const
  assert.ok(await server.gate.write({ context, run: (ctx) => failLeg(ctx, id, 'R01') }))
}

/** Moves money from a new bank of the account to its balance, also where no rail leads; gives the transfer's path. */
export const insertDeposit = async (
  server: TestServer,
  accountId: string,
  more: Pick<NewTransfer, 'correlationId' | 'metadata'>,
): Promise<string> => {
  const context = { accountId, actor: { kind: 'operator' }, settings: defaultSettings, now: new Date() } as const
  const accountNumber = String(randomInt(10_000, 1_000_000_000))
  const { pool, sealer } = server
  const gate = createGate({ pool, sealer, reactions: createReactions(simulator), registry: new Registry() })
  const id = await gate.write({
    context,
    run: (ctx) =>
      createTransfer(ctx, {
        payer: null,
        transfer: {
          source: addBank(ctx, server, { name: 'Bank', customerId: null, accountNumber }),
          destination: { type: 'funding-source', id: balanceSourceOf(ctx, accountId).id },
          amountCents: 100n,
          fees: [],
          clearing: null,
          achDetails: null,
          processingChannel: null,
          ...more,
        },
      }),
  })
  return `/transfers/${id}`
}

/** The last part of a link's path. */
export const idIn = (href: unknown): string => String(href).split('/').at(-1) ?? ''

/**
 * Names the legs of a payment after what they are: `M` is the one that is answered, `P` pays for it, `W` is paid by it.
 */
export const nameLegs = async ({ names, get }: Place, mainId: string): Promise<void> => {
  names.set(mainId, 'M')
  const main = await get(`/transfers/${mainId}`)
  const linked = (rel: string) => main['_links']?.[rel]?.['href']
  if (linked('funding-transfer')) names.set(idIn(linked('funding-transfer')), 'P')
  if (linked('funded-transfer')) names.set(idIn(linked('funded-transfer')), 'W')
}
