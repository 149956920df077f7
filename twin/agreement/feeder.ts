/**
 * Where the load of a cord hangs whose documented outlet shows nothing. Two witnesses: power at
 * outlets in which the inventory knows of no cord, and a PDU that feeds more than its outlets say.
 */
import { AGREEMENT } from '../tables/agreement.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { ancestorOfKind, childrenOfKind } from '../topology/walk.ts';
import type { Levels } from './levels.ts';
import type { AgreementPlan } from './plan.ts';

const UNWIRED = signalIndex('unwiredOutletPowerW');
const OUTLET = signalIndex('outletPowerW');
const PSU = signalIndex('psuInputPowerW');

/** One block: its means, and by point of a feeder the load that other cords have claimed of it, W. */
interface FeederScene {
  readonly levels: Levels;
  readonly values: Float64Array;
  readonly claimedW: Map<number, number>;
}

/**
 * Looks for the load that outlet `p` does not carry, and claims it there.
 * @param shouldW what the balances ask of the outlet, W
 * @returns point of the outlets without a known cord, or of the PDU, that carry it
 */
export function feederOf(scene: FeederScene, p: number, shouldW: number): number | undefined {
  const loadW = loadOf(scene, p, shouldW);
  if (loadW < AGREEMENT.idleOutletW.value) return undefined;
  const feeder = unwiredFeeder(scene, p, loadW) ?? surplusFeeder(scene, p, loadW);
  if (feeder !== undefined) scene.claimedW.set(feeder, (scene.claimedW.get(feeder) ?? 0) + loadW);
  return feeder;
}

/** What a supply says that it draws; balances of a host may ask one outlet for the load of all. */
function loadOf({ levels: { plan }, values }: FeederScene, p: number, shouldW: number): number {
  if (plan.points.signal[p] !== OUTLET) return 0;
  const own = plan.pointOf(PSU, plan.points.entity[p]);
  return own < 0 || Number.isNaN(values[own]) ? shouldW : values[own];
}

/** The nearest PDU first, and of those as near the one with most power that nobody has claimed. */
function unwiredFeeder(scene: FeederScene, p: number, loadW: number): number | undefined {
  const { values, claimedW } = scene;
  const { plan } = scene.levels;
  const leftAt = (q: number) => values[q] - (claimedW.get(q) ?? 0);
  const isEnough = (q: number) => leftAt(q) > AGREEMENT.fedPart.value * loadW;
  for (const pdus of pdusOutward(plan, plan.points.entity[p])) {
    const found = pdus
      .map(pdu => plan.pointOf(UNWIRED, pdu))
      .filter(q => q >= 0 && isEnough(q))
      .sort((a, b) => leftAt(b) - leftAt(a));
    if (found.length > 0) return found[0];
  }
  return undefined;
}

/** PDUs of the same rack, then of the same row: a cord reaches no further. */
function pdusOutward({ topology }: AgreementPlan, entity: number): number[][] {
  const rack = ancestorOfKind(topology, entity, 'rack');
  if (rack < 0) return [];
  const pdusOf = (each: number) => childrenOfKind(topology, each, KIND_INDEX.pdu);
  const near = childrenOfKind(topology, topology.parent[rack], KIND_INDEX.rack).filter(
    e => e !== rack,
  );
  return [pdusOf(rack), near.flatMap(pdusOf)];
}

/** Its own PDU denies that the outlet carries anything, and another feeds more than its outlets. */
function surplusFeeder(scene: FeederScene, p: number, loadW: number): number | undefined {
  const { levels, values, claimedW } = scene;
  const { points, equations, families } = levels.plan;
  const { residuals } = levels;
  const own = points.equations
    .subarray(points.start[p], points.start[p + 1])
    .find(e => families[equations.family[e]].row.id === 'pduVsOutlets');
  if (own === undefined || !levels.isReady(own, 'absolute')) return undefined;
  const sd = Math.sqrt(levels.variance(own, 'absolute'));
  const z = levels.z(own, 'absolute');
  const moved = residuals.trial(own, values, p, loadW) - residuals.at(own, values);
  if (!(Math.abs(z + moved / sd) > Math.abs(z) + AGREEMENT.deniedZ.value)) return undefined;
  const pduOf = (e: number) => equations.point[equations.start[e]];
  const surplusOf = (e: number) => {
    const sides = residuals.sides(e, values);
    return sides ? sides.left - sides.right - (claimedW.get(pduOf(e)) ?? 0) : 0;
  };
  const others = [...families[equations.family[own]].members].filter(e => e !== own);
  const feeder = others.reduce((a, b) => (surplusOf(b) > surplusOf(a) ? b : a), own);
  const isFed = surplusOf(feeder) > AGREEMENT.fedPart.value * loadW;
  return isFed && feeder !== own ? pduOf(feeder) : undefined;
}
