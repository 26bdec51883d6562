import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { StartError } from './start-error.ts'

const hex = () => randomBytes(32).toString('hex')
const operatorToken = hex()
const databaseUrl = 'postgresql://clearyard:TOPSECRET@db.example:5432/clearyard'
const keys = { CLEARYARD_SEAL_KEYS: `a:${hex()},b:${randomBytes(32).toString('base64')}`, CLEARYARD_INDEX_KEY: hex() }
const production = {
  CLEARYARD_MODE: 'production',
  DATABASE_URL: databaseUrl,
  ...keys,
  CLEARYARD_DOCUMENTS: '/srv/documents',
  PUBLIC_URL: 'https://pay.example.com',
  CLEARYARD_OPERATOR_TOKEN: operatorToken,
}

test('without settings it is a sandbox on 127.0.0.1:8080 with a data folder in the working directory', () => {
  assert.deepEqual(readConfig({}), {
    mode: 'sandbox',
    host: '127.0.0.1',
    port: 8080,
    dataFolder: resolve('.clearyard'),
    documentsFolder: resolve('.clearyard/documents'),
    logLevel: 'info',
    colour: true,
  })
})

test('an empty variable counts as absent', () => {
  assert.deepEqual(readConfig({ PORT: '', CLEARYARD_KEY: ' ', DATABASE_URL: '', NO_COLOR: '' }), readConfig({}))
})

test('the command line goes before the environment', () => {
  const { port, host } = readConfig({ PORT: '1', HOST: 'a' }, { port: '0', host: '::1' })
  assert.deepEqual([port, host], [0, '::1'])
})

test('production reads every setting', () => {
  const config = readConfig({ ...production, DATABASE_OWNER_URL: databaseUrl, LOG_LEVEL: 'debug', NO_COLOR: '1' })
  assert.equal(config.mode, 'production')
  assert.equal(config.databaseUrl, databaseUrl)
  assert.equal(config.databaseOwnerUrl, databaseUrl)
  assert.equal(config.documentsFolder, '/srv/documents')
  assert.equal(config.publicUrl, 'https://pay.example.com')
  assert.equal(config.operatorToken, operatorToken)
  assert.equal(config.logLevel, 'debug')
  assert.equal(config.colour, false)
  assert.equal(config.credentials, undefined)
  assert.deepEqual(
    config.keys?.sealKeys.map(({ id, key }) => [id, key.length]),
    [
      ['a', 32],
      ['b', 32],
    ],
  )
  assert.equal(config.keys?.indexKey.toString('hex'), keys.CLEARYARD_INDEX_KEY)
})

test('a trailing slash of PUBLIC_URL is no path', () => {
  assert.equal(readConfig({ PUBLIC_URL: 'https://pay.example.com:8443/' }).publicUrl, 'https://pay.example.com:8443')
})

const without = (name: keyof typeof production) => ({ ...production, [name]: '' })
const seal = (text: string) => ({ ...keys, CLEARYARD_SEAL_KEYS: text })

const refusals: [name: string, env: Record<string, string>, says: RegExp][] = [
  ['a mode that does not exist', { CLEARYARD_MODE: 'prod' }, /^CLEARYARD_MODE is neither sandbox nor production/],
  ['a misspelt setting', { CLEARYARD_OPERATER_TOKEN: 'x' }, /^unknown setting CLEARYARD_OPERATER_TOKEN/],
  ['a port that is no number', { PORT: '80a' }, /^PORT is not a port/],
  ['a port beyond the last', { PORT: '65536' }, /^PORT is not a port/],
  ['a negative port', { PORT: '-1' }, /^PORT is not a port/],
  ['a log level that does not exist', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL is none of trace, .* and silent/],
  [
    'a database of another kind',
    { ...keys, DATABASE_URL: 'mysql://root:TOPSECRET@h/x' },
    /^DATABASE_URL is not a Post/,
  ],
  ['a database that is no URL', { ...keys, DATABASE_URL: 'TOPSECRET' }, /^DATABASE_URL is not a PostgreSQL URL/],
  ['an owner without a database', { DATABASE_OWNER_URL: databaseUrl }, /^DATABASE_OWNER_URL is set without/],
  ['a database without keys', { DATABASE_URL: databaseUrl }, /^DATABASE_URL needs CLEARYARD_SEAL_KEYS and CLEAR/],
  ['a seal key without an index key', { CLEARYARD_SEAL_KEYS: `a:${hex()}` }, /go together/],
  ['an index key without a seal key', { CLEARYARD_INDEX_KEY: hex() }, /go together/],
  ['a seal key without an id', seal(hex()), /^CLEARYARD_SEAL_KEYS is not a list of id:key/],
  ['a seal key that is too short', seal('a:TOPSECRET'), /^key a of CLEARYARD_SEAL_KEYS is not a key of 32 bytes/],
  ['a seal key that was typed', seal(`a:${'00'.repeat(32)}`), /^key a of CLEARYARD_SEAL_KEYS is too weak/],
  ['two seal keys of one id', seal(`a:${hex()},a:${hex()}`), /has the id a twice/],
  [
    'an index key that was typed',
    { ...keys, CLEARYARD_INDEX_KEY: 'ab'.repeat(32) },
    /^CLEARYARD_INDEX_KEY is too weak/,
  ],
  [
    'one key for both',
    { CLEARYARD_SEAL_KEYS: `a:${keys.CLEARYARD_INDEX_KEY}`, CLEARYARD_INDEX_KEY: keys.CLEARYARD_INDEX_KEY },
    /also a seal key/,
  ],
  ['a public URL with a path', { PUBLIC_URL: 'https://pay.example.com/api' }, /^PUBLIC_URL is not an origin/],
  ['a public URL with a user', { PUBLIC_URL: 'https://me:TOPSECRET@pay.example.com' }, /^PUBLIC_URL is not an origin/],
  ['a public URL of another kind', { PUBLIC_URL: 'ftp://pay.example.com' }, /^PUBLIC_URL is not an origin/],
  ['a key without a secret', { CLEARYARD_KEY: 'TOPSECRET' }, /^CLEARYARD_KEY and CLEARYARD_SECRET go together/],
  ['a secret without a key', { CLEARYARD_SECRET: 'TOPSECRET' }, /^CLEARYARD_KEY and CLEARYARD_SECRET go together/],
  ['a key with a colon', { CLEARYARD_KEY: 'a:b', CLEARYARD_SECRET: 'TOPSECRET' }, /^CLEARYARD_KEY is not/],
  ['a secret with a space', { CLEARYARD_KEY: 'a', CLEARYARD_SECRET: 'TOPSECRET x' }, /^CLEARYARD_SECRET is not/],
  [
    'an operator token that is short',
    { CLEARYARD_OPERATOR_TOKEN: 'TOPSECRET' },
    /^CLEARYARD_OPERATOR_TOKEN is too weak/,
  ],
  ['an operator token of few characters', { CLEARYARD_OPERATOR_TOKEN: 'ab'.repeat(20) }, /OPERATOR_TOKEN is too weak/],
  ['an operator token no header carries', { CLEARYARD_OPERATOR_TOKEN: `${operatorToken} é` }, /no header carries/],
  [
    'production with nothing',
    { CLEARYARD_MODE: 'production' },
    /^production needs DATABASE_URL, CLEARYARD_SEAL_KEYS, CLEARYARD_INDEX_KEY, CLEARYARD_DOCUMENTS, PUBLIC_URL and CLEARYARD_OPERATOR_TOKEN: set them$/,
  ],
  ['production without a database', without('DATABASE_URL'), /^production needs DATABASE_URL: set it$/],
  ['production without a public URL', without('PUBLIC_URL'), /^production needs PUBLIC_URL: set it$/],
  [
    'production without an operator token',
    without('CLEARYARD_OPERATOR_TOKEN'),
    /^production needs CLEARYARD_OPERATOR_TOKEN: set it$/,
  ],
  [
    'production without keys',
    { ...production, CLEARYARD_SEAL_KEYS: '', CLEARYARD_INDEX_KEY: '' },
    /^production needs CLEARYARD_SEAL_KEYS and CLEARYARD_INDEX_KEY: set them$/,
  ],
  [
    'production with a weak operator token',
    { ...production, CLEARYARD_OPERATOR_TOKEN: 'TOPSECRET' },
    /^CLEARYARD_OPERATOR_TOKEN is too weak/,
  ],
  [
    'production with default credentials',
    { ...production, CLEARYARD_KEY: 'a', CLEARYARD_SECRET: 'TOPSECRET' },
    /^CLEARYARD_KEY and CLEARYARD_SECRET are for the sandbox/,
  ],
]

for (const [name, env, says] of refusals)
  test(`it refuses ${name}, in one line that shows no secret`, () => {
    assert.throws(
      () => readConfig(env),
      (error) => {
        assert.ok(error instanceof StartError)
        assert.match(error.message, says)
        assert.doesNotMatch(error.message, /\n|TOPSECRET/)
        for (const [variable, value] of Object.entries(env))
          if (/KEY|TOKEN|SECRET/.test(variable) && value.length > 1) assert.ok(!error.message.includes(value))
        return true
      },
    )
  })
