/** One line of a package's sizes.json: what somebody imports, and how heavy that may become. */
export interface Budget {
  readonly name: string
  /** Names as in an import: `{ createClock, encode }`, or `*`. */
  readonly import: string
  /** The subpath: `.`, `./testing`. */
  readonly from: string
  /** Most bytes, minified and gzipped. */
  readonly limitBytes: number
}

/** Reads a sizes.json; throws with the place and the fault when a line is not a budget. */
export function parseBudgets(text: string, path: string): readonly Budget[] {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list) || list.length === 0) throw new TypeError(`${path}: expected a list of { name, import, from, limitBytes } with at least one entry`)
  return list.map((entry: Partial<Budget>, index) => {
    const { name, import: names, from, limitBytes } = entry
    const fault = typeof name !== 'string' || name === '' ? 'name: a text'
      : typeof names !== 'string' || !/^(?:\*|\{\s*[\w$]+(?:\s*,\s*[\w$]+)*\s*,?\s*\})$/.test(names) ? "import: '*' or '{ a, b }'"
        : typeof from !== 'string' || !/^\.(?:\/[\w-]+)*$/.test(from) ? "from: '.' or './subpath'"
          : !Number.isSafeInteger(limitBytes) || (limitBytes ?? 0) <= 0 ? 'limitBytes: a whole number above 0'
            : undefined
    if (fault !== undefined) throw new TypeError(`${path}, entry ${index + 1}: expected ${fault}, got ${JSON.stringify(entry)}`)
    return { name, import: names, from, limitBytes } as Budget
  })
}
