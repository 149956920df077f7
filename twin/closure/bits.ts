/** Sets of dense indices as bits, walked upwards or downwards while they grow ahead of the walk. */

export const bitSet = (count: number) => new Int32Array((count + 31) >>> 5);

export function setBit(bits: Int32Array, index: number) {
  bits[index >>> 5] |= 1 << index;
}

export function clearBit(bits: Int32Array, index: number) {
  bits[index >>> 5] &= ~(1 << index);
}

/** @returns whether the index was in the set, which it then leaves */
export function takeBit(bits: Int32Array, index: number): boolean {
  const word = bits[index >>> 5];
  bits[index >>> 5] = word & ~(1 << index);
  return (word & (1 << index)) !== 0;
}

/** The highest index of the set that is at most `from`; -1 when there is none. */
export function highestBit(bits: Int32Array, from: number): number {
  if (from < 0) return -1;
  let at = from >>> 5;
  let word = bits[at] & (-1 >>> (31 - (from & 31)));
  while (word === 0) {
    if (--at < 0) return -1;
    word = bits[at];
  }
  return (at << 5) + 31 - Math.clz32(word);
}

/** The lowest index of the set that is at least `from`; -1 when there is none. */
export function lowestBit(bits: Int32Array, from: number): number {
  let at = from >>> 5;
  if (at >= bits.length) return -1;
  let word = bits[at] & (-1 << (from & 31));
  while (word === 0) {
    if (++at >= bits.length) return -1;
    word = bits[at];
  }
  return (at << 5) + 31 - Math.clz32(word & -word);
}
