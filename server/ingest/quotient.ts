/**
 * Quotient rows: a stage behind the gate, for rows with `over`.
 *
 * The gate treats the two sides as two accumulators, keyed by (`rowIndex`, `side`, `entity`,
 * `groupKey`): each sample goes through `rowValue`, then `mode`, then `combine` (`sum` when the row
 * has `over.by`, where each pair is usually one series a side), without `scale` and `offset`. What
 * comes out is put here; `put` answers with the entity's value once both sides of the same instant
 * are there, with `scale` and `offset` applied, ready for the column.
 */
import type { MappingRow } from './mapping.ts';

/** What the stage needs of a bound row; `BoundRow` of `server/identity/join.ts` fits. */
interface QuotientInput {
  readonly row: MappingRow;
  readonly rowIndex: number;
  readonly entity: number;
  readonly side: 'value' | 'over';
  readonly groupKey?: string;
}

export interface Quotients {
  /** @returns the quotient of the entity, or undefined while (or because) there is none. */
  put(input: QuotientInput, value: number, atMs: number): number | undefined;
  /** Drops pairs without news since, and with them what vanished. */
  forgetBefore(atMs: number): void;
  /** Quotients that had no value because their denominator was 0. */
  readonly emptyDenominators: number;
  readonly size: number;
}

interface Pair {
  value: number;
  valueAtMs: number;
  over: number;
  overAtMs: number;
}

/** Both sides of a scrape carry the same time; a page with explicit times may differ a little. */
const SAME_INSTANT_MS = 1000;
/** A pair that is this much older than the newest one (a file system unmounted) is left out. */
const PAIR_STALE_MS = 300_000;

export function createQuotients(): Quotients {
  const entities = new Map<string, Map<string, Pair>>();
  let emptyDenominators = 0;

  function put(input: QuotientInput, value: number, atMs: number): number | undefined {
    const { row, rowIndex, entity, side, groupKey = '' } = input;
    const key = `${rowIndex} ${entity}`;
    const pairs = entities.get(key) ?? new Map<string, Pair>();
    const pair = pairs.get(groupKey) ?? emptyPair();
    entities.set(key, pairs.set(groupKey, pair));
    if (side === 'value') Object.assign(pair, { value, valueAtMs: atMs });
    else Object.assign(pair, { over: value, overAtMs: atMs });
    if (!isComplete(pair)) return undefined;
    const quotient = combined(row, [...pairs.values()], atMs);
    if (quotient === undefined) {
      emptyDenominators++;
      return undefined;
    }
    return quotient * (row.scale ?? 1) + (row.offset ?? 0);
  }

  return {
    put,
    forgetBefore: atMs => {
      for (const [key, pairs] of entities) {
        for (const [group, pair] of pairs) if (newestMs(pair) < atMs) pairs.delete(group);
        if (pairs.size === 0) entities.delete(key);
      }
    },
    get emptyDenominators() {
      return emptyDenominators;
    },
    get size() {
      return entities.size;
    },
  };
}

const emptyPair = (): Pair => ({
  ...{ value: Number.NaN, over: Number.NaN },
  ...{ valueAtMs: Number.NEGATIVE_INFINITY, overAtMs: Number.NEGATIVE_INFINITY },
});

const newestMs = (pair: Pair) => Math.max(pair.valueAtMs, pair.overAtMs);

const isComplete = (pair: Pair) => Math.abs(pair.valueAtMs - pair.overAtMs) <= SAME_INSTANT_MS;

function combined(row: MappingRow, pairs: readonly Pair[], atMs: number): number | undefined {
  const quotients = pairs
    .filter(pair => isComplete(pair) && newestMs(pair) >= atMs - PAIR_STALE_MS)
    .map(pair => (pair.over === 0 ? row.over?.idle : pair.value / pair.over))
    .filter(quotient => quotient !== undefined);
  if (quotients.length === 0) return undefined;
  const { combine } = row;
  const isOne = combine === undefined || combine === 'p99';
  return isOne ? quotients[quotients.length - 1] : COMBINE[combine](quotients);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const COMBINE: Readonly<Record<'sum' | 'mean' | 'max' | 'min', (v: readonly number[]) => number>> =
  {
    sum,
    mean: values => sum(values) / values.length,
    max: values => Math.max(...values),
    min: values => Math.min(...values),
  };
