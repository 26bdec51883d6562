/** Calendar arithmetic. `Temporal` is Node's own from 26 on; before, the polyfill stands in. */
import type { Temporal as TemporalNamespace } from 'temporal-polyfill'

type Temporal = typeof TemporalNamespace

/** Of Node, or of the polyfill. */
export const temporal: Temporal =
  (globalThis as { Temporal?: Temporal }).Temporal ?? (await import('temporal-polyfill')).Temporal

/** The instant an ISO 8601 duration after `from`, by the calendar in UTC; null when the text is no duration. */
export const addDuration = (from: Date, duration: string): Date | null => {
  try {
    const start = temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO('UTC')
    return new Date(start.add(temporal.Duration.from(duration)).epochMilliseconds)
  } catch {
    return null
  }
}
