/**
 * The port to where files are kept: a folder by default. What is given to it is sealed already, so whoever keeps the
 * files learns their size and nothing else.
 */

/** Which file: whose, and under which id. */
export type FilePlace = { accountId: string; id: string }

export type FileStorage = {
  /**
   * Writes a new file to its end, durably; a failure leaves nothing of it. Until it is kept it counts as abandoned,
   * for whoever put it may have died before a row told of it.
   */
  put(place: FilePlace, content: AsyncIterable<Uint8Array>): Promise<void>
  /** Says that a row tells of the file, kept before or not. */
  keep(place: FilePlace): Promise<void>
  /**
   * The content of a file that was put, kept or not.
   * @throws Error when there is none
   */
  open(place: FilePlace): AsyncIterable<Uint8Array>
  /** Removes a file, if there is one. */
  remove(place: FilePlace): Promise<void>
  /** The files that were put before a moment of real time and never kept. */
  listAbandoned(beforeMs: number): Promise<FilePlace[]>
}
