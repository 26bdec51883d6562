/** A bank is added by its numbers, or comes back as what it was. */
import { invalid, Refusal } from '@clearyard/contract/errors.ts'
import { checkBank } from '@clearyard/contract/funding-sources.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import type { Sealer } from '../../sealing.ts'
import { customers } from '../customers/store.ts'
import { onDemandAuthorizations } from '../on-demand-authorizations/store.ts'
import { fingerprintOf } from './banks.ts'
import { isBlocked } from './blocked-banks.ts'
import { accountTypesOf, comesBack } from './domain.ts'
import { type Extras, readExtras } from './extras.ts'
import { getOpenHolder } from './holders.ts'
import { bankColumnsOf, insertBank, type NewBank } from './operations.ts'
import { bankKeyOf, type FundingSourceRow, fundingSources } from './store.ts'
import { tell } from './tell.ts'

/**
 * The bank that holds these numbers for its owner, or held them and was removed.
 * @throws Refusal with DuplicateResource when it is there still
 */
export const findRemoved = (ctx: Ctx, key: string, own?: string): FundingSourceRow | null => {
  const holding = fundingSources.findBy(ctx, 'bank_key', key)
  if (!holding || holding.id === own) return null
  if (!holding.is_removed)
    throw new Refusal('DuplicateResource', {
      message: `Bank already exists: id=${holding.id}`,
      about: { path: pathOf('funding-source', holding.id), resourceType: 'funding-source' },
    })
  return holding
}

/** @throws Refusal with MaxNumberOfResources when the customer has as many banks as it may; the account may have any */
const demandRoom = (ctx: Ctx, customerId: string | null): void => {
  if (customerId === null) return
  const banks = fundingSources
    .list(ctx, 'owner_id', customerId)
    .filter(({ type, is_removed }) => type === 'bank' && !is_removed)
  if (banks.length >= ctx.settings.maxBanksPerCustomer) throw new Refusal('MaxNumberOfResources')
}

export const noSuchHolder = (): Refusal =>
  new Refusal('NotFound', { message: 'Customer ID not found. Check Customer ID.' })

const notAuthorized = (): Refusal => new Refusal('Forbidden', { message: 'Not authorized to create funding source.' })

/** Gives the authorization to the bank: it is good for one. */
const spendAuthorization = (ctx: Ctx, { authorizationId: id }: Extras, bank: FundingSourceRow): void => {
  if (id === null) return
  const authorization = onDemandAuthorizations.find(ctx, id)
  if (!authorization) {
    const path = '/_links/on-demand-authorization/href'
    throw invalid({ code: 'Invalid', message: 'On-demand-authorization invalid.', path })
  }
  if (authorization.funding_source_id !== null)
    throw new Refusal('ValidationError', {
      message: 'Duplicate funding source or validation error. Authorization already associated to a funding source.',
    })
  onDemandAuthorizations.set(ctx, authorization, { funding_source_id: bank.id })
}

/**
 * A bank that nobody had verified is what it was, when it is added again soon enough; else it gives way to a new one.
 */
const reviveOrInsert = (
  ctx: Ctx,
  removed: FundingSourceRow | null,
  added: { customerId: string | null; bank: NewBank },
): FundingSourceRow => {
  if (removed && comesBack(removed, ctx.now))
    return fundingSources.set(ctx, removed, { ...bankColumnsOf(added.bank), is_removed: false })
  if (removed) fundingSources.set(ctx, removed, { bank_key: null })
  return insertBank(ctx, added)
}

/** @property customerId whose bank it is, null for the account's */
type Adding = { customerId: string | null; body: Readonly<Record<string, unknown>>; sealer: Sealer }

export const addBank: Operation<Adding, FundingSourceRow> = (ctx, { customerId, body, sealer }) => {
  if (customerId !== null && !customers.find(ctx, customerId)) throw noSuchHolder()
  const holder = getOpenHolder(ctx, { customer_id: customerId })
  const extras = readExtras(body)
  const { value, errors } = checkBank('create', body, accountTypesOf(holder, ctx.settings))
  if (errors.length + extras.errors.length > 0) throw invalid(...errors, ...extras.errors)
  if (extras.isVerified && !ctx.settings.mayAddVerifiedBanks) throw notAuthorized()
  const { name, bankAccountType, ...numbers } = value
  const bank: NewBank = {
    numbers,
    fingerprint: fingerprintOf(sealer, ctx.accountId, numbers),
    name,
    bankAccountType,
    status: extras.isVerified ? 'verified' : 'unverified',
  }
  if (isBlocked(ctx, bank)) throw notAuthorized()
  const removed = findRemoved(ctx, bankKeyOf(customerId ?? ctx.accountId, bank.fingerprint))
  demandRoom(ctx, customerId)
  const added = reviveOrInsert(ctx, removed, { customerId, bank })
  spendAuthorization(ctx, extras, added)
  tell(ctx, added, 'funding_source_added')
  if (extras.isVerified) tell(ctx, added, 'funding_source_verified')
  return added
}
