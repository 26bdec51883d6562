/** Runs the load that its parent orders, one order at a time. */
import { type LoadOrder, runLoad } from './load.ts'

process.on('message', (order: LoadOrder) => {
  runLoad(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
