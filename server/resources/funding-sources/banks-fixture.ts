/** Banks that tests add, and what they look at. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import type { Answer, Client, Loose } from '../../testing/harness.ts'

export const bankBody = (more: object = {}): object => ({
  routingNumber: '222222226',
  accountNumber: String(randomInt(1e9, 1e10)),
  bankAccountType: 'checking',
  name: 'My bank',
  ...more,
})

const pathIn = ({ location, text }: Answer): string => {
  assert.ok(location, text)
  return new URL(location).pathname
}

/** @param owner path of a customer, or nothing for the account; gives the bank's path */
export const addBank = async (client: Client, owner: string, more: object = {}): Promise<string> => {
  const answer = await client.post(`${owner}/funding-sources`, bankBody(more))
  assert.equal(answer.status, 201, answer.text)
  return pathIn(answer)
}

/** The status and the code of a refusal, its message, and what is embedded. */
export const refusalOf = ({ status, body, text }: Answer): string => {
  const errors: Loose[] = JSON.parse(text)._embedded?.errors ?? []
  const embedded = errors.map((e) => ` + ${e['code']} ${e['path']} ${e['message']}`).join('')
  return `${status} ${body['code']}${embedded || ` ${body['message']}`}`
}

/** The topics of all events about a funding source, oldest first. */
export const newsOf = async (client: Client, source: string): Promise<string[]> => {
  const { _embedded } = JSON.parse((await client.get('/events?limit=200')).text)
  type Event = { topic: string; _links: { resource: { href: string } } }
  const events: Event[] = _embedded.events
  return events
    .filter(({ _links }) => new URL(_links.resource.href).pathname === source)
    .map(({ topic }) => topic)
    .reverse()
}

export const relsOf = async (client: Client, path: string): Promise<string> =>
  Object.keys((await client.get(path)).body['_links'] ?? {}).join(' ')

/** Sets an account's or a customer's bank verified, as any two amounts do in a sandbox. */
export const verifyBank = async (client: Client, bank: string): Promise<void> => {
  const path = `${bank}/micro-deposits`
  assert.equal((await client.post(path)).status, 201)
  const amount = { value: '0.01', currency: 'USD' }
  const answer = await client.post(path, { amount1: amount, amount2: amount })
  assert.equal(answer.status, 200, answer.text)
}
