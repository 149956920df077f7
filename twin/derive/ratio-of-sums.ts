/**
 * A ratio of two sums, from 0 to 1, over everything in a whole (rack, row, hall, site), kept from tick to tick, so
 * that only the parts that have changed are looked at.
 */
import type { Marks } from '../state/marks.ts';
import { DERIVED } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';

export interface Sums {
  readonly above: number;
  readonly below: number;
}

type RatioOf = (sums: Sums, whole: number) => number | undefined;

const WHOLES: readonly Kind[] = ['rack', 'row', 'hall', 'site'];

export class RatioOfSums {
  readonly #state: State;
  readonly #signal: number;
  readonly #firstPart: number;
  /** What each part adds now, above and below the line, by turns. */
  readonly #parts: Float64Array;
  /** The sums of each whole. */
  readonly #above: Float64Array;
  readonly #below: Float64Array;
  readonly #isTouched: Uint8Array;
  readonly #touched: number[] = [];
  #isPlanned = false;

  /** @param kinds the first and the last kind of what may be a part */
  constructor(state: State, signal: number, kinds: readonly [first: Kind, last: Kind]) {
    const { kindStart } = state.topology;
    const wholes = kindStart[KIND_INDEX.rack + 1];
    this.#state = state;
    this.#signal = signal;
    this.#firstPart = kindStart[KIND_INDEX[kinds[0]]];
    this.#parts = new Float64Array(2 * (kindStart[KIND_INDEX[kinds[1]] + 1] - this.#firstPart));
    this.#above = new Float64Array(wholes);
    this.#below = new Float64Array(wholes);
    this.#isTouched = new Uint8Array(wholes);
  }

  /** Makes the columns that are written. */
  plan() {
    this.#isPlanned = true;
    for (const kind of WHOLES) this.#state.ensureColumn(this.#signal, KIND_INDEX[kind]);
  }

  /** Says what a part adds. Both in whole numbers, or the sums would drift. */
  put(part: number, above: number, below: number) {
    const at = 2 * (part - this.#firstPart);
    const moreAbove = above - this.#parts[at];
    const moreBelow = below - this.#parts[at + 1];
    this.#parts[at] = above;
    this.#parts[at + 1] = below;
    const { parent } = this.#state.topology;
    for (let whole = parent[part]; whole >= 0; whole = parent[whole]) {
      this.#above[whole] += moreAbove;
      this.#below[whole] += moreBelow;
      if (this.#isTouched[whole] === 0) this.#touched.push(whole);
      this.#isTouched[whole] = 1;
    }
  }

  /**
   * Writes the ratio of every whole around the parts put since the last call, once there are columns
   * for them.
   * @param ratioOf what two sums come to; undefined: there is no ratio
   */
  write(marks: Marks, nowMs: number, ratioOf: RatioOf) {
    if (!this.#isPlanned) return;
    for (const whole of this.#touched) {
      this.#isTouched[whole] = 0;
      const cell = this.#state.cellOf(this.#signal, whole);
      const sums = { above: this.#above[whole], below: this.#below[whole] };
      const ratio = ratioOf(sums, whole);
      if (ratio === undefined) marks.setMissing(cell);
      else marks.set(cell, Math.min(1, Math.max(0, ratio)), nowMs, DERIVED);
    }
    this.#touched.length = 0;
  }
}
