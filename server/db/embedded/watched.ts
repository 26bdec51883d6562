/** Programs that do not outlive us, however we end: kill -9 of us included. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/** What happens to the program when we are gone: it is told to stop, or it is killed with all that it started. */
const endings = { stop: 'kill -s INT $$', killAll: 'kill -s KILL -- -$$', kill: 'kill -s KILL $$' }

/**
 * A shell leaves a watcher of our end of a pipe behind and then becomes the program, under the same number. When the
 * pipe closes without a word, we are gone.
 */
const script = (ending: keyof typeof endings) =>
  `exec 3<&0 </dev/null; ( (read _ <&3 || ${endings[ending]}) >/dev/null 2>&1 & ); exec 3<&-; exec "$@"`

type Options = Omit<SpawnOptions, 'stdio' | 'detached'> & {
  ending: keyof typeof endings
  stdout: 'ignore' | 'pipe'
}

/**
 * Starts it in a process group of its own, so that Ctrl-C does not reach it past us, with its errors on a pipe.
 * When the program is not there the exit code is 127, when it may not be run 126.
 */
export const spawnWatched = (command: readonly string[], { ending, stdout, ...options }: Options): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', script(ending), 'sh', ...command], {
    ...options,
    detached: true,
    stdio: ['pipe', stdout, 'pipe'],
  })
  child.stdin?.on('error', () => {})
  // tells the watcher that there is nobody left to end, lest it signals whoever gets the number next
  child.once('exit', () => child.stdin?.end('ended\n'))
  return child
}
