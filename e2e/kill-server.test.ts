import { test } from 'node:test'
import { testDatabase } from '../server/testing/database.ts'
import { rounds } from '../server/testing/rounds.ts'
import { temporaryFolder, undo } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'
import { checkWhole } from './aftermath.ts'
import { runCrashRounds, told } from './crash-round.ts'
import { embeddedPostgres } from './embedded-postgres.ts'
import { sharedSettings } from './shared-settings.ts'

test('a server killed at work loses nothing it acknowledged and doubles nothing (embedded PostgreSQL)', async (t) => {
  const dataFolder = `${temporaryFolder(t)}/data`
  let server = await startServerProcess(t, { dataFolder })
  const figures = await runCrashRounds(rounds(50), {
    origin: () => server.url,
    crash: async (struck) => {
      const ended = server.end('SIGKILL')
      struck()
      await ended
      server = await startServerProcess(t, { dataFolder })
    },
  })
  await checkWhole(embeddedPostgres(dataFolder).url)
  t.diagnostic(told(figures))
})

test('nor when PostgreSQL goes on, and ends what the killed server began while the next one works', async (t) => {
  const database = await testDatabase()
  undo(t, () => database.drop())
  const env = sharedSettings(database)
  let server = await startServerProcess(t, { env })
  const figures = await runCrashRounds(rounds(50), {
    origin: () => server.url,
    crash: async (struck) => {
      const ended = server.end('SIGKILL')
      struck()
      await ended
      server = await startServerProcess(t, { env })
    },
  })
  await checkWhole(database.ownerUrl)
  t.diagnostic(told(figures))
})
