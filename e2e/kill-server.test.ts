import { describe, test } from 'node:test'
import { testDatabase } from '../server/testing/database.ts'
import { rounds } from '../server/testing/rounds.ts'
import { temporaryFolder, undo } from '../server/testing/scope.ts'
import { startServerProcess } from '../server/testing/server-process.ts'
import { runCrashRounds, told } from './crash-round.ts'
import { embeddedPostgres } from './embedded-postgres.ts'
import { sharedSettings } from './shared-settings.ts'
import { customers } from './written-customers.ts'
import { transfers } from './written-transfers.ts'

for (const work of [customers, transfers])
  describe(`of the ${work.name} that it acknowledged, a server killed at work`, () => {
    test('loses none and doubles none (embedded PostgreSQL)', async (t) => {
      const dataFolder = `${temporaryFolder(t)}/data`
      let server = await startServerProcess(t, { dataFolder })
      const figures = await runCrashRounds(rounds(50), {
        work,
        origin: () => server.url,
        databaseUrl: () => embeddedPostgres(dataFolder).url,
        crash: async (struck) => {
          const ended = server.end('SIGKILL')
          struck()
          await ended
          server = await startServerProcess(t, { dataFolder })
        },
      })
      t.diagnostic(told(work, figures))
    })

    test('nor when PostgreSQL goes on, and ends what it began while the next one works', async (t) => {
      const database = await testDatabase()
      undo(t, () => database.drop())
      const env = sharedSettings(database)
      let server = await startServerProcess(t, { env })
      const figures = await runCrashRounds(rounds(50), {
        work,
        origin: () => server.url,
        databaseUrl: () => database.ownerUrl,
        crash: async (struck) => {
          const ended = server.end('SIGKILL')
          struck()
          await ended
          server = await startServerProcess(t, { env })
        },
      })
      t.diagnostic(told(work, figures))
    })
  })
