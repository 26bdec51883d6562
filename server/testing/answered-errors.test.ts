import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { anyRoute, declareErrors, noteError, unprovokedErrors } from './answered-errors.ts'

test('a declared error that no route answered is named, and one that was is not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'clearyard-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.equal(unprovokedErrors(folder), null)
  declareErrors(
    { 'GET /a/{id}': ['NotFound', 'Forbidden'], 'GET /b': ['NotFound'], [anyRoute]: ['NotFound', 'ServerError'] },
    folder,
  )
  noteError('GET /a/{id}', 'NotFound', folder)
  noteError('GET /a/{id}', 'NotFound', folder)
  noteError('GET /c', 'NotFound', folder)
  assert.deepEqual(unprovokedErrors(folder), ['* ServerError', 'GET /a/{id} Forbidden', 'GET /b NotFound'])
  noteError('GET /b', 'NotFound', folder)
  noteError('GET /a/{id}', 'Forbidden', folder)
  noteError('GET /b', 'ServerError', folder)
  assert.deepEqual(unprovokedErrors(folder), [])
})
