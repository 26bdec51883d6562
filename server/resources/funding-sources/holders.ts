/** Who holds a funding source, as the operations that change one see it. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx } from '../../gate/operation.ts'
import { customers } from '../customers/store.ts'
import { type Holder, isOpen } from './domain.ts'

/** @param holder with its customer's id, or null for the account */
export const getHolder = (ctx: Ctx, { customer_id: id }: { readonly customer_id: string | null }): Holder =>
  id === null ? 'account' : customers.get(ctx, id)

/** @throws Refusal with InvalidResourceState when the customer is suspended or deactivated */
export const getOpenHolder = (ctx: Ctx, held: { readonly customer_id: string | null }): Holder => {
  const holder = getHolder(ctx, held)
  if (!isOpen(holder)) throw new Refusal('InvalidResourceState')
  return holder
}
