/** The lines that a start prints to copy, run as they are copied, with credentials that need quoting everywhere. */
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { startTestServer, type TestServer } from '../server/testing/harness.ts'
import { welcome } from '../server/welcome.ts'

const credentials = { key: `k'e"y$HOME\\n#{1}`, secret: `$s\`id\`'"\\'{$x}!!%41+&` }
const root = `${import.meta.dirname}/..`

let server: TestServer
before(async () => {
  server = await startTestServer({ credentials })
})
after(() => server.stop())

/** What is printed for one client: from its title to the next empty line. */
const printed = (title: string): string => {
  const facts = {
    mode: 'sandbox',
    version: '0.0.0',
    origin: server.origin,
    world: credentials,
    documentsFolder: '/documents',
    readyMs: 1,
  } as const
  const lines = welcome(facts, false).split('\n')
  const at = lines.findIndex((line) => line.split(' · ', 1)[0] === title)
  assert.ok(at >= 0, `${title} is printed`)
  return lines.slice(at + 1, lines.indexOf('', at)).join('\n')
}

const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).status === 0

/** Runs a program in the checkout, where the two npm packages are, and gives what it printed. */
const output = async (program: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd: root })).stdout

/** Gives a program its input, and what it said when it ended well. */
const fed = async (program: string, args: readonly string[], input: string): Promise<string> => {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  assert.equal(code, 0, complained)
  return said
}

test('the printed lines for Node and TypeScript show the root resource', async () => {
  const account = new RegExp(`${server.origin}/accounts/[0-9a-f-]{36}`)
  assert.match(await output(process.execPath, ['--input-type=commonjs', '-e', printed('Node')]), account)
  assert.match(await output(process.execPath, ['--input-type=module', '-e', printed('TypeScript')]), account)
})

test('the printed lines for curl say key and secret as a shell reads them, and show the root resource', async () => {
  const code = printed('curl')
  const [user = ''] = /(?<= -u )'(?:[^']|'\\'')*'/.exec(code) ?? []
  assert.equal(await output('/bin/sh', ['-c', `printf %s ${user}`]), `${credentials.key}:${credentials.secret}`)
  assert.ok(code.includes(` ${server.origin}/token`))
  if (hasProgram('curl')) assert.match(await output('/bin/sh', ['-c', code]), new RegExp(`"${server.origin}/accounts/`))
})

/** Lists the constants of a program, as Python reads them. */
const constantsOf = `
import ast, json, sys
nodes = ast.walk(ast.parse(sys.stdin.read()))
print(json.dumps([node.value for node in nodes if isinstance(node, ast.Constant)]))
`

test('the printed lines for Python name the server, the key and the secret', async () => {
  const code = printed('Python')
  assert.match(code, /^import dwollav2$/m)
  for (const member of ['auth_url', 'token_url', 'api_url']) assert.ok(code.includes(`'${member}': url`), member)
  if (!hasProgram('python3')) return
  const constants: unknown[] = JSON.parse(await fed('python3', ['-c', constantsOf], code))
  for (const value of [server.origin, credentials.key, credentials.secret, '/token'])
    assert.ok(constants.includes(value))
})

test('the printed lines for Ruby name the server, the key and the secret', async () => {
  const code = printed('Ruby')
  assert.match(code, /^require 'dwolla_v2'$/m)
  for (const member of ['auth_url', 'token_url', 'api_url']) assert.ok(code.includes(`${member}: url`), member)
  if (!hasProgram('ruby')) return
  assert.equal((await fed('ruby', ['-c'], code)).trim(), 'Syntax OK')
  const [, key] = /\bkey: ('.*'), secret: /.exec(code) ?? []
  const [, secret] = /\bsecret: ('.*'), environment: /.exec(code) ?? []
  const [, url] = /^url = (.*)$/m.exec(code) ?? []
  const read = await fed('ruby', ['-rjson'], `print [${url}, ${key}, ${secret}].to_json`)
  assert.deepEqual(JSON.parse(read), [server.origin, credentials.key, credentials.secret])
})

test('the printed lines for PHP name the server, the key and the secret', async () => {
  const code = printed('PHP')
  assert.match(code, /^require 'vendor\/autoload\.php';$/m)
  const [, key] = /::\$username = (.*);$/m.exec(code) ?? []
  const [, secret] = /::\$password = (.*);$/m.exec(code) ?? []
  const [, url] = /ApiClient\((.*)\);$/m.exec(code) ?? []
  assert.ok(key && secret && url)
  if (!hasProgram('php')) return
  assert.match(await fed('php', ['-l'], code), /^No syntax errors/m)
  const read = await fed('php', [], `<?php echo json_encode([${url}, ${key}, ${secret}]);`)
  assert.deepEqual(JSON.parse(read), [server.origin, credentials.key, credentials.secret])
})
