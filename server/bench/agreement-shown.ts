/**
 * Which sensor faults show themselves at all? The laboratory is run twice, with its faults and
 * without, from the same seed: noise and gaps are the same, so what differs is the fault alone. No
 * judge takes part in this.
 */
import type { LabFaultDrawn, LabTick } from './agreement-score.ts';

const BLOCK_S = 300;
/** A wrong power is off by 5 %, as the goal has it. */
const OFF_RATIO = 0.05;
/** A sensor of 1 K may be off by so much in health: step, calibration and noise. */
const OFF_K = 1.5;
/** Blocks that are off, of those within the time in which a fault is to be found. */
const MIN_BLOCKS = 3;

interface ShownBook {
  /** Readings of one instant with the faults, and without them. */
  take(told: LabTick, right: LabTick, nowS: number): void;
  /** By fault: whether its sensor was off for a quarter of an hour, in means of five minutes. */
  areShown(): boolean[];
}

interface Columns {
  readonly entities: readonly { readonly id: string }[];
  readonly signals: readonly string[];
}

/** @param withinS time from the begin of a fault in which it has to show itself */
export function createShownBook(
  faults: readonly LabFaultDrawn[],
  { entities, signals }: Columns,
  withinS: number,
): ShownBook {
  const watched = faults.map(({ entity, signal, atS, untilS = Number.POSITIVE_INFINITY }) => ({
    ...{ fromS: atS, toS: Math.min(untilS, atS + withinS), isTemperature: /TempC$/.test(signal) },
    entity: entities.findIndex(({ id }) => id === entity),
    signal: signals.indexOf(signal),
    ...{ told: 0, right: 0, readings: 0, blocks: 0 },
  }));
  return {
    take(told, right, nowS) {
      for (const each of watched) {
        if (nowS > each.fromS && nowS <= each.toS) {
          const i = told.entity.findIndex(
            (entity, at) => entity === each.entity && told.signal[at] === each.signal,
          );
          if (i >= 0) {
            each.told += told.value[i];
            each.right += right.value[i];
            each.readings++;
          }
        }
        if (nowS % BLOCK_S !== 0) continue;
        if (isOff(each)) each.blocks++;
        Object.assign(each, { told: 0, right: 0, readings: 0 });
      }
    },
    areShown: () => watched.map(({ blocks }) => blocks >= MIN_BLOCKS),
  };
}

interface Sums {
  readonly isTemperature: boolean;
  readonly told: number;
  readonly right: number;
  readonly readings: number;
}

function isOff({ isTemperature, told, right, readings }: Sums): boolean {
  if (readings === 0) return false;
  const off = Math.abs(told - right);
  return isTemperature ? off >= OFF_K * readings : off >= OFF_RATIO * right;
}
