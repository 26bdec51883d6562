/** Every column that holds something sealed: what a rotation of keys goes through. A test compares it to the schema. */
import { answerPlace } from '../gate/idempotency.ts'
import { placeOf } from '../gate/sealed.ts'
import type { SealPurpose } from '../sealing.ts'

export type SealedColumn = {
  readonly table: string
  readonly column: string
  readonly purpose: SealPurpose
  /** What the bytes are bound to. */
  readonly place: (accountId: string, id: string) => string
  /**
   * The next rows by key. What the header ($3) says is sealed as it should be comes as null, so that it need not
   * travel.
   */
  readonly read: string
  /** Puts $4 in place of $3, when that is what is still there. */
  readonly write: string
}

const sealedColumn = (
  table: string,
  column: string,
  purpose: SealPurpose = 'column',
  place: SealedColumn['place'] = (accountId, id) => placeOf({ accountId, table, id, column }),
): SealedColumn => ({
  table,
  column,
  purpose,
  place,
  read: `select account_id, id, case when substring(${column} from 1 for length($3::bytea)) <> $3 then ${column} end as sealed
    from ${table} where (account_id, id) > ($1, $2) order by account_id, id limit $4`,
  write: `update ${table} set ${column} = $4 where account_id = $1 and id = $2 and ${column} = $3`,
})

export const sealedColumns: readonly SealedColumn[] = [
  sealedColumn('customers', 'sealed_identity'),
  sealedColumn('customers', 'sealed_controller'),
  sealedColumn('beneficial_owners', 'sealed_identity'),
  sealedColumn('documents', 'sealed_file_key'),
  sealedColumn('documents', 'sealed_file_name'),
  sealedColumn('funding_sources', 'sealed_numbers'),
  sealedColumn('idempotency_records', 'sealed_body', 'idempotent-answer', answerPlace),
]
