/**
 * The sandbox's verifier: names decide, as in Dwolla's sandbox. Source: Dwolla's page on testing customers; what it
 * leaves open (other names pass, case does not matter, sole proprietors are steered like people and like businesses)
 * stands in docs/fidelity.md.
 */
import type { Applicant, Assessment, Directive, Party, RetryScope, Verifier } from './verifier.ts'

const steers = (name: string | null, word: string): boolean => name?.trim().toLowerCase() === word

const verified: Assessment = { status: 'verified' }
const suspended: Assessment = { status: 'suspended', directives: [] }
const retryOf = (scope: RetryScope, ...directives: Directive[]): Assessment => ({ status: 'retry', scope, directives })
const wanting = (...needs: [Party, ...Party[]]): Assessment => ({ status: 'document', needs, directives: [] })

const assessPerson = ({ firstName, isRetry }: Applicant): Assessment => {
  if (steers(firstName, 'retry')) return isRetry ? wanting('individual') : retryOf('individual')
  if (steers(firstName, 'kba')) return { status: 'kba' }
  if (steers(firstName, 'document')) return wanting('individual')
  return steers(firstName, 'suspended') ? suspended : verified
}

/**
 * A business is judged by its own name and by that of the person who answers for it. A second attempt that fails leads
 * to documents.
 * @param retries what a first attempt that fails leads to, by whose name it is
 */
const assessBusiness =
  (party: 'controller' | 'individual', retries: { person: Assessment; business: Assessment }) =>
  ({ firstName, controllerFirstName, businessName, isRetry }: Applicant): Assessment => {
    const personName = party === 'controller' ? controllerFirstName : firstName
    if (steers(personName, 'suspended')) return suspended
    const fails = (name: string | null) => steers(name, 'document') || (isRetry && steers(name, 'retry'))
    if (fails(personName)) return fails(businessName) ? wanting(party, 'business') : wanting(party)
    if (fails(businessName)) return wanting('business')
    if (steers(personName, 'retry')) return retries.person
    return steers(businessName, 'retry') ? retries.business : verified
  }

const assess = {
  personal: assessPerson,
  business: assessBusiness('controller', {
    person: retryOf('full', { code: 'Required', path: '' }),
    business: retryOf('business'),
  }),
  // Its owner is a person, who has no questions to answer.
  soleProprietorship: assessBusiness('individual', { person: retryOf('individual'), business: retryOf('individual') }),
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
