/** Where sets of questions are kept. */
import { table } from '../../gate/tables.ts'
import type { KbaStatus } from './domain.ts'
import type { Question } from './questions.ts'

export type KbaSessionRow = {
  id: string
  customer_id: string
  questions: readonly Question[]
  status: KbaStatus
  /** When the questions were seen; they are to be answered within two minutes. */
  retrieved: Date | null
  created: Date
}

export const kbaSessions = table<KbaSessionRow>({
  name: 'kba_sessions',
  columns: {
    id: 'uuid',
    customer_id: 'uuid',
    questions: 'jsonb',
    status: 'text',
    retrieved: 'timestamptz',
    created: 'timestamptz',
  },
  ordinal: true,
})
