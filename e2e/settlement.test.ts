/** A server by itself: in a world whose running clock settles, money arrives without anybody asking for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientWith, type Loose, send, takeToken } from '../server/testing/harness.ts'
import { startServerProcess } from '../server/testing/server-process.ts'

test('money arrives at its hour while nobody asks for anything', async (t) => {
  const server = await startServerProcess(t)
  const operate = async (path: string, body: object): Promise<Loose> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await send(server.url, 'POST', `/_clearyard${path}`, { headers, body: JSON.stringify(body) })
    assert.ok(answer.status < 300, answer.text)
    return answer.body
  }
  const clock = { mode: 'running', set: '2026-11-17T08:59-06:00' }
  const world = await operate('/worlds', { settings: { settlement: 'clock' }, clock })
  const { key, secret } = world['application'] as unknown as { key: string; secret: string }
  const client = clientWith(server.url, await takeToken(server.url, { key, secret }))
  const listed = (await client.get(`/accounts/${world['accountId']}/funding-sources`)).body['_embedded']
  const sources = listed?.['funding-sources'] as unknown as { id: string; type: string }[]
  const linkTo = (type: string) => ({ href: `/funding-sources/${sources.find((source) => source.type === type)?.id}` })
  const sent = await client.post('/transfers', {
    _links: { source: linkTo('bank'), destination: linkTo('balance') },
    amount: { value: '1.00', currency: 'USD' },
    clearing: { source: 'next-available' },
  })
  assert.equal(sent.status, 201, sent.text)

  await operate(`/worlds/${world['id']}/clock`, { set: '2026-11-17T11:29:58-06:00' })
  const transfer = async () => (await client.get(sent.location ?? '')).body
  while (String((await transfer())['status']) === 'pending') await sleep(100)
  assert.equal((await transfer())['status'], 'processed')
  const newest = (await client.get('/events?limit=1')).body['_embedded']?.['events'] as unknown as Loose[]
  assert.equal(newest[0]?.['topic'], 'bank_transfer_completed')
  assert.equal(newest[0]?.['created'], '2026-11-17T17:30:00.000Z')
  const ended = await server.end()
  assert.deepEqual([ended.code, ended.stderr], [0, ''])
})
