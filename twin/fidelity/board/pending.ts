/**
 * Predictions whose time has not come yet. When it has, they are scored against what is measured
 * then, beside the last value and the mean that were known when they were made.
 */
import { MODELLED } from '../../state/quality.ts';
import { readSignal } from '../../state/read.ts';
import type { State } from '../../state/state.ts';
import { BOARD } from '../../tables/fidelity-board.ts';
import { signalIndex } from '../../tables/signals.ts';
import type { Topology } from '../../topology/topology.ts';
import type { Board, BoardKey } from './board.ts';

/** Predictions for many entities of one kind, made at one instant for one instant. */
interface PendingPrediction extends BoardKey {
  /** Epoch ms of what is predicted. */
  readonly dueMs: number;
  readonly entities: readonly number[];
  /** One an entity, as are the next two. */
  readonly predicted: readonly number[];
  /** Last value known when the prediction was made. */
  readonly persistence: readonly number[];
  /** Mean of the values known then. */
  readonly mean: readonly number[];
}

const TOLERANCE_MS = 1000 * BOARD.toleranceS.value;
/** Beyond it the oldest go. */
const VALUES_MAX = BOARD.waitingValuesMost.value;

/** Predicted values that were never scored, and why. */
export interface Lost {
  /** Nothing was measured within a minute of their time. */
  unmeasured: number;
  /** More waited than there is room for. */
  noRoom: number;
  /** Their entity has gone. */
  gone: number;
}

export class Pending {
  readonly #board: Board;
  #waiting: PendingPrediction[] = [];
  readonly lost: Lost = { unmeasured: 0, noRoom: 0, gone: 0 };
  readonly #valuesMax: number;
  #count = 0;

  constructor(board: Board, valuesMax = VALUES_MAX) {
    this.#board = board;
    this.#valuesMax = valuesMax;
  }

  /** Values that wait. */
  get count(): number {
    return this.#count;
  }

  /** @throws RangeError when the columns are not of one length, or for an unknown signal */
  expect(expectation: PendingPrediction) {
    const { entities, predicted, persistence, mean, signal } = expectation;
    signalIndex(signal);
    if ([predicted, persistence, mean].some(({ length }) => length !== entities.length)) {
      throw new RangeError('an expectation needs one value an entity in each column');
    }
    this.#waiting.push(expectation);
    this.#count += entities.length;
    while (this.#count > this.#valuesMax) {
      const oldest = this.#waiting.shift()?.entities.length ?? 0;
      this.#count -= oldest;
      this.lost.noRoom += oldest;
    }
  }

  /** Scores what has come due; what has not been measured is tried again until the tolerance. */
  mature(state: State, nowMs: number) {
    const left: PendingPrediction[] = [];
    for (const each of this.#waiting) {
      const rest = each.dueMs > nowMs ? each : this.#score(state, each);
      if (rest.entities.length === 0) continue;
      if (nowMs - rest.dueMs > TOLERANCE_MS) this.lost.unmeasured += rest.entities.length;
      else left.push(rest);
    }
    this.#keep(left);
  }

  #keep(waiting: PendingPrediction[]) {
    this.#waiting = waiting;
    this.#count = waiting.reduce((sum, { entities }) => sum + entities.length, 0);
  }

  /** @returns what could not be scored yet */
  #score(state: State, of: PendingPrediction): PendingPrediction {
    const sheet = this.#board.sheet(of);
    const signal = signalIndex(of.signal);
    const left: number[] = [];
    of.entities.forEach((entity, n) => {
      const { value, atMs, quality } = readSignal(state, signal, entity);
      const isOfTheTime = Math.abs(atMs - of.dueMs) <= TOLERANCE_MS && atMs >= of.dueMs;
      if (quality > MODELLED && isOfTheTime) {
        sheet.add(of.predicted[n], value, of.persistence[n], of.mean[n]);
      } else left.push(n);
    });
    return pick(of, left);
  }

  /** Entities have other numbers in another generation; those that are gone are let go. */
  follow(before: Topology, now: Topology) {
    const kept = this.#waiting.map(each => {
      const moved = each.entities.map(entity => now.indexOf(before.ids[entity]));
      const left = moved.flatMap((entity, n) => (entity >= 0 ? [n] : []));
      this.lost.gone += moved.length - left.length;
      return { ...pick(each, left), entities: left.map(n => moved[n]) };
    });
    this.#keep(kept);
  }
}

const pick = (of: PendingPrediction, places: readonly number[]): PendingPrediction => ({
  ...of,
  entities: places.map(n => of.entities[n]),
  predicted: places.map(n => of.predicted[n]),
  persistence: places.map(n => of.persistence[n]),
  mean: places.map(n => of.mean[n]),
});
