/** Forms: what they ask for is what the API takes, and they show nothing that the customer does not. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, clientWith, startTestServer, type TestServer } from '../../testing/harness.ts'
import { textTable } from '../../testing/text-table.ts'
import { customerIn, errorsOf, type Kind, newWorld } from './customers-fixture.ts'

type Value = { value: string; key: string; displayText: string }
type Field = {
  name: string
  path: string
  type: string
  value?: string
  displayText: string
  validations: { required: boolean; regex?: string }
  accepted?: { values: Value[] } | { groupedValues: { key: string; displayText: string; values: Value[] }[] }
}
type Form = { _links: { target: { href: string } }; method: string; contentType: string; fields: Field[] }
type Forms = { [name: string]: Form }

const formsType = 'application/vnd.dwolla.v1.hal+json; profile="https://github.com/dwolla/hal-forms"'

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = (await newWorld(server)).client
})
after(() => server.stop())

const formsAt = async (path: string, by = client): Promise<Forms> => {
  const answer = await by.get(path, { accept: formsType })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.headers.get('content-type'), `${formsType}; charset=UTF-8`)
  const { _links, _forms, ...rest } = JSON.parse(answer.text)
  assert.deepEqual(rest, {})
  assert.equal(_links.self.href, server.origin + path)
  return _forms
}

const formAt = async (path: string, name = 'default'): Promise<Form> => (await formsAt(path))[name] ?? assert.fail(name)

const acceptedBy = ({ accepted }: Field): Value[] | undefined =>
  accepted && ('values' in accepted ? accepted.values : accepted.groupedValues.flatMap(({ values }) => values))

/** A form as text: each field by its path, `*` when it must be there, and its type when that is no string. */
const told = ({ fields }: Form): string =>
  fields
    .map(
      ({ path, type, validations }) => path + (validations.required ? '*' : '') + (type === 'string' ? '' : `:${type}`),
    )
    .join(' ')

/** What somebody enters in the fields that are not filled in. */
const entered: { readonly [name: string]: string } = {
  firstName: 'Jane',
  lastName: 'Merchant',
  businessName: 'Jane Corp',
  ipAddress: '192.0.2.7',
  phone: '5155550100',
  address1: '99-99 33rd St',
  address2: 'Apt 8',
  address3: 'Rear',
  city: 'Some City',
  state: 'NY',
  stateProvinceRegion: 'NY',
  postalCode: '11101',
  country: 'CA',
  number: 'C00001549',
  dateOfBirth: '1980-01-31',
  ssn: '123-45-6789',
  ein: '12-3456789',
  title: 'CEO',
  doingBusinessAs: 'Jane Books',
  website: 'https://www.example.com',
  businessType: 'llc',
  businessClassification: '9ed3f670-7d6f-11e3-b1ce-5404a6144203',
}

let filledCount = 0

type Body = { [member: string]: unknown }

/** Puts a value where a JSON pointer says. */
const put = (body: Body, path: string, value: unknown): void => {
  const names = path.split('/').slice(1)
  const last = names.pop() ?? ''
  let inner = body
  for (const name of names) {
    inner[name] ??= {}
    inner = inner[name] as Body
  }
  inner[last] = value
}

/** The form filled in: with all of its fields, or those alone that it requires. */
const filledIn = ({ fields }: Form, which: 'all' | 'required'): Body => {
  const body: Body = {}
  filledCount += 1
  for (const field of fields) {
    const { name, path, value, validations } = field
    if (which === 'required' && !validations.required) continue
    const unique = { email: `form-${filledCount}@example.com`, correlationId: `form-${filledCount}` }
    const given = value ?? { ...entered, ...unique }[name] ?? assert.fail(path)
    const accepted = acceptedBy(field)
    if (accepted) assert.ok(accepted.map((one) => one.value).includes(given), `${path} ${given}`)
    if (validations.regex) assert.match(given, new RegExp(validations.regex, 'u'), path)
    put(body, path, given)
  }
  return body
}

const send = (form: Form, body: Body) => {
  assert.equal(form.method, 'POST')
  assert.equal(form.contentType, 'application/vnd.dwolla.v1.hal+json')
  return client.post(form._links.target.href, body, { 'content-type': form.contentType })
}

const contact = '/firstName* /lastName* /email*:email'
const more = '/ipAddress /phone:tel /correlationId'
const home = '/address1* /city* /state* /postalCode*'
const person = (at: string) => `${at}/firstName* ${at}/lastName* ${at}/title* ${at}/dateOfBirth*:date`

describe('GET /customers with the profile of forms', () => {
  const trade = `/businessName* /businessType* /businessClassification* /ein*:sensitive ${home}`
  const tradeMore = `/address2 /doingBusinessAs /website ${more}`
  const expected: { [form: string]: string } = {
    default: `/type*:hidden ${contact} /businessName ${more}`,
    'create-receive-only-customer': `/type*:hidden ${contact} /businessName ${more}`,
    'create-personal-customer': `/type*:hidden ${contact} ${home} /dateOfBirth*:date /ssn*:sensitive /address2 ${more}`,
    'create-sole-proprietorship':
      `/type*:hidden /businessType*:hidden ${contact} /businessName* /businessClassification* ${home} ` +
      `/dateOfBirth*:date /ssn*:sensitive /ein:sensitive ${tradeMore}`,
    'create-business':
      `/type*:hidden ${contact} ${trade} ${tradeMore} ${person('/controller')} /controller/ssn*:sensitive ` +
      '/controller/address/country*:hidden /controller/address/address1* /controller/address/city* ' +
      '/controller/address/stateProvinceRegion* /controller/address/postalCode* ' +
      '/controller/address/address2 /controller/address/address3',
    'create-business-with-international-controller':
      `/type*:hidden ${contact} ${trade} ${tradeMore} ${person('/controller')} ` +
      '/controller/passport/number*:sensitive /controller/passport/country* ' +
      '/controller/address/address1* /controller/address/city* /controller/address/stateProvinceRegion* ' +
      '/controller/address/country* /controller/address/address2 /controller/address/address3 ' +
      '/controller/address/postalCode',
  }

  it('gives a form for each kind of customer, the default an unverified one’s', async () => {
    const forms = await formsAt('/customers')
    assert.deepEqual(Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, told(form)])), expected)
    for (const form of Object.values(forms)) assert.equal(form._links.target.href, `${server.origin}/customers`)
  })

  it('asks for what POST /customers takes: with all of it, and with what is required alone', async () => {
    for (const [name, form] of Object.entries(await formsAt('/customers')))
      for (const which of ['all', 'required'] as const) {
        const created = await send(form, filledIn(form, which))
        assert.equal(created.status, 201, `${name} ${which} ${created.text}`)
        const { status, type } = (await client.get(created.location ?? '')).body
        const isChecked = /business|personal|sole/.test(name)
        assert.deepEqual([String(status), type], [isChecked ? 'verified' : 'unverified', form.fields[0]?.value])
      }
  })

  it('requires what POST /customers demands, and says by its expressions what it does not take', async () => {
    for (const form of Object.values(await formsAt('/customers')))
      for (const { path, type, accepted, validations } of form.fields) {
        if (type === 'hidden') continue
        const refused = async (value: unknown): Promise<string[]> => {
          const body = filledIn(form, 'required')
          put(body, path, value)
          return errorsOf(await send(form, body), `${path} ${value}`)
        }
        if (validations.required)
          assert.ok((await refused(undefined)).some((error) => error.startsWith(`Required ${path} `)))
        for (const wrong of ['<', 'x'.repeat(300), 'no 1'])
          if (accepted || (validations.regex && !new RegExp(validations.regex, 'u').test(wrong)))
            assert.ok((await refused(wrong)).some((error) => error.includes(` ${path} `)))
      }
  })

  it('tells how a field is shown and what it accepts', async () => {
    const { fields } = await formAt('/customers', 'create-business')
    const at = (path: string) => fields.find((field) => field.path === path) ?? assert.fail(path)
    assert.deepEqual(at('/businessType'), {
      name: 'businessType',
      path: '/businessType',
      type: 'string',
      displayText: 'Business Type',
      validations: { required: true },
      accepted: {
        values: [
          { value: 'llc', key: 'LLC', displayText: 'LLC' },
          { value: 'corporation', key: 'CORPORATION', displayText: 'Corporation' },
          { value: 'partnership', key: 'PARTNERSHIP', displayText: 'Partnership' },
        ],
      },
    })
    assert.deepEqual(at('/controller/address/country'), {
      name: 'country',
      path: '/controller/address/country',
      type: 'hidden',
      value: 'US',
      displayText: 'Country',
      validations: { required: true },
    })
    assert.equal(acceptedBy(at('/state'))?.length, 57)
    const { accepted } = at('/businessClassification')
    assert.ok(accepted && 'groupedValues' in accepted && accepted.groupedValues.length === 27)
    const { values, ...group } = accepted.groupedValues[0] ?? assert.fail()
    assert.deepEqual(group, { key: 'FOOD_RETAIL_AND_SERVICE', displayText: 'Food retail and service' })
    assert.deepEqual(values[2], {
      value: '9ed3f66a-7d6f-11e3-8acd-5404a6144203',
      key: 'BREWERIES',
      displayText: 'Breweries',
    })
    assert.equal(at('/controller/ssn').validations.regex, '^(?:\\d{4}|\\d{3}-?\\d{2}-?\\d{4})$')
  })
})

describe('GET /customers/{id} with the profile of forms', () => {
  const edit = '/email:email /ipAddress'
  const place = '/address1 /address2 /city /state /postalCode /phone:tel'
  const retryPersonal = `/type*:hidden ${contact} ${home} /dateOfBirth*:date /ssn*:sensitive /address2 ${more}`
  const editable = textTable(
    ['kind', 'state', 'fields'],
    `
    unverified         | unverified | /firstName /lastName /email:email /businessName
    receive-only       | unverified | /firstName /lastName /email:email /businessName
    personal           | verified   | ${edit} ${place}
    personal           | kba        | ${edit} ${place}
    personal           | retry      | ${retryPersonal}
    soleProprietorship | verified   | ${edit} ${place} /doingBusinessAs /website
    business           | verified   | ${edit} ${place} /doingBusinessAs /website
    `,
  )

  it('gives what the customer can be sent as it stands', async () => {
    for (const { kind, state, fields } of editable) {
      const { client: own } = await newWorld(server)
      const forms = await formsAt(await customerIn(own, kind as Kind, state), own)
      assert.deepEqual(Object.keys(forms), ['default'])
      assert.equal(told(forms['default'] ?? assert.fail()), fields, `${kind} ${state}`)
    }
  })

  it('has filled in what the API shows of the customer, and nothing more', async () => {
    for (const [kind, state] of [
      ['personal', 'retry'],
      ['soleProprietorship', 'retry'],
      ['business', 'retry of both'],
    ] as const) {
      const { client: its } = await newWorld(server)
      const path = await customerIn(its, kind, state)
      const customer = JSON.parse((await its.get(path)).text)
      for (const form of Object.values(await formsAt(path, its)))
        for (const given of form.fields) {
          const { path: field, type, value } = given
          const names = field.split('/').slice(1)
          const seen = names.reduce<unknown>((body, name) => (body as Body | undefined)?.[name], customer)
          const fits = acceptedBy(given)?.some((one) => one.value === seen) ?? true
          if (type !== 'hidden') assert.equal(value, fits ? seen : undefined, `${kind} ${field}`)
          if (['sensitive', 'date'].includes(type)) assert.equal(value, undefined, field)
        }
    }
    const { client: own } = await newWorld(server)
    const sealed = { ssn: '918-27-3645', dateOfBirth: '1975-03-14', ipAddress: '203.0.113.99' }
    const path = await customerIn(own, 'personal', 'retry', sealed)
    const { text } = await own.get(path, { accept: formsType })
    for (const secret of ['3645', ...Object.values(sealed)]) assert.ok(!text.includes(secret), secret)
  })

  it('in retry gives the second attempt, which verifies when it is sent as it is filled in', async () => {
    const rows = textTable(
      ['kind', 'state', 'forms', 'sent'],
      `
      personal           | retry                 | default                                        | default
      soleProprietorship | retry                 | default                                        | default
      business           | retry of the business | default                                        | default
      business           | retry of both         | default retry-with-international-controller    | default
      business           | retry of both         | default retry-with-international-controller    | retry-with-international-controller
      `,
    )
    for (const { kind, state, forms: names, sent } of rows) {
      const { client: own } = await newWorld(server)
      const path = await customerIn(own, kind as Kind, state)
      const forms = await formsAt(path, own)
      assert.equal(Object.keys(forms).join(' '), names)
      const form = forms[sent] ?? assert.fail(sent)
      const hasController = form.fields.some((field) => field.path.startsWith('/controller'))
      assert.equal(hasController, state === 'retry of both', state)
      const ssn = form.fields.find(({ name }) => name === 'ssn')
      if (ssn) assert.equal(ssn.validations.regex, '^(?:\\d{3}-?\\d{2}-?\\d{4})$', 'all nine digits')
      const body = filledIn(form, 'all')
      for (const steering of ['/firstName', '/businessName', '/controller/firstName'])
        if (form.fields.some((field) => field.path === steering)) put(body, steering, 'Jane')
      const answer = await own.post(form._links.target.href, body)
      assert.deepEqual([answer.status, answer.body['status']], [200, 'verified'], answer.text)
    }
  })

  it('of a controller from abroad offers the form for one from abroad first', async () => {
    const { client: own } = await newWorld(server)
    const { client: its } = await newWorld(server)
    const form = await formAt('/customers', 'create-business-with-international-controller')
    const body = filledIn(form, 'required')
    put(body, '/controller/firstName', 'retry')
    put(body, '/controller/address/stateProvinceRegion', 'ON')
    const created = await own.post('/customers', body)
    const forms = await formsAt(new URL(created.location ?? '').pathname, own)
    assert.deepEqual(Object.keys(forms), ['default', 'retry-with-controller-in-the-us'])
    assert.match(told(forms['default'] ?? assert.fail()), /\/controller\/passport\/number\*:sensitive/)
    const regions = Object.values(forms).map(({ fields }) => fields.find(({ name }) => name === 'stateProvinceRegion'))
    assert.deepEqual(
      regions.map((field) => field?.value),
      ['ON', undefined],
      'a value that is not accepted is not filled in',
    )
    assert.equal((await its.get(created.location ?? '', { accept: formsType })).status, 404)
  })

  it('answers 403 where nothing can be edited, while the customer itself is shown', async () => {
    for (const [kind, state] of [
      ['unverified', 'suspended'],
      ['unverified', 'deactivated'],
      ['personal', 'document'],
      ['personal', 'suspended'],
      ['business', 'document of both'],
      ['business', 'deactivated'],
    ] as const) {
      const { client: own } = await newWorld(server)
      const path = await customerIn(own, kind, state)
      const refused = await own.get(path, { accept: formsType })
      assert.deepEqual([refused.status, refused.body['code']], [403, 'InvalidResourceState'], `${kind} ${state}`)
      assert.equal((await own.get(path)).status, 200)
    }
  })

  it('is where the link edit-form leads, and the link is there exactly when there is a form', async () => {
    const states = ['verified', 'retry', 'kba', 'document', 'suspended', 'deactivated']
    for (const state of states) {
      const { client: own } = await newWorld(server)
      const path = await customerIn(own, 'personal', state)
      const link = JSON.parse((await own.get(path)).text)._links['edit-form']
      const { status } = await own.get(path, { accept: formsType })
      assert.equal(link !== undefined, status === 200, state)
      if (link) assert.deepEqual(link, { href: server.origin + path, type: formsType, 'resource-type': 'customer' })
    }
  })

  it('is read with a client token that reads the customer', async () => {
    const path = await customerIn(client, 'unverified', 'unverified', {
      email: 'token@example.com',
      correlationId: 'token',
    })
    const body = { action: 'customer.read', _links: { customer: { href: path } } }
    const { body: minted } = await client.post('/client-tokens', body)
    const form = await formsAt(path, clientWith(server.origin, String(minted['token'])))
    assert.ok(form['default'])
  })
})

describe('GET /customers/{id}/documents with the profile of forms', () => {
  it('gives the form of an upload, which is taken when it is sent as it says', async () => {
    const { client: own } = await newWorld(server)
    const path = await customerIn(own, 'business', 'document of the controller')
    const { default: form, ...others } = await formsAt(`${path}/documents`, own)
    assert.deepEqual(others, {})
    assert.ok(form)
    assert.equal(told(form), '/documentType* /file*:file')
    assert.deepEqual(
      form.fields.flatMap((field) => acceptedBy(field) ?? []).map(({ value }) => value),
      ['passport', 'license', 'idCard', 'other'],
    )
    assert.equal(form.contentType, 'multipart/form-data')
    const headers = { accept: 'application/vnd.dwolla.v1.hal+json', authorization: `Bearer ${own.token}` }
    const body = new FormData()
    body.set('documentType', 'passport')
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
    body.set('file', new Blob([png]), 'passport.png')
    const uploaded = await fetch(form._links.target.href, { method: form.method, headers, body })
    assert.equal(uploaded.status, 201, await uploaded.text())
  })

  it('is where the link document-form leads, and answers 403 where no document is wanted', async () => {
    const { client: own } = await newWorld(server)
    const path = await customerIn(own, 'personal', 'document')
    const link = JSON.parse((await own.get(path)).text)._links['document-form']
    assert.deepEqual([link.href, link.type], [`${server.origin}${path}/documents`, formsType])
    assert.equal((await own.get(link.href, { accept: formsType })).status, 200)
    const { client: its } = await newWorld(server)
    const verified = await customerIn(its, 'personal', 'verified')
    const refused = await its.get(`${verified}/documents`, { accept: formsType })
    assert.deepEqual([refused.status, refused.body['code']], [403, 'InvalidResourceState'])
    assert.equal((await its.get(`${verified}/documents`)).status, 200)
    assert.equal((await its.get(`${path}/documents`, { accept: formsType })).status, 404)
  })
})

describe('the profile of forms', () => {
  it('asks for forms when the first of the API’s media ranges has it', async () => {
    const plain = 'application/vnd.dwolla.v1.hal+json'
    const rows = [
      [formsType, true],
      [
        formsType.toUpperCase().replace('HTTPS://GITHUB.COM/DWOLLA/HAL-FORMS', 'https://github.com/dwolla/hal-forms'),
        true,
      ],
      [`${plain};profile=https://github.com/dwolla/hal-forms`, true],
      [`${plain}; q=0.9; profile="https://github.com/dwolla/hal-forms"`, true],
      [`text/html, ${formsType}`, true],
      [`${formsType}, ${plain}`, true],
      [`${plain}, ${formsType}`, false],
      [`${plain}; profile="https://github.com/dwolla/other"`, false],
      [`${plain}; profile=""`, false],
      [`${plain}; about="https://github.com/dwolla/hal-forms"`, false],
      [plain, false],
    ] as const
    for (const [accept, expected] of rows) {
      const answer = await client.get('/customers', { accept })
      assert.equal('_forms' in answer.body, expected, accept)
    }
  })

  it('changes nothing where there is no form', async () => {
    const answer = await client.get('/events?limit=1', { accept: formsType })
    assert.equal(answer.headers.get('content-type'), 'application/vnd.dwolla.v1.hal+json; charset=UTF-8')
    assert.ok('_embedded' in answer.body)
  })
})
