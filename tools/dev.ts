/**
 * The server, started anew on every change: `npm run dev`, with the arguments of `clearyard serve` after `--`. Each
 * start builds the drop-ins when they changed.
 */
import { join } from 'node:path'
import { restartOnChange } from './restart-on-change.ts'

const running = restartOnChange({
  command: ['start.mjs', 'serve', ...process.argv.slice(2)],
  cwd: join(import.meta.dirname, '..'),
  folders: ['contract', 'server', 'drop-ins'],
  concerns: (path) =>
    /\.(ts|sql|css|html|json)$/.test(path) &&
    !/(\.test|-fixture)\.ts$|(^|\/)(testing|node_modules|dist[^/]*)\//.test(path),
  say: (line) => console.log(`↻ ${line}`),
})

let isStopping = false
const stop = (signal: NodeJS.Signals | null) => async () => {
  if (isStopping) process.exit(1)
  isStopping = true
  process.exit(await running.stop(signal))
}
// Ctrl-C reaches the server by itself, and a second signal would cut short what it still answers
process.on('SIGINT', stop(null))
process.on('SIGTERM', stop('SIGTERM'))
