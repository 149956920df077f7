/** Limits as values beside the signals they are on, and the unit of such a value. */
import { KINDS, type LimitAtKind, type LimitTable, SIGNALS } from '../twin/index.ts';

type BySignal = ReadonlyMap<number, readonly LimitAtKind[]>;

const KNOWN = new WeakMap<LimitTable, BySignal>();

/**
 * Those in the unit of their signal, of each signal at each kind that has any: not on its part of
 * another, nor on what differs. The table of a generation is sorted once.
 */
export function limitsBySignal(table: LimitTable): BySignal {
  const known = KNOWN.get(table);
  if (known) return known;
  const own = table.filter(({ over, row }) => over < 0 && row.kind !== 'uniform');
  const sorted = Map.groupBy(own, ({ kind, signal }) => keyOf(kind, signal));
  KNOWN.set(table, sorted);
  return sorted;
}

const keyOf = (kind: number, signal: number) => signal * KINDS.length + kind;

export const limitsOn = (table: LimitTable, kind: number, signal: number) =>
  limitsBySignal(table).get(keyOf(kind, signal)) ?? [];

/** A limit on a part of another signal is a ratio. */
export const unitOf = ({ row, signal }: LimitAtKind) =>
  row.over === undefined ? SIGNALS[signal].unit : 'Ratio';
