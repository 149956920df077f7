/** Work with pauses: on a large site one block is seconds of it, and others must have their turn. */

/** Spans of at most `size` of `from` to `to`. */
export function* partsOf(
  from: number,
  to: number,
  size: number,
): Generator<readonly [from: number, to: number]> {
  for (let at = from; at < to; at += size) yield [at, Math.min(at + size, to)];
}
