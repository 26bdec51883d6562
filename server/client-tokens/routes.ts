/**
 * `POST /client-tokens`: an application mints a token that lets a browser make one call. A link the action does not
 * need is accepted and not looked at, because the TypeScript client always sends a customer.
 */
import { type Action, type ActionName, actions, isAction } from '@clearyard/contract/actions.ts'
import { type EmbeddedError, invalid, Refusal } from '@clearyard/contract/errors.ts'
import { idFromHref, type ResourceType } from '@clearyard/contract/links.ts'
import type { Caller } from '../http/auth.ts'
import type { Call, ReadRoute } from '../http/route.ts'
import { linkSchema } from '../http/schemas.ts'
import { randomBytes } from '../random.ts'
import type { Sealer } from '../sealing.ts'
import { uuidFrom } from '../uuid.ts'
import { sealClientToken } from './client-token.ts'

type Options = {
  sealer: Sealer
  findCustomer: (key: { accountId: string; id: string }) => Promise<unknown>
}

type Links = { [rel in 'customer' | 'beneficial-owner' | 'destination']?: string }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the links a request names, keeping what is wrong with them in `errors`. */
const createLinkReader = (body: Call['body'], errors: EmbeddedError[]) => {
  const links = isObject(body['_links']) ? body['_links'] : {}
  return {
    has: (rel: keyof Links): boolean => links[rel] !== undefined && links[rel] !== null,
    id: (rel: keyof Links, type: ResourceType, label: string): string | null => {
      const path = `/_links/${rel}/href`
      const given = links[rel]
      const href = isObject(given) ? given['href'] : undefined
      if (href === undefined || href === null || href === '') {
        errors.push({ code: 'Required', message: `${label} required.`, path })
        return null
      }
      const id = typeof href === 'string' ? idFromHref(type, href) : null
      if (id === null) errors.push({ code: 'Invalid', message: `${label} invalid.`, path })
      return id
    },
  }
}

const readAction = (given: unknown): ActionName => {
  if (given === undefined || given === null || given === '')
    throw invalid({ code: 'Required', message: 'Action required.', path: '/action' })
  if (typeof given !== 'string' || !isAction(given))
    throw invalid({ code: 'Invalid', message: 'Action invalid.', path: '/action' })
  return given
}

/** The customer a token request is for, or null when its action needs none. */
const readCustomer = ({ needs }: Action, body: Call['body']): string | null => {
  const errors: EmbeddedError[] = []
  const links = createLinkReader(body, errors)
  if (needs === 'nothing') return null
  const byOwner = needs === 'customer-or-owner' && links.has('beneficial-owner')
  const customerId = byOwner ? null : links.id('customer', 'customer', 'Customer')
  if (byOwner) links.id('beneficial-owner', 'beneficial-owner', 'Beneficial-owner')
  if (needs === 'payin') {
    links.id('destination', 'funding-source', 'Destination')
    if (!isObject(body['amount'])) errors.push({ code: 'Required', message: 'Amount required.', path: '/amount' })
  }
  if (errors.length > 0) throw invalid(...errors)
  // This server holds neither owners nor funding sources, so every link to one is unknown, and unknown means foreign.
  if (byOwner || needs === 'payin') throw new Refusal('Forbidden')
  return customerId
}

/**
 * Mints a client token for a caller's application.
 * @throws Refusal ValidationError when the action or a link is missing or wrong, Forbidden when it names what is not
 *   this account's, whether or not that exists
 */
export const createMint =
  ({ sealer, findCustomer }: Options) =>
  async (caller: Omit<Caller, 'clientToken' | 'actor'>, body: Call['body']): Promise<string> => {
    const { world, now } = caller
    const action = readAction(body['action'])
    const customerId = readCustomer(actions[action], body)
    if (customerId !== null && !(await findCustomer({ accountId: world.accountId, id: customerId })))
      throw new Refusal('Forbidden')
    return sealClientToken(sealer, {
      id: uuidFrom(randomBytes(16)),
      accountId: world.accountId,
      keyId: caller.keyId,
      generation: caller.generation,
      action,
      ...(customerId === null ? {} : { customerId }),
      expiresAtMs: now.getTime() + world.settings.clientTokenLifetimeSeconds * 1000,
    })
  }

export type Mint = ReturnType<typeof createMint>

export const clientTokenRoutes = ({ mint }: { mint: Mint }): readonly ReadRoute[] => [
  {
    method: 'POST',
    path: '/client-tokens',
    operationId: 'createClientToken',
    tag: 'client tokens',
    summary: 'Mint a client token',
    description:
      'A token for one call from a browser, of the kind that `action` names and about the resource that is linked. It is good for an hour and for one use.',
    body: {
      type: 'object',
      required: ['action'],
      properties: {
        action: { type: 'string', enum: Object.keys(actions), description: 'What the browser is to do.' },
        _links: {
          type: 'object',
          properties: { customer: linkSchema, 'beneficial-owner': linkSchema, destination: linkSchema },
        },
      },
    },
    answers: {
      200: { type: 'object', required: ['token'], properties: { token: { type: 'string' } } },
    },
    errors: ['ValidationError'],
    answer: async ({ caller, body }) => ({ token: await mint(caller, body) }),
  },
]
