/** What air and solids of racks hold, by how many hosts stand in them. */
import { COOLING_LOSS } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { RackKind } from './columns.ts';

/**
 * @param hostStart hosts of rack `r`: `hostStart[r] .. hostStart[r + 1]`
 * @param isCooled whether it is known what cools the air of a rack
 * @returns the kinds, and which of them each rack is
 */
export function rackKindsOf(hostStart: Int32Array, isCooled: (rack: number) => boolean) {
  const places = new Map<string, number>();
  const kinds: RackKind[] = [];
  const ofRacks = new Uint16Array(hostStart.length - 1);
  for (let rack = 0; rack < ofRacks.length; rack++) {
    const hosts = hostStart[rack + 1] - hostStart[rack];
    const key = `${hosts} ${isCooled(rack)}`;
    const place = places.get(key) ?? kinds.push(kindOf(hosts, isCooled(rack))) - 1;
    places.set(key, place);
    ofRacks[rack] = place;
  }
  return { kinds, ofRacks };
}

function kindOf(hosts: number, isCooled: boolean): RackKind {
  const { airJPerK, solidsJPerK, couplingWPerK, airflowWPerK } = COOLING_LOSS;
  return {
    // nobody said what cools it: its air stays as it is
    airJPerK: (isCooled ? airJPerK : TRANSIENT.unknownCoolingJPerK).value,
    solidsJPerK: Math.max(solidsJPerK.value, hosts * TRANSIENT.hostSolidsJPerK.value),
    couplingRatio: couplingWPerK.value / airflowWPerK.value,
    stillCouplingWPerK: TRANSIENT.stillCouplingWPerK.value,
  };
}
