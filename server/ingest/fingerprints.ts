/**
 * "Seen before, and it was this" in a bounded amount of memory: hashes of 63 bits, each in the one
 * place its bits give it, the newest staying. It may forget; that it takes one for another has a
 * chance of one in 10^18 a pair.
 */
import { type Bytes, hashBytes } from './bytes.ts';

const FIRST_PLACES = 1 << 18;
/** 32 MB. */
const MAX_PLACES = 1 << 22;
/** Places are doubled when more than this part of them was given out: few then share one. */
const MAX_LOAD = 0.5;

/** What was seen: the lowest bit of the second half of a fingerprint. */
type Sight = 0 | 1;

export class Fingerprints {
  private readonly seed: number;
  private readonly maxPlaces: number;
  private halves = new Int32Array(0);
  private given = 0;
  private hashA = 0;
  private hashB = 0;

  constructor(seed: number, maxPlaces = MAX_PLACES) {
    this.seed = seed;
    this.maxPlaces = maxPlaces;
  }

  /** What was added with these bytes; -1 when it is not known. */
  find(bytes: Bytes, start: number, end: number, space: number): Sight | -1 {
    if (this.halves.length === 0) return -1;
    this.hash(bytes, start, end, space);
    const place = this.placeOf(this.hashA);
    const half = this.halves[place + 1];
    const isKnown = this.halves[place] === this.hashA && (half & ~1) === this.hashB;
    return isKnown ? ((half & 1) as Sight) : -1;
  }

  /** Adds the bytes last looked for, or others. */
  add(bytes: Bytes, [start, end]: readonly [number, number], space: number, sight: Sight): void {
    if (this.given >= (this.halves.length / 2) * MAX_LOAD) this.grow();
    this.hash(bytes, start, end, space);
    this.put(this.hashA, this.hashB | sight);
  }

  clear(): void {
    this.halves = new Int32Array(0);
    this.given = 0;
  }

  private put(hashA: number, half: number): void {
    const place = this.placeOf(hashA);
    if (this.halves[place] === 0 && this.halves[place + 1] === 0) this.given++;
    this.halves[place] = hashA;
    this.halves[place + 1] = half;
  }

  private placeOf(hashA: number): number {
    return (hashA & (this.halves.length / 2 - 1)) * 2;
  }

  private grow(): void {
    const before = this.halves;
    const places = Math.max(Math.min(FIRST_PLACES, this.maxPlaces), before.length);
    if (places > this.maxPlaces) return;
    this.halves = new Int32Array(places * 2);
    this.given = 0;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i] !== 0 || before[i + 1] !== 0) this.put(before[i], before[i + 1]);
    }
  }

  private hash(bytes: Bytes, start: number, end: number, space: number): void {
    this.hashA = hashBytes(bytes, start, end, this.seed ^ space);
    this.hashB = hashBytes(bytes, start, end, ~this.seed ^ Math.imul(space, 0x9e3779b1)) & ~1;
  }
}
