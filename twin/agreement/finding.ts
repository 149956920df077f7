/** What is said of a sensor that does not agree with the others. */

/**
 * scale: a constant factor; unit: a factor or rule of another unit; offset: a constant difference;
 * drift: a factor that grows; stuck: one value while the thing itself moves; swapped: it shows what
 * `other` should; dead: it shows nothing of a load that others see; miscabled: it shows nothing, and
 * rightly so, for what should hang there hangs on `other`; hot: a GPU
 * temperature above that of GPUs at the same work, whose cooling may be bad as well as the sensor.
 */
export const SENSOR_FAULTS = [
  ...([
    'scale',
    'unit',
    'offset',
    'drift',
    'stuck',
    'swapped',
    'dead',
    'miscabled',
    'hot',
  ] as const),
] as const;
export type SensorFault = (typeof SENSOR_FAULTS)[number];

/** One equation's part in a finding. */
export interface Evidence {
  readonly balance: string;
  /** Entity that the equation is about. */
  readonly entity: number;
  /** Residual now and without the fault: ln of a ratio, or K. */
  readonly residual: number;
  readonly expected: number;
  /** The difference in standard deviations. */
  readonly z: number;
  /** Residual left when the finding is taken as true. */
  readonly explained: number;
}

export interface Suspect {
  readonly entity: number;
  readonly signal: number;
}

export interface Finding extends Suspect {
  readonly fault: SensorFault;
  /** What it shows over what it should; for units of temperature absent. */
  readonly factor?: number;
  /** What it shows less what it should, K; temperatures only. */
  readonly offsetK?: number;
  /** Name of the other unit. */
  readonly unit?: string;
  /** Swapped: whose load it shows. */
  readonly other?: Suspect;
  /** Nothing tells it apart from these: one of them lies. */
  readonly or: readonly Suspect[];
  /** Epoch ms of the first block that shows it. */
  readonly sinceMs: number;
  /** It was so when watching began: `sinceMs` is the start of watching. */
  readonly isFromStart: boolean;
  /** Epoch ms at which it was first reported. */
  readonly foundMs: number;
  /** Probability that this and no other cause explains the evidence, 0-1. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}
