/**
 * Slots that are alike: a source (a CRAH of an N+1 group, say) takes over the same parts of the same
 * junctions, whichever of its peers is lost. One slot then stands for all of these losses: eight
 * CRAHs have eight slots and not fifty-six.
 */
import type { Plane } from '../topology/plane.ts';
import { supplyEdges } from './junctions.ts';
import type { Found } from './slots.ts';

/**
 * What was found, with one slot in place of those that are alike, which keeps the first loss. Only
 * for carriers that nothing supplies, with nothing but junctions below: then no link leads to them.
 */
export function mergeAlike(plane: Plane, found: Found): Found {
  const { slots, directs, links } = found;
  const keptAs = firstAlike(flowsInto(plane, found));
  const alike = { slot: [] as number[], loss: [] as number[] };
  const kept = { carrier: [] as number[], loss: [] as number[], sparedShare: [] as number[] };
  const numberOf = new Int32Array(keptAs.length);
  keptAs.forEach((first, slot) => {
    numberOf[slot] = numberOf[first];
    if (first !== slot) {
      alike.slot.push(numberOf[first]);
      alike.loss.push(slots.loss[slot]);
      return;
    }
    numberOf[slot] = kept.carrier.push(slots.carrier[slot]) - 1;
    kept.loss.push(slots.loss[slot]);
    kept.sparedShare.push(slots.sparedShare[slot]);
  });
  const isKept = (_: number, entry: number) => keptAs[directs.slot[entry]] === directs.slot[entry];
  const numbered = (list: readonly number[]) => list.map(slot => numberOf[slot]);
  return {
    ...found,
    alike,
    slots: kept,
    directs: {
      slot: numbered(directs.slot.filter(isKept)),
      group: directs.group.filter(isKept),
      takenShare: directs.takenShare.filter(isKept),
      newShare: directs.newShare.filter(isKept),
    },
    links: { slot: numbered(links.slot), above: numbered(links.above), share: links.share },
  };
}

/** What flows into each slot that may be merged, as text; empty for the others. */
function flowsInto(plane: Plane, { slots, directs, links }: Found): string[] {
  const flows = slots.carrier.map((p, slot) =>
    slots.sparedShare[slot] === 0 && supplyEdges(plane, p).length === 0 ? `${p}` : '',
  );
  for (const slot of links.above) flows[slot] = '';
  directs.slot.forEach((slot, i) => {
    if (flows[slot] === '') return;
    flows[slot] += ` ${directs.group[i]}:${directs.takenShare[i]}:${directs.newShare[i]}`;
  });
  return flows;
}

/** The first slot with the same flows; itself where there is none before it. */
function firstAlike(flows: readonly string[]): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from(flows, (flow, slot) => {
    if (flow === '') return slot;
    const known = first.get(flow) ?? slot;
    first.set(flow, known);
    return known;
  });
}
