/** Not furnished yet. */
export const nothing: undefined = undefined
