import assert from 'node:assert/strict'
import { EventEmitter, on } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { restartOnChange } from './restart-on-change.ts'

test('a program is started anew when its source changes, after it has ended in order, and not for anything else', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'clearyard-test-'))
  t.after(() => rmSync(cwd, { recursive: true }))
  mkdirSync(join(cwd, 'source', 'deep'), { recursive: true })
  const source = join(cwd, 'source', 'deep', 'name.ts')
  const diary = join(cwd, 'diary')
  writeFileSync(source, "export const name: string = 'first'")
  writeFileSync(
    join(cwd, 'program.ts'),
    `import { appendFileSync } from 'node:fs'
    import { name } from './source/deep/name.ts'
    const write = (line: string) => appendFileSync('diary', line + '\\n')
    process.on('SIGTERM', () => setTimeout(() => { write('end of ' + name); process.exit(7) }, 100))
    setInterval(() => {}, 1000)
    write('start of ' + name)`,
  )
  const told = new EventEmitter()
  const lines = on(told, 'line')
  const running = restartOnChange({
    command: ['program.ts'],
    cwd,
    folders: ['source'],
    concerns: (path) => path.endsWith('.ts'),
    say: (line) => told.emit('line', line),
  })
  const written = async (text: string) => {
    const read = () => {
      try {
        return readFileSync(diary, 'utf8')
      } catch {
        return ''
      }
    }
    while (read() !== text) await sleep(10)
  }

  await written('start of first\n')
  writeFileSync(join(cwd, 'source', 'notes.txt'), 'nothing')
  writeFileSync(source, "export const name: string = 'second'")
  assert.deepEqual((await lines.next()).value, ['source/deep/name.ts changed'])
  await written('start of first\nend of first\nstart of second\n')
  assert.equal(await running.stop('SIGTERM'), 7)
  assert.equal(readFileSync(diary, 'utf8'), 'start of first\nend of first\nstart of second\nend of second\n')
})
