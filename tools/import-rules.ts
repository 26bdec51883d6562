/** Who may import whom, each rule with its reason, and the check that the code keeps to it. */
import { existsSync, globSync } from 'node:fs'
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'

const product = '^(contract|server|drop-ins|dashboard)/'
/** what only tests use: a fixture is what several of them in one folder share */
const tests = ['^server/testing/', '(\\.test|-fixture)\\.ts$']
const pure = '^server/.*/(domain|postings|chart|calendar)\\.ts$'

/** Which other resources a resource may import: from the left to those on the right, never in a circle. */
const resourceImports: { readonly [resource: string]: readonly string[] } = {
  'beneficial-owners': ['customers'],
  documents: ['beneficial-owners', 'customers'],
  'funding-sources': ['customers', 'on-demand-authorizations'],
  kba: ['customers'],
  'sandbox-simulations': ['customers', 'funding-sources', 'transfers'],
  transfers: ['beneficial-owners', 'customers', 'funding-sources'],
}

const otherResources: IForbiddenRuleType[] = Object.entries(resourceImports).map(([resource, imported]) => ({
  name: `resources-listed-${resource}`,
  severity: 'error',
  comment: 'resources lean on each other along a list without circles, or a change in one is a change in all',
  from: { path: `^server/resources/${resource}/`, pathNot: tests },
  to: { path: '^server/resources/', pathNot: `^server/resources/(${[resource, ...imported].join('|')})/` },
}))

export const importRules: readonly IForbiddenRuleType[] = [
  {
    name: 'contract-alone',
    severity: 'error',
    comment: 'the contract is what server, browser and tests share: it runs anywhere, so it leans on nothing',
    from: { path: '^contract/', pathNot: tests },
    to: { pathNot: '^contract/' },
  },
  {
    name: 'pure-is-pure',
    severity: 'error',
    comment: 'decisions and sums are tested as tables, without a database, a clock or a network in sight',
    from: { path: pure },
    to: { pathNot: ['^contract/', pure, '^server/(states|temporal)\\.ts$'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'below-resources',
    severity: 'error',
    comment: 'what all resources stand on must not know one of them: main.ts hands callbacks in where it has to call',
    from: { path: '^server/(rails|webhooks|identity|gate|http|db|ledger|events)/', pathNot: tests },
    to: { path: '^server/resources/' },
  },
  {
    name: 'resources-apart',
    severity: 'error',
    comment: 'resources lean on each other along a list without circles, or a change in one is a change in all',
    from: {
      path: '^server/resources/([^/]+)/',
      pathNot: [...tests, ...Object.keys(resourceImports).map((resource) => `^server/resources/${resource}/`)],
    },
    to: { path: '^server/resources/', pathNot: '^server/resources/$1/' },
  },
  ...otherResources,
  {
    name: 'simulator-on-demand',
    severity: 'error',
    comment: 'production does not load what pretends to be a bank: main.ts imports it when there is a sandbox',
    from: { path: '^server/', pathNot: tests },
    to: { path: '^server/rails/simulator\\.ts$', dynamic: false },
  },
  {
    name: 'browser-only-contract',
    severity: 'error',
    comment: 'browsers load it: no Node, no server, no package but the renderer',
    from: { path: '^(drop-ins|dashboard)/', pathNot: [...tests, '^drop-ins/build\\.ts$'] },
    to: { pathNot: ['^(drop-ins|dashboard|contract)/', '/node_modules/lit-html/', '^node_modules/lit-html/'] },
  },
  {
    name: 'product-without-tests',
    severity: 'error',
    comment: 'what is shipped must start without what tests it',
    from: { path: product, pathNot: tests },
    to: { path: [...tests, '^(tools|bench|e2e)/'] },
  },
  {
    name: 'product-dependencies',
    severity: 'error',
    comment: 'what the server imports must be among its own dependencies: an installed copy has no others',
    from: { path: '^server/', pathNot: tests },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-circles',
    severity: 'error',
    comment: 'modules in a circle can only be read, and loaded, together (types alone do no harm)',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'resolvable',
    severity: 'error',
    comment: 'an import that leads nowhere is not seen by any other rule',
    from: {},
    to: { couldNotResolve: true, dependencyTypesNot: ['core'] },
  },
]

export type ImportReport = { readonly modules: number; readonly problems: readonly string[] }

const folders = ['contract', 'server', 'drop-ins', 'dashboard', 'e2e', 'bench', 'tools']
const ignored = '(^|/)(node_modules|dist)/'

/**
 * What is wrong with the imports under `root`. dependency-cruiser cannot read TypeScript by TypeScript 7, which has no
 * programming interface: without another parser it sees no module and finds nothing wrong. So every file must be seen.
 */
export const checkImports = async (root: string): Promise<ImportReport> => {
  const present = folders.filter((folder) => existsSync(`${root}/${folder}`))
  const { output } = await cruise(
    present,
    {
      baseDir: root,
      parser: 'swc',
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)dist/' },
      validate: true,
      ruleSet: { forbidden: [...importRules] },
    },
    {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  )
  const { modules, summary } = output as ICruiseResult
  const problems = summary.violations.map(({ rule, from, to }) => {
    const comment = importRules.find(({ name }) => name === rule.name)?.comment ?? ''
    return `${from} → ${to}: ${rule.name} (${comment})`
  })
  const seen = new Set(modules.map(({ source }) => source))
  const files = globSync(`{${folders.join(',')}}/**/*.ts`, { cwd: root }).filter(
    (path) => !new RegExp(ignored).test(path) && !path.endsWith('.d.ts'),
  )
  for (const path of files) if (!seen.has(path)) problems.push(`${path} was not seen by dependency-cruiser`)
  if (summary.totalDependenciesCruised === 0) problems.push('no import was seen at all')
  return { modules: files.length, problems }
}
