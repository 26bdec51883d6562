/** Businesses with owners in every state, and what tests say about them. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { owner, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import type { Answer, Client } from '../../testing/harness.ts'

/** The path of what was created. */
const pathOf = (created: Answer): string => {
  assert.equal(created.status, 201, created.text)
  return new URL(created.location ?? '').pathname
}

/** A new business that has to name its owners; gives its path. */
export const aBusiness = async (client: Client, more: object = {}): Promise<string> =>
  pathOf(
    await client.post('/customers', {
      ...wholes.business,
      ...{ email: `${randomUUID()}@x.test`, correlationId: randomUUID() },
      ...more,
    }),
  )

/** A new owner of this business, whose first name steers the sandbox; gives its path. */
export const anOwner = async (client: Client, business: string, firstName = 'Olive'): Promise<string> =>
  pathOf(await client.post(`${business}/beneficial-owners`, { ...owner, firstName }))
