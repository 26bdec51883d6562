/**
 * Funding sources on the wire: their types, statuses and channels.
 * Sources: Dwolla's pages on funding sources, and the published contract.
 */
export const fundingSourceTypes = ['bank', 'balance'] as const
export type FundingSourceType = (typeof fundingSourceTypes)[number]

export const fundingSourceStatuses = ['unverified', 'verified'] as const
export type FundingSourceStatus = (typeof fundingSourceStatuses)[number]

export const bankAccountTypes = ['checking', 'savings', 'general-ledger', 'loan'] as const
export type BankAccountType = (typeof bankAccountTypes)[number]

/** The ways by which money gets to a bank. */
export const channels = ['ach', 'real-time-payments', 'wire', 'external'] as const
export type Channel = (typeof channels)[number]
