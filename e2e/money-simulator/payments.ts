/** What becomes of money, entered into the books: payments, what banks make of them, and what is taken back. */
import { effectOf, outcomeAt } from './banks.ts'
import {
  type Books,
  balanceOf,
  type Deposit,
  type Leg,
  type Order,
  ownsBalance,
  type Party,
  type Payment,
  type Source,
  weekOf,
} from './books.ts'

type Path = Pick<Leg, 'role' | 'parties' | 'from' | 'to' | 'shown'>

const add = (books: Books, payment: Payment, path: Path, cents = payment.order.cents): Leg => {
  const leg: Leg = {
    ...path,
    payment,
    cents,
    status: 'pending',
    waits: 'leg',
    returnsWith: null,
    id: null,
    created: books.now,
  }
  books.legs.push(leg)
  if (leg.role !== 'fee') payment.legs.push(leg)
  return leg
}

const open = (source: Source | null): Source | null => {
  if (source) source.isOpen = true
  return source
}

/** Enters a payment that was taken. */
export const pay = (books: Books, order: Order): Payment => {
  const { source, destination, cents } = order
  const [sender, receiver] = [source.owner, destination.owner]
  const [from, to] = [open(balanceOf(books, sender)), open(balanceOf(books, receiver))]
  const payment: Payment = { order, legs: [], main: null }
  if (source.type === 'bank' && from) {
    const onward = sender === receiver && destination.type === 'bank' ? destination : null
    add(books, payment, { role: 'debit', parties: [sender, sender], from: null, to: from, shown: [source, onward] })
  }
  if (sender !== receiver)
    payment.main = add(books, payment, {
      role: 'between',
      parties: [sender, receiver],
      from,
      to,
      shown: [source, destination],
    })
  else if (source.type === 'balance') addPayout(books, payment, cents)
  payment.main ??= payment.legs[0] ?? null
  if (!ownsBalance(sender))
    sender.sentCents.set(weekOf(books.now), (sender.sentCents.get(weekOf(books.now)) ?? 0) + cents)
  const [first] = payment.legs
  if (first) start(books, first)
  return payment
}

const addPayout = (books: Books, payment: Payment, cents: number): Leg => {
  const { destination } = payment.order
  const { owner } = destination
  const from = balanceOf(books, owner)
  const path: Path = { role: 'payout', parties: [owner, owner], from, to: null, shown: [null, destination] }
  return add(books, payment, path, cents)
}

const isHeldFor = ({ status }: Party): boolean => status === 'retry'

const start = (books: Books, leg: Leg): void => {
  const { from, to, cents } = leg
  if (from) from.cents -= cents
  if (!from || !to) leg.waits = 'bank'
  else if (isHeldFor(leg.parties[1])) leg.waits = 'verification'
  else arrive(books, leg)
}

/** The money is where the leg was to bring it. */
const arrive = (books: Books, leg: Leg): void => {
  if (leg.to) leg.to.cents += leg.cents
  leg.status = 'processed'
  leg.waits = leg.returnsWith === null ? null : 'return'
  if (leg.role !== 'fee') goOn(books, leg)
}

const goOn = (books: Books, leg: Leg): void => {
  const { payment } = leg
  if (leg === payment.main) chargeFees(books, payment)
  const following = payment.legs[payment.legs.indexOf(leg) + 1]
  if (following) startNext(books, following)
  else if (leg.to && payment.order.destination.type === 'bank') payOut(books, payment, leg.to)
}

/** A balance that was below zero swallows what came for the next leg. */
const startNext = (books: Books, leg: Leg): void => {
  if (leg.waits !== 'leg') return
  if (leg.from && leg.from.cents < leg.cents) fail(leg)
  else start(books, leg)
}

const fail = (leg: Leg): void => {
  leg.status = 'failed'
  leg.waits = null
}

/** A receiver pays out of the balance that the payment came to, a sender from what it sends from: a balance at once. */
const chargeFees = (books: Books, payment: Payment): void => {
  const [account] = books.parties
  for (const { payer, cents } of payment.order.fees) {
    const { source, destination } = payment.order
    const payFrom = (payer === destination.owner && balanceOf(books, payer)) || source
    const from = payFrom.type === 'balance' ? payFrom : null
    const to = account ? balanceOf(books, account) : null
    if (!account || !to) throw new Error('there is no account')
    const shown = [payFrom, to] as const
    const leg = add(books, payment, { role: 'fee', parties: [payer, account], from, to, shown }, cents)
    if (from && from.cents < cents) fail(leg)
    else start(books, leg)
  }
}

/** The money goes on to the bank it was for, if it may and is still there. */
const payOut = (books: Books, payment: Payment, from: Source): void => {
  const { destination, cents, fees } = payment.order
  const { owner } = destination
  if (from.owner !== owner || owner.status !== 'verified' || !owner.maySend || destination.isRemoved) return
  const leftCents = fees.reduce((left, fee) => (fee.payer === owner ? left - fee.cents : left), cents)
  if (from.cents >= leftCents) start(books, addPayout(books, payment, leftCents))
}

const giveBack = (leg: Leg): void => {
  if (leg.from && leg.waits !== 'leg') leg.from.cents += leg.cents
}

const cancelLeg = (leg: Leg): void => {
  giveBack(leg)
  leg.status = 'cancelled'
  leg.waits = null
}

/** Takes back what is pending of the payment. */
export const cancel = ({ payment }: Leg): void => {
  for (const leg of payment.legs) if (leg.status === 'pending') cancelLeg(leg)
}

/** Takes a bank away: what is pending into it is cancelled. */
export const remove = (books: Books, bank: Source): void => {
  bank.isRemoved = true
  for (const leg of books.legs) if (leg.status === 'pending' && leg.to === null && leg.shown[1] === bank) cancelLeg(leg)
}

/** A customer has proven who it is, and has what was held for it. */
export const verify = (books: Books, party: Party): void => {
  party.status = 'verified'
  open(balanceOf(books, party))
  for (const leg of books.legs) if (leg.waits === 'verification' && leg.parties[1] === party) arrive(books, leg)
}

/**
 * One processing run: every leg that waits for its bank now, or for its return, takes one step, and small deposits
 * arrive; what is older comes first.
 */
export const process = (books: Books): void => {
  const legs = books.legs.filter(({ waits }) => waits === 'bank' || waits === 'return')
  const deposits = books.deposits.filter(({ waits }) => waits === 'bank')
  const steps = [
    ...legs.map((leg) => ({ created: leg.created, take: () => takeStep(books, leg) })),
    ...deposits.map((deposit) => ({ created: deposit.created, take: () => deliver(books, deposit) })),
  ]
  for (const { take } of steps.sort((one, other) => one.created.getTime() - other.created.getTime())) take()
}

const takeStep = (books: Books, leg: Leg): void => {
  if (leg.waits === 'bank') settle(books, leg)
  else if (leg.waits === 'return') takeBack(books, leg)
}

const deliver = (books: Books, deposit: Deposit): void => {
  deposit.waits = null
  const outcome = outcomeAt(deposit.bank.name, 'credit')
  if (outcome && !outcome.isLate) suffer(books, deposit.bank, outcome.code)
}

const settle = (books: Books, leg: Leg): void => {
  const bank = bankOf(leg)
  const outcome = outcomeAt(bank.name, leg.from ? 'credit' : 'debit')
  if (outcome && !outcome.isLate) {
    giveBack(leg)
    fail(leg)
    if (leg.role === 'debit') for (const following of leg.payment.legs) if (following.waits === 'leg') fail(following)
    suffer(books, bank, outcome.code)
    return
  }
  leg.returnsWith = outcome?.code ?? null
  if (leg.role === 'between' && leg.to && isHeldFor(leg.parties[1])) leg.waits = 'verification'
  else arrive(books, leg)
}

const bankOf = ({ from, shown }: Leg): Source => {
  const bank = shown[from ? 1 : 0]
  if (!bank) throw new Error('a leg that waits for a bank shows it')
  return bank
}

/** What had settled comes back: a credit to its balance, a debit out of the balance of who has its money now. */
const takeBack = (books: Books, leg: Leg): void => {
  const { payment, from, to, cents, returnsWith } = leg
  if (from) from.cents += cents
  else if (to) {
    const following = leg.role === 'debit' ? payment.legs.find(({ role }) => role === 'between') : undefined
    const isOnItsWay = following?.status === 'pending'
    const hasArrived = following?.status === 'processed' && following.to
    if (following && isOnItsWay) giveBack(following)
    const holder = (hasArrived && following.to) || to
    holder.cents -= cents
    if (following && (isOnItsWay || hasArrived)) fail(following)
  }
  fail(leg)
  suffer(books, bankOf(leg), returnsWith ?? '')
}

/** What a return does to the bank that it came from, and to the customer whose bank it is. */
const suffer = (books: Books, bank: Source, code: string): void => {
  const { isUnverified, isRemoved, customer } = effectOf(code)
  const { owner } = bank
  if (isUnverified) bank.isVerified = false
  if (isRemoved && !bank.isRemoved) remove(books, bank)
  if (owner.kind === 'account' || owner.status === 'deactivated' || owner.status === 'suspended') return
  if (customer === 'suspended' || customer === 'deactivated') owner.status = customer
}
