/** Which entries an allow list may have, and whom each lets in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowedFrom, isIpEntry } from './ip-allow-list.ts'

test('an entry is an address or a block of addresses', () => {
  const good =
    '0.0.0.0 127.0.0.1 255.255.255.255 10.0.0.0/8 10.1.2.3/8 0.0.0.0/0 192.0.2.1/32 :: ::1 ::/0 2001:db8::/32 ' +
    '2001:DB8::1/128 ::ffff:192.0.2.1 ::ffff:192.0.2.0/120'
  for (const entry of good.split(' ')) assert.equal(isIpEntry(entry), true, entry)
  const bad =
    '|localhost|*|10|10.0.0|10.0.0.0.0|256.0.0.1|01.0.0.1|0x7f.0.0.1|2130706433|10.0.0.0/33|10.0.0.0/-1|10.0.0.0/|' +
    '10.0.0.0/8/8|10.0.0.0/ 8|10.0.0.0/8 |10.0.0.0/+8|10.0.0.0/8.0|10.0.0.0/1e1|/8|::/129|::1::|:1|[::1]|' +
    '10.0.0.1:80|10.0.0.0/255.0.0.0|10.0.0.1-10.0.0.9|10.0.0.1,10.0.0.2|http://10.0.0.1|٠.٠.٠.٠'
  for (const entry of bad.split('|')) assert.equal(isIpEntry(entry), false, entry)
})

test('a list lets in exactly the addresses it covers, and an empty one everybody', () => {
  // list | let in | kept out
  const table = `
    | 127.0.0.1 ::1 203.0.113.9 ::ffff:203.0.113.9 2001:db8::1 |
    192.0.2.7 | 192.0.2.7 ::ffff:192.0.2.7 ::ffff:c000:207 | 192.0.2.8 192.0.2.70 ::1 ::192.0.2.7 2001:db8::c000:207
    192.0.2.0/24 | 192.0.2.0 192.0.2.255 ::ffff:192.0.2.128 | 192.0.1.255 192.0.3.0
    10.1.2.3/8 | 10.0.0.0 10.255.255.255 | 9.255.255.255 11.0.0.0
    172.16.0.0/12 | 172.16.0.0 172.31.255.255 | 172.15.255.255 172.32.0.0
    192.0.2.8/31 | 192.0.2.8 192.0.2.9 | 192.0.2.7 192.0.2.10
    192.0.2.8/32 | 192.0.2.8 | 192.0.2.7 192.0.2.9
    0.0.0.0/0 | 0.0.0.0 255.255.255.255 ::ffff:1.2.3.4 | ::1 2001:db8::1
    ::1 | ::1 0:0:0:0:0:0:0:1 | ::2 127.0.0.1
    2001:db8::/32 | 2001:db8:: 2001:DB8:ffff:ffff:ffff:ffff:ffff:ffff | 2001:db7:ffff:: 2001:db9:: 32.1.13.184
    ::ffff:192.0.2.7 | 192.0.2.7 ::ffff:192.0.2.7 | 192.0.2.8
    ::ffff:192.0.2.0/120 | 192.0.2.1 ::ffff:192.0.2.255 | 192.0.3.0
    10.0.0.0/8 2001:db8::/32 192.0.2.7 | 10.9.9.9 2001:db8::5 192.0.2.7 | 192.0.2.8 11.0.0.1 ::1
    192.0.2.7 | | fe80::1%eth0 unknown 192.0.2.7.example`
  for (const row of table.trim().split('\n')) {
    const [list = [], allowed = [], refused = []] = row.split('|').map((cell) => cell.split(' ').filter(Boolean))
    for (const ip of allowed) assert.equal(isAllowedFrom(list, ip), true, `${list} lets in ${ip}`)
    for (const ip of refused) assert.equal(isAllowedFrom(list, ip), false, `${list} keeps out ${ip}`)
  }
})
