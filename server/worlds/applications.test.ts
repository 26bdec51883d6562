import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, send, startTestServer, type TestServer, takeToken } from '../testing/harness.ts'
import { textTable } from '../testing/text-table.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.stop())

type Credentials = { key: string; secret: string }

const freshWorld = async () => {
  const world = await server.newWorld({ clock: { mode: 'frozen', set: '2026-11-23T14:00:00Z' } })
  const applications = `/worlds/${world.id}/applications`
  return { ...world, applications, first: `${applications}/${world.application.id}` }
}

const credentialsOf = (answer: Answer): Credentials => answer.body as unknown as Credentials

/** What `POST /token` says to credentials. */
const tokenFor = async ({ key, secret }: Credentials): Promise<string> => {
  const answer = await send(server.origin, 'POST', '/token', {
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key, client_secret: secret }),
  })
  return answer.status === 200 ? '200' : `${answer.status} ${answer.body['error']}`
}

const said = ({ status, body }: Answer): string => (status < 400 ? String(status) : `${status} ${body['code']}`)

const errorsOf = (answer: Answer, sent: string): string => {
  assert.deepEqual([answer.status, answer.body['code']], [400, 'ValidationError'], `${sent} ${answer.text}`)
  return JSON.parse(answer.text)
    ._embedded.errors.map((e: Record<string, string>) => `${e['code']} ${e['path']} ${e['message']}`)
    .join(' + ')
}

const noApplication = { code: 'NotFound', message: 'There is no such application in this world.' }

describe('the applications of a world', () => {
  it('are several, each with a key and a secret of its own for the same account', async () => {
    const { accountId, application, applications } = await freshWorld()
    const made = await server.operate('POST', applications, { name: 'Second' })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const { id, key, secret, ...rest } = JSON.parse(made.text)
    assert.equal(made.location, `/_clearyard${applications}/${id}`)
    const created = '2026-11-23T14:00:00.000Z'
    const keys = [{ key, status: 'active', created }]
    assert.deepEqual(rest, { name: 'Second', status: 'active', ipAllowList: [], created, keys })
    const [a, b] = [await server.as(application), await server.as({ key, secret })]
    const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
    const { location } = await a.post('/customers', person)
    assert.equal((await b.get(new URL(location ?? '').pathname)).status, 200)
    assert.match(String((await b.get('/')).body['_links']?.['account']?.['href']), new RegExp(`${accountId}$`))
    assert.equal((await server.operate('POST', applications, {})).body['name'], 'Application')
  })

  it('are listed in the order they were made, and read singly, without a secret', async () => {
    const { application, applications, first } = await freshWorld()
    const second = await server.operate('POST', applications, { name: 'Second' })
    const extra = await server.operate('POST', `${first}/keys`, {})
    const list = await server.operate('GET', applications)
    assert.equal(list.status, 200)
    const listed = JSON.parse(list.text).applications
    assert.deepEqual(
      listed.map((a: { name: string; keys: Credentials[] }) => [a.name, a.keys.map(({ key }) => key)]),
      [
        ['Application', [application.key, extra.body['key']]],
        ['Second', [second.body['key']]],
      ],
    )
    const single = await server.operate(
      'GET',
      first.toUpperCase().replace('/WORLDS/', '/worlds/').replace('/APPLICATIONS/', '/applications/'),
    )
    assert.deepEqual([single.status, single.body], [200, listed[0]])
    for (const secret of [application.secret, second.body['secret'], extra.body['secret']])
      for (const answer of [list, single]) assert.ok(!answer.text.includes(String(secret)))
  })

  it('are renamed, and what is not given stays', async () => {
    const { first } = await freshWorld()
    const before = (await server.operate('GET', first)).body
    const renamed = await server.operate('POST', first, { name: 'Renamed' })
    assert.deepEqual([renamed.status, renamed.body], [200, { ...before, name: 'Renamed' }])
    assert.deepEqual((await server.operate('POST', first, {})).body, renamed.body)
  })

  it('disabled: no token is given, and every token of theirs is refused until they are enabled again', async () => {
    const { application, applications, first } = await freshWorld()
    const beside = await server.as(credentialsOf(await server.operate('POST', applications, {})))
    const client = await server.as(application)
    assert.equal((await server.operate('POST', first, { status: 'disabled' })).body['status'], 'disabled')
    const refused = await client.get('/')
    assert.equal(refused.status, 401)
    assert.deepEqual(refused.body, { code: 'InvalidApplicationStatus', message: 'Invalid application status.' })
    assert.equal(await tokenFor(application), '401 invalid_client')
    assert.equal(said(await beside.get('/')), '200')
    await server.operate('POST', first, { status: 'active' })
    assert.equal(said(await client.get('/')), '200')
    assert.equal(await tokenFor(application), '200')
  })
})

describe('the keys of an application', () => {
  it('are several: one can be taken up before the other is given up', async () => {
    const { application, first } = await freshWorld()
    const added = await server.operate('POST', `${first}/keys`, {})
    assert.equal(added.status, 201)
    assert.deepEqual(Object.keys(added.body), ['key', 'secret'])
    const second = credentialsOf(added)
    const [old, fresh] = [await server.as(application), await server.as(second)]
    const disabled = await server.operate('POST', `${first}/keys/${application.key}`, { status: 'disabled' })
    assert.deepEqual(
      JSON.parse(disabled.text).keys.map(({ key, status }: { key: string; status: string }) => [key, status]),
      [
        [application.key, 'disabled'],
        [second.key, 'active'],
      ],
    )
    assert.equal(said(await old.get('/')), '401 InvalidAccessToken')
    assert.equal(await tokenFor(application), '401 invalid_client')
    assert.equal(said(await fresh.get('/')), '200')
    await server.operate('POST', `${first}/keys/${application.key}`, { status: 'active' })
    assert.equal(said(await old.get('/')), '200')
  })

  it('rotated: the old secret and every token made with it die at once, the new secret works', async () => {
    const { application, first } = await freshWorld()
    const client = await server.as(application)
    const rotated = await server.operate('POST', `${first}/keys/${application.key}/rotate`, {})
    assert.equal(rotated.status, 200)
    assert.equal(rotated.headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(rotated.body), ['key', 'secret'])
    const renewed = credentialsOf(rotated)
    assert.equal(renewed.key, application.key)
    assert.match(renewed.secret, /^[A-Za-z0-9]{50}$/)
    assert.notEqual(renewed.secret, application.secret)
    assert.equal(said(await client.get('/')), '401 InvalidAccessToken')
    assert.equal(await tokenFor(application), '401 invalid_client')
    assert.equal(said(await (await server.as(renewed)).get('/')), '200')
  })

  it('rotated over and over: only the last secret works', async () => {
    const { application, first } = await freshWorld()
    const secrets = [application.secret]
    for (let n = 0; n < 3; n++) {
      const rotated = await server.operate('POST', `${first}/keys/${application.key}/rotate`, {})
      secrets.push(credentialsOf(rotated).secret)
    }
    const answers: string[] = []
    for (const secret of secrets) answers.push(await tokenFor({ key: application.key, secret }))
    assert.deepEqual(answers, ['401 invalid_client', '401 invalid_client', '401 invalid_client', '200'])
  })

  it('stay disabled when they are rotated', async () => {
    const { application, first } = await freshWorld()
    await server.operate('POST', `${first}/keys/${application.key}`, { status: 'disabled' })
    const rotated = await server.operate('POST', `${first}/keys/${application.key}/rotate`, {})
    assert.equal(await tokenFor(credentialsOf(rotated)), '401 invalid_client')
  })
})

describe('the networks an application may be called from', () => {
  it('hold its tokens and its token requests, and are changed at once', async () => {
    const rows = textTable(
      ['list', 'here'],
      `
      ["192.0.2.0/24"]                       | refused
      ["127.0.0.1"]                          | allowed
      ["127.0.0.0/8"]                        | allowed
      ["127.1.2.3/8"]                        | allowed
      ["127.0.0.1/32"]                       | allowed
      ["127.0.0.2/32"]                       | refused
      ["127.0.0.2/31"]                       | refused
      ["0.0.0.0/0"]                          | allowed
      ["::1"]                                | refused
      ["2001:db8::/32"]                      | refused
      ["2001:db8::/32","127.0.0.1"]          | allowed
      ["::ffff:127.0.0.1"]                   | allowed
      []                                     | allowed
      `,
    )
    const { application, first } = await freshWorld()
    const client = await server.as(application)
    for (const { list, here } of rows) {
      const changed = await server.operate('POST', first, `{"ipAllowList":${list}}`)
      assert.deepEqual([changed.status, changed.body['ipAllowList']], [200, JSON.parse(list)], changed.text)
      const answer = await client.get('/')
      if (here === 'allowed') assert.equal(answer.status, 200, list)
      else {
        assert.equal(answer.status, 403, list)
        assert.deepEqual(answer.body, {
          code: 'InvalidIpAddress',
          message: 'Access to this resource is forbidden from this network location.',
        })
      }
      assert.equal(await tokenFor(application), here === 'allowed' ? '200' : '403 access_denied', list)
    }
  })

  it('are those of one application', async () => {
    const { application, applications, first } = await freshWorld()
    const beside = credentialsOf(await server.operate('POST', applications, {}))
    await server.operate('POST', first, { ipAllowList: ['192.0.2.1'] })
    assert.equal(await tokenFor(application), '403 access_denied')
    assert.equal(await tokenFor(beside), '200')
  })

  it('cannot be got round by a header that says another address', async () => {
    const { application, first } = await freshWorld()
    const client = await server.as(application)
    await server.operate('POST', first, { ipAllowList: ['192.0.2.1'] })
    for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip', 'true-client-ip'])
      assert.equal(said(await client.get('/', { [name]: '192.0.2.1' })), '403 InvalidIpAddress', name)
  })
})

describe('a body for an application or a key that is wrong is answered 400', () => {
  it('with everything that is wrong at once, and changes nothing', async () => {
    const list = 'Invalid /ipAllowList ipAllowList must be a list of at most 100 addresses or CIDR blocks.'
    const rows = textTable(
      ['path', 'body', 'errors'],
      `
      list | {"name":""}                       | Invalid /name name must be text of 1 to 255 characters.
      list | {"name":null}                     | Invalid /name name must be text of 1 to 255 characters.
      list | {"secret":"x"}                    | Invalid /secret There is no secret here; known are name.
      one  | {"name":7}                        | Invalid /name name must be text of 1 to 255 characters.
      one  | {"status":"gone"}                 | Invalid /status status must be active or disabled.
      one  | {"status":null}                   | Invalid /status status must be active or disabled.
      one  | {"keys":[]}                       | Invalid /keys There is no keys here; known are name, status, ipAllowList.
      one  | {"ipAllowList":"127.0.0.1"}       | ${list}
      one  | {"ipAllowList":null}              | ${list}
      one  | {"ipAllowList":{}}                | ${list}
      one  | {"ipAllowList":[7]}               | ${list}
      one  | {"ipAllowList":["localhost"]}     | ${list}
      one  | {"ipAllowList":["127.0.0.1/33"]}  | ${list}
      one  | {"ipAllowList":["127.0.0.1/"]}    | ${list}
      one  | {"ipAllowList":["127.0.0.1/-1"]}  | ${list}
      one  | {"ipAllowList":["127.0.0.1/8/8"]} | ${list}
      one  | {"ipAllowList":["127.0.0"]}       | ${list}
      one  | {"ipAllowList":["::/129"]}        | ${list}
      one  | {"ipAllowList":["fe80::1%eth0"]}  | ${list}
      one  | {"ipAllowList":["127.0.0.1 "]}    | ${list}
      one  | {"name":"","status":1,"ipAllowList":1,"x":1} | Invalid /x There is no x here; known are name, status, ipAllowList. + Invalid /name name must be text of 1 to 255 characters. + Invalid /status status must be active or disabled. + ${list}
      keys | {"key":"mine"}                    | Invalid /key There is no key here.
      key  | {}                                | Invalid /status status must be active or disabled.
      key  | {"status":"rotated"}              | Invalid /status status must be active or disabled.
      key  | {"secret":"mine"}                 | Invalid /secret There is no secret here; known are status.
      turn | {"secret":"mine"}                 | Invalid /secret There is no secret here.
      `,
    )
    const { application, applications, first } = await freshWorld()
    const key = `${first}/keys/${application.key}`
    const paths: { [path: string]: string } = {
      list: applications,
      one: first,
      keys: `${first}/keys`,
      key,
      turn: `${key}/rotate`,
    }
    const before = (await server.operate('GET', applications)).body
    for (const { path, body, errors } of rows)
      assert.equal(errorsOf(await server.operate('POST', paths[path] ?? '', body), body), errors, body)
    const many = { ipAllowList: Array.from({ length: 101 }, (_, n) => `192.0.2.${n}`) }
    assert.equal(errorsOf(await server.operate('POST', first, many), 'many'), list)
    assert.deepEqual((await server.operate('GET', applications)).body, before)
    assert.equal(await tokenFor(application), '200')
  })
})

describe('an application or a key that is not in this world is answered 404', () => {
  it('also when another world has it, and stays as it is', async () => {
    const [world, other] = [await freshWorld(), await freshWorld()]
    const second = await server.operate('POST', world.applications, {})
    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const id of [other.application.id, unknown, 'nothing', world.application.key]) {
      const one = `${world.applications}/${id}`
      for (const answer of [
        await server.operate('GET', one),
        await server.operate('POST', one, { status: 'disabled' }),
        await server.operate('POST', `${one}/keys`, {}),
        await server.operate('POST', `${one}/keys/${other.application.key}`, { status: 'disabled' }),
        await server.operate('POST', `${one}/keys/${other.application.key}/rotate`, {}),
      ]) {
        assert.equal(answer.status, 404, answer.text)
        assert.deepEqual(answer.body, noApplication)
      }
    }
    const keys = [other.application.key, String(second.body['key']), 'unknown', 'x'.repeat(300)]
    for (const key of keys)
      for (const answer of [
        await server.operate('POST', `${world.first}/keys/${key}`, { status: 'disabled' }),
        await server.operate('POST', `${world.first}/keys/${key}/rotate`, {}),
      ]) {
        assert.equal(answer.status, 404, answer.text)
        assert.deepEqual(answer.body, { code: 'NotFound', message: 'There is no such key of this application.' })
      }
    assert.equal(await tokenFor(other.application), '200')
    assert.equal(await tokenFor(credentialsOf(second)), '200')
    assert.equal(typeof (await takeToken(server.origin, world.application)), 'string')
  })
})
