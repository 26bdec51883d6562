/** Where on-demand authorizations are kept: who lets the account ask for payments later agrees to one. */
import type { Ctx } from '../../gate/operation.ts'
import { table } from '../../gate/tables.ts'

export type OnDemandAuthorizationRow = {
  id: string
  /** The bank it was given for, once it was. */
  funding_source_id: string | null
  created: Date
}

export const onDemandAuthorizations = table<OnDemandAuthorizationRow>({
  name: 'on_demand_authorizations',
  columns: { id: 'uuid', funding_source_id: 'uuid', created: 'timestamptz' },
})

export const createAuthorization = (ctx: Ctx): OnDemandAuthorizationRow => {
  const authorization = { id: ctx.newId(), funding_source_id: null, created: ctx.now }
  onDemandAuthorizations.insert(ctx, authorization)
  return authorization
}
