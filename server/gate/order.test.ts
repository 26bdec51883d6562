/**
 * The gate against a model that runs one member after another over plain arrays: whatever is gathered, deferred, missed
 * and run again, each answer and the rows in the end are those of the order in which the members finished.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Refusal } from '@clearyard/contract/errors.ts'
import fc from 'fast-check'
import { rounds } from '../testing/rounds.ts'
import { createGate, type GateOptions } from './gate.ts'
import { besides, contextOf, entries, openGate, type Person, people } from './gate-fixture.ts'
import type { Ctx } from './operation.ts'

/** What the steps of a member are told through: the gate's tables, or the model. */
interface Store {
  find(id: string): Readonly<Person> | null
  findBy(column: 'email' | 'nick', value: string): Readonly<Person> | null
  list(team: string): readonly Readonly<Person>[]
  insert(row: Person): void
  set(row: Readonly<Person>, change: Partial<Omit<Person, 'id'>>): void
  addEntry(person: string, cents: bigint): void
  entriesOf(person: string): readonly bigint[]
}

type Step = (store: Store) => unknown

const throughGate = (ctx: Ctx): Store => ({
  find: (id) => people.find(ctx, id),
  findBy: (column, value) => people.findBy(ctx, column, value),
  list: (team) => people.list(ctx, 'team', team),
  insert: (row) => people.insert(ctx, { ...row }),
  set: (row, change) => people.set(ctx, row, change),
  addEntry: (id, cents) => entries.insert(ctx, { id: ctx.newId(), person: id, cents }),
  entriesOf: (id) => entries.list(ctx, 'person', id).map((entry) => entry.cents),
})

type Model = { people: Person[]; entries: { person: string; cents: bigint }[] }

const throughModel = (model: Model): Store => ({
  find: (id) => model.people.find((row) => row.id === id) ?? null,
  findBy: (column, value) => model.people.find((row) => row[column] === value) ?? null,
  list: (team) => model.people.filter((row) => row.team === team),
  insert: (row) => model.people.push({ ...row }),
  set: (row, change) => {
    const index = model.people.findIndex(({ id }) => id === row.id)
    model.people[index] = { ...row, ...change }
  },
  addEntry: (person, cents) => model.entries.push({ person, cents }),
  entriesOf: (person) => model.entries.filter((entry) => entry.person === person).map((entry) => entry.cents),
})

// few rows and few values, so that members meet
const ids = Array.from({ length: 6 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`)
const id = fc.constantFrom(...ids)
const teamIds = ['10000000-0000-4000-8000-000000000000', '20000000-0000-4000-8000-000000000000']
const team = fc.constantFrom(...teamIds)
const email = fc.constantFrom(...'abcdefgh')
const nick = fc.option(fc.constantFrom('x', 'y', 'z'))

/** Who is there before the first member: most of those that members ask for. */
const settlers: readonly Person[] = ids.slice(0, 5).map((who, index) => ({
  id: who,
  email: 'abcde'[index]!,
  nick: 'xy'[index] ?? null,
  team: teamIds[index % 3] ?? null,
  cents: 50n,
}))

const shown = (row: Readonly<Person> | null) => row && { ...row }

const isFree = (store: Store, row: { id: string; email?: string; nick?: string | null }): boolean => {
  const others = [
    row.email === undefined ? null : store.findBy('email', row.email),
    row.nick === undefined || row.nick === null ? null : store.findBy('nick', row.nick),
  ]
  return others.every((other) => other === null || other.id === row.id)
}

const must = (store: Store, who: string): Readonly<Person> => {
  const row = store.find(who)
  if (!row) throw new Refusal('NotFound')
  return row
}

const pay = fc.tuple(id, id, fc.bigInt(0n, 60n)).map(
  ([from, to, cents]): Step =>
    (store) => {
      const source = must(store, from)
      must(store, to)
      if (source.cents < cents) throw new Refusal('InvalidResourceState')
      store.set(source, { cents: source.cents - cents })
      const target = must(store, to)
      store.set(target, { cents: target.cents + cents })
      store.addEntry(to, cents)
      return target.cents
    },
)
const create = fc.record({ id, email, nick, team: fc.option(team), cents: fc.constant(100n) }).map(
  (row): Step =>
    (store) => {
      if (store.find(row.id) || !isFree(store, row)) throw new Refusal('ValidationError')
      store.insert(row)
    },
)
const rename = fc.tuple(id, email, nick).map(
  ([who, mail, name]): Step =>
    (store) => {
      const row = must(store, who)
      if (!isFree(store, { id: who, email: mail, nick: name })) throw new Refusal('ValidationError')
      store.set(row, { email: mail, nick: name })
    },
)
const move = fc.tuple(id, fc.option(team)).map(
  ([who, to]): Step =>
    (store) => {
      store.set(must(store, who), { team: to })
    },
)
const look = fc.oneof(
  id.map(
    (who): Step =>
      (store) =>
        shown(store.find(who)),
  ),
  id.map(
    (who): Step =>
      (store) =>
        store.entriesOf(who),
  ),
  email.map(
    (value): Step =>
      (store) =>
        shown(store.findBy('email', value)),
  ),
  fc.constantFrom('x', 'y', 'z').map(
    (value): Step =>
      (store) =>
        shown(store.findBy('nick', value)),
  ),
  team.map(
    (of): Step =>
      (store) =>
        store.list(of).map(shown),
  ),
)
const give = fc.constant<Step>(() => {
  throw new Refusal('Forbidden')
})
const step = fc.oneof(
  { weight: 5, arbitrary: pay },
  { weight: 4, arbitrary: look },
  { weight: 3, arbitrary: create },
  { weight: 2, arbitrary: move },
  { weight: 1, arbitrary: give },
)

/** At most two renames a member: more could hand values round in a circle, which one batch cannot save. */
const member = fc
  .tuple(fc.array(step, { maxLength: 2 }), fc.array(rename, { maxLength: 2 }), fc.array(step, { maxLength: 2 }))
  .map((parts) => parts.flat())

/** What a member answers: what its steps gave, or the code of its refusal. */
const answerOf = (steps: readonly Step[], store: Store): unknown => steps.map((each) => each(store) ?? null)
const refusalOf = (error: unknown): string => {
  if (error instanceof Refusal) return error.code
  throw error
}

const runInModel = (model: Model, steps: readonly Step[]): unknown => {
  const before = structuredClone(model)
  try {
    return answerOf(steps, throughModel(model))
  } catch (error) {
    Object.assign(model, before)
    return refusalOf(error)
  }
}

test('members gathered in any way answer and save as one after another, in the order they finished', async (t) => {
  const fixture = await openGate(t)
  const bounds = fc.record({ maxMembers: fc.integer({ min: 1, max: 12 }), maxRows: fc.integer({ min: 1, max: 15 }) })
  const waves = fc.array(fc.array(member, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
  const run = async (limits: Partial<GateOptions>, arrivals: Step[][][]) => {
    const gate = createGate({ pool: fixture.pool, ...besides, ...limits })
    const context = contextOf()
    await gate.write({ context, run: (ctx) => settlers.map((row) => people.insert(ctx, { ...row })) })
    const finished: { steps: readonly Step[]; answer: unknown }[] = []
    const writes: Promise<unknown>[] = []
    for (const wave of arrivals) {
      for (const steps of wave) {
        const written = gate.write({ context, run: (ctx) => answerOf(steps, throughGate(ctx)) }).catch(refusalOf)
        writes.push(written.then((answer) => finished.push({ steps, answer })))
      }
      await nextTurn()
    }
    await Promise.all(writes)
    const model: Model = { people: [...settlers], entries: [] }
    for (const { steps, answer } of finished) assert.deepEqual(answer, runInModel(model, steps))
    const saved = await fixture.admin.query(
      'select id, email, nick, team, cents from people where account_id = $1 order by ordinal',
      [context.accountId],
    )
    assert.deepEqual(saved.rows, model.people)
    const posted = await fixture.admin.query(
      'select person, cents from entries where account_id = $1 order by ordinal',
      [context.accountId],
    )
    assert.deepEqual(posted.rows, model.entries)
  }
  await fc.assert(fc.asyncProperty(bounds, waves, run), { numRuns: rounds(3000) })
})
