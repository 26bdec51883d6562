/**
 * Which errors the routes answered during a whole test run, gathered over all its processes in the folder that
 * `CLEARYARD_SEEN_ERRORS` names, so that the end of the run can say which declared error no test provoked.
 */
import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The codes a route ("GET /customers/{id}") may answer. Under `anyRoute` stand those that one route shows for all.
 */
export type DeclaredErrors = { readonly [route: string]: readonly string[] }

export const anyRoute = '*'

const declaredFile = 'declared.json'

const written = new Set<string>()

/** Notes that a route answered an error; does nothing outside a run that gathers them. */
export const noteError = (route: string, code: string, folder = process.env['CLEARYARD_SEEN_ERRORS']): void => {
  const line = `${JSON.stringify({ route, code })}\n`
  if (!folder || written.has(`${folder} ${line}`)) return
  written.add(`${folder} ${line}`)
  appendFileSync(join(folder, `${process.pid}.jsonl`), line)
}

/** Leaves the list of what each route may answer for the end of the run; every process writes the same one. */
export const declareErrors = (declared: DeclaredErrors, folder = process.env['CLEARYARD_SEEN_ERRORS']): void => {
  if (!folder) return
  const draft = join(folder, `declared.${process.pid}`)
  writeFileSync(draft, JSON.stringify(declared))
  renameSync(draft, join(folder, declaredFile))
}

/**
 * The declared pairs ("GET /customers/{id} NotFound") that nothing in `folder` answered; null when none were declared.
 */
export const unprovokedErrors = (folder: string): string[] | null => {
  const files = readdirSync(folder)
  if (!files.includes(declaredFile)) return null
  const lines = files
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
  const seen = new Set<string>()
  for (const line of lines.filter((text) => text !== '')) {
    const { route, code }: { route: string; code: string } = JSON.parse(line)
    seen.add(`${route} ${code}`).add(`${anyRoute} ${code}`)
  }
  const declared: DeclaredErrors = JSON.parse(readFileSync(join(folder, declaredFile), 'utf8'))
  const pairs = Object.entries(declared).flatMap(([route, codes]) => codes.map((code) => `${route} ${code}`))
  return pairs.filter((pair) => !seen.has(pair)).sort()
}
