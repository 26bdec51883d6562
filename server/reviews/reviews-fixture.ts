/** A production account with its operator, in the words of tests about reviews. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import {
  type Answer,
  type Client,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '../testing/harness.ts'

const operatorToken = 'an-operator-token-of-forty-characters-xx'

export type Kind = 'personal' | 'soleProprietorship' | 'business'

export type Review = { id: string; kind: string; status: string; customerId: string; [member: string]: unknown }

/** What tests look at of a customer. */
type Customer = {
  status: string
  created: string
  _links: { readonly [rel: string]: unknown }
  _embedded?: { errors: readonly { code: string }[] }
}

export type Production = {
  operatorToken: string
  server: TestServer
  client: Client
  /** Creates a customer with all its fields, or with `change`, and gives its id. */
  create(kind: Kind, change?: object, as?: Client): Promise<string>
  customer(id: string): Promise<Customer>
  /** The reviews about a customer and what belongs to it, newest first. */
  reviewsOf(customerId: string): Promise<Review[]>
  /** The only open review about a customer. */
  openReviewOf(customerId: string): Promise<Review>
  /** What the operator sends about a review of the default world. */
  read(reviewId: string): Promise<Answer>
  decide(reviewId: string, decision: object): Promise<Answer>
  /** Decides the only open review about a customer. */
  decideOpen(customerId: string, decision: object): Promise<void>
  /** The topics told of a customer, oldest first. */
  topicsOf(customerId: string): Promise<string[]>
  /** What the audit log says of a review, newest first. */
  auditOf(reviewId: string): Promise<{ [member: string]: string }[]>
}

/** The caller stops the server. */
export const startProduction = async (more: TestServerOptions = {}): Promise<Production> => {
  const server = await startTestServer({ sandbox: false, operatorToken, publicUrl: 'https://pay.example', ...more })
  const client = await server.as()
  const reviewsOf = async (customerId: string): Promise<Review[]> => {
    const { text } = await server.operate('GET', '/worlds/default/reviews?limit=200')
    return JSON.parse(text).reviews.filter((review: Review) => review.customerId === customerId)
  }
  const openReviewOf = async (customerId: string): Promise<Review> => {
    const [open, ...more] = (await reviewsOf(customerId)).filter(({ status }) => status === 'open')
    assert.deepEqual(more, [])
    return open ?? assert.fail('no open review')
  }
  const decide = (reviewId: string, decision: object): Promise<Answer> =>
    server.operate('POST', `/worlds/default/reviews/${reviewId}`, decision)
  return {
    operatorToken,
    server,
    client,
    create: async (kind, change = {}, as = client) => {
      const unique = { email: `${randomUUID()}@example.com`, correlationId: randomUUID() }
      const made = await as.post('/customers', { ...wholes[kind], ...unique, ...change })
      assert.equal(made.status, 201, made.text)
      return made.location?.split('/').at(-1) ?? ''
    },
    customer: async (id) => JSON.parse((await client.get(`/customers/${id}`)).text),
    reviewsOf,
    openReviewOf,
    read: (reviewId) => server.operate('GET', `/worlds/default/reviews/${reviewId}`),
    decide,
    decideOpen: async (customerId, decision) => {
      const answer = await decide((await openReviewOf(customerId)).id, decision)
      assert.equal(answer.status, 200, answer.text)
    },
    topicsOf: async (customerId) => {
      const { rows } = await server.pool.query('select topic from events where customer_id = $1 order by ordinal', [
        customerId,
      ])
      return rows.map(({ topic }) => topic)
    },
    auditOf: async (reviewId) =>
      JSON.parse((await server.operate('GET', '/worlds/default/audit?limit=200')).text).entries.filter(
        (entry: { reviewId: string }) => entry.reviewId === reviewId,
      ),
  }
}

/** The entries of a ValidationError, as `path message`. */
export const errorsOf = (answer: Answer): string => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], answer.text)
  return JSON.parse(answer.text)
    ._embedded.errors.map((e: Record<string, string>) => `${e['path']} ${e['message']}`)
    .join(' + ')
}
