import { placeOf } from '../floors.ts'
import type { Rule } from '../types.ts'

const empty = /(?:^|[/-])(?:utils?|utilities|helpers?|misc|stuff|lib)(?=[./-])/i

export const names: Rule = {
  name: 'names',
  promise: 'files are named after their noun: no utils, helpers, misc',
  *check(house) {
    for (const { path } of house.sources) {
      const found = empty.exec(placeOf(path)?.room ?? '')?.[0].replace(/^[/-]/, '')
      if (found === undefined) continue
      yield {
        file: path,
        line: 1,
        rule: 'names',
        message: `'${found}' says where things were left, not what they are, and it grows for ever. ` +
          `Instead: name the file after the one idea in it, or move each function to the noun that it serves.`,
      }
    }
  },
}
