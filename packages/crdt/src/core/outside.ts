/** What a draft says outside the change that gave it out: one that escaped its callback is harmless. */
export function outside(): never {
  throw new TypeError('A draft works only inside the change() that gave it out. Call change() again.')
}
