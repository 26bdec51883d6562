/** What may happen to a set of questions: pure. */
import type { EmbeddedError } from '@clearyard/contract/errors.ts'
import { isBlank, required } from '@clearyard/contract/fields.ts'
import type { StateTable } from '../../states.ts'
import type { Question } from './questions.ts'

export type KbaStatus = 'created' | 'retrieved' | 'answered'
export type KbaStep = 'retrieve' | 'answer'

/** Questions are seen once, and answered once. */
export const kbaStates: StateTable<KbaStatus, KbaStep, { status: KbaStatus }> = [
  { from: 'created', step: 'retrieve', to: 'retrieved', link: null },
  { from: 'retrieved', step: 'answer', to: 'answered', link: 'answer' },
]

const lifetimeMs = 2 * 60 * 1000

/** Whether the time for an answer is over. */
export const isOver = (retrieved: Date, now: Date): boolean => now.getTime() - retrieved.getTime() >= lifetimeMs

const enough = 3

export type Choice = { question: Question; answerId: string }

/** Whether enough of the answers are right; the right one is the last of its question. */
export const passes = (choices: readonly Choice[]): boolean =>
  choices.filter(({ question, answerId }) => question.answers.at(-1)?.id === answerId).length >= enough

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (path: string, message: string): EmbeddedError => ({ code: 'Invalid', message, path })

/**
 * The answers of a body: one of each question's own, for each question once, in any order.
 * @returns what was chosen, or every error
 */
export const readChoices = (
  given: unknown,
  questions: readonly Question[],
): { choices: Choice[]; errors: EmbeddedError[] } => {
  if (isBlank(given)) return { choices: [], errors: [required('answers')] }
  if (!Array.isArray(given) || given.length !== questions.length)
    return { choices: [], errors: [wrong('/answers', `Answers must be a list of ${questions.length}.`)] }
  const choices: Choice[] = []
  const errors: EmbeddedError[] = []
  given.forEach((answer: unknown, n) => {
    const { questionId, answerId } = isObject(answer) ? answer : {}
    const question = questions.find(({ id }) => id === questionId)
    const chosen = question?.answers.find(({ id }) => id === answerId)
    const at = `/answers/${n}`
    if (!question || choices.some((choice) => choice.question === question))
      errors.push(
        isBlank(questionId) ? required('questionId', { at }) : wrong(`${at}/questionId`, 'QuestionId invalid.'),
      )
    else if (!chosen)
      errors.push(isBlank(answerId) ? required('answerId', { at }) : wrong(`${at}/answerId`, 'AnswerId invalid.'))
    else choices.push({ question, answerId: chosen.id })
  })
  return { choices, errors }
}
