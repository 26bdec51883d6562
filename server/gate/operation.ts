/**
 * What a write is: a plain synchronous function that loads, decides, saves and tells through `Ctx`. The gate may run it
 * several times before it commits, so it must depend on nothing but its input and what it loads.
 */
import type { Cause, Causes } from '../causes.ts'
import type { Settings } from '../worlds/settings.ts'
import type { Tx } from './tables.ts'

/** Who asks: an application by its own token, a browser by a client token, or the operator through `/_clearyard`. */
export type Actor =
  | { kind: 'application'; applicationId: string }
  | { kind: 'client'; applicationId: string; tokenId: string }
  | { kind: 'operator' }

/** What every run of a member is given alike: fixed when the request arrives, not when the gate gets to it. */
export type RequestContext = {
  accountId: string
  actor: Actor
  settings: Settings
  /** The world's own time. */
  now: Date
}

export type Ctx = RequestContext & {
  tx: Tx
  /** A new id (UUID). Never use it for a secret: a seeded world derives it. */
  newId: () => string
  /** Runs what this change sets off in other resources, in the same transaction (see reactions.ts). */
  react: <C extends Cause>(cause: C, change: Causes[C]) => void
}

export type Operation<I, O> = (ctx: Ctx, input: I) => O
