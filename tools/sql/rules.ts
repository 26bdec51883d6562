/**
 * What SQL of the product may not say, so that it keeps running on PostgreSQL's distributed relatives (Citus,
 * CockroachDB, YugabyteDB, Aurora DSQL) and so that one world's rows are always found by its account. Judged on
 * PostgreSQL's own parse tree: libpg-query is the server's parser.
 */
import { hasSqlDetails, loadModule, parseSync } from 'libpg-query'

/** One thing wrong, on a line of the text that was judged (from 1). */
export type Finding = { readonly line: number; readonly says: string }

type Fields = { readonly [field: string]: unknown }
type Rule = { readonly says: string; readonly sees: (type: string, fields: Fields) => boolean }

await loadModule()

const statement =
  (...types: readonly string[]) =>
  (type: string) =>
    types.includes(type)

/** The last part of a possibly qualified name in the tree. */
const nameIn = (parts: unknown): string => {
  const last = Array.isArray(parts) ? parts.at(-1) : undefined
  return last?.String?.sval ?? ''
}

const calls = (names: RegExp) => (type: string, fields: Fields) =>
  type === 'FuncCall' && names.test(nameIn(fields['funcname']))

const rules: readonly Rule[] = [
  { says: 'a trigger: what a change sets off stands in reactions.ts', sees: statement('CreateTrigStmt', 'RuleStmt') },
  {
    says: 'a function, procedure or PL/pgSQL: logic is TypeScript',
    sees: statement('CreateFunctionStmt', 'DoStmt', 'CallStmt', 'CreatePLangStmt'),
  },
  { says: 'an extension: not every database has it', sees: statement('CreateExtensionStmt') },
  {
    says: 'a sequence: ids are made by the program, order by ordinals',
    sees: (type, fields) =>
      statement('CreateSeqStmt', 'AlterSeqStmt')(type) ||
      (type === 'ColumnDef' && /^(small|big)?serial[248]?$/.test(nameIn((fields['typeName'] as Fields)?.['names']))) ||
      (type === 'Constraint' && fields['contype'] === 'CONSTR_IDENTITY') ||
      calls(/^(nextval|currval|lastval|setval)$/)(type, fields),
  },
  {
    says: 'an advisory lock: lock a row',
    sees: calls(/^pg_(try_)?advisory_/),
  },
  {
    says: 'LISTEN or NOTIFY: poll rows with a due time',
    sees: (type, fields) =>
      statement('ListenStmt', 'NotifyStmt', 'UnlistenStmt')(type) || calls(/^pg_notify$/)(type, fields),
  },
  {
    says: 'an enum, domain or composite type: text with a check',
    sees: statement(
      'CreateEnumStmt',
      'AlterEnumStmt',
      'CreateDomainStmt',
      'AlterDomainStmt',
      'CompositeTypeStmt',
      'CreateRangeStmt',
    ),
  },
  {
    says: 'a savepoint: a member fails alone in its overlay',
    sees: (type, fields) =>
      type === 'TransactionStmt' && /_(SAVEPOINT|RELEASE|ROLLBACK_TO)$/.test(String(fields['kind'])),
  },
  {
    says: 'SET: a pooled session must not remember anything',
    sees: (type, fields) => statement('VariableSetStmt')(type) || calls(/^set_config$/)(type, fields),
  },
  { says: 'TRUNCATE: rows are removed in chunks, by account', sees: statement('TruncateStmt') },
  {
    says: 'SKIP LOCKED: claim rows by a lease in one UPDATE … RETURNING',
    sees: (type, fields) => type === 'LockingClause' && fields['waitPolicy'] === 'LockWaitSkip',
  },
  {
    says: 'a temporary table',
    sees: (_, fields) => fields['relpersistence'] === 't',
  },
  {
    says: 'a foreign key to a world or an account: the account id is in every key already',
    sees: (type, fields) =>
      type === 'Constraint' &&
      fields['contype'] === 'CONSTR_FOREIGN' &&
      ['accounts', 'worlds'].includes(String((fields['pktable'] as Fields | undefined)?.['relname'])),
  },
]

/** Tables whose keys do not begin with account_id, each with its reason. */
const withoutAccount: { readonly [table: string]: string } = {
  worlds: 'a world keeps its id when a reset gives it another account',
  application_keys: 'a key is found before its account is known',
  schema_migrations: 'tells of the database, not of a world',
  instance: 'tells of the database, not of a world',
}

type Key = { readonly table: string; readonly first: string }

const isKey = (fields: Fields | undefined) => ['CONSTR_PRIMARY', 'CONSTR_UNIQUE'].includes(String(fields?.['contype']))

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : [])

/** The keys that a column or a table constraint declares. */
const keysOfElement = (table: string, element: Fields): Key[] => {
  const constraint = element['Constraint'] as Fields | undefined
  const column = element['ColumnDef'] as Fields | undefined
  if (constraint && isKey(constraint)) {
    const first = list(constraint['keys'])[0]
    // a key made of an existing index has no columns of its own: the index was judged
    return first ? [{ table, first: nameIn([first]) }] : []
  }
  const inline = list(column?.['constraints']).filter((item) => isKey(item['Constraint'] as Fields | undefined))
  return inline.map(() => ({ table, first: String(column?.['colname']) }))
}

const keysOf = (type: string, fields: Fields): Key[] => {
  const table = String((fields['relation'] as Fields | undefined)?.['relname'])
  if (type === 'CreateStmt') return list(fields['tableElts']).flatMap((element) => keysOfElement(table, element))
  if (type === 'AlterTableStmt') {
    const commands = list(fields['cmds']).map((command) => command['AlterTableCmd'] as Fields)
    return commands.flatMap((command) => keysOfElement(table, (command['def'] as Fields | undefined) ?? {}))
  }
  if (type === 'IndexStmt' && fields['unique'] === true) {
    const first = list(fields['indexParams'])[0]?.['IndexElem'] as Fields | undefined
    return [{ table, first: String(first?.['name'] ?? 'an expression') }]
  }
  return []
}

/** Every node of the tree with its type's name and the nearest position above or in it, in bytes. */
function* nodes(
  value: unknown,
  position: number,
  type = '',
): Generator<[type: string, fields: Fields, position: number]> {
  if (Array.isArray(value)) for (const item of value) yield* nodes(item, position, type)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const fields = value as Fields
  const own = fields['location'] ?? (fields['relation'] as Fields | undefined)?.['location'] ?? fields['stmt_location']
  const here = typeof own === 'number' ? own : position
  yield [type, fields, here]
  for (const [name, inner] of Object.entries(fields)) yield* nodes(inner, here, name)
}

const lineAt = (bytes: Buffer, position: number) => bytes.subarray(0, position).toString().split('\n').length

export const parses = (text: string): boolean => {
  try {
    parseSync(text)
    return true
  } catch {
    return false
  }
}

/** What is wrong with whole statements; a text that PostgreSQL cannot read is one finding. */
export const judge = (text: string): Finding[] => {
  const bytes = Buffer.from(text)
  const findings: Finding[] = []
  try {
    // a statement's position is that of the space before it, hence of its first word
    const { stmts = [] } = parseSync(text)
    for (const raw of stmts) {
      const start = raw.stmt_location ?? 0
      const word = bytes.subarray(start).toString().search(/\S/)
      for (const [type, fields, position] of nodes(raw.stmt, start + word)) {
        const line = lineAt(bytes, position)
        for (const rule of rules) if (rule.sees(type, fields)) findings.push({ line, says: rule.says })
        for (const { table, first } of keysOf(type, fields)) {
          if (first === 'account_id' || Object.hasOwn(withoutAccount, table)) continue
          findings.push({ line, says: `a key of ${table} begins with ${first}, not with account_id` })
        }
      }
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const position = hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0
    findings.push({ line: lineAt(bytes, position), says: `SQL that PostgreSQL cannot read: ${error.message}` })
  }
  return findings
}

const phrases: readonly (readonly [pattern: RegExp, says: string])[] = [
  [/\bskip\s+locked\b/i, 'SKIP LOCKED'],
  [/\bpg_(try_)?advisory_/i, 'an advisory lock'],
  [/\b(nextval|setval|currval)\s*\(/i, 'a sequence'],
  [/\bpg_notify\s*\(/i, 'NOTIFY'],
  [/\bset_config\s*\(/i, 'SET'],
  [/\bset\s+(local|session)\b/i, 'SET'],
  [/^\s*(rollback\s+to|release)?\s*savepoint\b/i, 'a savepoint'],
  [/\blanguage\s+plpgsql\b/i, 'PL/pgSQL'],
  [
    /\bcreate\s+(or\s+replace\s+)?(constraint\s+)?(trigger|function|procedure|sequence|type|domain|extension)\b/i,
    'a trigger, function, sequence or type',
  ],
  [/\bcreate\s+(global\s+|local\s+)?temp(orary)?\b/i, 'a temporary table'],
  [/\b(generated\s+(always|by\s+default)\s+as\s+identity|(big|small)?serial\s+primary\s+key)\b/i, 'a sequence'],
]

/** What is wrong with a part of a statement, as far as words tell. */
export const judgeFragment = (text: string): Finding[] =>
  phrases.flatMap(([pattern, says]) => {
    const at = text.search(pattern)
    return at < 0 ? [] : [{ line: text.slice(0, at).split('\n').length, says }]
  })
