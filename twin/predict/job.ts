/** A job as its scheduler knows it, and what is predicted from it. */

export interface ScheduledJob {
  readonly id: string;
  /** What its submitter runs again and again; jobs of one shape draw much the same power. */
  readonly shape: string;
  /** Wider class: training, inference, notebook. Stands in for a shape never seen. */
  readonly kind: string;
  /** Entities of the topology. */
  readonly gpus: Int32Array;
  readonly startMs: number;
  /** When its GPUs are free again; null: not within the horizon. */
  readonly endMs: number | null;
}

/**
 * A value with its 90 % band, which is of the true value: what sensors are always off by is in it,
 * the noise of their readings is not.
 */
export interface PredictedValue {
  readonly entity: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Half the band of what its sensors will show: noise is in it, what they are off by is not. */
  readonly shownWithin: number;
  /** What its sensors show when it is made; NaN: nothing of late. */
  readonly now: number;
}

/** How far off predictions of one signal and horizon were of late. */
export interface PredictionRecord {
  /** Mean absolute error against the mean of the minute: powers in parts of the value, else K. */
  readonly error: number;
  /** The same of the last value that was read. NaN: nothing was scored yet. */
  readonly persistence: number;
  /** Rounds scored, the older ones less. */
  readonly rounds: number;
  /** Clearly worse than the last value: better not told. */
  readonly isBad: boolean;
}

/** Means over the minute that ends at `atMs`. */
export interface Prediction {
  readonly madeAtMs: number;
  readonly atMs: number;
  /** Racks at the inlets of their PDUs, W. */
  readonly rackPowerW: readonly PredictedValue[];
  readonly rackInletTempC: readonly PredictedValue[];
  readonly gpuTempC: readonly PredictedValue[];
  readonly record: Readonly<Record<'rackPowerW' | 'rackInletTempC' | 'gpuTempC', PredictionRecord>>;
}
