/**
 * Outlets that go without saying: on a PDU with the attribute `outletsInOrder` the cords of the PSUs
 * wired to it are plugged in one after the other, from outlet 1, in the order of the hosts.
 */
import { KIND_INDEX } from '../tables/kinds.ts';
import type { Plane } from './plane.ts';
import type { Alias, Topology } from './topology.ts';

type Wired = Pick<Topology, 'ids' | 'kind' | 'attributes'>;

export function outletAliases(topology: Wired, power: Plane): Alias[] {
  const aliases: Alias[] = [];
  for (const [pdu, attributes] of topology.attributes) {
    const position = power.positionOf[pdu];
    if (attributes.outletsInOrder !== true || position < 0) continue;
    const [from, to] = [power.childStart[position], power.childStart[position + 1]];
    const supplied = power.children.subarray(from, to);
    const inOrder = Array.from(supplied, at => power.entities[at])
      .filter(entity => topology.kind[entity] === KIND_INDEX.psu)
      .sort((a, b) => a - b);
    inOrder.forEach((entity, i) => {
      aliases.push({ entity, type: 'pduOutlet', value: `${topology.ids[pdu]}/${i + 1}` });
    });
  }
  return aliases;
}
