/**
 * Long work as a generator: it yields wherever it may be left for a while, and whoever drives it
 * decides what happens meanwhile. Between two yields lies a part of some milliseconds at most.
 */
export type Parts<T = void> = Generator<unknown, T>;

/** All parts without a pause. */
export function atOnce<T>(parts: Parts<T>): T {
  let part = parts.next();
  while (!part.done) part = parts.next();
  return part.value;
}

/** Spans of at most `size` of `from` to `to`. */
export function* partsOf(
  from: number,
  to: number,
  size: number,
): Generator<readonly [from: number, to: number]> {
  for (let at = from; at < to; at += size) yield [at, Math.min(at + size, to)];
}

/** Copied, or gone through, between two pauses: about a millisecond. */
export const BYTES_A_PART = 2 ** 20;

/** They must stay as they are until the last part is done. */
export function* copyOf(bytes: Uint8Array): Parts<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(bytes.length);
  yield* copyInto(copy, 0, bytes);
  return copy;
}

/** @param at place in `to` of the first byte */
export function* copyInto(to: Uint8Array, at: number, from: Uint8Array): Parts {
  for (let done = 0; done < from.length; done += BYTES_A_PART) {
    to.set(from.subarray(done, done + BYTES_A_PART), at + done);
    yield;
  }
}
