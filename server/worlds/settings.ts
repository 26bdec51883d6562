/**
 * The settings of a world: one typed table with the values of Dwolla's sandbox as defaults.
 * A world stores only what differs from them.
 */
export const defaultSettings = {
  /** How the account stands; anything but `active` refuses its tokens with InvalidAccountStatus. */
  accountStatus: 'active' as 'active' | 'unconfirmed' | 'suspended',
  /** How long an application access token lives, in real seconds. */
  applicationTokenLifetimeSeconds: 3600,
  /** How long a client token may wait to be redeemed, in seconds of the world's clock. */
  clientTokenLifetimeSeconds: 3600,
  /** What settles the transfers of banks: `POST /sandbox-simulations` alone, or the world's clock as well. */
  settlement: 'simulation' as 'simulation' | 'clock',
  /** What the account's balance begins with, in cents, in a sandbox. */
  seedBalanceCents: 500_000,
  /** How many banks a customer may have at a time. */
  maxBanksPerCustomer: 6,
  /** Whether the account may add banks that count as verified, and businesses of its have general ledger accounts. */
  mayAddVerifiedBanks: false,
  mayAddGeneralLedgerBanks: false,
  /** Whether customers may agree to payments that are asked for later. */
  mayAuthorizeOnDemand: true,
  /** Whether any two small amounts verify a bank of a sandbox, or only those that were deposited. */
  microDeposits: 'sandbox' as 'sandbox' | 'strict',
  /** Whether the account may take money from customers, send it to them, and let them pay each other. */
  mayReceiveFunds: true,
  maySendFunds: true,
  mayFacilitateFunds: true,
  /** Whether the account may charge fees for payments. */
  mayChargeFees: true,
  /** Whether a credit may be asked to clear sooner, and the most that may, in cents. */
  mayClearSameDay: true,
  sameDayLimitCents: 100_000_000,
  /** Whether payments may carry addenda, and those of a point of sale. */
  maySendAddenda: true,
  maySendPointOfSaleAddenda: false,
  /** The most that a verified customer may send in one transfer, in cents. */
  transferLimitCents: 1_000_000,
  /** The most that an unverified customer may send from Monday to Sunday (UTC), in cents. */
  unverifiedWeeklyLimitCents: 500_000,
  /** The most that a customer may receive from Monday to Sunday (UTC), in cents; 0 for as much as comes. */
  weeklyReceiveLimitCents: 0,
}

export type Settings = typeof defaultSettings
