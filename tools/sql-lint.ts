/** Judges all SQL of the product: the migrations, and what stands in TypeScript (tests may say what they like). */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge } from './sql/rules.ts'
import { judgeTypeScript } from './sql/texts.ts'

/** Modules that put statements together out of more than a module's constants, each with the reason it may. */
const builders: { readonly [path: string]: string } = {
  'server/gate/shape.ts': 'writes the statements of a table out of its definition, once, before any request',
  'server/db/by-id.ts': 'writes the read of a row out of its table’s definition, once, before any request',
  'server/seal-rotation/sealed-columns.ts': 'writes the statements of its own table of columns',
  'server/db/migrate.ts': 'GRANT takes no parameters; the names are escaped',
  'server/db/embedded/roles.ts': 'CREATE ROLE takes no parameters; names and passwords are its own',
}

export type SqlReport = { readonly statements: number; readonly problems: readonly string[] }

/** What is wrong with the SQL under `root`, as lines "path:line what"; seeing no SQL at all is wrong too. */
export const lintSql = (root: string): SqlReport => {
  const problems: string[] = []
  let statements = 0
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const migrations = globSync('server/**/migrations/*.sql', { cwd: root }).sort()
  for (const path of migrations)
    for (const { line, says } of judge(read(path))) problems.push(`${path}:${line} ${says}`)
  const modules = globSync('server/**/*.ts', { cwd: root }).filter(
    (path) => !/(^|\/)(node_modules|testing)\//.test(path) && !/(\.test|-fixture)\.ts$/.test(path),
  )
  for (const path of modules.sort()) {
    const judged = judgeTypeScript(read(path), Object.hasOwn(builders, path))
    statements += judged.statements
    for (const { line, says } of judged.findings) problems.push(`${path}:${line} ${says}`)
  }
  if (migrations.length === 0) problems.push('server/**/migrations: no migration was found, so nothing was judged')
  if (statements === 0) problems.push('server/**/*.ts: no SQL was found, so nothing was judged')
  for (const path of Object.keys(builders))
    if (!modules.includes(path)) problems.push(`${path} is gone: take it off the list`)
  return { statements, problems }
}
