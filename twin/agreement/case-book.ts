/** Accusations over time: confirmed by repetition, dated, classed, and dropped when they end. */
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import { feederOf } from './feeder.ts';
import type { Evidence, Finding, SensorFault, Suspect } from './finding.ts';
import type { Kept } from './keep.ts';
import { type Levels, MIN_BASE, type Mode } from './levels.ts';
import type { Accusation } from './locate.ts';
import type { Frozen } from './stuck.ts';
import type { Exchange } from './swaps.ts';
import { isDrift, isOfCooling, type Verdict, verdictOf } from './verdict.ts';

const MAX_HITS = LEARNING.mostHits.value;
const RECOVERY_BLOCKS = LEARNING.recoveryBlocks.value;
const MAX_TRAIL = LEARNING.trailBlocks.value;
const MAX_EVIDENCE = 6;
const USUAL_BLOCKS = LEARNING.usualBlocks.value;

/** Sensors that are off by so much would still move. */
const NOT_OF_A_STILL: readonly SensorFault[] = ['scale', 'offset'];

const NO_OTHER = -1;
const GPU_TEMP = signalIndex('gpuTempC');
const INLET = signalIndex('inletTempC');

interface BlockReview {
  readonly atMs: number;
  readonly originMs: number;
  readonly blockMs: number;
  readonly values: Float64Array;
  /** Whether a point has shown one and the same value for longer than it would if it worked. */
  readonly isStill: (point: number) => boolean;
  readonly frozen: readonly Frozen[];
  readonly exchanges: readonly Exchange[];
  readonly accusations: readonly Accusation[];
}

interface Case {
  readonly point: number;
  hits: number;
  /** Consistent kinds count; a change of mind starts anew. */
  kind: 'stuck' | 'swapped' | 'value';
  /** Of a wrong value: against what it was found. */
  mode: Mode;
  verdict: Verdict;
  other: number;
  or: readonly number[];
  sinceMs: number;
  isFromStart: boolean;
  foundMs: number;
  confidence: number;
  evidence: readonly Evidence[];
  trail: number[];
  /** Of temperatures of GPUs: rise over the inlet that was to be expected, K. */
  shouldK: number[];
  verdicts: Verdict[];
  isSeen: boolean;
}

interface CaseNotes {
  readonly cases: readonly Case[];
  readonly recovering: readonly (readonly [point: number, blocks: number])[];
}

export class CaseBook {
  readonly #levels: Levels;
  readonly #cases = new Map<number, Case>();
  readonly #recovering = new Map<number, number>();
  /** By feeder: load of cords that have been found to hang there in this block, W. */
  readonly #claimedW = new Map<number, number>();

  readonly kept: Kept<CaseNotes> = {
    columns: [],
    notes: () => ({ cases: [...this.#cases.values()], recovering: [...this.#recovering] }),
    recall: ({ cases, recovering }) => {
      for (const each of cases) this.#cases.set(each.point, each);
      for (const [p, left] of recovering) this.#recovering.set(p, left);
    },
  };

  constructor(levels: Levels) {
    this.#levels = levels;
  }

  take(review: BlockReview) {
    this.#claimedW.clear();
    for (const [p, left] of this.#recovering) {
      if (left > 1) this.#recovering.set(p, left - 1);
      else this.#recovering.delete(p);
    }
    for (const each of this.#cases.values()) each.isSeen = false;
    for (const frozen of review.frozen) this.#takeFrozen(frozen, review);
    for (const exchange of review.exchanges) this.#takeExchange(exchange, review);
    for (const accusation of review.accusations) this.#takeAccusation(accusation, review);
    for (const [p, each] of this.#cases) {
      if (each.isSeen) continue;
      each.hits--;
      if (each.hits > 0) continue;
      this.#cases.delete(p);
      if (each.foundMs > 0) this.#recovering.set(p, RECOVERY_BLOCKS);
    }
  }

  /** Points whose fault is over: for a while their equations still show both, and prove nothing. */
  *recovering(): Generator<number> {
    yield* this.#recovering.keys();
    for (const { point, kind } of this.#cases.values()) if (kind === 'stuck') yield point;
  }

  /** Points reported to show a wrong value, and against what they were found. */
  reported(): { readonly point: number; readonly mode: Mode }[] {
    return [...this.#cases.values()]
      .filter(({ kind, foundMs }) => kind === 'value' && foundMs > 0)
      .map(({ point, mode }) => ({ point, mode }));
  }

  /** Points that stand accused, proven or not, and whether of anything but an exchange. */
  *suspects(): Generator<{ readonly point: number; readonly isSpoilt: boolean }> {
    for (const { point, other, kind, verdict } of this.#cases.values()) {
      // what looks like a scale may be an exchange that is not proven yet
      yield { point, isSpoilt: kind === 'stuck' || verdict.fault === 'unit' };
      if (other >= 0) yield { point: other, isSpoilt: false };
    }
  }

  findings(): Finding[] {
    return [...this.#cases.values()]
      .filter(each => each.foundMs > 0)
      .map(each => this.#finding(each))
      .sort((a, b) => b.confidence - a.confidence);
  }

  #takeFrozen({ point, sinceS, nats }: Frozen, review: BlockReview) {
    const sinceMs = review.originMs + 1000 * sinceS;
    const seen = this.#see(point, 'stuck', review, AGREEMENT.confirmBlocks.value);
    Object.assign(seen, {
      ...{ sinceMs, isFromStart: sinceS === 0, confidence: oddsOf(nats) },
      verdict: { fault: 'stuck' },
      evidence: this.#evidence(point, review.values[point], review),
    });
  }

  #takeExchange({ first, second, nats, sinceMs, isFromStart }: Exchange, review: BlockReview) {
    this.#cases.delete(second);
    const seen = this.#see(first, 'swapped', review, AGREEMENT.confirmBlocks.value);
    Object.assign(seen, {
      ...{ other: second, sinceMs, isFromStart, confidence: oddsOf(nats - 20) },
      verdict: { fault: 'swapped' },
      evidence: this.#evidence(first, review.values[second], review),
    });
  }

  #takeAccusation(accusation: Accusation, review: BlockReview) {
    const { point, shown, should, confidence, or } = accusation;
    const signal = this.#levels.plan.points.signal[point];
    const known = this.#cases.get(point);
    const isTemperature = SIGNALS[signal].unit === 'C';
    const off = isTemperature ? shown - should : Math.log(Math.max(1e-6, shown / should));
    if (!known && !isTemperature && Math.abs(off) < AGREEMENT.leastScale.value) return;
    const seen = this.#see(point, 'value', review, 1);
    const isNew = known !== seen || seen.trail.length === 0;
    if (isNew) Object.assign(seen, this.#onset(accusation, review));
    remember(seen.trail, off);
    remember(seen.shouldK, isTemperature ? should - this.#inletOf(point, review) : Number.NaN);
    const usual = middle(seen.trail.slice(-USUAL_BLOCKS));
    const right = isTemperature ? shown - usual : shown === 0 ? should : shown / Math.exp(usual);
    remember(seen.verdicts, verdictOf(signal, shown, should));
    const isUnit =
      seen.verdicts.filter(({ fault }) => fault === 'unit').length > seen.verdicts.length / 3;
    const verdict =
      (isUnit && seen.verdicts.findLast(({ fault }) => fault === 'unit')) ||
      verdictOf(signal, shown, right);
    const isStill = NOT_OF_A_STILL.includes(verdict.fault) && review.isStill(point);
    const isGrowing = verdict.fault !== 'unit' && verdict.fault !== 'dead' && isDrift(seen.trail);
    const evidence = this.#evidence(point, should, review);
    const isHot = verdict.fault === 'offset' && shown > should && this.#isHot(seen);
    const feeder = verdict.fault === 'dead' ? this.#feederOf(point, should, review) : undefined;
    const fault =
      (isStill && 'stuck') || (isGrowing && 'drift') || (isHot && 'hot') || verdict.fault;
    Object.assign(seen, {
      ...(Number.isNaN(confidence) ? {} : { confidence, or, mode: accusation.mode }),
      ...{ evidence, other: feeder ?? NO_OTHER },
      verdict: isStill
        ? { fault }
        : { ...verdict, fault: feeder === undefined ? fault : 'miscabled' },
    });
  }

  /** Of a part, the inlet of its machine; NaN where it is not measured. */
  #inletOf(p: number, { values }: BlockReview): number {
    const { points, topology, pointOf } = this.#levels.plan;
    const inlet = pointOf(INLET, topology.parent[points.entity[p]]);
    return inlet < 0 ? Number.NaN : values[inlet];
  }

  #isHot({ point, trail, shouldK }: Case): boolean {
    if (this.#levels.plan.points.signal[point] !== GPU_TEMP) return false;
    return isOfCooling(trail.map((offK, i) => ({ offK, riseK: shouldK[i] })));
  }

  #feederOf(p: number, shouldW: number, { values }: BlockReview): number | undefined {
    return feederOf({ levels: this.#levels, values, claimedW: this.#claimedW }, p, shouldW);
  }

  /** Notes that there is evidence in this block too. */
  #see(p: number, kind: Case['kind'], review: BlockReview, by: number): Case {
    let known = this.#cases.get(p);
    if (!known || known.kind !== kind) {
      known = {
        ...{
          point: p,
          hits: 0,
          kind,
          mode: 'absolute',
          verdict: { fault: 'scale' },
          other: NO_OTHER,
          or: [],
        },
        ...{ sinceMs: review.atMs, isFromStart: false, foundMs: 0, confidence: 0 },
        ...{ evidence: [], trail: [], shouldK: [], verdicts: [], isSeen: true },
      };
      this.#cases.set(p, known);
    }
    known.isSeen = true;
    known.hits = Math.min(MAX_HITS, known.hits + by);
    if (known.foundMs === 0 && known.hits >= AGREEMENT.confirmBlocks.value) {
      known.foundMs = review.atMs;
    }
    return known;
  }

  /** The first of the last blocks that is off, or the start of watching. */
  #onset({ mode, equations }: Accusation, { atMs, blockMs, originMs }: BlockReview) {
    const levels = this.#levels;
    let strongest = equations[0];
    for (const e of equations) {
      if (Math.abs(levels.z(e, mode)) > Math.abs(levels.z(strongest, mode))) strongest = e;
    }
    if (mode === 'absolute' && levels.baseBlocks[strongest] < MIN_BASE) {
      const isAll = this.#blocksOff(strongest, mode) === levels.recent(strongest).length;
      if (isAll) return { sinceMs: originMs, isFromStart: true };
    } else if (mode === 'absolute') return { sinceMs: originMs, isFromStart: true };
    return {
      sinceMs: Math.max(originMs, atMs - blockMs * this.#blocksOff(strongest, mode)),
      isFromStart: false,
    };
  }

  #blocksOff(e: number, mode: 'change' | 'absolute'): number {
    const levels = this.#levels;
    const expected = levels.expected(e, mode);
    const half = Math.abs(levels.level[e] - expected) / 2;
    const recent = levels.recent(e);
    const lastGood = recent.findLastIndex(residual => Math.abs(residual - expected) < half);
    return recent.length - 1 - lastGood;
  }

  #evidence(p: number, should: number, { values }: BlockReview): Evidence[] {
    const { points, equations, families } = this.#levels.plan;
    const { residuals } = this.#levels;
    const found: Evidence[] = [];
    for (let i = points.start[p]; i < points.start[p + 1]; i++) {
      const e = points.equations[i];
      const mode = this.#levels.isReady(e, 'change') ? 'change' : 'absolute';
      if (!this.#levels.isReady(e, mode)) continue;
      found.push({
        balance: families[equations.family[e]].row.id,
        entity: equations.owner[e],
        residual: this.#levels.level[e],
        expected: this.#levels.expected(e, mode),
        z: this.#levels.z(e, mode),
        explained: residuals.trial(e, values, p, should) - this.#levels.common[e],
      });
    }
    return found.sort((a, b) => Math.abs(b.z) - Math.abs(a.z)).slice(0, MAX_EVIDENCE);
  }

  #finding(each: Case): Finding {
    const { verdict, other, or, sinceMs, isFromStart, foundMs, confidence, evidence } = each;
    return {
      ...this.#suspect(each.point),
      ...verdict,
      ...(other >= 0 ? { other: this.#suspect(other) } : {}),
      or: or.map(p => this.#suspect(p)),
      ...{ sinceMs, isFromStart, foundMs, confidence, evidence },
    };
  }

  #suspect(p: number): Suspect {
    const { entity, signal } = this.#levels.plan.points;
    return { entity: entity[p], signal: signal[p] };
  }
}

const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Probability from log odds. */
const oddsOf = (nats: number) => 1 / (1 + Math.exp(-nats));

function remember<T>(trail: T[], newest: T) {
  trail.push(newest);
  if (trail.length > MAX_TRAIL) trail.shift();
}
