import { BAGGAGE_KEY, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS } from '../ground/defaults.ts'

/** The members of a `baggage` header (W3C Baggage, §3.3.1), without the empty ones. */
function members(header: string): string[] {
  return header.split(',').map((member) => member.trim()).filter((member) => member !== '')
}

function keyOf(member: string): string {
  return member.slice(0, member.indexOf('=')).trim()
}

/** What the `hlc` member of a `baggage` header says; its properties (`;…`) are left out. */
export function readBaggage(header: string): string | undefined {
  const member = members(header).find((member) => keyOf(member) === BAGGAGE_KEY)
  return member?.slice(member.indexOf('=') + 1).split(';')[0]!.trim()
}

/** The header with the `hlc` member in front and the others kept in order; unchanged if they would no longer fit together. */
export function writeBaggage(header: string, text: string): string {
  const others = members(header).filter((member) => keyOf(member) !== BAGGAGE_KEY)
  const written = [`${BAGGAGE_KEY}=${text}`, ...others].join(',')
  return written.length <= MAX_BAGGAGE_BYTES && others.length < MAX_BAGGAGE_MEMBERS ? written : header
}
