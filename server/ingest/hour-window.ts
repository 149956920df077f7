/**
 * How much a counter rose over the last hour: five-minute buckets in a ring, one ring a series. The
 * bucket in progress and twelve whole ones are summed, so the window is 60 to 65 minutes long.
 */
import { HELD, widened } from './table-memory.ts';

const BUCKET_MS = 300_000;
const BUCKETS = 13;
/** Of a ring as it is copied: its newest bucket, and the rises. */
export const WINDOW_NUMBERS = 1 + BUCKETS;

export class HourWindows {
  /** Number of the newest bucket of each ring, counted from the epoch. */
  private newest = new Float64Array(0);
  private rises = new Float64Array(0);
  private readonly free: number[] = [];
  private used = 0;

  /** A new, empty ring. */
  open(): number {
    const slot = this.free.pop() ?? this.used++;
    if (slot >= this.newest.length) {
      const size = Math.max(64, this.newest.length * 2);
      this.newest = widened(HELD, this.newest, size);
      this.rises = widened(HELD, this.rises, size * BUCKETS);
    }
    this.newest[slot] = Number.NEGATIVE_INFINITY;
    this.rises.fill(0, slot * BUCKETS, (slot + 1) * BUCKETS);
    return slot;
  }

  close(slot: number): void {
    this.free.push(slot);
  }

  /** Writes a ring down; `restore` makes the same of another one. */
  copy(slot: number, into: Float64Array, at: number): void {
    into[at] = this.newest[slot];
    into.set(this.rises.subarray(slot * BUCKETS, (slot + 1) * BUCKETS), at + 1);
  }

  restore(slot: number, from: Float64Array, at: number): void {
    this.newest[slot] = from[at];
    this.rises.set(from.subarray(at + 1, at + WINDOW_NUMBERS), slot * BUCKETS);
  }

  /** Adds a rise seen at `atMs` (not before the last one). @returns the sum over the window */
  add(slot: number, rise: number, atMs: number): number {
    const bucket = Math.floor(atMs / BUCKET_MS);
    const base = slot * BUCKETS;
    const stale = Math.min(BUCKETS, bucket - this.newest[slot]);
    for (let i = 0; i < stale; i++) this.rises[base + ((bucket - i) % BUCKETS)] = 0;
    this.newest[slot] = bucket;
    this.rises[base + (bucket % BUCKETS)] += rise;
    let sum = 0;
    for (let i = 0; i < BUCKETS; i++) sum += this.rises[base + i];
    return sum;
  }
}
