/** What has changed in a state since the last tick: entities, columns, and wholes by their parts. */
import { bitSet, clearBit, highestBit, setBit } from '../closure/bits.ts';
import { KIND_COUNT } from '../tables/kinds.ts';
import { SIGNALS } from '../tables/signals.ts';
import { MISSING } from './quality.ts';
import type { State } from './state.ts';

export class Marks {
  readonly #state: State;
  readonly #entities: Int32Array;
  readonly #wholes: Int32Array;
  /** By `signal * KIND_COUNT + kind`: 1 when a cell of the column has changed. */
  readonly columns = new Uint8Array(SIGNALS.length * KIND_COUNT);

  constructor(state: State) {
    this.#state = state;
    this.#entities = bitSet(state.topology.count);
    this.#wholes = bitSet(state.topology.count);
  }

  all() {
    for (let e = 0; e < this.#state.topology.count; e++) this.whole(e);
    this.columns.fill(1);
  }

  /** All entities of a kind, as wholes. */
  kind(kind: number) {
    const { kindStart } = this.#state.topology;
    for (let e = kindStart[kind]; e < kindStart[kind + 1]; e++) this.whole(e);
  }

  /** A value of the entity is newer; its parts are what they were. */
  entity(entity: number) {
    setBit(this.#entities, entity);
  }

  /** A part has changed, or a value of its own has gone, which its parts may stand in for. */
  whole(entity: number) {
    setBit(this.#entities, entity);
    setBit(this.#wholes, entity);
  }

  column(cell: number) {
    this.columns[this.#state.columnKeyOf(cell)] = 1;
  }

  /** The last marked entity at or before `from`; -1 when there is none. */
  last(from: number): number {
    return highestBit(this.#entities, from);
  }

  /** Takes the marks of an entity away. @returns whether its parts may have changed. */
  take(entity: number): boolean {
    const isWhole = (this.#wholes[entity >>> 5] & (1 << entity)) !== 0;
    clearBit(this.#entities, entity);
    clearBit(this.#wholes, entity);
    return isWhole;
  }

  /** Takes over all marks of another, which then has none. */
  absorb(from: Marks) {
    const pairs = [
      [this.#entities, from.#entities],
      [this.#wholes, from.#wholes],
    ];
    for (const [mine, theirs] of pairs) {
      for (let i = 0; i < mine.length; i++) mine[i] |= theirs[i];
      theirs.fill(0);
    }
    for (let i = 0; i < this.columns.length; i++) this.columns[i] |= from.columns[i];
    from.clearColumns();
  }

  clearColumns() {
    this.columns.fill(0);
  }

  /**
   * Writes what was worked out, and marks its column when anything about it is new.
   * @returns whether anything is
   */
  set(cell: number, value: number, atMs: number, quality: number): boolean {
    const state = this.#state;
    const atBefore = state.timeAt(cell);
    const isSameTime = atBefore === atMs || (Number.isNaN(atBefore) && Number.isNaN(atMs));
    const isSame = isSameTime && state.quality[cell] === quality && state.values[cell] === value;
    if (isSame) return false;
    state.put(cell, value, atMs, quality);
    this.column(cell);
    return true;
  }

  /** There is no value; the last one stays for those who want to see it. */
  setMissing(cell: number): boolean {
    if (this.#state.quality[cell] === MISSING) return false;
    this.#state.setQuality(cell, MISSING);
    this.column(cell);
    return true;
  }
}
