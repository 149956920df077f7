/**
 * The BMC's clock minus ours, from the times it states. Each statement bounds the offset to an
 * interval (its resolution plus the request's round trip); intervals are intersected, so that a
 * header of 1 s resolution soon gives a few tens of milliseconds.
 */

export interface ClockBounds {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

/** Clocks drift apart; 100 ppm is twice what crystals of servers are specified for. */
const DRIFT = 100e-6;

/** Bounds that are wider say nothing of a clock that something keeps in time. */
const SHARP_MS = 1_000;

/** Whether the bounds tell the offset: they are narrow, or leave no doubt that there is one. */
export const tellsOffset = ({ offsetMs, uncertaintyMs }: ClockBounds) =>
  uncertaintyMs <= SHARP_MS || Math.abs(offsetMs) > uncertaintyMs;

export interface ClockOffset {
  /**
   * @param statedMs what the BMC said, truncated to `resolutionMs`
   * @param sentMs, receivedMs our clock around the request
   */
  observe(statedMs: number, resolutionMs: number, sentMs: number, receivedMs: number): void;
  readonly bounds: ClockBounds | undefined;
}

export function createClockOffset(): ClockOffset {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let lastMs = 0;
  return {
    observe(statedMs, resolutionMs, sentMs, receivedMs) {
      const newLow = statedMs - receivedMs;
      const newHigh = statedMs + resolutionMs - sentMs;
      const slackMs = Math.max(0, receivedMs - lastMs) * DRIFT;
      lastMs = receivedMs;
      low = Math.max(low - slackMs, newLow);
      high = Math.min(high + slackMs, newHigh);
      // the clock was set: what was known before no longer holds
      if (low > high) [low, high] = [newLow, newHigh];
    },
    get bounds() {
      if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined;
      return { offsetMs: (low + high) / 2, uncertaintyMs: (high - low) / 2 };
    },
  };
}
