/**
 * The table of API errors: the code a client sees, the HTTP status it comes with, and Dwolla's own message.
 * Sources: Dwolla's error page and published contract; codes are PascalCase because the official Ruby and Python
 * clients map exactly these to classes.
 */
export const errors = {
  BadRequest: { status: 400, message: 'The request body contains bad syntax or is incomplete.' },
  ValidationError: {
    status: 400,
    message: 'Validation error(s) present. See embedded errors list for more details.',
  },
  // The codes of documents begin in lower case, as the published contract has them.
  maximumNumberOfResources: {
    status: 400,
    message: 'Max of four files upload allowed. Please wait for Dwolla to manually check the documents.',
  },
  invalidFileType: {
    status: 400,
    message:
      'File types supported: Personal IDs - .jpg, .jpeg or .png. Business Documents - .jpg, .jpeg, .png, or .pdf.',
  },
  DuplicateResource: { status: 400, message: 'Document already exists.' },
  MaxNumberOfResources: { status: 400, message: 'The maximum number of banks have been added.' },
  // No refusal by its status, and none of what was asked for either.
  TryAgainLater: { status: 202, message: 'Invalid wait time.' },
  UnsupportedOperation: {
    status: 400,
    message: 'Retrieving the balance is not supported for this type of funding source.',
  },
  InvalidCredentials: { status: 401, message: 'Missing or invalid Authorization header.' },
  InvalidAccessToken: { status: 401, message: 'Invalid access token.' },
  ExpiredAccessToken: { status: 401, message: 'Generate a new access token using your client credentials.' },
  InvalidAccountStatus: { status: 401, message: 'Invalid access token account status.' },
  InvalidApplicationStatus: { status: 401, message: 'Invalid application status.' },
  InvalidScopes: { status: 401, message: 'Missing or invalid scopes for requested endpoint.' },
  Forbidden: { status: 403, message: 'The supplied credentials are not authorized for this resource.' },
  InvalidIpAddress: {
    status: 403,
    message: 'Access to this resource is forbidden from this network location.',
  },
  InvalidResourceState: { status: 403, message: 'Resource cannot be modified.' },
  invalidResourceState: {
    status: 403,
    message:
      'Resource cannot be modified. Document creation not allowed for already verified Customers or non-verified ' +
      'Customer types.',
  },
  NotFound: { status: 404, message: 'The requested resource was not found.' },
  notFound: { status: 404, message: 'Customer not found. Check CustomerId.' },
  MethodNotAllowed: { status: 405, message: 'The method is not allowed for this resource.' },
  InvalidVersion: { status: 406, message: 'Missing or invalid API version.' },
  RequestTimeout: { status: 408, message: 'The request timed out.' },
  Conflict: { status: 409, message: 'A request with this idempotency key is still being processed.' },
  fileTooLarge: { status: 413, message: 'Document requests are limited to 10 MiB.' },
  RequestTooLarge: { status: 413, message: 'The request body is larger than 1 MB.' },
  UnsupportedMediaType: {
    status: 415,
    message: 'Send the body as application/json or application/vnd.dwolla.v1.hal+json.',
  },
  HeadersTooLarge: { status: 431, message: 'The request headers are too large.' },
  ServerError: { status: 500, message: 'A server error occurred.' },
  ServiceUnavailable: { status: 503, message: 'The server is busy. Try again in a moment.' },
} as const

export type ErrorCode = keyof typeof errors

/** Codes of the entries in `_embedded.errors`. */
export type EmbeddedCode =
  | 'Required'
  | 'Invalid'
  | 'InvalidFormat'
  | 'Duplicate'
  | 'ReadOnly'
  | 'NotAllowed'
  | 'Restricted'
  | 'InsufficientFunds'
  | 'RequiresFundingSource'
  | 'FileTooLarge'

/** The existing resource that stands in the way; `path` is where it is. */
export type About = { path: string; resourceType: string }

/**
 * One entry of a ValidationError.
 * @property path JSON pointer into the request body, `""` when no field is to blame
 */
export type EmbeddedError = { code: EmbeddedCode; message: string; path: string; about?: About }

/**
 * A request that is refused, with a code of the table; `message` replaces the table's where Dwolla's differs by
 * endpoint.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode
  readonly embedded: readonly EmbeddedError[]
  readonly about: About | null

  constructor(code: ErrorCode, options: { message?: string; embedded?: readonly EmbeddedError[]; about?: About } = {}) {
    super(options.message ?? errors[code].message)
    this.code = code
    this.embedded = options.embedded ?? []
    this.about = options.about ?? null
  }
}

/** The refusal of a body whose fields are wrong: every error at once, in the order of the fields. */
export const invalid = (...embedded: readonly EmbeddedError[]): Refusal => new Refusal('ValidationError', { embedded })
