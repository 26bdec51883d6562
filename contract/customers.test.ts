/** What the body of a customer must hold, may hold and must not, by kind. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { textTable } from '../server/testing/text-table.ts'
import { type CustomerType, checkCustomer, customerFields, editCustomerKinds, personalFields } from './customers.ts'
import { checkBody } from './fields.ts'
import { controllerAddress, wholes } from './whole-bodies-fixture.ts'

type Whole = keyof typeof wholes
type Options = Parameters<typeof checkCustomer>[2]

const today = '2026-11-24'
const typeOf = (kind: Whole) => (kind === 'soleProprietorship' ? 'business' : kind) satisfies CustomerType
const kinds = Object.keys(wholes) as Whole[]

/** The errors of a body as text: each with its path and code. */
const verdict = (kind: Whole, change: object, options: Options = {}): string => {
  const { value, errors } = checkCustomer({ ...wholes[kind], ...change }, typeOf(kind), { today, ...options })
  assert.equal(value === null, errors.length > 0)
  return errors.length === 0 ? 'ok' : errors.map(({ path, code }) => `${path} ${code}`).join(', ')
}

const fieldsOf = (kind: Whole, change: object): { [field: string]: unknown } =>
  checkCustomer({ ...wholes[kind], ...change }, typeOf(kind), { today }).value?.fields ?? assert.fail()

/** R must be there, O may, and what is marked - is passed over. */
const use = textTable(
  ['field', 'receive-only', 'unverified', 'personal', 'soleProprietorship', 'business'],
  `
  firstName              | R | R | R | R | R
  lastName               | R | R | R | R | R
  email                  | R | R | R | R | R
  businessName           | O | O | - | R | R
  ipAddress              | O | O | O | O | O
  phone                  | O | O | O | O | O
  correlationId          | O | O | O | O | O
  address1               | - | - | R | R | R
  address2               | - | - | O | O | O
  city                   | - | - | R | R | R
  state                  | - | - | R | R | R
  postalCode             | - | - | R | R | R
  dateOfBirth            | - | - | R | R | -
  ssn                    | - | - | R | R | -
  businessType           | - | - | - | R | R
  businessClassification | - | - | - | R | R
  ein                    | - | - | - | O | R
  doingBusinessAs        | - | - | - | O | O
  website                | - | - | - | O | O
  `,
)

describe('a customer of each kind', () => {
  test('passes whole, and with all that is optional left out', () => {
    for (const kind of kinds) {
      assert.equal(verdict(kind, {}), 'ok', kind)
      const optional = use.filter((row) => row[kind] === 'O').map((row) => [row.field, undefined])
      assert.equal(verdict(kind, Object.fromEntries(optional)), 'ok', kind)
    }
  })

  test('lacks nothing that it needs, and null and blank are nothing', () => {
    for (const { field, ...row } of use)
      for (const kind of kinds) {
        if (row[kind] !== 'R') continue
        for (const nothing of [undefined, null, '', ' \t'])
          assert.equal(verdict(kind, { [field]: nothing }), `/${field} Required`, `${kind} ${JSON.stringify(nothing)}`)
      }
  })

  test('says in words what is missing', () => {
    const { errors } = checkCustomer({ ...wholes.personal, dateOfBirth: null }, 'personal', { today })
    assert.deepEqual(errors, [{ code: 'Required', message: 'DateOfBirth required.', path: '/dateOfBirth' }])
  })

  test('keeps what it may hold, and passes over what belongs to other kinds, whatever that is', () => {
    for (const { field, ...row } of use)
      for (const kind of kinds) {
        const [whole, kept] = [wholes.business, fieldsOf(kind, {})]
        if (row[kind] === '-') {
          assert.ok(
            !(field in fieldsOf(kind, { [field]: (whole as Record<string, unknown>)[field] })),
            `${kind} ${field}`,
          )
          assert.equal(verdict(kind, { [field]: { wrong: ['<'] } }), 'ok', `${kind} ${field}`)
        } else assert.ok(field in kept, `${kind} ${field}`)
      }
  })

  test('gives every error at once, in the order of its fields, those of the controller last', () => {
    assert.equal(
      verdict('business', {
        website: 'example.com',
        ein: '1',
        firstName: '<',
        controller: {
          ...wholes.business.controller,
          title: '',
          ssn: '1',
          address: { ...controllerAddress, city: '7' },
        },
      }),
      '/firstName InvalidFormat, /ein InvalidFormat, /website InvalidFormat, ' +
        '/controller/title Required, /controller/ssn InvalidFormat, /controller/address/city InvalidFormat',
    )
  })
})

describe('a value', () => {
  const rows = textTable(
    ['field', 'values', 'outcome'],
    `
    firstName       | ["Ada","A. B.","O'Neil-Smith 3rd","José","李"]                        | ok
    firstName       | ["A<","A>","A=","A\\"","A\`","A!","A?","A%","A~","A$","A{","A}","A\\\\"]   | InvalidFormat
    firstName       | [7,true,["Ada"],{"a":1}]                                            | Invalid
    businessName    | ["Jane & Co.","A/B, Inc #2","42"]                                   | ok
    businessName    | ["Jane!","100%","Why?"]                                             | InvalidFormat
    doingBusinessAs | ["Jane's Electronics"]                                              | ok
    doingBusinessAs | ["Jane's = best"]                                                   | InvalidFormat
    email           | ["jane@example.com","j.o+x@a-b.example"]                            | ok
    email           | ["jane","jane@","@example.com","jane@example","j e@example.com"]    | InvalidFormat
    phone           | ["5155550100"]                                                      | ok
    phone           | ["515555010","51555501000","515-555-0100","+15155550100"]           | InvalidFormat
    correlationId   | ["fc451a7a-ae30-4404-aB95-e3553fcd733f","a.b_c-1"]                  | ok
    correlationId   | ["a b","a/b","é"]                                                   | InvalidFormat
    address1        | ["99-99 33rd St","1 Boxwood Lane","1 Pobo Xavier St","12 Po Boxer Ave"] | ok
    address1        | ["1 Main St?"]                                                      | InvalidFormat
    address1        | ["PO Box 1","P.O. Box 1","p.o.box 1","POBOX 1","P O BOX 1","PO BOX1","P.O.-Box 7","Post Office Box 7","post-office box","Lot 3, PO Box 9"] | NotAllowed
    address2        | ["Apt 8","Unit 123"]                                                | ok
    address2        | ["P.O. Box 3"]                                                      | NotAllowed
    city            | ["Some City","St. Louis","Winston-Salem"]                           | ok
    city            | ["City 17","Area51","New York!"]                                    | InvalidFormat
    state           | ["NY","DC","AK"]                                                    | ok
    state           | ["ny","New York","ZZ","N","USA"]                                    | Invalid
    postalCode      | ["11101","11101-1234"]                                              | ok
    postalCode      | ["1110","111011","111011234","11101-123","1110A","11101 1234"]      | InvalidFormat
    dateOfBirth     | ["1980-01-31","2000-02-29"]                                         | ok
    dateOfBirth     | ["1980-1-31","01/31/1980","1980-02-30","1999-02-29","1980-13-01","1980-00-10","19800131","1980-01-31T00:00:00Z"] | InvalidFormat
    ssn             | ["1234","123456789","123-45-6789"]                                  | ok
    ssn             | ["123","12345","12345678","1234567890","12a4","１２３４"]             | InvalidFormat
    ssn             | ["-","--"]                                                          | Required
    ein             | ["123456789","12-3456789","00-0000000"]                             | ok
    ein             | ["1234","12-345678","12 3456789","12-34567890"]                     | InvalidFormat
    website         | ["https://www.domain.com","http://a.example/b?c=d#e"]               | ok
    website         | ["www.domain.com","javascript:alert(1)","https://","https://a b","ftp://a.example","//a.example"] | InvalidFormat
    businessClassification | ["9ed3f670-7d6f-11e3-b1ce-5404a6144203","9ED3F670-7D6F-11E3-B1CE-5404A6144203"] | ok
    businessClassification | ["9ed3f670","Breweries","9ed3f670-7d6f-11e3-b1ce-5404a614420g"] | InvalidFormat
    businessClassification | ["9ed3f669-7d6f-11e3-b545-5404a6144203","9ed3f670-7d6f-11e3-b1ce-5404a6144204"] | Invalid
    businessType    | ["LLC","soleproprietorship","trust","toString"]                     | Invalid
    `,
  )

  for (const { field, values, outcome } of rows)
    test(`of ${field} such as ${values} is ${outcome}`, () => {
      const takers = kinds.filter((kind) => use.find((row) => row.field === field)?.[kind] !== '-')
      assert.ok(takers.length > 0)
      for (const value of JSON.parse(values) as unknown[])
        for (const kind of takers) {
          const isMissing = outcome === 'Required' && use.find((row) => row.field === field)?.[kind] === 'O'
          const expected = outcome === 'ok' || isMissing ? 'ok' : `/${field} ${outcome}`
          assert.equal(verdict(kind, { [field]: value }), expected, `${kind} ${JSON.stringify(value)}`)
        }
    })

  test('has the length its field allows, and one more is too many', () => {
    const limits = { firstName: 50, lastName: 50, address1: 50, address2: 50, city: 50, businessName: 255 }
    const more = { doingBusinessAs: 255, correlationId: 255, ipAddress: 255 }
    for (const [field, most] of Object.entries({ ...limits, ...more })) {
      assert.equal(verdict('soleProprietorship', { [field]: 'a'.repeat(most) }), 'ok', field)
      assert.equal(verdict('soleProprietorship', { [field]: 'a'.repeat(most + 1) }), `/${field} InvalidFormat`)
    }
  })

  test('of a state may be a territory for a business, and for a person not', () => {
    for (const state of ['PR', 'GU', 'VI', 'AS', 'MP']) {
      assert.equal(verdict('personal', { state }), '/state Invalid')
      assert.equal(verdict('soleProprietorship', { state }), 'ok')
      assert.equal(verdict('business', { state }), 'ok')
    }
  })

  test('loses the dashes that are there for the eye', () => {
    assert.equal(fieldsOf('personal', { ssn: '123-45-6789' })['ssn'], '123456789')
    assert.equal(fieldsOf('business', { ein: '12-3456789' })['ein'], '123456789')
    assert.equal(fieldsOf('business', { postalCode: '11101-1234' })['postalCode'], '11101-1234')
  })
})

test('who is born on a day is old enough from the eighteenth birthday on, and until the day before the 126th', () => {
  const rows = textTable(
    ['today', 'born', 'outcome'],
    `
    2026-11-24 | 2008-11-24 | ok
    2026-11-24 | 2008-11-25 | NotAllowed
    2026-11-23 | 2008-11-24 | NotAllowed
    2026-11-24 | 2026-11-24 | NotAllowed
    2026-11-24 | 2027-01-01 | NotAllowed
    2026-11-24 | 9999-12-31 | NotAllowed
    2026-11-24 | 1901-11-24 | ok
    2026-11-24 | 1900-11-25 | ok
    2026-11-24 | 1900-11-24 | NotAllowed
    2026-11-24 | 0001-01-01 | NotAllowed
    2026-02-28 | 2008-02-29 | NotAllowed
    2026-03-01 | 2008-02-29 | ok
    2028-02-29 | 2010-02-28 | ok
    2028-02-29 | 2010-03-01 | NotAllowed
    2026-01-01 | 2008-01-01 | ok
    2026-01-01 | 2007-12-31 | ok
    `,
  )
  for (const { today: day, born, outcome } of rows) {
    const expected = (path: string) => (outcome === 'ok' ? 'ok' : `${path} ${outcome}`)
    const controller = { ...wholes.business.controller, dateOfBirth: born }
    assert.equal(verdict('personal', { dateOfBirth: born }, { today: day }), expected('/dateOfBirth'), `${day} ${born}`)
    assert.equal(verdict('business', { controller }, { today: day }), expected('/controller/dateOfBirth'))
  }
  const { errors } = checkCustomer({ ...wholes.personal, dateOfBirth: '2010-01-01' }, 'personal', { today })
  assert.equal(errors[0]?.message, 'DateOfBirth value not allowed.')
})

describe('the kind of a business', () => {
  test('is said by its businessType, in exact case, and nothing else is looked at before', () => {
    for (const [businessType, outcome] of [
      ['llc', 'ok'],
      ['corporation', 'ok'],
      ['partnership', 'ok'],
      ['LLC', '/businessType Invalid'],
      ['', '/businessType Required'],
      [undefined, '/businessType Required'],
      [['llc'], '/businessType Invalid'],
    ] as const)
      assert.equal(verdict('business', { businessType }), outcome)
    assert.deepEqual(
      checkCustomer({}, 'business').errors.map(({ path, code }) => `${path} ${code}`),
      ['/businessType Required'],
    )
    assert.equal(checkCustomer(Object.create(wholes.business), 'business').errors[0]?.path, '/businessType')
  })

  test('decides whether there is a controller: a sole proprietor has none', () => {
    assert.equal(verdict('soleProprietorship', { controller: 'nonsense' }), 'ok')
    const { value } = checkCustomer(wholes.soleProprietorship, 'business', { today })
    assert.deepEqual([value?.kind, value?.type, value?.controller], ['soleProprietorship', 'business', null])
    for (const nothing of [undefined, null, ''])
      assert.equal(verdict('business', { controller: nothing }), '/controller Required')
    for (const wrong of ['Jane', 7, [], ['Jane'], true])
      assert.equal(verdict('business', { controller: wrong }), '/controller Invalid', JSON.stringify(wrong))
  })
})

describe('a second attempt', () => {
  test('takes all nine digits of an SSN, of the customer and of the controller', () => {
    const controller = (ssn: string) => ({ controller: { ...wholes.business.controller, ssn } })
    for (const [ssn, first, second] of [
      ['1234', 'ok', 'InvalidFormat'],
      ['123-45-6789', 'ok', 'ok'],
    ] as const) {
      const at = (path: string, outcome: string) => (outcome === 'ok' ? 'ok' : `${path} ${outcome}`)
      for (const kind of ['personal', 'soleProprietorship'] as const) {
        assert.equal(verdict(kind, { ssn }), at('/ssn', first))
        assert.equal(verdict(kind, { ssn }, { fullSsn: true }), at('/ssn', second))
      }
      assert.equal(verdict('business', controller(ssn)), at('/controller/ssn', first))
      assert.equal(verdict('business', controller(ssn), { fullSsn: true }), at('/controller/ssn', second))
    }
  })

  test('of a business alone looks at no controller', () => {
    const { controller: _, ...business } = wholes.business
    const { value, errors } = checkCustomer(business, 'business', { today, fullSsn: true, withoutController: true })
    assert.deepEqual([errors, value?.controller], [[], null])
    assert.equal(verdict('business', { controller: { wrong: 1 } }, { withoutController: true }), 'ok')
  })
})

test('an edit holds what its type may change, and takes off only what may be missing', () => {
  const rows = textTable(
    ['type', 'changes', 'takesOff'],
    `
    unverified | firstName lastName email businessName                                                       | businessName
    personal   | email ipAddress address1 address2 city state postalCode phone                               | ipAddress address2 phone
    business   | email ipAddress address1 address2 city state postalCode phone doingBusinessAs website       | ipAddress address2 phone doingBusinessAs website
    `,
  )
  for (const { type, changes, takesOff } of rows) {
    const kind = editCustomerKinds[type as keyof typeof editCustomerKinds]
    const table = type === 'personal' ? personalFields : customerFields
    const edit = (body: object) => checkBody(table, kind, body as Record<string, unknown>)
    assert.deepEqual(Object.keys(edit(wholes.soleProprietorship).value).sort(), changes.split(' ').sort(), type)
    for (const field of Object.keys(customerFields)) {
      const { value, errors } = edit({ [field]: '' })
      const outcome = errors.length > 0 ? errors[0]?.code : field in value ? 'taken off' : 'passed over'
      const isTakenOff = takesOff.split(' ').includes(field)
      const expected = isTakenOff ? 'taken off' : changes.split(' ').includes(field) ? 'Required' : 'passed over'
      assert.equal(outcome, expected, `${type} ${field}`)
    }
  }
})
