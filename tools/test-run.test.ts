import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { allTestFiles, chosenTestFiles } from './test-files.ts'

/** What a run of one test file says against itself. */
const problemsOf = (t: TestContext, source: string): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'clearyard-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'sample.test.mjs')
  writeFileSync(file, `import { test } from 'node:test'\n${source}`)
  const program = join(folder, 'run.ts')
  writeFileSync(
    program,
    `import { runTestFiles } from ${JSON.stringify(import.meta.resolve('./test-run.ts'))}
    console.error(JSON.stringify(await runTestFiles([${JSON.stringify(file)}], { timeoutMs: 300, silenceMs: 2000 })))`,
  )
  // a process that knows it is itself a test would refuse to run others
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' })
  return JSON.parse(stderr).map((problem: string) => problem.replace(folder, ''))
}

test('a run in which every test passed has nothing against it', (t) => {
  assert.deepEqual(problemsOf(t, "test('a', () => {})"), [])
})

test('a failing, a hanging, a skipped, a postponed and a missing test each fail the run', (t) => {
  const failing = "test('a', () => { throw Error('no') })"
  const hanging = "test('a', () => new Promise((done) => setTimeout(done, 600)))"
  assert.deepEqual(problemsOf(t, `test('b', () => {}); ${failing}`), ['a test failed'])
  assert.deepEqual(problemsOf(t, `test('b', () => {}); ${hanging}`), ['a test failed'])
  assert.match(
    problemsOf(t, "test('a', () => {}); test('b', { ['sk' + 'ip']: true }, () => {})").join(),
    /^a test was skipped/,
  )
  assert.match(
    problemsOf(t, "test('a', () => {}); test('b', { ['to' + 'do']: true }, () => {})").join(),
    /^a test is left/,
  )
  assert.deepEqual(problemsOf(t, ''), ['no test in /sample.test.mjs'])
})

test('a file that never ends although its tests have is stopped and named', (t) => {
  const problems = problemsOf(t, "test('a', () => {}); setInterval(() => {}, 1000)")
  assert.match(problems.join(), /nothing happened for 2 s; these did not end: .*sample\.test\.mjs/)
})

test('an older Node is refused with one line before any TypeScript is read', () => {
  const program =
    "Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); await import('./tools/guard.mjs')"
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program, 'tools/absent.ts'], {
    encoding: 'utf8',
  })
  assert.equal(result.status, 1)
  assert.match(result.stderr, /^Clearyard needs Node 24 or newer; [^\n]+\n$/)
})

test('paths choose the files that begin with them', () => {
  const files = ['server/gate/gate.test.ts', 'server/sealing.test.ts', 'tools/tidy.test.ts']
  assert.deepEqual(chosenTestFiles(files, []), files)
  assert.deepEqual(chosenTestFiles(files, ['./server/gate']), ['server/gate/gate.test.ts'])
  assert.deepEqual(chosenTestFiles(files, ['tools', 'server/sealing.test.ts']), [
    'server/sealing.test.ts',
    'tools/tidy.test.ts',
  ])
  assert.deepEqual(chosenTestFiles(files, ['absent']), [])
})

test('this very file is among the test files, and no installed one is', () => {
  const files = allTestFiles(join(import.meta.dirname, '..'))
  assert.ok(files.includes('tools/test-run.test.ts'))
  assert.deepEqual(
    files.filter((file) => file.includes('node_modules')),
    [],
  )
})
