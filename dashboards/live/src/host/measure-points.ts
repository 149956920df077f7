/** The same quantity at each point where it is measured, against the best estimate. */
import type { EntityState, SignalState } from '../api/types.ts';

export interface MeasurePoint {
  readonly signal: string;
  /** Where and how it is measured, in a few words. */
  readonly how: string;
  readonly reading: SignalState | undefined;
  /** Against the best estimate, as a ratio: 0.03 is 3 % more. NaN where it says nothing. */
  readonly deviation: number;
}

const POINTS: readonly (readonly [signal: string, how: string])[] = [
  ['powerW', 'best estimate'],
  ['bmcPowerW', 'BMC, Redfish or IPMI sensor'],
  ['dcmiPowerW', 'BMC, DCMI power reading'],
  ['psuInputPowerW', 'sum over PSU inputs'],
  ['outletPowerW', 'sum over PDU outlets'],
  ['psuOutputPowerW', 'sum over PSU outputs, after their losses'],
  ['gpuPowerW', 'sum over GPUs'],
  ['cpuPowerW', 'CPU packages'],
  ['fanPowerW', 'fans'],
];
/** These measure the whole machine at the wall, so they should agree with the estimate. */
const WHOLE: ReadonlySet<string> = new Set([
  'bmcPowerW',
  'dcmiPowerW',
  'psuInputPowerW',
  'outletPowerW',
]);

export function measurePoints(state: EntityState): MeasurePoint[] {
  const best = state.signals.powerW?.value;
  return POINTS.flatMap(([signal, how]) => {
    const reading = state.signals[signal];
    if (!reading) return [];
    const value = reading.value;
    const isComparable =
      WHOLE.has(signal) && typeof value === 'number' && typeof best === 'number' && best > 0;
    const deviation = isComparable ? value / best - 1 : Number.NaN;
    return [{ signal, how, reading, deviation }];
  });
}

/** Sensors that should agree and differ by more disagree: those of BMCs are good to 3-5 %. */
export const DISAGREE_RATIO = 0.1;
