import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@clearyard/contract/errors.ts'
import { Registry } from 'prom-client'
import { openCommitThief } from './commit-thief-fixture.ts'
import { createGate, type Gate, NotSaved, OutcomeUnknown } from './gate.ts'
import {
  besides,
  contextOf,
  empty,
  type Fixture,
  marks,
  meetingPoint,
  openGate,
  people,
  person,
  type Sent,
  sentLike,
  specimens,
  teams,
} from './gate-fixture.ts'
import type { Ctx, RequestContext } from './operation.ts'
import { table } from './tables.ts'

const codeOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'saved' : result.reason instanceof Refusal ? result.reason.code : result.reason.name

/** How often batches failed for a reason and were handled so. */
const failuresIn = async (registry: Registry): Promise<Record<string, number>> => {
  const metric = await registry.getSingleMetric('clearyard_gate_failed_batches_total')?.get()
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [`${labels['reason']} ${labels['remedy']}`, value]),
  )
}

test('a row that PostgreSQL refuses fails its own member, and its neighbours are saved', async (t) => {
  const registry = new Registry()
  const { gate, admin } = await openGate(t, { registry })
  const context = contextOf()
  const long = Array.from({ length: 4000 }, () => Math.random().toString(36)[5]).join('')
  const culprits: [string, (ctx: Ctx) => void][] = [
    ['22P05', (ctx) => specimens.insert(ctx, { id: ctx.newId(), ...empty, json: { a: '\0' } })],
    ['23514', (ctx) => people.insert(ctx, person({ cents: -2_000_000n }))],
    ['23502', (ctx) => people.insert(ctx, person({ email: null as unknown as string }))],
    ['54000', (ctx) => people.insert(ctx, person({ email: long }))],
  ]
  for (const [state, culprit] of culprits) {
    const beside = () => gate.write({ context, run: (ctx) => people.insert(ctx, person()) })
    const refuses = () => gate.write({ context, run: () => assert.fail() })
    const [error, ...others] = await Promise.allSettled([
      gate.write({ context, run: culprit }),
      beside(),
      refuses(),
      beside(),
    ])
    assert.ok(error.status === 'rejected' && error.reason instanceof NotSaved)
    assert.equal(error.reason.sqlState, state)
    assert.ok(!error.reason.message.includes(long))
    assert.deepEqual(others.map(codeOf), ['saved', 'AssertionError', 'saved'])
    assert.equal((await failuresIn(registry))[`${state} singly`], 2, 'once for all, once alone')
  }
  assert.equal((await admin.query('select from people')).rowCount, 8)
})

test('a unique value that nobody looked for is found singly, after the batch has looked again', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t, { registry })
  const context = contextOf()
  const [taken, culprit] = [person(), person()]
  await fixture.gate.write({ context, run: (ctx) => people.insert(ctx, taken) })
  const results = await Promise.allSettled([
    fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) }),
    fixture.gate.write({ context, run: (ctx) => people.insert(ctx, { ...culprit, email: taken.email }) }),
    fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) }),
  ])
  assert.deepEqual(results.map(codeOf), ['saved', 'NotSaved', 'saved'])
  // the batch and the culprit alone are each given the chance to see what another server saved
  assert.deepEqual(await failuresIn(registry), { '23505 lookAgain': 4, '23505 singly': 2 })
})

test('a value that another server saves first is seen by the whole batch when it runs again', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t, { registry })
  const context = contextOf()
  const row = person({ nick: 'wanted' })
  let isFirst = true
  fixture.watcher = ({ text }) => {
    if (!isFirst || !text.startsWith('insert')) return undefined
    isFirst = false
    return fixture.admin.query('insert into people values ($1, $2, $3, $4, null, 0, 1)', [
      context.accountId,
      row.id,
      row.email,
      row.nick,
    ])
  }
  let runs = 0
  const create = (nick: string) =>
    fixture.gate.write({
      context,
      run: (ctx) => {
        runs++
        if (people.findBy(ctx, 'nick', nick)) throw new Refusal('ValidationError')
        people.insert(ctx, person({ nick }))
      },
    })
  const results = await Promise.allSettled([create('a'), create('wanted'), create('b')])
  assert.deepEqual(results.map(codeOf), ['saved', 'ValidationError', 'saved'])
  assert.deepEqual(await failuresIn(registry), { '23505 lookAgain': 1 })
  assert.equal(runs, 12, 'two runs of three members, twice')
  assert.equal(sentLike(fixture, 'commit').length, 1)
})

/** A write that loads a mark, then the team; between the two somebody else may change the team. */
const grow = (gate: Gate, context: RequestContext, id: string) =>
  gate.write({
    context,
    run: (ctx) => {
      ctx.tx.want([marks, 'any'], [teams, id])
      const team = teams.get(ctx, id)
      teams.set(ctx, team, { size: team.size + 1 })
    },
  })

test('a batch that cannot be serialized runs again', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t, { registry, isolation: 'repeatable read' })
  const context = contextOf()
  const id = crypto.randomUUID()
  await fixture.gate.write({ context, run: (ctx) => teams.insert(ctx, { id, size: 0 }) })
  let races = 3
  fixture.watcher = ({ text }) => {
    if (!text.includes('from "teams"') || races-- <= 0) return undefined
    return fixture.admin.query('update teams set size = size + 100 where id = $1', [id])
  }
  await Promise.all([grow(fixture.gate, context, id), grow(fixture.gate, context, id)])
  assert.deepEqual((await fixture.admin.query('select size from teams')).rows, [{ size: 302 }])
  assert.deepEqual(await failuresIn(registry), { '40001 again': 3 })
})

test('a race that is lost every time ends, and the server says that it is busy', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t, { registry, isolation: 'repeatable read' })
  const context = contextOf()
  const id = crypto.randomUUID()
  await fixture.gate.write({ context, run: (ctx) => teams.insert(ctx, { id, size: 0 }) })
  fixture.watcher = ({ text }) =>
    text.includes('from "teams"')
      ? fixture.admin.query('update teams set size = size + 1 where id = $1', [id])
      : undefined
  const results = await Promise.allSettled([grow(fixture.gate, context, id), grow(fixture.gate, context, id)])
  assert.deepEqual(results.map(codeOf), ['ServiceUnavailable', 'ServiceUnavailable'])
  assert.deepEqual(await failuresIn(registry), { '40001 again': 7, '40001 unavailable': 1 })
  assert.deepEqual((await fixture.admin.query('select size from teams')).rows, [{ size: 8 }])
})

test('two servers that lock the same rows in opposite orders dead-lock, and both finish', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t, { registry })
  const context = contextOf()
  const [a, b] = [crypto.randomUUID(), crypto.randomUUID()]
  await fixture.gate.write({ context, run: (ctx) => [a, b].map((id) => teams.insert(ctx, { id, size: 10 })) })
  const [oneHolds, otherHolds] = [meetingPoint(), meetingPoint()]
  let loads = 0
  fixture.watcher = ({ text }) => {
    if (!text.includes('from "teams"') || ++loads !== 2) return undefined
    oneHolds.reach()
    return otherHolds.reached
  }
  let otherLoads = 0
  const others = new Registry()
  const other = fixture.another({ registry: others }, ({ text }) => {
    if (!text.includes('from "teams"') || ++otherLoads !== 2) return undefined
    otherHolds.reach()
    return oneHolds.reached
  })
  const move = (gate: Gate, from: string, to: string) =>
    gate.write({
      context,
      run: (ctx) => {
        const source = teams.get(ctx, from)
        const target = teams.get(ctx, to)
        teams.set(ctx, source, { size: source.size - 1 })
        teams.set(ctx, target, { size: target.size + 3 })
      },
    })
  await Promise.all([move(fixture.gate, a, b), move(other, b, a)])
  assert.deepEqual((await fixture.admin.query('select size from teams')).rows, [{ size: 12 }, { size: 12 }])
  const failures = { ...(await failuresIn(registry)), ...(await failuresIn(others)) }
  assert.deepEqual(failures, { '40P01 again': 1 })
})

/** Has the server end a connection, and waits for the news to arrive while no statement is under way. */
const killed = async (fixture: Fixture, { client }: Sent) => {
  const { processID } = client as unknown as { processID: number }
  const gone = new Promise<void>((resolve) => {
    client.once('end', resolve)
  })
  await fixture.admin.query('select pg_terminate_backend($1)', [processID])
  await gone
}

test('a connection that is lost before COMMIT costs nothing but another run', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t, { registry })
  const context = contextOf()
  const deaths = ['begin', 'select', 'insert into "marks"', 'insert into "people"']
  let count = 0
  for (const start of deaths)
    for (const when of ['watcher', 'afterwards'] as const) {
      let isDue = true
      fixture.watcher = () => undefined
      fixture.afterwards = () => undefined
      fixture[when] = (sent) => {
        if (!isDue || !sent.text.startsWith(start)) return undefined
        isDue = false
        return killed(fixture, sent)
      }
      const id = `${start} ${when}`
      await Promise.all([
        fixture.gate.write({
          context,
          first: (ctx) => {
            assert.equal(marks.find(ctx, id), null)
            marks.insert(ctx, { id })
          },
          run: (ctx) => people.insert(ctx, person()),
        }),
        fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) }),
      ])
      count++
      assert.equal((await fixture.admin.query('select from people')).rowCount, 2 * count)
    }
  assert.equal((await fixture.admin.query('select from marks')).rowCount, count)
  const failures = Object.entries(await failuresIn(registry))
  assert.equal(
    failures.reduce((sum, [, value]) => sum + value, 0),
    count,
  )
  assert.ok(failures.every(([name]) => name.endsWith(' again')))
})

test('a connection that died while nobody used it is replaced without a word', async (t) => {
  const { gate, admin } = await openGate(t)
  const context = contextOf()
  const insert = () => gate.write({ context, run: (ctx) => people.insert(ctx, person()) })
  await insert()
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user',
  )
  await insert()
  await Promise.all([insert(), insert()])
})

for (const stolen of ['answer', 'commit'] as const)
  test(`a COMMIT whose ${stolen} is lost is never run again: members are asked, and the others answered unknown`, async (t) => {
    const registry = new Registry()
    const fixture = await openGate(t)
    const thief = await openCommitThief(fixture.url)
    const pool = fixture.newPool({ connectionString: thief.url })
    t.after(() => thief.close())
    const gate = createGate({ pool, ...besides, registry, maxRows: 4 })
    const context = contextOf()
    const runs: string[] = []
    const insert = (nick: string) => (ctx: Ctx) => {
      runs.push(nick)
      people.insert(ctx, person({ nick }))
      return nick
    }
    // how a write with an idempotency key is looked up: by a write of its own, behind the batch
    const recover = (nick: string) => () =>
      gate.write({ context, run: (ctx) => (people.findBy(ctx, 'nick', nick) ? `found ${nick}` : undefined) })
    thief.stealNext(stolen)
    const results = await Promise.allSettled([
      gate.write({ context, run: insert('a') }),
      gate.write({ context, run: insert('b'), recover: recover('b') }),
      gate.write({ context, run: () => assert.fail('a refusal, which may rest on what is not saved') }),
      gate.write({ context, run: insert('c'), recover: () => Promise.reject(new Error('no answer either')) }),
      gate.write({ context, run: insert('d') }),
      gate.write({ context, run: insert('e') }),
    ])
    await gate.idle()
    assert.deepEqual(results.map(codeOf), [
      'OutcomeUnknown',
      stolen === 'answer' ? 'saved' : 'OutcomeUnknown',
      'OutcomeUnknown',
      'OutcomeUnknown',
      'OutcomeUnknown',
      'saved',
    ])
    assert.ok(results[0].status === 'rejected' && results[0].reason instanceof OutcomeUnknown)
    if (stolen === 'answer') assert.deepEqual(results[1], { status: 'fulfilled', value: 'found b' })
    // the fifth row was one too many, so its member ran once more: it had no part in the lost commit
    assert.deepEqual(runs, ['a', 'b', 'c', 'd', 'e', 'e'])
    const saved = await fixture.admin.query('select nick from people order by ordinal')
    assert.deepEqual(
      saved.rows.map((row) => row.nick),
      stolen === 'answer' ? ['a', 'b', 'c', 'd', 'e'] : ['e'],
    )
    const failures = Object.entries(await failuresIn(registry))
    assert.equal(failures.length, 1)
    assert.match(failures[0]?.[0] ?? '', / unknown$/)
  })

test('a batch that only read runs again when the answer to its COMMIT is lost', async (t) => {
  const fixture = await openGate(t)
  const thief = await openCommitThief(fixture.url)
  const pool = fixture.newPool({ connectionString: thief.url })
  t.after(() => thief.close())
  const gate = createGate({ pool, ...besides })
  thief.stealNext('answer')
  assert.equal(await gate.write({ context: contextOf(), run: (ctx) => marks.find(ctx, 'a') }), null)
})

test('without a database a write is refused as overload, and works again when there is one', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t)
  const thief = await openCommitThief(fixture.url)
  const pool = fixture.newPool({ connectionString: thief.url })
  const gate = createGate({ pool, ...besides, registry, maxMembers: 2 })
  const context = contextOf()
  const insert = () => gate.write({ context, run: (ctx) => people.insert(ctx, person()) })
  await insert()
  await thief.close()
  const results = await Promise.allSettled([insert(), insert(), insert()])
  assert.deepEqual(results.map(codeOf), ['ServiceUnavailable', 'ServiceUnavailable', 'ServiceUnavailable'])
  assert.equal((await failuresIn(registry))['ECONNREFUSED unavailable'], 2, 'one for each batch')
  await thief.reopen()
  t.after(() => thief.close())
  await insert()
  assert.equal((await fixture.admin.query('select from people')).rowCount, 2)
})

test('when the database goes while members run singly, the rest are refused without asking for it again', async (t) => {
  const registry = new Registry()
  const fixture = await openGate(t)
  const thief = await openCommitThief(fixture.url)
  const pool = fixture.newPool({ connectionString: thief.url })
  const gate = createGate({ pool, ...besides, registry })
  const context = contextOf()
  let answered = 0
  const insert = async (cents: bigint) => {
    await gate.write({ context, run: (ctx) => people.insert(ctx, person({ cents })) })
    if (++answered === 2) await thief.close()
  }
  const results = await Promise.allSettled([0n, 0n, -2_000_000n, 0n, 0n, 0n].map(insert))
  const codes = results.map(codeOf)
  assert.deepEqual(codes.slice(0, 2), ['saved', 'saved'])
  assert.deepEqual(codes.slice(3), ['ServiceUnavailable', 'ServiceUnavailable', 'ServiceUnavailable'])
  assert.equal((await failuresIn(registry))['ECONNREFUSED unavailable'], 1)
})

test('a write that gets no connection in time is refused as overload', async (t) => {
  const fixture = await openGate(t)
  const pool = fixture.newPool({ max: 1 })
  const gate = createGate({ pool, ...besides })
  const insert = () => gate.write({ context: contextOf(), run: (ctx) => people.insert(ctx, person()) })
  const client = await pool.connect()
  pool.options.connectionTimeoutMillis = 50
  const [result] = await Promise.allSettled([insert()])
  client.release()
  assert.equal(codeOf(result), 'ServiceUnavailable')
  await insert()
})

test('a lock that is not had in time is overload, and a table that is not there is a mistake of ours', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  await fixture.gate.write({ context, run: (ctx) => marks.insert(ctx, { id: 'held' }) })
  const pool = fixture.newPool({ max: 1, lock_timeout: 50 })
  const gate = createGate({ pool, ...besides })
  const holder = await fixture.admin.connect()
  await holder.query('begin')
  await holder.query("update marks set id = id where id = 'held'")
  const [result] = await Promise.allSettled([gate.write({ context, run: (ctx) => marks.find(ctx, 'held') })])
  await holder.query('rollback')
  holder.release()
  assert.equal(codeOf(result), 'ServiceUnavailable')
  assert.ok(await gate.write({ context, run: (ctx) => marks.find(ctx, 'held') }))

  const nowhere = table<{ id: string }>({ name: 'nowhere', columns: { id: 'text' } })
  const missing = gate.write({ context, run: (ctx) => nowhere.find(ctx, 'x') })
  await assert.rejects(missing, { code: '42P01' })
  assert.ok(await gate.write({ context, run: (ctx) => marks.find(ctx, 'held') }))
})
