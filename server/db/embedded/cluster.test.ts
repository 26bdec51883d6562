import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../testing/scope.ts'
import { startEmbedded } from '../embedded.ts'
import { connectOnce } from '../pool.ts'

/** What the database of a folder answers, started for that alone. */
const askIn = async (folder: string, text: string) => {
  const embedded = await startEmbedded({ folder })
  const client = await connectOnce(embedded.ownerUrl)
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
    await embedded.stop()
  }
}

test('a data folder takes its database along when it is moved, and a copy has one of its own', async (t) => {
  const place = temporaryFolder(t)
  const [first, moved, copy] = ['first', 'moved', 'copy'].map((name) => join(place, name)) as [string, string, string]
  await askIn(first, `create table notes (id text); insert into notes values ('kept')`)
  execFileSync('cp', ['-Rp', first, copy])
  await askIn(copy, `insert into notes values ('of the copy')`)
  renameSync(first, moved)
  assert.deepEqual(await askIn(moved, 'select id from notes'), [{ id: 'kept' }])
  assert.deepEqual(await askIn(copy, 'select id from notes order by 1'), [{ id: 'kept' }, { id: 'of the copy' }])
  assert.ok(!existsSync(first), 'nothing is made where it was')
})
