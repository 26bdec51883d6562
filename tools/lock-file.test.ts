import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

type Locked = { readonly version?: string; readonly optionalDependencies?: { readonly [name: string]: string } }
type Packages = { readonly [path: string]: Locked }

/** Where npm would find a package from the one at `path`: beside it, or beside one that it lies in. */
const found = (packages: Packages, path: string, name: string): Locked | undefined => {
  const own = packages[path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`]
  if (own || path === '') return own
  const above = path.lastIndexOf('/node_modules/')
  return found(packages, above < 0 ? '' : path.slice(0, above), name)
}

/** The optional packages that the lock file names and does not hold: npm ci refuses it for them, on any platform. */
const unlocked = (packages: Packages): string[] =>
  Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !found(packages, path, name)?.version)
      .map((name) => `${name}, of ${path || 'the root'}`),
  )

test('package-lock.json holds the packages of every platform', () => {
  const { packages }: { packages: Packages } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'),
  )
  assert.ok(Object.values(packages).some(({ optionalDependencies }) => optionalDependencies))
  if (unlocked(packages).length > 0) assert.fail(unlocked(packages).join('\n'))
})

test('a platform that is missing is seen, wherever it would be', () => {
  const packages = {
    '': { optionalDependencies: { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' } },
    'node_modules/a-linux': { version: '1.0.0' },
    'node_modules/b': { optionalDependencies: { 'a-linux': '1.0.0', 'b-linux': '1.0.0', 'b-win32': '1.0.0' } },
    'node_modules/b/node_modules/b-linux': { version: '1.0.0' },
    'node_modules/b-win32': {},
  }
  assert.deepEqual(unlocked(packages), ['a-darwin, of the root', 'b-win32, of node_modules/b'])
})
