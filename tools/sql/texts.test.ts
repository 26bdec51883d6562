import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeTypeScript } from './texts.ts'

const says = (source: string) => judgeTypeScript(source).findings.map((finding) => `${finding.line}: ${finding.says}`)

test('banned SQL is seen in every kind of literal', () => {
  assert.match(says("// é\npool.query('select id from a for update skip locked')").join(), /^2: SKIP LOCKED/)
  assert.match(says('const a = `\n  truncate\n  events`').join(), /^\d: TRUNCATE/)
  assert.match(says("const a = 'savepoint ' + 'b'").join(), /^1: a savepoint/)
  assert.match(says('const a = sql`set local statement_timeout = 5`').join(), /^1: SET/)
  assert.match(says("const tail = 'limit 1 for update skip locked'").join(), /^1: SKIP LOCKED/)
  assert.match(says("const f = (x: number): string => x > 1 ? 'listen a' : ''").join(), /^1: LISTEN/)
  assert.match(says('query.forUpdate().skipLocked()').join(), /skipLocked/)
})

test('a value put into SQL is seen, wherever it comes from', () => {
  const put = (source: string) => assert.match(says(source).join(), /is put into SQL/, source)
  put('const f = (id: string) => pool.query(`select a from b where id = ${id}`)')
  put('function f({ id }: Row) { return `select a from b where id = ${id}` }')
  put("const f = (id: string) => 'select a from b where id = ' + id")
  put("const f = (id: string) => `select a from b where id = '${id}'`")
  put('class A { #id = 1; f() { return `select a from b where id = ${this.#id}` } }')
  put('const f = () => { const id = read(); return `delete from b where id = ${id}` }')
  put("const f = (all: string[]) => `select a from b where id in (${all.map((id) => `'${id}'`).join()})`")
  put('const f = (order: string) => `${base} where account_id = $1 order by ${order}`')
  assert.match(says('const f = (x: string) => sql`select 1 from b order by ${sql.raw(x)}`').join(), /sql\.raw\(x\)/)
})

test('names that a module knows before any request, and bound parameters, are allowed', () => {
  const allowed = [
    "const columns = ['a', 'b']\nconst f = () => pool.query(`select ${columns.join(', ')} from c where id = $1`, [1])",
    'const names = rows.map((row) => `"${row}"`)\nconst text = `insert into b (${names.join()}) select * from unnest($1::text[])`',
    "import { table } from './tables.ts'\nexport const f = () => `select a from ${table.name} where id = $1`",
    'const f = (id: string) => sql`select a from b where id = ${id}`',
    'const f = (name: string) => `no customer is called ${name}`',
    "const summary = 'Select a customer from the list', a = 'update the customer', b = 'Begin here', c = 'commit'",
    'throw new Error(`a row of ${name} was to be changed; it was set to ${value}`)',
  ]
  for (const source of allowed) assert.deepEqual(says(source), [], source)
})

test('what looks like SQL and cannot be read is not passed over', () => {
  assert.match(says("const a = 'select from where from b'").join(), /^1: looks like SQL/)
})

test('statements are counted', () => {
  assert.equal(judgeTypeScript("query('select 1'); query(`insert into a values ($1)`); say('hello')").statements, 2)
})

test('a builder may put anything together, but not anything banned', () => {
  const source = (tail: string) =>
    `const f = (name: string, tail: string) => \`select a from \${name} where id = $1 ${tail}\``
  assert.deepEqual(judgeTypeScript(source('${tail}'), true).findings, [])
  assert.match(judgeTypeScript(source('for update skip locked ${tail}'), true).findings[0]?.says ?? '', /^SKIP LOCKED/)
})
