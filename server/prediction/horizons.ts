/** How far ahead the service looks, how often, and for how many GPUs. */

interface Horizon {
  readonly aheadS: number;
  /** Between two predictions. */
  readonly everyS: number;
}

/** The hour is looked at less often, so that no more of it waits to be scored than of the others. */
export const HORIZONS: readonly Horizon[] = [
  { aheadS: 300, everyS: 60 },
  { aheadS: 900, everyS: 60 },
  { aheadS: 3600, everyS: 240 },
];

/** Between two frames of readings; what is learned forgets by the frame. */
export const FRAME_S = 30;

/**
 * Above it nothing is predicted rack by rack. Measured: see docs/prediction.md.
 */
export const GPUS_MAX = 16_384;
