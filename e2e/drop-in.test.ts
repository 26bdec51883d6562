/** `<dwolla-customer-create>` on an integrator's page, in a real browser, against the real server. */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium, localContext } from '../server/testing/chromium.ts'
import { type Client, clientWith, startTestServer, type TestServer } from '../server/testing/harness.ts'
import {
  assertAccessible,
  description,
  fill,
  focused,
  form,
  newEmail,
  open,
  type PageParts,
  pageWith,
  terms,
  told,
  toldTimes,
} from './drop-in-form.ts'
import { type Site, startSite } from './drop-in-site.ts'

let api: TestServer
let application: Client
let site: Site
let browser: Browser

before(async () => {
  ;[api, browser] = await Promise.all([startTestServer(), launchChromium()])
  ;[application, site] = await Promise.all([api.as(), startSite(api)])
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await api?.stop()
})

const element = (attributes = ''): string => `<dwolla-customer-create ${terms} ${attributes}></dwolla-customer-create>`

const opened = async (t: TestContext, parts: Partial<PageParts> = {}): Promise<Page> =>
  open(await localContext(t, browser), site, pageWith({ scriptOrigin: api.origin, body: element(), ...parts }))

/** The bodies of the token requests and of the API calls that a page makes from now on. */
const watch = (page: Page) => {
  const tokens: unknown[] = []
  const calls: { headers: Record<string, string>; body: unknown }[] = []
  page.on('request', (request) => {
    if (request.method() !== 'POST') return
    if (request.url() === `${site.origin}/token`) tokens.push(request.postDataJSON())
    if (request.url() === `${api.origin}/customers`)
      calls.push({ headers: request.headers(), body: request.postDataJSON() })
  })
  return { tokens, calls }
}

const locationOf = ([, payload]: Awaited<ReturnType<typeof toldTimes>>[number]): string =>
  String(typeof payload === 'string' ? '' : payload.response['location'])

const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key)
}

const typeAndTab = async (page: Page, ...texts: string[]): Promise<void> => {
  for (const text of texts) {
    await page.keyboard.type(text)
    await page.keyboard.press('Tab')
  }
}

const members = ['email', 'firstName', 'lastName', 'businessName', 'type', 'status', 'correlationId'] as const

/** What the API now says of the customer that was created. */
const created = async (location: string) => {
  const { status, body } = await application.get(location)
  assert.equal(status, 200)
  return Object.fromEntries(members.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])))
}

describe('a customer is created by keyboard alone, with nothing that axe would mind at any step', () => {
  test('unverified', async (t) => {
    const page = await opened(t)
    const { success } = await form(page)
    await assertAccessible(page, 'when it is drawn')
    const email = newEmail()

    await press(page, 'Tab')
    assert.equal(await focused(page), 'email')
    await press(page, 'Enter')
    assert.equal(await focused(page), 'email')
    await assertAccessible(page, 'with every field in error')
    await typeAndTab(page, email, 'Ada', 'Lovelace')
    assert.equal(await focused(page), 'agreed')
    await press(page, 'Space')
    await assertAccessible(page, 'when it is filled')
    await press(page, 'Tab', 'Tab', 'Tab', 'Tab', 'Tab')
    assert.equal(await focused(page), 'submit')
    await press(page, 'Enter')

    const [first] = await toldTimes(page, 1)
    assert.ok(first?.[0] === 'success')
    assert.equal(first[1].resource, 'customers')
    assert.deepEqual(Object.keys(first[1].response), ['location'])
    assert.match(locationOf(first), new RegExp(`^${api.origin}/customers/[0-9a-f-]{36}$`))
    assert.deepEqual(await created(locationOf(first)), {
      email,
      firstName: 'Ada',
      lastName: 'Lovelace',
      type: 'unverified',
      status: 'unverified',
    })

    assert.equal(await success.textContent(), 'Customer Successfully Created.')
    assert.equal(await focused(page), 'dwolla-success')
    await assertAccessible(page, 'when it is done')
    assert.equal(await page.locator('dwolla-customer-create input').count(), 0, 'nothing is left to send again')
    assert.equal((await told(page)).length, 1)
  })

  test('receive-only, for a business, with what the page sends along unseen', async (t) => {
    const page = await opened(t, {
      body: element('type="receive-only" isBusiness ipAddress="192.0.2.7" correlationId="order-7.a"'),
    })
    const { calls } = watch(page)
    await form(page)
    const email = newEmail()
    await press(page, 'Tab')
    await typeAndTab(page, email, 'Grace', 'Hopper', 'Compilers & Sons')
    assert.equal(await focused(page), 'agreed')
    await press(page, 'Space', 'Enter')
    const [first] = await toldTimes(page, 1)
    assert.deepEqual(await created(locationOf(first!)), {
      email,
      firstName: 'Grace',
      lastName: 'Hopper',
      businessName: 'Compilers & Sons',
      type: 'receive-only',
      status: 'unverified',
      correlationId: 'order-7.a',
    })
    assert.deepEqual(calls[0]?.body, {
      email,
      firstName: 'Grace',
      lastName: 'Hopper',
      businessName: 'Compilers & Sons',
      type: 'receive-only',
      ipAddress: '192.0.2.7',
      correlationId: 'order-7.a',
    })
  })
})

test('a token is asked for, and the API called, exactly as Dwolla’s library does', async (t) => {
  const page = await opened(t)
  const { tokens, calls } = watch(page)
  const asked = site.tokenRequests.length
  const sent = await form(page)
  const email = newEmail()
  await fill(sent, { email })
  await sent.submit.click()
  await toldTimes(page, 1)
  assert.deepEqual(tokens, [{ action: 'customer.create', _links: {} }])
  const { headers, token } = site.tokenRequests[asked]!
  assert.equal(headers.accept, 'application/json')
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['x-requested-with'], 'Dwolla-Drop-Ins-Library')
  assert.equal(calls[0]?.headers['authorization'], `Bearer ${token}`)
  assert.equal(calls[0]?.headers['accept'], 'application/vnd.dwolla.v1.hal+json')
  assert.equal(calls[0]?.headers['content-type'], 'application/vnd.dwolla.v1.hal+json')
  assert.deepEqual(calls[0]?.body, { email, firstName: 'Ada', lastName: 'Lovelace' }, 'no type: it is unverified')
})

test('a taken e-mail is an error of the Email field, in any case, and what was typed stays', async (t) => {
  const email = newEmail()
  const { location: existing } = await application.post('/customers', { firstName: 'A', lastName: 'B', email })
  const page = await opened(t)
  const { tokens } = watch(page)
  const sent = await form(page)
  await fill(sent, { email: email.toUpperCase() })
  await sent.submit.click()

  const [first] = await toldTimes(page, 1)
  assert.ok(first?.[0] === 'success', 'the call completed')
  const { code, _embedded } = first[1].response
  assert.equal(code, 'ValidationError')
  assert.equal(_embedded?.['errors']?.['0']?.['path'], '/email')
  assert.equal(_embedded?.['errors']?.['0']?.['_links']?.['about']?.['href'], existing)

  assert.equal(await description(page, 'Email'), 'A customer with the specified email already exists.')
  assert.equal(await sent.email.getAttribute('aria-invalid'), 'true')
  assert.equal(await focused(page), 'email')
  assert.equal(await sent.error.count(), 0, 'it is said once, at its field')
  await assertAccessible(page, 'with a taken e-mail')
  assert.equal(await sent.firstName.inputValue(), 'Ada')
  assert.equal(await sent.agreed.isChecked(), true)

  await sent.email.fill(newEmail())
  assert.equal(await sent.email.getAttribute('aria-invalid'), 'false', 'the error goes as the field is mended')
  await sent.submit.click()
  assert.match(locationOf((await toldTimes(page, 2))[1]!), /customers/)
  assert.equal(tokens.length, 2, 'each call has a token of its own')
})

test('what cannot be right is said before anything is sent, field by field', async (t) => {
  const page = await opened(t, { body: element('isBusiness') })
  const { tokens } = watch(page)
  const { submit, email, firstName, lastName, businessName, agreed, error } = await form(page)
  const described = async (label: string) => description(page, label)

  await submit.click()
  assert.equal(await described('Email'), "Field 'Email' must have a value.")
  assert.equal(await described('First Name'), "Field 'First Name' must have a value.")
  assert.equal(await described('Last Name'), "Field 'Last Name' must have a value.")
  assert.equal(await described('Business Name'), "Field 'Business Name' must have a value.")
  assert.equal(
    await described('I agree to the'),
    'You must agree to the Terms of Service and Privacy Policy before continuing.',
  )
  assert.equal(await error.textContent(), '5 fields need your attention.')
  assert.equal(await focused(page), 'email')

  await email.fill('ada@localhost')
  await firstName.fill('Ada <3')
  await lastName.fill('L'.repeat(51))
  await businessName.fill('Sons')
  await agreed.check()
  await submit.click()
  assert.equal(await described('Email'), "Field 'Email' is not valid. An example: jane@example.com")
  assert.equal(await described('First Name'), "Field 'First Name' must not contain <")
  assert.equal(await described('Last Name'), "Field 'Last Name' must be 50 or fewer characters.")
  assert.equal(await businessName.getAttribute('aria-invalid'), 'false')
  assert.equal(await focused(page), 'email')

  await email.fill(' ada@example.org ')
  await firstName.fill('Ada')
  await lastName.fill('   ')
  await submit.click()
  assert.equal(await described('Email'), '', 'white space around a value is nobody’s error')
  assert.equal(await described('Last Name'), "Field 'Last Name' must have a value.")
  assert.equal(await error.count(), 0)
  assert.equal(await focused(page), 'lastName')
  assert.deepEqual([tokens, await told(page)], [[], []])
})

describe('errors of what the page gave beside the fields are not silent', () => {
  test('a correlation id that is taken is said above the button', async (t) => {
    const correlationId = `order-${newEmail().replace('@', '-')}`
    await application.post('/customers', { firstName: 'A', lastName: 'B', email: newEmail(), correlationId })
    const page = await opened(t, { body: element(`correlationId="${correlationId}"`) })
    const sent = await form(page)
    await fill(sent, { email: newEmail() })
    await sent.submit.click()
    await toldTimes(page, 1)
    assert.match((await sent.error.textContent()) ?? '', /orrelation/)
    await assertAccessible(page, 'with an error that is no field’s')
  })

  test('receive-only needs the addresses of terms and privacy policy', async (t) => {
    const page = await opened(t, { body: '<dwolla-customer-create type="receive-only"></dwolla-customer-create>' })
    const { tokens } = watch(page)
    const sent = await form(page)
    await fill(sent, { email: newEmail() })
    await sent.submit.click()
    const [first] = await toldTimes(page, 1)
    assert.equal(first?.[0], 'error')
    assert.match(String(first[1]), /attributes terms and privacy/)
    assert.deepEqual(tokens, [])
  })
})

describe('when something fails, the page is told, what was typed stays, and sending again works', () => {
  const failure = async (t: TestContext, text: string, fail: (page: Page) => Promise<() => Promise<void>>) => {
    const page = await opened(t)
    const sent = await form(page)
    const mend = await fail(page)
    const email = newEmail()
    await fill(sent, { email })
    await sent.submit.click()
    assert.deepEqual(await toldTimes(page, 1), [['error', text]])
    assert.equal(await sent.error.textContent(), text)
    assert.equal(await focused(page), 'submit')
    assert.deepEqual([await sent.email.inputValue(), await sent.agreed.isChecked()], [email, true])
    await assertAccessible(page, 'after a failure')
    await mend()
    await sent.submit.click()
    assert.match(locationOf((await toldTimes(page, 2))[1]!), /customers/)
  }
  const noToken = 'We have encountered an issue fetching a token.'

  test('the token route answers 500', (t) =>
    failure(t, noToken, async () => {
      const before = site.beforeToken
      site.beforeToken = () => Promise.reject(new Error('out of order'))
      return async () => {
        site.beforeToken = before
      }
    }))

  test('the token route cannot be reached', (t) =>
    failure(t, noToken, async (page) => {
      await page.route('**/token', (route) => route.abort())
      return () => page.unroute('**/token')
    }))

  test('the API cannot be reached', (t) =>
    failure(t, 'We have encountered an issue reaching the API.', async (page) => {
      await page.route('**/customers', (route) => route.abort())
      return () => page.unroute('**/customers')
    }))
})

describe('what never answers ends in a clear message', () => {
  const silence = async (t: TestContext, silent: string, afterMs: number, text: string) => {
    const context = await localContext(t, browser)
    const page = await context.newPage()
    await page.clock.install()
    site.add('/patient', { body: pageWith({ scriptOrigin: api.origin, body: element() }) })
    await page.goto(`${site.origin}/patient`)
    const sent = await form(page)
    await fill(sent, { email: newEmail() })
    const asked = page.waitForRequest(silent)
    await page.route(silent, () => {})
    await sent.submit.click()
    await asked
    await page.clock.fastForward(afterMs - 1000)
    assert.deepEqual(await told(page), [])
    assert.equal(await sent.submit.getAttribute('aria-disabled'), 'true')
    await page.clock.fastForward(2000)
    assert.deepEqual(await toldTimes(page, 1), [['error', text]])
    assert.equal(await sent.submit.getAttribute('aria-disabled'), 'false')
    await page.unroute(silent)
    await sent.submit.click()
    assert.match(locationOf((await toldTimes(page, 2))[1]!), /customers/)
  }

  test('the token route, after 30 seconds', (t) =>
    silence(t, '**/token', 30_000, 'We have encountered an issue fetching a token.'))

  test('the API, after a minute', (t) =>
    silence(t, '**/customers', 60_000, 'We have encountered an issue reaching the API.'))
})

test('an answer of the token route without a token is a failure to fetch one', async (t) => {
  const page = await opened(t)
  const { calls } = watch(page)
  const sent = await form(page)
  await fill(sent, { email: newEmail() })
  const answers = ['{}', '{"token":""}', '{"token":7}', 'null', 'token', '[]', '']
  for (const [count, body] of answers.entries()) {
    await page.route('**/token', (route) => route.fulfill({ body }), { times: 1 })
    await sent.submit.click()
    assert.deepEqual((await toldTimes(page, count + 1))[count], [
      'error',
      'We have encountered an issue fetching a token.',
    ])
  }
  assert.deepEqual(calls, [])
})

test('an answer that is no JSON, as a proxy gives it, is a completed call with a message for the person', async (t) => {
  const page = await opened(t)
  const sent = await form(page)
  await fill(sent, { email: newEmail() })
  await page.route('**/customers', (route) =>
    route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>', headers: { 'access-control-allow-origin': '*' } }),
  )
  await sent.submit.click()
  assert.deepEqual(await toldTimes(page, 1), [['success', { resource: 'customers', response: {} }]])
  assert.equal(await sent.error.textContent(), 'We have encountered an unexpected issue.')
})

test('a token that is used up ends in a clear message, and the next try has a fresh one', async (t) => {
  const page = await opened(t)
  const sent = await form(page)
  await fill(sent, { email: newEmail() })
  // somebody else uses it first
  await page.route(
    '**/customers',
    async (route) => {
      await clientWith(api.origin, route.request().headers()['authorization']?.split(' ')[1] ?? '').post(
        '/customers',
        {},
      )
      await route.continue()
    },
    { times: 1 },
  )
  await sent.submit.click()
  const [refused] = await toldTimes(page, 1)
  assert.ok(refused?.[0] === 'success')
  assert.equal(refused[1].response['code'], 'InvalidAccessToken')
  assert.equal(await sent.error.textContent(), 'Invalid access token.')
  await sent.submit.click()
  assert.match(locationOf((await toldTimes(page, 2))[1]!), /customers/)
})

test('sending is one call, however often the button is pressed', async (t) => {
  const page = await opened(t)
  const { tokens, calls } = watch(page)
  const sent = await form(page)
  const email = newEmail()
  await fill(sent, { email })
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const before = site.beforeToken
  site.beforeToken = () => released
  await sent.submit.dblclick()
  await sent.submit.click({ force: true })
  await sent.email.press('Enter')
  assert.equal(await sent.submit.getAttribute('class'), 'dwolla-loading')
  assert.equal(await sent.submit.getAttribute('aria-disabled'), 'true')
  assert.match((await sent.element.getByRole('status').textContent()) ?? '', /being sent/)
  await assertAccessible(page, 'while it sends')
  release()
  site.beforeToken = before
  await toldTimes(page, 1)
  assert.equal(tokens.length, 1)
  assert.equal(calls.length, 1)
  assert.equal((await application.get(`/customers?email=${email}`)).body['total'], 1)
})
