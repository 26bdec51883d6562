/** Waiting no longer than a person would: what never answers must not leave a form sending for ever. */

/**
 * What `work` gives, unless it takes longer than `ms` milliseconds.
 * @param work given a signal that aborts when the time is up
 * @throws what `work` throws, or an error when the time is up
 */
export const inTime = async <T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const { promise: never, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const late = new Error(`no answer in ${ms} ms`)
    controller.abort(late)
    reject(late)
  }, ms)
  try {
    return await Promise.race([work(controller.signal), never])
  } finally {
    clearTimeout(timer)
  }
}
