/**
 * Rows read from the journal that no file has yet, 20 bytes each, in the order they came. All are of
 * one topology generation.
 */
import type { Layout, LayoutColumn, Rows } from '../../journal/contract.ts';
import type { Generation } from './generation.ts';

const BLOCK_ROWS = 1 << 18;

/** Series `first` to `first + count - 1` are a signal of entities from `start` on, in their order. */
export interface TailColumn {
  readonly signal: string;
  readonly start: number;
  readonly first: number;
  readonly count: number;
}

interface TailBlock {
  /** See `TailColumn`. */
  readonly series: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  count: number;
}

export class Tail {
  readonly generation: Generation;
  readonly columns: TailColumn[] = [];
  /** Series that its columns have. */
  seriesCount = 0;
  readonly blocks: TailBlock[] = [];
  rows = 0;
  minMs = Number.POSITIVE_INFINITY;
  maxMs = Number.NEGATIVE_INFINITY;
  /** Event times of the rows that came late; the other way round while there are none. */
  lateMinMs = Number.POSITIVE_INFINITY;
  lateMaxMs = Number.NEGATIVE_INFINITY;
  private layout: readonly LayoutColumn[] = [];
  private bases = new Float64Array(0);

  constructor(generation: Generation) {
    this.generation = generation;
  }

  /** Rows from now on follow this layout, which is of the tail's generation. */
  follow(layout: Layout): void {
    const { kindStart } = this.generation;
    this.layout = layout.columns.toSorted((a, b) => a.first - b.first);
    this.bases = Float64Array.from(this.layout, ({ signal, kind, count }) => {
      const start = kindStart.get(kind);
      return start === undefined ? Number.NaN : this.columnFor(signal, start, count).first;
    });
  }

  private columnFor(signal: string, start: number, count: number): TailColumn {
    const known = this.columns.find(
      each => each.signal === signal && each.start === start && each.count === count,
    );
    if (known) return known;
    const column = { signal, start, first: this.seriesCount, count };
    this.columns.push(column);
    this.seriesCount += count;
    return column;
  }

  /**
   * Takes the rows that the layout can place; a value that is not a number is none.
   * @returns how many it could not place
   */
  add({ cells, timesMs, values, count, kind }: Rows): number {
    const isLate = kind === 'late';
    let [first, end, base, lost] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const cell = cells[i];
      if (cell < first || cell >= end) {
        const column = this.columnOf(cell);
        first = column < 0 ? cell : this.layout[column].first;
        end = column < 0 ? cell + 1 : first + this.layout[column].count;
        base = column < 0 ? Number.NaN : this.bases[column];
      }
      if (Number.isNaN(base) || !Number.isFinite(timesMs[i])) lost++;
      else if (!Number.isNaN(values[i]))
        this.put(base + cell - first, timesMs[i], values[i], isLate);
    }
    return lost;
  }

  /** NaN at that instant: the series has ended. */
  addStale(cells: Uint32Array, atMs: number): number {
    let lost = 0;
    for (const cell of cells) {
      const column = this.columnOf(cell);
      const base = column < 0 ? Number.NaN : this.bases[column];
      if (Number.isNaN(base)) lost++;
      else this.put(base + cell - this.layout[column].first, atMs, Number.NaN, false);
    }
    return lost;
  }

  get bytes(): number {
    return this.blocks.length * BLOCK_ROWS * 20;
  }

  /** The column of the layout that a cell lies in; -1 for none. */
  private columnOf(cell: number): number {
    const { layout } = this;
    let [low, high] = [0, layout.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (layout[middle].first <= cell) low = middle + 1;
      else high = middle;
    }
    const column = layout[low - 1];
    return column && cell < column.first + column.count ? low - 1 : -1;
  }

  private put(series: number, timeMs: number, value: number, isLate: boolean) {
    const atMs = Math.floor(timeMs);
    let block = this.blocks.at(-1);
    if (block === undefined || block.count === BLOCK_ROWS) {
      block = {
        series: new Uint32Array(BLOCK_ROWS),
        times: new Float64Array(BLOCK_ROWS),
        values: new Float64Array(BLOCK_ROWS),
        count: 0,
      };
      this.blocks.push(block);
    }
    block.series[block.count] = series;
    block.times[block.count] = atMs;
    block.values[block.count++] = value;
    this.rows++;
    if (atMs < this.minMs) this.minMs = atMs;
    if (atMs > this.maxMs) this.maxMs = atMs;
    if (isLate && atMs < this.lateMinMs) this.lateMinMs = atMs;
    if (isLate && atMs > this.lateMaxMs) this.lateMaxMs = atMs;
  }
}
