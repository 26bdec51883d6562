/** One run of test files, with node's own report, and what else is wrong with it: what did not run proves nothing. */
import { availableParallelism } from 'node:os'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

type Limits = {
  /** of each single test */
  readonly timeoutMs: number
  /** how long nothing at all may happen, for a file that never ends although its tests have */
  readonly silenceMs: number
}

/**
 * Runs the files (absolute paths) a process each, printing as they go, and gives what speaks against the run: nothing
 * when every test passed.
 */
export const runTestFiles = async (files: readonly string[], { timeoutMs, silenceMs }: Limits): Promise<string[]> => {
  const problems: string[] = []
  const running = new Set<string>()
  const abort = new AbortController()
  const stream = run({
    files,
    concurrency: Math.max(2, availableParallelism()),
    execArgv: [`--test-timeout=${timeoutMs}`],
    signal: abort.signal,
  })
  const silence = setTimeout(() => {
    problems.push(`nothing happened for ${silenceMs / 1000} s; these did not end: ${[...running].join(', ')}`)
    abort.abort()
  }, silenceMs)
  stream.on('data', () => silence.refresh())
  stream.on('test:dequeue', ({ file }) => file !== undefined && running.add(file))

  // a file without a test is itself reported as one, which passes
  stream.on('test:pass', ({ name, file }) => {
    if (name === file) problems.push(`no test in ${file}`)
  })
  stream.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) {
      running.delete(file)
      return
    }
    if (!success) problems.push('a test failed')
    if (counts.passed === 0) problems.push('no test ran')
    if (counts.skipped > 0) problems.push('a test was skipped: make it run, or delete it')
    if (counts.todo > 0) problems.push('a test is left for later: write it now, or delete it')
  })
  const report = stream.compose(spec)
  report.pipe(process.stdout)
  await finished(report)
  clearTimeout(silence)
  return problems
}
