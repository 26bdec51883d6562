import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { temporaryFolder, undo } from '../server/testing/scope.ts'
import { bareEnv } from '../server/testing/server-process.ts'

test('npm start runs the server as its own process: a signal to npm alone ends both', async (t) => {
  const data = join(temporaryFolder(t), 'data')
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...bareEnv(), PORT: '0', CLEARYARD_DATA: data, LOG_LEVEL: 'warn' },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(npm, 'exit')
  undo(t, () => {
    try {
      process.kill(-(npm.pid ?? 0), 'SIGKILL')
    } catch {
      // The whole group is gone, as it ought to be.
    }
  })
  let url: string | undefined
  const lines = createInterface(npm.stdout)
  for await (const line of lines) {
    url = /^API +(http\S+)$/.exec(line)?.[1]
    if (url !== undefined) break
  }
  assert.ok(url)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  process.kill(npm.pid ?? 0, 'SIGTERM')
  await ended
  await assert.rejects(fetch(`${url}/readyz`), 'nothing listens there any more')
})
