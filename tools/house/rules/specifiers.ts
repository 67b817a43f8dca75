import type { Rule } from '../types.ts'

/** Node runs the sources as they are, so a relative import names the file as it is. */
export const specifiers: Rule = {
  name: 'specifiers',
  promise: 'a relative import names an existing file, with its extension',
  *check(house) {
    for (const source of house.sources) {
      for (const { specifier, target, line } of source.imports) {
        if (target === undefined || house.exists(target) && /\.[cm]?[jt]sx?$|\.json$|\.css$/.test(target)) continue
        const meant = [`${specifier}.ts`, `${specifier}/index.ts`, specifier.replace(/\.js$/, '.ts')].find((_, index) =>
          house.exists([`${target}.ts`, `${target}/index.ts`, target.replace(/\.js$/, '.ts')][index] ?? ''))
        yield {
          file: source.path,
          line,
          rule: 'specifiers',
          message: `'${specifier}' is no file, and Node looks for no other. ` +
            `Instead: ${meant === undefined ? 'write it, or take the import out' : `'${meant}'`}.`,
        }
      }
    }
  },
}
