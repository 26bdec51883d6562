/** The playground of a running sandbox, as a visitor uses it. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { launchChromium, localContext } from '../server/testing/chromium.ts'
import { type Client, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { assertAccessible, fill, form, newEmail } from './drop-in-form.ts'

let api: TestServer
let application: Client
let browser: Browser

before(async () => {
  ;[api, browser] = await Promise.all([startTestServer(), launchChromium()])
  application = await api.as()
})

after(async () => {
  await browser?.close()
  await api?.stop()
})

const visit = async (t: TestContext, options: BrowserContextOptions = {}) => {
  const context = await localContext(t, browser, options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${api.origin}/playground`)
  await page.locator('#timeline li').first().waitFor()
  await form(page)
  return {
    page,
    complaints,
    /** The titles of what happened, once there are `count`. */
    happened: async (count: number) => {
      await page
        .locator('#timeline .step .when')
        .nth(count - 1)
        .waitFor()
      return page.locator('#timeline .step:has(.when) h3').allTextContents()
    },
    code: () => page.locator('#code').textContent(),
    kind: page.getByLabel('Receive-only'),
    business: page.getByLabel('For a business'),
    prefill: page.getByLabel('Fill in a sample person'),
  }
}

for (const colorScheme of ['light', 'dark'] as const)
  test(`a visitor tries both kinds, and reads every step of it (${colorScheme})`, async (t) => {
    const { page, complaints, happened, code, kind, business, prefill } = await visit(t, { colorScheme })
    await assertAccessible(page, 'when it is opened')
    assert.match(
      await page
        .locator('body')
        .textContent()
        .then((text) => text ?? ''),
      /no real money moves[\s\S]*not made, endorsed or\s+supported by Dwolla/,
    )

    await prefill.check()
    const sent = await form(page)
    const email = await sent.email.inputValue()
    await sent.agreed.check()
    await sent.submit.click()
    assert.deepEqual(await happened(3), [
      'A client token is asked for',
      'The API is called with it',
      'Your success callback runs',
    ])
    await assertAccessible(page, 'when a customer was made')
    const story = (await page.locator('#timeline').textContent()) ?? ''
    assert.match(story, /POST \/playground\/token 200/)
    assert.match(story, /"action": "customer\.create"/)
    assert.match(story, /POST \/customers 201/)
    const location = /"location":\s*"([^"]+)"/.exec(story)?.[1] ?? ''
    const { body } = await application.get(location)
    assert.deepEqual([body['email'], body['firstName'], body['type']], [email, 'Jane', 'unverified'])
    assert.match(story, /"token": "[^"]{6}…"/, 'a token is not shown whole')

    await page.getByRole('button', { name: 'Start again' }).click()
    await kind.check()
    await business.check()
    assert.match((await code()) ?? '', /type="receive-only"\n {2}isBusiness\n/)
    const again = await form(page)
    assert.notEqual(await again.email.inputValue(), email)
    await again.email.fill(email)
    await again.agreed.check()
    await again.submit.click()
    assert.equal((await happened(6)).length, 6)
    assert.equal(await again.email.getAttribute('aria-invalid'), 'true')
    await assertAccessible(page, 'with a taken e-mail')
    assert.deepEqual(
      complaints.filter((line) => !/status of 400/.test(line)),
      [],
    )

    await page.getByRole('button', { name: 'Clear' }).click()
    assert.equal(await page.locator('#timeline .when').count(), 0)
  })

test('the code follows the settings and can be copied', async (t) => {
  const { page, code, business, prefill } = await visit(t, { permissions: ['clipboard-read', 'clipboard-write'] })
  assert.ok((await code())?.startsWith(`<script src="${api.origin}/dwolla-web.js"></script>`))
  await business.check()
  await prefill.check()
  assert.match((await code()) ?? '', /businessName="Jane’s Bakery"/)
  for (const language of ['React', 'Your server', 'Your page']) {
    await page.getByLabel(language).check()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await code())
  }
  await page.getByLabel('Your server').check()
  assert.match((await code()) ?? '', new RegExp(`${api.origin}/client-tokens`))
})

test('the code for a page works as it stands', async (t) => {
  const { page, code } = await visit(t)
  const html = ((await code()) ?? '').replace("tokenUrl: '/token'", "tokenUrl: '/playground/token'")
  await page.route('**/copied', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Copied</title><main>${html}</main>` }),
  )
  await page.goto(`${api.origin}/copied`)
  const sent = await form(page)
  await fill(sent, { email: newEmail() })
  await sent.submit.click()
  assert.equal(await sent.success.textContent(), 'Customer Successfully Created.')
})

test('where there is no clipboard the code is marked instead', async (t) => {
  const { page, code } = await visit(t)
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await page.getByRole('button', { name: 'Copy' }).click()
  await page.getByText(/^Marked/).waitFor()
  assert.equal(await page.evaluate(() => getSelection()?.toString().trim()), (await code())?.trim())
})

test('without an answer the story says so', async (t) => {
  const { page, happened } = await visit(t)
  await page.route('**/playground/token', (route) => route.abort())
  const sent = await form(page)
  await fill(sent, { email: newEmail() })
  await sent.submit.click()
  assert.deepEqual(await happened(2), ['A client token is asked for', 'Your error callback runs'])
  assert.match((await page.locator('#timeline').textContent()) ?? '', /no answer/)
})

test('320 px wide, nothing scrolls sideways', async (t) => {
  const { page, business, prefill } = await visit(t, { viewport: { width: 320, height: 640 } })
  const narrow = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
  assert.ok(await narrow())
  await business.check()
  await prefill.check()
  const sent = await form(page)
  await sent.agreed.check()
  await sent.submit.click()
  await page.locator('#timeline .when').nth(2).waitFor()
  for (const language of ['React', 'Your server']) {
    await page.getByLabel(language).check()
    assert.ok(await narrow(), language)
  }
  await assertAccessible(page, 'on a narrow screen')
})

test('the settings, the form and the code are reached and used by keyboard', async (t) => {
  const { page, code } = await visit(t)
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('Tab', 'Tab', 'Tab', 'ArrowRight')
  assert.match((await code()) ?? '', /type="receive-only"/)
  await press('Tab', 'Space')
  assert.match((await code()) ?? '', /isBusiness/)
  await press('Tab', 'Space')
  const { email } = await form(page)
  assert.match(await email.inputValue(), /^jane\./)
})
