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
  /** What the account's balance begins with, in cents, in a sandbox. */
  seedBalanceCents: 500_000,
}

export type Settings = typeof defaultSettings
