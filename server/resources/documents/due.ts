/** Reviews that wait for a frozen clock: work that falls due when the world's clock is moved or flushed. */
import type { Database } from '../../db/database.ts'
import type { Ctx } from '../../gate/operation.ts'
import { decideDocument } from './operations.ts'
import { documents, listDueDocuments } from './store.ts'

export const documentReviews = (db: Database) => ({
  name: 'document reviews',
  list: async (accountId: string) => (await listDueDocuments(db, accountId)).map((id) => ({ id })),
  run: (ctx: Ctx, id: string): void => {
    const { verdict } = documents.get(ctx, id)
    if (verdict) decideDocument(ctx, { id, verdict })
  },
})
