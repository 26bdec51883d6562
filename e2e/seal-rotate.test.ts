/** `clearyard seal rotate` as operators run it: beside a server of a data folder, alone, and beside several servers. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { keyIdOf } from '../server/sealing.ts'
import { connected, testDatabase } from '../server/testing/database.ts'
import { type Client, clientWith, takeToken } from '../server/testing/harness.ts'
import { type Scope, temporaryFolder, undo } from '../server/testing/scope.ts'
import { runCommand, type ServerProcess, startServerProcess } from '../server/testing/server-process.ts'
import { embeddedPostgres } from './embedded-postgres.ts'
import { sharedSettings } from './shared-settings.ts'

type Rotation = { resealed: number; key: string; others: string[]; gone: string[] }

const rotate = async (scope: Scope, env: Record<string, string>): Promise<Rotation> => {
  const { code, stdout, stderr } = await runCommand(scope, ['seal', 'rotate', '--json'], { env })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^\{.*\}\n$/)
  return JSON.parse(stdout)
}

/** What the command says when it refuses: one line. */
const refusal = async (scope: Scope, env: Record<string, string>): Promise<string> => {
  const { code, stdout, stderr } = await runCommand(scope, ['seal', 'rotate'], { env })
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^clearyard: .*\n$/)
  return stderr
}

const clientOf = async (server: ServerProcess): Promise<Client> =>
  clientWith(server.url, await takeToken(server.url, server))

/** A change whose answer is stored sealed, and is read whenever it is asked for again. */
const sealedAnswer = async (client: Client): Promise<(as?: Client) => Promise<void>> => {
  const email = `${randomBytes(8).toString('hex')}@example.com`
  const made = await client.post('/customers', { firstName: 'Ada', lastName: 'Byron', email })
  assert.equal(made.status, 201, made.text)
  const path = new URL(made.location ?? '').pathname
  const ask = (as: Client) => as.post(path, { firstName: 'Augusta' }, { 'idempotency-key': 'the same' })
  const first = (await ask(client)).text
  return async (as = client) => {
    const { status, text } = await ask(as)
    assert.deepEqual([status, text.replaceAll(as.origin, '')], [200, first.replaceAll(client.origin, '')])
  }
}

/** The names of the keys with which something in the database is sealed. */
const keysInUse = (url: string): Promise<string[]> =>
  connected(url, async (client) => {
    const { rows } = await client.query<{ sealed: Buffer }>(
      `select sealed_body as sealed from idempotency_records where sealed_body is not null
       union all select sealed_identity from customers where sealed_identity is not null
       union all select seal_check from instance`,
    )
    return [...new Set(rows.map(({ sealed }) => keyIdOf(sealed)))].sort()
  })

const keysIn = (folder: string): string[] =>
  JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')).sealKeys.map(({ id }: { id: string }) => id)

/** Asks again and again until `work` is over, at least once meanwhile. */
const meanwhile = async <T>(ask: () => Promise<void>, work: Promise<T>): Promise<T> => {
  let over = false
  const done = work.finally(() => {
    over = true
  })
  const asking = (async () => {
    do await ask()
    while (!over)
  })()
  const [result] = await Promise.all([done, asking])
  return result
}

test('the keys of a data folder rotate while its server serves, and while none does', async (t: TestContext) => {
  const dataFolder = join(temporaryFolder(t), 'data')
  const env = { CLEARYARD_DATA: dataFolder }
  assert.match(await refusal(t, env), /there is no database in .*CLEARYARD_DATA/)
  const server = await startServerProcess(t, { dataFolder })
  const client = await clientOf(server)
  const ask = await sealedAnswer(client)
  const { url } = embeddedPostgres(dataFolder)
  assert.deepEqual([await keysInUse(url), keysIn(dataFolder)], [['1'], ['1']])

  const first = await meanwhile(ask, rotate(t, env))
  assert.ok(first.resealed >= 1)
  assert.deepEqual([first.key, first.others, first.gone], ['2', ['1'], []])
  assert.deepEqual([await keysInUse(url), keysIn(dataFolder)], [['2'], ['2', '1']])
  const another = await sealedAnswer(client)
  assert.deepEqual(await keysInUse(url), ['2'], 'the server seals with the new key')

  // a rotation that was interrupted is gone on with: it makes no other key
  const path = join(dataFolder, 'keys.json')
  const kept = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...kept, rotating: true }))
  const resumed = await rotate(t, env)
  assert.deepEqual([resumed.resealed, resumed.key, keysIn(dataFolder)], [0, '2', ['2', '1']])

  const newer = await clientOf(server)
  const second = await meanwhile(() => another(newer), rotate(t, env))
  assert.deepEqual([second.key, second.others, second.gone], ['3', ['2'], ['1']])
  const [old, fresh] = [await client.get('/'), await newer.get('/')]
  assert.deepEqual([old.status, fresh.status], [401, 200], 'a token goes with the key that made it')

  const two = await Promise.all([1, 2].map(() => runCommand(t, ['seal', 'rotate'], { env })))
  assert.deepEqual(two.map(({ code }) => code).sort(), [0, 1])
  assert.match(two.map(({ stderr }) => stderr).join(''), /^clearyard: another rotation of the keys is under way/)
  assert.match(
    two.map(({ stdout }) => stdout).join(''),
    /^\d+ values? resealed: all are sealed with key 4; key 3 opens/,
  )

  await server.end()
  const alone = await rotate(t, env)
  assert.deepEqual([alone.key, keysIn(dataFolder)], ['5', ['5', '4']])
  const again = await startServerProcess(t, { dataFolder })
  await ask(await clientOf(again))
  await again.end()
})

test('the keys of several servers on one database rotate by their settings', async (t: TestContext) => {
  const database = await testDatabase()
  undo(t, () => database.drop())
  const settings = sharedSettings(database)
  const [old, made] = [settings['CLEARYARD_SEAL_KEYS'] ?? '', `second:${randomBytes(32).toString('hex')}`]
  const withKeys = (...keys: string[]) => ({ ...settings, CLEARYARD_SEAL_KEYS: keys.join() })
  const start = (...keys: string[]) => startServerProcess(t, { env: withKeys(...keys) })

  // one server after the other gets the new key, at the end of its list, and one of them puts it first
  const known = await start(old, made)
  const client = await clientOf(known)
  const ask = await sealedAnswer(client)
  const [one, other] = await Promise.all([start(made, old), start(made, old)])
  const [atOne, atOther] = [await clientOf(one), await clientOf(other)]
  await sealedAnswer(atOne)
  await (await sealedAnswer(atOther))(client)
  assert.deepEqual(await keysInUse(database.url), ['first', 'second'])
  await known.end()

  assert.match(await refusal(t, withKeys(made)), /does not open this database/)
  const rotation = await meanwhile(
    async () => {
      await ask(atOne)
      await ask(atOther)
    },
    rotate(t, withKeys(made, old)),
  )
  assert.ok(rotation.resealed >= 1)
  assert.deepEqual([rotation.key, rotation.others, rotation.gone], ['second', ['first'], []])
  assert.deepEqual(await keysInUse(database.url), ['second'])
  assert.equal((await rotate(t, withKeys(made, old))).resealed, 0)
  await Promise.all([one.end(), other.end()])

  const without = await start(made)
  await ask(await clientOf(without))
  const { stderr, code } = await runCommand(t, ['serve', '--json'], { env: withKeys(old) })
  assert.equal(code, 1)
  assert.match(stderr, /does not open this database/)
})
