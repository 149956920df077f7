/** Energy in the battery of a UPS. */
import type { State } from '../../state/state.ts';
import { signalIndex } from '../../tables/signals.ts';
import { current, firstOf } from './reading.ts';

const BATTERY_RUNTIME = signalIndex('batteryRuntimeS');
const BATTERY_CHARGE = signalIndex('batteryChargeRatio');

/** J: from the run time that it reports at its load, else from its class; 0 where neither says. */
export function batteryJ(state: State, ups: number, loadW: number): number {
  const runtimeS = current(state, BATTERY_RUNTIME, ups);
  if (runtimeS >= 0 && loadW > 0) return runtimeS * loadW;
  const { classes, classIndex } = state.topology;
  const ratio = firstOf(current(state, BATTERY_CHARGE, ups), 1);
  const full = firstOf(classes[classIndex[ups]]?.figures.batteryJ?.value, 0);
  return full * Math.min(1, Math.max(0, ratio));
}
