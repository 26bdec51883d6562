/**
 * The SQL inside TypeScript: which literals are SQL, and what is put into them. A value of a request never belongs
 * into the text; only what a module knows before any request (names of tables and columns) does.
 */
import { parseSync } from 'vite'
import { type Finding, judge, judgeFragment, parses } from './rules.ts'

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [field: string]: unknown }

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value

const children = (node: Node): Node[] =>
  Object.entries(node).flatMap(([field, value]) =>
    field === 'typeAnnotation' || field === 'typeArguments' ? [] : [value].flat().filter(isNode),
  )

const isFunction = (node: Node) => /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)

/** The names that a pattern binds. */
const bound = (pattern: Node): string[] => {
  if (pattern.type === 'Identifier') return [String(pattern['name'])]
  if (pattern.type === 'Property') return bound(pattern['value'] as Node)
  if (pattern.type === 'AssignmentPattern') return bound(pattern['left'] as Node)
  return children(pattern).flatMap(bound)
}

/** The names that a function binds: its parameters, and what is declared in it outside of inner functions. */
const boundIn = (node: Node, isOutermost = true): string[] => {
  if (isFunction(node) && !isOutermost) return []
  const own = [
    ...(isFunction(node) ? (node['params'] as Node[]).flatMap(bound) : []),
    ...(node.type === 'VariableDeclarator' ? bound(node['id'] as Node) : []),
    ...(node.type === 'CatchClause' && node['param'] ? bound(node['param'] as Node) : []),
  ]
  return [...own, ...children(node).flatMap((child) => boundIn(child, false))]
}

/** The names that an expression reads, but for those that its own functions bind. */
const reads = (node: Node): string[] => {
  if (node.type === 'ThisExpression') return ['this']
  if (node.type === 'Identifier') return [String(node['name'])]
  if (node.type === 'MemberExpression' && !node['computed']) return reads(node['object'] as Node)
  if (node.type === 'Property' && !node['computed']) return reads(node['value'] as Node)
  const inner = children(node).flatMap(reads)
  if (!isFunction(node)) return inner
  const own = new Set(boundIn(node))
  return inner.filter((name) => !own.has(name))
}

/** A piece of text as it is put together: what is written, and what is put in between. */
type Piece = string | Node

const pieces = (node: Node): Piece[] | null => {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : null
  if (node.type === 'TemplateLiteral') {
    const written = (node['quasis'] as Node[]).map((part) => (part['value'] as { cooked: string }).cooked)
    const between = node['expressions'] as Node[]
    return written.flatMap((text, index) => [text, between[index]]).filter((piece) => piece !== undefined)
  }
  if (node.type !== 'BinaryExpression' || node['operator'] !== '+') return null
  const sides = [node['left'] as Node, node['right'] as Node]
  const parts = sides.map((side) => pieces(side))
  return parts.some((part) => part) ? parts.flatMap((part, index) => part ?? [sides[index] as Node]) : null
}

const statementShape = new RegExp(
  `^\\s*(--.*\\n\\s*)*(${[
    'select\\s[^]*\\sfrom\\s',
    "select\\s+[\\d*'$]",
    'insert\\s+into\\s',
    'update\\s+\\S+(\\s+(as\\s+)?\\w+)?\\s+set\\s',
    'delete\\s+from\\s',
    'merge\\s+into\\s',
    'with\\s+(recursive\\s+)?\\w+(\\s*\\([^)]*\\))?\\s+as\\s',
    'truncate(\\s+table)?\\s+\\w+\\s*$',
    '(create|alter|drop)\\s+(or\\s+replace\\s+)?(unique\\s+|temp(orary)?\\s+|unlogged\\s+)?(table|index|view|role|database|schema|sequence|type|domain|trigger|function|procedure|extension)\\s',
    '(grant|revoke)\\s[^]*\\son\\s',
    '(begin|start\\s+transaction|commit|rollback)(\\s+(isolation|transaction|work|read|to)\\b[^]*)?;?\\s*$',
    '(savepoint|release\\s+savepoint)\\s+\\w+\\s*$',
    'set\\s+(local\\s+|session\\s+)?[\\w.]+\\s*(=|to)\\s*\\S',
    '(listen|notify)\\s+\\w+\\s*(,|$)',
    'do\\s+\\$',
  ].join('|')})`,
  'i',
)

// English in the middle of a sentence has neither
const fragmentShape =
  /\$\d|\b(order by|group by|on conflict|returning)\b|\bwhere\s+[\w."]+\s*(=|<|>|\bin\b|\bis\b|\blike\b)/i

type Sighting = {
  readonly node: Node
  readonly pieces: readonly Piece[]
  readonly tag: Node | null
  readonly local: ReadonlySet<string>
}

/** Every text in the tree, with the names that the functions around it bind. */
const sightings = (node: Node, local: ReadonlySet<string>, found: Sighting[] = []): Sighting[] => {
  if (
    /^(ImportDeclaration|ExportAllDeclaration)$/.test(node.type) ||
    (node.type.startsWith('TS') && !('expression' in node))
  )
    return found
  const inner = isFunction(node) ? new Set([...local, ...boundIn(node), 'this']) : local
  const tagged = node.type === 'TaggedTemplateExpression'
  const whole = tagged ? (node['quasi'] as Node) : node
  const parts = pieces(whole)
  if (parts) found.push({ node: whole, pieces: parts, tag: tagged ? (node['tag'] as Node) : null, local: inner })
  const next = parts ? parts.filter((part) => typeof part !== 'string') : children(node)
  for (const child of next) sightings(child, inner, found)
  return found
}

/** PostgreSQL reads the text with something in place of what is put in: a name, nothing, or a parameter. */
const readable = (parts: readonly Piece[]): string | null => {
  const ways = [' x_y ', ' ', ' $1 ', 'x_y']
  const texts = ways.map((way) => parts.map((part) => (typeof part === 'string' ? part : way)).join(''))
  return texts.find(parses) ?? null
}

/** Kysely's tag binds what is put in. */
const binds = (tag: Node | null) => tag?.type === 'Identifier' && tag['name'] === 'sql'

const judgeSighting = ({ pieces: parts, tag, local }: Sighting, source: string, isBuilder: boolean): Finding[] => {
  const text = parts.map((part) => (typeof part === 'string' ? part : ' x_y ')).join('')
  const isStatement = statementShape.test(text)
  const findings = isStatement ? [] : judgeFragment(text)
  if (isStatement) {
    const whole = readable(parts)
    if (whole) findings.push(...judge(whole))
    else if (isBuilder || binds(tag)) findings.push(...judgeFragment(text))
    else findings.push({ line: 1, says: 'looks like SQL, but PostgreSQL cannot read it' })
  }
  if (isBuilder || binds(tag) || !(isStatement || fragmentShape.test(text))) return findings
  for (const part of parts) {
    if (typeof part === 'string' || !reads(part).some((name) => local.has(name))) continue
    const put = source.slice(part.start, part.end)
    findings.push({
      line: 1,
      says: `\${${put}} is put into SQL: pass values as parameters, take names from constants of a module`,
    })
  }
  return findings
}

/** `sql.raw(x)` and `sql.lit(x)` of Kysely put x into the text. */
const rawCalls = (node: Node, found: Node[] = []): Node[] => {
  const callee = node['callee'] as Node | undefined
  if (node.type === 'CallExpression' && callee?.type === 'MemberExpression') {
    const object = callee['object'] as Node
    const name = (callee['property'] as Node)['name']
    const argument = (node['arguments'] as Node[])[0]
    if (object['name'] === 'sql' && (name === 'raw' || name === 'lit') && argument?.type !== 'Literal') found.push(node)
    if (name === 'skipLocked') found.push(node)
  }
  for (const child of children(node)) rawCalls(child, found)
  return found
}

export type Judged = { readonly statements: number; readonly findings: readonly Finding[] }

/**
 * What is wrong with the SQL in one TypeScript file, and how many whole statements it holds. A builder is a module that
 * may put together statements out of what it is given.
 */
export const judgeTypeScript = (source: string, isBuilder = false): Judged => {
  const { program, errors } = parseSync('file.ts', source, { lang: 'ts' })
  if (errors.length > 0)
    return { statements: 0, findings: [{ line: 1, says: `not TypeScript: ${errors[0]?.message}` }] }
  const root = program as unknown as Node
  const lineOf = (node: Node) => source.slice(0, node.start).split('\n').length
  const seen = sightings(root, new Set())
  const findings = seen.flatMap((sighting) =>
    judgeSighting(sighting, source, isBuilder).map(({ line, says }) => ({
      line: lineOf(sighting.node) + line - 1,
      says,
    })),
  )
  for (const node of rawCalls(root)) {
    findings.push({ line: lineOf(node), says: `${source.slice(node.start, node.end)}: not in the product's SQL` })
  }
  const isStatement = (sighting: Sighting) =>
    statementShape.test(sighting.pieces.map((part) => (typeof part === 'string' ? part : ' x_y ')).join(''))
  return { statements: seen.filter(isStatement).length, findings }
}
