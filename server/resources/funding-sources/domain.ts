/** What holders of funding sources may have and do with them: pure. */
import type { CustomerStatus, CustomerType } from '@clearyard/contract/customers.ts'
import { type BankAccountType, bankAccountTypes } from '@clearyard/contract/funding-sources.ts'

/** Who holds a funding source: a customer, or the account. */
export type Holder = { readonly type: CustomerType; readonly status: CustomerStatus } | 'account'

/** Whether its funding sources can be added to and changed. */
export const isOpen = (holder: Holder): boolean =>
  holder === 'account' || (holder.status !== 'suspended' && holder.status !== 'deactivated')

const isChecked = (holder: Exclude<Holder, 'account'>): boolean =>
  holder.type === 'personal' || holder.type === 'business'

/** Whether its money passes through a balance. */
export const hasBalance = (holder: Holder): boolean =>
  holder === 'account' || (isChecked(holder) && holder.status === 'verified')

/** Whether it may pay, as far as that depends on who it is. */
export const maySend = (holder: Holder): boolean =>
  hasBalance(holder) || (holder !== 'account' && holder.type === 'unverified' && holder.status === 'unverified')

const open: readonly BankAccountType[] = ['checking', 'savings']

/** The account types that its banks may have. */
export const accountTypesOf = (
  holder: Holder,
  { mayAddGeneralLedgerBanks }: { readonly mayAddGeneralLedgerBanks: boolean },
): readonly BankAccountType[] => {
  if (holder === 'account' || !isChecked(holder)) return open
  const mayHave = { 'general-ledger': holder.type === 'business' && mayAddGeneralLedgerBanks, loan: true }
  return bankAccountTypes.filter((type) => type === 'checking' || type === 'savings' || mayHave[type])
}

const revivalMs = 48 * 60 * 60 * 1000

/** Whether a removed bank comes back as what it was when the same bank is added again. */
export const comesBack = (
  bank: { readonly is_removed: boolean; readonly was_verified: boolean; readonly created: Date },
  now: Date,
): boolean => bank.is_removed && !bank.was_verified && now.getTime() < bank.created.getTime() + revivalMs
