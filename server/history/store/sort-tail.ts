/** The rows of a tail as its files will have them: series by series, and by time within each. */
import { sortRows } from './in-time.ts';
import type { SeriesNames } from './parquet/write.ts';
import type { Tail, TailColumn } from './tail.ts';
import { SHELVES, type ShelfId } from './tiers.ts';

export interface SortedTail {
  /** Series of the tail, shelf by shelf in their order. */
  readonly order: Readonly<Record<ShelfId, Uint32Array>>;
  /** Rows `starts[s]` to `ends[s] - 1` are of series `s`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Rows of one series and instant stay in the order they came. */
export function sortTail(tail: Tail): SortedTail {
  const { seriesCount, blocks, rows } = tail;
  const order = { inner: seriesInOrder(tail, 'inner'), outer: seriesInOrder(tail, 'outer') };
  const starts = new Uint32Array(seriesCount);
  for (const { series, count } of blocks) {
    for (let i = 0; i < count; i++) starts[series[i]]++;
  }
  let next = 0;
  for (const { id } of SHELVES) {
    for (const s of order[id]) {
      const count = starts[s];
      starts[s] = next;
      next += count;
    }
  }
  const ends = starts.slice();
  const [times, values] = [new Float64Array(rows), new Float64Array(rows)];
  for (const block of blocks) {
    for (let i = 0; i < block.count; i++) {
      const at = ends[block.series[i]]++;
      times[at] = block.times[i];
      values[at] = block.values[i];
    }
  }
  for (let s = 0; s < seriesCount; s++) sortRows(times, values, starts[s], ends[s]);
  return { order, starts, ends, times, values };
}

/** Of all series of the tail those on a shelf: inner ones by rack, entity and signal. */
function seriesInOrder({ generation, columns }: Tail, shelf: ShelfId): Uint32Array {
  const bySignal = columns.toSorted((a, b) => (a.signal < b.signal ? -1 : 1));
  const found: number[] = [];
  if (shelf === 'inner') {
    const ofEntity = columnsByStart(bySignal);
    for (const entity of generation.order.inner) {
      for (const each of ofEntity) {
        if (entity < each.start || entity >= each.end) continue;
        for (const { first, start, count } of each.columns) {
          if (entity - start < count) found.push(first + entity - start);
        }
      }
    }
    return Uint32Array.from(found);
  }
  for (const same of Map.groupBy(bySignal, column => column.signal).values()) {
    for (const entity of generation.order.outer) {
      for (const { first, start, count } of same) {
        if (entity >= start && entity < start + count) found.push(first + entity - start);
      }
    }
  }
  return Uint32Array.from(found);
}

/** Columns of the same entities together, so that most of them are passed by at once. */
function columnsByStart(columns: readonly TailColumn[]) {
  return [...Map.groupBy(columns, column => column.start)].map(([start, same]) => ({
    start,
    end: start + Math.max(...same.map(({ count }) => count)),
    columns: same,
  }));
}

/** What the series of a tail are called. */
export function namesOfTail({ generation, columns }: Tail): (series: number) => SeriesNames {
  const { ids, rackOf } = generation;
  let column = columns[0];
  return series => {
    if (series < column.first || series >= column.first + column.count) {
      column = columns.find(({ first, count }) => series >= first && series < first + count)!;
    }
    const entity = column.start + series - column.first;
    const rack = rackOf[entity];
    return [rack < 0 ? '' : ids[rack], ids[entity], column.signal];
  };
}
