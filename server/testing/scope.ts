/** What a test leaves behind, undone when it is over: the last first, unlike the hooks of `node:test`. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A test's context, or the module `node:test` for a whole file. */
export type Scope = { after(work: () => unknown): void }

const stacks = new WeakMap<Scope, (() => unknown)[]>()

/** Has `work` run when the scope ends, before what was given earlier. */
export const undo = (scope: Scope, work: () => unknown): void => {
  const known = stacks.get(scope)
  if (known) {
    known.push(work)
    return
  }
  const stack = [work]
  stacks.set(scope, stack)
  scope.after(async () => {
    for (const step of stack.reverse()) await step()
  })
}

export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })

/** A folder that other users may pass through, so that a database of root's fits in. */
export const temporaryFolder = (scope: Scope, base: string = tmpdir()): string => {
  const folder = mkdtempSync(join(base, 'clearyard-'))
  chmodSync(folder, 0o711)
  undo(scope, () => removeFolder(folder))
  return folder
}
