/** A reason not to start, as one clear line for the person who starts Clearyard: what is wrong and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
