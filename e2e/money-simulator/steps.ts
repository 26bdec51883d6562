/** What happens in a simulated world: each step does one thing through the API, and enters it into the books. */
import assert from 'node:assert/strict'
import type { Answer } from '../../server/testing/harness.ts'
import { type Books, type Fee, type Leg, nameOf, type Order, type Party, type Source } from './books.ts'
import type { Dice } from './dice.ts'
import { cancel, pay, process, remove, verify } from './payments.ts'
import { addBank, meet, prove } from './people.ts'
import { reasonsAgainst } from './refusals.ts'
import type { World } from './site.ts'

type Scene = { readonly world: World; readonly books: Books; readonly dice: Dice }

/** Does its thing, and says what it was; null when there was nothing to do. */
type Step = (scene: Scene) => Promise<string | null>

const mostDraws = 3

const dollars = (cents: number) => ({ value: (cents / 100).toFixed(2), currency: 'USD' })

const linkTo = (path: string) => ({ href: path })

/** Why a request was refused, as `code path` of its first error. */
const reasonOf = ({ body, text }: Answer): string => {
  const [first] = (body['_embedded']?.['errors'] ?? []) as unknown as { code: string; path: string }[]
  return first ? `${first.code} ${first.path}` : text
}

/** Small ones, large ones, all there is, a cent more than that, and more than anybody may. */
const amountOf = (dice: Dice, { type, cents }: Source): number => {
  const whole = type === 'balance' && cents > 0 ? [cents, cents + 1] : []
  return dice.pick([100, 2_599, 40_000, 40_000, 150_000, 150_000, 1_000_001, ...whole])
}

const feesOf = ({ books, dice }: Scene, source: Source, destination: Source, cents: number): Fee[] => {
  if (!dice.oneIn(4)) return []
  const payer = dice.oneIn(8) ? dice.pick(books.parties) : dice.pick([source.owner, destination.owner])
  return [{ payer, cents: Math.max(1, Math.floor(cents / dice.pick([100, 3, 2]))) }]
}

const anyOrder = (scene: Scene): Order => {
  const { books, dice } = scene
  const known = books.sources.filter(({ id }) => id !== null)
  const [source, destination] = [dice.pick(known), dice.pick(known)]
  const cents = amountOf(dice, source)
  return { source, destination, cents, fees: feesOf(scene, source, destination, cents) }
}

/** One that is taken, mostly: drawn at random alone, most would be refused. */
const chooseOrder = (scene: Scene): Order => {
  for (let drawn = 0; drawn < mostDraws; drawn++) {
    const order = anyOrder(scene)
    if (reasonsAgainst(scene.books, order).length === 0) return order
  }
  return anyOrder(scene)
}

const send: Step = async (scene) => {
  const { world, books } = scene
  const order = chooseOrder(scene)
  const { source, destination, cents, fees } = order
  const reasons = reasonsAgainst(books, order)
  const answer = await world.write('/transfers', {
    _links: {
      source: linkTo(`/funding-sources/${source.id}`),
      destination: linkTo(`/funding-sources/${destination.id}`),
    },
    amount: dollars(cents),
    ...(fees.length === 0
      ? {}
      : {
          fees: fees.map(({ payer: { kind, id }, cents }) => ({
            _links: { 'charge-to': linkTo(`/${kind === 'account' ? 'accounts' : 'customers'}/${id}`) },
            amount: dollars(cents),
          })),
        }),
  })
  const told = `sends ${cents} from ${nameOf(source)} to ${nameOf(destination)}`
  const fee = fees.map(({ payer, cents }) => `, with a fee of ${cents} for ${payer.name}`).join('')
  if (reasons.length > 0) {
    assert.equal(answer.status, 400, `${told}${fee}: not refused for ${reasons}: ${answer.text}`)
    assert.ok(reasons.includes(reasonOf(answer)), `${told}${fee}: ${answer.text} instead of ${reasons}`)
    return `${told}${fee}: refused, ${reasonOf(answer)}`
  }
  assert.equal(answer.status, 201, `${told}${fee}: ${answer.text}`)
  const { main } = pay(books, order)
  if (main) main.id = answer.location?.split('/').at(-1) ?? null
  return `${told}${fee}`
}

/** A fee goes where what it is charged for goes. */
const mayBeCancelled = ({ status, role }: Leg): boolean => status === 'pending' && role !== 'fee'

const takeBack: Step = async ({ world, books, dice }) => {
  const pending = books.legs.filter((leg) => mayBeCancelled(leg))
  const choice = pending.length > 0 && !dice.oneIn(5) ? pending : books.legs
  if (choice.length === 0) return null
  const leg = dice.pick(choice)
  const answer = await world.write(`/transfers/${leg.id}`, { status: 'cancelled' })
  const told = `cancels ${leg.role} of ${leg.cents}, ${leg.status}`
  if (!mayBeCancelled(leg)) {
    assert.deepEqual([answer.status, reasonOf(answer)], [400, 'NotAllowed /status'], told)
    return `${told}: refused`
  }
  assert.deepEqual([answer.status, answer.body['status']], [200, 'cancelled'], `${told}: ${answer.text}`)
  cancel(leg)
  return told
}

const run: Step = async ({ world, books }) => {
  const answer = await world.post('/sandbox-simulations', {})
  assert.equal(answer.status, 200, answer.text)
  process(books)
  return 'has banks do their part'
}

const isShut = (status: Party['status']): boolean => status === 'suspended' || status === 'deactivated'

const takeBankAway: Step = async ({ world, books, dice }) => {
  const banks = books.sources.filter(({ type, isRemoved, id }) => type === 'bank' && !isRemoved && id !== null)
  if (banks.length === 0) return null
  const bank = dice.pick(banks)
  const answer = await world.write(`/funding-sources/${bank.id}`, { removed: true })
  if (isShut(bank.owner.status)) {
    assert.deepEqual([answer.status, answer.body['code']], [403, 'InvalidResourceState'], answer.text)
    return `may not remove ${nameOf(bank)}`
  }
  assert.equal(answer.status, 200, answer.text)
  remove(books, bank)
  return `removes ${nameOf(bank)}`
}

const verifySomebody: Step = async ({ world, books, dice }) => {
  const waiting = books.parties.filter(({ status }) => status === 'retry')
  if (waiting.length === 0) return null
  const party = dice.pick(waiting)
  await prove(world, party)
  verify(books, party)
  return `verifies ${party.name}`
}

const deactivate: Step = async ({ world, books, dice }) => {
  const there = books.parties.filter(({ kind, status }) => kind !== 'account' && !isShut(status))
  if (there.length === 0) return null
  const party = dice.pick(there)
  const answer = await world.write(`/customers/${party.id}`, { status: 'deactivated' })
  assert.equal(answer.status, 200, answer.text)
  party.status = 'deactivated'
  return `deactivates ${party.name}`
}

const meetSomebody: Step = ({ world, books, dice }) => meet(world, books, dice)

const equip: Step = async ({ world, books, dice }) => {
  const able = books.parties.filter(({ status }) => !isShut(status))
  const bank = await addBank(world, books, dice, dice.pick(able))
  return `adds ${nameOf(bank)}, ${bank.isVerified ? 'verified' : 'unverified'}`
}

const passTime: Step = async ({ world, books, dice }) => {
  const hours = dice.pick([1, 24, 24 * 5])
  const moved = await world.site.server.operate('POST', `/worlds/${world.id}/clock`, { advance: `PT${hours}H` })
  assert.equal(moved.status, 200, moved.text)
  books.now = new Date(books.now.getTime() + hours * 3_600_000)
  return `lets ${hours} hours pass`
}

const goDown: Step = async ({ world }) => {
  await world.crash()
  return 'has the server go down'
}

/** How often each happens, beside the others. */
const steps: readonly (readonly [times: number, step: Step])[] = [
  [20, send],
  [8, run],
  [3, takeBack],
  [3, equip],
  [2, meetSomebody],
  [1, takeBankAway],
  [1, verifySomebody],
  [1, deactivate],
  [1, passTime],
  [1, goDown],
]

const urn: readonly Step[] = steps.flatMap(([times, step]) => Array.from({ length: times }, () => step))

/** Draws a step and takes it; gives what it was, or null when there was nothing to do. */
export const takeStep = (scene: Scene): Promise<string | null> => scene.dice.pick(urn)(scene)

/** Everybody that a world begins with. */
export const begin = async (scene: Scene): Promise<string[]> => {
  const told: string[] = []
  for (let met = 0; met < 5; met++) told.push(await meet(scene.world, scene.books, scene.dice))
  for (const party of scene.books.parties)
    for (let banks = 0; banks < 2; banks++) {
      told.push(`adds ${nameOf(await addBank(scene.world, scene.books, scene.dice, party))}`)
    }
  return told
}
