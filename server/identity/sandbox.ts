/**
 * The sandbox's verifier: names decide, as in Dwolla's sandbox. Source: Dwolla's page on testing customers; what it
 * leaves open (other names pass, case does not matter, sole proprietors are steered like people and like businesses)
 * stands in docs/fidelity.md.
 */
import type { Applicant, Assessment, Party, Verifier } from './verifier.ts'

const steers = (name: string | null, word: string): boolean => name?.trim().toLowerCase() === word

const verified: Assessment = { status: 'verified' }
const suspended: Assessment = { status: 'suspended', directives: [] }
const wanting = (...needs: [Party, ...Party[]]): Assessment => ({ status: 'document', needs, directives: [] })

const assessPerson = ({ firstName, isRetry }: Applicant): Assessment => {
  if (steers(firstName, 'retry'))
    return isRetry ? wanting('individual') : { status: 'retry', scope: 'individual', directives: [] }
  if (steers(firstName, 'kba')) return { status: 'kba' }
  if (steers(firstName, 'document')) return wanting('individual')
  return steers(firstName, 'suspended') ? suspended : verified
}

/** What is wanted of a business: a second attempt that fails leads to documents. */
const assessBusiness = ({ businessName, controllerFirstName, isRetry }: Applicant): Assessment => {
  if (steers(controllerFirstName, 'suspended')) return suspended
  const fails = (name: string | null) => steers(name, 'document') || (isRetry && steers(name, 'retry'))
  const [controllerFails, businessFails] = [fails(controllerFirstName), fails(businessName)]
  if (controllerFails && businessFails) return wanting('controller', 'business')
  if (controllerFails) return wanting('controller')
  if (businessFails) return wanting('business')
  if (steers(controllerFirstName, 'retry'))
    return { status: 'retry', scope: 'full', directives: [{ code: 'Required', path: '' }] }
  if (steers(businessName, 'retry')) return { status: 'retry', scope: 'business', directives: [] }
  return verified
}

/** The owner of a sole proprietorship is a person, who has no questions to answer, and may also name a business. */
const assessSoleProprietorship = (applicant: Applicant): Assessment => {
  const { firstName, businessName, isRetry } = applicant
  const ofPerson = assessPerson(applicant)
  if (ofPerson.status === 'retry' || ofPerson.status === 'document' || ofPerson.status === 'suspended') return ofPerson
  if (steers(firstName, 'kba')) return verified
  if (steers(businessName, 'retry'))
    return isRetry ? wanting('business') : { status: 'retry', scope: 'individual', directives: [] }
  return steers(businessName, 'document') ? wanting('business') : verified
}

const assess = {
  personal: assessPerson,
  business: assessBusiness,
  soleProprietorship: assessSoleProprietorship,
} as const

/** How the sample files that Dwolla publishes are reviewed; any other stays pending. */
const reviewByName: { readonly [fileName: string]: ReturnType<Verifier['reviewDocument']>['verdict'] } = {
  'test-document-upload-success.png': { status: 'accepted' },
  'test-document-upload-fail.png': { status: 'rejected', reasons: ['ScanNotReadable'] },
}

export const sandboxVerifier: Verifier = {
  assessCustomer: (applicant) => ({ assessment: assess[applicant.kind](applicant), underReview: false }),
  assessOwner: ({ firstName, isRetry }) => {
    const status = steers(firstName, 'document')
      ? 'document'
      : steers(firstName, 'incomplete')
        ? 'incomplete'
        : 'verified'
    return { status: status === 'incomplete' && isRetry ? 'document' : status, underReview: false }
  },
  reviewDocument: ({ fileName }) => ({
    verdict: Object.hasOwn(reviewByName, fileName) ? (reviewByName[fileName] ?? null) : null,
    underReview: false,
  }),
}
