/** Decoded samples on their way to the gate, as columns, so that none of them is an object. */
import { HELD, widened } from './table-memory.ts';

export interface SampleBatch {
  count: number;
  readonly series: Int32Array;
  readonly value: Float64Array;
  readonly atMs: Float64Array;
  /** 1 where the sample is the stale marker and has no value. */
  readonly stale: Uint8Array;
}

/** Room for one usual request; measured, larger ones leave the cache. */
const CAPACITY = 2048;

export const newBatch = (memory = HELD): SampleBatch => ({
  count: 0,
  series: widened(memory, new Int32Array(0), CAPACITY),
  value: widened(memory, new Float64Array(0), CAPACITY),
  atMs: widened(memory, new Float64Array(0), CAPACITY),
  stale: widened(memory, new Uint8Array(0), CAPACITY),
});
