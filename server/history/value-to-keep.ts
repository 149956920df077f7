import { MISSING, MODELLED, readSignal, type State } from '../../twin/index.ts';

/**
 * What a history keeps of a signal now. A nameplate stands in for telemetry that has not come, or comes
 * no more; it has no time, as nothing live stands behind it. In a history, which has no qualities, it
 * would be a peak that never was.
 *
 * @returns NaN: nothing
 */
export function valueToKeep(state: State, signal: number, entity: number): number {
  const { value, quality, atMs } = readSignal(state, signal, entity);
  const isNameplate = quality === MODELLED && Number.isNaN(atMs);
  return quality === MISSING || isNameplate ? Number.NaN : value;
}
