/** What is told of funding sources: to the account, or of the customer who holds it. */
import { emit } from '../../events/emit.ts'
import type { Ctx } from '../../gate/operation.ts'
import type { FundingSourceRow } from './store.ts'

type News =
  | `funding_source_${'added' | 'removed' | 'verified' | 'unverified' | 'updated'}`
  | `microdeposits_${'added' | 'completed' | 'failed' | 'maxattempts'}`

export const tell = (ctx: Ctx, { id, customer_id: customer }: FundingSourceRow, news: News): void =>
  customer === null ? emit(ctx, news, { resource: id }) : emit(ctx, `customer_${news}`, { resource: id, customer })
