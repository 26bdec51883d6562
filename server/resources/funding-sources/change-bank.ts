/** What becomes of a bank that is there: it is called something else, has other numbers, or is removed. */
import { type EmbeddedError, invalid, Refusal } from '@clearyard/contract/errors.ts'
import { fieldName, isBlank, ownValue } from '@clearyard/contract/fields.ts'
import { type BankBody, checkBank } from '@clearyard/contract/funding-sources.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { openCell } from '../../gate/sealed.ts'
import type { Sealer } from '../../sealing.ts'
import { findRemoved } from './add-bank.ts'
import { type BankNumbers, bankOf, fingerprintOf } from './banks.ts'
import { isBlocked } from './blocked-banks.ts'
import { accountTypesOf } from './domain.ts'
import { getOpenHolder } from './holders.ts'
import { removeBank } from './removal.ts'
import { bankKeyOf, type FundingSourceRow, fundingSources, noSuchSource } from './store.ts'
import { tell } from './tell.ts'

type Body = Readonly<Record<string, unknown>>

/** @property removed whether the body asks for that, and for nothing else then */
type Change = { id: string; body: Body; sealer: Sealer }

const unverifiedAlone = ['routingNumber', 'accountNumber', 'bankAccountType'] as const

const isGiven = (body: Body, name: string): boolean => !isBlank(ownValue(body, name))

const invalidName = (): Refusal => new Refusal('ValidationError', { message: 'Invalid bank name.' })

const readOnly = (name: string): EmbeddedError => ({
  code: 'ReadOnly',
  message: `${fieldName(name)} is read-only.`,
  path: `/${name}`,
})

/** What a body says of a bank, when it may say that. */
const readChange = (ctx: Ctx, bank: FundingSourceRow, body: Body): BankBody<'edit'> => {
  const { value, errors } = checkBank('edit', body, accountTypesOf(getOpenHolder(ctx, bank), ctx.settings))
  const given = unverifiedAlone.filter((name) => isGiven(body, name))
  const isNamed = ownValue(body, 'name') !== undefined
  if (errors.some(({ path }) => path === '/name') || (value.name === undefined && (isNamed || given.length === 0)))
    throw invalidName()
  if (bank.status === 'verified' && given.length > 0) throw invalid(...given.map(readOnly))
  if (errors.length > 0) throw invalid(...errors)
  return value
}

/** What the numbers of a bank were. */
const numbersOf = (ctx: Ctx, { id, sealed_numbers: cell }: FundingSourceRow, sealer: Sealer): BankNumbers => {
  if (cell === null) throw new Error('a bank has numbers')
  const place = { accountId: ctx.accountId, table: fundingSources.shape.name, id, column: 'sealed_numbers' }
  return JSON.parse('plain' in cell ? cell.plain : openCell(sealer, place, cell.bytes))
}

/** The columns that come of other numbers, when they are other. */
const renumbered = (ctx: Ctx, bank: FundingSourceRow, given: Partial<BankNumbers>, sealer: Sealer) => {
  if (given.routingNumber === undefined && given.accountNumber === undefined) return {}
  const numbers = { ...numbersOf(ctx, bank, sealer), ...given }
  const fingerprint = fingerprintOf(sealer, ctx.accountId, numbers)
  const key = bankKeyOf(bank.owner_id, fingerprint)
  if (isBlocked(ctx, { fingerprint }))
    throw new Refusal('Forbidden', { message: 'Not authorized to create funding source.' })
  const removed = findRemoved(ctx, key, bank.id)
  if (removed) fundingSources.set(ctx, removed, { bank_key: null })
  const { bankName, channels } = bankOf(numbers.routingNumber)
  const sealed_numbers = { plain: JSON.stringify(numbers) }
  return { fingerprint, bank_key: key, bank_name: bankName, channels, sealed_numbers }
}

const getBank = (ctx: Ctx, id: string): FundingSourceRow => {
  const bank = fundingSources.find(ctx, id)
  if (!bank) throw noSuchSource()
  if (bank.type !== 'bank')
    throw new Refusal('ValidationError', { message: "Only funding sources of type='bank' can be updated." })
  if (bank.is_removed) throw new Refusal('InvalidResourceState', { message: 'A removed bank cannot be updated.' })
  return bank
}

/** Removes a bank, or says anew what of it is said. */
export const changeBank: Operation<Change, FundingSourceRow> = (ctx, { id, body, sealer }) => {
  const bank = getBank(ctx, id)
  const removed = ownValue(body, 'removed')
  getOpenHolder(ctx, bank)
  if (!isBlank(removed) && typeof removed !== 'boolean')
    throw invalid({ code: 'Invalid', message: 'Removed invalid.', path: '/removed' })
  return removed === true ? removeBank(ctx, bank) : editBank(ctx, bank, body, sealer)
}

const editBank = (ctx: Ctx, bank: FundingSourceRow, body: Body, sealer: Sealer): FundingSourceRow => {
  const { name, bankAccountType, ...numbers } = readChange(ctx, bank, body)
  const changed = fundingSources.set(ctx, bank, {
    ...renumbered(ctx, bank, numbers, sealer),
    name: name ?? bank.name,
    bank_account_type: bankAccountType ?? bank.bank_account_type,
  })
  tell(ctx, changed, 'funding_source_updated')
  return changed
}
