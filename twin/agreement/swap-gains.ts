/**
 * How much likelier the balances of two sensors are with their values exchanged: against what is usual
 * for their family, and against their own past.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';
import type { Levels, Mode } from './levels.ts';
import { isOfParts } from './machine-parts.ts';
import type { AgreementPlan } from './plan.ts';
import { surprise } from './surprise.ts';

const MAX_STEP_NATS = LEARNING.mostSwapStepNats.value;
const ALLOWED_NATS = LEARNING.allowedSwapNats.value;
const MOST_NOISE = LEARNING.mostSwapNoise.value;
const METER_SPREAD = LEARNING.swapMeterSpread.value;

/** Two points of one signal. */
export interface Pair {
  readonly first: number;
  readonly second: number;
}

/** What a residual should be, with its standard deviation as things stand and once exchanged. */
interface Law {
  readonly centre: number;
  readonly deviation: number;
  readonly exchanged: number;
}

export class SwapGains {
  readonly #levels: Levels;
  readonly #isSpoilt: Uint8Array;

  /** @param isSpoilt equations of sensors that lie in another way: they prove no exchange */
  constructor(levels: Levels, isSpoilt: Uint8Array) {
    this.#levels = levels;
    this.#isSpoilt = isSpoilt;
  }

  /** In the newest block: what is exchanged moves with two loads, and has no level. */
  isOff(e: number, mode: Mode): boolean {
    const levels = this.#levels;
    if (this.#isSpoilt[e] === 1 || !levels.isReady(e, mode)) return false;
    const off = Math.abs(levels.newest[e] - levels.expected(e, mode));
    return off > AGREEMENT.freezeZ.value * this.#deviation(e, mode);
  }

  /** Standard deviation of a residual of one block, less what is common. */
  #deviation(e: number, mode: Mode): number {
    const { plan, families, noise, baseBlocks, loads } = this.#levels;
    const { spread, noise: usual, wander } = families[plan.equations.family[e]];
    // an exchange makes its own noise: only so much of it is believed to be the equation's
    const own = Math.max(usual, Math.min(noise[e], MOST_NOISE * usual));
    if (mode === 'absolute') return Math.hypot(spread, Math.max(wander, own));
    const byLoad = loads.deviation(e, loads.ofBase(e));
    const ofBase = own / Math.sqrt(baseBlocks[e]);
    return Math.hypot(own, ofBase, wander, byLoad, this.#levels.aliasOf(e));
  }

  /**
   * Of one block, nats. An exchange that began after learning shows sharper against the own past of
   * the equations. Where their family denies one of cords, the past alone proves nothing: of two
   * halves of the supplies of a host either may seem to have moved.
   */
  ofBlock(pair: Pair, values: Float64Array): number {
    // both sides must gain: one that fits everywhere proves nothing
    const gain = 2 * Math.min(...this.sides(pair, values));
    const signal = this.#levels.plan.points.signal[pair.first];
    const isDenied = gain < -ALLOWED_NATS && !isBmcPower(signal);
    if (isDenied || !isKnownByPast(signal) || gain >= MAX_STEP_NATS + ALLOWED_NATS) return gain;
    const byPast = 2 * Math.min(...this.sides(pair, values, 'change'));
    return byPast > gain ? byPast : gain;
  }

  /** Nats that the equations of each of the two gain when all that goes with them is exchanged. */
  sides({ first, second }: Pair, values: Float64Array, mode: Mode = 'absolute') {
    const pairs = this.#alongWith(first, second);
    if (Number.isNaN(values[first]) || Number.isNaN(values[second])) return [Number.NaN, 0];
    const sides = [0, 1].map(side => {
      const points = pairs.map(pair => pair[side]);
      return this.#equationsOf(points, mode);
    });
    if (mode === 'change' && sides.some(side => side.length === 0)) return [Number.NaN, 0];
    // of a whole BMC the meters come back to their places too
    const isMeterOther = mode === 'change' && pairs.length === 1;
    const laws = sides.map((equations, side) => {
      const p = [first, second][side];
      return equations.map(e => this.#law(e, mode, isMeterOther ? this.#slope(e, values, p) : 0));
    });
    const before = sides.map(equations => this.#residuals(equations, values));
    exchange(pairs, values);
    const after = sides.map(equations => this.#residuals(equations, values));
    exchange(pairs, values);
    return laws.map((side, at) => {
      let gain = 0;
      side.forEach((law, i) => {
        const left = natsBetween(law, before[at][i], after[at][i]);
        if (!Number.isNaN(left)) gain += left;
      });
      return gain;
    });
  }

  /** @param slope by which a meter that has come to measure the other load shows its own gain */
  #law(e: number, mode: Mode, slope: number): Law {
    const deviation = this.#deviation(e, mode);
    const exchanged = Math.hypot(deviation, METER_SPREAD * slope);
    return { centre: this.#levels.expected(e, mode), deviation, exchanged };
  }

  #slope(e: number, values: Float64Array, p: number): number {
    return this.#levels.residuals.sensitivity(e, values, p);
  }

  /** Exchanges two points, and all that is exchanged with them, in `values`. */
  exchange({ first, second }: Pair, values: Float64Array) {
    exchange(this.#alongWith(first, second), values);
  }

  /** With the address of a BMC all its sensors are exchanged. */
  #alongWith(first: number, second: number): (readonly [number, number])[] {
    const a = alongWith(this.#levels.plan, first);
    const b = alongWith(this.#levels.plan, second);
    if (a.length !== b.length) return [[first, second]];
    return a.map((p, i) => [p, b[i]] as const).filter(([p, q]) => p >= 0 && q >= 0);
  }

  #equationsOf(list: readonly number[], mode: Mode): number[] {
    const { start, equations } = this.#levels.plan.points;
    const found = new Set<number>();
    for (const p of list) for (let i = start[p]; i < start[p + 1]; i++) found.add(equations[i]);
    const levels = this.#levels;
    const { family } = levels.plan.equations;
    // what all parts of a machine share says nothing of an exchange of the whole
    const isAsked = (e: number) => list.length === 1 || !isOfParts(levels.plan, family[e]);
    return [...found].filter(e => isAsked(e) && this.#isSpoilt[e] === 0 && levels.isReady(e, mode));
  }

  #residuals(equations: readonly number[], values: Float64Array): number[] {
    const { residuals, common } = this.#levels;
    return equations.map(e => residuals.at(e, values) - common[e]);
  }
}

const BMC_SIGNALS = ['bmcPowerW', 'dcmiPowerW', 'inletTempC', 'exhaustTempC'].map(signalIndex);
const PSU_SIGNAL = signalIndex('psuInputPowerW');
const OUTLET_SIGNAL = signalIndex('outletPowerW');

const isBmcPower = (signal: number) => signal === BMC_SIGNALS[0];

/** The two PDUs of a rack share its load by turns: that they have moved against each other is no sign. */
export const isKnownByPast = (signal: number) => isBmcPower(signal) || signal === OUTLET_SIGNAL;

/** The point and, where it is the power of a BMC, whatever else that BMC gives. */
export function alongWith({ topology, points, pointOf }: AgreementPlan, p: number): number[] {
  if (!isBmcPower(points.signal[p])) return [p];
  const host = points.entity[p];
  const psus = childrenOfKind(topology, host, KIND_INDEX.psu);
  return [
    ...BMC_SIGNALS.map(signal => pointOf(signal, host)),
    ...psus.map(psu => pointOf(PSU_SIGNAL, psu)),
  ];
}

function exchange(pairs: readonly (readonly [number, number])[], values: Float64Array) {
  for (const [a, b] of pairs) {
    const kept = values[a];
    values[a] = values[b];
    values[b] = kept;
  }
}

/** How much likelier the residual is with the values exchanged, nats. */
function natsBetween({ centre, deviation, exchanged }: Law, before: number, after: number): number {
  return (
    surprise((before - centre) / deviation) -
    surprise((after - centre) / exchanged) -
    Math.log(exchanged / deviation)
  );
}
