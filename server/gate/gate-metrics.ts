/** What operators see of the gate: how long its queue is, how well it gathers, and how often it has to run again. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { BatchFigures } from './batch.ts'
import type { Remedy } from './failures.ts'

export type GateMetrics = {
  committed(figures: BatchFigures & { members: number; seconds: number }): void
  failed(reason: string, remedy: Remedy): void
}

const unregistered: GateMetrics = { committed: () => {}, failed: () => {} }

/** @param queued gives how many members wait at the moment */
export const createGateMetrics = (registry: Registry | undefined, queued: () => number): GateMetrics => {
  if (!registry) return unregistered
  const registers = [registry]
  new Gauge({
    name: 'clearyard_gate_queued_members',
    help: 'Writes that wait for a batch',
    registers,
    collect() {
      this.set(queued())
    },
  })
  const commits = new Counter({ name: 'clearyard_gate_commits_total', help: 'Batches committed', registers })
  const failures = new Counter({
    name: 'clearyard_gate_failed_batches_total',
    help: 'Batches not committed, by SQLSTATE or error code, and by what was done: again, lookAgain and singly are reruns',
    labelNames: ['reason', 'remedy'] as const,
    registers,
  })
  const members = new Histogram({
    name: 'clearyard_gate_batch_members',
    help: 'Writes answered by one batch',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250],
    registers,
  })
  const rounds = new Histogram({
    name: 'clearyard_gate_batch_load_rounds',
    help: 'Rounds of loading in one batch',
    buckets: [0, 1, 2, 3, 4, 6, 10],
    registers,
  })
  const rows = new Histogram({
    name: 'clearyard_gate_batch_rows',
    help: 'Rows saved by one batch',
    buckets: [0, 1, 5, 10, 50, 100, 250, 500, 1000],
    registers,
  })
  const seconds = new Histogram({
    name: 'clearyard_gate_batch_seconds',
    help: 'From taking the members of a batch to its commit',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  return {
    committed: (figures) => {
      commits.inc()
      members.observe(figures.members)
      rounds.observe(figures.rounds)
      rows.observe(figures.rows)
      seconds.observe(figures.seconds)
    },
    failed: (reason, remedy) => failures.inc({ reason, remedy }),
  }
}
