/**
 * The state of one topology generation: every value, its time and its quality, and the results of
 * the closure, in one buffer. A fork is one copy of that buffer, so it cannot forget a field.
 *
 * A cell is one (signal, entity): `cells[2 * cell]` is the value, `cells[2 * cell + 1]` its event
 * time in epoch ms. Columns are made when first used, since a site uses few of the signals.
 */

import { type PlaneResults, planeResults } from '../closure/pass.ts';
import type { ClosureShape } from '../closure/shape.ts';
import { KIND_COUNT } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import { PLANE_IDS, type PlaneId } from '../topology/plane.ts';
import type { Topology } from '../topology/topology.ts';
import { MISSING } from './quality.ts';

/** The cells of one signal at one kind, in entity order. */
export interface Column {
  readonly signal: number;
  readonly kind: number;
  /** Cell of the kind's first entity. */
  readonly firstCell: number;
  readonly firstEntity: number;
  readonly count: number;
}

const FIRST_CAPACITY = 1024;

/** Cells are told their column by blocks of this many, as a power of two. */
const BLOCK_BITS = 6;

export class State {
  readonly topology: Topology;
  readonly closure: ClosureShape;
  readonly columns: Column[] = [];
  /** `cellBase[signal * KIND_COUNT + kind] + entity` is the cell, where the base is not NaN. */
  readonly cellBase: Float64Array;
  buffer: SharedArrayBuffer;
  cells!: Float64Array;
  quality!: Uint8Array;
  /** Closure results, laid out by `closure.planes[].offsets`. */
  results!: Float64Array;
  /** The same results by plane and field. */
  planes!: Readonly<Record<PlaneId, PlaneResults>>;
  cellCount = 0;
  #capacity: number;
  /** Column of the first cell of each block. */
  #columnOfBlock = new Uint16Array(0);

  constructor(topology: Topology, closure: ClosureShape, capacity = FIRST_CAPACITY) {
    this.topology = topology;
    this.closure = closure;
    this.cellBase = new Float64Array(SIGNALS.length * KIND_COUNT).fill(Number.NaN);
    this.#capacity = capacity;
    this.buffer = new SharedArrayBuffer(this.byteLength);
    this.#view();
  }

  get byteLength(): number {
    return 8 * this.closure.resultCount + 17 * this.#capacity;
  }

  #view() {
    const capacity = this.#capacity;
    const cellsAt = 8 * this.closure.resultCount;
    this.results = new Float64Array(this.buffer, 0, this.closure.resultCount);
    this.cells = new Float64Array(this.buffer, cellsAt, 2 * capacity);
    this.quality = new Uint8Array(this.buffer, cellsAt + 16 * capacity, capacity);
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
    const known = this.columns.find(c => c.signal === signal && c.kind === kind);
    if (known) return known;
    const firstEntity = this.topology.kindStart[kind];
    const count = this.topology.kindStart[kind + 1] - firstEntity;
    const firstCell = this.cellCount;
    this.#reserve(firstCell + count);
    this.cellCount += count;
    this.cells.fill(Number.NaN, 2 * firstCell, 2 * this.cellCount);
    this.quality.fill(MISSING, firstCell, this.cellCount);
    const column = { signal, kind, firstCell, firstEntity, count };
    this.columns.push(column);
    this.#tellBlocks(column);
    this.cellBase[signal * KIND_COUNT + kind] = firstCell - firstEntity;
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

  #reserve(cellCount: number) {
    if (cellCount <= this.#capacity) return;
    const { results, cells, quality } = this;
    // A quarter more than needed: a live site gets its last columns within the first minutes.
    this.#capacity = Math.ceil(Math.max(cellCount, FIRST_CAPACITY) * 1.25);
    this.buffer = new SharedArrayBuffer(this.byteLength);
    this.#view();
    this.results.set(results);
    this.cells.set(cells);
    this.quality.set(quality);
  }

  valueAt(cell: number): number {
    return this.cells[2 * cell];
  }

  timeAt(cell: number): number {
    return this.cells[2 * cell + 1];
  }

  /** Copies this state into `target` (of the same generation), or into a new one. */
  fork(target?: State): State {
    const copy = target ?? new State(this.topology, this.closure, this.#capacity);
    copy.#adopt(this);
    return copy;
  }

  #adopt(from: State) {
    if (from.topology !== this.topology) throw new RangeError('a fork keeps its generation');
    if (this.#capacity !== from.#capacity) {
      this.#capacity = from.#capacity;
      this.buffer = new SharedArrayBuffer(this.byteLength);
      this.#view();
    }
    // Only what is in use: the room for further columns is a fifth of the buffer.
    this.results.set(from.results);
    this.cells.set(from.cells.subarray(0, 2 * from.cellCount));
    this.quality.set(from.quality.subarray(0, from.cellCount));
    this.#columnOfBlock = from.#columnOfBlock.slice();
    this.columns.splice(0, this.columns.length, ...from.columns);
    this.cellBase.set(from.cellBase);
    this.cellCount = from.cellCount;
  }
}
