/**
 * The state of one topology generation: every value, its time and its quality, and the results of
 * the closure, in one buffer. A fork is a copy of that buffer, so it cannot forget a field; into one
 * that was a copy before, qualities that have not changed need not be copied.
 *
 * A cell is one (signal, entity): a value, its event time and its quality. Columns are made when
 * first used, since a site uses few of the signals. Times are kept as 32-bit milliseconds from an
 * epoch of the state, which moves with them: a copy of the state is bound by its bytes.
 */

import { type PlaneResults, planeResults } from '../closure/pass.ts';
import type { ClosureShape } from '../closure/shape.ts';
import type { Parts } from '../parts.ts';
import { ESTIMATES } from '../tables/estimates.ts';
import { KIND_COUNT, KIND_INDEX } from '../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import { PLANE_IDS, type PlaneId } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';
import { MISSING } from './quality.ts';
import { Written } from './written.ts';

/** The cells of one signal at one kind, in entity order. */
export interface Column {
  readonly signal: number;
  readonly kind: number;
  /** Cell of the kind's first entity. */
  readonly firstCell: number;
  readonly firstEntity: number;
  readonly count: number;
}

/**
 * Room made at first, in cells an entity: more than the signals of a GPU. What is never written to takes no
 * memory of the machine, while making more room later copies all there is.
 */
const CELLS_AN_ENTITY = 16;
/** Value, time and quality of one cell. */
export const CELL_BYTES = 8 + 4 + 1;

/** In `times`: nothing live stands behind the value. */
const NO_TIME = -(2 ** 31);
/** In `times`: longer ago than can be told, which is 24 days before the epoch. */
const LONG_AGO = NO_TIME + 1;
const FARTHEST = 2 ** 31 - 1;

/** An entry of `times` in epoch ms; NaN where there is none. */
export const instantOf = (sinceMs: number, epochMs: number) =>
  sinceMs === NO_TIME ? Number.NaN : epochMs + sinceMs;

/** Entries that are made at hand at a time, of up to eight bytes. */
const ROOM_A_PART = 2 ** 20;

const keyOf = (signal: number, kind: number) => signal * KIND_COUNT + kind;

/** Estimates that are one measuring point: their cells are that point's. */
const SAME_CELLS = ESTIMATES.filter(row => row.isPoint).map(({ signal, kind, from }) => ({
  key: keyOf(signalIndex(signal), KIND_INDEX[kind]),
  point: signalIndex(from[0]),
  pointKey: keyOf(signalIndex(from[0]), KIND_INDEX[kind]),
}));

/** Cells are told their column by blocks of this many, as a power of two. */
const BLOCK_BITS = 6;

export class State {
  readonly topology: Topology;
  readonly closure: ClosureShape;
  readonly columns: Column[] = [];
  /** `cellBase[signal * KIND_COUNT + kind] + entity` is the cell, where the base is not NaN. */
  readonly cellBase: Float64Array;
  buffer: SharedArrayBuffer;
  values!: Float64Array;
  /** Milliseconds from `epochMs`; read them by `timeAt`. */
  times!: Int32Array;
  /** Written to by `put` and `setQuality` alone: forks rely on it. */
  quality!: Uint8Array;
  /** NaN until the first time is put. */
  epochMs = Number.NaN;
  /** Closure results, laid out by `closure.planes[].offsets`. */
  results!: Float64Array;
  /** The same results by plane and field. */
  planes!: Readonly<Record<PlaneId, PlaneResults>>;
  cellCount = 0;
  /** What the last copy into this state took, of `byteLength`. */
  copiedBytes = 0;
  #capacity: number;
  #written: Written;
  /** Column of the first cell of each block. */
  #columnOfBlock = new Uint16Array(0);

  constructor(
    topology: Topology,
    closure: ClosureShape,
    capacity = CELLS_AN_ENTITY * topology.count,
  ) {
    this.topology = topology;
    this.closure = closure;
    this.cellBase = new Float64Array(SIGNALS.length * KIND_COUNT).fill(Number.NaN);
    this.#capacity = capacity;
    this.#written = new Written(capacity);
    this.buffer = this.#makeRoom();
    this.#view();
  }

  /** Of what is in use; the buffer has room for more. */
  get byteLength(): number {
    return 8 * this.closure.resultCount + CELL_BYTES * this.cellCount;
  }

  #makeRoom() {
    return new SharedArrayBuffer(8 * this.closure.resultCount + CELL_BYTES * this.#capacity);
  }

  #view() {
    const capacity = this.#capacity;
    const valuesAt = 8 * this.closure.resultCount;
    this.results = new Float64Array(this.buffer, 0, this.closure.resultCount);
    this.values = new Float64Array(this.buffer, valuesAt, capacity);
    this.times = new Int32Array(this.buffer, valuesAt + 8 * capacity, capacity);
    this.quality = new Uint8Array(this.buffer, valuesAt + 12 * capacity, capacity);
    const views = PLANE_IDS.map(id => [id, planeResults(this, this.closure.planes[id])] as const);
    this.planes = Object.fromEntries(views) as Record<PlaneId, PlaneResults>;
  }

  /** The cell of a signal of an entity, or -1 while nothing has ever been written to its column. */
  cellOf(signal: number, entity: number): number {
    const base = this.cellBase[signal * KIND_COUNT + this.topology.kind[entity]];
    return Number.isNaN(base) ? -1 : base + entity;
  }

  /** The cell of a signal of an entity; makes the column when it is the first. */
  ensureCell(signal: number, entity: number): number {
    const cell = this.cellOf(signal, entity);
    if (cell >= 0) return cell;
    this.ensureColumn(signal, this.topology.kind[entity]);
    return this.cellOf(signal, entity);
  }

  ensureColumn(signal: number, kind: number): Column {
    const key = keyOf(signal, kind);
    const same = SAME_CELLS.find(each => each.key === key);
    if (same) return this.ensureColumn(same.point, kind);
    const known = this.columns.find(c => c.signal === signal && c.kind === kind);
    if (known) return known;
    const firstEntity = this.topology.kindStart[kind];
    const count = this.topology.kindStart[kind + 1] - firstEntity;
    const firstCell = this.cellCount;
    this.#reserve(firstCell + count);
    this.cellCount += count;
    this.values.fill(Number.NaN, firstCell, this.cellCount);
    this.times.fill(NO_TIME, firstCell, this.cellCount);
    this.quality.fill(MISSING, firstCell, this.cellCount);
    this.#written.all(firstCell, this.cellCount);
    const column = { signal, kind, firstCell, firstEntity, count };
    this.columns.push(column);
    this.#tellBlocks(column);
    this.cellBase[key] = firstCell - firstEntity;
    for (const each of SAME_CELLS) {
      if (each.pointKey === key) this.cellBase[each.key] = this.cellBase[key];
    }
    return column;
  }

  #tellBlocks({ firstCell, count }: Column) {
    const blocks = Math.ceil(this.cellCount / 2 ** BLOCK_BITS);
    if (blocks > this.#columnOfBlock.length) {
      const grown = new Uint16Array(2 * blocks);
      grown.set(this.#columnOfBlock);
      this.#columnOfBlock = grown;
    }
    const firstBlock = Math.ceil(firstCell / 2 ** BLOCK_BITS);
    const end = Math.ceil((firstCell + count) / 2 ** BLOCK_BITS);
    this.#columnOfBlock.fill(this.columns.length - 1, firstBlock, end);
  }

  /** `signal * KIND_COUNT + kind` of the column that a cell is in. */
  columnKeyOf(cell: number): number {
    let at = this.#columnOfBlock[cell >>> BLOCK_BITS];
    while (cell >= this.columns[at].firstCell + this.columns[at].count) at++;
    return this.columns[at].signal * KIND_COUNT + this.columns[at].kind;
  }

  /** Entity whose value a cell holds. */
  entityAt(cell: number): number {
    return cell - this.cellBase[this.columnKeyOf(cell)];
  }

  #reserve(cellCount: number) {
    if (cellCount <= this.#capacity) return;
    const { results, values, times, quality } = this;
    this.#capacity = 2 * cellCount;
    this.#written = new Written(this.#capacity, this.#written);
    this.buffer = this.#makeRoom();
    this.#view();
    this.results.set(results);
    this.values.set(values);
    this.times.set(times);
    this.quality.set(quality);
  }

  valueAt(cell: number): number {
    return this.values[cell];
  }

  /** Event time in epoch ms; NaN when nothing live stands behind the value. */
  timeAt(cell: number): number {
    return instantOf(this.times[cell], this.epochMs);
  }

  /** @param atMs epoch ms, kept to the millisecond; NaN: no time */
  put(cell: number, value: number, atMs: number, quality: number) {
    this.values[cell] = value;
    const sinceMs = Math.round(atMs - this.epochMs);
    const isNear = sinceMs > NO_TIME && sinceMs <= FARTHEST;
    this.times[cell] = isNear ? sinceMs : this.#farTime(atMs);
    this.setQuality(cell, quality);
  }

  /** The last value stays, with its time. */
  setQuality(cell: number, quality: number) {
    if (this.quality[cell] === quality) return;
    this.quality[cell] = quality;
    this.#written.cell(cell);
  }

  /** A time that the epoch does not reach: none, the first, one long ago, or after 24 days. */
  #farTime(atMs: number): number {
    if (!Number.isFinite(atMs)) return NO_TIME;
    if (atMs < this.epochMs) return LONG_AGO;
    const movedMs = Math.round(atMs) - this.epochMs;
    this.epochMs = Math.round(atMs);
    const { times, cellCount } = this;
    for (let cell = 0; cell < cellCount; cell++) {
      if (times[cell] !== NO_TIME) times[cell] = Math.max(LONG_AGO, times[cell] - movedMs);
    }
    return 0;
  }

  /** Copies this state into `target` (of the same generation), or into a new one. */
  fork(target?: State): State {
    const copy = target ?? new State(this.topology, this.closure, this.#capacity);
    copy.#adopt(this);
    return copy;
  }

  /** Where a fork of this can go, its memory at hand: the machine gives it as it is first written. */
  *roomForFork(): Parts<State> {
    const room = new State(this.topology, this.closure, this.#capacity);
    const { cellCount } = this;
    const columns = [
      room.results,
      ...[room.values, room.times, room.quality].map(c => c.subarray(0, cellCount)),
    ];
    for (const column of columns) {
      for (let from = 0; from < column.length; from += ROOM_A_PART) {
        column.fill(0, from, from + ROOM_A_PART);
        yield;
      }
    }
    return room;
  }

  #adopt(from: State) {
    if (from.topology !== this.topology) throw new RangeError('a fork keeps its generation');
    if (this.#capacity !== from.#capacity) {
      this.#capacity = from.#capacity;
      this.#written = new Written(this.#capacity);
      this.buffer = this.#makeRoom();
      this.#view();
    }
    // Only what is in use: what is not has no memory yet.
    this.results.set(from.results);
    this.values.set(from.values.subarray(0, from.cellCount));
    this.times.set(from.times.subarray(0, from.cellCount));
    this.copiedBytes = from.byteLength - from.cellCount;
    for (const [start, end] of this.#written.takeOver(from.#written, from.cellCount)) {
      this.quality.set(from.quality.subarray(start, end), start);
      this.copiedBytes += end - start;
    }
    this.#columnOfBlock = from.#columnOfBlock.slice();
    this.columns.splice(0, this.columns.length, ...from.columns);
    this.cellBase.set(from.cellBase);
    this.cellCount = from.cellCount;
    this.epochMs = from.epochMs;
  }
}
