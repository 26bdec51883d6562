// The command `clearyard` of a checkout. Plain JavaScript on purpose: an older Node cannot read TypeScript.
import { fileURLToPath } from 'node:url'

const needed = 24
if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    `clearyard: needs Node ${needed} or newer and this is ${process.version}: ` +
      'npm ci brings the right one; if it ran no install scripts, run node tools/link-node.mjs, then npm start',
  )
  process.exit(1)
}

const { enableCompileCache } = await import('node:module')
// not in the temporary folder, where others could put code for us
enableCompileCache(fileURLToPath(new URL('./node_modules/.cache/clearyard', import.meta.url)))

const { run } = await import('./server/cli.ts')
await run(process.argv.slice(2), {
  prepare: async () => {
    const { ensureBuilt } = await import('./drop-ins/build.ts')
    await ensureBuilt()
  },
})
