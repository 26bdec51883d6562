import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { checkImports, importRules } from './import-rules.ts'

/** A checkout with these files, gone after the test. */
const checkout = (t: TestContext, files: { [path: string]: string }) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'clearyard-test-')))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const manifest = (name: string, more: object = {}) => JSON.stringify({ name, type: 'module', ...more })

const base = {
  'package.json': manifest('root', { devDependencies: { tool: '1.0.0' } }),
  'server/package.json': manifest('server', { dependencies: { base: '1.0.0' } }),
  'node_modules/tool/package.json': manifest('tool', { main: 'tool.js' }),
  'node_modules/tool/tool.js': 'export const tool = 1',
  'node_modules/base/package.json': manifest('base', { main: 'base.js' }),
  'node_modules/base/base.js': 'export const base = 1',
  'contract/errors.ts': 'export const errors: string[] = []',
  'server/db/pool.ts': "import { base } from 'base'\nexport const pool: number = base",
  'server/testing/harness.ts': 'export const harness = 1',
  'server/resources/customers/store.ts': 'export const customers = 1',
  'server/resources/transfers/store.ts': 'export const transfers = 1',
}

/** For each resource with a list, an import of one that is on none. */
const plantedInListed = Object.fromEntries(
  importRules.flatMap(({ name = '' }) => {
    const resource = name.replace(/^resources-listed-/, '')
    if (resource === name) return []
    const files = {
      [`server/resources/${resource}/a.ts`]: "export { unlisted } from '../unlisted/store.ts'",
      'server/resources/unlisted/store.ts': 'export const unlisted = 1',
    }
    return [[name, files]]
  }),
)

const planted: { readonly [rule: string]: { readonly [path: string]: string } } = {
  'contract-alone': {
    'contract/ids.ts': "import { randomUUID } from 'node:crypto'\nexport const id: string = randomUUID()",
  },
  'pure-is-pure': {
    'server/resources/customers/domain.ts': "import { pool } from '../../db/pool.ts'\nexport const two = pool * 2",
  },
  'below-resources': { 'server/db/a.ts': "import type {} from '../resources/customers/store.ts'" },
  'resources-apart': { 'server/resources/customers/a.ts': "export { transfers } from '../transfers/store.ts'" },
  'simulator-on-demand': {
    'server/rails/simulator.ts': 'export const simulator = 1',
    'server/main.ts': "export const load = async () => import('./rails/simulator.ts')",
    'server/a.ts': "import { simulator } from './rails/simulator.ts'\nexport const a = simulator",
  },
  'browser-only-contract': { 'drop-ins/form.ts': "import { pool } from '../server/db/pool.ts'\nconsole.log(pool)" },
  'product-without-tests': { 'server/a.ts': "export const late = async () => import('./testing/harness.ts')" },
  'product-dependencies': { 'server/a.ts': "import { tool } from 'tool'\nexport const a: number = tool" },
  'no-circles': {
    'server/a.ts': "import { b } from './b.ts'\nexport const a = (): number => b()",
    'server/b.ts': "import { a } from './a.ts'\nexport const b = (): number => a()",
  },
  ...plantedInListed,
  resolvable: { 'server/a.ts': "import { gone } from './gone.ts'\nexport const a = gone" },
}

test('every rule sees the violation planted for it, and only that', async (t) => {
  assert.deepEqual(
    Object.keys(planted).sort(),
    importRules.map(({ name }) => name).sort(),
    'one planted violation a rule',
  )
  for (const [rule, files] of Object.entries(planted)) {
    const { problems } = await checkImports(checkout(t, { ...base, ...files }))
    const broken = new Set(problems.map((problem) => /: ([a-z-]+) \(/.exec(problem)?.[1]))
    assert.deepEqual([...broken], [rule], problems.join('\n'))
  }
})

test('imports that keep to the rules are not held against anybody', async (t) => {
  const files = {
    'contract/ids.ts': "import { errors } from './errors.ts'\nexport const count = errors.length",
    'server/resources/customers/domain.ts':
      "import { errors } from '../../../contract/errors.ts'\nexport const e = errors",
    'server/resources/customers/a.ts':
      "import { customers } from './store.ts'\nimport { pool } from '../../db/pool.ts'\nexport const a = customers + pool",
    'server/a.test.ts':
      "import { tool } from 'tool'\nimport { harness } from './testing/harness.ts'\nconsole.log(tool, harness)",
    'server/c.ts': "import type { D } from './d.ts'\nexport type C = D",
    'server/d.ts': "import { type C } from './c.ts'\nexport type D = C | 1",
    'drop-ins/form.ts': "import { errors } from '../contract/errors.ts'\nconsole.log(errors)",
  }
  const report = await checkImports(checkout(t, { ...base, ...files }))
  assert.deepEqual(report.problems, [])
  assert.equal(report.modules, 12)
})

test('a checkout in which nothing is seen does not pass', async (t) => {
  const { problems } = await checkImports(
    checkout(t, { 'package.json': manifest('root'), 'server/a.ts': 'export const a = 1' }),
  )
  assert.deepEqual(problems, ['no import was seen at all'])
})
