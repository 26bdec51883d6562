/** Whatever JSON a client sends: the checkers answer it, and what they let through keeps their rules. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rounds } from '../server/testing/rounds.ts'
import { checkOwner } from './beneficial-owners.ts'
import { checkCustomer, customerTypes, editCustomerKinds, personalFields } from './customers.ts'
import type { EmbeddedError } from './errors.ts'
import { checkBody } from './fields.ts'
import { owner, wholes } from './whole-bodies-fixture.ts'

type Body = { [member: string]: unknown }

const today = '2026-11-24'
const numRuns = rounds(20_000)

/** Text near what is right, and JSON that is nowhere near. */
const anything = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', ' ', 'US', 'CA', 'NY', '1234', '123-45-6789', '1980-01-31', 'PO Box 1', '-'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
)

/** Where in a body something stands: every path of a whole one, and what no body has. */
const pathsOf = (body: object, at: string[] = []): string[][] =>
  Object.entries(body).flatMap(([name, value]) => [
    [...at, name],
    ...(typeof value === 'object' && value !== null ? pathsOf(value, [...at, name]) : []),
  ])

const withValue = (body: Body, [name = '', ...rest]: readonly string[], value: unknown): Body => {
  if (rest.length === 0) return { ...body, [name]: value }
  const inner = body[name]
  return typeof inner === 'object' && inner !== null ? { ...body, [name]: withValue(inner as Body, rest, value) } : body
}

/** A whole body with some of its members replaced by anything. */
const changed = (whole: Body) =>
  fc
    .array(fc.tuple(fc.constantFrom(...pathsOf(whole), ['constructor'], ['toString'], ['status']), anything), {
      maxLength: 3,
    })
    .map((changes) => changes.reduce<Body>((body, [path, value]) => withValue(body, path, value), whole))

const anyBody = fc.oneof(
  ...Object.values(wholes).map((whole) => changed(whole)),
  changed(owner),
  fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Body>,
)

const frozen = (value: unknown): unknown => {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

const codes = ['Required', 'Invalid', 'InvalidFormat', 'NotAllowed']

const assertErrors = (errors: readonly EmbeddedError[]): void => {
  for (const { code, message, path } of errors) {
    assert.ok(codes.includes(code), code)
    assert.match(path, /^(\/[a-zA-Z0-9]+){1,3}$/)
    assert.match(message, /^[A-Z][\w ,.-]+\.$/)
  }
  assert.equal(new Set(errors.map(({ path }) => path)).size, errors.length, 'one error a field')
}

const leaves = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : value === null ? [] : [value]

/** What holds of everything that was let through. */
const assertClean = (value: object): void => {
  for (const text of leaves(value)) {
    assert.ok(typeof text === 'string', `${text}`)
    assert.ok(text.length <= 255 && text.isWellFormed() && text.trim() !== '')
    assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029]/u)
  }
}

test('the checkers of customers and owners answer any body, and change none', () => {
  const options = fc.record({ fullSsn: fc.boolean(), withoutController: fc.boolean() })
  let passed = 0
  let refused = 0
  const property = fc.property(anyBody, fc.constantFrom(...customerTypes), options, (body, type, more) => {
    frozen(body)
    for (const { value, errors } of [
      checkCustomer(body, type, { today, ...more }),
      checkOwner(body, { today }),
      checkOwner(body, { today, at: '/some' }),
    ]) {
      assertErrors(errors)
      assert.equal(value === null, errors.length > 0)
      if (value) assertClean(value)
      if (value) passed += 1
      else refused += 1
    }
  })
  fc.assert(property, { numRuns })
  assert.ok(passed > numRuns / 20 && refused > numRuns / 20, `${passed} passed and ${refused} were refused`)
})

test('a customer that passed passes again as it was kept', () => {
  let passed = 0
  const again = (type: (typeof customerTypes)[number]) => (body: Body) => {
    const { value } = checkCustomer(body, type, { today })
    if (!value) return
    passed += 1
    const { id, ...controller } = value.controller ?? { id: {} }
    const kept = { ...value.fields, ...(value.controller ? { controller: { ...controller, ...id } } : {}) }
    assert.deepEqual(checkCustomer(kept, type, { today }).value, value)
  }
  const { soleProprietorship, ...others } = wholes
  for (const [type, whole] of Object.entries(others))
    fc.assert(fc.property(changed(whole), again(type as keyof typeof others)), { numRuns: numRuns / 4 })
  fc.assert(fc.property(changed(soleProprietorship), again('business')), { numRuns: numRuns / 4 })
  assert.ok(passed > numRuns / 10, `${passed} passed`)
})

test('an edit is answered whatever it holds', () => {
  const property = fc.property(anyBody, fc.constantFrom(...Object.values(editCustomerKinds)), (body, kind) => {
    const { value, errors } = checkBody(personalFields, kind, body, { today })
    assertErrors(errors)
    const taken = Object.entries(value)
    assert.ok(taken.every(([name]) => (kind.optional as readonly string[]).includes(name)))
    assertClean(Object.fromEntries(taken.filter(([, text]) => text !== '')))
    assert.ok(taken.every(([name, text]) => text !== '' || (kind.unsettable as readonly string[]).includes(name)))
  })
  fc.assert(property, { numRuns })
})
