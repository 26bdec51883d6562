import assert from 'node:assert/strict'
import { readdirSync, utimesSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { halType } from '@clearyard/contract/hal.ts'
import { aDocumentCustomer, fileOf, rawForm, upload } from '../server/testing/forms.ts'
import { clientWith, takeToken } from '../server/testing/harness.ts'
import { startServerProcess } from '../server/testing/server-process.ts'

/** Begins an upload and does not end it. */
const beginUpload = (origin: string, path: string, token: string): void => {
  const whole = rawForm('x', [
    {
      headers: 'content-disposition: form-data; name="file"; filename="id.png"',
      content: fileOf('png', 'x'.repeat(9e5)),
    },
  ])
  const headers = {
    ...{ accept: halType, authorization: `Bearer ${token}`, 'content-length': String(whole.length) },
    'content-type': 'multipart/form-data; boundary=x',
  }
  const call = request(origin + path, { method: 'POST', headers, agent: false })
  call.on('error', () => {})
  call.write(whole.subarray(0, 800_000))
}

test('a server that is killed during an upload leaves what its next start clears away, and nothing else', async (t) => {
  const first = await startServerProcess(t)
  const client = clientWith(first.url, await takeToken(first.url, first))
  const customer = await aDocumentCustomer(client)
  const made = await upload(client, `${customer}/documents`)
  assert.equal(made.status, 201, made.text)
  const incoming = join(first.dataFolder, 'documents', 'incoming')
  beginUpload(first.url, `${customer}/documents`, client.token)
  for (let turn = 0; turn < 500 && readdirSync(incoming).length === 0; turn++) await sleep(10)
  await first.end('SIGKILL')
  const [left, ...others] = readdirSync(incoming)
  assert.ok(left && others.length === 0)

  const folders = () => readdirSync(join(first.dataFolder, 'documents'), { recursive: true }).length
  const second = await startServerProcess(t, { dataFolder: first.dataFolder })
  assert.deepEqual(readdirSync(incoming), [left], 'it may be another server’s, still arriving')
  await second.end()
  const before = folders()
  utimesSync(join(incoming, left), 0, Date.now() / 1000 - 2 * 60 * 60)

  const third = await startServerProcess(t, { dataFolder: first.dataFolder })
  assert.deepEqual(readdirSync(incoming), [])
  assert.equal(folders(), before - 1)
  const again = clientWith(third.url, await takeToken(third.url, third))
  const list = await again.get(`${customer}/documents`)
  assert.equal(list.body['total'], 1)
  await third.end()
})
