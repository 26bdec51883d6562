import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@clearyard/contract/errors.ts'
import { contextOf, type Fixture, marks, meetingPoint, openGate, people, person, sentLike } from './gate-fixture.ts'
import type { Ctx } from './operation.ts'

/** How many rows each committed batch saved, by the ids it sent. */
const rowsSaved = (fixture: Fixture, name: string): number[] =>
  sentLike(fixture, `insert into "${name}"`).map(({ values }) => (values[1] ?? '').split(',').length)

test('a batch takes as many members as it may, and the rest share the next', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  await Promise.all(
    Array.from({ length: 600 }, () => fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) })),
  )
  assert.deepEqual(rowsSaved(fixture, 'people'), [250, 250, 100])
})

test('a batch ends at its number of rows, and the rest are first in the next, in their order', async (t) => {
  const fixture = await openGate(t, { maxRows: 10 })
  const context = contextOf()
  const answered: number[] = []
  const write = async (index: number, count: number) => {
    await fixture.gate.write({
      context,
      run: (ctx) => {
        for (let n = 0; n < count; n++) people.insert(ctx, person({ email: `${index} ${n}` }))
      },
    })
    answered.push(index)
  }
  const first = Promise.all([4, 4, 4, 1, 12, 3, 3].map((count, index) => write(index, count)))
  const late = meetingPoint()
  let lateWrite: Promise<void> | undefined
  fixture.watcher = ({ text }) => {
    if (text === 'commit' && !lateWrite) {
      lateWrite = write(99, 1)
      late.reach()
    }
    return undefined
  }
  await first
  await late.reached
  await lateWrite
  // 4 + 4 fit, the third 4 does not; then 4 + 1; then 12, alone more than a batch holds; then the rest
  assert.deepEqual(rowsSaved(fixture, 'people'), [8, 5, 12, 7])
  assert.deepEqual(answered, [0, 1, 2, 3, 4, 5, 6, 99])
})

test('rows of a member that is refused count for nothing', async (t) => {
  const fixture = await openGate(t, { maxRows: 5 })
  const context = contextOf()
  const write = (count: number, isRefused: boolean) =>
    fixture.gate.write({
      context,
      run: (ctx) => {
        for (let n = 0; n < count; n++) people.insert(ctx, person())
        if (isRefused) throw new Refusal('Forbidden')
      },
    })
  await Promise.allSettled([write(1, false), write(4, true), write(20, true), write(4, false)])
  assert.deepEqual(rowsSaved(fixture, 'people'), [5])
})

test('who has waited longest finishes in the next batch, whatever others need less time for', async (t) => {
  const fixture = await openGate(t, { maxRows: 3 })
  const context = contextOf()
  const answered: string[] = []
  const quick = (name: string) =>
    fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) }).then(() => answered.push(name))
  const slow = (name: string) =>
    fixture.gate
      .write({
        context,
        run: (ctx) => {
          marks.find(ctx, name)
          people.insert(ctx, person())
        },
      })
      .then(() => answered.push(name))
  await Promise.all([quick('a'), slow('slow'), quick('b'), quick('c'), quick('d'), quick('e'), quick('f'), quick('g')])
  // the slow one had to leave the first batch, and is the oldest of the second
  assert.deepEqual(answered.slice(0, 3), ['a', 'b', 'c'])
  assert.ok(answered.indexOf('slow') < 7)
  assert.deepEqual(rowsSaved(fixture, 'people').slice(0, 2), [3, 4])
})

const redeemed = (id: string) => (ctx: Ctx) => {
  if (marks.find(ctx, id)) throw new Refusal('InvalidAccessToken')
  marks.insert(ctx, { id })
}

test('the first part is kept when the second refuses, and the second sees what the first wrote', async (t) => {
  const { gate, admin } = await openGate(t)
  const context = contextOf()
  const results = await Promise.allSettled([
    gate.write({
      context,
      first: redeemed('kept'),
      run: (ctx) => {
        people.insert(ctx, person())
        throw new Refusal('ValidationError')
      },
    }),
    gate.write({ context, first: redeemed('seen'), run: (ctx) => marks.get(ctx, 'seen').id }),
  ])
  assert.equal(results[0].status === 'rejected' && (results[0].reason as Refusal).code, 'ValidationError')
  assert.deepEqual(results[1], { status: 'fulfilled', value: 'seen' })
  assert.deepEqual((await admin.query('select id from marks order by id')).rows, [{ id: 'kept' }, { id: 'seen' }])
  assert.equal((await admin.query('select from people')).rowCount, 0)
})

test('when the first part refuses, the second does not run and nothing is saved', async (t) => {
  const { gate, admin } = await openGate(t)
  const context = contextOf()
  const runs: number[] = []
  const use = (index: number) =>
    gate.write({
      context,
      first: redeemed('once'),
      run: (ctx) => {
        runs.push(index)
        people.insert(ctx, person())
      },
    })
  const results = await Promise.allSettled([use(0), use(1), use(2)])
  assert.deepEqual(
    results.map((result) => (result.status === 'rejected' ? (result.reason as Refusal).code : result.status)),
    ['fulfilled', 'InvalidAccessToken', 'InvalidAccessToken'],
  )
  assert.deepEqual(runs, [0])
  assert.equal((await admin.query('select from people')).rowCount, 1)
})

test('the bound on rows does not separate the two parts of a member', async (t) => {
  const fixture = await openGate(t, { maxRows: 5 })
  const context = contextOf()
  const commitOf = new Map<string, number>()
  let commits = 0
  fixture.watcher = ({ text, values }) => {
    if (text === 'commit') commits++
    if (text.startsWith('insert')) for (const id of (values[1] ?? '').slice(1, -1).split(',')) commitOf.set(id, commits)
    return undefined
  }
  const parts = Array.from({ length: 6 }, () => [crypto.randomUUID(), crypto.randomUUID()] as const)
  await Promise.all(
    parts.map(([firstId, secondId]) =>
      fixture.gate.write({
        context,
        first: (ctx) => people.insert(ctx, person({ id: firstId })),
        run: (ctx) => {
          // the second part of everyone needs another round, by when all first parts have filled the batch
          marks.find(ctx, secondId)
          people.insert(ctx, person({ id: secondId }))
        },
      }),
    ),
  )
  assert.ok(commits > 1)
  for (const [firstId, secondId] of parts)
    assert.equal(commitOf.get(`"${firstId}"`), commitOf.get(`"${secondId}"`), 'saved together')
})
