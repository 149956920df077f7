/**
 * A fixed amount of memory for "seen before": hashes of 64 bits, each in the one place its bits
 * give it, the newest staying. It may forget; that it remembers what it never saw has a chance of
 * one in 10^19 a pair.
 */
import { type Bytes, hashBytes } from './bytes.ts';

const PLACES = 1 << 18;

export class Fingerprints {
  private readonly seed: number;
  private halves = new Int32Array(0);
  private hashA = 0;
  private hashB = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  has(bytes: Bytes, start: number, end: number, space: number): boolean {
    if (this.halves.length === 0) return false;
    this.hash(bytes, start, end, space);
    const place = (this.hashA & (PLACES - 1)) * 2;
    return this.halves[place] === this.hashA && this.halves[place + 1] === this.hashB;
  }

  add(bytes: Bytes, start: number, end: number, space: number): void {
    if (this.halves.length === 0) this.halves = new Int32Array(PLACES * 2);
    this.hash(bytes, start, end, space);
    const place = (this.hashA & (PLACES - 1)) * 2;
    this.halves[place] = this.hashA;
    this.halves[place + 1] = this.hashB;
  }

  clear(): void {
    this.halves = new Int32Array(0);
  }

  private hash(bytes: Bytes, start: number, end: number, space: number): void {
    this.hashA = hashBytes(bytes, start, end, this.seed ^ space);
    this.hashB = hashBytes(bytes, start, end, ~this.seed ^ Math.imul(space, 0x9e3779b1));
  }
}
