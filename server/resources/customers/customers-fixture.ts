/** Customers of every kind in every state, and what tests say about them. */
import assert from 'node:assert/strict'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import type { Answer, Client, TestServer } from '../../testing/harness.ts'

export type World = { accountId: string; client: Client }

export const newWorld = async (server: TestServer, body: object = {}): Promise<World> => {
  const { accountId, application } = await server.newWorld(body)
  return { accountId, client: await server.as(application) }
}

export type Kind = keyof typeof wholes

type Steered = { firstName?: string; businessName?: string; controller?: string }

/** A whole body of a kind, whose names steer the sandbox. */
export const whole = (kind: Kind, { controller, ...names }: Steered = {}, more: object = {}): object => {
  const body: { readonly firstName: string; readonly controller?: object } = wholes[kind]
  return {
    ...body,
    ...names,
    ...(controller && body.controller ? { controller: { ...body.controller, firstName: controller } } : {}),
    ...more,
  }
}

/** A whole body as a second attempt takes it: with every digit of the SSN. */
export const again = (kind: Kind, steered: Steered = {}, more: object = {}): object => {
  const body: { ssn?: string; controller?: object } = whole(kind, steered)
  return {
    ...body,
    ...(body.ssn ? { ssn: '123-45-6789' } : {}),
    ...(body.controller ? { controller: { ...body.controller, ssn: '987-65-4321' } } : {}),
    ...more,
  }
}

/** How each kind comes into each state. */
const ways: { readonly [K in Kind]: { readonly [state: string]: Steered & { later?: string } } } = {
  unverified: { unverified: {}, suspended: { later: 'suspended' }, deactivated: { later: 'deactivated' } },
  'receive-only': { unverified: {}, suspended: { later: 'suspended' }, deactivated: { later: 'deactivated' } },
  personal: {
    verified: {},
    retry: { firstName: 'retry' },
    kba: { firstName: 'kba' },
    document: { firstName: 'document' },
    suspended: { firstName: 'suspended' },
    deactivated: { later: 'deactivated' },
  },
  soleProprietorship: {
    verified: {},
    retry: { firstName: 'retry' },
    document: { firstName: 'document' },
    suspended: { firstName: 'suspended' },
    deactivated: { later: 'deactivated' },
  },
  business: {
    verified: {},
    'retry of the business': { businessName: 'retry' },
    'retry of both': { controller: 'retry' },
    'document of the controller': { controller: 'document' },
    'document of the business': { businessName: 'document' },
    'document of both': { controller: 'document', businessName: 'document' },
    suspended: { controller: 'suspended' },
    deactivated: { later: 'deactivated' },
  },
}

/** Makes a customer of this kind in this state; gives its path. */
export const customerIn = async (client: Client, kind: Kind, state: string, more: object = {}): Promise<string> => {
  const way = ways[kind][state]
  assert.ok(way, `${kind} cannot be in ${state}`)
  const { later, ...steered } = way
  const created = await client.post('/customers', whole(kind, steered, more))
  assert.equal(created.status, 201, created.text)
  const path = new URL(created.location ?? '').pathname
  if (later) assert.equal((await client.post(path, { status: later })).status, 200)
  return path
}

/** The states a test can bring each kind into. */
export const statesOf = (kind: Kind): string[] => Object.keys(ways[kind])

/** The entries of a ValidationError, as `code path message`. */
export const errorsOf = (answer: Answer, sent = ''): string[] => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], `${sent} ${answer.text}`)
  return JSON.parse(answer.text)._embedded.errors.map(
    (e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`,
  )
}

/** The names of the links, in their order. */
export const relsOf = (body: object): string => Object.keys((body as { _links: object })._links).join(' ')

/** The topics of all events, oldest first. */
export const topicsOf = async (client: Client): Promise<string[]> => {
  const { _embedded } = JSON.parse((await client.get('/events?limit=200')).text)
  return _embedded.events.map((event: { topic: string }) => event.topic).reverse()
}

/** The status, or the code of the refusal. */
export const said = (answer: Answer): string => {
  if (answer.status === 200) return String(answer.body['status'])
  const [first] = String(answer.body['code']) === 'ValidationError' ? errorsOf(answer) : []
  return first ? (first.split(' ')[0] ?? '') : `${answer.status} ${answer.body['code']}`
}
