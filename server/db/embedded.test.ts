import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { linkedCheckout } from '../testing/linked-checkout.ts'
import { rounds } from '../testing/rounds.ts'
import { removeFolder, temporaryFolder, undo } from '../testing/scope.ts'
import { bareEnv } from '../testing/server-process.ts'
import { sharedFolder } from './embedded/binaries.ts'
import { folderHash, reasonFrom } from './embedded/cluster.ts'
import { type Embedded, startEmbedded } from './embedded.ts'
import { connect, connectOnce } from './pool.ts'

const isRoot = process.getuid?.() === 0
const file = { after }
const somebody = { uid: 65_534, gid: 65_534 }

type Holder = {
  child: ChildProcess
  /** Its first line: where the database is and which process it is, or why it was refused. */
  ready: Promise<{ pid?: number; url?: string; ownerUrl?: string; error?: string; kind?: string }>
  kill(signal: NodeJS.Signals): Promise<void>
}

type Where = { env?: Record<string, string>; checkout?: string; uid?: number; gid?: number; command?: string[] }

/** A process that starts the database of a folder, says so, and holds it until its input ends. */
const hold = (t: TestContext, folder: string, where: Where = {}): Holder => {
  const { env = {}, checkout = join(import.meta.dirname, '..', '..'), command = [], ...who } = where
  const program = `import { startEmbedded } from ${JSON.stringify(join(checkout, 'server', 'db', 'embedded.ts'))}
    const say = (it) => console.log(JSON.stringify(it))
    try {
      const it = await startEmbedded({ folder: ${JSON.stringify(folder)} })
      say({ pid: it.pid, url: it.url, ownerUrl: it.ownerUrl })
      process.stdin.on('end', async () => { await it.stop(); process.exit() }).resume()
    } catch (error) { say({ kind: error.name, error: error.message }); process.exit() }`
  const node = join(checkout, 'node_modules', '.bin', 'node')
  const [first = '', ...args] = [...command, existsSync(node) ? node : process.execPath]
  const child: ChildProcess = spawn(first, [...args, '--input-type=module', '-e', program], {
    ...who,
    cwd: '/',
    env: { ...bareEnv(), TMPDIR: temporaryFolder(t), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let said = ''
  const ready = new Promise<Awaited<Holder['ready']>>((resolve, reject) => {
    child.stdout?.on('data', (bytes) => {
      said += bytes
      if (said.includes('\n')) resolve(JSON.parse(said))
    })
    child.once('exit', () => reject(new Error(`it ended without a word: ${said}`)))
  })
  ready.catch(() => {})
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await gone
  }
  undo(t, () => kill('SIGKILL'))
  return { child, ready, kill }
}

const release = async ({ child }: Holder) => {
  const gone = once(child, 'exit')
  child.stdin?.end()
  await gone
}

const refusal = async (holder: Holder): Promise<string> => {
  const { kind, error } = await holder.ready
  assert.equal(kind, 'StartError', error ?? '')
  assert.doesNotMatch(error ?? '', /\n/)
  return error ?? ''
}

const ask = async (url: string | undefined, text: string) => {
  const client = await connectOnce(url ?? '')
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const started = async (t: TestContext, folder: string): Promise<Embedded> => {
  const embedded = await startEmbedded({ folder })
  undo(t, () => embedded.stop())
  return embedded
}

/** Of a process that is no zombie. */
const isRunning = (pid: number): boolean => {
  try {
    return !/^\s*Z/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }))
  } catch {
    return false
  }
}

const until = async (holds: () => boolean | Promise<boolean>) => {
  while (!(await holds())) await sleep(10)
}

/** One folder for the tests that leave a sound database behind, so that not each of them has to make one. */
const crashed = join(temporaryFolder(file), 'data')

/** The same, with a database in it. */
const soundFolder = async () => {
  if (!existsSync(join(crashed, 'postgres'))) await (await startEmbedded({ folder: crashed })).stop()
  return crashed
}

/** Commits a row and gives its mark. */
const commit = async (ownerUrl: string | undefined): Promise<string> => {
  const mark = randomUUID()
  await ask(ownerUrl, `create table if not exists notes (mark text); insert into notes values ('${mark}')`)
  return mark
}

const assertKept = async (ownerUrl: string | undefined, mark: string) =>
  assert.deepEqual(await ask(ownerUrl, `select mark from notes where mark = '${mark}'`), [{ mark }])

/** Ends a process that may just have ended by itself. */
const killPid = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

const dataFolder = (t: TestContext) => join(temporaryFolder(t), 'data')

test('a first start makes a database, a second one finds it as it was left', async (t) => {
  const folder = dataFolder(t)
  const first = await startEmbedded({ folder })
  await ask(first.ownerUrl, `create table notes (id text); insert into notes values ('kept')`)
  const facts = await ask(
    first.url,
    `select current_user::text as role, pg_encoding_to_char(encoding) as encoding, datcollate::text as collation,
      current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
      current_setting('server_version_num')::int / 10000 as version
     from pg_database where datname = current_database()`,
  )
  assert.deepEqual(facts, [
    { role: first.role, encoding: 'UTF8', collation: 'C', addresses: '', fsync: 'on', version: 18 },
  ])
  await assert.rejects(ask(first.url, 'drop table notes'), { code: '42501' })
  await assert.rejects(ask(first.url, 'create table mine (id text)'), { code: '42501' })
  await first.stop()
  assert.equal(isRunning(first.pid), false)

  const second = await started(t, folder)
  assert.deepEqual([second.url, second.ownerUrl], [first.url, first.ownerUrl])
  assert.deepEqual(await ask(second.ownerUrl, 'select id from notes'), [{ id: 'kept' }])
})

test('nobody else can read its files or its socket, and no password is the same twice', async (t) => {
  const folder = dataFolder(t)
  const { url, ownerUrl } = await started(t, folder)
  assert.equal(statSync(join(folder, 'postgres.json')).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder, 'postgres')).mode & 0o777, 0o700)
  const socket = decodeURIComponent(/@([^/]+)\//.exec(url)?.[1] ?? '')
  assert.equal(statSync(socket).mode & 0o777, 0o700)
  assert.deepEqual(
    readdirSync(folder).sort(),
    ['clearyard.lock', 'postgres', 'postgres.json'],
    'the password file of the first start is gone',
  )
  const { url: otherUrl } = await started(t, dataFolder(t))
  const passwords = [url, ownerUrl, otherUrl].map((it) => new URL(it).password)
  assert.equal(new Set(passwords).size, 3)
  for (const password of passwords) assert.match(password, /^[0-9a-f]{48}$/)
  await assert.rejects(ask(url.replace(passwords[0] ?? '', 'wrong'), 'select 1'), { code: '28P01' })
})

test('a second process on one folder is refused with the number of the first, whatever its temporary folder', async (t) => {
  const folder = dataFolder(t)
  const first = hold(t, folder)
  const { url } = await first.ready
  for (const env of [{}, { TMPDIR: temporaryFolder(t) }])
    assert.equal(
      await refusal(hold(t, folder, { env })),
      `another Clearyard (pid ${first.child.pid}) is using the data folder ${folder}: stop it, or give this one its own with CLEARYARD_DATA`,
    )
  assert.deepEqual(await ask(url, 'select 1 as one'), [{ one: 1 }])
  await release(first)
  assert.ok((await hold(t, folder).ready).url)
})

test('of many that start at once over the remains of a killed one, exactly one gets the folder', async (t) => {
  for (let round = 0; round < rounds(20); round++) {
    const killed = hold(t, crashed)
    assert.ok((await killed.ready).url)
    await killed.kill('SIGKILL')
    const holders = Array.from({ length: 4 }, () => hold(t, crashed))
    const answers = await Promise.all(holders.map(({ ready }) => ready))
    const winners = answers.filter(({ url }) => url)
    assert.equal(winners.length, 1, JSON.stringify(answers))
    for (const { error } of answers.filter(({ url }) => !url)) assert.match(error ?? '', /^another Clearyard \(pid /)
    assert.deepEqual(await ask(winners[0]?.url, 'select 1 as one'), [{ one: 1 }])
    await Promise.all(holders.map(({ kill }) => kill('SIGKILL')))
  }
})

test('after kill -9 of us PostgreSQL ends by itself, and the next start finds what was committed', async (t) => {
  const killed = hold(t, crashed)
  const { pid = 0, ownerUrl } = await killed.ready
  const mark = await commit(ownerUrl)
  await killed.kill('SIGKILL')
  await until(() => !isRunning(pid))
  await assertKept((await started(t, crashed)).ownerUrl, mark)
})

/** The shells that watch whether we are alive; PostgreSQL outlives us when they do not. */
const killWatchers = (data: string) => {
  const lines = execFileSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  const watchers = lines.filter((line) => line.includes('read _ <&3') && line.includes(data))
  for (const line of watchers) killPid(Number.parseInt(line, 10))
  return watchers.length
}

test('a PostgreSQL that outlived its owner is stopped by the next start', async (t) => {
  const killed = hold(t, crashed)
  const { pid = 0, ownerUrl } = await killed.ready
  const mark = await commit(ownerUrl)
  assert.equal(killWatchers(join(crashed, 'postgres')), 1)
  await killed.kill('SIGKILL')
  assert.ok(isRunning(pid))
  const next = await started(t, crashed)
  assert.equal(isRunning(pid), false)
  await assertKept(next.ownerUrl, mark)
})

test('after kill -9 of us and of PostgreSQL, in either order, the next start finds what was committed', async (t) => {
  for (let round = 0; round < rounds(20); round++) {
    const killed = hold(t, crashed)
    const { pid = 0, ownerUrl } = await killed.ready
    const mark = await commit(ownerUrl)
    // stopped, it cannot restart PostgreSQL, and leaves it a zombie that still has its number
    killed.child.kill('SIGSTOP')
    if (round % 2 === 0) killPid(pid)
    await killed.kill('SIGKILL')
    killPid(pid)
    const next = await startEmbedded({ folder: crashed })
    await assertKept(next.ownerUrl, mark)
    await next.stop()
  }
})

test('a number in postmaster.pid that is now another process does not stop the start', async (t) => {
  const killed = hold(t, crashed)
  const { pid = 0 } = await killed.ready
  killed.child.kill('SIGSTOP')
  killPid(pid)
  await killed.kill('SIGKILL')
  const path = join(crashed, 'postgres', 'postmaster.pid')
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(process.pid)))
  assert.ok((await started(t, crashed)).url)
})

test('a PostgreSQL that is killed under us is started again under the same URLs, and we are told', async (t) => {
  const embedded = await started(t, crashed)
  const told: string[] = []
  embedded.onExit((how) => told.push(how))
  await ask(embedded.ownerUrl, 'create table again (id int); grant select, insert on again to clearyard')
  const pool = connect(embedded.url, { max: 4 })
  for (let round = 1; round <= 3; round++) {
    const { pid } = embedded
    await pool.query('insert into again values ($1)', [round])
    process.kill(pid, 'SIGKILL')
    await until(() =>
      pool.query('select count(*)::int as count from again').then(
        ({ rows }) => embedded.pid !== pid && rows[0].count === round,
        () => false,
      ),
    )
  }
  assert.deepEqual(told, Array(3).fill('killed by SIGKILL'))
  await pool.end()
})

test('when PostgreSQL cannot be started again, that is said', async () => {
  const embedded = await startEmbedded({ folder: crashed })
  const data = join(crashed, 'postgres')
  renameSync(data, `${data}-away`)
  process.kill(embedded.pid, 'SIGKILL')
  assert.match((await embedded.failed).message, /^PostgreSQL gave up in .*postgres/)
  await embedded.stop()
  renameSync(`${data}-away`, data)
})

test('a first start that was killed at any moment is taken up by the next', async (t) => {
  for (let round = 0; round < rounds(10); round++) {
    const folder = dataFolder(t)
    const killed = hold(t, folder)
    await until(() => existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('postgres.')))
    await sleep((round * 97) % 700)
    await killed.kill('SIGKILL')
    const next = await startEmbedded({ folder })
    assert.deepEqual(await ask(next.url, 'select 1 as one'), [{ one: 1 }])
    await next.stop()
    assert.deepEqual(readdirSync(folder).sort(), ['postgres', 'postgres.json'])
  }
})

test('roles that a killed first start had made already are no obstacle', async (t) => {
  const path = join(await soundFolder(), 'postgres.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), prepared: false }))
  assert.deepEqual(await ask((await started(t, crashed)).url, 'select 1 as one'), [{ one: 1 }])
})

test('a path too long for the name of a socket is no obstacle, nor is a temporary folder with one', async (t) => {
  const long = join(temporaryFolder(t), 'a'.repeat(90), 'b'.repeat(90), 'data')
  mkdirSync(long, { recursive: true, mode: 0o711 })
  const first = hold(t, long, { env: { TMPDIR: long } })
  assert.deepEqual(await ask((await first.ready).url, 'select 1 as one'), [{ one: 1 }])
  assert.match(await refusal(hold(t, long)), /^another Clearyard \(pid \d+\)/)
})

test('a folder that somebody else made where the socket belongs is left alone', async (t) => {
  const base = temporaryFolder(t)
  chmodSync(base, 0o777)
  const folder = dataFolder(t)
  mkdirSync(folder, { mode: 0o711 })
  const taken = join(base, `clearyard-${folderHash(folder)}`)
  writeFileSync(taken, 'mine')
  const { url } = await hold(t, folder, { env: { TMPDIR: base } }).ready
  assert.deepEqual(await ask(url, 'select 1 as one'), [{ one: 1 }])
  assert.equal(readFileSync(taken, 'utf8'), 'mine')
})

test('a database of another PostgreSQL, or without its passwords, is refused and not touched', async (t) => {
  const version = join(await soundFolder(), 'postgres', 'PG_VERSION')
  writeFileSync(version, '17\n')
  assert.match(
    await refusal(hold(t, crashed)),
    /was made by PostgreSQL 17, this Clearyard brings PostgreSQL 18: dump it/,
  )
  writeFileSync(version, '18\n')
  const passwords = join(crashed, 'postgres.json')
  renameSync(passwords, `${passwords}.kept`)
  assert.match(await refusal(hold(t, crashed)), /postgres\.json is missing: put it back/)
  renameSync(`${passwords}.kept`, passwords)
  const kept = readFileSync(passwords)
  writeFileSync(passwords, '{')
  assert.match(await refusal(hold(t, crashed)), /postgres\.json is damaged: put it back/)
  writeFileSync(passwords, kept)
  assert.ok((await started(t, crashed)).url)
})

test('of all that PostgreSQL says when it gives up, the cause is told, in one line', () => {
  const full = `FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 10
HINT:  Check free disk space.
PANIC:  cannot abort transaction 1, it was already committed
initdb: removing contents of data directory "/data"`
  assert.equal(
    reasonFrom(full, 'initdb', '/data').message,
    'no space left for the database in /data: free some and start again',
  )
  const locked = 'LOG:  starting PostgreSQL 18.4\nFATAL:  lock file "x" already exists\nHINT:  Is another running?\n'
  assert.equal(
    reasonFrom(locked, 'PostgreSQL', '/data').message,
    'PostgreSQL gave up in /data: lock file "x" already exists',
  )
  assert.equal(reasonFrom('', 'initdb', '/data').message, 'initdb gave up in /data: it said nothing')
})

test('a data folder in a place that has no files is refused in one line', async (t) => {
  assert.match(await refusal(hold(t, '/proc/clearyard/data')), /^cannot use the data folder \/proc\/clearyard\/data \(/)
})

test('a data folder that is a file is refused in one line', async (t) => {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, '')
  for (const folder of [path, join(path, 'below')])
    assert.match(
      await refusal(hold(t, folder)),
      /^cannot use the data folder \S+ \(.*\): make it writable, or name another/,
    )
})

let linked: string | undefined
/** A copy of the checkout that every user can reach, whatever this one's folder allows. */
const openCheckout = () => {
  linked ??= linkedCheckout(file)
  return linked
}

test('an ordinary user gets a database of its own, and one line where it may not write', async (t) => {
  const checkout = openCheckout()
  const folder = join(temporaryFolder(t), 'data')
  if (isRoot) {
    mkdirSync(folder, { mode: 0o700 })
    chownSync(folder, somebody.uid, somebody.gid)
  }
  const who = isRoot ? somebody : {}
  const holder = hold(t, folder, { checkout, ...who })
  assert.deepEqual(await ask((await holder.ready).url, 'select 1 as one'), [{ one: 1 }])
  await release(holder)
  assert.equal(statSync(join(folder, 'postgres')).uid, isRoot ? somebody.uid : process.getuid?.())

  const closed = temporaryFolder(t)
  chmodSync(closed, 0o555)
  for (const refused of [closed, join(closed, 'data')])
    assert.match(
      await refusal(hold(t, refused, { checkout, ...who })),
      /^cannot use the data folder \S+ \(EACCES.*\): make it writable, or name another with CLEARYARD_DATA$/,
    )
})

// what only root can try: being another user, or one who may do less
if (isRoot) {
  test('a folder of an ordinary user stays its own when root starts once', async (t) => {
    const folder = dataFolder(t)
    mkdirSync(folder)
    chownSync(folder, 12_345, 12_345)
    const first = await startEmbedded({ folder })
    await first.stop()
    const data = join(folder, 'postgres')
    execFileSync('chown', ['-R', '12345:12345', data])
    const again = await startEmbedded({ folder })
    await again.stop()
    assert.equal(statSync(join(data, 'PG_VERSION')).uid, 12_345)
    assert.equal(statSync(join(data, 'global', 'pg_control')).uid, 12_345)
  })

  test('in a folder that only root may enter the data lies elsewhere, and ends with the data folder', async (t) => {
    const closed = mkdtempSync(join(tmpdir(), 'clearyard-closed-'))
    undo(t, () => removeFolder(closed))
    const folder = join(closed, 'data')
    const first = await startEmbedded({ folder })
    const home = join(sharedFolder, folderHash(folder))
    undo(t, () => {
      for (const it of [home, `${home}.old`]) removeFolder(it)
    })
    await ask(first.ownerUrl, `create table notes (id text); insert into notes values ('kept')`)
    assert.ok(existsSync(join(home, 'postgres', 'PG_VERSION')))
    await first.stop()
    const second = await startEmbedded({ folder })
    assert.deepEqual(await ask(second.ownerUrl, 'select id from notes'), [{ id: 'kept' }])

    // a copy of the data folder would be a second owner of the same database
    const copy = join(closed, 'copy')
    mkdirSync(copy)
    writeFileSync(join(copy, 'postgres.json'), readFileSync(join(folder, 'postgres.json')))
    await second.stop()
    assert.match(await refusal(hold(t, copy)), /is a copy of .*, whose database lies in /)

    // renamed, it keeps its database; deleted, the next one at its place begins anew
    const renamed = join(closed, 'renamed')
    renameSync(folder, renamed)
    const third = await startEmbedded({ folder: renamed })
    assert.deepEqual(await ask(third.ownerUrl, 'select id from notes'), [{ id: 'kept' }])
    await third.stop()
    renameSync(renamed, folder)
    rmSync(folder, { recursive: true })
    const fourth = await startEmbedded({ folder })
    assert.deepEqual(await ask(fourth.ownerUrl, `select to_regclass('notes') as notes`), [{ notes: null }])
    await fourth.stop()
  })

  test('a user id without a passwd entry is refused in one line', async (t) => {
    const folder = dataFolder(t)
    mkdirSync(folder)
    chownSync(folder, 12_345, 12_345)
    assert.match(
      await refusal(hold(t, folder, { checkout: openCheckout(), uid: 12_345, gid: 12_345 })),
      /^user id 12345 has no entry in \/etc\/passwd, which PostgreSQL needs to make a database: run as a user/,
    )
  })

  test('root that may not become another user is refused in one line', async (t) => {
    const command = ['setpriv', '--bounding-set=-setuid,-setgid', '--inh-caps=-setuid,-setgid']
    assert.match(
      await refusal(hold(t, dataFolder(t), { command })),
      /^PostgreSQL does not run as root, and this process may not become user \d+ \(EPERM, it lacks the setuid capab/,
    )
  })
}
