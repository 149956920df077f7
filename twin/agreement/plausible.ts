/** Between which values the truth behind a sensor can lie: no guess is made beyond them. */
import { AGREEMENT } from '../tables/agreement.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import { suppliers } from './balances.ts';
import type { AgreementPlan } from './plan.ts';

const INLET = signalIndex('inletTempC');
const SUPPLY = signalIndex('supplyTempC');

/** In the unit of the signal. A power is bounded by what a thing of its class can draw, too. */
export function plausibleRange({ points, topology }: AgreementPlan, p: number): [number, number] {
  const { range, unit } = SIGNALS[points.signal[p]];
  const [least, most] = range;
  if (unit !== 'W') return [least, most];
  const hardware = topology.classes[topology.classIndex[points.entity[p]]];
  const maxW = hardware?.figures.powerMaxW?.value ?? Number.POSITIVE_INFINITY;
  return [least, Math.min(most, AGREEMENT.aboveMaxRatio.value * maxW)];
}

/** An inlet mixes the supply air with what is drawn back: nature does not make it colder than that. */
export function isColderThanSupply(plan: AgreementPlan, values: Float64Array, p: number): boolean {
  const { points, topology } = plan;
  if (points.signal[p] !== INLET) return false;
  const { parent } = topology;
  const entity = points.entity[p];
  const units = [entity, parent[entity]].flatMap(each =>
    each < 0 ? [] : suppliers(plan, 'cooling', each, 'crah'),
  );
  const supplied = units.map(unit => values[plan.pointOf(SUPPLY, unit)]);
  return supplied.length > 0 && values[p] < Math.min(...supplied) - AGREEMENT.coldK.value;
}
