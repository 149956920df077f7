/** Readings and figures, the first that is there. */
import { STALE } from '../../state/quality.ts';
import { readSignal } from '../../state/read.ts';
import type { State } from '../../state/state.ts';

/** A current reading, or NaN. */
export function current(state: State, signal: number, entity: number): number {
  const { value, quality } = readSignal(state, signal, entity);
  return quality > STALE && Number.isFinite(value) ? value : Number.NaN;
}

/** The first that is a number. */
export const firstOf = (...values: readonly (number | undefined)[]) =>
  values.find(value => value !== undefined && Number.isFinite(value)) ?? Number.NaN;
