/** Worlds, clocks, applications and keys as `/_clearyard` shows them. */
import { idSchema, instantSchema, type JsonSchema } from '../http/schemas.ts'
import { defaultSettings } from './settings.ts'
import type { ApplicationKeyRow, ApplicationRow } from './tables.ts'
import { nowIn, type World } from './world.ts'

export const clockBody = (world: World, realMs: number) => ({
  mode: world.clock.frozenAt ? 'frozen' : world.clock.offsetMs === 0 ? 'real' : 'running',
  now: nowIn(world, realMs).toISOString(),
})

export const worldBody = (world: World, realMs: number) => ({
  id: world.id,
  accountId: world.accountId,
  name: world.name,
  created: world.created.toISOString(),
  clock: clockBody(world, realMs),
  settings: world.settings,
})

export const clockSchema: JsonSchema = {
  type: 'object',
  properties: { mode: { type: 'string', enum: ['real', 'running', 'frozen'] }, now: instantSchema },
}

export const clockChangeSchema: JsonSchema = {
  type: 'object',
  properties: {
    mode: { type: 'string', enum: ['real', 'running', 'frozen'] },
    set: { ...instantSchema, description: 'The instant to be.' },
    advance: { type: 'string', description: 'An ISO 8601 duration such as `PT1H` or `P1DT2H`.' },
  },
}

export const settingsSchema: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(defaultSettings).map(([name, value]) => [
      name,
      { type: typeof value === 'number' ? 'integer' : typeof value, default: value },
    ]),
  ),
}

export const worldSchema: JsonSchema = {
  type: 'object',
  required: ['id', 'accountId', 'name', 'created', 'clock', 'settings'],
  properties: {
    id: idSchema,
    accountId: idSchema,
    name: { type: 'string' },
    created: instantSchema,
    clock: clockSchema,
    settings: settingsSchema,
  },
}

/** A world as it is answered once, with what opens it. */
export const newWorldSchema: JsonSchema = {
  ...worldSchema,
  properties: {
    ...(worldSchema['properties'] as object),
    application: {
      type: 'object',
      required: ['id', 'name', 'key', 'secret'],
      properties: {
        id: idSchema,
        name: { type: 'string' },
        key: { type: 'string' },
        secret: { type: 'string', description: 'Answered once.' },
      },
    },
  },
}

export const applicationBody = (application: ApplicationRow, keys: readonly ApplicationKeyRow[]) => ({
  id: application.id,
  name: application.name,
  status: application.status,
  ipAllowList: application.ip_allow_list,
  created: application.created.toISOString(),
  keys: keys.map(({ key, status, created }) => ({ key, status, created: created.toISOString() })),
})

export const applicationSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: idSchema,
    name: { type: 'string' },
    status: { type: 'string', enum: ['active', 'disabled'] },
    ipAllowList: { type: 'array', items: { type: 'string' } },
    created: instantSchema,
    keys: {
      type: 'array',
      items: {
        type: 'object',
        properties: { key: { type: 'string' }, status: { type: 'string' }, created: instantSchema },
      },
    },
  },
}

export const credentialsSchema: JsonSchema = {
  type: 'object',
  properties: { key: { type: 'string' }, secret: { type: 'string', description: 'Answered once.' } },
}
