/** `clearyard ledger check`: what was checked, how much of it there was, and what is wrong. */
import type { Config } from '../config.ts'
import { connectOnce } from '../db/pool.ts'
import { openInstallation } from '../installation.ts'
import { checkLedger, type LedgerReport } from './invariants.ts'

const linesOf = ({ holds, transactions, checks }: LedgerReport): string[] => [
  ...checks.flatMap(({ name, of, counted, defects }) => [
    `${defects.length === 0 ? '✔' : '✖'} ${name} (${of}: ${counted.toLocaleString('en-US')})`,
    ...defects.map((defect) => `    ${defect}`),
  ]),
  transactions === 0
    ? '✖ nothing was checked: no money has moved yet'
    : `${holds ? '✔ the ledger holds' : '✖ the ledger does not hold'}`,
]

/**
 * Checks the ledger of an installation, while it is served or while it is not, and says what it found, in lines or in
 * one of JSON.
 * @returns whether it holds
 */
export const checkCommand = async (config: Config, json: boolean, print: (line: string) => void): Promise<boolean> => {
  const installation = await openInstallation(config, 'ledger check')
  try {
    // on a connection of its own: a large ledger takes longer than a statement of a request may
    const client = await connectOnce(installation.url, 'clearyard ledger check')
    try {
      const report = await checkLedger(client)
      print(json ? JSON.stringify(report) : linesOf(report).join('\n'))
      return report.holds
    } finally {
      await client.end()
    }
  } finally {
    await installation.close()
  }
}
