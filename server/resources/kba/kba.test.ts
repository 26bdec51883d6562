import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, errorsOf, statesOf, topicsOf } from '../customers/customers-fixture.ts'
import { drawQuestions } from './questions.ts'

type Question = { id: string; text: string; answers: { id: string; text: string }[] }

const right = ['None of the above', 'I have never been associated with this vehicle']
const unknown = '00000000-0000-4000-8000-000000000000'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

/** A world whose clock stands still, with a customer that is asked. */
const asking = async () => {
  const { id, application } = await server.newWorld({ clock: { mode: 'frozen', set: '2026-03-01T12:00:00Z' } })
  const client = await server.as(application)
  const customer = await customerIn(client, 'personal', 'kba')
  const advance = (duration: string) => server.operate('POST', `/worlds/${id}/clock`, { advance: duration })
  return { client, customer, advance }
}

const start = async (client: Client, customer: string): Promise<string> => {
  const started = await client.post(`${customer}/kba`)
  assert.equal(started.status, 201, started.text)
  assert.match(started.location ?? '', /\/kba\/[0-9a-f-]{36}$/)
  return new URL(started.location ?? '').pathname
}

const questionsOf = async (client: Client, session: string): Promise<Question[]> => {
  const { status, text } = await client.get(session)
  assert.equal(status, 200, text)
  return JSON.parse(text).questions
}

/** The answers to all questions, the first `rightly` of them right. */
const answersTo = (questions: Question[], rightly = 4) =>
  questions.map(({ id, answers }, n) => {
    const answer = answers.find(({ text }) => right.includes(text) === n < rightly)
    return { questionId: id, answerId: answer?.id }
  })

const refusalOf = ({ status, body }: Answer): string => `${status} ${body['code']} ${body['message']}`

describe('the questions', () => {
  it('are four of five answers each, all with numbers of their own, the right answer last', async () => {
    const { client, customer } = await asking()
    const session = await start(client, customer)
    const { body, text } = await client.get(session)
    const answer = { href: server.origin + session, type: halType, 'resource-type': 'kba' }
    assert.deepEqual(body['_links'], { answer })
    assert.equal(`/kba/${body['id']}`, session)
    const questions: Question[] = JSON.parse(text).questions
    assert.equal(questions.length, 4)
    const ids = questions.flatMap(({ id, answers }) => [id, ...answers.map((one) => one.id)])
    assert.equal(new Set(ids).size, 4 * 6)
    for (const id of ids) assert.match(id, /^\d{10}$/)
    assert.equal(new Set(questions.map((question) => question.text)).size, 4)
    for (const { answers } of questions)
      assert.deepEqual(
        answers.map((one) => right.includes(one.text)),
        [false, false, false, false, true],
      )
  })

  it('depend on the id they are drawn by alone, and differ from one session to the next', () => {
    const drawn = Array.from({ length: 200 }, () => {
      const id = randomUUID()
      assert.deepEqual(drawQuestions(id), drawQuestions(id))
      return drawQuestions(id)
    })
    for (const questions of drawn) assert.equal(new Set(questions.map(({ text }) => text)).size, 4)
    assert.ok(new Set(drawn.map((questions) => questions.map(({ text }) => text).join())).size > 50)
    assert.ok(new Set(drawn.flat().map(({ text }) => text)).size >= 8)
  })

  it('are shown once', async () => {
    const { client, customer } = await asking()
    const session = await start(client, customer)
    const both = await Promise.all([client.get(session), client.get(session)])
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403])
    assert.equal(refusalOf(await client.get(session)), '403 InvalidResourceState The kba session is no longer valid.')
  })
})

describe('answering', () => {
  it('verifies with three right answers of four, and asks for a document with fewer', async () => {
    const rows = textTable(
      ['right', 'status', 'events'],
      `
      4 | verified | customer_kba_verification_passed customer_verified
      3 | verified | customer_kba_verification_passed customer_verified
      2 | document | customer_kba_verification_failed customer_verification_document_needed
      1 | document | customer_kba_verification_failed customer_verification_document_needed
      0 | document | customer_kba_verification_failed customer_verification_document_needed
      `,
    )
    for (const row of rows) {
      const { client, customer } = await asking()
      const session = await start(client, customer)
      const answers = answersTo(await questionsOf(client, session), Number(row.right)).reverse()
      const answered = await client.post(session, { answers })
      assert.equal(answered.status, 200, answered.text)
      const href = server.origin + customer
      assert.deepEqual(answered.body, {
        _links: { customer: { href, type: halType, 'resource-type': 'customer' } },
        verificationStatus: row.status,
      })
      assert.equal((await client.get(customer)).body['status'], row.status)
      const events = await topicsOf(client)
      assert.deepEqual(events, ['customer_created', 'customer_kba_verification_needed', ...row.events.split(' ')])
      const again = await client.post(session, { answers })
      assert.equal(refusalOf(again), '403 InvalidResourceState The kba session is no longer valid.')
      assert.deepEqual(await topicsOf(client), events)
    }
  })

  it('is tried once, by whoever comes first', async () => {
    const { client, customer } = await asking()
    const session = await start(client, customer)
    const questions = await questionsOf(client, session)
    const both = await Promise.all([4, 0].map((n) => client.post(session, { answers: answersTo(questions, n) })))
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403])
    assert.equal((await topicsOf(client)).length, 4)
  })

  it('takes two minutes of the world’s clock at most, from when the questions are seen', async () => {
    const { client, customer, advance } = await asking()
    const [late, early] = [await start(client, customer), await start(client, customer)]
    await advance('P1D')
    const [ofLate, ofEarly] = [await questionsOf(client, late), await questionsOf(client, early)]
    await advance('PT1M59.999S')
    server.passRealTime(30 * 60 * 1000)
    assert.equal((await client.post(early, { answers: [] })).status, 400)
    await advance('PT0.001S')
    const over = '403 InvalidResourceState The kba session has expired.'
    assert.equal(refusalOf(await client.post(late, { answers: answersTo(ofLate) })), over)
    assert.equal((await client.get(customer)).body['status'], 'kba')
    const last = await start(client, customer)
    const questions = await questionsOf(client, last)
    await advance('PT1M59.999S')
    assert.equal((await client.post(last, { answers: answersTo(questions) })).status, 200)
    const gone = '403 InvalidResourceState The kba session is no longer valid.'
    assert.equal(refusalOf(await client.post(early, { answers: answersTo(ofEarly) })), gone)
  })

  it('needs questions that were seen', async () => {
    const { client, customer } = await asking()
    const session = await start(client, customer)
    const refused = await client.post(session, { answers: [] })
    assert.equal(refusalOf(refused), '403 InvalidResourceState The kba session is no longer valid.')
    assert.equal((await questionsOf(client, session)).length, 4)
  })

  it('with what answers nothing is told what is wrong, and is no attempt', async () => {
    const { client, customer } = await asking()
    const session = await start(client, customer)
    const questions = await questionsOf(client, session)
    const good = answersTo(questions)
    const [first, second] = good
    assert.ok(first && second)
    const rest = good.slice(1)
    const four = 'Invalid /answers Answers must be a list of 4.'
    const cases: [unknown, string[]][] = [
      [undefined, ['Required /answers Answers required.']],
      [null, ['Required /answers Answers required.']],
      ['', ['Required /answers Answers required.']],
      [{}, [four]],
      [[], [four]],
      [good.slice(1), [four]],
      [[...good, first], [four]],
      [[null, ...rest], ['Required /answers/0/questionId QuestionId required.']],
      [[{ ...first, questionId: 7 }, ...rest], ['Invalid /answers/0/questionId QuestionId invalid.']],
      [[{ ...first, questionId: '1' }, ...rest], ['Invalid /answers/0/questionId QuestionId invalid.']],
      [[first, first, ...good.slice(2)], ['Invalid /answers/1/questionId QuestionId invalid.']],
      [[{ ...first, answerId: null }, ...rest], ['Required /answers/0/answerId AnswerId required.']],
      [[{ ...first, answerId: '1' }, ...rest], ['Invalid /answers/0/answerId AnswerId invalid.']],
      [
        [{ ...first, answerId: second.answerId }, {}, ...good.slice(2)],
        ['Invalid /answers/0/answerId AnswerId invalid.', 'Required /answers/1/questionId QuestionId required.'],
      ],
    ]
    for (const [answers, errors] of cases) {
      const answer = await client.post(session, { answers })
      assert.deepEqual(errorsOf(answer, JSON.stringify(answers)), errors)
    }
    assert.equal((await client.post(session, { answers: good })).body['verificationStatus'], 'verified')
  })
})

describe('a session', () => {
  it('is started for a customer who is to be asked, and for no other', async () => {
    const { client } = await asking()
    let tried = 0
    for (const kind of ['unverified', 'receive-only', 'personal', 'soleProprietorship', 'business'] as const)
      for (const state of statesOf(kind)) {
        const email = `${kind}${tried}@x.test`
        const customer = await customerIn(client, kind, state, { email, correlationId: `c${tried}` })
        const answer = await client.post(`${customer}/kba`)
        if (state === 'kba') assert.equal(answer.status, 201)
        else
          assert.equal(
            refusalOf(answer),
            '403 InvalidResourceState Customer verification status is not valid for kba.',
            `${kind} ${state}`,
          )
        tried += 1
      }
    assert.ok(tried > 20)
  })

  it('ends when its customer is not asked any more', async () => {
    const { client, customer } = await asking()
    const [unseen, seen] = [await start(client, customer), await start(client, customer)]
    const answers = answersTo(await questionsOf(client, seen))
    await client.post(customer, { status: 'deactivated' })
    const gone = '403 InvalidResourceState The kba session is no longer valid.'
    assert.equal(refusalOf(await client.get(unseen)), gone)
    assert.equal(refusalOf(await client.post(seen, { answers })), gone)
    await client.post(customer, { status: 'reactivated' })
    assert.equal((await client.post(seen, { answers })).body['verificationStatus'], 'verified')
  })

  it('of nobody, and of another world, is not found', async () => {
    const [ours, theirs] = [await asking(), await asking()]
    const session = await start(theirs.client, theirs.customer)
    const paths = [session, `/kba/${unknown}`]
    for (const path of paths) {
      assert.equal(refusalOf(await ours.client.get(path)), '404 NotFound KBA questions not found. Check KBA id.')
      assert.equal(refusalOf(await ours.client.post(path, {})), '404 NotFound KBA session not found.')
    }
    for (const path of [theirs.customer, `/customers/${unknown}`])
      assert.equal(
        refusalOf(await ours.client.post(`${path}/kba`)),
        '404 NotFound Customer not found. Check CustomerId.',
      )
    assert.equal((await questionsOf(theirs.client, session)).length, 4)
  })
})
