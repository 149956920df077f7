/**
 * Mixes experts by what they were worth: exponential weights with a fixed share (Herbster and
 * Warmuth, "Tracking the best expert", 1998), one set per circumstance and one over all of them,
 * which speaks where a circumstance is rare.
 */
import { REPLAY } from '../../tables/trace-replay.ts';

const RATE = REPLAY.weightRate.value;
const SHARE = REPLAY.weightShare.value;
const LOSS_MAX = REPLAY.lossMax.value;

const AGES = 4;
const MOVES = 4;
const SITUATIONS = 3;
export const CONTEXTS = AGES * MOVES * SITUATIONS;
/** Index of the set over all circumstances. */
const ALL = CONTEXTS;

/** Age of the newest revealed value as a part of the reveal interval, and what the load did. */
export function contextOf(agePart: number, load: number, before: number): number {
  const age = agePart <= 1 / 24 ? 0 : agePart <= 1 / 6 ? 1 : agePart <= 1 / 2 ? 2 : 3;
  const step = Math.abs(load - before);
  const move = step < 0.01 ? 0 : step < 0.05 ? 1 : step < 0.3 ? 2 : 3;
  const idle = REPLAY.idleRatio.value;
  const situation = load <= idle ? 0 : before <= idle ? 1 : 2;
  return (age * MOVES + move) * SITUATIONS + situation;
}

export interface Mixture {
  readonly experts: number;
  /** Weights learnt here, by context and over all; each set's sum to 1. */
  readonly learnt: Float64Array;
  /** All that was learnt together, for the contexts that are marked fresh. */
  readonly weights: Float64Array;
  readonly fresh: Uint8Array;
  /** Usual error of the mixture by context, in units of the loss; 0 before the first. */
  readonly usual: Float64Array;
  /** Losses of the window that is being learnt, like `learnt`, and their counts by context. */
  readonly losses: Float64Array;
  readonly counts: Int32Array;
  /** Mixture whose weights stand in front of its own: what all entities have learnt. */
  readonly common?: Mixture;
}

export const makeMixture = (experts: number, common?: Mixture): Mixture => ({
  ...{ experts, common },
  learnt: new Float64Array((CONTEXTS + 1) * experts).fill(1 / experts),
  weights: new Float64Array(CONTEXTS * experts),
  fresh: new Uint8Array(CONTEXTS),
  usual: new Float64Array(CONTEXTS),
  losses: new Float64Array((CONTEXTS + 1) * experts),
  counts: new Int32Array(CONTEXTS),
});

/** `sum of weight x value` over the experts' values `from[at...]`. */
export function mix(mixture: Mixture, context: number, from: Float64Array, at: number): number {
  if (mixture.fresh[context] === 0) refresh(mixture, context);
  const { experts, weights } = mixture;
  const start = context * experts;
  let value = 0;
  for (let k = 0; k < experts; k++) value += weights[start + k] * from[at + k];
  return value;
}

function refresh(mixture: Mixture, context: number) {
  const { experts, learnt, weights, common } = mixture;
  const start = context * experts;
  const others = common ? common.learnt : learnt;
  let sum = 0;
  for (let k = start, all = ALL * experts; k < start + experts; k++, all++) {
    weights[k] = learnt[k] * (common ? others[k] : 1) * Math.sqrt(learnt[all] * others[all]);
    sum += weights[k];
  }
  for (let k = start; k < start + experts; k++) weights[k] /= sum;
  mixture.fresh[context] = 1;
}

/** Predictions and revealed values of a window, by sample; `experts` values a sample. */
interface Mixed {
  readonly contexts: Int32Array;
  readonly values: Float64Array;
  readonly mixed: Float64Array;
  readonly experts: Float64Array;
}

/**
 * Notes revealed value `i` of a window.
 * @param unit what an error of one counts: the value itself for relative errors, 1 for kelvins
 */
export function noteLosses(mixture: Mixture, window: Mixed, i: number, unit: number) {
  const { experts, losses, usual, counts, common } = mixture;
  const context = window.contexts[i];
  const value = window.values[i];
  const from = window.experts;
  const at = i * experts;
  const error = Math.abs(window.mixed[i] - value) / unit;
  const before = usual[context] || (common?.usual[context] ?? 0) || error;
  const scale = 1 / (unit * Math.max(before, 1e-4));
  const start = context * experts;
  for (let k = 0; k < experts; k++) {
    const loss = Math.abs(from[at + k] - value) * scale;
    losses[start + k] += loss < LOSS_MAX ? loss : LOSS_MAX;
  }
  counts[context]++;
  const part = 1 / Math.min(200, 1 + counts[context] + (usual[context] > 0 ? 100 : 0));
  usual[context] = before + part * (Math.min(error, LOSS_MAX * before) - before);
}

/** Moves the weights by the noted losses, and hands the losses to the common mixture. */
export function settleLosses(mixture: Mixture) {
  const { experts, counts, losses, common, fresh } = mixture;
  const all = ALL * experts;
  let settled = 0;
  for (let context = 0; context < CONTEXTS; context++) {
    const count = counts[context];
    if (count === 0) continue;
    const start = context * experts;
    for (let k = 0; k < experts; k++) {
      // The samples of one reveal err alike, by what was not revealed: together they count as one.
      const loss = losses[start + k] / count;
      if (common) common.losses[start + k] += loss;
      losses[start + k] = RATE * loss;
      losses[all + k] += RATE * loss;
    }
    if (common) {
      common.counts[context]++;
      common.usual[context] ||= mixture.usual[context];
    }
    counts[context] = 0;
    settled++;
    shift(mixture.learnt, losses, start, experts);
  }
  // What others learnt stands in front of all weights.
  if (common || settled > 0) fresh.fill(0);
  if (settled === 0) return;
  for (let k = all; k < all + experts; k++) losses[k] /= settled;
  shift(mixture.learnt, losses, all, experts);
}

/** `weight x e^-loss`, a little of which goes to all alike; losses are cleared. */
function shift(weights: Float64Array, losses: Float64Array, start: number, experts: number) {
  let least = Number.POSITIVE_INFINITY;
  for (let k = start; k < start + experts; k++) if (losses[k] < least) least = losses[k];
  let sum = 0;
  for (let k = start; k < start + experts; k++) {
    weights[k] *= Math.exp(least - losses[k]);
    losses[k] = 0;
    sum += weights[k];
  }
  const keep = (1 - SHARE) / sum;
  for (let k = start; k < start + experts; k++) {
    weights[k] = keep * weights[k] + SHARE / experts;
  }
}
