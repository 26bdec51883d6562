import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Refusal } from '@clearyard/contract/errors.ts'
import { Registry } from 'prom-client'
import {
  besides,
  contextOf,
  entries,
  marks,
  meetingPoint,
  openGate,
  people,
  person,
  sentLike,
  teams,
} from './gate-fixture.ts'
import type { Ctx } from './operation.ts'

test('writes that arrive together share one transaction, and each gets its own answer', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  const rows = Array.from({ length: 20 }, () => person())
  const answers = await Promise.all(
    rows.map((row) =>
      fixture.gate.write({
        context,
        run: (ctx) => {
          people.insert(ctx, row)
          return row.email
        },
      }),
    ),
  )
  assert.deepEqual(
    answers,
    rows.map((row) => row.email),
  )
  assert.equal(sentLike(fixture, 'commit').length, 1)
  assert.equal(sentLike(fixture, 'insert into "people"').length, 1)
  const saved = await fixture.admin.query('select count(*) from people where account_id = $1', [context.accountId])
  assert.equal(saved.rows[0].count, 20n)
})

test('writes that arrive while a batch is under way share the next one', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  const later: Promise<void>[] = []
  const insert = () => fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) })
  fixture.watcher = ({ text }) => {
    if (text === 'commit' && later.length === 0) later.push(insert(), insert(), insert())
    return undefined
  }
  await insert()
  await Promise.all(later)
  assert.equal(sentLike(fixture, 'commit').length, 2)
})

test('a member that throws fails alone, and nothing it wrote is saved or seen', async (t) => {
  const { gate, admin } = await openGate(t)
  const context = contextOf()
  const team = crypto.randomUUID()
  const first = person({ team, nick: 'first' })
  const taken = person({ team, nick: 'second' })
  // all three look first, and so finish in the order they came
  const look = (ctx: Ctx) => {
    ctx.tx.want([people, first.id], [people, taken.id], [people, 'second', 'nick'], [people, 'changed', 'nick'])
    return people.list(ctx, 'team', team).map((row) => [row.nick, row.cents])
  }
  await gate.write({ context, run: (ctx) => people.insert(ctx, first) })
  const results = await Promise.allSettled([
    gate.write({
      context,
      run: (ctx) => {
        look(ctx)
        people.set(ctx, people.get(ctx, first.id), { cents: 7n, nick: 'changed' })
        people.insert(ctx, taken)
        teams.insert(ctx, { id: team, size: 2 })
        assert.equal(look(ctx).length, 2)
        throw new Refusal('InvalidResourceState')
      },
    }),
    gate.write({
      context,
      run: (ctx) => [
        look(ctx),
        people.findBy(ctx, 'nick', 'first')?.cents,
        people.findBy(ctx, 'nick', 'changed'),
        people.findBy(ctx, 'nick', 'second'),
        people.find(ctx, taken.id),
        teams.find(ctx, team),
      ],
    }),
    gate.write({
      context,
      run: (ctx) => {
        look(ctx)
        teams.find(ctx, team)
        people.insert(ctx, { ...taken, cents: 3n })
      },
    }),
  ])
  assert.ok(results[0].status === 'rejected')
  assert.equal((results[0].reason as Refusal).code, 'InvalidResourceState')
  assert.deepEqual(results[1], { status: 'fulfilled', value: [[['first', 0n]], 0n, null, null, null, null] })
  assert.equal(results[2].status, 'fulfilled')
  const saved = await admin.query('select nick, cents from people where account_id = $1 order by ordinal', [
    context.accountId,
  ])
  assert.deepEqual(saved.rows, [
    { nick: 'first', cents: 0n },
    { nick: 'second', cents: 3n },
  ])
})

test('nobody is answered before the commit, not even who is refused', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  const absent = crypto.randomUUID()
  const answered: string[] = []
  const atCommit: string[][] = []
  fixture.watcher = ({ text }) => {
    if (text !== 'commit') return undefined
    return nextTurn().then(() => atCommit.push([...answered]))
  }
  await Promise.all([
    fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) }).then(() => answered.push('saved')),
    fixture.gate
      .write({ context, run: (ctx) => people.get(ctx, absent) })
      .catch((error: Refusal) => answered.push(error.code)),
    fixture.gate
      .write({ context, run: () => assert.fail('at once') })
      .catch((error: Error) => answered.push(error.message)),
  ])
  assert.deepEqual(atCommit, [[]])
  assert.deepEqual(answered.sort(), ['NotFound', 'at once', 'saved'])
})

test('a round loads each table once by each key asked for, tables in order of name, keys merged and sorted', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  const [a, b, c] = [person(), person(), person()]
  const team = crypto.randomUUID()
  await fixture.gate.write({ context, run: (ctx) => [a, b, c].map((row) => people.insert(ctx, row)) })
  fixture.sent.length = 0
  await Promise.all([
    fixture.gate.write({ context, run: (ctx) => people.get(ctx, b.id) }),
    fixture.gate.write({ context, run: (ctx) => teams.find(ctx, team) }),
    fixture.gate.write({ context, run: (ctx) => people.findBy(ctx, 'email', a.email) }),
    fixture.gate.write({ context, run: (ctx) => people.get(ctx, b.id) }),
    fixture.gate.write({ context, run: (ctx) => marks.find(ctx, 'm') }),
    fixture.gate.write({ context, run: (ctx) => people.get(ctx, a.id) }),
  ])
  const loads = fixture.sent.filter(({ text }) => text.startsWith('select'))
  const ids = [a.id, b.id].sort().map((id) => `"${id}"`)
  assert.deepEqual(
    loads.map(({ text, values }) => [/from "(\w+)" where account_id = \$1 and "(\w+)"/.exec(text)?.slice(1), values]),
    [
      [
        ['marks', 'id'],
        [context.accountId, '{"m"}'],
      ],
      [
        ['people', 'id'],
        [context.accountId, `{${ids}}`],
      ],
      [
        ['people', 'email'],
        [context.accountId, `{"${a.email}"}`],
      ],
      [
        ['teams', 'id'],
        [context.accountId, `{"${team}"}`],
      ],
    ],
  )
})

test('wanted rows of several tables come in one round, and finds that hang on each other take one each', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  const team = crypto.randomUUID()
  const row = person({ team })
  await fixture.gate.write({
    context,
    run: (ctx) => {
      people.insert(ctx, row)
      teams.insert(ctx, { id: team, size: 1 })
    },
  })
  let runs = 0
  const hanging = (ctx: Ctx) => {
    runs++
    return teams.get(ctx, people.get(ctx, row.id).team ?? '').size
  }
  assert.equal(await fixture.gate.write({ context, run: hanging }), 1)
  assert.equal(runs, 3)
  runs = 0
  const wanting = (ctx: Ctx) => {
    ctx.tx.want([people, row.email, 'email'], [teams, team])
    return hanging(ctx)
  }
  assert.equal(await fixture.gate.write({ context, run: wanting }), 1)
  assert.equal(runs, 1)
})

test('what is loaded is locked until the commit, but for the rows of insert-only tables', async (t) => {
  const fixture = await openGate(t)
  const context = contextOf()
  const row = person()
  const entry = { id: crypto.randomUUID(), person: row.id, cents: 5n }
  await fixture.gate.write({
    context,
    run: (ctx) => {
      people.insert(ctx, row)
      entries.insert(ctx, entry)
    },
  })
  const free: Record<string, number | null> = {}
  const freeRows = async (name: string) => {
    const found = await fixture.admin.query(`select from ${name} where account_id = $1 for update skip locked`, [
      context.accountId,
    ])
    free[name] = found.rowCount
  }
  fixture.watcher = ({ text }) =>
    text === 'commit' ? Promise.all([freeRows('people'), freeRows('entries')]) : undefined
  await fixture.gate.write({
    context,
    run: (ctx) => [people.get(ctx, row.id), entries.get(ctx, entry.id), entries.list(ctx, 'person', row.id)],
  })
  assert.deepEqual(free, { people: 0, entries: 1 })
})

test('a world has one batch at a time, and as many worlds as allowed have theirs at once', async (t) => {
  const fixture = await openGate(t, { maxBatches: 2 })
  const [a, b, c] = [contextOf(), contextOf(), contextOf()]
  const held: string[] = []
  const bothHeld = meetingPoint()
  const release = meetingPoint()
  fixture.watcher = ({ text, values }) => {
    if (!text.startsWith('insert')) return undefined
    held.push(values[0] ?? '')
    if (held.length === 2) bothHeld.reach()
    return release.reached
  }
  const insert = (context: typeof a) => fixture.gate.write({ context, run: (ctx) => people.insert(ctx, person()) })
  const writes = [insert(a), insert(b), insert(c)]
  await bothHeld.reached
  writes.push(insert(a))
  await nextTurn()
  await fixture.admin.query('select pg_sleep(0.02)')
  const whileHeld = { worlds: held.toSorted(), queued: fixture.gate.queued, begun: sentLike(fixture, 'begin').length }
  release.reach()
  await Promise.all(writes)
  assert.deepEqual(whileHeld, { worlds: [a.accountId, b.accountId].sort(), queued: 2, begun: 2 })
  assert.deepEqual(held.slice(2).sort(), [a.accountId, c.accountId].sort())
})

test('one world never sees a row of another', async (t) => {
  const { gate } = await openGate(t)
  const row = person({ team: crypto.randomUUID(), nick: 'mine' })
  await gate.write({ context: contextOf(), run: (ctx) => people.insert(ctx, row) })
  const found = await gate.write({
    context: contextOf(),
    run: (ctx) => [
      people.find(ctx, row.id),
      people.findBy(ctx, 'nick', 'mine'),
      people.list(ctx, 'team', row.team ?? '').length,
    ],
  })
  assert.deepEqual(found, [null, null, 0])
})

test('beyond the bound of the queue a write is refused as overload, and idle waits for the rest', async (t) => {
  const { gate, admin } = await openGate(t, { maxQueued: 3 })
  const context = contextOf()
  const insert = () => gate.write({ context, run: (ctx) => people.insert(ctx, person()) })
  const results = Promise.allSettled([insert(), insert(), insert(), insert()])
  assert.equal(gate.queued, 3)
  await gate.idle()
  assert.equal(gate.queued, 0)
  const saved = await admin.query('select count(*) from people where account_id = $1', [context.accountId])
  assert.equal(saved.rows[0].count, 3n)
  const refused = (await results).filter((result) => result.status === 'rejected')
  assert.deepEqual(
    refused.map(({ reason }) => (reason as Refusal).code),
    ['ServiceUnavailable'],
  )
  await gate.idle()
})

test('an operation that gives a promise is refused, and what it does later reaches nobody', async (t) => {
  const { gate, admin } = await openGate(t)
  const context = contextOf()
  const late = meetingPoint()
  let afterwards: unknown
  const results = await Promise.allSettled([
    gate.write({
      context,
      run: async (ctx) => {
        people.insert(ctx, person())
        await late.reached
        try {
          people.insert(ctx, person())
        } catch (error) {
          afterwards = error
        }
      },
    }),
    gate.write({ context, run: (ctx) => people.insert(ctx, person({ nick: 'beside' })) }),
  ])
  late.reach()
  await nextTurn()
  assert.ok(results[0].status === 'rejected')
  assert.match((results[0].reason as Error).message, /must be synchronous/)
  assert.match((afterwards as Error).message, /must be synchronous/)
  const saved = await admin.query('select nick from people where account_id = $1', [context.accountId])
  assert.deepEqual(saved.rows, [{ nick: 'beside' }])
})

test('an operation that swallows a miss is run again all the same', async (t) => {
  const { gate } = await openGate(t)
  const context = contextOf()
  const row = person()
  await gate.write({ context, run: (ctx) => people.insert(ctx, row) })
  const found = await gate.write({
    context,
    run: (ctx) => {
      try {
        return people.get(ctx, row.id).email
      } catch {
        return 'nobody'
      }
    },
  })
  assert.equal(found, row.email)
})

test('an operation that asks for other rows in every run is ended, and its neighbours are answered', async (t) => {
  const { gate } = await openGate(t)
  const context = contextOf()
  const results = await Promise.allSettled([
    gate.write({ context, run: (ctx) => people.find(ctx, crypto.randomUUID()) }),
    gate.write({ context, run: (ctx) => people.insert(ctx, person()) }),
  ])
  assert.ok(results[0].status === 'rejected')
  assert.match((results[0].reason as Error).message, /other rows in each of/)
  assert.equal(results[1].status, 'fulfilled')
})

test('what a new id could find or list is known without a load, down to what the run has inserted', async (t) => {
  const { gate } = await openGate(t)
  let runs = 0
  const run = (ctx: Ctx) => {
    runs++
    const team = ctx.newId()
    ctx.tx.want([teams, team], [people, team, 'email'])
    const row = person({ team, nick: team })
    assert.deepEqual(
      [people.find(ctx, team), people.findBy(ctx, 'nick', team), teams.find(ctx, team)],
      [null, null, null],
    )
    people.insert(ctx, row)
    assert.deepEqual(people.list(ctx, 'team', team), [row])
    assert.equal(people.findBy(ctx, 'nick', team), row)
    const moved = people.set(ctx, people.get(ctx, row.id), { team: null })
    assert.deepEqual(people.list(ctx, 'team', team), [])
    people.set(ctx, moved, { team })
    return team
  }
  const context = contextOf()
  const team = await gate.write({ context, run })
  assert.equal(runs, 1)
  const later = await gate.write({ context, run: (ctx) => people.list(ctx, 'team', team).map(({ nick }) => nick) })
  assert.deepEqual(later, [team])
})

test('reactions run in the transaction of the change, and fail with it', async (t) => {
  const made: string[] = []
  const fixture = await openGate(t, {
    reactions: {
      ...besides.reactions,
      worldCreated: [
        (ctx, { firstApplication }) => marks.insert(ctx, { id: firstApplication.name }),
        (_ctx, { firstApplication }) => {
          made.push(firstApplication.name)
          if (firstApplication.name === 'bad') throw new Refusal('Forbidden')
        },
      ],
    },
  })
  const context = contextOf()
  const create = (name: string) =>
    fixture.gate.write({
      context,
      run: (ctx) => {
        teams.insert(ctx, { id: ctx.newId(), size: 0 })
        ctx.react('worldCreated', {
          firstApplication: { id: ctx.newId(), name, key: { id: ctx.newId(), key: 'k', secretHash: Buffer.alloc(0) } },
          sandboxBank: null,
        })
      },
    })
  const results = await Promise.allSettled([create('good'), create('bad')])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(made, ['good', 'bad'])
  const saved = await fixture.admin.query('select id from marks union all select size::text from teams')
  assert.deepEqual(saved.rows, [{ id: 'good' }, { id: '0' }])
})

test('each run of each part of a member starts its own ids', async (t) => {
  const fixture = await openGate(t, {
    idsFor: ({ accountId }, part) => {
      let count = 0
      return () => `${part} ${++count} ${accountId}`
    },
  })
  const context = contextOf()
  const seen: string[] = []
  const ids = await fixture.gate.write({
    context,
    first: (ctx) => {
      seen.push(ctx.newId(), ctx.newId())
      marks.find(ctx, 'a')
    },
    run: (ctx) => {
      const id = ctx.newId()
      marks.find(ctx, 'b')
      return id
    },
  })
  const of = (text: string) => `${text} ${context.accountId}`
  assert.deepEqual(seen, [of('first 1'), of('first 2'), of('first 1'), of('first 2')])
  assert.equal(ids, of('run 1'))
})

test('the metrics count what waits, what was gathered, and what was saved', async (t) => {
  const registry = new Registry()
  const { gate } = await openGate(t, { registry })
  const context = contextOf()
  const writes = [1, 2, 3].map(() =>
    gate.write({
      context,
      run: (ctx) => {
        marks.find(ctx, 'a')
        people.insert(ctx, person())
      },
    }),
  )
  const shown = async () => {
    const values = new Map<string, number>()
    for (const line of (await registry.metrics()).split('\n')) {
      const match = /^clearyard_gate_(\S+) (\S+)$/.exec(line)
      if (match) values.set(match[1] ?? '', Number(match[2]))
    }
    return values
  }
  assert.equal((await shown()).get('queued_members'), 3)
  await Promise.all(writes)
  const values = await shown()
  assert.equal(values.get('queued_members'), 0)
  assert.equal(values.get('commits_total'), 1)
  assert.equal(values.get('batch_members_sum'), 3)
  assert.equal(values.get('batch_load_rounds_sum'), 1)
  assert.equal(values.get('batch_rows_sum'), 3)
  assert.equal(values.get('batch_seconds_count'), 1)
})
