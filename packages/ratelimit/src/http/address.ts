export interface AddressOptions {
  /** Address of the other end of the connection: `socket.remoteAddress`. */
  readonly peer: string | null | undefined
  /** The `X-Forwarded-For` header. Read only if `hops` is above 0. */
  readonly forwardedFor?: string | readonly string[] | null | undefined
  /** How many proxies of your own stand in front: 0 (none, the default) to 16. Only what they wrote is believed. */
  readonly hops?: number | undefined
  /** Leading bits of an IPv6 address that make one client; 32 to 128, default 64, because a subscriber has at least that many to choose from. */
  readonly ipv6Prefix?: number | undefined
}

/**
 * One string per client: an IPv4 address (also when mapped into IPv6), or the network of an IPv6 address. Proxies append to the header,
 * so the client is counted from its right end; what stands further left was written by the client itself. With fewer entries than hops
 * the request came another way, and only the peer is certain. `unknown` where there is no address at all: one bucket for all of those.
 */
export function clientKey({ peer, forwardedFor, hops = 0, ipv6Prefix = 64 }: AddressOptions): string {
  if (!Number.isInteger(hops) || hops < 0 || hops > 16) throw new RangeError(`clientKey: hops: expected a whole number from 0 to 16, got ${String(hops)}.`)
  if (!Number.isInteger(ipv6Prefix) || ipv6Prefix < 32 || ipv6Prefix > 128) throw new RangeError(`clientKey: ipv6Prefix: expected a whole number from 32 to 128, got ${String(ipv6Prefix)}.`)
  const header = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor ?? []).join(',')
  const chain = hops === 0 || header === '' ? [] : header.split(',')
  const claimed = hops === 0 ? undefined : chain[chain.length - hops]
  return networkOf(claimed, ipv6Prefix) ?? networkOf(peer, ipv6Prefix) ?? 'unknown'
}

/** The network an address belongs to, or nothing for what is no address. */
function networkOf(text: string | null | undefined, ipv6Prefix: number): string | undefined {
  const address = bare(text ?? '')
  if (isIpv4(address)) return address
  const groups = ipv6Groups(address)
  if (groups === undefined) return undefined
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  }
  const masked = groups.map((group, index) => group & (0xffff << Math.min(16, Math.max(0, 16 - (ipv6Prefix - 16 * index)))) & 0xffff)
  return `${masked.map((group) => group.toString(16)).join(':')}/${ipv6Prefix}`
}

/** Without brackets, port, zone and quotes: `"[2001:db8::1%eth0]:443"` is `2001:db8::1`. */
function bare(text: string): string {
  const trimmed = text.trim().replace(/^"|"$/g, '')
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? trimmed
  const unzoned = bracketed.split('%')[0]!
  return /^[\d.]+:\d+$/.test(unzoned) ? unzoned.split(':')[0]! : unzoned
}

const isIpv4 = (text: string): boolean => /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256)

/** The eight groups of an IPv6 address, or nothing. */
function ipv6Groups(text: string): number[] | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (tail !== null && !isIpv4(tail[2]!)) return undefined
  const [a, b, c, d] = (tail?.[2] ?? '').split('.').map(Number) as [number, number, number, number]
  const plain = tail === null ? text : `${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head, rest] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - head!.length - (rest?.length ?? 0)
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head!, ...Array.from({ length: rest === undefined ? 0 : missing }, () => '0'), ...(rest ?? [])]
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : undefined
}
