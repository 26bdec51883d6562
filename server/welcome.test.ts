import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snippets, welcome } from './welcome.ts'

const origin = 'http://127.0.0.1:8080'
const world = { key: 'KEY0123', secret: 'SECRET4567' }
const documentsFolder = '/srv/documents'
const facts = { mode: 'sandbox', version: '1.2.3', origin, world, documentsFolder, readyMs: 417 } as const

test('the sandbox says where it is, whom to say one is, and how to call it from six clients', () => {
  const text = welcome(facts, false)
  for (const part of [origin, world.key, world.secret, `${origin}/playground`, `${origin}/docs`, '1.2.3', '0.42 s'])
    assert.ok(text.includes(part), part)
  const programs = snippets(origin, world)
  assert.deepEqual(
    programs.map(({ title }) => title),
    ['curl', 'Node', 'TypeScript', 'Python', 'Ruby', 'PHP'],
  )
  for (const { title, code } of programs) {
    assert.ok(text.includes(`\n${code}\n`), `${title} stands as it is to be copied`)
    for (const value of [origin, world.key, world.secret]) assert.ok(code.includes(value), `${title} has ${value}`)
  }
})

test('clients are pointed at the public URL when there is one', () => {
  const text = welcome({ ...facts, publicUrl: 'https://pay.example.com' }, false)
  assert.ok(text.includes('https://pay.example.com/playground'))
  assert.ok(!text.includes(origin))
})

test('production prints three lines: where it is, where it keeps documents, and what it does not do', () => {
  const text = welcome({ ...facts, mode: 'production', world: null, publicUrl: 'https://pay.example.com' }, false)
  assert.deepEqual(text.split('\n'), [
    `Clearyard 1.2.3 · production · https://pay.example.com, listening on ${origin}`,
    'Documents are kept in /srv/documents, which every server of this database needs.',
    'No rail to a bank is there yet: a transfer that needs a bank is refused.',
  ])
})

test('production prints no secret, even when it is handed one', () => {
  const text = welcome({ ...facts, mode: 'production' }, true)
  for (const value of [world.key, world.secret]) assert.ok(!text.includes(value))
})

const escapeCharacter = String.fromCharCode(27)

test('there is colour only where it is asked for, and it changes no word', () => {
  const plain = welcome(facts, false)
  const coloured = welcome(facts, true)
  assert.ok(!plain.includes(escapeCharacter))
  assert.ok(coloured.includes(escapeCharacter))
  assert.equal(coloured.replaceAll(new RegExp(`${escapeCharacter}\\[\\d+m`, 'g'), ''), plain)
})

test('credentials with quotes and backslashes survive the quoting of every language', () => {
  const odd = { key: `k'e"y\\`, secret: `$s'\`e\\'` }
  const programs = snippets(origin, odd)
  const [curl = '', ...others] = programs.map(({ code }) => code)
  assert.ok(curl.includes(`'k'\\''e"y\\:$s'\\''\`e\\'\\'''`))
  for (const code of others)
    for (const text of [`'k\\'e"y\\\\'`, `'$s\\'\`e\\\\\\''`]) assert.ok(code.includes(text), code)
})
