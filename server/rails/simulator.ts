/**
 * The rail of a sandbox: it has no bank behind it, and the name of a funding source says what its bank does. `R01` is
 * returned instead of settling, `R01-late` settles first and is returned after. Source: Dwolla's page on testing
 * transfers, which names R01 and R03; that every other code works alike is ours.
 */
import { returnedAfter, scheduleOf } from './calendar.ts'
import type { Rail } from './rail.ts'
import { type ReturnCodeName, returnCodeOf } from './return-codes.ts'

/** Codes that say something about money that is missing or was taken: no credit comes back with them. */
const debitsAlone: readonly ReturnCodeName[] = [
  'R01',
  'R05',
  'R07',
  'R08',
  'R09',
  'R10',
  'R11',
  'R29',
  'R37',
  'R38',
  'R51',
]

/** Codes of money that was refused. */
const creditsAlone: readonly ReturnCodeName[] = ['R23']

const mayReturn = (code: ReturnCodeName, direction: 'debit' | 'credit'): boolean =>
  !(direction === 'debit' ? creditsAlone : debitsAlone).includes(code)

export const simulator: Rail = {
  schedule: ({ speed }, madeAt) => scheduleOf(speed, madeAt),
  returnedAt: returnedAfter,
  outcome: ({ direction, bankName }) => {
    const [, named = '', late] = /^(R\d\d)(-late)?$/i.exec(bankName.trim()) ?? []
    const code = returnCodeOf(named)
    if (!code || !mayReturn(code, direction)) return { settles: true, returnsWith: null }
    return late ? { settles: true, returnsWith: code } : { settles: false, code }
  },
}
