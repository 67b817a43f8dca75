import { doorsOf, packagesOf } from '../floors.ts'
import type { Rule } from '../types.ts'

/** A file that no door leads to is dead weight in the tarball, or a door that was forgotten. */
export const reach: Rule = {
  name: 'reach',
  promise: "every file of a package's src/ is reached from one of its doors",
  *check(house) {
    for (const manifest of packagesOf(house)) {
      const reached = new Set<string>()
      const queue = [...doorsOf(manifest).values()]
      for (const path of queue) {
        if (reached.has(path)) continue
        reached.add(path)
        for (const { target } of house.source(path)?.imports ?? []) if (target !== undefined) queue.push(target)
      }
      for (const { path } of house.sources) {
        if (!path.startsWith(`${manifest.folder}/src/`) || reached.has(path)) continue
        yield {
          file: path,
          line: 1,
          rule: 'reach',
          message: 'no door of the package leads here: users cannot reach it, and nobody misses it. ' +
            'Instead: import it where it is used, give it a subpath in `exports`, or delete it.',
        }
      }
    }
  },
}
