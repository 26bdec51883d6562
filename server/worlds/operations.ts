/** What is written about worlds and their applications. */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx, Operation } from '../gate/operation.ts'
import type { NewBank } from '../resources/funding-sources/operations.ts'
import { type Clock, type ClockChange, changeClock } from './clock.ts'
import type { Settings } from './settings.ts'
import { type ApplicationRow, applicationKeys, applications, type WorldRow, worlds } from './tables.ts'
import { clockOf } from './world.ts'

/** A key that is to be: its row's id, its text and the digest of its secret. */
export type NewKey = { id: string; key: string; secretHash: Buffer }

const clockColumns = (clock: Clock) => ({
  clock_frozen_at: clock.frozenAt,
  clock_offset_ms: BigInt(Math.round(clock.offsetMs)),
})

export const createWorld: Operation<
  {
    id: string
    name: string
    clock: Clock
    settings: Partial<Settings>
    firstApplication: { id: string; name: string; key: NewKey }
    sandboxBank: NewBank | null
  },
  WorldRow
> = (ctx, { id, name, clock, settings, firstApplication, sandboxBank }) => {
  const world = { id, name, ...clockColumns(clock), settings, created: ctx.now }
  worlds.insert(ctx, world)
  ctx.react('worldCreated', { firstApplication, sandboxBank })
  return world
}

export const changeSettings: Operation<{ id: string; name?: string; settings: Partial<Settings> }, WorldRow> = (
  ctx,
  { id, name, settings },
) => {
  const world = worlds.get(ctx, id)
  return worlds.set(ctx, world, { name: name ?? world.name, settings: { ...world.settings, ...settings } })
}

/**
 * @param input.changeOf what is asked of the clock as it stands: how long a month is depends on it
 * @param input.realMs real time when the request came, so that every run decides alike
 */
export const moveClock: Operation<{ id: string; changeOf: (clock: Clock) => ClockChange; realMs: number }, WorldRow> = (
  ctx,
  { id, changeOf, realMs },
) => {
  const world = worlds.get(ctx, id)
  const clock = clockOf(world)
  return worlds.set(ctx, world, clockColumns(changeClock(clock, changeOf(clock), realMs)))
}

export const noSuchApplication = (): Refusal =>
  new Refusal('NotFound', { message: 'There is no such application in this world.' })

const getApplication = (ctx: Ctx, id: string): ApplicationRow => {
  const application = applications.find(ctx, id)
  if (!application) throw noSuchApplication()
  return application
}

export const createApplication: Operation<{ id: string; name: string; key: NewKey }, ApplicationRow> = (
  ctx,
  { id, name, key },
) => {
  const application: ApplicationRow = { id, name, status: 'active', ip_allow_list: [], created: ctx.now }
  applications.insert(ctx, application)
  addKey(ctx, { applicationId: id, key })
  return application
}

export const changeApplication: Operation<
  { id: string; change: Partial<Pick<ApplicationRow, 'name' | 'status' | 'ip_allow_list'>> },
  ApplicationRow
> = (ctx, { id, change }) => applications.set(ctx, getApplication(ctx, id), change)

export const addKey: Operation<{ applicationId: string; key: NewKey }, void> = (ctx, { applicationId, key }) => {
  const application = getApplication(ctx, applicationId)
  applicationKeys.insert(ctx, {
    id: key.id,
    application_id: application.id,
    key: key.key,
    secret_hash: key.secretHash,
    generation: 1,
    status: 'active',
    created: ctx.now,
  })
}

/**
 * Gives a key another secret, or disables or enables it. The tokens made with an earlier secret are refused from then
 * on, because they name its generation.
 */
export const changeKey: Operation<
  { applicationId: string; id: string; secretHash?: Buffer; status?: 'active' | 'disabled' },
  void
> = (ctx, { applicationId, id, secretHash, status }) => {
  const application = getApplication(ctx, applicationId)
  const key = applicationKeys.find(ctx, id)
  if (key?.application_id !== application.id)
    throw new Refusal('NotFound', { message: 'There is no such key of this application.' })
  applicationKeys.set(ctx, key, {
    ...(secretHash ? { secret_hash: secretHash, generation: key.generation + 1 } : {}),
    ...(status ? { status } : {}),
  })
}
