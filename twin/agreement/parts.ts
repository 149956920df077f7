/** Work with pauses: on a large site one block is seconds of it, and others must have their turn. */

/** Whoever runs it may do something else at every pause. */
export type Parts<T = void> = Generator<void, T>;

/** Spans of at most `size` of `from` to `to`. */
export function* partsOf(
  from: number,
  to: number,
  size: number,
): Generator<readonly [from: number, to: number]> {
  for (let at = from; at < to; at += size) yield [at, Math.min(at + size, to)];
}

/** Runs it without a pause. */
export function runThrough<T>(parts: Parts<T>): T {
  for (;;) {
    const part = parts.next();
    if (part.done) return part.value;
  }
}
