import { rooms } from '../floors.ts'
import type { Rule } from '../types.ts'

/** Most files have 40 to 170 lines; past this one nobody holds a file in the head. */
export const longestFile = 300

export const size: Rule = {
  name: 'size',
  promise: `no file of a package's src/ has more than ${longestFile} lines`,
  *check(house) {
    for (const { source } of rooms(house)) {
      const lines = source.text.replace(/\n$/, '').split('\n').length
      if (lines <= longestFile) continue
      yield {
        file: source.path,
        line: longestFile + 1,
        rule: 'size',
        message: `${lines} lines, and ${longestFile} is the most: a file is one idea that fits a reader's head. ` +
          `Instead: find the second idea in it and give it a file named after its noun.`,
      }
    }
  },
}
