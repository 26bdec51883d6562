// Plain JavaScript on purpose: an older Node cannot read TypeScript, and its `node --test` would pass without a test.
import Module from 'node:module'

const needed = 24
if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    `Clearyard needs Node ${needed} or newer; this is ${process.version}. ` +
      'npm ci installs the right one for this checkout: start things with npm run, not with node.',
  )
  process.exit(1)
}

if (!process.argv[2]) {
  console.error('usage: node tools/guard.mjs <program.ts> [arguments]')
  process.exit(1)
}
process.argv.splice(1, 1)
// not import(): the program is to be the main module, as if it had been started itself
Module.runMain(process.argv[1])
