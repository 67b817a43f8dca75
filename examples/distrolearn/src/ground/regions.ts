// Promise: which regions there are, and which of them owns what must be exact, is written once.

export const regionNames = ['dublin', 'virginia', 'singapore'] as const
export type RegionName = (typeof regionNames)[number]
/** The region that owns everything strongly consistent. */
export const homeRegion: RegionName = 'dublin'

/** One name per link, whichever end is named first: `dublin-virginia`. */
export const linkName = (a: RegionName, b: RegionName): string =>
  regionNames.indexOf(a) < regionNames.indexOf(b) ? `${a}-${b}` : `${b}-${a}`
