import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { launchChromium, localContext } from './chromium.ts'

const page = (script: string) => `<!doctype html><title>here</title><script>${script}</script>`

/** Serves one page and gives its address. */
const serve = async (html: string) => {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

test('a page on 127.0.0.1 opens in a real Chromium', async (t) => {
  const site = await serve(page('document.title += " and now"'))
  t.after(site.close)
  const browser = await launchChromium()
  t.after(() => browser.close())
  const tab = await (await localContext(t, browser)).newPage()
  await tab.goto(site.url)
  assert.equal(await tab.title(), 'here and now')
})

test('a page that asks for another host is blocked, and its test fails', async (t) => {
  const asks = `let open = 2
    const done = () => { if (--open === 0) document.title = 'blocked' }
    fetch('https://example.com/a').catch(done)
    new WebSocket('ws://10.1.2.3/b').onclose = done`
  const site = await serve(page(asks))
  t.after(site.close)
  const browser = await launchChromium()
  t.after(() => browser.close())
  const ends: (() => unknown)[] = []
  const inner = { after: (end: () => unknown) => ends.push(end) }
  const tab = await (await localContext(inner, browser)).newPage()
  await tab.goto(site.url)
  await tab.waitForFunction('document.title === "blocked"')
  await assert.rejects(Promise.all(ends.map((end) => end())), (error: Error) => {
    assert.match(error.message, /GET https:\/\/example\.com\/a/)
    assert.match(error.message, /WebSocket ws:\/\/10\.1\.2\.3\/b/)
    return true
  })
})
