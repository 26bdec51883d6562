/** The routes of knowledge-based authentication: questions that only the customer can answer. */
import { pathOf } from '@clearyard/contract/links.ts'
import type { Route } from '../../http/route.ts'
import { outcomeBody, outcomeSchema, questionsBody, questionsSchema } from './hal.ts'
import { answerKba, noSuchCustomer, noSuchQuestions, noSuchSession, retrieveKba, startKba } from './operations.ts'
import { questionsOfSession } from './questions.ts'

const tag = 'kba'

export const kbaRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/customers/{id}/kba',
    operationId: 'initiateKbaForCustomer',
    tag,
    summary: 'Start a KBA session',
    description: 'For a personal customer whose status is `kba`.',
    answers: { 201: 'The session' },
    notFound: noSuchCustomer,
    errors: ['InvalidResourceState', 'NotFound'],
    prepare:
      ({ id }) =>
      (ctx) => ({ status: 201, location: pathOf('kba', startKba(ctx, id).id) }),
  },
  {
    method: 'GET',
    path: '/kba/{id}',
    operationId: 'getKbaQuestions',
    tag,
    summary: 'Get the questions of a KBA session',
    description: 'Once: from then on there are two minutes to answer.',
    answers: { 200: questionsSchema },
    notFound: noSuchQuestions,
    errors: ['InvalidResourceState', 'NotFound'],
    prepare:
      ({ id }) =>
      (ctx) => ({ status: 200, body: questionsBody(retrieveKba(ctx, id)) }),
  },
  {
    method: 'POST',
    path: '/kba/{id}',
    operationId: 'verifyKbaQuestions',
    tag,
    summary: 'Answer the questions of a KBA session',
    description:
      'Once, each question once. Three right answers of four verify the customer; with fewer, documents are wanted.',
    body: {
      type: 'object',
      required: ['answers'],
      properties: {
        answers: {
          type: 'array',
          minItems: questionsOfSession,
          maxItems: questionsOfSession,
          items: {
            type: 'object',
            required: ['questionId', 'answerId'],
            properties: { questionId: { type: 'string' }, answerId: { type: 'string' } },
          },
        },
      },
    },
    answers: { 200: outcomeSchema },
    notFound: noSuchSession,
    errors: ['ValidationError', 'InvalidResourceState', 'NotFound'],
    prepare:
      ({ id, body }) =>
      (ctx) => ({ status: 200, body: outcomeBody(answerKba(ctx, { id, answers: body['answers'] })) }),
  },
]
