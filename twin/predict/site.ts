/** What is predicted: racks, hosts and GPUs of a topology under dense numbers of their own. */
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import type { Topology } from '../topology/topology.ts';
import { ancestorOfKind } from '../topology/walk.ts';

export interface PredictedSite {
  readonly gpus: Int32Array;
  readonly hosts: Int32Array;
  readonly racks: Int32Array;
  /** Place of an entity among those of its kind (`gpus`, `hosts`, `racks`), or -1. */
  readonly placeOf: Int32Array;
  readonly hostOfGpu: Int32Array;
  readonly rackOfHost: Int32Array;
  /** PDUs that stand in each rack. */
  readonly pduCount: Int32Array;
  /** Rack of each PDU entity, or -1. */
  readonly rackOfPdu: Int32Array;
  /** Neighbours in the same row, or -1. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Idle power of each GPU by its class, W. */
  readonly idleW: Float64Array;
  readonly spanW: Float64Array;
}

export function predictedSite(topology: Topology): PredictedSite {
  const { kindStart, parent } = topology;
  const all = (kind: Kind) => {
    const first = kindStart[KIND_INDEX[kind]];
    return Int32Array.from(
      { length: kindStart[KIND_INDEX[kind] + 1] - first },
      (_, i) => first + i,
    );
  };
  const [gpus, hosts, racks] = [all('gpu'), all('host'), all('rack')];
  const placeOf = new Int32Array(topology.count).fill(-1);
  for (const list of [gpus, hosts, racks])
    list.forEach((entity, i) => {
      placeOf[entity] = i;
    });
  const rackOf = (entity: number) => {
    const rack = ancestorOfKind(topology, entity, 'rack');
    return rack < 0 ? -1 : placeOf[rack];
  };
  const rackOfPdu = new Int32Array(topology.count).fill(-1);
  const pduCount = new Int32Array(racks.length);
  for (const pdu of all('pdu')) {
    rackOfPdu[pdu] = rackOf(pdu);
    if (rackOfPdu[pdu] >= 0) pduCount[rackOfPdu[pdu]]++;
  }
  const figure = (entity: number, name: string) =>
    topology.classes[topology.classIndex[entity]]?.figures[name]?.value ?? 0;
  const beside = (by: number) =>
    Int32Array.from(racks, (rack, i) => {
      const other = i + by;
      const isThere = other >= 0 && other < racks.length && parent[racks[other]] === parent[rack];
      return isThere ? other : -1;
    });
  return {
    ...{ gpus, hosts, racks, placeOf, rackOfPdu, pduCount },
    hostOfGpu: Int32Array.from(gpus, gpu => placeOf[ancestorOfKind(topology, gpu, 'host')]),
    rackOfHost: Int32Array.from(hosts, rackOf),
    ...{ left: beside(-1), right: beside(1) },
    idleW: Float64Array.from(gpus, gpu => figure(gpu, 'powerIdleW')),
    spanW: Float64Array.from(gpus, gpu =>
      Math.max(1, figure(gpu, 'powerMaxW') - figure(gpu, 'powerIdleW')),
    ),
  };
}
