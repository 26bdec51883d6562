/** A funding source with what decides its links: as it is read, and as an operation has left it. */
import type { Ctx } from '../../gate/operation.ts'
import type { CustomerRow } from '../customers/store.ts'
import type { Shown } from './hal.ts'
import { getHolder } from './holders.ts'
import { type Progress, progressOf } from './micro-deposits/domain.ts'
import { type MicroDepositRow, microDeposits } from './micro-deposits/store.ts'
import type { FundingSourceRow } from './store.ts'

type Key = { accountId: string; id: string }

export type ShownReaders = {
  readonly readCustomer: (key: Key) => Promise<CustomerRow | null>
  readonly readDeposits: (key: Key) => Promise<MicroDepositRow | null>
}

/** Whether how far it is with micro-deposits makes a difference. */
const isWaiting = ({ type, status, is_removed }: FundingSourceRow): boolean =>
  type === 'bank' && status === 'unverified' && !is_removed

const progressWith = (source: FundingSourceRow, deposits: MicroDepositRow | null): Progress =>
  isWaiting(source) ? progressOf(source, deposits) : 'none'

export const readShown = async (
  { readCustomer, readDeposits }: ShownReaders,
  accountId: string,
  source: FundingSourceRow,
): Promise<Shown> => {
  const [customer, deposits] = await Promise.all([
    source.customer_id === null ? null : readCustomer({ accountId, id: source.customer_id }),
    isWaiting(source) ? readDeposits({ accountId, id: source.id }) : null,
  ])
  return { source, holder: customer ?? 'account', progress: progressWith(source, deposits) }
}

export const shownNow = (ctx: Ctx, source: FundingSourceRow): Shown => ({
  source,
  holder: getHolder(ctx, source),
  progress: progressWith(source, isWaiting(source) ? microDeposits.find(ctx, source.id) : null),
})
