/** Client tokens for the playground: minted for the default world without a secret in the browser. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Mint } from '../client-tokens/routes.ts'
import type { Call } from '../http/route.ts'
import { nowIn } from '../worlds/world.ts'
import type { Access } from './access.ts'

export const createPlaygroundMint =
  (options: {
    readAccess: (keyId: string) => Promise<Access | null>
    realNow: () => number
    mint: Mint
    keyId: string | null
  }) =>
  async (body: Call['body']): Promise<{ token: string }> => {
    const access = options.keyId === null ? null : await options.readAccess(options.keyId)
    if (access?.keyStatus !== 'active') throw new Refusal('InvalidAccessToken')
    const { keyId, generation, world } = access
    return options.mint({ keyId, generation, world, now: nowIn(world, options.realNow()) }, body)
  }
