import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { halType } from '@clearyard/contract/hal.ts'
import type { Browser, Page } from 'playwright-core'
import { launchChromium, localContext } from '../server/testing/chromium.ts'
import { startTestServer, type TestServer } from '../server/testing/harness.ts'

let server: TestServer
let browser: Browser
before(async () => {
  server = await startTestServer()
  browser = await launchChromium()
})
after(async () => {
  await browser.close()
  await server.stop()
})

type Document = {
  openapi: string
  paths: { [path: string]: { [method: string]: { operationId: string; summary: string; tags: string[] } } }
}

/**
 * The page as somebody opens it. When the test ends, nothing on it may have complained: no error in the console,
 * nothing that its policy forbids, no request that failed or went to another origin.
 */
const openDocs = async (t: TestContext): Promise<{ page: Page; document: Document }> => {
  const complaints: string[] = []
  const context = await localContext(t, browser, { viewport: { width: 1400, height: 1000 } })
  const page = await context.newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== server.origin && !['data:', 'blob:'].includes(protocol)) complaints.push(`asked: ${request.url()}`)
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`policy: ${violatedDirective} ${blockedURI}`)
    })
  })
  t.after(() => assert.deepEqual(complaints, []))

  const fetched = page.waitForResponse(`${server.origin}/openapi.json`)
  const answer = await page.goto(`${server.origin}/docs`)
  assert.equal(answer?.status(), 200)
  const described = await fetched
  assert.equal(described.status(), 200)
  return { page, document: (await described.json()) as Document }
}

test('/docs shows every operation of /openapi.json and asks nobody but its own origin', async (t) => {
  const { page, document } = await openDocs(t)
  assert.equal(await page.title(), 'Clearyard API')
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  assert.ok(operations.length >= 10, 'there are operations')

  await page.getByRole('heading', { name: 'Clearyard', exact: true }).waitFor()
  for (const [tag, listed] of Map.groupBy(operations, ({ tags }) => tags[0])) {
    const opener = page.getByRole('button', { name: `Open Group - ${tag}`, exact: true })
    const closer = page.getByRole('button', { name: `Close Group - ${tag}`, exact: true })
    await opener.or(closer).waitFor()
    if (await opener.isVisible()) await opener.click()
    const links = listed.map(({ summary }) => page.getByRole('link', { name: summary }).first())
    for (const link of links) await link.waitFor()
    // A section is drawn when it is looked at.
    await links[0]?.click()
    await page
      .getByRole('heading', { name: listed[0]?.summary ?? '' })
      .first()
      .waitFor()
  }
})

test('what /docs offers to copy and to send works as it stands', async (t) => {
  const { token } = await server.as()
  const { page } = await openDocs(t)
  await page.getByRole('button', { name: 'Open Group - root', exact: true }).click()
  await page.getByRole('link', { name: 'Begin here' }).first().click()
  const section = page
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: 'Begin here' }) })
    .last()
  const sample = section.locator('pre', { hasText: 'curl' })
  await sample.waitFor()
  assert.equal(
    ((await sample.textContent()) ?? '').replaceAll(/\s+/g, ' ').trim(),
    `curl ${server.origin}/ \\ --header 'Accept: ${halType}' \\ --header 'Authorization: Bearer YOUR_SECRET_TOKEN'`,
  )

  await section.getByRole('button', { name: /Test Request/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Bearer Token').fill(token)
  const answered = page.waitForResponse(`${server.origin}/`)
  await dialog.getByRole('button', { name: /^Send get request/ }).click()
  assert.equal((await answered).status(), 200)
})
