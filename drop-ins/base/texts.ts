/**
 * Every text a person reads in the drop-ins, but the labels, which belong to the fields. The quoted sentences of
 * Dwolla's library are kept word for word: pages and tests look for them.
 */
const quoted = (label: string): string => `Field '${label}'`

export const texts = {
  required: (label: string) => `${quoted(label)} must have a value.`,
  tooLong: (label: string, maxLength: number) => `${quoted(label)} must be ${maxLength} or fewer characters.`,
  refused: (label: string, characters: string) => `${quoted(label)} must not contain ${characters}`,
  malformed: (label: string, example: string) => `${quoted(label)} is not valid. An example: ${example}`,
  severalWrong: (count: number) => `${count} fields need your attention.`,

  agree: 'You must agree to the Terms of Service and Privacy Policy before continuing.',
  agreeTo: 'I agree to the',
  and: 'and',
  asWellAs: 'as well as',
  terms: 'Terms of Service',
  privacy: 'Privacy Policy',
  of: (name: string, document: string) => `${name}’s ${document}`,
  addressesMissing: 'This form needs the addresses of its terms and its privacy policy (attributes terms and privacy).',

  tokenIssue: 'We have encountered an issue fetching a token.',
  apiIssue: 'We have encountered an issue reaching the API.',
  unexpected: 'We have encountered an unexpected issue.',
  sending: 'One moment, your details are being sent.',

  agreeAndContinue: 'Agree and Continue',
  customerCreated: 'Customer Successfully Created.',
  placeholders: {
    email: 'Email',
    firstName: 'Legal First Name',
    lastName: 'Legal Last Name',
    businessName: 'Business Name',
  },
} as const
