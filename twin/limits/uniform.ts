/** Uniform limits: things of one class within one whole must have the same value (version skew). */
import { MISSING } from '../state/quality.ts';
import { readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { ancestorOfKind } from '../topology/walk.ts';
import type { Judge } from './judge.ts';
import type { LimitAtKind } from './thresholds.ts';

/** A round over all uniform limits begins this often. */
const ROUND_EVERY_MS = 60_000;
/** Entities looked at in one step: a large site is gone through over several ticks. */
const ENTITIES_PER_STEP = 50_000;

/** How often each value occurs in a group. */
type Counts = Map<number, number>;

/** Goes through the uniform limits a slice at a time: counts the values of a limit, then judges. */
export class UniformSweep {
  readonly #judge: Judge;
  readonly #state: State;
  readonly #limits: readonly LimitAtKind[];
  #startedAtMs = Number.NEGATIVE_INFINITY;
  /** Limit at hand; past the last one between rounds. */
  #at: number;
  #isCounted = false;
  #next = 0;
  #groups = new Map<number, Counts>();
  #common = new Map<number, number>();

  constructor(judge: Judge, state: State) {
    this.#judge = judge;
    this.#state = state;
    this.#limits = judge.table.filter(limit => limit.row.kind === 'uniform');
    this.#at = this.#limits.length;
  }

  step(nowMs: number) {
    if (this.#at >= this.#limits.length && nowMs - this.#startedAtMs >= ROUND_EVERY_MS) {
      this.#startedAtMs = nowMs;
      this.#begin(0);
    }
    let left = ENTITIES_PER_STEP;
    while (left > 0 && this.#at < this.#limits.length) left -= this.#slice(left, nowMs);
  }

  #begin(at: number) {
    this.#at = at;
    this.#isCounted = false;
    this.#groups = new Map();
    this.#next = at < this.#limits.length ? this.#firstOf(this.#limits[at]) : 0;
  }

  #firstOf(limit: LimitAtKind): number {
    return this.#state.topology.kindStart[limit.kind];
  }

  /** @returns how many entities were looked at, at least 1 */
  #slice(most: number, nowMs: number): number {
    const limit = this.#limits[this.#at];
    const end = this.#state.topology.kindStart[limit.kind + 1];
    const hasValues = this.#state.columns.some(
      column => column.signal === limit.signal && column.kind === limit.kind,
    );
    const from = this.#next;
    const to = hasValues ? Math.min(end, from + most) : end;
    if (hasValues) {
      for (let e = from; e < to; e++) {
        if (this.#isCounted) this.#judgeOne(limit, e, nowMs);
        else this.#count(limit, e);
      }
    }
    this.#next = to;
    if (to === end) this.#finish(limit);
    return hasValues ? Math.max(1, to - from) : 1;
  }

  #finish(limit: LimitAtKind) {
    if (this.#isCounted) {
      this.#begin(this.#at + 1);
      return;
    }
    this.#isCounted = true;
    this.#next = this.#firstOf(limit);
    this.#common = new Map([...this.#groups].map(([key, counts]) => [key, mostCommon(counts)]));
  }

  #count(limit: LimitAtKind, entity: number) {
    const { value, quality } = readSignal(this.#state, limit.signal, entity);
    if (quality === MISSING) return;
    const key = this.#groupOf(limit, entity);
    const counts = this.#groups.get(key) ?? new Map<number, number>();
    this.#groups.set(key, counts);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  #judgeOne(limit: LimitAtKind, entity: number, nowMs: number) {
    const { value, atMs, quality } = readSignal(this.#state, limit.signal, entity);
    const common = this.#common.get(this.#groupOf(limit, entity));
    // A group that has come since the count has no common value yet.
    const differs = quality === MISSING || common === undefined || value === common ? 0 : 1;
    const reading = { value: differs, atMs, quality };
    this.#judge.set({ limit, entity, threshold: 0, reading }, nowMs);
  }

  /** What an entity is compared with: those of its whole, and of its class where the row says so. */
  #groupOf(limit: LimitAtKind, entity: number): number {
    const { topology } = this.#state;
    const whole = limit.row.within ? ancestorOfKind(topology, entity, limit.row.within) : 0;
    const hardware = limit.row.groupBy === 'class' ? topology.classIndex[entity] + 1 : 0;
    return (whole + 1) * (topology.classes.length + 1) + hardware;
  }
}

/** Ties go to the smaller value, so that the verdict does not depend on the order of arrival. */
function mostCommon(counts: Counts): number {
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return ranked[0][0];
}
