/** Everybody in a simulated world, with banks, made through the API and entered into the books. */
import assert from 'node:assert/strict'
import { again, type Kind, whole } from '../../server/resources/customers/customers-fixture.ts'
import { bankNames } from './banks.ts'
import { type Books, balanceOf, ownsBalance, type Party, type PartyKind, type Source } from './books.ts'
import type { Dice } from './dice.ts'
import type { World } from './site.ts'

type Made = {
  readonly kind: Exclude<PartyKind, 'account'>
  readonly as: Kind
  readonly status: Party['status']
  readonly saysWhoOwnsIt?: true
}

/** A company that does not say who owns it may not send, and is not paid out. */
const population: readonly Made[] = [
  { kind: 'personal', as: 'personal', status: 'verified' },
  { kind: 'sole proprietor', as: 'soleProprietorship', status: 'verified' },
  { kind: 'company', as: 'business', status: 'verified' },
  { kind: 'company', as: 'business', status: 'verified', saysWhoOwnsIt: true },
  { kind: 'personal', as: 'personal', status: 'retry' },
  { kind: 'sole proprietor', as: 'soleProprietorship', status: 'retry' },
  { kind: 'unverified', as: 'unverified', status: 'unverified' },
  { kind: 'receive-only', as: 'receive-only', status: 'unverified' },
]

const addParty = (books: Books, id: string, party: Pick<Party, 'kind' | 'status' | 'maySend'>): Party => {
  const added = {
    ...party,
    id,
    name: `${party.kind} ${books.parties.length}`,
    sentCents: new Map(),
  }
  books.parties.push(added)
  if (ownsBalance(added))
    books.sources.push({
      owner: added,
      type: 'balance',
      name: 'Balance',
      id: null,
      isOpen: added.status === 'verified',
      isVerified: true,
      isRemoved: false,
      cents: 0,
    })
  return added
}

const emailOf = (name: string): object => ({
  email: `${name.replaceAll(' ', '.')}@example.com`,
  correlationId: undefined,
})

const idIn = (location: string | null): string => location?.split('/').at(-1) ?? assert.fail('there is no location')

/** Makes a customer of a random kind. */
export const meet = async (world: World, books: Books, dice: Dice): Promise<string> => {
  const { kind, as, status, saysWhoOwnsIt = false } = dice.pick(population)
  const name = `${kind} ${books.parties.length}`
  const steered = status === 'retry' ? { firstName: 'retry' } : {}
  const made = await world.write('/customers', whole(as, steered, emailOf(name)))
  assert.equal(made.status, 201, made.text)
  const id = idIn(made.location)
  if (saysWhoOwnsIt) {
    const certified = await world.write(`/customers/${id}/beneficial-ownership`, { status: 'certified' })
    assert.equal(certified.status, 200, certified.text)
  }
  const party = addParty(books, id, { kind, status, maySend: kind !== 'company' || saysWhoOwnsIt })
  return `meets ${party.name}, ${status}`
}

/** Lets somebody who was asked to prove who they are do so. */
export const prove = async (world: World, { id, kind, name }: Party): Promise<void> => {
  const as = kind === 'personal' ? 'personal' : 'soleProprietorship'
  const proven = await world.write(`/customers/${id}`, again(as, {}, emailOf(name)))
  assert.deepEqual([proven.status, proven.body['status']], [200, 'verified'], proven.text)
}

/** Numbers that no other bank of the world has. */
const numbersOf = ({ sources }: Books) => ({
  routingNumber: '222222226',
  accountNumber: String(10_000 + sources.length),
})

/** Adds a bank to somebody, named after what it is to do, and verifies most of them by small deposits. */
export const addBank = async (world: World, books: Books, dice: Dice, owner: Party): Promise<Source> => {
  const taken = books.sources.flatMap((source) => (source.owner === owner ? [source.name] : []))
  const name = dice.pick(bankNames.filter((one) => !taken.includes(one)))
  const holder = owner.kind === 'account' ? '' : `/customers/${owner.id}`
  const made = await world.write(`${holder}/funding-sources`, {
    ...numbersOf(books),
    bankAccountType: 'checking',
    name,
  })
  assert.equal(made.status, 201, made.text)
  const path = `/funding-sources/${idIn(made.location)}`
  const isVerified = !dice.oneIn(5)
  if (isVerified) {
    const cents = (value: string) => ({ value, currency: 'USD' })
    assert.equal((await world.write(`${path}/micro-deposits`, {})).status, 201)
    const amounts = { amount1: cents('0.03'), amount2: cents('0.08') }
    assert.equal((await world.write(`${path}/micro-deposits`, amounts)).status, 200)
  }
  const id = idIn(made.location)
  const bank: Source = { owner, type: 'bank', name, id, isOpen: true, isVerified, isRemoved: false, cents: 0 }
  books.sources.push(bank)
  if (isVerified) books.deposits.push({ bank, created: books.now, waits: 'bank' })
  return bank
}

/** The books of a new world, in which the account has a bank and 5,000 dollars. */
export const openBooks = (accountId: string): Books => {
  const books: Books = { parties: [], sources: [], legs: [], deposits: [], now: new Date('2026-03-02T15:00:00Z') }
  const account = addParty(books, accountId, { kind: 'account', status: 'verified', maySend: true })
  const balance = balanceOf(books, account)
  if (balance) balance.cents = 500_000
  books.sources.push({
    owner: account,
    type: 'bank',
    name: 'Superhero Savings Bank',
    id: null,
    isOpen: true,
    isVerified: true,
    isRemoved: false,
    cents: 0,
  })
  return books
}
