/**
 * Who calls: from the Authorization header to an actor, its world and the world's time. Application tokens run out by
 * real time, client tokens by the world's clock. Sources: Dwolla's error page, RFC 6750.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import { type ClientToken, openClientToken } from '../client-tokens/client-token.ts'
import type { Actor } from '../gate/operation.ts'
import type { Access } from '../oauth/access.ts'
import { type ApplicationToken, openApplicationToken } from '../oauth/application-tokens.ts'
import { isAllowedFrom } from '../oauth/ip-allow-list.ts'
import type { Sealer } from '../sealing.ts'
import { nowIn, type World } from '../worlds/world.ts'

export type Caller = {
  actor: Actor
  keyId: string
  generation: number
  world: World
  /** The world's time, fixed for the request. */
  now: Date
  /** The client token the call was made with, still to be redeemed. */
  clientToken: ClientToken | null
}

export type Authenticate = (authorization: string | undefined, ip: string) => Promise<Caller>

const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i

const mostRemembered = 1000

/** Opens application tokens, and remembers some: each is used many times, and says the same while the keys stay. */
const createOpener = (sealer: Sealer) => {
  const remembered = new Map<string, ApplicationToken>()
  let keys = sealer.ring()
  return (text: string): ApplicationToken | null => {
    if (keys !== sealer.ring()) remembered.clear()
    keys = sealer.ring()
    const known = remembered.get(text)
    if (known) return known
    const token = openApplicationToken(sealer, Buffer.from(text, 'base64url'))
    if (!token) return null
    if (remembered.size === mostRemembered) remembered.clear()
    remembered.set(text, token)
    return token
  }
}

export const createAuthenticate = (options: {
  sealer: Sealer
  readAccess: (keyId: string) => Promise<Access | null>
  realNow: () => number
}): Authenticate => {
  const { sealer, readAccess, realNow } = options
  const openApplication = createOpener(sealer)

  return async (authorization, ip) => {
    const text = bearer.exec(authorization ?? '')?.[1]
    if (text === undefined) throw new Refusal('InvalidCredentials')
    const application = openApplication(text)
    const client = application ? null : openClientToken(sealer, Buffer.from(text, 'base64url'))
    const token = application ?? client
    if (!token) throw new Refusal('InvalidAccessToken')

    const realMs = realNow()
    if (application && application.expiresAtMs <= realMs) throw new Refusal('ExpiredAccessToken')
    const access = await readAccess(token.keyId)
    if (access?.keyStatus !== 'active' || access.generation !== token.generation)
      throw new Refusal('InvalidAccessToken')
    const { world } = access
    const now = nowIn(world, realMs)
    if (client) {
      if (client.accountId !== world.accountId) throw new Refusal('InvalidAccessToken')
      if (client.expiresAtMs <= now.getTime()) throw new Refusal('ExpiredAccessToken')
    }
    if (world.settings.accountStatus !== 'active') throw new Refusal('InvalidAccountStatus')
    if (access.application.status !== 'active') throw new Refusal('InvalidApplicationStatus')
    // Client tokens come from the browsers of end users, whose addresses no list can know.
    if (!client && !isAllowedFrom(access.application.ipAllowList, ip)) throw new Refusal('InvalidIpAddress')

    const applicationId = access.application.id
    return {
      actor: client ? { kind: 'client', applicationId, tokenId: client.id } : { kind: 'application', applicationId },
      keyId: access.keyId,
      generation: access.generation,
      world,
      now,
      clientToken: client,
    }
  }
}
