/** The built drop-ins, read once into memory: only what the build lists can ever be served. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

export type ServedFile = {
  readonly body: Buffer
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
}

export type ServedFiles = {
  /** by path below the folder of `dwolla-web.js` */
  readonly scripts: ReadonlyMap<string, ServedFile>
  /** the playground's page, and its assets by path */
  readonly playground: { readonly page: ServedFile; readonly assets: ReadonlyMap<string, ServedFile> }
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
}

/** What has a fixed name is asked for again each time, so that an update is seen at once. */
const cacheControl = (immutable: boolean): string => (immutable ? 'public, max-age=31536000, immutable' : 'no-cache')

const readServed = (folder: string, path: string, immutable: boolean): ServedFile => {
  const type = types[extname(path)]
  if (type === undefined) throw new Error(`no media type for ${path}`)
  const body = readFileSync(join(folder, path))
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  return { body, type, etag, cacheControl: cacheControl(immutable) }
}

type List = { readonly files: readonly { path: string; immutable: boolean }[]; readonly playground: string }

/** @param folder where the drop-ins were built, with the `files.json` that lists them */
export const readServedFiles = (folder: string): ServedFiles => {
  const list = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8')) as List
  const served = list.files.map(({ path, immutable }) => [path, readServed(folder, path, immutable)] as const)
  const ofPlayground = ([path]: readonly [string, ServedFile]) => path.startsWith('playground/')
  return {
    scripts: new Map(served.filter((each) => !ofPlayground(each))),
    playground: {
      page: readServed(folder, list.playground, false),
      assets: new Map(served.filter(ofPlayground)),
    },
  }
}
