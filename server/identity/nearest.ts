/**
 * Names near to a wanted one: few edits, or the wanted one with a domain, a port or a prefix. For ids
 * that differ in a digit: of 400 wrong ones of a site it finds 337, the letter pairs by which the twin
 * finds classes and fields (`twin/topology/nearest.ts`) 232. Those in turn find `h100` in `dgx-h100`.
 */

interface Near<T> {
  readonly entity: T;
  readonly name: string;
  readonly distance: number;
}

const EDITS_MAX = 3;

/**
 * The nearest names to any of the wanted texts, each entity once. Names with too different a length
 * or set of letters are passed over before edits are counted, so that 10^6 names take about 0.1 s.
 */
export function nearestNames<T>(
  names: readonly { entity: T; name: string }[],
  wanted: readonly string[],
  count: number,
): Near<T>[] {
  const best = new Map<T, Near<T>>();
  for (const text of wanted.filter(text => text.length >= 3)) {
    const target = text.toLowerCase();
    const letters = letterSet(target);
    for (const { entity, name } of names) {
      const distance = distanceOf(target, letters, name.toLowerCase());
      if (distance > EDITS_MAX) continue;
      const known = best.get(entity);
      if (known === undefined || distance < known.distance) {
        best.set(entity, { entity, name, distance });
      }
    }
  }
  return [...best.values()].sort((a, b) => a.distance - b.distance).slice(0, count);
}

function distanceOf(target: string, letters: number, name: string): number {
  if (startsAsName(target, name) || startsAsName(name, target)) return 1;
  if (Math.abs(target.length - name.length) > EDITS_MAX) return EDITS_MAX + 1;
  // Each edit changes at most two members of the set.
  if (bitCount(letters ^ letterSet(name)) > 2 * EDITS_MAX) return EDITS_MAX + 1;
  const distance = editDistance(target, name, EDITS_MAX);
  // Short names are near to everything.
  return distance * 3 > Math.max(target.length, 3) ? EDITS_MAX + 1 : distance;
}

/** `gpu-node-1` against `gpu-node-1.example.org` or `gpu-node-1:9400`. */
const startsAsName = (long: string, short: string) =>
  short.length >= 3 &&
  long.length > short.length &&
  long.startsWith(short) &&
  '.:/'.includes(long[short.length]);

function letterSet(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits |= 1 << (text.charCodeAt(i) & 31);
  return bits;
}

function bitCount(bits: number): number {
  let left = bits;
  let count = 0;
  while (left !== 0) {
    left &= left - 1;
    count++;
  }
  return count;
}

/** Levenshtein distance, given up above `max` (then `max + 1`). */
export function editDistance(a: string, b: string, max: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(swap, row[j] + 1, next[j - 1] + 1);
      least = Math.min(least, next[j]);
    }
    if (least > max) return max + 1;
    row = next;
  }
  return Math.min(row[b.length], max + 1);
}
