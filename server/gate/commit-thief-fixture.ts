/** A way to PostgreSQL that loses the answer to a COMMIT, or the COMMIT itself, as a network may. */
import { createServer, connect as dial, type Socket } from 'node:net'

export type CommitThief = {
  /** The URL that leads through it. */
  readonly url: string
  /** What happens to the next COMMIT: its answer is lost, or it never arrives. */
  stealNext(what: 'answer' | 'commit'): void
  close(): Promise<void>
  /** Opens it again, where it was. */
  reopen(): Promise<void>
}

// a simple query, as the protocol frames it: its letter, its length with these four bytes, its text and a zero
const commitMessage = Buffer.from('Q\0\0\0\x0bcommit\0', 'latin1')

export const openCommitThief = async (target: string): Promise<CommitThief> => {
  const sockets = new Set<Socket>()
  let next: 'answer' | 'commit' | null = null

  const server = createServer((client) => {
    const database = dial(Number(new URL(target).port), new URL(target).hostname)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {})
    }
    database.on('data', (chunk) => client.write(chunk))
    database.on('close', () => client.destroy())
    client.on('close', () => database.destroy())
    client.on('data', (chunk: Buffer) => {
      const steals = next !== null && chunk.equals(commitMessage) ? next : null
      if (!steals) return void database.write(chunk)
      next = null
      if (steals === 'commit') return void client.destroy()
      // PostgreSQL answers only once the commit is durable; its answer goes no further than here
      database.removeAllListeners('data')
      database.once('data', () => client.destroy())
      database.write(chunk)
    })
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = new URL(target)
  url.port = String(port)
  return {
    url: url.href,
    stealNext: (what) => {
      next = what
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
    reopen: () => listen(port),
  }
}
