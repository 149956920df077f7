/**
 * What was expected of points in the last blocks while their values stay, and how far that moved.
 * Rings in flat columns: on a quiet site a million sensors may be still for hours, at 300 bytes each.
 */
import type { Parts } from '../parts.ts';
import { LEARNING } from '../tables/agreement-learning.ts';

/** Blocks that are kept of a point. */
const LENGTH = LEARNING.expectedBlocks.value;
const MOST_NATS = LEARNING.mostMovedNats.value;
const SHIFTS = 24;
const QUANTUM_DEVIATION = LEARNING.stepDeviation.value;
const LASTING_DEVIATIONS = LEARNING.lastingDeviations.value;
const RINGS_A_CHUNK = 4096;
const POINTS_A_PART = 20_000;
/** Of a point without a ring. */
const NONE = -1;

export class Expected {
  readonly #ringOf: Int32Array;
  /** Of each ring by turns value and standard deviation, in the unit of the point. */
  readonly #chunks: Float32Array[] = [];
  /** How much was ever put into each ring; the newest `LENGTH` of it are there. */
  #putCount = new Uint32Array(0);
  readonly #free: number[] = [];
  #rings = 0;
  /** Of the point asked for last, oldest first. */
  readonly #values = new Float64Array(LENGTH);
  readonly #deviations = new Float64Array(LENGTH);

  constructor(points: number) {
    this.#ringOf = new Int32Array(points).fill(NONE);
  }

  /** Of all columns. */
  get byteLength(): number {
    const rings = this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return this.#ringOf.byteLength + this.#putCount.byteLength + rings;
  }

  /** Nothing is kept of a point any more. */
  drop(p: number) {
    if (this.#ringOf[p] === NONE) return;
    this.#free.push(this.#ringOf[p]);
    this.#ringOf[p] = NONE;
  }

  /** One more block; the oldest one goes where there are too many. */
  put(p: number, value: number, deviation: number) {
    if (this.#ringOf[p] === NONE) this.#ringOf[p] = this.#newRing();
    const ring = this.#ringOf[p];
    const at = this.#placeOf(ring, this.#putCount[ring]++);
    const chunk = this.#chunkOf(ring);
    chunk[at] = value;
    chunk[at + 1] = deviation;
  }

  #newRing(): number {
    const ring = this.#free.pop() ?? this.#rings++;
    if (ring >= this.#putCount.length) {
      this.#chunks.push(new Float32Array(2 * LENGTH * RINGS_A_CHUNK));
      const counts = new Uint32Array(this.#putCount.length + RINGS_A_CHUNK);
      counts.set(this.#putCount);
      this.#putCount = counts;
    }
    this.#putCount[ring] = 0;
    return ring;
  }

  #chunkOf(ring: number): Float32Array {
    return this.#chunks[Math.floor(ring / RINGS_A_CHUNK)];
  }

  #placeOf(ring: number, count: number): number {
    return 2 * ((ring % RINGS_A_CHUNK) * LENGTH + (count % LENGTH));
  }

  /** Fills in the values and deviations of a point. @returns how many there are */
  #read(p: number): number {
    const ring = this.#ringOf[p];
    if (ring === NONE) return 0;
    const end = this.#putCount[ring];
    const count = Math.min(end, LENGTH);
    const chunk = this.#chunkOf(ring);
    for (let i = 0; i < count; i++) {
      const at = this.#placeOf(ring, end - count + i);
      this.#values[i] = chunk[at];
      this.#deviations[i] = chunk[at + 1];
    }
    return count;
  }

  /** Between the second lowest and the second highest: one odd block is no movement. */
  rangeOf(p: number): number {
    const count = this.#read(p);
    const values = this.#values.slice(0, count).sort();
    return count < 2 ? 0 : values[count - 2] - values[1];
  }

  /**
   * How much likelier it is that a value stays for being frozen than for what is expected staying
   * within one step of it, whatever the sensor is off by all the time, nats.
   */
  natsOfMovement(p: number, quantum: number): number {
    const count = this.#read(p);
    if (count === 0) return 0;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      least = Math.min(least, this.#values[i]);
      most = Math.max(most, this.#values[i]);
    }
    let fewest = Number.POSITIVE_INFINITY;
    for (let i = 0; i <= SHIFTS; i++) {
      const centre = least + ((most - least) * i) / SHIFTS;
      fewest = Math.min(fewest, this.#natsAround(centre, count, quantum));
    }
    return fewest;
  }

  #natsAround(centre: number, count: number, quantum: number): number {
    const coarse = QUANTUM_DEVIATION * quantum;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const apart = Math.abs(this.#values[i] - centre) - quantum / 2;
      const off = Math.max(0, apart) / (this.#deviations[i] + coarse);
      const beyond = Math.max(0, off - LASTING_DEVIATIONS);
      sum += Math.min(MOST_NATS, (beyond * beyond) / 2);
    }
    return sum;
  }

  /** A row a point: point, number of blocks, and of each the value and the deviation. */
  *pack(): Parts<Float64Array> {
    let size = 0;
    for (const ring of this.#ringOf) {
      if (ring !== NONE) size += 2 + 2 * Math.min(this.#putCount[ring], LENGTH);
    }
    yield;
    const packed = new Float64Array(size);
    let at = 0;
    for (let p = 0; p < this.#ringOf.length; p++) {
      if (p % POINTS_A_PART === 0) yield;
      if (this.#ringOf[p] === NONE) continue;
      const count = this.#read(p);
      packed[at++] = p;
      packed[at++] = count;
      for (let i = 0; i < count; i++) {
        packed[at++] = this.#values[i];
        packed[at++] = this.#deviations[i];
      }
    }
    return packed;
  }

  /** Takes back what was packed, into one of which nothing is kept yet. */
  *unpack(packed: Float64Array): Parts {
    for (let at = 0, done = 0; at < packed.length; done++) {
      if (done % POINTS_A_PART === 0) yield;
      const [p, count] = packed.subarray(at, at + 2);
      for (at += 2; at < packed.length && this.#countOf(p) < count; at += 2) {
        this.put(p, packed[at], packed[at + 1]);
      }
    }
  }

  #countOf(p: number): number {
    return this.#ringOf[p] === NONE ? 0 : this.#putCount[this.#ringOf[p]];
  }
}
