/** What the checker of fields and bodies accepts and refuses, by the rules of customers. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCustomerKinds, customerFields, editCustomerKinds } from './customers.ts'
import { checkBody, checkValue, type Field, type Fields, fieldName, type Kind } from './fields.ts'

const verdict = (name: keyof typeof customerFields, value: unknown): string => {
  const error = checkValue(name, customerFields[name], value)
  return error === null ? 'ok' : `${error.path} ${error.code} ${error.message}`
}

const summary = (kind: Kind, body: Record<string, unknown>): string => {
  const { value, errors } = checkBody(customerFields, kind, body)
  return errors.length > 0 ? errors.map((e) => `${e.path} ${e.code}`).join(', ') : JSON.stringify(value)
}

describe('one value', () => {
  test('may be as long as its field allows and no longer, counted as browsers count', () => {
    for (const [name, most] of [
      ['firstName', 50],
      ['lastName', 50],
      ['businessName', 255],
      ['ipAddress', 255],
      ['correlationId', 255],
    ] as const) {
      assert.equal(verdict(name, 'a'.repeat(most)), 'ok')
      const title = name.charAt(0).toUpperCase() + name.slice(1)
      assert.equal(
        verdict(name, 'a'.repeat(most + 1)),
        `/${name} InvalidFormat ${title} must be ${most} or fewer characters.`,
      )
    }
    assert.equal(verdict('email', `${'a'.repeat(247)}@b.test`), 'ok')
    assert.equal(
      verdict('email', `${'a'.repeat(248)}@b.test`),
      '/email InvalidFormat Email must be 254 or fewer characters.',
    )
    assert.equal(verdict('firstName', '😀'.repeat(25)), 'ok')
    assert.equal(
      verdict('firstName', '😀'.repeat(25).concat('a')),
      '/firstName InvalidFormat FirstName must be 50 or fewer characters.',
    )
  })

  test('that is no text is Invalid, whatever it is', () => {
    for (const value of [0, 1, true, false, [], ['Ada'], {}, { toString: 'Ada' }])
      assert.equal(verdict('firstName', value), '/firstName Invalid FirstName invalid.', JSON.stringify(value))
  })

  test('must not hold any of the characters that Dwolla refuses in names', () => {
    const refused = ['<', '>', '=', '"', '`', '!', '?', '%', '~', '{', '}', '$', '\\']
    for (const character of refused)
      for (const name of ['firstName', 'lastName', 'businessName'] as const)
        for (const value of [character, `${character}da`, `A${character}a`, `Ad${character}`])
          assert.match(verdict(name, value), /^\/\w+ InvalidFormat \w+ invalid\.$/, `${name} ${value}`)
    for (const character of "'-.,&()/#@+*:;|^_[] 0éßñ李ॐ😀")
      for (const name of ['firstName', 'lastName', 'businessName'] as const)
        assert.equal(verdict(name, `A${character}a`), 'ok', `${name} A${character}a`)
  })

  test('must not hold control characters, line separators or halves of characters', () => {
    const controls = [...Array(0x20).keys(), 0x7f, ...Array.from({ length: 0x20 }, (_, at) => 0x80 + at)]
    for (const code of [...controls, 0x2028, 0x2029, 0xd800, 0xdbff, 0xdc00, 0xdfff])
      for (const name of ['firstName', 'businessName', 'ipAddress', 'email'] as const) {
        const value = name === 'email' ? `a${String.fromCharCode(code)}@b.test` : `A${String.fromCharCode(code)}a`
        assert.match(verdict(name, value), / InvalidFormat \w+ invalid\.$/, `${name} ${code.toString(16)}`)
      }
    assert.match(verdict('firstName', '\udc00\ud800'), /InvalidFormat/)
  })

  test('names may be in any script, with marks and direction', () => {
    for (const name of ['José', 'Jose\u0301', 'محمد', 'שרה', '李小龙', 'Ａｄａ', 'a\u202eb', `Z${'\u0301'.repeat(49)}`])
      assert.equal(verdict('firstName', name), 'ok', name)
  })

  test('is an e-mail address or is not', () => {
    const good = "a@b.co|A@B.CO|a.b+c@d-e.example|o'neil@x.test|1@2.de|é@ü.test|a@b.c.d.e.f|a!#$%&*/=?^_`{}~@b.test"
    for (const address of good.split('|')) assert.equal(verdict('email', address), 'ok', address)
    const bad =
      'a|a@|@b.co|a@b|a@b.|a@.co|a@b..co|a@b.co.|a@@b.co|a@b@c.co|a b@c.co| a@b.co|a@b.co |a@b .co|<a@b.co>|a,b@c.co|' +
      'a;b@c.co|a:b@c.co|(a)@b.co|[a]@b.co|"a"@b.co|a\\b@c.co|a@[127.0.0.1]|mailto:a@b.co|a@b,co|a@b.co>'
    for (const address of bad.split('|'))
      assert.equal(verdict('email', address), '/email InvalidFormat Email invalid.', address)
  })

  test('is ten ASCII digits where it is a phone number', () => {
    assert.equal(verdict('phone', '5155550100'), 'ok')
    const bad =
      '515555010|51555501000|515-555-0100|+15155550100|(515)5550100|５１５５５５０１００|515555010O| 5155550100|5155550100\n'
    for (const phone of bad.split('|'))
      assert.equal(verdict('phone', phone), '/phone InvalidFormat Phone invalid.', phone)
  })

  test('is plain letters, digits, dots, lines and dashes where it is an id of the caller', () => {
    assert.equal(verdict('correlationId', 'Aa0._-'), 'ok')
    for (const id of ['a b', 'a/b', 'é', 'a@b', 'a\u200bb', 'a\n'])
      assert.equal(verdict('correlationId', id), '/correlationId InvalidFormat CorrelationId invalid.', id)
  })

  test('is one of the listed where values are listed', () => {
    const field: Field = { label: 'Colour', values: ['red', 'green'], description: '', example: 'red' }
    assert.equal(checkValue('colour', field, 'red'), null)
    for (const value of ['Red', 'blue', 'red ', 'toString'])
      assert.deepEqual(checkValue('colour', field, value), {
        code: 'Invalid',
        message: 'Colour invalid.',
        path: '/colour',
      })
  })
})

describe('a body', () => {
  const create = createCustomerKinds.unverified
  const person = { firstName: 'Ada', lastName: 'King', email: 'ada@x.test' }

  test('gives every error at once, in the order of its fields', () => {
    assert.equal(summary(create, {}), '/firstName Required, /lastName Required, /email Required')
    assert.equal(
      summary(create, { correlationId: 'é', phone: '1', email: 'x', lastName: 7, firstName: '<' }),
      '/firstName InvalidFormat, /lastName Invalid, /email InvalidFormat, /phone InvalidFormat, /correlationId InvalidFormat',
    )
  })

  test('says what is missing in words', () => {
    assert.deepEqual(checkBody(customerFields, create, { ...person, firstName: '' }).errors, [
      { code: 'Required', message: 'FirstName required.', path: '/firstName' },
    ])
  })

  test('counts null and blank as absent', () => {
    for (const blank of [undefined, null, '', ' ', '\t\n', '\u00a0', '\u3000']) {
      assert.equal(summary(create, { ...person, email: blank }), '/email Required', JSON.stringify(blank))
      assert.equal(summary(create, { ...person, businessName: blank }), JSON.stringify(person), JSON.stringify(blank))
    }
    assert.equal(summary(create, { ...person, email: '\0' }), '/email InvalidFormat')
    assert.equal(summary(create, { ...person, email: 0 }), '/email Invalid')
    assert.equal(summary(create, { ...person, email: false }), '/email Invalid')
  })

  test('loses what it does not know and keeps values as they came', () => {
    const whole = { ...person, firstName: ' Ada ', businessName: 'King & Co', status: 'verified', id: 'x', type: 'y' }
    assert.deepEqual(checkBody(customerFields, create, whole), {
      value: { firstName: ' Ada ', lastName: 'King', email: 'ada@x.test', businessName: 'King & Co' },
      errors: [],
    })
  })

  test('is read for its own members alone', () => {
    assert.equal(summary(create, Object.create(person)), '/firstName Required, /lastName Required, /email Required')
    const polluting = JSON.parse('{"__proto__":{"firstName":"Eve"},"constructor":{"prototype":{"polluted":1}}}')
    assert.equal(summary(create, polluting), '/firstName Required, /lastName Required, /email Required')
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
  })

  test('of an edit may leave a field out but not empty it, unless it can be taken off', () => {
    assert.equal(summary(editCustomerKinds.unverified, {}), '{}')
    assert.equal(summary(editCustomerKinds.unverified, { firstName: null, email: null, businessName: null }), '{}')
    assert.equal(
      summary(editCustomerKinds.unverified, { firstName: '', lastName: '' }),
      '/firstName Required, /lastName Required',
    )
    assert.equal(summary(editCustomerKinds.unverified, { email: '  ' }), '/email Required')
    assert.equal(summary(editCustomerKinds.unverified, { businessName: '' }), '{"businessName":""}')
    assert.equal(summary(editCustomerKinds.unverified, { businessName: ' ' }), '{"businessName":""}')
    assert.equal(summary(editCustomerKinds.unverified, { businessName: '<' }), '/businessName InvalidFormat')
    assert.equal(summary(editCustomerKinds.unverified, { phone: '5155550100' }), '{}')
  })

  test('of a kind that names an unknown field is a mistake of ours, and said to be one', () => {
    const fields: Fields = {}
    assert.throws(() => checkBody(fields, { required: ['nothing'], optional: [] }, {}), /no field nothing/)
  })
})

test('messages name a field with its first letter in upper case', () => {
  assert.equal(fieldName('firstName'), 'FirstName')
  assert.equal(fieldName(''), '')
})

test('every example in the tables passes its own rules', () => {
  for (const [name, field] of Object.entries(customerFields))
    assert.equal(checkValue(name, field, field.example), null, name)
})
