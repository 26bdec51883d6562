/** What is written about sets of questions: one is made, seen and answered. */
import { invalid, Refusal } from '@clearyard/contract/errors.ts'
import type { Ctx, Operation } from '../../gate/operation.ts'
import { accepts, next } from '../../states.ts'
import { customerStates } from '../customers/domain.ts'
import { type CustomerRow, customers } from '../customers/store.ts'
import { failKba, passKba } from '../customers/verification.ts'
import { isOver, kbaStates, passes, readChoices } from './domain.ts'
import { drawQuestions } from './questions.ts'
import { type KbaSessionRow, kbaSessions } from './store.ts'

export const noSuchCustomer = (): Refusal =>
  new Refusal('NotFound', { message: 'Customer not found. Check CustomerId.' })
export const noSuchQuestions = (): Refusal =>
  new Refusal('NotFound', { message: 'KBA questions not found. Check KBA id.' })
export const noSuchSession = (): Refusal => new Refusal('NotFound', { message: 'KBA session not found.' })

const noLongerValid = 'The kba session is no longer valid.'

export const startKba: Operation<string, KbaSessionRow> = (ctx, customerId) => {
  const customer = customers.find(ctx, customerId)
  if (!customer) throw noSuchCustomer()
  next(customerStates, customer, 'answerKba', 'Customer verification status is not valid for kba.')
  const session: KbaSessionRow = {
    id: ctx.newId(),
    customer_id: customer.id,
    questions: drawQuestions(ctx.newId()),
    status: 'created',
    retrieved: null,
    created: ctx.now,
  }
  kbaSessions.insert(ctx, session)
  return session
}

/** The customer of a session, who must still be asked. */
const getAsked = (ctx: Ctx, { customer_id }: KbaSessionRow): CustomerRow => {
  const customer = customers.get(ctx, customer_id)
  if (!accepts(customerStates, customer, 'answerKba'))
    throw new Refusal('InvalidResourceState', { message: noLongerValid })
  return customer
}

/** Shows the questions, once. */
export const retrieveKba: Operation<string, KbaSessionRow> = (ctx, id) => {
  const session = kbaSessions.find(ctx, id)
  if (!session) throw noSuchQuestions()
  const { to } = next(kbaStates, session, 'retrieve', noLongerValid)
  getAsked(ctx, session)
  return kbaSessions.set(ctx, session, { status: to, retrieved: ctx.now })
}

/** Takes the answers, once; a body that answers nothing is no attempt. Gives the customer as it then is. */
export const answerKba: Operation<{ id: string; answers: unknown }, CustomerRow> = (ctx, { id, answers }) => {
  const session = kbaSessions.find(ctx, id)
  if (!session) throw noSuchSession()
  const { to } = next(kbaStates, session, 'answer', noLongerValid)
  const customer = getAsked(ctx, session)
  if (session.retrieved && isOver(session.retrieved, ctx.now))
    throw new Refusal('InvalidResourceState', { message: 'The kba session has expired.' })
  const { choices, errors } = readChoices(answers, session.questions)
  if (errors.length > 0) throw invalid(...errors)
  kbaSessions.set(ctx, session, { status: to })
  return passes(choices) ? passKba(ctx, customer) : failKba(ctx, customer)
}
