/**
 * What every refusal carries. In the registry of symbols, so that those of another copy of this package are told as well; and no text, so
 * that what a remote side says of its own refusals, once it is parsed into an error here, is not taken for one of ours.
 */
export const REFUSED: unique symbol = /* @__PURE__ */ Symbol.for('distrokit.refused')
