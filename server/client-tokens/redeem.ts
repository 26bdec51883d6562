/** Redeeming a client token: the first part of the write it authorizes, kept even when that write is refused. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx } from '../gate/operation.ts'
import { table } from '../gate/tables.ts'
import type { ClientToken } from './client-token.ts'

const redeemedTokens = table<{ id: string; expires: Date }>({
  name: 'redeemed_tokens',
  columns: { id: 'uuid', expires: 'timestamptz' },
})

/** @throws Refusal InvalidAccessToken when the token was used before */
export const redeem = (ctx: Ctx, token: ClientToken): void => {
  if (redeemedTokens.find(ctx, token.id)) throw new Refusal('InvalidAccessToken')
  redeemedTokens.insert(ctx, { id: token.id, expires: new Date(token.expiresAtMs) })
}
