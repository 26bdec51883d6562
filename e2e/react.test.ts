/** The element in a React 19 page, wherever its script and its part come from and however late. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, BrowserContext } from 'playwright-core'
import { build } from 'vite'
import { launchChromium, localContext } from '../server/testing/chromium.ts'
import { type Client, startTestServer, type TestServer } from '../server/testing/harness.ts'
import { form, newEmail, toldTimes } from './drop-in-form.ts'
import { type Site, startSite } from './drop-in-site.ts'

let api: TestServer
let application: Client
let site: Site
let browser: Browser

const bundle = async (): Promise<string> => {
  const result = await build({
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      rolldownOptions: { input: join(import.meta.dirname, 'react-page.ts'), output: { format: 'iife' } },
    },
  })
  assert.ok(!Array.isArray(result) && 'output' in result)
  return result.output[0].code
}

before(async () => {
  let code: string
  ;[api, browser, code] = await Promise.all([startTestServer(), launchChromium(), bundle()])
  ;[application, site] = await Promise.all([api.as(), startSite(api)])
  site.add('/react.js', { type: 'text/javascript', body: code })
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await api?.stop()
})

const configure = `window.told = []; dwolla.configure({ environment: 'sandbox', tokenUrl: '/token',
  success: (payload) => told.push(['success', payload]), error: (message) => told.push(['error', message]) })`

const page = (head: string) =>
  `<!doctype html><html lang="en"><head><title>React</title>${head}</head><body><div id="root"></div><script src="/react.js"></script></body></html>`

const library = () => `<script src="${api.origin}/dwolla-web.js"></script><script>${configure}</script>`

/** What each way of loading has in common: React's props arrive, change later, and make a customer. */
const behaves = async (
  t: TestContext,
  head: string,
  prepare: (context: BrowserContext) => Promise<unknown>,
  late = false,
) => {
  const context = await localContext(t, browser)
  await prepare(context)
  site.add('/react', { body: page(head) })
  const shown = await context.newPage()
  await shown.goto(`${site.origin}/react`)
  if (late) {
    await shown.locator('dwolla-customer-create').waitFor({ state: 'attached' })
    await shown.addScriptTag({ url: `${api.origin}/dwolla-web.js` })
    await shown.evaluate(configure)
  }
  const { email, firstName, lastName, businessName, agreed, submit } = await form(shown)
  assert.equal(await firstName.inputValue(), 'Ada')
  assert.equal(await email.inputValue(), 'ada@example.com')
  assert.equal(await businessName.count(), 1)

  const address = newEmail()
  await lastName.fill('Lovelace')
  await shown.evaluate((now) => window.change({ firstName: 'Augusta', email: now, isBusiness: false }), address)
  await shown.waitForFunction(() => {
    const element = document.querySelector('dwolla-customer-create')
    return (element as (HTMLElement & { firstName?: string }) | null)?.firstName === 'Augusta'
  })
  assert.equal(await firstName.inputValue(), 'Augusta')
  assert.equal(await lastName.inputValue(), 'Lovelace', 'what was typed stays when other props change')
  assert.equal(await businessName.count(), 0)

  await shown.evaluate((now) => window.change({ firstName: 'Augusta', email: now, type: 'receive-only' }), address)
  await agreed.check()
  await submit.click()
  const [first] = await toldTimes(shown, 1)
  assert.ok(first?.[0] === 'success')
  const { body } = await application.get(String(first[1].response['location']))
  assert.deepEqual(
    [body['email'], body['firstName'], body['lastName'], body['type']],
    [address, 'Augusta', 'Lovelace', 'receive-only'],
  )
}

test('the script is there before React', (t) => behaves(t, library(), async () => {}))

test('the script is there before React, and the part comes 300 ms late', (t) =>
  behaves(t, library(), (context) =>
    context.route('**/components/**', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await route.continue()
    }),
  ))

test('the script comes when React has long drawn the element', (t) => behaves(t, '', async () => {}, true))
