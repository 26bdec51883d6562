/**
 * Runs the tests: `npm test`, `npm run prove` (every round instead of a tenth), `npm test -- server/gate` (some files).
 *
 * One PostgreSQL serves the whole run. When all files ran, an error that a route declares and no test provoked fails
 * it.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBuilt } from '../drop-ins/build.ts'
import { unprovokedErrors } from '../server/testing/answered-errors.ts'
import { ensureChromium } from '../server/testing/chromium.ts'
import { dropDatabasesOfRun } from '../server/testing/database.ts'
import { startTestPostgres } from '../server/testing/postgres.ts'
import { allTestFiles, chosenTestFiles } from './test-files.ts'
import { runTestFiles } from './test-run.ts'

const root = join(import.meta.dirname, '..')

/** Settings of the product that a developer's shell may hold and no test may see. */
const foreignSettings =
  /^(CLEARYARD_(?!TEST_)|OTEL_)|^(DATABASE_URL|DATABASE_OWNER_URL|HOST|LOG_LEVEL|PORT|PUBLIC_URL)$/

const say = (line: string) => console.log(`▶ ${line}`)

const usesBrowser = (file: string) =>
  /^(e2e|drop-ins)\//.test(file) || readFileSync(join(root, file), 'utf8').includes('chromium')

const demandChromium = () => {
  try {
    ensureChromium(say)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

/** What speaks against a whole run's errors. */
const errorProblems = (folder: string): string[] => {
  const unprovoked = unprovokedErrors(folder)
  if (unprovoked === null) return ['no process of the run said which errors the routes declare']
  if (unprovoked.length === 0) return []
  return [`declared, and provoked by no test:\n${unprovoked.map((pair) => `    ${pair}`).join('\n')}`]
}

const { values, positionals } = parseArgs({
  options: { prove: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const files = chosenTestFiles(allTestFiles(root), positionals)
if (files.length === 0) {
  console.error(`no test file begins with ${positionals.join(' or ')}`)
  process.exit(1)
}

process.chdir(root)
for (const name of Object.keys(process.env)) if (foreignSettings.test(name)) delete process.env[name]
const rounds = process.env['ROUNDS'] ?? (values.prove ? '1' : '0.1')
const thisRun = randomBytes(4).toString('hex')
const seenErrors = mkdtempSync(join(tmpdir(), 'clearyard-seen-errors-'))
Object.assign(process.env, {
  ROUNDS: rounds,
  CLEARYARD_SEEN_ERRORS: seenErrors,
  CLEARYARD_TEST_RUN: thisRun,
})

say('building the drop-ins, unless they are up to date')
await ensureBuilt()
if (files.some(usesBrowser)) demandChromium()
const given = process.env['CLEARYARD_TEST_POSTGRES']
const postgres = given ? null : await startTestPostgres()
if (postgres) process.env['CLEARYARD_TEST_POSTGRES'] = postgres.url
const where = given ? 'the PostgreSQL that CLEARYARD_TEST_POSTGRES names' : 'a PostgreSQL of its own'
say(`${files.length} files on ${where}, ROUNDS=${rounds}`)

const timeoutMs = Number(rounds) > 0.5 ? 1_200_000 : 180_000
const problems = await runTestFiles(
  files.map((file) => join(root, file)),
  { timeoutMs, silenceMs: timeoutMs + 60_000 },
)
if (positionals.length === 0) problems.push(...errorProblems(seenErrors))

rmSync(seenErrors, { recursive: true })
if (given) await dropDatabasesOfRun(given, thisRun)
await postgres?.stop()
for (const problem of problems) console.error(`✖ ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
