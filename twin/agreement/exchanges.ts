/** What can be exchanged for what: one cord, all cords of a feed, the address of a BMC or a PDU. */
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { childrenOfKind } from '../topology/walk.ts';
import type { AgreementPlan } from './plan.ts';

export type PointPair = readonly [first: number, second: number];

/** All points that an exchange is of, and those by which it is named. */
export interface Candidate {
  readonly pairs: readonly PointPair[];
  readonly shown: readonly PointPair[];
}

const BMC_SIGNALS = ['bmcPowerW', 'dcmiPowerW', 'inletTempC', 'exhaustTempC'].map(signalIndex);
const PSU_SIGNAL = signalIndex('psuInputPowerW');
const OUTLET_SIGNAL = signalIndex('outletPowerW');
const PDU_SIGNAL = signalIndex('pduPowerW');

/**
 * The point that is exchanged when `p` is: supplies answer through their BMC. -1: nothing is; what
 * GPUs show comes all from one driver.
 */
export function addressOf({ topology, points, pointOf }: AgreementPlan, p: number): number {
  const signal = points.signal[p];
  if (signal === PSU_SIGNAL) return pointOf(BMC_SIGNALS[0], topology.parent[points.entity[p]]);
  return signal === OUTLET_SIGNAL || signal === BMC_SIGNALS[0] || signal === PDU_SIGNAL ? p : -1;
}

/** Exchanges between points of one signal and scope. */
export function* exchangesOf(plan: AgreementPlan, points: readonly number[]): Generator<Candidate> {
  for (const [i, first] of points.entries()) {
    for (const second of points.slice(i + 1)) {
      if (isHarmless(plan, first, second)) continue;
      const shown: PointPair[] = [[first, second]];
      yield { pairs: zip(alongWith(plan, first), alongWith(plan, second)), shown };
    }
  }
  yield* feedsOf(plan, points);
}

/** Cords are exchanged on one PDU; addresses of BMCs and PDUs anywhere. */
export function scopeOf({ topology, points }: AgreementPlan, p: number): number {
  const entity = points.entity[p];
  if (points.signal[p] === BMC_SIGNALS[0] || points.signal[p] === PDU_SIGNAL) return -1;
  const { positionOf, parentStart, parents, entities } = topology.planes.power;
  const at = positionOf[entity];
  return at >= 0 && parentStart[at] < parentStart[at + 1]
    ? entities[parents[parentStart[at]]]
    : topology.parent[entity];
}

/** All cords of two hosts on one PDU: they are pulled and put back together. */
function* feedsOf(plan: AgreementPlan, points: readonly number[]): Generator<Candidate> {
  const { topology, points: all } = plan;
  if (points.length === 0 || all.signal[points[0]] !== OUTLET_SIGNAL) return;
  const suspected = new Map<number, number>();
  for (const p of points) {
    const host = topology.parent[all.entity[p]];
    if (topology.kind[host] !== KIND_INDEX.host) continue;
    suspected.set(host, (suspected.get(host) ?? 0) + 1);
  }
  const scope = scopeOf(plan, points[0]);
  const hosts = [...suspected.keys()];
  const cords = hosts.map(host =>
    childrenOfKind(topology, host, KIND_INDEX.psu)
      .map(psu => plan.pointOf(OUTLET_SIGNAL, psu))
      .filter(p => p >= 0 && scopeOf(plan, p) === scope),
  );
  for (const [i, first] of cords.entries()) {
    for (const second of cords.slice(i + 1)) {
      if (first.length < 2 || first.length !== second.length) continue;
      const pairs = zip(first, second);
      yield { pairs, shown: pairs };
    }
  }
}

/** Cords of one host carry the same: exchanged on one feed they do no harm, and show nothing. */
function isHarmless({ points, topology }: AgreementPlan, first: number, second: number): boolean {
  const [a, b] = [points.entity[first], points.entity[second]];
  return topology.kind[a] === KIND_INDEX.psu && topology.parent[a] === topology.parent[b];
}

/** The point and whatever else comes from the same address: of a BMC its sensors, of a PDU its outlets. */
function alongWith(plan: AgreementPlan, p: number): number[] {
  const { topology, points, pointOf } = plan;
  const entity = points.entity[p];
  if (points.signal[p] === PDU_SIGNAL) return [p, ...outletsOf(plan, entity)];
  if (points.signal[p] !== BMC_SIGNALS[0]) return [p];
  const psus = childrenOfKind(topology, entity, KIND_INDEX.psu);
  return [
    ...BMC_SIGNALS.map(signal => pointOf(signal, entity)),
    ...psus.map(psu => pointOf(PSU_SIGNAL, psu)),
  ];
}

function outletsOf({ topology, pointOf }: AgreementPlan, pdu: number): number[] {
  const plane = topology.planes.power;
  const at = plane.positionOf[pdu];
  if (at < 0) return [];
  const found: number[] = [];
  for (let i = plane.childStart[at]; i < plane.childStart[at + 1]; i++) {
    const entity = plane.entities[plane.children[i]];
    if (topology.kind[entity] === KIND_INDEX.psu) found.push(pointOf(OUTLET_SIGNAL, entity));
  }
  return found;
}

function zip(first: readonly number[], second: readonly number[]): PointPair[] {
  return first.slice(0, second.length).flatMap((p, i): PointPair[] => {
    const q = second[i];
    return p >= 0 && q >= 0 ? [[p, q]] : [];
  });
}
