// Plain JavaScript on purpose: an older Node cannot read TypeScript, and its `node --test` would pass with no tests run.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const needed = 24
if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    `Clearyard needs Node ${needed} or newer; this is ${process.version}. ` +
      'npm ci installs the right one for this checkout: start things with npm run, not with node.',
  )
  process.exit(1)
}

const [program] = process.argv.splice(2, 1)
if (!program) {
  console.error('usage: node tools/guard.mjs <program.ts> [arguments]')
  process.exit(1)
}
process.argv[1] = resolve(program)
await import(pathToFileURL(process.argv[1]).href)
