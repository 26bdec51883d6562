/** Something other than an API answer went wrong; the message is for the person and for the page's `error`. */
export class Failure extends Error {
  override readonly name = 'Failure'
}
