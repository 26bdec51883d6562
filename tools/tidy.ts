/** The house rules that no other tool knows, as a table: what is looked for, where, and why it is not wanted. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'

type Rule = {
  readonly name: string
  readonly why: string
  /** the files it looks at, as paths from the root with `/` */
  readonly looksAt: (path: string) => boolean
  /** the lines (from 1) on which something is wrong; 0 stands for the file as a whole */
  readonly finds: (text: string, path: string) => readonly number[]
}

const isCode = (path: string) => /\.(ts|mjs)$/.test(path)
const isTest = (path: string) => path.endsWith('.test.ts')
const isGenerated = (path: string) => ['server/db/schema.sql', 'package-lock.json'].includes(path)

// these two files name what they look for
const isTidy = (path: string) => /^tools\/tidy(\.test)?\.ts$/.test(path)

const linesMatching = (pattern: RegExp) => (text: string) =>
  text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index + 1] : []))

const maxFileLines = 500
const maxFunctionLines = 70

type Node = { readonly type: string; readonly start: number; readonly end: number }

/** Starts of functions longer than the limit; what an inner function takes is counted there alone. */
const longFunctions = (text: string): number[] => {
  const found: number[] = []
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const innerLines = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0
    const inner = Object.values(value).reduce((sum: number, child) => sum + innerLines(child), 0)
    const { type, start, end } = value as Node
    if (!/^(Arrow)?Function(Declaration|Expression)$/.test(type)) return inner
    const lines = lineAt(end) - lineAt(start) + 1
    if (lines - inner > maxFunctionLines) found.push(lineAt(start))
    return lines - 1
  }
  innerLines(parseSync('file.ts', text, { lang: 'ts' }).program)
  return found.sort((a, b) => a - b)
}

export const rules: readonly Rule[] = [
  {
    name: 'every-test-runs',
    why: 'a test that is switched off, postponed or alone proves nothing',
    looksAt: isTest,
    finds: linesMatching(
      /\b(test|it|describe|suite|t)\.(skip|only|todo)\b|[{,]\s*(skip|only|todo):\s*(true|['"`])|\.(skip|todo)\(/,
    ),
  },
  {
    name: 'nothing-postponed',
    why: 'it is done now, or it is an issue of the tracker',
    looksAt: (path) => !isGenerated(path),
    finds: linesMatching(/\b(TODO|FIXME|XXX|HACK)\b|\bfor now\b/),
  },
  {
    name: 'names-say-what',
    why: 'the concept in it wants a name of its own',
    looksAt: () => true,
    finds: (_, path) =>
      /(^|[/.-])(utils?|helpers?|common|managers?|services?|misc)[.-][^/]*$|(^|\/)index\.ts$/.test(path) ? [0] : [],
  },
  {
    name: 'files-stay-small',
    why: `a file of more than ${maxFileLines} lines holds more than one concept`,
    looksAt: (path) => /\.(ts|mjs|css|html|sql)$/.test(path) && !isGenerated(path),
    finds: (text) => (text.trimEnd().split('\n').length > maxFileLines ? [maxFileLines + 1] : []),
  },
  {
    name: 'functions-stay-small',
    why: `a function of more than ${maxFunctionLines} lines of its own holds more than one thought`,
    looksAt: (path) => path.endsWith('.ts') && !isTest(path),
    finds: longFunctions,
  },
  {
    name: 'comments-fit',
    why: 'prose can be broken anywhere, and the formatter does not do it',
    looksAt: isCode,
    finds: linesMatching(/^(?=.{121})\s*(\/\/|\/?\*)/),
  },
  {
    name: 'settings-in-one-place',
    why: 'server/config.ts is the only reader of the environment',
    looksAt: (path) =>
      isCode(path) && !isTest(path) && !/^(server\/config\.ts$|server\/testing\/|tools\/|bench\/|e2e\/)/.test(path),
    finds: linesMatching(/\bprocess\.env\b|\benv\b.*from 'node:process'/),
  },
  {
    name: 'nothing-of-one-machine',
    why: 'the repository works from any path, with any registry',
    looksAt: (path) => !isTidy(path),
    finds: linesMatching(
      /(^|[^\w./:-])\/(work|root|home\/\w+|Users\/\w+)\/|"resolved": "http|registry\.npm|^\s*registry\s*=/,
    ),
  },
  {
    name: 'types-are-not-silenced',
    why: 'what the compiler cannot see will be seen by somebody else',
    looksAt: (path) => path.endsWith('.ts') && !isTidy(path),
    finds: linesMatching(/@ts-(ignore|nocheck|expect-error)/),
  },
]

const untracked = /^(node_modules|dist|\.git|\.clearyard|\.test-runs)$/
const binary = /\.(png|jpe?g|gif|ico|woff2?|wasm|pdf|zst)$/

const filesUnder = (root: string, folder = ''): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (untracked.test(entry.name) || binary.test(entry.name)) return []
    if (entry.isDirectory()) return filesUnder(root, path)
    return entry.isFile() ? [path] : []
  })

export type TidyReport = { readonly files: number; readonly problems: readonly string[] }

/** What breaks a house rule under `root`, as lines "path:line rule: why". */
export const tidy = (root: string): TidyReport => {
  const files = filesUnder(root)
  const problems = files.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8')
    const broken = rules.filter((rule) => !(isTidy(path) && rule.name !== 'files-stay-small') && rule.looksAt(path))
    return broken.flatMap(({ name, why, finds }) => finds(text, path).map((line) => `${path}:${line} ${name}: ${why}`))
  })
  return { files: files.length, problems }
}
