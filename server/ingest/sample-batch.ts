/** Decoded samples on their way to the gate, as columns, so that none of them is an object. */
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

export const newBatch = (): SampleBatch => ({
  count: 0,
  series: new Int32Array(CAPACITY),
  value: new Float64Array(CAPACITY),
  atMs: new Float64Array(CAPACITY),
  stale: new Uint8Array(CAPACITY),
});
