/** Chance that a seed decides: the same seed throws the same, always. */

export type Dice = {
  /** A whole number from 0 to below `count`. */
  below(count: number): number
  /** True once in `count` throws. */
  oneIn(count: number): boolean
  pick<T>(items: readonly T[]): T
}

/** A generator of 32 bits a throw (mulberry32), good enough to choose among a few. */
export const createDice = (seed: number): Dice => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number): number => Math.floor(next() * count)
  return {
    below,
    oneIn: (count) => below(count) === 0,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('there is nothing to pick from')
      return item
    },
  }
}
