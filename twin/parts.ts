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
