/**
 * Every way in which a request for a transfer is refused, over HTTP: what it is told, and that nothing is written. SRC
 * and DST are the links of the source and the destination.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type Answer, startTestServer, type TestServer } from '../../testing/harness.ts'
import { assertLedgerHolds } from '../../testing/ledger.ts'
import { type Stored, storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { defaultSettings } from '../../worlds/settings.ts'
import { anOwner } from '../beneficial-owners/owners-fixture.ts'
import { customerIn, errorsOf, type Kind } from '../customers/customers-fixture.ts'
import { blockBank } from '../funding-sources/blocked-banks.ts'
import { balanceSourceOf, insertBank } from '../funding-sources/operations.ts'
import { type FundingSourceRow, fundingSources } from '../funding-sources/store.ts'
import { idIn, newPlace, type Place } from './transfers-fixture.ts'

let server: TestServer
let place: Place
let worldId: string

/** Those who may not do everything; R is a business with an owner who is not verified, H is in `retry`. */
const restricted: { readonly [letter: string]: readonly [kind: Kind, state: string] } = {
  X: ['personal', 'verified'],
  Z: ['personal', 'suspended'],
  D: ['personal', 'deactivated'],
  V: ['unverified', 'suspended'],
  N: ['unverified', 'unverified'],
  Q: ['receive-only', 'suspended'],
}

/** Banks that are not like others. */
const banks: { readonly [name: string]: Partial<FundingSourceRow> } = {
  'X.bank': {},
  'X.gone': { is_removed: true },
  'X.new': { status: 'unverified' },
  'X.loan': { bank_account_type: 'loan' },
  'X.ledger': { bank_account_type: 'general-ledger' },
  'X.blocked': {},
  'Z.bank': {},
  'D.bank': {},
  'V.bank': {},
  'Q.bank': {},
  'U.bank2': {},
}

before(async () => {
  server = await startTestServer()
  const foreign = await newPlace(server)
  place = await newPlace(server)
  await anOwner(place.client, `/customers/${place.ids.get('R')}`, 'incomplete')
  for (const name of ['A', 'S', 'S.bank']) place.ids.set(`foreign ${name}`, foreign.ids.get(name) ?? '')
  place.ids.set('nobody', randomUUID())
  for (const [letter, [kind, state]] of Object.entries(restricted)) {
    const email = `${letter.toLowerCase()}@example.com`
    place.ids.set(letter, idIn(await customerIn(place.client, kind, state, { email, correlationId: undefined })))
  }
  const made = await place.write((ctx) => {
    const ids = new Map<string, string>()
    for (const [name, change] of Object.entries(banks)) {
      const customerId = place.ids.get(name.split('.')[0] ?? '') ?? ''
      const numbers = { routingNumber: '222222226', accountNumber: String(90_000 + ids.size) }
      const bank = { numbers, fingerprint: name, name, bankAccountType: 'checking', status: 'verified' } as const
      const row = fundingSources.set(ctx, insertBank(ctx, { customerId, bank }), change)
      if (name === 'X.blocked') blockBank(ctx, row, 'R10')
      ids.set(name, row.id)
    }
    for (const owner of ['X', 'D']) ids.set(`${owner}.balance`, balanceSourceOf(ctx, place.ids.get(owner) ?? '').id)
    return ids
  })
  for (const [name, id] of made) place.ids.set(name, id)
  const found = await server.pool.query('select id from worlds where account_id = $1', [place.accountId])
  worldId = found.rows[0].id
})
after(() => server.stop())

/** `S.bank` is a funding source, `customer S` and `account A` are parties; anything else is taken as it is written. */
const hrefOf = (named: string): string => {
  const [, collection, name] = /^(customer|account) (.+)$/.exec(named) ?? [null, 'funding-source', named]
  const id = place.ids.get(name ?? '')
  return id === undefined ? named : `${server.origin}/${collection}s/${id}`
}

/** `S 1.00, customer R 2.00`: what is charged to whom */
const feesOf = (text: string) =>
  text.split(', ').map((fee) => {
    const [, payer = '', value] = /^(.+) (\S+)$/.exec(fee) ?? []
    return { _links: { 'charge-to': { href: hrefOf(payer) } }, amount: { value, currency: 'USD' } }
  })

const moreOf = (text: string): object => {
  if (text.startsWith('fees: ')) return { fees: feesOf(text.slice(6)) }
  return JSON.parse(text || '{}')
}

const requestOf = ({ from, to, amount, more }: { [C in 'from' | 'to' | 'amount' | 'more']: string }): object => ({
  _links: { source: { href: hrefOf(from) }, destination: { href: hrefOf(to) } },
  amount: { value: amount || '10.00', currency: 'USD' },
  ...moreOf(more),
})

/** `code path message` of each error; of a refusal without any, its code and message. */
const said = (answer: Answer, what: string): string => {
  if (answer.status === 403) return `${answer.body['code']} ${answer.body['message']}`
  return errorsOf(answer, what)
    .map((error) => error.replace('/_links/source/href', 'SRC').replace('/_links/destination/href', 'DST'))
    .join(' + ')
}

const rows = (): Promise<Stored> => storedRows(server.pool, place.accountId)

const set = async (settings: object): Promise<void> => {
  const answer = await server.operate('POST', `/worlds/${worldId}`, { settings })
  assert.equal(answer.status, 200, answer.text)
}

/** Each is refused with just this, and leaves nothing. */
const holdRefused = async (table: readonly { [C in 'from' | 'to' | 'amount' | 'more' | 'says']: string }[]) => {
  const stored = await rows()
  for (const row of table) {
    const what = `${row.from} to ${row.to} ${row.amount} ${row.more}`
    assert.equal(said(await place.client.post('/transfers', requestOf(row)), what), row.says, what)
    assert.deepEqual(await rows(), stored, what)
  }
  await assertLedgerHolds(server)
}

const columns = ['from', 'to', 'amount', 'more', 'says'] as const

describe('a transfer is refused', () => {
  it('from or to what cannot pay or be paid', () =>
    holdRefused(
      textTable(
        columns,
        `
        nobody          | A.balance           |  |  | Invalid SRC Funding source not found.
        foreign S.bank  | A.balance           |  |  | Invalid SRC Funding source not found.
        customer S      | A.balance           |  |  | Invalid SRC Invalid funding source.
        A.balance       | nobody              |  |  | Invalid DST Receiver not found.
        A.balance       | foreign S.bank      |  |  | Invalid DST Receiver not found.
        A.balance       | customer nobody     |  |  | Invalid DST Receiver not found.
        A.balance       | customer foreign S  |  |  | Invalid DST Receiver not found.
        S.balance       | account foreign A   |  |  | Invalid DST Receiver not found.
        S.balance       | account S           |  |  | Invalid DST Receiver not found.
        A.balance       | mailto:s@example.com |  |  | Invalid DST Invalid destination.
        A.balance       | customer N          |  |  | RequiresFundingSource DST Receiver requires funding source.
        X.gone          | A.balance           |  |  | Invalid SRC Invalid funding source.
        X.new           | A.balance           |  |  | Invalid SRC Invalid funding source.
        A.balance       | X.gone              |  |  | Invalid DST Invalid destination funding source.
        X.bank          | X.gone              |  |  | Invalid DST Invalid destination funding source.
        X.balance       | X.gone              |  |  | Invalid DST Destination funding source is either removed or does not exist.
        X.loan          | A.balance           |  |  | Invalid SRC Invalid bank account type
        A.balance       | X.ledger            |  |  | Invalid DST Invalid bank account type
        X.ledger        | A.balance           |  |  | Invalid SRC Invalid bank account type
        X.blocked       | A.balance           |  |  | NotAllowed DST Due to account restrictions, we are unable to process this transaction.
        A.balance       | X.blocked           |  |  | NotAllowed DST Due to account restrictions, we are unable to process this transaction.
        S.bank          | S.bank              |  |  | Invalid DST Receiver cannot be the owner of the source funding source.
        S.balance       | customer S          |  |  | Invalid DST Receiver cannot be the owner of the source funding source.
        A.balance       | account A           |  |  | Invalid DST Receiver cannot be the owner of the source funding source.
        U.bank          | U.bank2             |  |  | Invalid DST Receiver cannot be the owner of the source funding source.
        `,
      ),
    ))

  it('where one of the parties may not, or both together', () =>
    holdRefused(
      textTable(
        columns,
        `
        H.bank    | A.balance  |  |  | Restricted SRC Sender restricted.
        Z.bank    | A.balance  |  |  | Restricted SRC Sender restricted.
        D.balance | A.balance  |  |  | Restricted SRC Sender restricted.
        V.bank    | A.balance  |  |  | Restricted SRC Sender restricted.
        O.bank    | A.balance  |  |  | Restricted SRC Sender restricted.
        R.balance | A.balance  |  |  | Restricted SRC Sender restricted.
        A.balance | Z.bank     |  |  | Restricted DST Receiver restricted.
        A.balance | customer Z |  |  | Restricted DST Receiver restricted.
        A.balance | D.balance  |  |  | Restricted DST Receiver restricted.
        S.bank    | V.bank     |  |  | Restricted DST Receiver restricted.
        A.balance | Q.bank     |  |  | Restricted DST Receiver restricted.
        D.bank    | D.balance  |  |  | Restricted DST Account is restricted.
        D.balance | D.bank     |  |  | Restricted SRC Account or customer restricted.
        R.balance | R.bank     |  |  | Restricted SRC Account or customer restricted.
        U.bank    | O.bank     |  |  | NotAllowed DST Receiver cannot receive from sender.
        `,
      ),
    ))

  it('of more than there may be, or there is', () =>
    holdRefused(
      textTable(
        columns,
        `
        S.bank    | A.balance | 10000.01 |  | Invalid /amount/value Invalid amount. The supplied amount is greater than your transaction limit.
        U.bank    | A.balance | 5000.01  |  | Invalid /amount/value Invalid amount. The supplied amount is greater than your transaction limit.
        S.balance | S.bank    | 10000.01 |  | Invalid /amount/value Invalid amount.
        S.balance | A.balance | 100.01   |  | InsufficientFunds SRC Insufficient funds.
        A.balance | A.bank    | 100.01   |  | InsufficientFunds SRC Insufficient funds.
        X.balance | R.bank    | 0.01     |  | InsufficientFunds SRC Insufficient funds.
        S.balance | A.balance | 99.00    | fees: customer S 1.01 | InsufficientFunds SRC Insufficient funds.
        A.bank    | S.bank    | 1000000.01 | {"clearing":{"destination":"next-available"}} | Restricted /amount/value Amount is above the allowed threshold for the specified destination clearing type.
        A.balance | A.bank    | 1000000.01 | {"clearing":{"destination":"next-available"}} | Restricted /amount/value Amount is above the allowed threshold for the specified clearing type.
        `,
      ),
    ))

  it('with what it may not have', () =>
    holdRefused(
      textTable(
        columns,
        `
        A.balance | R.bank    |  | {"processingChannel":{"destination":"real-time-payments"}} | Forbidden Real Time Payments not enabled for this account
        S.balance | R.bank    |  | {"achDetails":{"source":{"addenda":{"values":["x"]}}}} | NotAllowed  Supplying ach addenda entries is currently not enabled.
        A.balance | S.bank    |  | {"achDetails":{"destination":{"addenda":{"values":["x"]}}}} | NotAllowed  Supplying ach addenda entries is currently not enabled.
        A.bank    | R.bank    |  | {"achDetails":{"source":{"addenda":{"pointOfSale":{"identificationCode":"A","serialNumber":"1","date":"2026-11-24","address":"a","city":"b","state":"IA"}}}}} | NotAllowed  Supplying point of sale addenda entries is currently not enabled.
        S.balance | S.bank    |  | fees: customer S 1.00 | Invalid  Account cannot facilitate this transaction.
        S.balance | R.balance |  | fees: customer nobody 1.00 | Invalid  Facilitator fee account not found.
        S.balance | R.balance |  | fees: customer foreign S 1.00 | Invalid  Facilitator fee account not found.
        S.balance | R.balance |  | fees: account S 1.00 | Invalid  Facilitator fee account not found.
        S.balance | R.balance |  | fees: S.bank 1.00 | Invalid  Facilitator fee account not found.
        S.balance | R.balance |  | fees: customer U 1.00 | Invalid /fees/_links/charge-to/href Unable to charge fee to specified destination.
        S.balance | U.bank    |  | fees: customer U 1.00 | Invalid /fees/_links/charge-to/href Unable to charge fee to specified destination.
        S.balance | A.balance |  | fees: account A 1.00 | Invalid /fees/_links/charge-to/href Unable to charge fee to specified destination.
        S.balance | R.balance |  | fees: customer S 1.00, customer R 1.00 | Invalid /fees/_links/charge-to/href Currently, all fees must be paid by same destination."
        S.balance | R.balance |  | fees: customer S 5.01 | Invalid  Facilitator fee sum too large.
        S.balance | R.balance |  | fees: customer S 2.50, customer S 2.51 | Invalid  Facilitator fee sum too large.
        S.balance | R.balance |  | fees: customer S 0.00 | Invalid  Facilitator fee below minimum.
        S.balance | R.balance |  | fees: customer S 0.001 | Invalid  Facilitator fee below minimum.
        S.balance | R.balance |  | fees: customer S one | Invalid /fees/_links/charge-to/href Invalid facilitator fee amount.
        `,
      ),
    ))

  it('in a form that is none, with everything that is wrong with it', () =>
    holdRefused(
      textTable(
        columns,
        `
        S.balance | R.balance |  | {"amount":null} | Required /amount Amount required.
        S.balance | R.balance |  | {"amount":"10.00"} | Invalid /amount Invalid amount.
        S.balance | R.balance |  | {"amount":{"value":"1.00"}} | Required /amount/currency Currency required.
        S.balance | R.balance |  | {"amount":{"value":"1.00","currency":"EUR"}} | Invalid /amount/currency Currency invalid.
        S.balance | R.balance |  | {"metadata":{"a":7}} | Invalid /metadata Invalid metadata.
        S.balance | R.balance |  | {"metadata":{"a":"\\ud800"}} | Invalid /metadata Invalid metadata.
        S.balance | R.balance |  | {"metadata":{"a":"\\u0000"}} | Invalid /metadata Invalid metadata.
        S.balance | R.balance |  | {"correlationId":""} | InvalidFormat /correlationId Correlation id must be at least one character and up to 255 characters when supplied.
        S.balance | R.balance |  | {"correlationId":"a b"} | InvalidFormat /correlationId Correlation id must be at least one character and up to 255 characters when supplied.
        S.balance | R.balance |  | {"clearing":{"source":"fast"}} | Invalid /clearing/source Invalid source clearing type.
        S.balance | R.balance |  | {"processingChannel":{"destination":"wire"}} | Invalid /processingChannel/destination Invalid processing channel.
        S.balance | R.balance |  | {"achDetails":{"destination":{"addenda":{"values":["💸"]}}}} | InvalidFormat /achDetails/destination/addenda/values Ach addenda entries can be up to 80 characters when supplied.
        S.balance | R.balance |  | {"achDetails":{"source":{"addenda":{"values":["é"]}}}} | InvalidFormat /achDetails/source/addenda/values Ach addenda entries can be up to 80 characters when supplied.
        S.balance | R.balance |  | {"achDetails":{"source":{"addenda":{"pointOfSale":{"state":"XX"}}}}} | InvalidFormat /achDetails/source/addenda/pointOfSale/identificationCode Identification code on a Point of Sale addenda entry is required and can be up to 6 characters. + InvalidFormat /achDetails/source/addenda/pointOfSale/serialNumber Serial number on a Point of Sale addenda entry is required and can be up to 6 characters. + InvalidFormat /achDetails/source/addenda/pointOfSale/date Date on a Point of Sale addenda entry is required and should be ISO-8601 format: YYYY-MM-DD. + InvalidFormat /achDetails/source/addenda/pointOfSale/address Address on a Point of Sale addenda entry is required and can be up to 27 characters. + InvalidFormat /achDetails/source/addenda/pointOfSale/city City on a Point of Sale addenda entry is required and can be up to 15 characters. + InvalidFormat /achDetails/source/addenda/pointOfSale/state State on a Point of Sale addenda entry is required and should be a valid 2-letter abbreviation.
        S.balance | R.balance |  | {"achDetails":{"source":{"addenda":{"values":["x"],"pointOfSale":{"identificationCode":"A","serialNumber":"1","date":"2026-11-24","address":"a","city":"b","state":"IA"}}}}} | NotAllowed /achDetails/source/addenda/pointOfSale Addenda must not include both 'values' and 'pointOfSale addenda
        S.balance | R.balance |  | {"rtpDetails":{"destination":{"remittanceData":"💸"}}} | InvalidFormat /rtpDetails/destination/remittanceData Remittance data invalid.
        S.balance | R.balance |  | {"fees":{}} | Invalid /fees/_links/charge-to/href Invalid facilitator fee amount.
        mailto:a  | mailto:b  | 0 | {"correlationId":"é"} | Invalid SRC Invalid funding source. + Invalid DST Invalid destination. + InvalidFormat /amount/value Invalid amount. The supplied amount must be a positive number. + InvalidFormat /correlationId Correlation id must be at least one character and up to 255 characters when supplied.
        nobody    | nobody    | 0 | | InvalidFormat /amount/value Invalid amount. The supplied amount must be a positive number.
        `,
      ),
    ))

  it('by what the account is set to', async () => {
    const table = textTable(
      ['setting', 'value', ...columns],
      `
      mayFacilitateFunds       | false | S.bank    | R.bank    |  |  | Forbidden Invalid Funds Flow: this operation requires the funds flow 'Facilitate' to be enabled
      mayReceiveFunds          | false | S.bank    | A.bank    |  |  | Forbidden Invalid Funds Flow: this operation requires the funds flow 'Receive' to be enabled
      maySendFunds             | false | A.bank    | S.bank    |  |  | Forbidden Invalid Funds Flow: this operation requires the funds flow 'Send' to be enabled
      mayChargeFees            | false | S.balance | A.balance |  | fees: customer S 1.00 | Invalid  Account cannot facilitate this transaction.
      mayClearSameDay          | false | S.balance | R.bank    |  | {"clearing":{"destination":"next-available"}} | Restricted /clearing/destination Destination clearing type is currently not enabled.
      sameDayLimitCents        | 999   | S.balance | U.bank    |  | {"clearing":{"destination":"next-available"}} | Restricted /amount/value Amount is above the allowed threshold for the specified destination clearing type.
      sameDayLimitCents        | 999   | S.balance | S.bank    |  | {"clearing":{"destination":"next-available"}} | Restricted /amount/value Amount is above the allowed threshold for the specified clearing type.
      maySendAddenda           | false | A.balance | R.bank    |  | {"achDetails":{"destination":{"addenda":{"values":["x"]}}}} | NotAllowed  Supplying ach addenda entries is currently not enabled.
      transferLimitCents       | 999   | S.balance | A.balance |  |  | Invalid /amount/value Invalid amount. The supplied amount is greater than your transaction limit.
      unverifiedWeeklyLimitCents | 999 | U.bank    | A.balance |  |  | Invalid /amount/value Invalid amount. The supplied amount is greater than your transaction limit.
      weeklyReceiveLimitCents  | 999   | A.balance | S.balance |  |  | Restricted DST Destination customer has reached its weekly receive limit.
      `,
    )
    for (const { setting, value, ...row } of table) {
      await set({ [setting]: JSON.parse(value) })
      await holdRefused([row])
      await set({ [setting]: defaultSettings[setting as keyof typeof defaultSettings] })
    }
  })
})
