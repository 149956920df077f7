/** What air and solids of racks hold, by the power of the hosts that stand in them. */
import { COOLING_LOSS } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { RackKind } from './columns.ts';

/**
 * @param ratedW what the hosts of each rack take at most, W
 * @param isCooled whether it is known what cools the air of a rack
 * @returns the kinds, and which of them each rack is
 */
export function rackKindsOf(ratedW: Float64Array, isCooled: (rack: number) => boolean) {
  const places = new Map<string, number>();
  const kinds: RackKind[] = [];
  const ofRacks = new Uint16Array(ratedW.length);
  for (let rack = 0; rack < ofRacks.length; rack++) {
    const key = `${ratedW[rack]} ${isCooled(rack)}`;
    const place = places.get(key) ?? kinds.push(kindOf(ratedW[rack], isCooled(rack))) - 1;
    places.set(key, place);
    ofRacks[rack] = place;
  }
  return { kinds, ofRacks };
}

function kindOf(ratedW: number, isCooled: boolean): RackKind {
  const { airJPerK, solidsJPerK, solidsAtW, couplingWPerK, airflowWPerK } = COOLING_LOSS;
  const beyondW = Math.max(0, ratedW - solidsAtW.value);
  return {
    // nobody said what cools it: its air stays as it is
    airJPerK: (isCooled ? airJPerK : TRANSIENT.unknownCoolingJPerK).value,
    solidsJPerK: solidsJPerK.value + beyondW * TRANSIENT.solidsJPerKPerW.value,
    couplingRatio: couplingWPerK.value / airflowWPerK.value,
    stillCouplingWPerK: TRANSIENT.stillCouplingWPerK.value,
  };
}
