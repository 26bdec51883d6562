import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { after, test } from 'node:test'
import type pg from 'pg'
import { StartError } from '../start-error.ts'
import { testDatabase } from '../testing/database.ts'
import { checkReachable, connect, connectOnce } from './pool.ts'

const database = await testDatabase()
after(() => database.drop())

const withPool = async <T>(max: number, work: (pool: pg.Pool) => Promise<T>): Promise<T> => {
  const pool = connect(database.url, { max })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

/** Ends the connection of a backend as an operator would, and waits until it is gone. */
const terminate = async (backend: number) => {
  const other = await connectOnce(database.url)
  await other.query('select pg_terminate_backend($1, 5000)', [backend])
  await other.end()
}

test('whole numbers of 64 bits come as BigInt, instants as Date, dates as their text', () =>
  withPool(1, async (pool) => {
    const { rows } = await pool.query(
      `select 9007199254740993::int8 as big, array[1, null]::int8[] as bigs, '{}'::int8[] as none, 7::int4 as small,
        '2026-01-02T03:04:05.678Z'::timestamptz as instant, '2026-01-02'::date as day`,
    )
    assert.deepEqual(rows[0], {
      big: 9007199254740993n,
      bigs: [1n, null],
      none: [],
      small: 7,
      instant: new Date('2026-01-02T03:04:05.678Z'),
      day: '2026-01-02',
    })
  }))

test('every connection has time limits and a name', () =>
  withPool(1, async (pool) => {
    const { rows } = await pool.query(
      `select name, setting from pg_settings where name in
        ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name') order by name`,
    )
    const settings = Object.fromEntries(rows.map((row) => [row.name, row.setting]))
    assert.equal(settings['application_name'], 'clearyard')
    for (const name of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
      assert.ok(Number(settings[name]) > 0, name)
  }))

test('a connection that dies idle, between two queries or under one harms nobody but that query', () =>
  withPool(1, async (pool) => {
    const backend = async () => (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0
    const idle = await backend()
    await terminate(idle)
    assert.notEqual(await backend(), idle)

    const client = await pool.connect()
    const out = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    await terminate(out.rows[0]?.pid ?? 0)
    await assert.rejects(client.query('select 1'))
    client.release(true)

    const slow = assert.rejects(pool.query('select pg_sleep(600)'))
    const other = await connectOnce(database.url)
    for (let ended = 0; ended === 0; ) {
      const found = await other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(600)'`,
      )
      ended = found.rowCount ?? 0
    }
    await other.end()
    await slow
    assert.ok(await backend())
  }))

test('a reachable database says who we are and which version it is', async () => {
  const { role, serverVersion } = await checkReachable(database.url)
  assert.equal(role, new URL(database.url).username)
  assert.ok(serverVersion >= 180_000)
})

const secretUrl = (change: (url: URL) => void): string => {
  const url = new URL(database.url)
  change(url)
  return url.href
}

/** A server that is none: it speaks to whoever connects, and takes no more after the first word. */
const listening = async (speak: (socket: Socket) => void) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    speak(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { server, port: String(typeof address === 'object' && address ? address.port : 0) }
}

test('an unreachable database is one line with the name of the setting and without the password', async () => {
  const closed = await listening(() => {})
  await new Promise((resolve) => closed.server.close(resolve))
  const rude = await listening((socket) => socket.destroy())
  const urls = [
    secretUrl((url) => {
      url.port = closed.port
      url.password = 'TOPSECRET'
    }),
    secretUrl((url) => {
      url.port = rude.port
      url.password = 'TOPSECRET'
    }),
    secretUrl((url) => {
      url.password = 'TOPSECRET'
    }),
    secretUrl((url) => {
      url.username = 'nobody_at_all'
    }),
    secretUrl((url) => {
      url.pathname = '/no_such_database'
    }),
    secretUrl((url) => {
      url.hostname = 'no-such-host.invalid'
    }),
    secretUrl((url) => {
      url.search = '?sslmode=verify-full'
    }),
    'postgresql://someone:TOPSECRET@%2Fno%2Fsuch%2Ffolder/clearyard',
  ]
  for (const url of urls) {
    const { password } = new URL(url)
    await assert.rejects(checkReachable(url, 'DATABASE_OWNER_URL'), (error) => {
      assert.ok(error instanceof StartError, String(error))
      assert.match(error.message, /^unreachable DATABASE_OWNER_URL postgresql:\/\/\S+ \(.+\): .+$/)
      assert.ok(!error.message.includes(password) && !error.message.includes('TOPSECRET'), error.message)
      return true
    })
  }
  rude.server.close()
})

test('a server older than PostgreSQL 15 is refused', async () => {
  const message = (type: string, body: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length + 4)
    return Buffer.concat([Buffer.from(type), length, body])
  }
  const text = (value: string) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(value.length)
    return Buffer.concat([length, Buffer.from(value)])
  }
  const column = (name: string) =>
    Buffer.concat([
      Buffer.from(`${name}\0`),
      Buffer.from('000000000000000000190000ffff000000000000', 'hex').subarray(0, 18),
    ])
  const ready = message('Z', Buffer.from('I'))
  // the wire of an old server: it lets us in, then answers whatever we ask with one row
  const old = await listening((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]))
      socket.on('data', () => {
        const columns = Buffer.concat([Buffer.from([0, 2]), column('role'), column('version')])
        const row = Buffer.concat([Buffer.from([0, 2]), text('someone'), text('140011')])
        socket.write(
          Buffer.concat([message('T', columns), message('D', row), message('C', Buffer.from('SELECT 1\0')), ready]),
        )
      })
    })
  })
  const url = secretUrl((it) => {
    it.port = old.port
  })
  await assert.rejects(checkReachable(url), (error) => {
    assert.ok(error instanceof StartError, String(error))
    assert.match(error.message, /^DATABASE_URL postgresql:\/\/\S+ is PostgreSQL 14: Clearyard needs 15 or newer$/)
    return true
  })
  old.server.close()
})

test('settings of the environment for TLS do not reach a local socket', async () => {
  const before = process.env['PGSSLMODE']
  process.env['PGSSLMODE'] = 'verify-full'
  try {
    // nobody listens there; what matters is that no TLS is asked for
    const pool = connect('postgresql://a:b@%2Fno%2Fsuch/x', { max: 1 })
    assert.equal((pool.options as pg.ClientConfig).ssl, false)
    await pool.end()
  } finally {
    if (before === undefined) delete process.env['PGSSLMODE']
    else process.env['PGSSLMODE'] = before
  }
})
