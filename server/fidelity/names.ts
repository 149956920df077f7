/** Names in a file as small numbers: a hash table over bytes, so that known names make no string. */
import { textIn } from './bytes.ts';

export interface Names {
  readonly list: string[];
  slots: Int32Array;
  /** Bytes of all names, one after the other, and where each starts. */
  bytes: Uint8Array;
  starts: Int32Array;
}

export const makeNames = (): Names => ({
  list: [],
  slots: new Int32Array(1024).fill(-1),
  bytes: new Uint8Array(16_384),
  starts: new Int32Array(1024),
});

/** Index of the name in `text[from..to)`, a new one if it was not seen. */
export function nameIndex(names: Names, text: Uint8Array, from: number, to: number): number {
  const mask = names.slots.length - 1;
  let at = hashOf(text, from, to) & mask;
  for (;;) {
    const index = names.slots[at];
    if (index < 0) return addName(names, text, from, to);
    if (isSame(names, index, text, from, to)) return index;
    at = (at + 1) & mask;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: Uint8Array, from: number, to: number): number {
  let hash = -2128831035;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text[i], 16777619);
  return hash ^ (hash >>> 15);
}

function isSame(names: Names, index: number, text: Uint8Array, from: number, to: number) {
  let at = names.starts[index];
  if (names.starts[index + 1] - at !== to - from) return false;
  for (let i = from; i < to; i++) if (names.bytes[at++] !== text[i]) return false;
  return true;
}

function addName(names: Names, text: Uint8Array, from: number, to: number): number {
  const index = names.list.push(textIn(text, from, to)) - 1;
  if (index + 2 > names.starts.length) names.starts = grown(names.starts);
  const start = names.starts[index];
  while (start + to - from > names.bytes.length) names.bytes = grown(names.bytes);
  names.bytes.set(text.subarray(from, to), start);
  names.starts[index + 1] = start + to - from;
  if (names.list.length * 2 > names.slots.length) {
    names.slots = new Int32Array(names.slots.length * 2);
  } else {
    place(names, index);
    return index;
  }
  names.slots.fill(-1);
  for (let i = 0; i <= index; i++) place(names, i);
  return index;
}

function place(names: Names, index: number) {
  const mask = names.slots.length - 1;
  let at = hashOf(names.bytes, names.starts[index], names.starts[index + 1]) & mask;
  while (names.slots[at] >= 0) at = (at + 1) & mask;
  names.slots[at] = index;
}

function grown<T extends Int32Array | Uint8Array>(old: T): T {
  const bigger = (old instanceof Int32Array
    ? new Int32Array(old.length * 2)
    : new Uint8Array(old.length * 2)) as unknown as T;
  bigger.set(old as never);
  return bigger;
}
