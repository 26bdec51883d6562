import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createDatabase } from '../db/database.ts'
import { aDocumentCustomer, upload } from '../testing/forms.ts'
import { type Client, startTestServer, type TestServer } from '../testing/harness.ts'
import { createWorldStore } from '../worlds/store.ts'
import { createRunDue, type DueWork } from './due.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const names = ['test-document-upload-fail.png', 'test-document-upload-success.png']

/** A customer of a world whose clock stands still, with two documents that wait for their review. */
const waiting = async (client: Client): Promise<{ customer: string; documents: string[] }> => {
  const customer = await aDocumentCustomer(client)
  const documents: string[] = []
  for (const name of names) {
    const { location } = await upload(client, `${customer}/documents`, { name })
    documents.push(location?.split('/').at(-1) ?? '')
  }
  return { customer, documents }
}

const frozen = async () => {
  const { id, application } = await server.newWorld({ clock: { mode: 'frozen' } })
  return { id, client: await server.as(application) }
}

const statusOf = async (client: Client, customer: string) => (await client.get(customer)).body['status']

describe('flushing a world', () => {
  it('does what is due, in order, and tells it when it is done', async () => {
    const { id, client } = await frozen()
    const { customer, documents } = await waiting(client)
    assert.equal(await statusOf(client, customer), 'document')
    const flushed = await server.operate('POST', `/worlds/${id}/flush`, {})
    assert.equal(flushed.status, 200, flushed.text)
    assert.deepEqual(flushed.body, { done: documents.map((document) => ({ work: 'document reviews', id: document })) })
    assert.equal(await statusOf(client, customer), 'verified')
    assert.deepEqual((await server.operate('POST', `/worlds/${id}/flush`, {})).body, { done: [] })
  })

  it('of no name flushes the default world', async () => {
    await server.operate('POST', '/worlds/default/clock', { mode: 'frozen' })
    const client = await server.as()
    const { customer, documents } = await waiting(client)
    const { body } = await server.operate('POST', '/flush', {})
    assert.deepEqual(
      JSON.parse(JSON.stringify(body['done'])).map((one: { id: string }) => one.id),
      documents,
    )
    assert.equal(await statusOf(client, customer), 'verified')
  })

  it('leaves other worlds alone, and knows no world that is not there', async () => {
    const [ours, theirs] = [await frozen(), await frozen()]
    const { customer } = await waiting(theirs.client)
    assert.deepEqual((await server.operate('POST', `/worlds/${ours.id}/flush`, {})).body, { done: [] })
    assert.equal(await statusOf(theirs.client, customer), 'document')
    assert.equal((await server.operate('POST', '/worlds/nowhere/flush', {})).status, 404)
  })

  it('twice at once does everything once', async () => {
    const { id, client } = await frozen()
    const { customer } = await waiting(client)
    const both = await Promise.all([1, 2].map(() => server.operate('POST', `/worlds/${id}/flush`, {})))
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    )
    assert.equal(await statusOf(client, customer), 'verified')
    const events = JSON.parse((await client.get('/events?limit=200')).text)._embedded.events
    const told = events.filter(({ topic }: { topic: string }) => /_(approved|failed|verified)$/.test(topic))
    assert.equal(told.length, 3)
  })
})

it('a clock answers its move when what has fallen due is done, however it is moved', async () => {
  for (const change of [{ advance: 'PT1S' }, { mode: 'running' }, { set: '2999-01-01T00:00:00Z' }]) {
    const { id, client } = await frozen()
    const { customer } = await waiting(client)
    assert.equal((await server.operate('POST', `/worlds/${id}/clock`, { set: 'never' })).status, 400)
    assert.equal(await statusOf(client, customer), 'document')
    assert.equal((await server.operate('POST', `/worlds/${id}/clock`, change)).status, 200)
    assert.equal(await statusOf(client, customer), 'verified', JSON.stringify(change))
  }
})

describe('work', () => {
  /** A queue that is in memory, and notes in which transaction each was done. */
  const queue = (name: string, due: string[], stays: readonly string[] = []) => {
    const runs: { id: string; ctx: object }[] = []
    const work: DueWork = {
      name,
      list: async () =>
        due.filter((id) => stays.includes(id) || !runs.some((run) => run.id === id)).map((id) => ({ id })),
      run: (ctx, id) => runs.push({ id, ctx }),
    }
    return { work, runs, due }
  }

  const runUntil = (signal: AbortSignal | undefined, ...works: DueWork[]) => {
    const realNow = () => Date.now()
    const store = createWorldStore({ db: createDatabase(server.pool), gate: server.gate, realNow })
    return createRunDue({ store, realNow, works })('default', signal)
  }
  const run = (...works: DueWork[]) => runUntil(undefined, ...works)

  const many = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n))

  it('is done fifty a transaction, to the last, in the order of its list', async () => {
    const { work, runs } = queue('many', many(1203))
    const done = await run(work)
    assert.deepEqual(
      done,
      many(1203).map((id) => ({ work: 'many', id })),
    )
    assert.deepEqual(
      runs.map(({ id }) => id),
      many(1203),
    )
    const sizes = [...Map.groupBy(runs, ({ ctx }) => ctx).values()].map((together) => together.length)
    assert.ok(
      sizes.every((size) => size <= 50),
      String(sizes),
    )
    assert.equal(sizes.length, Math.ceil(500 / 50) * 2 + Math.ceil(203 / 50))
  })

  it('that makes other work due is followed by it', async () => {
    const second = queue('second', [])
    const first = queue('first', ['a', 'b'])
    const leading = {
      ...first.work,
      run: (...[ctx, id]: Parameters<DueWork['run']>) => {
        first.work.run(ctx, id)
        second.due.push(`after ${id}`)
      },
    }
    assert.deepEqual(
      (await run(second.work, leading)).map(({ work, id }) => `${work} ${id}`),
      ['first a', 'first b', 'second after a', 'second after b'],
    )
  })

  it('is done in the order in which it fell due, at those times of the world', async () => {
    const [one, two] = [new Date('2026-11-19T13:30Z'), new Date('2026-11-20T13:30Z')]
    const seen: [name: string, id: string, now: Date][] = []
    const dueAt = (name: string, times: { [id: string]: Date | null }): DueWork => ({
      name,
      list: async () =>
        Object.entries(times)
          .filter(([id]) => !seen.some((each) => each[0] === name && each[1] === id))
          .map(([id, at]) => ({ id, at })),
      run: (ctx, id) => {
        seen.push([name, id, ctx.now])
        // what is brought about falls due before what was listed with it
        if (id === 'a') times['made by a'] = new Date(one.getTime() + 1)
      },
    })
    await run(dueAt('first', { b: two, a: one }), dueAt('second', { c: one, d: two, e: null }))
    assert.deepEqual(
      seen.map(([name, id]) => `${name} ${id}`),
      ['second e', 'first a', 'second c', 'first made by a', 'first b', 'second d'],
    )
    assert.deepEqual(
      seen.slice(1).map(([, , now]) => now),
      [one, one, new Date(one.getTime() + 1), two, two],
    )
  })

  it('ends between two transactions when it is told to, and goes on from there', async () => {
    const { work, runs } = queue('many', many(130))
    const stopping = new AbortController()
    const stopped = await runUntil(stopping.signal, {
      ...work,
      run: (ctx, id) => {
        work.run(ctx, id)
        stopping.abort()
      },
    })
    assert.deepEqual([stopped.length, runs.length], [50, 50])
    assert.equal((await run(work)).length, 80)
  })

  it('that stays due is done once a flush', async () => {
    const { work, runs } = queue('stubborn', ['a', 'b'], ['a'])
    assert.equal((await run(work)).length, 2)
    assert.equal(runs.length, 2)
  })
})
