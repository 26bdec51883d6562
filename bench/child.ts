/** Child processes that answer each message with one. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type Child<Order, Result> = { pid: number; ask(order: Order): Promise<Result>; end(): void }

/** @param program a module beside this one */
export const startChild = <Order extends object, Result>(program: string): Child<Order, Result> => {
  const child: ChildProcess = fork(fileURLToPath(new URL(program, import.meta.url)), {
    env: { ...process.env, LOG_LEVEL: 'warn' },
  })
  return {
    pid: child.pid ?? 0,
    ask: (order) =>
      new Promise((resolve, reject) => {
        const gone = (code: number | null) => reject(new Error(`${program} ended (${code})`))
        child.once('exit', gone)
        child.once('message', (answer: { result?: Result; error?: string }) => {
          child.off('exit', gone)
          if (answer.error === undefined) resolve(answer.result as Result)
          else reject(new Error(`${program}: ${answer.error}`))
        })
        child.send(order)
      }),
    end: () => child.kill(),
  }
}
