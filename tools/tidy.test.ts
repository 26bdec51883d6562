import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { rules, tidy } from './tidy.ts'

const long = (lines: number, line = '  b()') => Array.from({ length: lines }, () => line).join('\n')

const planted: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['every-test-runs', 'server/a.test.ts', "test.skip('a', () => {})"],
  ['every-test-runs', 'server/a.test.ts', "test('a', { todo: true }, () => {})"],
  ['every-test-runs', 'server/a.test.ts', "test('a', (t) => t.skip('no'))"],
  ['every-test-runs', 'server/a.test.ts', "describe.only('a', () => {})"],
  ['nothing-postponed', 'server/a.ts', '// TODO: more'],
  ['nothing-postponed', 'docs/a.md', 'This is enough for now.'],
  ['names-say-what', 'server/http/utils.ts', ''],
  ['names-say-what', 'server/http/test-helpers.ts', ''],
  ['names-say-what', 'server/http/customer.service.ts', ''],
  ['names-say-what', 'drop-ins/base/index.ts', ''],
  ['files-stay-small', 'server/a.css', long(501)],
  ['functions-stay-small', 'server/a.ts', `const a = () => {\n${long(70)}\n}`],
  ['comments-fit', 'server/a.ts', `  // ${'a'.repeat(120)}`],
  ['comments-fit', 'server/a.ts', `/**\n * ${'a'.repeat(120)}\n */`],
  ['settings-in-one-place', 'server/a.ts', "const port = process.env['PORT']"],
  ['nothing-of-one-machine', 'README.md', 'cd /root/clearyard'],
  ['nothing-of-one-machine', 'tools/a.ts', "read('/home/ada/data')"],
  ['nothing-of-one-machine', 'package-lock.json', '      "resolved": "https://example.com/a.tgz",'],
  ['types-are-not-silenced', 'server/a.ts', '// @ts-expect-error'],
]

const allowed: readonly (readonly [path: string, text: string])[] = [
  ['server/config.ts', 'const port = process.env.PORT'],
  ['server/testing/a.ts', 'const port = process.env.PORT'],
  ['server/a.ts', `const a = () => {\n${long(60)}\n  const b = () => {\n${long(60)}\n  }\n}`],
  ['server/b.ts', `const a = '${'a'.repeat(130)}'`],
  ['server/resources/root/routes.ts', "import { x } from './resources/root/y.ts'\nget('https://example.com/root/a')"],
  ['server/commonwealth.ts', 'export const a = 1'],
  ['server/testing/a.test.ts', "test('names that differ, only: the owner may skip', () => {})"],
]

const inFolder = <T>(files: readonly (readonly [path: string, text: string])[], work: (root: string) => T): T => {
  const root = mkdtempSync(join(tmpdir(), 'clearyard-test-'))
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return work(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('every house rule sees what is planted for it, and only that', () => {
  assert.deepEqual(new Set(planted.map(([rule]) => rule)), new Set(rules.map(({ name }) => name)))
  for (const [rule, path, text] of planted) {
    const { problems } = inFolder([[path, text]], tidy)
    assert.equal(problems.length, 1, `${path} ${text.slice(0, 60)}: ${problems.join()}`)
    assert.match(problems[0] ?? '', new RegExp(` ${rule}: `))
  }
})

test('what keeps to the rules is not held against anybody', () => {
  assert.deepEqual(inFolder(allowed, tidy), { files: allowed.length, problems: [] })
})

test('the repository is tidy', () => {
  const { files, problems } = tidy(join(import.meta.dirname, '..'))
  assert.ok(files > 50, `only ${files} files were seen`)
  if (problems.length > 0) assert.fail(problems.join('\n'))
})
