/** What a sound transport does: a check over each message, so that damage is noticed. Not the packages' own work, hence here. */
export function seal(text: string): Uint8Array {
  return new TextEncoder().encode(`${text} ${sum(text)}`)
}

/** The text, and whether it is the one that was sent. */
export function open(bytes: Uint8Array): { readonly text: string; readonly whole: boolean } {
  const all = new TextDecoder().decode(bytes)
  const at = all.lastIndexOf(' ')
  const text = at < 0 ? all : all.slice(0, at)
  return { text, whole: all.slice(at + 1) === sum(text) }
}

function sum(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash.toString(36)
}
