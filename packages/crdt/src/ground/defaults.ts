/** Every bound in one place. Each is far above honest use and far below harm. */

/** Actor ids, in UTF-16 units. */
export const MAX_ACTOR_LENGTH = 64
/** Map keys and set elements, in UTF-16 units. */
export const MAX_KEY_LENGTH = 4096
/** One register value, counted as its strings' units plus one per node. */
export const MAX_VALUE_SIZE = 1_048_576
/** Nesting of arrays and objects in a value. */
export const MAX_DEPTH = 64
/** Levels of a tree: what readers go through by recursion must end before their stack does. */
export const MAX_TREE_DEPTH = 512
/** Operations of one actor: the sequence number must fit the lower part of a packed dot. */
export const MAX_SEQUENCE = 4_294_967_295
/** Actors of one document: a wire index and the upper part of a packed dot. */
export const MAX_ACTORS = 1_048_576
/** Touched places that the delta buffer remembers before `changesSince` falls back to whole state. */
export const BUFFER_SIZE = 8192
/** Bytes that may wait for missing neighbours; beyond it the oldest are dropped and stay reported as missing. */
export const MAX_PENDING_BYTES = 1_048_576
/** A frame at least this long is recognised as a repeat by its head alone, whose own checksum covers the context. */
export const HEAD_ONLY_BYTES = 65_536
/** Largest amount that a counter may reach in either direction. */
export const MAX_COUNT = 9_007_199_254_740_991
/** Stamps carry 16 bits of order within a millisecond. */
export const MAX_STAMP_COUNT = 65_535
/** Stamps carry 48 bits of milliseconds: until the year 10889. */
export const MAX_STAMP_MS = 281_474_976_710_655
