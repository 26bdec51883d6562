/** One transaction on a connection of its own, and what is known of its end when the connection fails. */
import type { Pool, PoolClient, QueryArrayResult } from 'pg'
import { ConnectionLost, endsConnection, isProvenRollback, OutcomeUnknown, Unreachable } from './failures.ts'
import { parsers } from './literals.ts'
import type { Statement } from './shape.ts'

const lost = (cause?: unknown): ConnectionLost =>
  new ConnectionLost('the connection was lost before the transaction was committed', { cause })

export class Transaction {
  readonly #client: PoolClient
  readonly #begun: Promise<unknown>
  #isUsable = true
  #isOpen = true

  /** @throws Unreachable when no connection can be had */
  static async begin(pool: Pool): Promise<Transaction> {
    try {
      return new Transaction(await pool.connect())
    } catch (error) {
      throw new Unreachable('no connection to the database could be had', { cause: error })
    }
  }

  private constructor(client: PoolClient) {
    this.#client = client
    // a connection that fails between two statements says so as an event, which unheard would end the process
    client.on('error', this.#onError)
    // on its way while the members run for the first time; whoever sends the next statement waits for it
    this.#begun = this.#send({ text: 'begin' })
    this.#begun.catch(() => {})
  }

  /**
   * Sends a statement; gives the rows as arrays.
   * @throws ConnectionLost, or the DatabaseError with which PostgreSQL refused it
   */
  async query({ name, text }: Statement, values: readonly string[]): Promise<QueryArrayResult<unknown[]>> {
    await this.#begun
    return this.#send({ text, values: [...values], ...(name === undefined ? {} : { name }) })
  }

  /** @throws OutcomeUnknown when COMMIT was sent, there are changes, and no answer proves what became of them */
  async commit(hasChanges: boolean): Promise<void> {
    await this.#begun
    if (!this.#isUsable) throw lost()
    this.#isOpen = false
    try {
      const { command } = await this.#client.query('commit')
      if (command === 'COMMIT') return
    } catch (error) {
      if (isProvenRollback(error)) throw error
      this.#isUsable = false
      if (!hasChanges) throw lost(error)
      throw new OutcomeUnknown('the connection was lost while the transaction was being committed', { cause: error })
    }
    throw lost()
  }

  /** Rolls back what is not committed; gives the connection back, or up when it is of no more use. */
  async end(): Promise<void> {
    if (this.#isOpen && this.#isUsable) await this.#send({ text: 'rollback' }).catch(this.#onError)
    this.#client.release(!this.#isUsable)
    this.#client.off('error', this.#onError)
  }

  async #send(query: { text: string; name?: string; values?: string[] }): Promise<QueryArrayResult<unknown[]>> {
    if (!this.#isUsable) throw lost()
    try {
      return await this.#client.query<unknown[]>({ ...query, rowMode: 'array', types: parsers })
    } catch (error) {
      if (!endsConnection(error)) throw error
      this.#isUsable = false
      throw lost(error)
    }
  }

  readonly #onError = (): void => {
    this.#isUsable = false
  }
}
