import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { rounds } from '../../testing/rounds.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

const freshClient = async (world: object = {}) => {
  const { accountId, application } = await server.newWorld(world)
  return { accountId, client: await server.as(application) }
}

const idOf = (created: Answer): string => {
  assert.equal(created.status, 201, created.text)
  return created.location?.split('/').at(-1) ?? ''
}

const jane = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }

const everyField = {
  ...jane,
  businessName: 'Jane Corp',
  ipAddress: '192.0.2.7',
  phone: '5155550100',
  correlationId: 'CID-fc451a7a.ae30_4404',
}

/** What a customer in state `unverified` looks like. */
const shown = (id: string, created: string, more: { readonly type: string; readonly [member: string]: unknown }) => {
  const self = {
    href: `${server.origin}/customers/${id}`,
    type: 'application/vnd.dwolla.v1.hal+json',
    'resource-type': 'customer',
  }
  const form = { ...self, type: `${self.type}; profile="https://github.com/dwolla/hal-forms"` }
  const sources = { ...self, href: `${self.href}/funding-sources`, 'resource-type': 'funding-source' }
  const transfers = { ...self, href: `${self.href}/transfers`, 'resource-type': 'transfer' }
  const payments = { ...self, href: `${server.origin}/transfers`, 'resource-type': 'transfer' }
  return {
    _links: {
      self,
      edit: self,
      'edit-form': form,
      deactivate: self,
      'funding-sources': sources,
      transfers,
      ...(more.type === 'unverified' ? { send: payments } : {}),
      receive: payments,
    },
    id,
    status: 'unverified',
    created,
    ...more,
  }
}

const ofList = async (client: Client): Promise<number> => Number((await client.get('/customers')).body['total'])

/** The entries of a ValidationError, as `code path message`. */
const errorsOf = (answer: Answer, sent = ''): string[] => {
  assert.deepEqual(
    [answer.status, answer.body['code'], answer.body['message']],
    [400, 'ValidationError', 'Validation error(s) present. See embedded errors list for more details.'],
    `${sent} ${answer.text}`,
  )
  const { _embedded } = JSON.parse(answer.text)
  return _embedded.errors.map((e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`)
}

describe('POST /customers answers 201', () => {
  it('with an empty body and where the customer is', async () => {
    const { client } = await freshClient()
    const created = await client.post('/customers', jane)
    assert.equal(created.status, 201)
    assert.equal(created.text, '')
    assert.equal(created.headers.get('content-type'), null)
    assert.match(created.location ?? '', new RegExp(`^${server.origin}/customers/[0-9a-f-]{36}$`))
    assert.equal((await client.get(created.location ?? '')).status, 200)
  })

  it('to an unverified customer with every field; the network address and the phone are not shown', async () => {
    const { client } = await freshClient({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00.123Z' } })
    const id = idOf(await client.post('/customers', everyField))
    assert.deepEqual(
      (await client.get(`/customers/${id}`)).body,
      shown(id, '2026-11-23T14:00:00.123Z', {
        type: 'unverified',
        ...jane,
        businessName: 'Jane Corp',
        correlationId: 'CID-fc451a7a.ae30_4404',
      }),
    )
    const { rows } = await server.pool.query('select ip_address, phone from customers where id = $1', [id])
    assert.deepEqual(rows, [{ ip_address: '192.0.2.7', phone: '5155550100' }])
  })

  it('to a receive-only customer with every field', async () => {
    const { client } = await freshClient({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } })
    const id = idOf(await client.post('/customers', { type: 'receive-only', ...everyField }))
    assert.deepEqual(
      (await client.get(`/customers/${id}`)).body,
      shown(id, '2026-11-23T14:00:00.000Z', {
        type: 'receive-only',
        ...jane,
        businessName: 'Jane Corp',
        correlationId: 'CID-fc451a7a.ae30_4404',
      }),
    )
  })

  it('to the required fields alone, and leaves out what is absent, null or blank', async () => {
    const nothings = [{}, { type: null, businessName: null, phone: null }, { businessName: '', correlationId: ' ' }]
    for (const nothing of nothings) {
      const { client } = await freshClient({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } })
      const id = idOf(await client.post('/customers', { ...jane, ...nothing }))
      assert.deepEqual(
        (await client.get(`/customers/${id}`)).body,
        shown(id, '2026-11-23T14:00:00.000Z', { type: 'unverified', ...jane }),
      )
    }
  })

  it('to every text that the rules allow, and gives it back unchanged', async () => {
    const { client } = await freshClient()
    const texts = textTable(
      ['firstName', 'lastName', 'email', 'businessName'],
      `
      Zoë      | O'Brien-Ngô   | zoe+tag@mail.example.co      | Zoë & Söhne, Inc. (№ 1)
      يوسف     | 李            | o'brien_1.x@a-b.example      | 100 * 2 / 4 - 3 + 1 #@^;:
      R. J.    | de la Cruz 3  | josé@exämple.com             | script/'--
      😀       | X             | 1@2.co                       | [x]
      `,
    )
    for (const text of texts) {
      const id = idOf(await client.post('/customers', text))
      const { firstName, lastName, email, businessName } = JSON.parse((await client.get(`/customers/${id}`)).text)
      assert.deepEqual({ firstName, lastName, email, businessName }, text)
    }
  })

  it('at the longest lengths', async () => {
    const { client } = await freshClient()
    const longest = {
      firstName: 'é'.repeat(50),
      lastName: 'x'.repeat(50),
      businessName: '李'.repeat(255),
      email: `${'x'.repeat(249)}@y.zz`,
      correlationId: 'A'.repeat(255),
      ipAddress: '1'.repeat(255),
    }
    const id = idOf(await client.post('/customers', longest))
    const { ipAddress: _, ...visible } = longest
    const read = JSON.parse((await client.get(`/customers/${id}`)).text)
    assert.deepEqual({ ...read, ...visible }, read)
  })

  it('and sets nothing but the fields that are a client’s to set', async () => {
    const { accountId, client } = await freshClient({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } })
    const foreign = '11111111-1111-4111-8111-111111111111'
    const id = idOf(
      await client.post('/customers', {
        ...jane,
        id: foreign,
        accountId: foreign,
        account_id: foreign,
        created: '2001-01-01T00:00:00Z',
        status: 'verified',
        ordinal: 1,
        total: 7,
        email_key: 'other@example.com',
        search_text: 'other',
        first_name: 'Other',
        _links: { self: { href: `/customers/${foreign}` } },
        _embedded: { errors: [] },
      }),
    )
    assert.notEqual(id, foreign)
    assert.deepEqual(
      (await client.get(`/customers/${id}`)).body,
      shown(id, '2026-11-23T14:00:00.000Z', { type: 'unverified', ...jane }),
    )
    const { rows } = await server.pool.query('select account_id, email_key, search_text from customers where id = $1', [
      id,
    ])
    assert.equal(rows[0].account_id, accountId)
    assert.equal(rows[0].email_key, 'jane@example.com')
    assert.doesNotMatch(rows[0].search_text, /other/)
  })

  it('to an e-mail address and a correlation id that another world’s customer has', async () => {
    for (const world of [await freshClient(), await freshClient()])
      idOf(await world.client.post('/customers', everyField))
  })

  it('to correlation ids that differ in case only: they are names of the client’s own', async () => {
    const { client } = await freshClient()
    idOf(await client.post('/customers', { ...jane, correlationId: 'a1' }))
    idOf(await client.post('/customers', { ...jane, email: 'other@example.com', correlationId: 'A1' }))
  })
})

describe('POST /customers answers 400', () => {
  // § and a number stand for so many letters
  const single = textTable(
    ['body', 'error'],
    String.raw`
    {"firstName":null}                | Required /firstName FirstName required.
    {"firstName":""}                  | Required /firstName FirstName required.
    {"firstName":" \t"}               | Required /firstName FirstName required.
    {"firstName":"§51"}               | InvalidFormat /firstName FirstName must be 50 or fewer characters.
    {"firstName":7}                   | Invalid /firstName FirstName invalid.
    {"firstName":["Jane"]}            | Invalid /firstName FirstName invalid.
    {"firstName":{"toString":"Jane"}} | Invalid /firstName FirstName invalid.
    {"firstName":false}               | Invalid /firstName FirstName invalid.
    {"firstName":"Ja\u0000ne"}        | InvalidFormat /firstName FirstName invalid.
    {"firstName":"Ja\nne"}            | InvalidFormat /firstName FirstName invalid.
    {"firstName":"Ja\u2028ne"}        | InvalidFormat /firstName FirstName invalid.
    {"firstName":"\ud83d"}            | InvalidFormat /firstName FirstName invalid.
    {"lastName":null}                 | Required /lastName LastName required.
    {"lastName":""}                   | Required /lastName LastName required.
    {"lastName":"§51"}                | InvalidFormat /lastName LastName must be 50 or fewer characters.
    {"lastName":0}                    | Invalid /lastName LastName invalid.
    {"email":null}                    | Required /email Email required.
    {"email":""}                      | Required /email Email required.
    {"email":"jane"}                  | InvalidFormat /email Email invalid.
    {"email":"jane@"}                 | InvalidFormat /email Email invalid.
    {"email":"@example.com"}          | InvalidFormat /email Email invalid.
    {"email":"jane@example"}          | InvalidFormat /email Email invalid.
    {"email":"jane@example."}         | InvalidFormat /email Email invalid.
    {"email":"jane@.com"}             | InvalidFormat /email Email invalid.
    {"email":"jane@example..com"}     | InvalidFormat /email Email invalid.
    {"email":"ja ne@example.com"}     | InvalidFormat /email Email invalid.
    {"email":" jane@example.com"}     | InvalidFormat /email Email invalid.
    {"email":"jane@example.com\n"}    | InvalidFormat /email Email invalid.
    {"email":"a@b@example.com"}       | InvalidFormat /email Email invalid.
    {"email":"a@example.com,b@c.de"}  | InvalidFormat /email Email invalid.
    {"email":"<jane@example.com>"}    | InvalidFormat /email Email invalid.
    {"email":"§250@y.zz"}             | InvalidFormat /email Email must be 254 or fewer characters.
    {"email":1}                       | Invalid /email Email invalid.
    {"businessName":"§256"}           | InvalidFormat /businessName BusinessName must be 255 or fewer characters.
    {"businessName":[]}               | Invalid /businessName BusinessName invalid.
    {"ipAddress":"§256"}              | InvalidFormat /ipAddress IpAddress must be 255 or fewer characters.
    {"ipAddress":4}                   | Invalid /ipAddress IpAddress invalid.
    {"phone":"515555010"}             | InvalidFormat /phone Phone invalid.
    {"phone":"51555501000"}           | InvalidFormat /phone Phone invalid.
    {"phone":"515-555-0100"}          | InvalidFormat /phone Phone invalid.
    {"phone":"+15155550100"}          | InvalidFormat /phone Phone invalid.
    {"phone":"51555５0100"}           | InvalidFormat /phone Phone invalid.
    {"phone":5155550100}              | Invalid /phone Phone invalid.
    {"correlationId":"a b"}           | InvalidFormat /correlationId CorrelationId invalid.
    {"correlationId":"a/b"}           | InvalidFormat /correlationId CorrelationId invalid.
    {"correlationId":"é"}             | InvalidFormat /correlationId CorrelationId invalid.
    {"correlationId":"§256"}          | InvalidFormat /correlationId CorrelationId must be 255 or fewer characters.
    {"correlationId":1}               | Invalid /correlationId CorrelationId invalid.
    {"type":"Unverified"}             | Invalid /type Type invalid.
    {"type":"receive_only"}           | Invalid /type Type invalid.
    {"type":""}                       | Invalid /type Type invalid.
    {"type":1}                        | Invalid /type Type invalid.
    {"type":["unverified"]}           | Invalid /type Type invalid.
    {"type":"constructor"}            | Invalid /type Type invalid.
    `,
  )

  for (const type of ['unverified', 'receive-only'])
    it(`to each field of an ${type} customer that is missing or wrong, and writes nothing`, async () => {
      const { accountId, client } = await freshClient()
      const before = await storedRows(server.pool, accountId)
      for (const { body, error } of single) {
        const patch = JSON.parse(body.replaceAll(/§(\d+)/g, (_, length) => 'x'.repeat(Number(length))))
        const answer = await client.post('/customers', { ...everyField, type, ...patch })
        assert.deepEqual(errorsOf(answer, body), [error], body)
      }
      assert.deepEqual(await storedRows(server.pool, accountId), before)
    })

  it('to every character that names must not have, in each name', async () => {
    const { client } = await freshClient()
    for (const character of String.raw`< > = " ${'`'} ! ? % ~ $ { } \ `.trim().split(' '))
      assert.deepEqual(
        errorsOf(
          await client.post('/customers', {
            ...jane,
            firstName: `Ja${character}ne`,
            lastName: `${character}Merchant`,
            businessName: `Jane Corp${character}`,
          }),
        ),
        [
          'InvalidFormat /firstName FirstName invalid.',
          'InvalidFormat /lastName LastName invalid.',
          'InvalidFormat /businessName BusinessName invalid.',
        ],
        character,
      )
  })

  it('with everything that is wrong at once, in the order of the fields and not of the body', async () => {
    const { client } = await freshClient()
    const wrong = {
      correlationId: 'a b',
      phone: '1',
      ipAddress: 7,
      businessName: '<',
      email: 'jane',
      lastName: '%',
      firstName: '',
    }
    assert.deepEqual(errorsOf(await client.post('/customers', wrong)), [
      'Required /firstName FirstName required.',
      'InvalidFormat /lastName LastName invalid.',
      'InvalidFormat /email Email invalid.',
      'InvalidFormat /businessName BusinessName invalid.',
      'Invalid /ipAddress IpAddress invalid.',
      'InvalidFormat /phone Phone invalid.',
      'InvalidFormat /correlationId CorrelationId invalid.',
    ])
    assert.deepEqual(errorsOf(await client.post('/customers', {})), [
      'Required /firstName FirstName required.',
      'Required /lastName LastName required.',
      'Required /email Email required.',
    ])
  })

  it('as Dwolla shapes it: every entry has its links, empty unless there is something to show', async () => {
    const { client } = await freshClient()
    const answer = await client.post('/customers', { ...jane, firstName: '' })
    assert.deepEqual(answer.body, {
      code: 'ValidationError',
      message: 'Validation error(s) present. See embedded errors list for more details.',
      _embedded: {
        errors: [{ code: 'Required', message: 'FirstName required.', path: '/firstName', _links: {} }],
      },
    })
  })

  it('to an e-mail address that a customer has in any case, with a link to that customer', async () => {
    const pairs = textTable(
      ['first', 'second'],
      `
      jane@example.com    | jane@example.com
      jane@example.com    | JANE@Example.COM
      José@example.com    | JOSÉ@EXAMPLE.COM
      straße@example.com  | STRAẞE@example.com
      ΟΔΟΣ@example.com    | οδοσ@example.com
      ΟΔΟΣ@example.com    | οδος@example.com
      ÅSA@example.com     | åsa@example.com
      Жанна@example.com   | жАННА@example.com
      `,
    )
    for (const { first, second } of pairs) {
      const { accountId, client } = await freshClient()
      const href = (await client.post('/customers', { ...jane, email: first })).location
      const before = await storedRows(server.pool, accountId)
      const answer = await client.post('/customers', { ...jane, email: second, type: 'receive-only' })
      assert.equal(answer.status, 400, `${first} and ${second}`)
      assert.deepEqual(JSON.parse(answer.text)._embedded.errors, [
        {
          code: 'Duplicate',
          message: 'A customer with the specified email already exists.',
          path: '/email',
          _links: { about: { href, type: 'application/vnd.dwolla.v1.hal+json', 'resource-type': 'customer' } },
        },
      ])
      assert.deepEqual(await storedRows(server.pool, accountId), before)
    }
  })

  it('to an e-mail address that looks the same and is composed otherwise', async () => {
    const { client } = await freshClient()
    idOf(await client.post('/customers', { ...jane, email: 'jos\u00e9@example.com' }))
    const answer = await client.post('/customers', { ...jane, email: 'jose\u0301@example.com' })
    assert.deepEqual(errorsOf(answer), ['Duplicate /email A customer with the specified email already exists.'])
  })

  it('to letters that are others: ss is not ß', async () => {
    const { client } = await freshClient()
    for (const email of ['strasse@example.com', 'straße@example.com'])
      idOf(await client.post('/customers', { ...jane, email }))
    assert.equal(await ofList(client), 2)
  })

  it('to a correlation id that a customer has, with a link to that customer', async () => {
    const { client } = await freshClient()
    const href = (await client.post('/customers', everyField)).location
    const answer = await client.post('/customers', { ...everyField, email: 'other@example.com' })
    assert.equal(answer.status, 400)
    assert.deepEqual(JSON.parse(answer.text)._embedded.errors, [
      {
        code: 'Duplicate',
        message: 'A customer with the specified correlationId already exists.',
        path: '/correlationId',
        _links: { about: { href, type: 'application/vnd.dwolla.v1.hal+json', 'resource-type': 'customer' } },
      },
    ])
  })

  it('to both at once, each with a link to the customer that has it, whatever its state', async () => {
    const { client } = await freshClient()
    const byEmail = (await client.post('/customers', jane)).location
    const other = { ...jane, email: 'other@example.com', correlationId: 'c-1' }
    const byCorrelation = (await client.post('/customers', other)).location
    for (const [location, status] of [
      [byEmail, 'deactivated'],
      [byCorrelation, 'suspended'],
    ] as const)
      assert.equal((await client.post(location ?? '', { status })).status, 200)
    const { _embedded } = JSON.parse((await client.post('/customers', { ...jane, correlationId: 'c-1' })).text)
    assert.deepEqual(
      _embedded.errors.map((e: { path: string; _links: { about: { href: string } } }) => [e.path, e._links.about.href]),
      [
        ['/email', byEmail],
        ['/correlationId', byCorrelation],
      ],
    )
  })
})

describe('POST /customers in a race', () => {
  it('50 at once with one e-mail address make exactly one customer, and tell the others which', async () => {
    for (let round = 0; round < rounds(20); round++) {
      const { accountId, client } = await freshClient()
      const spellings = ['jane@example.com', 'Jane@Example.com', 'JANE@EXAMPLE.COM']
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          client.post('/customers', { ...jane, email: spellings[n % 3], correlationId: `c-${n}` }),
        ),
      )
      const [winner, ...more] = answers.filter((answer) => answer.status === 201)
      assert.equal(more.length, 0)
      for (const answer of answers.filter((a) => a !== winner)) {
        assert.deepEqual(errorsOf(answer), ['Duplicate /email A customer with the specified email already exists.'])
        assert.equal(JSON.parse(answer.text)._embedded.errors[0]._links.about.href, winner?.location)
      }
      const { customers, events } = await storedRows(server.pool, accountId)
      assert.deepEqual([customers?.length, events?.length], [1, 1])
    }
  })
})
