/** Which test files there are, and which of them were asked for. */
import { globSync } from 'node:fs'

const folders = ['e2e', 'drop-ins', 'server', 'contract', 'tools']

/** Every test file from `root`, the slow kinds first so that they do not end a run alone on one core. */
export const allTestFiles = (root: string): string[] =>
  folders.flatMap((folder) =>
    globSync(`${folder}/**/*.test.ts`, {
      cwd: root,
      exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path),
    }).sort(),
  )

/**
 * Those whose path begins with one of `paths` (a folder or a file, relative to the root; `./` may lead), or all when
 * none is given.
 */
export const chosenTestFiles = (files: readonly string[], paths: readonly string[]): string[] => {
  const wanted = paths.map((path) => path.replace(/^\.\//, ''))
  return files.filter((file) => wanted.length === 0 || wanted.some((path) => file.startsWith(path)))
}
