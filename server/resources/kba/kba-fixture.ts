/** People who are asked what only they know, for tests. */
import { randomUUID } from 'node:crypto'
import type { Client } from '../../testing/harness.ts'
import { customerIn } from '../customers/customers-fixture.ts'

/** Makes somebody who is to be asked; gives the path. */
export const anAskedCustomer = (client: Client): Promise<string> =>
  customerIn(client, 'personal', 'kba', { email: `${randomUUID()}@x.test`, correlationId: null })

/** Starts a session; gives its path. */
export const aSession = async (client: Client): Promise<string> =>
  new URL((await client.post(`${await anAskedCustomer(client)}/kba`)).location ?? '').pathname

/** Sees the questions of a session; gives an answer to each. */
export const someAnswers = async (client: Client, session: string): Promise<object[]> => {
  const { questions } = JSON.parse((await client.get(session)).text)
  return questions.map(({ id, answers: [answer] }: { id: string; answers: { id: string }[] }) => ({
    questionId: id,
    answerId: answer?.id,
  }))
}
