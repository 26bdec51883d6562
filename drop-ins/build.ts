/**
 * Builds the drop-ins: the core (a classic script of a fixed name) and, for it to load, the parts (modules named by
 * their content), and the playground's files. `dist/files.json` lists everything that may be served.
 *
 * `ensureBuilt` costs a few milliseconds when the sources are those of the last build. Run as a program, it builds.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { BuildEnvironmentOptions, InlineConfig, Rolldown } from 'vite'

export type BuiltFile = {
  /** path below the folder it is served from, `components/….js` */
  readonly path: string
  /** named by its content, so that it never changes */
  readonly immutable: boolean
}

export type Built = {
  /** digest of everything that went into the build */
  readonly stamp: string
  readonly files: readonly BuiltFile[]
  /** path of the playground's page */
  readonly playground: string
}

/** The first browsers with `light-dark()`, which must reach them as it is: it follows the page's `color-scheme`. */
const stylesFor = ['chrome123', 'firefox120', 'safari17.5']

const sources = import.meta.dirname
const contract = join(sources, '..', 'contract')
const defaultFolder = join(sources, 'dist')

/** Digest of the sources and of the versions of the tools. */
const stampOfSources = (): string => {
  const hash = createHash('sha256')
  const patterns = ['{core,base,fields,components,playground}/**/*.{ts,css,html}', 'package.json', 'build.ts']
  const files = [
    ...patterns.flatMap((pattern) => globSync(pattern, { cwd: sources }).map((file) => join(sources, file))),
    ...globSync(['*.ts', 'package.json'], { cwd: contract }).map((file) => join(contract, file)),
    join(sources, '..', 'package.json'),
  ].filter((file) => !file.endsWith('.test.ts'))
  for (const file of files.toSorted())
    hash.update(file.slice(sources.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** What is built in a folder, or null when nothing (whole) is. */
export const readBuilt = (folder: string = defaultFolder): Built | null => {
  const list = join(folder, 'files.json')
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Built) : null
}

/** Makes sure that `folder` holds the build of the present sources. Safe when several processes do so at once. */
export const ensureBuilt = async ({
  log = () => {},
  folder = defaultFolder,
}: {
  log?: (line: string) => void
  folder?: string
} = {}): Promise<void> => {
  const stamp = stampOfSources()
  if (readBuilt(folder)?.stamp === stamp) return
  const began = performance.now()
  const draft = `${folder}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await build(draft, stamp)
    await replace(folder, draft, stamp)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  log(`drop-ins built in ${Math.round(performance.now() - began)} ms`)
}

/** Puts the draft where `folder` is, unless another process has just put the same there. */
const replace = async (folder: string, draft: string, stamp: string): Promise<void> => {
  const old = `${draft}.old`
  for (let attempt = 0; attempt < 10 && readBuilt(folder)?.stamp !== stamp; attempt++) {
    await renameIfPossible(folder, old)
    await renameIfPossible(draft, folder)
    await rm(old, { recursive: true, force: true })
  }
  if (readBuilt(folder)?.stamp !== stamp) throw new Error(`cannot replace ${folder}`)
}

/** False when there is nothing to rename, or another process's build is already there. */
const renameIfPossible = async (from: string, to: string): Promise<boolean> => {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

type Vite = typeof import('vite')

const common = {
  configFile: false,
  envDir: false,
  root: sources,
  publicDir: false,
  logLevel: 'warn',
  mode: 'production',
  // without `development`, whatever NODE_ENV says: lit-html would speak to the console
  resolve: { conditions: ['production', 'browser', 'module'] },
} satisfies InlineConfig

const outputTo = (folder: string) =>
  ({
    target: 'es2023',
    cssTarget: stylesFor,
    outDir: folder,
    emptyOutDir: false,
    modulePreload: false,
    reportCompressedSize: false,
  }) satisfies BuildEnvironmentOptions

/** What every component needs, so that a browser loads it once. */
const shared = [
  ...['base', 'fields'].map((name) => join(sources, name)),
  ...['fields.ts', 'hal.ts'].map((name) => join(contract, name)),
  join('node_modules', 'lit-html'),
]

type Chunks = Rolldown.RolldownOutput['output']

/** The parts, one for each folder in `components/`, and the playground's script and styles. */
const buildParts = async (vite: Vite, folder: string, names: readonly string[]): Promise<Chunks> => {
  const entries = names.map((name) => [name, join(sources, 'components', name, `${name}.ts`)])
  const result = await vite.build({
    ...common,
    build: {
      ...outputTo(folder),
      rolldownOptions: {
        input: { ...Object.fromEntries(entries), playground: join(sources, 'playground', 'playground.ts') },
        preserveEntrySignatures: 'strict',
        output: {
          format: 'es',
          entryFileNames: ({ name }) => `${name === 'playground' ? name : 'components'}/[name]-[hash].js`,
          chunkFileNames: 'components/[name]-[hash].js',
          assetFileNames: 'playground/[name]-[hash][extname]',
          codeSplitting: { groups: [{ name: 'base', test: (id) => shared.some((path) => id.includes(path)) }] },
        },
      },
    },
  })
  if (!Array.isArray(result) && 'output' in result) return result.output
  throw new Error('one build gives one output')
}

/** The core, which knows the file of each part. */
const buildCore = (vite: Vite, folder: string, partFiles: Readonly<Record<string, string>>) =>
  vite.build({
    ...common,
    define: { PART_FILES: JSON.stringify(partFiles) },
    build: {
      ...outputTo(folder),
      rolldownOptions: {
        input: join(sources, 'core', 'dwolla-web.ts'),
        output: { format: 'iife', entryFileNames: 'dwolla-web.js' },
      },
    },
  })

const build = async (folder: string, stamp: string): Promise<void> => {
  const vite = await import('vite')
  const names = globSync('components/*/', { cwd: sources }).map((path) => basename(path))
  const chunks = await buildParts(vite, folder, names)
  const fileOf = (name: string): string => {
    const chunk = chunks.find((each) => each.type === 'chunk' && each.isEntry && each.name === name)
    if (!chunk) throw new Error(`no output for ${name}`)
    return chunk.fileName
  }
  await buildCore(vite, folder, Object.fromEntries(names.map((name) => [name, basename(fileOf(name))])))

  const files = chunks.map(({ fileName }) => ({ path: fileName, immutable: true }))
  await mkdir(join(folder, 'playground'), { recursive: true })
  await writeFile(join(folder, 'playground', 'index.html'), await playgroundPage(fileOf('playground'), files))
  const built: Built = {
    stamp,
    files: [{ path: 'dwolla-web.js', immutable: false }, ...files],
    playground: 'playground/index.html',
  }
  await writeFile(join(folder, 'files.json'), JSON.stringify(built, null, 2))
}

/** The page with the names of its built script and styles in place of the marks. */
const playgroundPage = async (script: string, files: readonly BuiltFile[]): Promise<string> => {
  const styles = files.find(({ path }) => path.startsWith('playground/') && path.endsWith('.css'))
  if (!styles) throw new Error('the playground has no styles')
  const page = await readFile(join(sources, 'playground', 'index.html'), 'utf8')
  return page.replace('%script%', `/${script}`).replace('%styles%', `/${styles.path}`)
}

if (import.meta.main) await ensureBuilt({ log: (line) => process.stdout.write(`${line}\n`) })
