/** What waits for one store: oldest first, bounded in bytes, counted in samples. */
import { countAt, type Slice } from './group.ts';

/** Entities `from` to `to - 1` of a slice, by their offset in its group. */
export interface Part {
  readonly slice: Slice;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
}
export type Batch = readonly Part[];

export const samplesOf = (batch: Batch): number =>
  batch.reduce((sum, part) => sum + part.samples, 0);

/** What an entity of a slice, by its offset, counts against the size of a batch. */
export type Weigh = (slice: Slice, offset: number) => number;

interface Waiting {
  readonly slice: Slice;
  /** First entity that has not been delivered. */
  from: number;
  /** Samples from there on. */
  samples: number;
}

export class WaitingQueue {
  readonly #maxBytes: number;
  readonly #slices: Waiting[] = [];
  /** The first so many slices are on their way. */
  #inFlight = 0;
  samples = 0;
  bytes = 0;
  /** Samples that will never be delivered, by reason. */
  readonly dropped: Record<string, number> = {};

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get oldestMs(): number | undefined {
    return this.#slices[0]?.slice.atMs;
  }

  /** Also drops the oldest where there are too many. */
  put(slice: Slice) {
    const samples = samplesIn(slice);
    if (samples === 0) return;
    this.#slices.push({ slice, from: 0, samples });
    this.samples += samples;
    this.bytes += slice.values.byteLength;
    // What is on its way stays, and so does the newest, or a small bound would let nothing through.
    while (this.bytes > this.#maxBytes && this.#slices.length > this.#inFlight + 1) {
      this.#discard(this.#inFlight, 1, 'queue full');
    }
  }

  /** Of the oldest slice. */
  dropOldest(why: string) {
    this.#discard(0, 1, why);
  }

  dropAll(why: string) {
    this.#discard(0, this.#slices.length, why);
  }

  #discard(first: number, count: number, why: string) {
    for (const { slice, samples } of this.#slices.splice(first, count)) {
      this.samples -= samples;
      this.bytes -= slice.values.byteLength;
      this.drop(why, samples);
    }
  }

  drop(why: string, samples: number) {
    if (samples > 0) this.dropped[why] = (this.dropped[why] ?? 0) + samples;
  }

  /**
   * The oldest entities of a weight up to `max`, at least one, none dated after `nowMs`. They stay
   * until `done` says what has become of them.
   */
  take(nowMs: number, max: number, weigh: Weigh): Batch {
    const parts: Part[] = [];
    let weight = 0;
    for (const { slice, from } of this.#slices) {
      if (weight >= max || slice.atMs > nowMs) break;
      let to = from;
      let samples = 0;
      for (; to < slice.group.count; to++) {
        const more = weigh(slice, to);
        if (weight + more > max && weight > 0) break;
        weight += more;
        samples += countAt(slice, to);
      }
      if (to > from) parts.push({ slice, from, to, samples });
      if (to < slice.group.count) break;
    }
    this.#inFlight = parts.length;
    return parts;
  }

  /** @param isSettled whether the batch taken last needs no other attempt */
  done(batch: Batch, isSettled: boolean) {
    this.#inFlight = 0;
    if (!isSettled) return;
    for (const { slice, to, samples } of batch) {
      const [head] = this.#slices;
      head.from = to;
      head.samples -= samples;
      this.samples -= samples;
      if (head.samples > 0) continue;
      this.#slices.shift();
      this.bytes -= slice.values.byteLength;
    }
  }
}

export function samplesIn(slice: Slice): number {
  let count = 0;
  for (const value of slice.values) if (!Number.isNaN(value)) count++;
  return count;
}
