import assert from 'node:assert/strict'
import { test } from 'node:test'
import { businessClassifications, isIndustry } from './business-classifications.ts'
import { parseId } from './ids.ts'

const industries = businessClassifications.flatMap((group) => group.industries)

test('there are 27 groups of industries, and each id is a UUID of its own', () => {
  assert.deepEqual([businessClassifications.length, industries.length], [27, 334])
  const all = [...businessClassifications, ...industries]
  for (const { id, name } of all) {
    assert.equal(parseId(id), id, name)
    assert.match(name, /^[A-Za-z][\w ,'()&-]*$/)
  }
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
  assert.ok(businessClassifications.every((group) => group.industries.length > 1))
})

test('groups and industries have the ids that Dwolla’s samples give them', () => {
  const group = businessClassifications.find(({ name }) => name === 'Food retail and service')
  assert.equal(group?.id, '9ed3f669-7d6f-11e3-b545-5404a6144203')
  assert.equal(group?.industries.length, 13)
  const idOf = (name: string) => industries.filter((industry) => industry.name === name).map(({ id }) => id)
  assert.deepEqual(idOf('Coffee and tea'), ['9ed3f670-7d6f-11e3-b1ce-5404a6144203'])
  assert.deepEqual(idOf('Commercial Banking'), ['53ff176e-f832-4db3-89f4-d8f7044184c7'])
})

test('an industry is known by its id in either case, and a group is none', () => {
  for (const { id } of industries) assert.ok(isIndustry(id) && isIndustry(id.toUpperCase()), id)
  for (const { id } of businessClassifications) assert.ok(!isIndustry(id), id)
  for (const id of ['', 'x', '9ed3f670', '9ed3f670-7d6f-11e3-b1ce-5404a6144204', 'toString'])
    assert.ok(!isIndustry(id), id)
})
