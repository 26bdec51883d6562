/**
 * Random bytes of the system's source, fetched many at a time, because a call for each costs more than sealing does.
 */
import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4096)
let usedBytes = pool.length

/** @param count at most 4096 */
export const randomBytes = (count: number): Buffer => {
  if (usedBytes + count > pool.length) {
    randomFillSync(pool)
    usedBytes = 0
  }
  const bytes = Buffer.from(pool.subarray(usedBytes, usedBytes + count))
  // what was given out is nowhere else
  pool.fill(0, usedBytes, usedBytes + count)
  usedBytes += count
  return bytes
}
