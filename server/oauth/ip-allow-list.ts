/** The networks an application may be called from: addresses and CIDR blocks; an empty list allows every one. */
import { BlockList, isIP } from 'node:net'

const parsed = (entry: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | null => {
  const [address = '', prefix, ...more] = entry.split('/')
  // A zone means something on one machine alone.
  const version = address.includes('%') ? 0 : isIP(address)
  const bits = version === 4 ? 32 : 128
  const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (version === 0 || more.length > 0 || !(length <= bits)) return null
  return { address, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export const isIpEntry = (entry: string): boolean => parsed(entry) !== null

export const isAllowedFrom = (allowList: readonly string[], ip: string): boolean => {
  if (allowList.length === 0) return true
  const list = new BlockList()
  for (const entry of allowList) {
    const block = parsed(entry)
    if (block) list.addSubnet(block.address, block.prefix, block.family)
  }
  const plain = ip.startsWith('::ffff:') && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}
