/** The library on all kinds of pages: how it is loaded, configured, styled and shown, and what it never gives away. */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium, localContext } from '../server/testing/chromium.ts'
import { startTestServer, type TestServer } from '../server/testing/harness.ts'
import {
  assertAccessible,
  fill,
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
let site: Site
let browser: Browser

before(async () => {
  ;[api, browser] = await Promise.all([startTestServer(), launchChromium()])
  site = await startSite(api)
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await api?.stop()
})

const element = (attributes = ''): string => `<dwolla-customer-create ${terms} ${attributes}></dwolla-customer-create>`

const opened = async (t: TestContext, parts: Partial<PageParts> = {}, context?: BrowserContext): Promise<Page> =>
  open(
    context ?? (await localContext(t, browser)),
    site,
    pageWith({ scriptOrigin: api.origin, body: element(), ...parts }),
  )

/** Fills in the first form, sends it and gives what the page was told next. */
const send = async (page: Page, email = newEmail()) => {
  const before = (await told(page)).length
  const sent = await form(page)
  await fill(sent, { email })
  await sent.submit.click()
  return (await toldTimes(page, before + 1))[before]
}

const assertCreated = (outcome: Awaited<ReturnType<typeof send>>): void => {
  assert.ok(outcome?.[0] === 'success', JSON.stringify(outcome))
  assert.match(String(outcome[1].response['location']), /\/customers\/[0-9a-f-]{36}$/)
}

describe('a token comes in every form a page may give one', () => {
  const post = `fetch('/token', { method: 'POST', body: JSON.stringify({ action: req.action, _links: req._links }) }).then((r) => r.json())`
  const forms: readonly [string, string][] = [
    ['token: a promise of an object', `token: (req) => ${post}`],
    ['token: a promise of a bare string', `token: (req) => ${post}.then((body) => body.token)`],
    ['token: an async function', `token: async (req) => await ${post}`],
    ['tokenUrl: an address', "tokenUrl: '/token'"],
    ['tokenUrl: a whole address', "tokenUrl: location.origin + '/token'"],
    ['tokenUrl: a function that gives one', "tokenUrl: () => '/token'"],
    ['tokenUrl: a function that promises one', "tokenUrl: () => Promise.resolve('/token')"],
    [
      'token: an object at once',
      `token: (req) => { const r = new XMLHttpRequest(); r.open('POST', '/token', false); r.send(JSON.stringify({ action: req.action })); return JSON.parse(r.responseText) }`,
    ],
    [
      'token: a string at once',
      `token: (req) => { const r = new XMLHttpRequest(); r.open('POST', '/token', false); r.send(JSON.stringify({ action: req.action })); return JSON.parse(r.responseText).token }`,
    ],
  ]
  test('and makes a customer', async (t) => {
    const page = await opened(t)
    for (const [name, options] of forms) {
      await page.evaluate(
        `dwolla.configure({ ${options}, success: (payload) => told.push(['success', payload]), error: (message) => told.push(['error', message]) })
        document.querySelector('main').innerHTML = '${element()}'`,
      )
      const outcome = await send(page)
      assert.equal(outcome?.[0], 'success', name)
      assertCreated(outcome)
    }
  })

  test('a token function is given the request under both names of the links', async (t) => {
    const page = await opened(t, { options: `token: (req) => { window.asked = req; throw new Error('not today') }` })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    assert.deepEqual(await send(page), ['error', 'We have encountered an issue fetching a token.'])
    assert.deepEqual(await page.evaluate('window.asked'), { action: 'customer.create', _links: {}, links: {} })
    assert.deepEqual(problems, ['not today'], 'what the page’s own function throws is for its developer to see')
  })
})

describe('configuring', () => {
  test('neither or both of token and tokenUrl, and other nonsense, is told at once and shows nothing', async (t) => {
    const page = await opened(t, { options: "environment: 'sandbox'" })
    const configure = (options: string) =>
      page.evaluate(`dwolla.configure({ ${options}, error: (message) => told.push(['error', message]) })`)
    await configure("token: () => 'a', tokenUrl: '/token'")
    await configure("token: 'a'")
    await configure('tokenUrl: 7')
    await configure("tokenUrl: '/token', apiUrl: 'http://'")
    assert.deepEqual(
      (await told(page)).map(([, message]) => message),
      [
        'dwolla.configure needs exactly one of token and tokenUrl.',
        'dwolla.configure needs exactly one of token and tokenUrl.',
        'The option token must be a function.',
        'The option tokenUrl must be an address or a function.',
        'The option apiUrl must be an address.',
      ],
    )
    assert.equal(await page.locator('dwolla-customer-create *').count(), 0)
    await configure("tokenUrl: '/token'")
    await form(page)
  })

  test('options that are not ours are tolerated', async (t) => {
    const options =
      "environment: 'production', tokenUrl: '/token', token: undefined, userAgent: 'react-drop-ins/1.2.0', onError: 1, onSuccess: null"
    assertCreated(await send(await opened(t, { options })))
  })

  test('callbacks are optional, and one that throws disturbs nothing', async (t) => {
    const page = await opened(t)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.evaluate("dwolla.configure({ tokenUrl: '/token', success: () => { throw new Error('of the page') } })")
    const sent = await form(page)
    await fill(sent, { email: newEmail() })
    await sent.submit.click()
    assert.equal(await sent.success.textContent(), 'Customer Successfully Created.')
    assert.deepEqual(problems, ['of the page'])
    await page.evaluate(
      `dwolla.configure({ tokenUrl: '/token' }); document.querySelector('main').innerHTML = '${element()}'`,
    )
    const again = await form(page)
    await fill(again, { email: newEmail() })
    await again.submit.click()
    assert.equal(await again.success.textContent(), 'Customer Successfully Created.')
  })

  test('before the element and after it, and again: the last options hold', async (t) => {
    const page = await opened(t, { options: "tokenUrl: '/nowhere', styles: '/one.css'" })
    site.add('/one.css', { body: '', type: 'text/css' })
    site.add('/two.css', { body: '', type: 'text/css' })
    const { element: shown, email } = await form(page)
    await email.fill('kept@example.com')
    assert.equal(await shown.locator('link').getAttribute('href'), '/one.css')
    await page.evaluate(
      "dwolla.configure({ tokenUrl: '/token', styles: '/two.css', success: (payload) => told.push(['success', payload]) })",
    )
    assert.equal(await shown.locator('link').getAttribute('href'), '/two.css')
    assert.equal(await email.inputValue(), 'kept@example.com')
    assertCreated(await send(page))
  })

  test('the API is where the script came from, unless the page says otherwise', async (t) => {
    const page = await opened(t, { options: `tokenUrl: '/token', apiUrl: '${site.origin}/'` })
    const outcome = await send(page)
    assertCreated(outcome)
    assert.ok(site.passedOn.includes('POST /customers'))
  })
})

describe('loading', () => {
  test('from a version’s path, with the parts beside it', async (t) => {
    const page = await opened(t, { body: '', scriptPath: '/v3.1.0/dwolla-web.js' })
    const loaded: string[] = []
    page.on('request', (request) => loaded.push(request.url()))
    await page.evaluate(`document.querySelector('main').innerHTML = '${element()}'`)
    assertCreated(await send(page))
    const scripts = loaded.filter((address) => address.endsWith('.js'))
    assert.equal(scripts.length, 2)
    for (const address of scripts) assert.ok(address.startsWith(`${api.origin}/v3.1.0/components/`), address)
  })

  test('twice, from two paths, changes nothing', async (t) => {
    const page = await opened(t, { body: `${element()}<script src="${api.origin}/v2/dwolla-web.js"></script>` })
    assertCreated(await send(page))
    assert.equal((await told(page)).length, 1)
  })

  test('as a module, which has no current script', async (t) => {
    const context = await localContext(t, browser)
    const page = await open(
      context,
      site,
      `<!doctype html><html lang="en"><head><title>Module</title></head><body><main>${element()}</main></body></html>`,
    )
    await page.addScriptTag({ url: `${api.origin}/v3.1.0/dwolla-web.js`, type: 'module' })
    await page.evaluate(
      "window.told = []; dwolla.configure({ tokenUrl: '/token', success: (payload) => told.push(['success', payload]) })",
    )
    assertCreated(await send(page))
  })

  test('late: the element was there first, with attributes and with a property', async (t) => {
    const page = await open(
      await localContext(t, browser),
      site,
      `<!doctype html><html lang="en"><head><title>Late</title></head><body><main>${element('email="of@attribute.example" firstName="Ada" ISBUSINESS')}</main></body></html>`,
    )
    await page.evaluate(`document.querySelector('dwolla-customer-create').email = 'of@property.example'`)
    await page.addScriptTag({ url: `${api.origin}/dwolla-web.js` })
    await page.evaluate("dwolla.configure({ tokenUrl: '/token' })")
    const { email, firstName, businessName } = await form(page)
    assert.equal(await email.inputValue(), 'of@property.example', 'a property set before is newer than the attribute')
    assert.equal(await firstName.inputValue(), 'Ada')
    assert.equal(await businessName.count(), 1)
  })

  test('a part that cannot be loaded is told', async (t) => {
    const context = await localContext(t, browser)
    await context.route('**/components/**', (route) => route.abort())
    const page = await opened(t, {}, context)
    assert.deepEqual(await toldTimes(page, 1), [['error', 'We have encountered an issue loading a component.']])
    await context.unroute('**/components/**')
    await page.evaluate(`document.querySelector('main').innerHTML = '${element()}'`)
    assert.deepEqual((await told(page)).length, 1)
  })
})

test('attributes are properties, and what changes late is shown', async (t) => {
  const page = await opened(t, { body: element('firstname="Ada" isbusiness') })
  const { firstName, businessName, email, element: shown } = await form(page)
  const set = (script: string) => shown.evaluate((target, code) => new Function('target', code)(target), script)
  assert.equal(await firstName.inputValue(), 'Ada')
  assert.deepEqual(
    await page.evaluate(() => {
      const target = document.querySelector('dwolla-customer-create') as HTMLElement & Record<string, unknown>
      return [target['firstName'], target['isBusiness'], target['lastName'], target['type']]
    }),
    ['Ada', true, '', ''],
  )
  await set("target.setAttribute('firstName', 'Grace')")
  assert.equal(await firstName.inputValue(), 'Grace')
  await set('target.isBusiness = false')
  assert.equal(await businessName.count(), 0)
  await set("target.toggleAttribute('isbusiness', false); target.toggleAttribute('isbusiness', true)")
  assert.equal(await businessName.count(), 1)
  await email.fill('typed@example.com')
  await set("target.email = 'late@example.com'")
  assert.equal(await email.inputValue(), 'late@example.com')
  await set('target.email = undefined')
  assert.equal(await email.inputValue(), '')
  await set("target.terms = 'https://elsewhere.example/terms'")
  assert.equal(await shown.locator('.dwolla-link').first().getAttribute('href'), 'https://elsewhere.example/terms')
})

test('two components on one page do not know of each other', async (t) => {
  const page = await opened(t, { body: element('firstName="Ada"') + element('type="receive-only" firstName="Grace"') })
  const second = page.locator('dwolla-customer-create').nth(1)
  assertCreated(await send(page))
  assert.equal(await second.getByLabel('First Name').inputValue(), 'Grace')
  assert.equal(await second.getByRole('button').count(), 1)
  await assertAccessible(page, 'with two components, one of them done')
  await second.getByLabel('Email').fill(newEmail())
  await second.getByLabel('Last Name').fill('Hopper')
  await second.getByRole('checkbox').check()
  await second.getByRole('button').click()
  assertCreated((await toldTimes(page, 2))[1])
})

test('an element moved within the page keeps what was typed', async (t) => {
  const page = await opened(t)
  const { email } = await form(page)
  await email.fill('kept@example.com')
  await page.evaluate("document.body.append(document.querySelector('dwolla-customer-create'))")
  assert.equal(await email.inputValue(), 'kept@example.com')
})

test('a strict content security policy refuses nothing of it', async (t) => {
  site.add('/strict.js', {
    type: 'text/javascript',
    body: `window.told = []; window.refused = []
      document.addEventListener('securitypolicyviolation', (event) => refused.push(event.violatedDirective + ' ' + event.blockedURI))
      dwolla.configure({ environment: 'sandbox', tokenUrl: '/token', styles: '/strict.css',
        success: (payload) => told.push(['success', payload]), error: (message) => told.push(['error', message]) })`,
  })
  site.add('/strict.css', { type: 'text/css', body: '.dwolla-customer-input { color: rgb(1, 2, 3) }' })
  site.add('/strict', {
    headers: {
      'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
    },
    body: `<!doctype html><html lang="en"><head><title>Strict</title><script src="/dwolla-web.js"></script>
      <script src="/strict.js"></script></head><body><main>${element()}</main></body></html>`,
  })
  const page = await (await localContext(t, browser)).newPage()
  await page.goto(`${site.origin}/strict`)
  const { email, submit } = await form(page)
  await submit.click()
  const outcome = await send(page)
  assertCreated(outcome)
  assert.ok(outcome?.[0] === 'success')
  assert.ok(String(outcome[1].response['location']).startsWith(site.origin))
  assert.deepEqual(await page.evaluate(() => window.refused), [])
  await page.reload()
  await email.waitFor()
  await page.waitForFunction(() => {
    const input = document.querySelector('dwolla-customer-create')?.shadowRoot?.querySelector('#email')
    return input && getComputedStyle(input).color === 'rgb(1, 2, 3)'
  })
})

describe('Dwolla’s hooks for styles', () => {
  const hooks = [
    '.dwolla-customer-create',
    '.dwolla-input-container > input.dwolla-customer-input.dwolla-customer-email[type=text]',
    '.dwolla-input-container > input.dwolla-customer-input.dwolla-customer-firstName[type=text]',
    '.dwolla-input-container > input.dwolla-customer-input.dwolla-customer-lastName[type=text]',
    '.dwolla-input-container > input.dwolla-customer-input.dwolla-customer-businessName[type=text]',
    '.dwolla-input-container > label',
    '.dwolla-customer-tos > .dwolla-customer-checkbox > input[type=checkbox]',
    '.dwolla-customer-tos > span.dwolla-customer-text',
    '.dwolla-submit.dwolla-customer-submit > input[type=submit]',
  ]
  test('are all there', async (t) => {
    const page = await opened(t, { body: element('isBusiness') })
    const { element: shown, email, submit } = await form(page)
    for (const hook of hooks) assert.ok((await shown.locator(hook).count()) >= 1, hook)
    assert.equal(await submit.getAttribute('value'), 'Agree and Continue')
    await page.route('**/token', (route) => route.abort())
    await fill(await form(page), { email: newEmail() })
    await shown.getByLabel('Business Name').fill('Sons')
    await submit.click()
    await shown.locator('div#dwolla-error.dwolla-error > span#dwolla-error-message.dwolla-error-message').waitFor()
    await page.unroute('**/token')
    await email.fill(newEmail())
    await submit.click()
    await shown
      .locator('div#dwolla-success.dwolla-success > span#dwolla-success-message.dwolla-success-message')
      .waitFor()
  })

  test('win over the look of the component, and the page’s own styles do not reach in', async (t) => {
    site.add('/ours.css', {
      type: 'text/css',
      body: '.dwolla-customer-input { border: 3px dashed rgb(9, 9, 9) } input[type=submit] { background-color: rgb(32, 32, 51) } label { color: rgb(7, 7, 7) }',
    })
    const page = await opened(t, {
      options: "tokenUrl: '/token', styles: '/ours.css'",
      body: `<style>input { border: 9px solid red !important }</style>${element()}`,
    })
    const { email, submit } = await form(page)
    await page.waitForFunction(
      () => document.querySelector('dwolla-customer-create')?.shadowRoot?.querySelector('link')?.sheet,
    )
    assert.equal(await email.evaluate((input) => getComputedStyle(input).border), '3px dashed rgb(9, 9, 9)')
    assert.equal(await submit.evaluate((input) => getComputedStyle(input).backgroundColor), 'rgb(32, 32, 51)')
  })
})

describe('the terms a person agrees to', () => {
  const links = async (t: TestContext, attributes: string, options = "environment: 'sandbox', tokenUrl: '/token'") => {
    const page = await opened(t, { options, body: `<dwolla-customer-create ${attributes}></dwolla-customer-create>` })
    const { element: shown } = await form(page)
    return shown
      .locator('a.dwolla-link')
      .evaluateAll((found) =>
        (found as HTMLAnchorElement[]).map(({ textContent, href, target, rel }) => [textContent, href, target, rel]),
      )
  }
  const own = [
    ['Terms of Service', 'https://www.example.com/terms', '_blank', 'noopener'],
    ['Privacy Policy', 'https://www.example.com/privacy', '_blank', 'noopener'],
  ]

  test('are the page’s own and, where a page is tried out, Dwolla’s', async (t) => {
    assert.deepEqual(await links(t, terms), [
      ...own,
      ['Dwolla’s Terms of Service', 'https://www.dwolla.com/legal/tos/', '_blank', 'noopener'],
      ['Dwolla’s Privacy Policy', 'https://www.dwolla.com/legal/privacy/', '_blank', 'noopener'],
    ])
  })

  test('are nobody’s else in production, unless the page names who provides the payments', async (t) => {
    assert.deepEqual(await links(t, terms, "environment: 'production', tokenUrl: '/token'"), own)
    const provider = "provider: { name: 'Acme Pay', terms: 'https://pay.example/t', privacy: 'https://pay.example/p' }"
    assert.deepEqual(await links(t, terms, `environment: 'production', tokenUrl: '/token', ${provider}`), [
      ...own,
      ['Acme Pay’s Terms of Service', 'https://pay.example/t', '_blank', 'noopener'],
      ['Acme Pay’s Privacy Policy', 'https://pay.example/p', '_blank', 'noopener'],
    ])
  })

  test('may be written without a scheme or as a path, and never run anything', async (t) => {
    const written = await links(t, 'terms="www.yourterms.com" privacy="/privacy"', "tokenUrl: '/token'")
    assert.deepEqual(
      written.map(([, href]) => href),
      ['https://www.yourterms.com/', `${site.origin}/privacy`],
    )
    assert.deepEqual(await links(t, 'terms="javascript:alert(1)" privacy="data:text/html,x"', "tokenUrl: '/token'"), [])
  })
})

test('neither the token nor what was typed is in an address, an attribute, storage, a cookie or the console', async (t) => {
  const context = await localContext(t, browser)
  const page = await opened(t, {}, context)
  const lines: string[] = []
  const addresses: string[] = []
  page.on('console', (message) => lines.push(message.text()))
  page.on('request', (request) => addresses.push(request.url()))
  const email = newEmail()
  const sent = await form(page)
  await fill(sent, { email, firstName: 'Hypatia', lastName: 'Ofalexandria' })
  await page.route('**/customers', (route) => route.abort(), { times: 1 })
  await sent.submit.click()
  await toldTimes(page, 1)
  const markup = () => sent.element.evaluate((target) => target.outerHTML + target.shadowRoot?.innerHTML)
  const whileTyped = await markup()
  await sent.submit.click()
  await toldTimes(page, 2)
  const kept = JSON.stringify([
    addresses,
    lines.filter((line) => !line.startsWith('Failed to load resource')),
    whileTyped,
    await markup(),
    await page.evaluate(() => [
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      history.state,
    ]),
    await context.cookies(),
  ])
  const { token } = site.tokenRequests.at(-1)!
  for (const secret of [token, email, 'Hypatia', 'Ofalexandria']) assert.equal(kept.includes(secret), false, secret)
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('Failed to load resource')),
    [],
  )
})

describe('on every screen', () => {
  test('320 px wide, nothing scrolls sideways and everything to press is at least 24 px', async (t) => {
    const context = await localContext(t, browser, { viewport: { width: 320, height: 640 } })
    const page = await opened(t, { body: element('isBusiness') }, context)
    const { submit, element: shown } = await form(page)
    await submit.click()
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true)
    for (const box of await shown
      .locator('input')
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON())))
      assert.ok(box.width >= 24 && box.height >= 24, JSON.stringify(box))
  })

  for (const colorScheme of ['light', 'dark'] as const)
    for (const forcedColors of ['none', 'active'] as const)
      test(`${colorScheme}${forcedColors === 'active' ? ' with forced colours' : ''}: every step has enough contrast`, async (t) => {
        const page = await opened(t, {}, await localContext(t, browser, { colorScheme, forcedColors }))
        const sent = await form(page)
        const scheme = await sent.email.evaluate((input) => getComputedStyle(input).backgroundColor)
        if (forcedColors === 'none')
          assert.equal(scheme, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(23, 28, 26)')
        await assertAccessible(page, 'when it is drawn')
        await sent.submit.click()
        await assertAccessible(page, 'with errors')
        assertCreated(await send(page))
        await assertAccessible(page, 'when it is done')
      })

  test('on a page that does not say it can be dark, the component is light in a dark system', async (t) => {
    const context = await localContext(t, browser, { colorScheme: 'dark' })
    const html = pageWith({ scriptOrigin: api.origin, body: element() }).replace(
      'content="light dark"',
      'content="light"',
    )
    const page = await open(context, site, html)
    const { email } = await form(page)
    assert.equal(await email.evaluate((input) => getComputedStyle(input).backgroundColor), 'rgb(255, 255, 255)')
    await assertAccessible(page, 'light in a dark system')
  })
})
