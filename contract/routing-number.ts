/**
 * Routing numbers of banks: nine digits, of which the first two say what the number is for and the last one checks the
 * others. Source: the American Bankers Association's routing number policy.
 */

/** The first two digits of banks and of thrifts; what lies beyond belongs to nobody who has accounts. */
const ranges: readonly (readonly [from: number, to: number])[] = [
  [1, 12],
  [21, 32],
]

const weights = [3, 7, 1, 3, 7, 1, 3, 7, 1] as const

/** Whether a text is a routing number that a bank can have. */
export const isRoutingNumber = (text: string): boolean => {
  if (!/^[0-9]{9}$/.test(text)) return false
  const first = Number(text.slice(0, 2))
  const sum = weights.reduce((total, weight, at) => total + weight * Number(text[at]), 0)
  return sum % 10 === 0 && ranges.some(([from, to]) => first >= from && first <= to)
}
