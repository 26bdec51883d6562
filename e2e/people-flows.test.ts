/**
 * The flows of people and businesses as Dwolla's pages tell them, step by step: what each step comes to, what it is
 * told by and what it offers. Typed from those pages, not from the tables of the code. `(ours)` marks the rows that no
 * page states and docs/fidelity.md does.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { owner } from '@clearyard/contract/whole-bodies-fixture.ts'
import { again, type Kind, whole } from '../server/resources/customers/customers-fixture.ts'
import { upload } from '../server/testing/forms.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { textTable } from '../server/testing/text-table.ts'

const operatorToken = 'an-operator-token-of-forty-characters-xx'

let sandbox: TestServer
let production: TestServer
before(async () => {
  ;[sandbox, production] = await Promise.all([startTestServer(), startTestServer({ sandbox: false, operatorToken })])
})
after(() => Promise.all([sandbox.stop(), production.stop()]))

/**
 * Flows, each beginning with a line that names it. A line is a step, the status and links of what it is done to, and
 * the topics it is told by, in their order and without the `customer_` that all begin with. Links to the thing itself
 * and to money are left out.
 */
const inSandbox = `
  who is not checked
  create receive-only                    | unverified  | deactivate edit edit-form | created
  become unverified                      | unverified  | deactivate edit edit-form | -
  become personal                        | verified    | deactivate edit edit-form | verified

  an unverified customer
  create unverified                      | unverified  | deactivate edit edit-form | created
  become soleProprietorship              | verified    | deactivate edit edit-form | verified

  a person who passes
  create personal                        | verified    | deactivate edit edit-form | created verified

  a person who passes the second time
  create personal name:retry             | retry       | deactivate edit edit-form retry-verification | created reverification_needed
  retry                                  | verified    | deactivate edit edit-form | verified

  a person who is asked the second time, and answers
  create personal name:retry             | retry       | deactivate edit edit-form retry-verification | created reverification_needed
  retry name:kba                         | kba         | deactivate edit edit-form | kba_verification_needed
  answer 3                               | verified    | deactivate edit edit-form | kba_verification_passed verified

  a person who is asked for documents the second time
  create personal name:retry             | retry       | deactivate edit edit-form retry-verification | created reverification_needed
  retry name:document                    | document    | document-form verify-with-document | verification_document_needed
  upload license success                 | verified    | deactivate edit edit-form | verification_document_uploaded verification_document_approved verified

  a person who is refused the second time
  create personal name:retry             | retry       | deactivate edit edit-form retry-verification | created reverification_needed
  retry name:suspended                   | suspended   | - | suspended

  a person who is asked, and answers
  create personal name:kba               | kba         | deactivate edit edit-form | created kba_verification_needed
  answer 4                               | verified    | deactivate edit edit-form | kba_verification_passed verified

  a person who is asked, and cannot answer
  create personal name:kba               | kba         | deactivate edit edit-form | created kba_verification_needed
  answer 2                               | document    | document-form verify-with-document | kba_verification_failed verification_document_needed
  upload idCard success                  | verified    | deactivate edit edit-form | verification_document_uploaded verification_document_approved verified

  a person whose documents are refused until one is not
  create personal name:document          | document    | document-form verify-with-document | created verification_document_needed
  upload passport fail                   | document    | document-form verify-with-document | verification_document_uploaded verification_document_failed
  upload passport holiday                | document    | document-form verify-with-document | verification_document_uploaded
  upload passport success                | verified    | deactivate edit edit-form | verification_document_uploaded verification_document_approved verified

  a person who is refused
  create personal name:suspended         | suspended   | - | created suspended

  a customer who leaves and comes back
  create personal name:retry             | retry       | deactivate edit edit-form retry-verification | created reverification_needed
  ask deactivated                        | deactivated | reactivate | deactivated
  ask reactivated                        | retry       | deactivate edit edit-form retry-verification | activated
  retry                                  | verified    | deactivate edit edit-form | verified
  ask suspended                          | suspended   | - | suspended

  a sole proprietorship, which has no owners to name
  create soleProprietorship name:retry   | retry       | deactivate edit edit-form retry-verification | created reverification_needed
  retry name:document                    | document    | document-form verify-with-document | verification_document_needed
  upload other success                   | verified    | deactivate edit edit-form | verification_document_uploaded verification_document_approved verified

  a business that passes, and its owners
  create business                        | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | created verified
  certify                                | certified   | - | -
  look                                   | verified    | beneficial-owners deactivate edit edit-form | -
  add Olive                              | verified    | - | beneficial_owner_created beneficial_owner_verified
  look                                   | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | -
  add incomplete                         | incomplete  | retry-verification | beneficial_owner_created beneficial_owner_reverification_needed
  add-again Otto                         | verified    | - | beneficial_owner_verified
  add incomplete                         | incomplete  | retry-verification | beneficial_owner_created beneficial_owner_reverification_needed
  add-again incomplete                   | document    | verify-with-document | beneficial_owner_verification_document_needed
  upload-of-owner license fail           | document    | verify-with-document | beneficial_owner_verification_document_uploaded beneficial_owner_verification_document_failed
  upload-of-owner license success        | verified    | - | beneficial_owner_verification_document_uploaded beneficial_owner_verification_document_approved beneficial_owner_verified
  add document                           | document    | verify-with-document | beneficial_owner_created beneficial_owner_verification_document_needed
  certify                                | certified   | - | -
  look                                   | verified    | beneficial-owners deactivate edit edit-form verify-beneficial-owners | -
  remove                                 | document    | - | beneficial_owner_removed
  certify                                | certified   | - | -
  look                                   | verified    | beneficial-owners deactivate edit edit-form | -

  a business that passes the second time
  create business business:retry         | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification verify-beneficial-owners | created reverification_needed
  add Olive                              | verified    | - | beneficial_owner_created beneficial_owner_verified
  certify                                | certified   | - | -
  retry                                  | verified    | beneficial-owners deactivate edit edit-form | verified

  a business whose controller is said again
  create business controller:retry       | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification retry-with-full-ssn verify-beneficial-owners | created reverification_needed
  retry controller:document              | document    | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-with-document | verification_document_needed
  upload license success                 | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | verification_document_uploaded verification_document_approved verified

  a business that has papers to show
  create business business:document      | document    | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-business-with-document | created verification_document_needed
  upload other success                   | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | verification_document_uploaded verification_document_approved verified

  a business and a controller who have papers to show
  create business business:document controller:document | document | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-controller-and-business-with-document | created verification_document_needed
  upload other success                   | document    | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-with-document | verification_document_uploaded verification_document_approved
  upload passport success                | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | verification_document_uploaded verification_document_approved verified

  a business that is refused
  create business controller:suspended   | suspended   | beneficial-owners | created suspended

  a business whose address is wrong
  create business business:retry         | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification verify-beneficial-owners | created reverification_needed
  simulate POBoxNotAllowed               | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification verify-beneficial-owners | address_verification_failed
  retry                                  | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | verified

  a business whose EIN is in doubt
  create business business:retry         | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification verify-beneficial-owners | created reverification_needed
  simulate EINDocumentRequired           | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification verify-beneficial-owners | -
  retry                                  | document    | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-business-with-document | verification_document_needed
  upload other success                   | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | verification_document_uploaded verification_document_approved verified
`

const inProduction = `
  a person whom somebody looks at
  create personal name:document          | suspended   | - | created verification_pending_review
  decide document                        | document    | document-form verify-with-document | verification_document_needed
  upload license success                 | document    | document-form verify-with-document | verification_document_uploaded
  decide reject ScanNotReadable          | document    | document-form verify-with-document | verification_document_failed
  upload license success                 | document    | document-form verify-with-document | verification_document_uploaded
  decide approve                         | verified    | deactivate edit edit-form | verification_document_approved verified

  a person who has to say it again
  create personal                        | suspended   | - | created verification_pending_review
  decide retry                           | retry       | deactivate edit edit-form retry-verification | reverification_needed
  retry                                  | suspended   | - | verification_pending_review
  decide approve                         | verified    | deactivate edit edit-form | verified

  a business whose paper shows another name
  create business                        | suspended   | beneficial-owners | created verification_pending_review
  decide document needs:business         | document    | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-business-with-document | verification_document_needed
  upload other success                   | document    | beneficial-owners certify-beneficial-ownership document-form verify-beneficial-owners verify-business-with-document | verification_document_uploaded
  decide reject BusinessNameMismatch     | retry       | beneficial-owners certify-beneficial-ownership deactivate edit edit-form retry-verification verify-beneficial-owners | verification_document_failed reverification_needed
  retry                                  | suspended   | beneficial-owners | verification_pending_review
  decide approve                         | verified    | beneficial-owners certify-beneficial-ownership deactivate edit edit-form verify-beneficial-owners | verified
  add document                           | incomplete  | - | beneficial_owner_created
  decide-owner approve                   | verified    | - | beneficial_owner_verified
  add Olive                              | incomplete  | - | beneficial_owner_created
  decide-owner document                  | document    | verify-with-document | beneficial_owner_verification_document_needed
  upload-of-owner license success        | document    | verify-with-document | beneficial_owner_verification_document_uploaded
  decide-owner approve                   | verified    | - | beneficial_owner_verification_document_approved beneficial_owner_verified

  a document that is a fraud
  create soleProprietorship              | suspended   | - | created verification_pending_review
  decide document needs:individual       | document    | document-form verify-with-document | verification_document_needed
  upload license success                 | document    | document-form verify-with-document | verification_document_uploaded
  decide suspend ScanFailedOther         | suspended   | - | verification_document_failed suspended
`

/**
 * A customer of a world of its own, and the last owner of it.
 * @property about what the last step was done to, or where that is
 */
type Life = {
  server: TestServer
  client: Client
  worldId: string
  kind: Kind
  customer: string
  owner: string
  about: string | object
}

const created = ({ status, text, location }: Answer): string => {
  assert.equal(status, 201, text)
  return new URL(location ?? '').pathname
}

const done = ({ status, text, body }: Answer): Answer['body'] => {
  assert.equal(status, 200, text)
  return body
}

/** What `name:retry business:retry` steers by. */
const steered = (words: readonly string[]): Parameters<typeof whole>[1] => {
  const keys = { name: 'firstName', business: 'businessName', controller: 'controller' } as const
  return Object.fromEntries(
    words.map((word) => word.split(':')).map(([key = '', value]) => [keys[key as keyof typeof keys], value]),
  )
}

const answerQuestions = async ({ client, customer }: Life, rightly: number): Promise<void> => {
  const session = created(await client.post(`${customer}/kba`))
  const { questions } = JSON.parse((await client.get(session)).text)
  const answers = questions.map(
    ({ id, answers }: { id: string; answers: { id: string; text: string }[] }, n: number) => {
      const isRight = ({ text }: { text: string }) => /^None of the above$|^I have never been/.test(text)
      return { questionId: id, answerId: answers.find((answer) => isRight(answer) === n < rightly)?.id }
    },
  )
  done(await client.post(session, { answers }))
}

/** Decides the one open review of the life. */
const decide = async ({ server, worldId }: Life, [decision, ...more]: readonly string[]): Promise<void> => {
  const path = `/worlds/${worldId}/reviews`
  const { reviews } = JSON.parse((await server.operate('GET', `${path}?status=open`)).text)
  assert.equal(reviews.length, 1)
  const needs = more.filter((word) => word.startsWith('needs:')).map((word) => word.replace('needs:', ''))
  const reasons = more.filter((word) => !word.startsWith('needs:'))
  done(await server.operate('POST', `${path}/${reviews[0].id}`, { decision, needs, reasons }))
}

const uploadTo = async ({ client }: Life, path: string, [documentType, name]: readonly string[]): Promise<void> => {
  const named = name === 'holiday' ? 'holiday.png' : `test-document-upload-${name}.png`
  created(await upload(client, `${path}/documents`, { documentType: documentType ?? '', name: named }))
}

/** What each step does; it is done to the customer unless it says so. */
const steps: {
  readonly [word: string]: (life: Life, words: readonly string[]) => Promise<void>
} = {
  create: async (life, [kind, ...names]) => {
    life.kind = kind as Kind
    life.customer = created(await life.client.post('/customers', whole(life.kind, steered(names))))
  },
  become: async (life, [kind, ...names]) => {
    life.kind = kind as Kind
    const more = kind === 'unverified' ? { type: kind } : {}
    done(await life.client.post(life.customer, whole(life.kind, steered(names), more)))
  },
  retry: async (life, names) => {
    done(await life.client.post(life.customer, again(life.kind, steered(names))))
  },
  ask: async (life, [status]) => {
    done(await life.client.post(life.customer, { status }))
  },
  look: async () => undefined,
  answer: (life, [rightly]) => answerQuestions(life, Number(rightly)),
  upload: (life, words) => uploadTo(life, life.customer, words),
  simulate: async (life, [errorCode]) => {
    const _links = { customer: { href: life.customer } }
    done(await life.client.post('/sandbox-simulations', { type: 'customer-verification', _links, errorCode }))
    const { _embedded } = JSON.parse((await life.client.get(life.customer)).text)
    assert.ok(_embedded.errors.some(({ code }: { code: string }) => code === errorCode))
  },
  decide,
  certify: async (life) => {
    const answer = await life.client.post(`${life.customer}/beneficial-ownership`, { status: 'certified' })
    assert.equal(done(answer)['status'], 'certified')
    life.about = `${life.customer}/beneficial-ownership`
  },
  add: async (life, [firstName]) => {
    life.owner = created(await life.client.post(`${life.customer}/beneficial-owners`, { ...owner, firstName }))
    life.about = life.owner
  },
  'add-again': async (life, [firstName]) => {
    done(await life.client.post(life.owner, { ...owner, firstName }))
    life.about = life.owner
  },
  'upload-of-owner': async (life, words) => {
    await uploadTo(life, life.owner, words)
    life.about = life.owner
  },
  'decide-owner': async (life, words) => {
    await decide(life, words)
    life.about = life.owner
  },
  remove: async (life) => {
    const removed = await life.client.delete(life.owner)
    assert.equal((await life.client.get(life.owner)).status, 404)
    life.about = done(removed)
  },
}

/** The events since as many were told, oldest first; each leads to what it is about. */
const toldSince = async (life: Life, before: number): Promise<string[]> => {
  const { total, _embedded } = JSON.parse((await life.client.get('/events?limit=200')).text)
  assert.ok(total <= 200)
  const fresh = _embedded.events.reverse().slice(before)
  for (const { topic, resourceId, _links } of fresh) {
    const about = topic.startsWith('customer_beneficial_owner_') ? life.owner : life.customer
    assert.deepEqual(
      [_links.resource.href, _links.customer.href],
      [about, life.customer].map((path) => life.server.origin + path),
    )
    assert.equal(about.split('/').at(-1), resourceId)
  }
  return fresh.map(({ topic }: { topic: string }) => topic)
}

const unlisted = ['self', 'funding-sources', 'transfers', 'send', 'receive']

const stateOf = (body: object): [status: string, links: string] => {
  const { status, verificationStatus, _links } = body as { [member: string]: string } & { _links: object }
  const rels = Object.keys(_links).filter((rel) => !unlisted.includes(rel))
  return [verificationStatus ?? status ?? '', rels.sort().join(' ') || '-']
}

/** Goes through the flows of a table, one a world. */
const tell = (text: string, serverOf: () => TestServer): void => {
  for (const flow of text.split(/\n\s*\n/)) {
    const [name = '', ...lines] = flow.split('\n').filter((line) => line.trim() !== '')
    const rows = textTable(['step', 'status', 'links', 'topics'], lines.join('\n'))
    it(name.trim(), async () => {
      const server = serverOf()
      const { id, application } = await server.newWorld()
      const client = await server.as(application)
      const life: Life = { server, client, worldId: id, kind: 'unverified', customer: '', owner: '', about: '' }
      let told = 0
      for (const { step, status, links, topics } of rows) {
        const [word = '', ...words] = step.split(' ')
        life.about = ''
        await (steps[word] ?? assert.fail(step))(life, words)
        const about = life.about || life.customer
        const events = await toldSince(life, told)
        told += events.length
        const expected = topics === '-' ? [] : topics.split(' ').map((topic) => `customer_${topic}`)
        assert.deepEqual(events, expected, step)
        const body = typeof about === 'string' ? (await client.get(about)).body : about
        assert.deepEqual(stateOf(body), [status, links], step)
      }
    })
  }
}

describe('in a sandbox,', () => tell(inSandbox, () => sandbox))
describe('in production,', () => tell(inProduction, () => production))
