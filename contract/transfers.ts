/**
 * Transfers on the wire. Sources: Dwolla's pages on transfers and their failures, and the published contract.
 */
export const transferStatuses = ['pending', 'processed', 'failed', 'cancelled'] as const
export type TransferStatus = (typeof transferStatuses)[number]
