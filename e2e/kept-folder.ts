/**
 * Data folders of releases, kept in `e2e/kept/` for later programs to migrate and serve: in one archive the folder and
 * what a client knew of its worlds then. `npm run keep` makes one of the program as it is.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Credentials } from '../server/oauth/credentials.ts'

export type KeptWrite = { path: string; body: object; key: string; status: number; location: string | null }

export type KeptWorld = {
  name: 'default' | 'frozen'
  id: string | null
  credentials: Credentials
  /** In order, each with an idempotency key. */
  writes: KeptWrite[]
  /** What was answered last, by path; hrefs begin at their path. */
  reads: { [path: string]: unknown }
  accessToken: string
  /** Client tokens of the action `customer.create`. */
  clientTokens: { unused: string; used: string }
}

export type Kept = { worlds: KeptWorld[] }

const place = join(import.meta.dirname, 'kept')
const extension = '.tar.zst'
const archive = (name: string) => join(place, name + extension)

/** A cluster holds three databases that are nearly the same, which only a window of that size sees. */
const compression = {
  [constants.ZSTD_c_compressionLevel]: 19,
  [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  [constants.ZSTD_c_windowLog]: 27,
}

const tar = (args: readonly string[], input?: Buffer): Buffer => {
  const { status, stdout, stderr } = spawnSync('tar', args, { input, maxBuffer: 2 ** 30 })
  if (status !== 0) throw new Error(`tar ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Origins differ from run to run, so they are taken off: hrefs begin at their path. */
export const withoutOrigin = (text: string, origin: string): string => text.replaceAll(`"${origin}/`, '"/')

export const keptNames = (): string[] => readdirSync(place).map((file) => file.replace(extension, ''))

/** Packs the folder `data` in `folder`, with what is known of it. */
export const keep = (name: string, folder: string, known: Kept): void => {
  mkdirSync(place, { recursive: true })
  writeFileSync(join(folder, 'known.json'), JSON.stringify(known))
  const packed = tar(['-cf', '-', '-C', folder, 'data', 'known.json'])
  writeFileSync(archive(name), zstdCompressSync(packed, { params: compression }))
}

/** Unpacks a kept folder as `data` in `folder`, and gives what a client knew of it. */
export const unpack = (name: string, folder: string): Kept => {
  tar(['-xpf', '-', '-C', folder], zstdDecompressSync(readFileSync(archive(name))))
  return JSON.parse(readFileSync(join(folder, 'known.json'), 'utf8'))
}
