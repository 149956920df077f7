/**
 * Which sensor lies? Every point of a deviating equation is asked how well one wrong value at it
 * would explain all equations it is in, against physical causes that move single equations. The
 * most likely one is taken, its equations are set aside, and the rest is looked at again.
 */

import type { Parts } from '../parts.ts';
import { AGREEMENT, UNIT_SLIPS } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { SIGNALS } from '../tables/signals.ts';
import { physicalNats } from './family-levels.ts';
import type { Levels, Mode } from './levels.ts';
import { isOfParts } from './machine-parts.ts';
import { isJudged } from './plan.ts';
import { isColderThanSupply, plausibleRange } from './plausible.ts';
import { surprise } from './surprise.ts';

/** Points of one equation that are worth asking: sums of hundreds have no single suspect. */
const MAX_ASKED = 48;
/** Balances of one block that are looked into: when more are off, the cause is not a sensor. */
const MAX_LOOKED_INTO = 2000;
const TIE_NATS = LEARNING.tieNats.value;
const EQUATIONS_A_PART = 20_000;

export interface Accusation {
  readonly point: number;
  readonly mode: Mode;
  /** What it shows, and what it should, as means of the last block. */
  readonly shown: number;
  readonly should: number;
  /** Log of the odds against every other cause, nats. */
  readonly nats: number;
  readonly confidence: number;
  /** Points that explain it as well. */
  readonly or: readonly number[];
  readonly equations: readonly number[];
}

interface Hypothesis {
  readonly point: number;
  readonly should: number;
  /** Nats, less those for a value that may be anything. */
  readonly gain: number;
}

interface Scene {
  readonly levels: Levels;
  readonly values: Float64Array;
  /** 1 for equations that are spoken for; grows. */
  readonly isExplained: Uint8Array;
}

/** Accusations in one mode, most deviating equations first. */
export function* locate(scene: Scene, mode: Mode): Parts<Accusation[]> {
  const { levels, isExplained } = scene;
  const triggered = yield* deviating(scene, mode);
  const found: Accusation[] = [];
  for (const e of triggered) {
    if (isExplained[e] === 1) continue;
    yield;
    const accusation = accuse(scene, mode, e);
    if (accusation) {
      found.push(accusation);
      explainAll(scene, accusation.point);
    } else isExplained[e] = 1;
  }
  return found.filter(({ point }) => levels.plan.points.start[point + 1] > 0);
}

/**
 * Whether what was said of a point still holds: its equations are still likelier with another value
 * there. They are set aside then, before anyone else is blamed for them.
 */
export function confirm(scene: Scene, mode: Mode, p: number): Accusation | undefined {
  const best = bestOf(scene, mode, p);
  if (!best || best.gain < AGREEMENT.sensorNats.value) return undefined;
  const nats = best.gain - AGREEMENT.sensorNats.value;
  const equations = equationsOf(scene, mode, p);
  explainAll(scene, p);
  return {
    ...{ point: p, mode, shown: scene.values[p], should: best.should, nats },
    ...{ confidence: Number.NaN, or: [], equations },
  };
}

function* deviating({ levels, isExplained }: Scene, mode: Mode): Parts<number[]> {
  const found: { e: number; far: number }[] = [];
  const { count } = levels.plan.equations;
  const least = AGREEMENT.triggerZ.value;
  for (let e = 0; e < count; e++) {
    if (e % EQUATIONS_A_PART === 0) yield;
    if (isExplained[e] === 1 || !levels.isReady(e, mode)) continue;
    const far = Math.abs(levels.z(e, mode));
    if (!(far >= least)) continue;
    found.push({ e, far });
    // where most of a site is off, sorting all of it would take long
    if (found.length >= 2 * MAX_LOOKED_INTO) keepFarthest(found);
  }
  keepFarthest(found);
  return found.map(({ e }) => e);
}

function keepFarthest(found: { readonly e: number; readonly far: number }[]) {
  found.sort((a, b) => b.far - a.far);
  found.length = Math.min(found.length, MAX_LOOKED_INTO);
}

/** Sets aside whatever a point takes part in. */
export function explainAll(
  { levels, isExplained }: Pick<Scene, 'levels' | 'isExplained'>,
  p: number,
) {
  const { start, equations } = levels.plan.points;
  for (let i = start[p]; i < start[p + 1]; i++) isExplained[equations[i]] = 1;
}

function accuse(scene: Scene, mode: Mode, e: number): Accusation | undefined {
  const { start, point } = scene.levels.plan.equations;
  const asked = [...new Set(point.subarray(start[e], start[e + 1]))].slice(0, MAX_ASKED);
  const all = asked
    .map(p => bestOf(scene, mode, p))
    .filter(hypothesis => hypothesis !== undefined)
    .sort((a, b) => b.gain - a.gain);
  const best = all[0];
  if (!best) return undefined;
  const sensorNats = AGREEMENT.sensorNats.value;
  const equations = equationsOf(scene, mode, best.point);
  const physical = physicalGain(scene, mode, { p: best.point, should: best.should, equations });
  const scores = all.map(({ gain }) => gain - sensorNats);
  const against = [...scores.slice(1), physical, 0];
  const total = logSum([scores[0], ...against]);
  const tied = all.slice(1).filter(({ gain }) => gain > best.gain - TIE_NATS);
  // those that cannot be told apart stand together against every other cause
  const others = [...scores.slice(1 + tied.length), physical, 0];
  const nats = scores[0] - logSum(others);
  if (nats < AGREEMENT.reportNats.value) return undefined;
  return {
    ...{ point: best.point, mode, shown: scene.values[best.point], should: best.should },
    ...{ nats, confidence: Math.exp(scores[0] - total) },
    ...{ or: tied.map(hypothesis => hypothesis.point), equations },
  };
}

/** Equations of a point that can be weighed in this mode. */
function equationsOf({ levels, isExplained }: Scene, mode: Mode, p: number): number[] {
  const { start, equations, entity } = levels.plan.points;
  const { equations: all } = levels.plan;
  const found: number[] = [];
  for (let i = start[p]; i < start[p + 1]; i++) {
    const e = equations[i];
    if (isExplained[e] === 1 || !levels.isReady(e, mode)) continue;
    // what all parts of a machine share is taken out of their equations: they say nothing of it
    const isShared = isOfParts(levels.plan, all.family[e]) && all.owner[e] !== entity[p];
    if (!isShared && !isNoAlibi(levels, mode, e)) found.push(e);
  }
  return found;
}

/** Two readings of one meter that agree: both would lie alike. */
const isNoAlibi = (levels: Levels, mode: Mode, e: number) =>
  levels.plan.families[levels.plan.equations.family[e]].row.isOneMeter &&
  Math.abs(levels.z(e, mode)) < AGREEMENT.triggerZ.value;

/** The wrong value at `p` that explains most, among those that single equations ask for. */
function bestOf(scene: Scene, mode: Mode, p: number): Hypothesis | undefined {
  if (Number.isNaN(scene.values[p])) return undefined;
  if (!isJudged(scene.levels.plan.points.signal[p])) return undefined;
  const equations = equationsOf(scene, mode, p);
  let best: Hypothesis | undefined;
  const [least, most] = plausibleRange(scene.levels.plan, p);
  const weigh = (should: number, nats: number) => {
    if (!(should >= least && should <= most)) return;
    const gain = gainOf(scene, mode, { p, should, equations }) - nats;
    if (!best || gain > best.gain) best = { point: p, should, gain };
  };
  for (const should of unitValues(scene, p)) weigh(should, 0);
  for (const should of freeValues(scene, mode, p, equations)) {
    weigh(should, AGREEMENT.freeNats.value);
  }
  return best;
}

/** What it should show if it shows another unit. */
function unitValues({ levels, values }: Scene, p: number): number[] {
  const { unit } = SIGNALS[levels.plan.points.signal[p]];
  return UNIT_SLIPS.filter(slip => slip.of === unit).map(
    slip => (values[p] - slip.offset) / slip.factor,
  );
}

/** What single equations ask of it. */
function freeValues(scene: Scene, mode: Mode, p: number, equations: readonly number[]): number[] {
  const { levels, values } = scene;
  const wanted: number[] = [];
  for (const e of equations) {
    if (Math.abs(levels.z(e, mode)) < 2) continue;
    const now = levels.residuals.at(e, values);
    // the level is a median over blocks, the values are of the last: what differs is kept
    const target = now - (levels.level[e] - levels.expected(e, mode));
    wanted.push(levels.residuals.solve(e, values, p, target));
  }
  return wanted;
}

interface Trial {
  readonly p: number;
  readonly should: number;
  readonly equations: readonly number[];
}

/** Nats by which each equation of `p` is likelier if it should show `should`. */
function gainsOf({ levels, values }: Scene, mode: Mode, { p, should, equations }: Trial): number[] {
  return equations.map(e => {
    const moved = levels.residuals.trial(e, values, p, should) - levels.residuals.at(e, values);
    // below the floor the equation no longer speaks: neither for nor against
    if (Number.isNaN(moved)) return 0;
    const sd = Math.sqrt(levels.variance(e, mode));
    return surprise(levels.z(e, mode)) - surprise(levels.z(e, mode) + moved / sd);
  });
}

const gainOf = (scene: Scene, mode: Mode, trial: Trial) =>
  gainsOf(scene, mode, trial).reduce((sum, gain) => sum + gain, 0);

/**
 * The same gain by causes of nature, each at its own odds: warm air moves the balances of all GPUs of
 * a host at the price of one.
 */
function physicalGain(scene: Scene, mode: Mode, trial: Trial): number {
  const { levels } = scene;
  if (isColderThanSupply(levels.plan, scene.values, trial.p)) return 0;
  const { families, equations: all, topology } = levels.plan;
  const causes = new Map<string, { gain: number; cost: number }>();
  gainsOf(scene, mode, trial).forEach((explained, i) => {
    const e = trial.equations[i];
    const family = all.family[e];
    const { row } = families[family];
    // shares of one load hang together: of them only what the wrong value explains is weighed
    const isShare = SIBLINGS.has(row.id);
    const key = isShare ? `${e}` : `${family} ${topology.parent[all.owner[e]]}`;
    const gain = isShare ? Math.max(0, explained) : surprise(levels.z(e, mode));
    const nats = sharingNats(levels, mode, e) ?? natureNats(levels, mode, e);
    const cause = causes.get(key) ?? { gain: 0, cost: 0 };
    causes.set(key, { gain: cause.gain + gain, cost: Math.max(cause.cost, nats) });
  });
  return [...causes.values()].reduce((sum, { gain, cost }) => sum + Math.max(0, gain - cost), 0);
}

/**
 * Price of a cause of nature that happens to move `e` as far as it is off, nats: its odds, times the
 * density of its normal law at that place, over the width within which it would look the same.
 */
function natureNats(levels: Levels, mode: Mode, e: number): number {
  const f = levels.plan.equations.family[e];
  const { row } = levels.plan.families[f];
  const size = row.physicalSize.value;
  const off = (levels.level[e] - levels.expected(e, mode)) / size;
  const width = Math.max(0, Math.log(size / Math.sqrt(levels.variance(e, mode))));
  return physicalNats(row, levels.families[f]) + (off * off) / 2 + width;
}

const SIBLINGS: ReadonlySet<string> = new Set(['outletVsSiblings', 'psuVsSiblings']);

/**
 * Price of a supply that carries another part than it did: nothing when outlet and supply input say
 * so alike, and all when one of them denies it.
 */
function sharingNats(levels: Levels, mode: Mode, e: number): number | undefined {
  const { families, equations } = levels.plan;
  const of = (at: number) => families[equations.family[at]].row.id;
  if (!SIBLINGS.has(of(e))) return undefined;
  const z = levels.z(e, mode);
  const other = [e - 1, e + 1].find(
    at =>
      at >= 0 &&
      at < equations.count &&
      equations.owner[at] === equations.owner[e] &&
      SIBLINGS.has(of(at)) &&
      levels.isReady(at, mode),
  );
  if (other === undefined) return undefined;
  const said = levels.z(other, mode) / z;
  if (said > 0.5) return 0;
  return said < 0.3 ? AGREEMENT.deniedNats.value : undefined;
}

function logSum(scores: readonly number[]): number {
  const most = Math.max(...scores);
  return most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
}
