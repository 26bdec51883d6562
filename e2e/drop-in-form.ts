/** Words for tests of a drop-in form in a browser: opening a page, what it was told, what axe finds, typing. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, Page } from 'playwright-core'
import type { Loose } from '../server/testing/harness.ts'
import type { Site } from './drop-in-site.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What the page's callbacks were called with, in order. */
export type Told = ['success', { resource: string; response: Loose }] | ['error', string]

declare global {
  interface Window {
    told: Told[]
    /** What a page's content security policy refused. */
    refused: string[]
    axe: { run(context: unknown, options: unknown): Promise<{ violations: AxeViolation[] }> }
  }
}

type AxeViolation = { id: string; help: string; nodes: { target: unknown; failureSummary: string }[] }

let pages = 0

/**
 * @property options JavaScript of what goes into `dwolla.configure` beside the callbacks
 * @property body what the page shows
 * @property scriptPath where the library is loaded from, on `scriptOrigin`
 */
export type PageParts = {
  readonly scriptOrigin: string
  readonly options?: string
  readonly body: string
  readonly scriptPath?: string
}

/** A page as an integrator writes one. */
export const pageWith = ({
  scriptOrigin,
  options = "environment: 'sandbox', tokenUrl: '/token'",
  body,
  scriptPath = '/dwolla-web.js',
}: PageParts): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign up</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<script src="${scriptOrigin}${scriptPath}"></script>
<script>
  window.told = []
  dwolla.configure({
    ${options},
    success: (payload) => told.push(['success', payload]),
    error: (message) => told.push(['error', message]),
  })
</script></head><body><main><h1>Sign up</h1>${body}</main></body></html>`

export const terms = 'terms="https://www.example.com/terms" privacy="https://www.example.com/privacy"'

/** Serves `html` at an address of its own and opens it. */
export const open = async (context: BrowserContext, site: Site, html: string): Promise<Page> => {
  const path = `/page-${++pages}`
  site.add(path, { body: html })
  const page = await context.newPage()
  await page.goto(site.origin + path)
  return page
}

/** The first form of a page, once it is drawn. */
export const form = async (page: Page) => {
  const element = page.locator('dwolla-customer-create').first()
  await element.locator('form').waitFor({ state: 'attached' })
  return {
    email: element.getByLabel('Email'),
    firstName: element.getByLabel('First Name'),
    lastName: element.getByLabel('Last Name'),
    businessName: element.getByLabel('Business Name'),
    agreed: element.getByRole('checkbox'),
    submit: element.getByRole('button', { name: 'Agree and Continue' }),
    error: element.locator('#dwolla-error-message.dwolla-error-message'),
    success: element.locator('#dwolla-success-message.dwolla-success-message'),
    element,
  }
}

export type Form = Awaited<ReturnType<typeof form>>

export const fill = async (
  to: Form,
  person: { email: string; firstName?: string; lastName?: string },
): Promise<void> => {
  await to.email.fill(person.email)
  await to.firstName.fill(person.firstName ?? 'Ada')
  await to.lastName.fill(person.lastName ?? 'Lovelace')
  await to.agreed.check()
}

let people = 0

/** An e-mail address nobody else in this process uses. */
export const newEmail = (): string => `person${process.pid}.${++people}@example.com`

export const told = (page: Page): Promise<Told[]> => page.evaluate(() => window.told)

/** Waits until the page was told something for the `count`th time, and gives everything it was told. */
export const toldTimes = async (page: Page, count: number): Promise<Told[]> => {
  await page.waitForFunction((least) => window.told.length >= least, count)
  return told(page)
}

/** Asserts that axe finds nothing on the page, in its shadow roots and at any level, contrast included. */
export const assertAccessible = async (page: Page, when: string): Promise<void> => {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }),
  )
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${JSON.stringify(nodes.map((n) => [n.target, n.failureSummary]))}`,
  )
  assert.deepEqual(found, [], `axe, ${when}`)
}

/** The text that describes an input to assistive technology: its error. */
export const description = (page: Page, label: string): Promise<string> =>
  page
    .getByLabel(label)
    .first()
    .evaluate((input) => {
      const root = input.getRootNode() as ShadowRoot
      return (input.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => root.getElementById(id)?.textContent ?? '')
        .join(' ')
    })

/** The name of the input that has the focus, inside its shadow root; else the id of the element. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const deepest = (root: DocumentOrShadowRoot): Element | null =>
      root.activeElement?.shadowRoot ? deepest(root.activeElement.shadowRoot) : root.activeElement
    const element = deepest(document)
    return element instanceof HTMLInputElement ? element.name || element.type : (element?.id ?? '')
  })
