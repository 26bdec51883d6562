/** What customers have sent and received in a week, which begins on Monday (UTC): rows that grow with each payment. */
import type { Ctx } from '../../gate/operation.ts'
import { table } from '../../gate/tables.ts'

export type WeekRow = { id: string; amount_cents: bigint }

const weeks = table<WeekRow>({
  name: 'moved_in_week',
  columns: { id: 'text', amount_cents: 'bigint' },
})

export type Direction = 'sent' | 'received'

/** The Monday of the week that an instant is in. */
export const mondayOf = (instant: Date): string => {
  const day = new Date(instant)
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
  return day.toISOString().slice(0, 10)
}

const idOf = (ctx: Ctx, direction: Direction, customerId: string): string =>
  `${customerId} ${direction} ${mondayOf(ctx.now)}`

/** What the customer has sent or received this week, in cents. */
export const inWeek = (ctx: Ctx, direction: Direction, customerId: string): bigint =>
  weeks.find(ctx, idOf(ctx, direction, customerId))?.amount_cents ?? 0n

/** Counts a payment of this week. */
export const countInWeek = (ctx: Ctx, direction: Direction, customerId: string, amountCents: bigint): void => {
  const id = idOf(ctx, direction, customerId)
  const row = weeks.find(ctx, id)
  if (row) weeks.set(ctx, row, { amount_cents: row.amount_cents + amountCents })
  else weeks.insert(ctx, { id, amount_cents: amountCents })
}
