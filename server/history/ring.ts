/**
 * A ring of minutes over many series: row `minute % minutes` holds one value a series, so that a
 * sample writes one stretch of memory and a new minute clears one.
 */
import { SIGNALS } from '../../twin/index.ts';

export interface Column {
  /** Dense index in the generation followed. */
  readonly entity: number;
  /** Index into `SIGNALS`. */
  readonly signal: number;
}

export interface Ring {
  readonly title: string;
  readonly columns: readonly Column[];
  /** Column by `entity * SIGNALS.length + signal`. */
  readonly columnOf: ReadonlyMap<number, number>;
  readonly minutes: number;
  readonly mean: Float32Array;
  readonly last: Float32Array;
  readonly max: Float32Array;
  /** Of the present minute, for its mean. */
  readonly sum: Float64Array;
  readonly count: Uint32Array;
}

export const bytesPerMinute = (columns: number) => 3 * Float32Array.BYTES_PER_ELEMENT * columns;

export function createRing(title: string, columns: readonly Column[], minutes: number): Ring {
  const empty = () => new Float32Array(columns.length * minutes).fill(Number.NaN);
  const columnOf = new Map(columns.map((column, c) => [keyOf(column), c]));
  return {
    ...{ title, columns, columnOf, minutes, mean: empty(), last: empty(), max: empty() },
    sum: new Float64Array(columns.length),
    count: new Uint32Array(columns.length),
  };
}

const keyOf = (column: Column) => column.entity * SIGNALS.length + column.signal;

/** Clears the rows of the minutes after `before` up to `now`. */
export function advance(ring: Ring, before: number, now: number): void {
  const width = ring.columns.length;
  for (let minute = Math.max(before + 1, now - ring.minutes + 1); minute <= now; minute++) {
    const start = (minute % ring.minutes) * width;
    for (const rows of [ring.mean, ring.last, ring.max])
      rows.fill(Number.NaN, start, start + width);
  }
  ring.sum.fill(0);
  ring.count.fill(0);
}

/** One more value of the present minute; NaN adds nothing. */
export function put(ring: Ring, minute: number, column: number, value: number): void {
  if (Number.isNaN(value)) return;
  const cell = (minute % ring.minutes) * ring.columns.length + column;
  ring.sum[column] += value;
  ring.count[column]++;
  ring.mean[cell] = ring.sum[column] / ring.count[column];
  ring.last[cell] = value;
  if (!(value <= ring.max[cell])) ring.max[cell] = value;
}

/**
 * Copies the series of an old ring to where they are in the new ones.
 * @param rename old dense index to new.
 * @param minute the present one, the newest row of the old ring.
 * @returns series that found their place.
 */
export function carryOver(
  old: Ring,
  rings: readonly Ring[],
  rename: ReadonlyMap<number, number>,
  minute: number,
): number {
  let kept = 0;
  for (let c = 0; c < old.columns.length; c++) {
    const entity = rename.get(old.columns[c].entity);
    if (entity === undefined) continue;
    const key = keyOf({ entity, signal: old.columns[c].signal });
    const ring = rings.find(candidate => candidate.columnOf.has(key));
    if (!ring) continue;
    copyColumn(old, c, ring, { column: ring.columnOf.get(key)!, minute });
    kept++;
  }
  return kept;
}

function copyColumn(
  old: Ring,
  from: number,
  ring: Ring,
  to: { readonly column: number; readonly minute: number },
): void {
  ring.sum[to.column] = old.sum[from];
  ring.count[to.column] = old.count[from];
  if (!Number.isFinite(to.minute)) return;
  const minutes = Math.min(old.minutes, ring.minutes);
  for (let minute = to.minute - minutes + 1; minute <= to.minute; minute++) {
    const source = (minute % old.minutes) * old.columns.length + from;
    const target = (minute % ring.minutes) * ring.columns.length + to.column;
    ring.mean[target] = old.mean[source];
    ring.last[target] = old.last[source];
    ring.max[target] = old.max[source];
  }
}
