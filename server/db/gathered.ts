/**
 * Point reads that share statements: what is asked for while earlier reads are under way goes out as one statement.
 * Measured, this is several times the throughput of a statement a request, at a fraction of the work.
 */
import { Refusal } from '@clearyard/contract/errors.ts'
import type { Pool, QueryConfig } from 'pg'

export type GatheredRead<K, R> = {
  /** Name of the prepared statement. */
  name: string
  text: string
  /** The parameters of one statement for many keys. */
  values: (keys: K[]) => unknown[]
  /**
   * The statement for a single key, where that is frequent: PostgreSQL keeps its plan. For a list it takes ten keys to
   * be likely, so for one key it would plan anew each time, which costs more than the read.
   */
  single?: { name: string; text: string; values: (key: K) => unknown[] }
  /** The text by which a key and its row are matched. */
  slotOf: (key: K) => string
  slotOfRow: (row: R) => string
}

const maxInFlight = 2
const maxKeys = 500

/**
 * @param mostWaiting how many may wait for a statement; whoever is beyond that is refused with ServiceUnavailable
 * @returns a function that reads one row by its key, or null; keys asked for together are read together
 */
export const gathered = <K, R extends object>(
  pool: Pool,
  read: GatheredRead<K, R>,
  mostWaiting = 5000,
): ((key: K) => Promise<R | null>) => {
  type Waiting = { key: K; answers: { resolve: (row: R | null) => void; reject: (error: unknown) => void }[] }
  const waiting = new Map<string, Waiting>()
  let asking = 0
  let inFlight = 0
  let scheduled = false

  const take = (): Waiting[] => {
    const taken: Waiting[] = []
    for (const [slot, wanted] of waiting) {
      if (taken.length === maxKeys) break
      waiting.delete(slot)
      taken.push(wanted)
      asking -= wanted.answers.length
    }
    return taken
  }

  const queryFor = (wanted: Waiting[]): QueryConfig => {
    const { name, text, values, single } = read
    const [first] = wanted
    if (single && first && wanted.length === 1)
      return { name: single.name, text: single.text, values: single.values(first.key) }
    return { name, text, values: values(wanted.map(({ key }) => key)) }
  }

  const send = async (): Promise<void> => {
    scheduled = false
    if (waiting.size === 0 || inFlight >= maxInFlight) return
    const wanted = take()
    inFlight++
    try {
      const result = await pool.query<R>(queryFor(wanted))
      const rows = new Map(result.rows.map((row) => [read.slotOfRow(row), row]))
      for (const w of wanted) for (const answer of w.answers) answer.resolve(rows.get(read.slotOf(w.key)) ?? null)
    } catch (error) {
      for (const w of wanted) for (const answer of w.answers) answer.reject(error)
    } finally {
      inFlight--
      if (waiting.size > 0) void send()
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (asking >= mostWaiting) throw new Refusal('ServiceUnavailable')
      asking++
      const slot = read.slotOf(key)
      const known = waiting.get(slot)
      if (known) known.answers.push({ resolve, reject })
      else waiting.set(slot, { key, answers: [{ resolve, reject }] })
      if (!scheduled && inFlight < maxInFlight) {
        scheduled = true
        setImmediate(() => void send())
      }
    })
}
