import { describe, expect, it } from 'vitest'
import { checksum } from '../../src/core/codec/checksum.ts'
import { CrdtError, createDoc, s } from '../../src/index.ts'

const schema = s.doc({ note: s.text() })

describe('a forged frame that lists an item of a text twice', () => {
  it('is refused at once: a copy that hangs on the item would hang on itself for ever', () => {
    const author = createDoc(schema, { actor: 'a' })
    author.edit((d) => d.note.insert(0, 'x'))
    author.edit((d) => d.note.insert(0, 'y'))   // hangs to the left of x
    const good = author.save()
    let refused = 0
    // Every byte of the body in turn says every other thing; some of them say that y is x, with the checksum made right.
    for (let at = 0; at < good.length - 4; at++) {
      for (let byte = 0; byte < 16; byte++) {
        const bad = good.slice()
        bad[at] = byte
        new DataView(bad.buffer).setUint32(bad.length - 4, checksum(bad, 0, bad.length - 4), true)
        try {
          createDoc(schema, { actor: 'reader' }).apply(bad)
        } catch (error) {
          expect(error).toBeInstanceOf(CrdtError)
          if ((error as Error).message.includes('listed twice')) refused++
        }
      }
    }
    expect(refused).toBeGreaterThan(0)
  })
})
