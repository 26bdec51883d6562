/** A real Chromium for tests: found on the machine or installed, and kept on 127.0.0.1. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** `--version` is the proof that the shared libraries are there too. */
const runs = (path: string) => {
  try {
    accessSync(path, constants.X_OK)
  } catch {
    return false
  }
  return spawnSync(path, ['--version'], { timeout: 30_000 }).status === 0
}

const candidates = () => {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [process.env['CHROMIUM_PATH'] ?? '', chromium.executablePath(), ...found, onMac].filter((path) => path !== '')
}

/** The path of a Chromium that runs, or null. */
const findChromium = (): string | null => candidates().find(runs) ?? null

type Command = readonly [program: string, ...arguments: string[]]

const installation = (): readonly Command[] => {
  const isRoot = process.getuid?.() === 0
  if (isRoot && runs('/usr/bin/apt-get')) {
    return [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
    ]
  }
  const dependencies = isRoot ? ['--with-deps'] : []
  return [['npx', 'playwright-core', 'install', ...dependencies, 'chromium-headless-shell']]
}

/**
 * The path of a Chromium that runs, installed first when there is none (`say` is told what is done, a line at a time).
 * Throws, with what to do by hand, when that does not help.
 */
export const ensureChromium = (say: (line: string) => void): string => {
  const present = findChromium()
  if (present) return present
  let output = ''
  for (const [program, ...rest] of installation()) {
    say(`no Chromium found: ${[program, ...rest].join(' ')}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const result = spawnSync(program, rest, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    if (result.status === 0) continue
    output = `${result.error?.message ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`
    break
  }
  const installed = findChromium()
  if (installed) return installed
  throw new Error(
    `${output.split('\n').slice(-20).join('\n')}\nNo Chromium that runs. Install one (Debian, as root: apt-get install chromium; ` +
      'otherwise: npx playwright-core install chromium-headless-shell) or set CHROMIUM_PATH.',
  )
}

/** A headless browser with a fresh profile. The caller closes it. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: ensureChromium(console.error), headless: true, args })

/** A request that leaves the machine, as opposed to one to 127.0.0.1 or one that is none (`data:`, `blob:`). */
const isForeign = (address: string) => {
  const url = new URL(address)
  return /^(https?|wss?):$/.test(url.protocol) && url.hostname !== '127.0.0.1'
}

/** What is needed of a `TestContext`: a promise to call back when the test ends, and to fail it when that throws. */
type Ending = { after(end: () => Promise<void>): unknown }

/**
 * A context whose pages reach 127.0.0.1 and nothing else. It is closed when the test ends, and the test fails when
 * anything in it asked for another host.
 */
export const localContext = async (
  test: Ending,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> => {
  const context = await browser.newContext({ serviceWorkers: 'block', ...options })
  const foreign: string[] = []
  await context.route(
    (url) => isForeign(url.href),
    (route) => {
      foreign.push(`${route.request().method()} ${route.request().url()}`)
      return route.abort('blockedbyclient')
    },
  )
  await context.routeWebSocket(
    (url) => isForeign(url.href),
    (socket) => {
      foreign.push(`WebSocket ${socket.url()}`)
      return socket.close()
    },
  )
  test.after(async () => {
    await context.close()
    assert.deepEqual(foreign, [], 'requests that left 127.0.0.1')
  })
  return context
}
