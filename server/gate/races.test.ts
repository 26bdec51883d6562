/** Two gates on one database, as two servers have them: what only one may do, one does, and nothing is lost or made. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '@clearyard/contract/errors.ts'
import { rounds } from '../testing/rounds.ts'
import { type Gate, OutcomeUnknown } from './gate.ts'
import { contextOf, entries, marks, openGate, people, person, teams } from './gate-fixture.ts'
import type { Ctx, RequestContext } from './operation.ts'

const outcome = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'saved' : result.reason instanceof Refusal ? result.reason.code : result.reason.name

const countOf = (results: readonly PromiseSettledResult<unknown>[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const result of results) counts[outcome(result)] = (counts[outcome(result)] ?? 0) + 1
  return counts
}

test('of all who use one token on two servers, one wins', async (t) => {
  const fixture = await openGate(t)
  const gates = [fixture.gate, fixture.another()]
  const context = contextOf()
  const use = (gate: Gate, id: string) =>
    gate.write({
      context,
      first: (ctx) => {
        if (marks.find(ctx, id)) throw new Refusal('InvalidAccessToken')
        marks.insert(ctx, { id })
      },
      run: (ctx) => people.insert(ctx, person()),
    })
  const count = rounds(100)
  for (let round = 0; round < count; round++) {
    const uses = Array.from({ length: 100 }, (_, index) => use(gates[index % 2]!, `token ${round}`))
    assert.deepEqual(countOf(await Promise.allSettled(uses)), { saved: 1, InvalidAccessToken: 99 })
  }
  assert.equal((await fixture.admin.query('select from people')).rowCount, count)
})

test('of two who create the same on two servers, one is refused as the duplicate', async (t) => {
  const fixture = await openGate(t)
  const gates = [fixture.gate, fixture.another()]
  const count = rounds(50)
  for (let round = 0; round < count; round++) {
    const context = contextOf()
    const create = (gate: Gate, email: string, nick: string) =>
      gate.write({
        context,
        run: (ctx) => {
          if (people.findBy(ctx, 'email', email) || people.findBy(ctx, 'nick', nick))
            throw new Refusal('ValidationError')
          people.insert(ctx, person({ email, nick }))
        },
      })
    const names = Array.from({ length: 100 }, (_, index) => `${Math.random()} ${index}`)
    const creations = names.flatMap((name) => gates.map((gate) => create(gate, name, `${name}'s`)))
    assert.deepEqual(countOf(await Promise.allSettled(creations)), { saved: 100, ValidationError: 100 })
  }
})

test('a bound that is read off a locked parent holds on two servers', async (t) => {
  const fixture = await openGate(t)
  const gates = [fixture.gate, fixture.another()]
  const count = rounds(50)
  for (let round = 0; round < count; round++) {
    const context = contextOf()
    const id = crypto.randomUUID()
    await fixture.gate.write({ context, run: (ctx) => teams.insert(ctx, { id, size: 0 }) })
    const join = (gate: Gate) =>
      gate.write({
        context,
        run: (ctx) => {
          teams.get(ctx, id)
          if (people.list(ctx, 'team', id).length >= 6) throw new Refusal('InvalidResourceState')
          people.insert(ctx, person({ team: id }))
        },
      })
    const joins = Array.from({ length: 20 }, (_, index) => join(gates[index % 2]!))
    assert.deepEqual(countOf(await Promise.allSettled(joins)), { saved: 6, InvalidResourceState: 14 })
  }
})

const startCents = 1000n

/** Moves money and writes down both sides, under ids that the caller chose: a second run cannot go unseen. */
const transfer = (from: string, to: string, cents: bigint, entryId: string) => (ctx: Ctx) => {
  ctx.tx.want([people, from], [people, to])
  const source = people.get(ctx, from)
  if (source.cents < cents) throw new Refusal('InvalidResourceState')
  people.set(ctx, source, { cents: source.cents - cents })
  const target = people.get(ctx, to)
  people.set(ctx, target, { cents: target.cents + cents })
  entries.insert(ctx, { id: entryId, person: to, cents })
}

test('money is neither lost nor made on two servers whose connections keep dying', async (t) => {
  const fixture = await openGate(t)
  const gates = [fixture.gate, fixture.another()]
  const context: RequestContext = contextOf()
  const ids = Array.from({ length: 10 }, () => crypto.randomUUID())
  await fixture.gate.write({
    context,
    run: (ctx) => ids.map((id) => people.insert(ctx, person({ id, cents: startCents }))),
  })
  const deaths = rounds(100)
  let killed = 0
  const kill = async () => {
    while (killed < deaths) {
      await sleep(Math.random() * 20)
      const { rowCount } = await fixture.admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'clearyard' and random() < 0.4`,
      )
      killed += rowCount ?? 0
    }
  }
  const outcomes = new Map<string, string>()
  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!
  const caller = async () => {
    while (killed < deaths) {
      const entryId = crypto.randomUUID()
      const [from, to] = [any(ids), any(ids)]
      const run = transfer(from, to, BigInt(Math.floor(Math.random() * 300)), entryId)
      const [result] = await Promise.allSettled([any(gates).write({ context, run })])
      outcomes.set(entryId, outcome(result))
    }
  }
  await Promise.all([kill(), ...Array.from({ length: 32 }, caller)])
  const saved = await fixture.admin.query('select id, cents from people')
  assert.equal(
    saved.rows.reduce((sum, row) => sum + row.cents, 0n),
    startCents * BigInt(ids.length),
  )
  assert.ok(saved.rows.every((row) => row.cents >= 0n))
  const posted = new Set((await fixture.admin.query('select id from entries')).rows.map((row) => row.id))
  const allowed = new Set(['saved', 'InvalidResourceState', 'ServiceUnavailable', new OutcomeUnknown().name])
  for (const [id, came] of outcomes) {
    assert.ok(allowed.has(came), came)
    if (came !== 'OutcomeUnknown') assert.equal(posted.has(id), came === 'saved', came)
  }
  assert.ok([...outcomes.values()].includes('saved'))
})
