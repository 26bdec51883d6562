/**
 * PostgreSQL's own benchmark, where a machine has it: short transactions like a bank's (TPC-B), each of which updates
 * three balances and inserts a line.
 */
import { spawn, spawnSync } from 'node:child_process'
import { connectOnce } from '../server/db/pool.ts'

export type Pgbench = {
  /** Transactions a second. */
  run(clients: number, seconds: number): Promise<number>
}

/** As many branches as clients, or they would wait for each other's more than they work. */
const scale = 32
const schema = 'pgbench'

const demandOutput = (args: readonly string[], url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, PGOPTIONS: `-c search_path=${schema}` }
    const child = spawn('pgbench', [...args, url], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [output, complaint] = ['', '']
    child.stdout.on('data', (bytes) => {
      output += bytes
    })
    child.stderr.on('data', (bytes) => {
      complaint += bytes
    })
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`pgbench (${code}): ${complaint}`))))
  })

/**
 * Prepares it in a schema of its own, beside the product's tables.
 * @param ownerUrl of the database
 * @returns null where there is no pgbench on the path
 */
export const findPgbench = async (ownerUrl: string): Promise<Pgbench | null> => {
  if (spawnSync('pgbench', ['--version']).status !== 0) return null
  const client = await connectOnce(ownerUrl)
  await client.query(`create schema ${schema}`).finally(() => client.end())
  await demandOutput(['--initialize', '--quiet', `--scale=${scale}`], ownerUrl)
  return {
    run: async (clients, seconds) => {
      const args = [`--client=${clients}`, '--jobs=2', `--time=${Math.max(1, Math.round(seconds))}`, '--no-vacuum']
      const perSecond = Number(/^tps = ([\d.]+)/m.exec(await demandOutput(args, ownerUrl))?.[1])
      if (!(perSecond > 0)) throw new Error('pgbench said no rate')
      return perSecond
    },
  }
}
