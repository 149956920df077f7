/** What a reading must pass before it is offered: a place in the twin and a possible value. */
import {
  isKind,
  KIND_INDEX,
  KINDS,
  type Kind,
  SIGNAL_INDEX,
  SIGNALS,
  type SignalRow,
} from '../../../twin/index.ts';

const rowOf = (signal: string): SignalRow => SIGNALS[SIGNAL_INDEX.get(signal) as number];

/**
 * Whether a BMC of a `machine` can write `signal` to a part of `kind`.
 * @returns the reason when it cannot
 */
export function misplaced(machine: Kind, kind: Kind, signal: string): string | undefined {
  const inside = (KINDS[KIND_INDEX[kind]].in as readonly string[]).includes(machine);
  const known = rowOf(signal).kinds.includes(kind) && isKind(kind);
  return known && (kind === machine || inside)
    ? undefined
    : `no place for ${signal} on ${kind === machine ? machine : `${kind} of ${machine}`}`;
}

/** @returns the reason when the value cannot be true */
export function impossible(signal: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'not a number';
  const { range, unit } = rowOf(signal);
  if (value < range[0] && range[0] === 0) return `negative ${signal}`;
  return value < range[0] || value > range[1] ? `${signal} out of range (${unit})` : undefined;
}
