/** Placeholder front door; the package's own issue of work replaces it. */
export const placeholder: string = 'hlc'
