/**
 * `npm run keep [-- name]`: runs a story against this program and keeps its data folder in `e2e/kept/`, where the tests
 * find it and see that every later program migrates and serves it. Run it for each release, and commit what it made;
 * the story tells what the release can do, so it grows with the program. The name is the newest migration's.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { foreignAddress, owner, passport, wholes } from '@clearyard/contract/whole-bodies-fixture.ts'
import { type Kept, type KeptWorld, keep, withoutOrigin } from '../e2e/kept-folder.ts'
import { readMigrations } from '../server/db/migrate.ts'
import type { Credentials } from '../server/oauth/credentials.ts'
import { upload } from '../server/testing/forms.ts'
import { type Client, clientWith, send, takeToken } from '../server/testing/harness.ts'
import { type Scope, temporaryFolder } from '../server/testing/scope.ts'
import { type ServerProcess, startServerProcess } from '../server/testing/server-process.ts'

/** What a release keeps is told by somebody who writes, and remembers the answers. */
type Teller = { world: KeptWorld; client: Client; write: (path: string, body: object) => Promise<string> }

const expected = <A extends { status: number; text: string }>(answer: A, status: number): A => {
  if (answer.status !== status) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}

const pathOf = (location: string | null): string => new URL(location ?? '').pathname

const tellerOf = (client: Client, world: KeptWorld): Teller => {
  const write: Teller['write'] = async (path, body) => {
    const key = randomUUID()
    const { status, location, text } = await client.post(path, body, { 'idempotency-key': key })
    if (status > 201) throw new Error(`POST ${path}: ${status} ${text}`)
    const created = location === null ? null : pathOf(location)
    world.writes.push({ path, body, key, status, location: created })
    return created ?? path
  }
  return { world, client, write }
}

const person = (name: string) => ({ firstName: name, lastName: 'Kept', email: `${name.toLowerCase()}@kept.example` })

/** Owners of a business in every state, one after a second attempt; they are certified, and one more comes. */
const tellOfOwners = async ({ write }: Teller, business: string): Promise<void> => {
  const add = (firstName: string) => write(`${business}/beneficial-owners`, { ...owner, firstName })
  await write(await add('incomplete'), owner)
  for (const firstName of ['Olive', 'incomplete', 'document']) await add(firstName)
  await write(`${business}/beneficial-ownership`, { status: 'certified' })
  await add('Otto')
}

/** Documents about a customer that were accepted, rejected and not reviewed yet. */
const tellOfDocuments = async ({ client }: Teller, customer: string): Promise<void> => {
  for (const name of ['test-document-upload-fail.png', 'kept.png', 'test-document-upload-success.png'])
    expected(await upload(client, `${customer}/documents`, { name }), 201)
}

/** Customers of every kind whose identity is checked, in every state that their names bring them to. */
const tellOfIdentity = async (teller: Teller): Promise<void> => {
  const { write } = teller
  const { controller, ...business } = wholes.business
  const unique = (name: string) => ({ ...person(name), correlationId: `kept-${name}` })
  for (const firstName of ['verified', 'retry', 'kba', 'document', 'suspended'])
    await write('/customers', { ...wholes.personal, ...unique(`p-${firstName}`), firstName })
  await tellOfDocuments(
    teller,
    await write('/customers', { ...wholes.personal, ...unique('document'), firstName: 'document' }),
  )
  for (const businessName of ['Bookshop', 'retry', 'document'])
    await write('/customers', { ...wholes.soleProprietorship, ...unique(`s-${businessName}`), businessName })
  for (const firstName of ['Verified', 'retry', 'document', 'suspended'])
    await write('/customers', { ...business, ...unique(`b-${firstName}`), controller: { ...controller, firstName } })
  await tellOfOwners(teller, await write('/customers', { ...wholes.business, ...unique('owned') }))
  const abroad = { title: 'CEO', dateOfBirth: '1970-05-05', passport, address: foreignAddress }
  await write('/customers', { ...business, ...unique('abroad'), controller: { ...abroad, ...person('Hal') } })
  const upgraded = await write('/customers', person('Jo'))
  await write(upgraded, { ...wholes.personal, ...unique('upgraded') })
  const again = await write('/customers', { ...wholes.personal, ...unique('again'), firstName: 'retry' })
  await write(again, { ...wholes.personal, ...unique('again'), ssn: '123456789' })
}

/** Customers in every state that the release knows. */
const tellStory = async (teller: Teller, origin: string): Promise<void> => {
  const { client, write, world } = teller
  await write('/customers', {
    ...person('Ada'),
    businessName: 'Kept & Co',
    correlationId: 'kept-1',
    phone: '5155550100',
  })
  const edited = await write('/customers', { ...person('Bo'), ipAddress: '192.0.2.7' })
  await write(edited, { lastName: 'Edited' })
  await write('/customers', { ...person('Cy'), type: 'receive-only' })
  await write(await write('/customers', person('Di')), { status: 'deactivated' })
  await write(await write('/customers', person('Ed')), { status: 'suspended' })
  const back = await write('/customers', person('Flo'))
  await write(back, { status: 'deactivated' })
  await write(back, { status: 'reactivated' })
  await tellOfIdentity(teller)
  const mint = async () =>
    String(expected(await client.post('/client-tokens', { action: 'customer.create' }), 200).body['token'])
  world.clientTokens = { unused: await mint(), used: await mint() }
  expected(await clientWith(origin, world.clientTokens.used).post('/customers', person('Gil')), 201)
}

/** Reads whatever links lead to, from the root and the lists on. */
const readAll = async ({ client, world }: Teller, origin: string): Promise<void> => {
  const found = ['/', '/customers?limit=200', '/events?limit=200']
  for (const path of found) {
    const { status, text } = await client.get(path)
    if (status !== 200) continue
    const answer = withoutOrigin(text, origin)
    world.reads[path] = JSON.parse(answer)
    for (const [, href = ''] of answer.matchAll(/"href":"(\/[^"?]*)"/g)) if (!found.includes(href)) found.push(href)
  }
}

const keptWorld = async (
  server: ServerProcess,
  name: KeptWorld['name'],
  id: string | null,
  credentials: Credentials,
): Promise<KeptWorld> => {
  const { key, secret } = credentials
  const accessToken = await takeToken(server.url, credentials)
  const clientTokens = { unused: '', used: '' }
  const world = { name, id, credentials: { key, secret }, writes: [], reads: {}, accessToken, clientTokens }
  const teller = tellerOf(clientWith(server.url, accessToken), world)
  await tellStory(teller, server.url)
  await readAll(teller, server.url)
  return world
}

/** A world whose clock stands still: there, what lives for an hour or a day still lives years later. */
const frozenWorld = async (server: ServerProcess) => {
  const answer = await send(server.url, 'POST', '/_clearyard/worlds', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Frozen', clock: { mode: 'frozen', set: '2027-01-31T12:00:00Z' } }),
  })
  return expected(answer, 201).body as unknown as { id: string; application: Credentials }
}

const main = async (name: string): Promise<void> => {
  const undone: (() => unknown)[] = []
  const scope: Scope = { after: (work) => undone.push(work) }
  try {
    const folder = temporaryFolder(scope)
    const server = await startServerProcess(scope, { dataFolder: join(folder, 'data') })
    const frozen = await frozenWorld(server)
    const known: Kept = {
      worlds: [
        await keptWorld(server, 'default', null, server),
        await keptWorld(server, 'frozen', frozen.id, frozen.application),
      ],
    }
    await server.end()
    keep(name, folder, known)
    console.log(`kept e2e/kept/${name}.tar.zst: ${known.worlds.flatMap(({ writes }) => writes).length} writes`)
  } finally {
    for (const work of undone) await work()
  }
}

const newest = readMigrations().at(-1)
await main(process.argv[2] ?? `${String(newest?.version).padStart(4, '0')}_${newest?.name}`)
