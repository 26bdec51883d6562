/**
 * Everything that must hold before a change is offered: `npm run check`. Each step says in one line how it went; one
 * that fails prints what it saw and what to do. The tests come last, and only when the rest holds.
 */
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { checkImports } from './import-rules.ts'
import { schemaDifference } from './schema-dump.ts'
import { lintSql } from './sql-lint.ts'

type Outcome = { readonly ok: boolean; readonly output: string }
type Step = { readonly name: string; readonly advice: string; readonly run: () => Promise<Outcome> }

const root = join(import.meta.dirname, '..')
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}` }

/** Runs a program of the checkout and gathers what it prints, or lets it print when it is to be watched. */
const command = (program: string, args: readonly string[], stdio: 'pipe' | 'inherit' = 'pipe') =>
  new Promise<Outcome>((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', stdio, stdio] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ ok: code === 0, output }))
  })

const fromProblems = (problems: readonly string[]): Outcome => ({
  ok: problems.length === 0,
  output: problems.join('\n'),
})

const typesOf = (project: string): Step => ({
  name: `types of ${project === '.' ? 'tools, benchmarks and whole stories' : project}`,
  advice: 'the types do not hold',
  run: () => command('tsc', ['-p', project]),
})

const steps: readonly Step[] = [
  {
    name: 'format and lint',
    advice: 'npm run format mends the format and some of the rest',
    run: () => command('biome', ['check', '--error-on-warnings', '.']),
  },
  ...['contract', 'server', 'drop-ins', '.'].map(typesOf),
  {
    name: 'import rules',
    advice: 'the rules and their reasons are in tools/import-rules.ts',
    run: async () => fromProblems((await checkImports(root)).problems),
  },
  {
    name: 'SQL',
    advice: 'the rules and their reasons are in tools/sql/rules.ts',
    run: async () => fromProblems(lintSql(root).problems),
  },
  {
    name: 'dead code',
    advice: 'delete it, or use it; knip.json says where programs begin',
    run: () => command('knip', ['--treat-config-hints-as-errors']),
  },
  {
    name: 'product code that only tests use',
    advice: 'delete it, or use it; what belongs to tests stands in server/testing',
    run: () => command('knip', ['--production', '--include', 'files,dependencies,unlisted']),
  },
  {
    name: 'schema',
    advice: 'npm run schema writes server/db/schema.sql anew: look at what changed in it',
    run: async () => {
      const difference = await schemaDifference()
      return fromProblems(difference === null ? [] : [`server/db/schema.sql: ${difference}`])
    },
  },
]

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Runs one step and tells how it went. */
const take = async ({ name, advice, run }: Step): Promise<boolean> => {
  const began = performance.now()
  const { ok, output } = await run().catch((error: unknown) => ({
    ok: false,
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }))
  console.log(`${ok ? '✔' : '✖'} ${name} (${seconds(began)})`)
  if (!ok) console.log(`\n${output.trim()}\n→ ${advice}\n`)
  return ok
}

/** Two at a time, each taking the next step when it is done with one. */
const takeAll = async (queue: Step[]): Promise<boolean> => {
  const worker = async (): Promise<boolean> => {
    let ok = true
    for (let step = queue.shift(); step; step = queue.shift()) ok = (await take(step)) && ok
    return ok
  }
  const results = await Promise.all([worker(), worker()])
  return results.every((ok) => ok)
}

const began = performance.now()
const tests: Step = {
  name: 'tests',
  advice: 'a single file runs with npm test -- <path>',
  run: () => command(process.execPath, ['tools/guard.mjs', 'tools/test.ts'], 'inherit'),
}
const holds = await takeAll([...steps])
if (!holds) console.log('✖ the tests were not run: mend the above first')
const ok = holds && (await take(tests))
console.log(`${ok ? '✔ all of it' : '✖ check failed'} (${seconds(began)})`)
process.exitCode = ok ? 0 : 1
