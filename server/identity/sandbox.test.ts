import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { rounds } from '../testing/rounds.ts'
import { textTable } from '../testing/text-table.ts'
import { sandboxVerifier } from './sandbox.ts'
import type { Applicant, Assessment } from './verifier.ts'

/** An assessment as the tables below write it: status, who is concerned, and the directives after a plus. */
const written = (assessment: Assessment): string => {
  const about =
    assessment.status === 'retry' ? [assessment.scope] : assessment.status === 'document' ? assessment.needs : []
  const codes = 'directives' in assessment ? assessment.directives.map(({ code, path }) => `+ ${code} "${path}"`) : []
  return [assessment.status, ...about, ...codes].join(' ')
}

const kinds = { personal: 'personal', sole: 'soleProprietorship', business: 'business' } as const

describe('the sandbox’s verifier', () => {
  // personal: the first name; sole: the first and the business name; business: the controller's and the business name
  const steering = textTable(
    ['kind', 'person', 'business', 'first', 'again'],
    `
    personal | verified    |             | verified                   | verified
    personal | retry       |             | retry individual           | document individual
    personal | kba         |             | kba                        | kba
    personal | document    |             | document individual        | document individual
    personal | suspended   |             | suspended                  | suspended
    personal | Jane        |             | verified                   | verified
    personal | Retry       |             | retry individual           | document individual
    personal | KBA         |             | kba                        | kba
    personal | dOCUMENT    |             | document individual        | document individual
    personal | Suspended   |             | suspended                  | suspended
    personal | retry me    |             | verified                   | verified
    personal | retrying    |             | verified                   | verified
    personal | deactivated |             | verified                   | verified
    personal | constructor |             | verified                   | verified

    business | Jane        | Jane Corp   | verified                   | verified
    business | verified    | verified    | verified                   | verified
    business | Jane        | retry       | retry business             | document business
    business | retry       | Jane Corp   | retry full + Required ""   | document controller
    business | retry       | retry       | retry full + Required ""   | document controller business
    business | document    | Jane Corp   | document controller        | document controller
    business | Jane        | document    | document business          | document business
    business | document    | document    | document controller business | document controller business
    business | document    | retry       | document controller        | document controller business
    business | retry       | document    | document business          | document controller business
    business | suspended   | Jane Corp   | suspended                  | suspended
    business | suspended   | document    | suspended                  | suspended
    business | suspended   | retry       | suspended                  | suspended
    business | Jane        | suspended   | verified                   | verified
    business | kba         | kba         | verified                   | verified
    business | RETRY       | Jane Corp   | retry full + Required ""   | document controller
    business | Document    | DOCUMENT    | document controller business | document controller business
    business | Jane        | Retry       | retry business             | document business
    business | Suspended   | Jane Corp   | suspended                  | suspended
    business | Jane        | retry LLC   | verified                   | verified

    sole     | Jane        | Jane Corp   | verified                   | verified
    sole     | retry       | Jane Corp   | retry individual           | document individual
    sole     | Jane        | retry       | retry individual           | document business
    sole     | retry       | retry       | retry individual           | document individual business
    sole     | document    | Jane Corp   | document individual        | document individual
    sole     | Jane        | document    | document business          | document business
    sole     | document    | document    | document individual business | document individual business
    sole     | suspended   | Jane Corp   | suspended                  | suspended
    sole     | suspended   | retry       | suspended                  | suspended
    sole     | kba         | Jane Corp   | verified                   | verified
    sole     | kba         | document    | document business          | document business
    sole     | Document    | Jane Corp   | document individual        | document individual
    `,
  )

  it('goes by the names: who is named so is judged so, in any case, and a second attempt that fails wants documents', () => {
    for (const { kind, person, business, first, again } of steering)
      for (const [isRetry, expected] of [
        [false, first],
        [true, again],
      ] as const) {
        const isBusiness = kind === 'business'
        const applicant: Applicant = {
          kind: kinds[kind as keyof typeof kinds],
          firstName: isBusiness ? 'document' : person,
          businessName: business === '' ? null : business,
          controllerFirstName: isBusiness ? person : null,
          isRetry,
        }
        const { assessment, underReview } = sandboxVerifier.assessCustomer(applicant)
        const what = `${kind} ${person} ${business} ${isRetry ? 'again' : 'first'}`
        assert.deepEqual([written(assessment), underReview], [expected, false], what)
      }
  })

  it('does not go by the names of those who do not count: a business’s account admin, a person’s business', () => {
    for (const name of ['retry', 'document', 'suspended', 'kba'])
      for (const isRetry of [false, true]) {
        const admin = { firstName: name, businessName: 'Jane Corp', controllerFirstName: 'Jane', isRetry }
        const person = { firstName: 'Jane', businessName: name, controllerFirstName: name, isRetry }
        for (const applicant of [{ kind: 'business', ...admin } as const, { kind: 'personal', ...person } as const])
          assert.deepEqual(sandboxVerifier.assessCustomer(applicant).assessment, { status: 'verified' })
      }
  })

  it('passes every other name', () => {
    const words = ['retry', 'kba', 'document', 'suspended']
    const name = fc.string({ unit: 'grapheme' }).filter((text) => !words.includes(text.trim().toLowerCase()))
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(kinds)),
        name,
        name,
        name,
        fc.boolean(),
        (kind, a, b, c, isRetry) => {
          const applicant = { kind, firstName: a, businessName: b, controllerFirstName: c, isRetry }
          assert.deepEqual(sandboxVerifier.assessCustomer(applicant).assessment, { status: 'verified' })
        },
      ),
      { numRuns: rounds(1000) },
    )
  })

  it('judges owners by their first name, and wants a document of who is still incomplete', () => {
    const rows = textTable(
      ['name', 'first', 'again'],
      `
      Jane       | verified   | verified
      verified   | verified   | verified
      incomplete | incomplete | document
      Incomplete | incomplete | document
      document   | document   | document
      DOCUMENT   | document   | document
      retry      | verified   | verified
      suspended  | verified   | verified
      `,
    )
    for (const { name, first, again } of rows)
      for (const [isRetry, status] of [
        [false, first],
        [true, again],
      ] as const)
        assert.deepEqual(
          sandboxVerifier.assessOwner({ firstName: name, isRetry }),
          { status, underReview: false },
          name,
        )
  })

  it('judges documents by their file’s name, exactly; any other stays pending', () => {
    const accepted = { status: 'accepted' }
    const rejected = { status: 'rejected', reasons: ['ScanNotReadable'] }
    const verdicts: [fileName: string, verdict: object | null][] = [
      ['test-document-upload-success.png', accepted],
      ['test-document-upload-fail.png', rejected],
      ['Test-document-upload-success.png', null],
      ['test-document-upload-success.jpg', null],
      ['test-document-upload-fail', null],
      ['passport.png', null],
      ['', null],
      ['constructor', null],
      ['__proto__', null],
    ]
    for (const type of ['passport', 'license', 'idCard', 'other'] as const)
      for (const [fileName, verdict] of verdicts)
        assert.deepEqual(
          sandboxVerifier.reviewDocument({ type, fileName, sizeBytes: 3453 }),
          { verdict, underReview: false },
          fileName,
        )
  })
})
