/** Who controllers and owners are, and where they live: the same rules for both, by where in a body they stand. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { textTable } from '../server/testing/text-table.ts'
import { checkOwner, ownerStatuses, ownershipStatuses } from './beneficial-owners.ts'
import { checkCustomer } from './customers.ts'
import type { EmbeddedError } from './errors.ts'
import { controllerAddress, foreignAddress, owner, passport, wholes } from './whole-bodies-fixture.ts'

const today = '2026-11-24'

const said = (errors: readonly EmbeddedError[]): string =>
  errors.length === 0 ? 'ok' : errors.map(({ path, code }) => `${path} ${code}`).join(', ')

const { ssn: _ssn, ...nobody } = owner

/** What is said of an owner, and of the same person as the controller of a business, with paths as an owner's. */
const verdict = (change: object): string => {
  const ofOwner = said(checkOwner({ ...owner, ...change }, { today }).errors)
  const controller = { ...owner, title: 'CEO', ...change }
  const ofController = said(checkCustomer({ ...wholes.business, controller }, 'business', { today }).errors)
  assert.equal(ofController.replaceAll('/controller/', '/'), ofOwner)
  return ofOwner
}

describe('a controller and an owner', () => {
  test('pass whole, from here and from abroad', () => {
    assert.equal(verdict({}), 'ok')
    assert.equal(verdict({ ssn: undefined, passport, address: foreignAddress }), 'ok')
    assert.equal(verdict({ ssn: undefined, passport }), 'ok', 'a foreigner may live here')
    assert.equal(verdict({ address: foreignAddress }), 'ok', 'and an American abroad')
  })

  test('lack neither names, date of birth nor address', () => {
    for (const field of ['firstName', 'lastName', 'dateOfBirth', 'address'])
      for (const nothing of [undefined, null, '', ' '])
        assert.equal(verdict({ [field]: nothing }), `/${field} Required`, JSON.stringify(nothing))
    for (const wrong of [7, 'Main Street', [controllerAddress], true])
      assert.equal(verdict({ address: wrong }), '/address Invalid', JSON.stringify(wrong))
  })

  test('have names of 50 characters without those that Dwolla refuses', () => {
    for (const field of ['firstName', 'lastName']) {
      assert.equal(verdict({ [field]: 'a'.repeat(50) }), 'ok')
      assert.equal(verdict({ [field]: 'a'.repeat(51) }), `/${field} InvalidFormat`)
      for (const character of '<>="`!?%~{}$\\')
        assert.equal(verdict({ [field]: `A${character}` }), `/${field} InvalidFormat`, character)
    }
  })

  test('are 18 to 125 years old', () => {
    for (const [dateOfBirth, outcome] of [
      ['2008-11-24', 'ok'],
      ['2008-11-25', '/dateOfBirth NotAllowed'],
      ['1900-11-25', 'ok'],
      ['1900-11-24', '/dateOfBirth NotAllowed'],
      ['1980-02-30', '/dateOfBirth InvalidFormat'],
    ] as const)
      assert.equal(verdict({ dateOfBirth }), outcome, dateOfBirth)
  })
})

describe('who they are', () => {
  test('is said by exactly one of an SSN and a passport', () => {
    for (const nothing of [undefined, null, '', ' ']) {
      assert.equal(verdict({ ssn: nothing, passport: nothing }), '/ssn Required')
      assert.equal(verdict({ passport: nothing }), 'ok')
      assert.equal(verdict({ ssn: nothing, passport }), 'ok')
    }
    assert.equal(verdict({ passport }), '/passport NotAllowed')
    const { errors } = checkOwner({ ...owner, passport }, { today })
    assert.equal(errors[0]?.message, 'Give either an SSN or a passport, not both.')
  })

  test('by SSN is all nine digits of an owner, and the last four will do of a controller', () => {
    const controllerSsn = (ssn: unknown) =>
      said(
        checkCustomer({ ...wholes.business, controller: { ...wholes.business.controller, ssn } }, 'business', { today })
          .errors,
      )
    for (const [ssn, ofOwner, ofController] of [
      ['123456789', 'ok', 'ok'],
      ['123-45-6789', 'ok', 'ok'],
      ['1234', 'InvalidFormat', 'ok'],
      ['12345', 'InvalidFormat', 'InvalidFormat'],
      ['12345678a', 'InvalidFormat', 'InvalidFormat'],
      ['123 45 6789', 'InvalidFormat', 'InvalidFormat'],
      [123456789, 'Invalid', 'Invalid'],
      [['123456789'], 'Invalid', 'Invalid'],
    ] as const) {
      assert.equal(said(checkOwner({ ...owner, ssn }, { today }).errors), ofOwner === 'ok' ? 'ok' : `/ssn ${ofOwner}`)
      assert.equal(controllerSsn(ssn), ofController === 'ok' ? 'ok' : `/controller/ssn ${ofController}`)
    }
    assert.deepEqual(checkOwner(owner, { today }).value?.id, { ssn: '123456789' })
  })

  test('by passport is a number and the country that gave it', () => {
    const rows = textTable(
      ['passport', 'outcome'],
      `
      {"number":"C00001549","country":"CA"}  | ok
      {"number":"7","country":"DE"}          | ok
      {"number":"C00001549"}                 | /passport/country Required
      {"country":"CA"}                       | /passport/number Required
      {}                                     | /passport/number Required, /passport/country Required
      {"number":"","country":" "}            | /passport/number Required, /passport/country Required
      {"number":"C1!","country":"CA"}        | /passport/number InvalidFormat
      {"number":1549,"country":"CA"}         | /passport/number Invalid
      {"number":"C1","country":"CAN"}        | /passport/country Invalid
      {"number":"C1","country":"ca"}         | /passport/country Invalid
      {"number":"C1","country":"XX"}         | /passport/country Invalid
      "C00001549"                            | /passport Invalid
      ["C00001549"]                          | /passport Invalid
      `,
    )
    for (const row of rows)
      assert.equal(verdict({ ssn: undefined, passport: JSON.parse(row.passport) }), row.outcome, row.passport)
    assert.equal(verdict({ ssn: undefined, passport: { ...passport, number: 'A'.repeat(255) } }), 'ok')
    const long = { ...passport, number: 'A'.repeat(256) }
    assert.equal(verdict({ ssn: undefined, passport: long }), '/passport/number InvalidFormat')
    const { value } = checkOwner({ ...nobody, passport: { ...passport, more: 1 } }, { today })
    assert.deepEqual(value?.id, { passport: { number: 'C00001549', country: 'CA' } })
  })
})

describe('an address', () => {
  const rows = textTable(
    ['change', 'outcome'],
    `
    {"address1":null}                            | /address/address1 Required
    {"city":""}                                  | /address/city Required
    {"stateProvinceRegion":null}                 | /address/stateProvinceRegion Required
    {"postalCode":" "}                           | /address/postalCode Required
    {"address2":null,"address3":""}              | ok
    {"address1":"P.O. Box 12"}                   | /address/address1 NotAllowed
    {"address2":"PO BOX 12"}                     | /address/address2 NotAllowed
    {"address3":"post office box 12"}            | /address/address3 NotAllowed
    {"address1":"1 Main St!"}                    | /address/address1 InvalidFormat
    {"city":"Area 51"}                           | /address/city InvalidFormat
    {"stateProvinceRegion":"PR"}                 | ok
    {"stateProvinceRegion":"ia"}                 | /address/stateProvinceRegion Invalid
    {"stateProvinceRegion":"ON"}                 | /address/stateProvinceRegion Invalid
    {"stateProvinceRegion":"Iowa"}               | /address/stateProvinceRegion Invalid
    {"postalCode":"50309-1234"}                  | ok
    {"postalCode":"K1A 0B1"}                     | /address/postalCode InvalidFormat
    {"postalCode":50309}                         | /address/postalCode Invalid
    {"country":"CA","stateProvinceRegion":"ON","postalCode":"K1A 0B1"} | ok
    {"country":"CA","stateProvinceRegion":"ON","postalCode":null}      | ok
    {"country":"SG","stateProvinceRegion":"SG","postalCode":"238801"}  | ok
    {"country":"GB","stateProvinceRegion":"GB","postalCode":"SW1A-2AA"} | ok
    {"country":"CA","stateProvinceRegion":"on"}      | /address/stateProvinceRegion InvalidFormat
    {"country":"CA","stateProvinceRegion":"Ontario"} | /address/stateProvinceRegion InvalidFormat
    {"country":"CA","stateProvinceRegion":"O1"}      | /address/stateProvinceRegion InvalidFormat
    {"country":"CA","stateProvinceRegion":null}      | /address/stateProvinceRegion Required
    {"country":"CA","postalCode":"K1A_0B1"}          | /address/postalCode InvalidFormat
    {"country":"CA","postalCode":"-"}                | /address/postalCode InvalidFormat
    {"country":"CA","address1":"PO Box 1"}           | /address/address1 NotAllowed
    {"country":"CA","city":"Ottawa 2"}               | /address/city InvalidFormat
    {"country":null}                                 | /address/country Required
    {"country":"USA"}                                | /address/country Invalid
    {"country":"us"}                                 | /address/country Invalid
    {"country":"XX"}                                 | /address/country Invalid
    {"country":["US"]}                               | /address/country Invalid
    `,
  )
  for (const { change, outcome } of rows)
    test(`with ${change} is ${outcome}`, () => {
      assert.equal(verdict({ address: { ...controllerAddress, ...JSON.parse(change) } }), outcome)
    })

  test('has lines of 50 characters', () => {
    for (const field of ['address1', 'address2', 'address3', 'city']) {
      const address = (length: number) => ({ address: { ...controllerAddress, [field]: 'a'.repeat(length) } })
      assert.equal(verdict(address(50)), 'ok')
      assert.equal(verdict(address(51)), `/address/${field} InvalidFormat`)
    }
  })

  test('is kept as it came, without what it does not know', () => {
    const address = { ...foreignAddress, address2: 'Unit 2', address3: 'Rear', postalCode: 'K1A 0B1' }
    const { value } = checkOwner({ ...owner, address: { ...address, planet: 'Earth' } }, { today })
    assert.deepEqual(value, {
      firstName: 'Olive',
      lastName: 'Owner',
      dateOfBirth: '1970-05-05',
      id: { ssn: '123456789' },
      address,
    })
  })
})

test('a controller has a title of 100 characters at most', () => {
  const outcome = (title: unknown) =>
    said(
      checkCustomer({ ...wholes.business, controller: { ...wholes.business.controller, title } }, 'business', { today })
        .errors,
    )
  assert.equal(outcome('a'.repeat(100)), 'ok')
  assert.equal(outcome('a'.repeat(101)), '/controller/title InvalidFormat')
  assert.equal(outcome('C<O'), '/controller/title InvalidFormat')
  assert.equal(outcome(undefined), '/controller/title Required')
  const { value } = checkCustomer(wholes.business, 'business', { today })
  assert.deepEqual(value?.controller, {
    firstName: 'John',
    lastName: 'Controller',
    title: 'CEO',
    dateOfBirth: '1980-01-31',
    id: { ssn: '1234' },
    address: controllerAddress,
  })
})

test('owners and ownership have the states that the official client knows', () => {
  assert.deepEqual([...ownerStatuses].sort(), ['document', 'incomplete', 'verified'])
  assert.deepEqual([...ownershipStatuses].sort(), ['certified', 'recertify', 'uncertified'])
})
