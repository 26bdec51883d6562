/** Which links of a request name a resource, and which do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseId } from './ids.ts'
import { idFromHref, pathOf } from './links.ts'

const id = 'a84222d5-31d2-4290-9a96-089813ef96b3'

test('an id is a UUID in either case, written in lower case from then on', () => {
  assert.equal(parseId(id), id)
  assert.equal(parseId(id.toUpperCase()), id)
  const not = [
    '',
    'x',
    `${id}0`,
    id.slice(1),
    id.replaceAll('-', ''),
    `{${id}}`,
    ` ${id}`,
    `${id}\n`,
    id.replace('a', 'g'),
  ]
  for (const text of [...not, `urn:uuid:${id}`, id.replace('8', '８'), id.replaceAll('-', '‐')])
    assert.equal(parseId(text), null, JSON.stringify(text))
})

test('a link names a customer by its path, whatever its scheme and host', () => {
  const good = [
    `https://api.dwolla.com/customers/${id}`,
    `http://127.0.0.1:8080/customers/${id}`,
    `http://[::1]:8080/customers/${id}`,
    `HTTPS://API-SANDBOX.DWOLLA.COM/customers/${id}`,
    `https://evil.example/customers/${id}`,
    `/customers/${id}`,
    `/customers/${id}/`,
    `/customers/${id.toUpperCase()}`,
    `https://api.dwolla.com/customers/${id.toUpperCase()}`,
  ]
  for (const href of good) assert.equal(idFromHref('customer', href), id, href)
})

test('a link that is written to mislead names nothing', () => {
  const bad = [
    '',
    '/',
    id,
    `customers/${id}`,
    `//evil.example/customers/${id}`,
    `https:/customers/${id}`,
    `https:///customers/${id}`,
    `https://customers/${id}`,
    `https://api.dwolla.com//customers/${id}`,
    `//customers/${id}`,
    `/customers//${id}`,
    `/customers/${id}//`,
    `https://user@api.dwolla.com/customers/${id}`,
    `https://user:word@api.dwolla.com/customers/${id}`,
    `https://api.dwolla.com@evil.example/customers/${id}`,
    `https://api.dwolla.com\\@evil.example/customers/${id}`,
    `https://api.dwolla.com\\customers\\${id}`,
    `\\\\evil.example/customers/${id}`,
    `/customers\\${id}`,
    `/customers/${id}\\`,
    `/customers%2f${id}`,
    `/customers%2F${id}`,
    `/customers/%61${id.slice(1)}`,
    `/%63ustomers/${id}`,
    `/customers/${id}%00`,
    `/customers/${id}\0`,
    `/customers/../customers/${id}`,
    `/accounts/../customers/${id}`,
    `/customers/./${id}`,
    `/customers/${id}/..`,
    `/customers/${id}/.`,
    `/customers/${id}?`,
    `/customers/${id}?x=1`,
    `/customers/${id}#`,
    `/customers/${id}#x`,
    `/customers?id=/customers/${id}`,
    `https://api.dwolla.com?/customers/${id}`,
    `https://api.dwolla.com#/customers/${id}`,
    `/customers/${id}/funding-sources`,
    `/funding-sources/${id}/customers/${id}`,
    `/v2/customers/${id}`,
    `https://api.dwolla.com/api/customers/${id}`,
    `/customers`,
    `/customers/`,
    `/customers/${id}${id}`,
    `/customers/${id} `,
    ` /customers/${id}`,
    `/customers/${id}\n`,
    `\n/customers/${id}`,
    `/customers/\t${id}`,
    `/Customers/${id}`,
    `/customer/${id}`,
    `/accounts/${id}`,
    `/constructor/${id}`,
    `/__proto__/${id}`,
    `javascript:/customers/${id}`,
    `file:///customers/${id}`,
    `ftp://api.dwolla.com/customers/${id}`,
    `data:,/customers/${id}`,
    `https://api.dwolla.com/customers/${id},/customers/${id}`,
    `/customers/${'a'.repeat(100_000)}`,
    `${'/'.repeat(100_000)}customers/${id}`,
  ]
  for (const href of bad) assert.equal(idFromHref('customer', href), null, href.slice(0, 120))
})

test('a link to one kind of resource is none to another', () => {
  const kinds = {
    account: `/accounts/${id}`,
    customer: `/customers/${id}`,
    'beneficial-owner': `/beneficial-owners/${id}`,
    'funding-source': `/funding-sources/${id}`,
    event: `/events/${id}`,
  } as const
  const all = Object.keys(kinds) as (keyof typeof kinds)[]
  for (const kind of all) {
    assert.equal(pathOf(kind, id), kinds[kind])
    for (const other of all) assert.equal(idFromHref(other, kinds[kind]), other === kind ? id : null)
  }
})
