/** What the API says of a world's money beside what the books say, line by line. */
import assert from 'node:assert/strict'
import type { Loose } from '../../server/testing/harness.ts'
import { type Books, type Leg, nameOf, type Party, type Source, transfersOf } from './books.ts'
import type { World } from './site.ts'

const dollars = (cents: number): string => (cents / 100).toFixed(2)

const sourceNamed = (source: Source | null): string => (source ? nameOf(source) : 'nothing')

const lineOfSource = ({ type, name, isVerified, isRemoved, cents }: Source): string =>
  [
    name,
    isVerified ? 'verified' : 'unverified',
    isRemoved ? 'removed' : 'there',
    type === 'bank' ? '-' : dollars(cents),
  ].join(' ')

const lineOfLeg = ({ role, cents, status, parties, shown }: Leg): string => {
  const source = role === 'debit' ? sourceNamed(shown[0]) : parties[0].name
  const destination = role === 'payout' ? sourceNamed(shown[1]) : parties[1].name
  return `${dollars(cents)} ${status}: ${source} → ${destination} (${sourceNamed(shown[0])} → ${sourceNamed(shown[1])})`
}

const pathOf = ({ kind, id }: Party): string => `/${kind === 'account' ? 'accounts' : 'customers'}/${id}`

const idOf = (href: unknown): string => String(href).split('/').at(-1) ?? ''

type Entry = { readonly id: string; readonly line: string }

const listOf = async (world: World, path: string, name: string): Promise<readonly Loose[]> => {
  const answer = await world.get(path)
  assert.equal(answer.status, 200, answer.text)
  const listed = answer.body['_embedded']?.[name] as unknown as readonly Loose[]
  assert.equal(listed.length, Number(answer.body['total']), `${path} is longer than a page`)
  return listed
}

const listSources = async (world: World, party: Party): Promise<Entry[]> => {
  const sources = await listOf(world, `${pathOf(party)}/funding-sources?embed=balance`, 'funding-sources')
  return sources.map((source) => {
    const balance = source['_embedded']?.['balance']?.['balance']?.['value']
    const removed = String(source['removed']) === 'true' ? 'removed' : 'there'
    return { id: String(source['id']), line: `${source['name']} ${source['status']} ${removed} ${balance ?? '-'}` }
  })
}

const listTransfers = async (world: World, party: Party, names: ReadonlyMap<string, string>): Promise<Entry[]> => {
  const transfers = await listOf(world, `${pathOf(party)}/transfers?limit=200`, 'transfers')
  return transfers.map((transfer) => {
    const named = (rel: string) => {
      const href = transfer['_links']?.[rel]?.['href']
      return href === undefined ? 'nothing' : (names.get(idOf(href)) ?? `unknown ${href}`)
    }
    const ends = `${named('source')} → ${named('destination')}`
    const sources = `${named('source-funding-source')} → ${named('destination-funding-source')}`
    const amount = transfer['amount']?.['value']
    return { id: String(transfer['id']), line: `${amount} ${transfer['status']}: ${ends} (${sources})` }
  })
}

const linesOf = (entries: readonly Entry[]): string[] => entries.map(({ id, line }) => `${id} ${line}`)

/** A balance, and the bank of a new account, are met where they are seen first; nobody told their ids. */
const matchSources = (kept: readonly Source[], found: readonly Entry[]): void => {
  for (const source of kept) source.id ??= found.find(({ line }) => line.startsWith(source.name))?.id ?? null
  const known = kept.map((source) => ({ id: source.id ?? '?', line: lineOfSource(source) }))
  assert.deepEqual(linesOf(found).sort(), linesOf(known).sort())
}

/** All but the main transfer of a payment are met where they are seen first: in the order in which they were made. */
const matchLegs = (kept: readonly Leg[], found: readonly Entry[]): void => {
  assert.deepEqual(
    found.map(({ line }) => line),
    kept.map(lineOfLeg),
  )
  for (const [index, leg] of kept.entries()) leg.id ??= found[index]?.id ?? null
  assert.deepEqual(
    found.map(({ id }) => id),
    kept.map(({ id }) => id),
  )
}

const sourcesOf = (books: Books, party: Party): Source[] =>
  books.sources.filter(({ owner, isOpen }) => owner === party && isOpen)

/** What the books say of each party, so that one can tell of whom they say something else later. */
export const pagesOf = (books: Books): ReadonlyMap<Party, string> =>
  new Map(
    books.parties.map((party) => [
      party,
      [...sourcesOf(books, party).map(lineOfSource), ...transfersOf(books, party).map(lineOfLeg)].join('\n'),
    ]),
  )

/**
 * Asks, and fails where the books know otherwise.
 * @param parties whose funding sources and transfers to look at: everybody's unless given
 */
export const compare = async (world: World, books: Books, parties = books.parties): Promise<void> => {
  const sources = await Promise.all(parties.map((party) => listSources(world, party)))
  for (const [index, party] of parties.entries()) matchSources(sourcesOf(books, party), sources[index] ?? [])
  const names = new Map([
    ...books.parties.map(({ id, name }) => [id, name] as const),
    ...books.sources.map((source) => [source.id ?? '', nameOf(source)] as const),
  ])
  const transfers = await Promise.all(parties.map((party) => listTransfers(world, party, names)))
  for (const [index, party] of parties.entries())
    matchLegs(transfersOf(books, party).toReversed(), transfers[index] ?? [])
  const customers = await listOf(world, '/customers?limit=200', 'customers')
  assert.deepEqual(
    customers.map(({ id, status }) => `${names.get(String(id))}: ${status}`).reverse(),
    books.parties.slice(1).map(({ name, status }) => `${name}: ${status}`),
  )
}
