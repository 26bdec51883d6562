/**
 * `POST /client-tokens`: an application mints a token that lets a browser make one call. A link the action does not
 * need is accepted and not looked at, because the TypeScript client always sends a customer.
 */
import { type Action, type ActionName, actions, isAction } from '@clearyard/contract/actions.ts'
import { type EmbeddedError, invalid, Refusal } from '@clearyard/contract/errors.ts'
import { idFromHref, pathOf, type ResourceType } from '@clearyard/contract/links.ts'
import { checkAmount, type Money, moneyOf } from '@clearyard/contract/money.ts'
import type { Caller } from '../http/auth.ts'
import type { Call, ReadRoute } from '../http/route.ts'
import { linkSchema, moneySchema } from '../http/schemas.ts'
import { randomBytes } from '../random.ts'
import type { Sealer } from '../sealing.ts'
import { uuidFrom } from '../uuid.ts'
import { sealBlob } from './blob.ts'
import { type ClientToken, sealClientToken } from './client-token.ts'

type Find = (key: { accountId: string; id: string }) => Promise<unknown>

type Options = { sealer: Sealer; findCustomer: Find; findOwner: Find; findFundingSource: Find }

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

type LinkReader = ReturnType<typeof createLinkReader>

const readAction = (given: unknown): ActionName => {
  if (given === undefined || given === null || given === '')
    throw invalid({ code: 'Required', message: 'Action required.', path: '/action' })
  if (typeof given !== 'string' || !isAction(given))
    throw invalid({ code: 'Invalid', message: 'Action invalid.', path: '/action' })
  return given
}

/** What a token is about: a customer, one owner of a customer, what a customer pays, or nothing. */
type About = Pick<ClientToken, 'customerId' | 'ownerId'> & {
  readonly payIn?: { readonly destinationId: string; readonly amount: Money }
}

/** What a pay-in is for; null when that is not said, or wrong. */
const readPayIn = (body: Call['body'], links: LinkReader, errors: EmbeddedError[]): About['payIn'] | null => {
  const destinationId = links.id('destination', 'funding-source', 'Destination')
  const { cents, errors: wrong } = checkAmount('amount', Object.hasOwn(body, 'amount') ? body['amount'] : undefined)
  errors.push(...wrong)
  return destinationId === null || cents === null ? null : { destinationId, amount: moneyOf(cents) }
}

/** What a token request is about. An owner that is named is all that its token reaches. */
const readAbout = ({ needs }: Action, body: Call['body']): About => {
  if (needs === 'nothing') return {}
  const errors: EmbeddedError[] = []
  const links = createLinkReader(body, errors)
  const byOwner = needs === 'customer-or-owner' && links.has('beneficial-owner')
  const id = byOwner
    ? links.id('beneficial-owner', 'beneficial-owner', 'Beneficial-owner')
    : links.id('customer', 'customer', 'Customer')
  const payIn = needs === 'payin' ? readPayIn(body, links, errors) : null
  if (errors.length > 0 || id === null) throw invalid(...errors)
  return { ...(byOwner ? { ownerId: id } : { customerId: id }), ...(payIn ? { payIn } : {}) }
}

/** @property blob goes along with the token of a pay-in */
type Minted = { token: string; blob?: string }

/**
 * Mints a client token for a caller's application.
 * @throws Refusal ValidationError when the action or a link is missing or wrong, Forbidden when it names what is not
 *   this account's, whether or not that exists
 */
export const createMint =
  ({ sealer, findCustomer, findOwner, findFundingSource }: Options) =>
  async (caller: Omit<Caller, 'clientToken' | 'actor'>, body: Call['body']): Promise<Minted> => {
    const { accountId, settings } = caller.world
    const action = readAction(body['action'])
    const { payIn, ...about } = readAbout(actions[action], body)
    const { customerId, ownerId } = about
    if (customerId !== undefined && !(await findCustomer({ accountId, id: customerId }))) throw new Refusal('Forbidden')
    if (ownerId !== undefined && !(await findOwner({ accountId, id: ownerId }))) throw new Refusal('Forbidden')
    if (payIn && !(await findFundingSource({ accountId, id: payIn.destinationId }))) throw new Refusal('Forbidden')
    const id = uuidFrom(randomBytes(16))
    const token = sealClientToken(sealer, {
      id,
      accountId,
      keyId: caller.keyId,
      generation: caller.generation,
      action,
      ...about,
      ...(payIn ? { payIn: { destination: pathOf('funding-source', payIn.destinationId), amount: payIn.amount } } : {}),
      expiresAtMs: caller.now.getTime() + settings.clientTokenLifetimeSeconds * 1000,
    })
    return payIn ? { token, blob: sealBlob(sealer, id) } : { token }
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
        amount: { ...moneySchema, description: 'What a pay-in pays.' },
      },
    },
    answers: {
      200: {
        type: 'object',
        required: ['token'],
        properties: {
          token: { type: 'string' },
          blob: { type: 'string', description: 'Of a pay-in: to be sent along with its token.' },
        },
      },
    },
    errors: ['ValidationError'],
    answer: ({ caller, body }) => mint(caller, body),
  },
]
