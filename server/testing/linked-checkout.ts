/** A copy of this checkout by hard links, for starting it elsewhere: quick, and it costs no space. */
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Scope, temporaryFolder } from './scope.ts'

const source = join(import.meta.dirname, '..', '..')

/** What a start does not need, or makes by itself. */
const leftOut = new Set(
  ['.git', '.clearyard', '.test-runs', 'bench', 'docs', 'e2e', 'tools', 'node_modules/.cache'].map((path) =>
    join(source, path),
  ),
)

const link = (from: string, to: string) => {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

const linkTree = (from: string, to: string, mode: number) => {
  mkdirSync(to)
  chmodSync(to, mode)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [a, b] = [join(from, entry.name), join(to, entry.name)]
    if (leftOut.has(a)) continue
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(a), b)
    else if (entry.isDirectory()) linkTree(a, b, 0o755)
    else if (entry.isFile()) link(a, b)
  }
}

/** A temporary folder on the checkout's own file system, if there is one: links do not cross. */
const temporaryBase = (): string => {
  const { dev } = statSync(source)
  const bases = [tmpdir(), '/tmp', '/var/tmp'].filter((base) => lstatSync(base, { throwIfNoEntry: false }))
  return bases.find((base) => statSync(base).dev === dev) ?? tmpdir()
}

/** @param mode of the folder above the copy: 0o700 closes it to others */
export const linkedCheckout = (scope: Scope, mode = 0o755): string => {
  const above = temporaryFolder(scope, temporaryBase())
  chmodSync(above, mode)
  const copy = join(above, 'checkout')
  linkTree(source, copy, 0o755)
  return copy
}
