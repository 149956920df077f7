/**
 * Headroom under an overlay, for the positions it touches: what `passSlotHeadroom` and `passHeadroom`
 * give for them. All suppliers of a touched position are touched, so nothing else is needed.
 */
import { marginalDraw } from '../closure/losses.ts';
import { supplyBelowSeeds } from '../closure/meeting.ts';
import type { Parts } from '../parts.ts';
import type { PlaneOverlay } from './plane-overlay.ts';

export interface AfterHeadroom {
  /** By position; only touched ones are there. */
  readonly headroom: ReadonlyMap<number, number>;
  readonly headroomN1: ReadonlyMap<number, number>;
}

/** @param overlay settled, and not changed before the end */
export function* afterHeadroom(overlay: PlaneOverlay): Parts<AfterHeadroom> {
  const after = new After(overlay);
  const positions = Int32Array.from(overlay.touched.list).sort();
  // Slots run from consumers to sources, so that sources first is backwards.
  const slots = Int32Array.from(overlay.touchedSlots.list).sort().reverse();
  yield* forEach(positions, p => after.headroom.set(p, after.headroomOf(p)));
  yield* forEach(slots, s => after.slots.set(s, after.slotOf(s)));
  yield* forEach(positions, p => after.headroomN1.set(p, after.headroomN1Of(p)));
  return after;
}

/** Of some microseconds each. */
const WORKED_OUT_A_PART = 1000;

function* forEach(indices: Int32Array, workOut: (index: number) => void): Parts {
  for (let i = 0; i < indices.length; i++) {
    if (i % WORKED_OUT_A_PART === WORKED_OUT_A_PART - 1) yield;
    workOut(indices[i]);
  }
}

class After implements AfterHeadroom {
  readonly headroom = new Map<number, number>();
  readonly headroomN1 = new Map<number, number>();
  readonly slots = new Map<number, number>();
  readonly #o: PlaneOverlay;
  readonly #confluences = new Map<number, Met>();

  constructor(overlay: PlaneOverlay) {
    this.#o = overlay;
  }

  #slotAt(s: number): number {
    return this.slots.get(s) ?? this.#o.results.slotHeadroom[s];
  }

  /** The confluence that says what a junction's supply leaves; -1 where its suppliers do. */
  #plainOf(p: number): number {
    const group = this.#o.shape.redundancy.groupOf[p];
    return group > 0 ? this.#o.shape.confluences.plainOf[group] : -1;
  }

  headroomOf(p: number): number {
    const { limit, headroom } = this.#o.results;
    const plain = this.#plainOf(p);
    let least = limit[p] - this.#o.load(p);
    if (plain >= 0) least = Math.min(least, this.#met(plain, p).least / this.#draw(p));
    this.#eachAbove(p, (e, part) => {
      const parent = this.#o.shape.plane.parents[e];
      const above = (this.headroom.get(parent) ?? headroom[parent]) / part;
      const isSupply = this.#o.shape.plane.isAccounting[e] === 0;
      // As `leftBelowSeeds`: below zero the supplier may be bound where the parts meet.
      const isMet = above < 0 && plain >= 0 && isSupply;
      least = Math.min(least, isMet ? this.#belowSeeds(plain, e) / this.#draw(p) : above);
    });
    return least;
  }

  #belowSeeds(c: number, entry: number): number {
    const { parents } = this.#o.shape.plane;
    const { limit, shares } = this.#o.results;
    let least = Number.POSITIVE_INFINITY;
    let part = shares[entry];
    let p = parents[entry];
    for (let up = this.#supplyBelow(c, p); up >= 0; up = this.#supplyBelow(c, p)) {
      least = Math.min(least, (limit[p] - this.#o.load(p)) / part);
      part *= shares[up];
      p = parents[up];
    }
    return least;
  }

  #supplyBelow(c: number, p: number): number {
    return supplyBelowSeeds(this.#o.results, c, p);
  }

  #draw(p: number): number {
    return marginalDraw(this.#o.shape.losses, p, this.#o.load(p));
  }

  /** Calls with each entry above `p` and the part of one more watt at `p` that it gets. */
  #eachAbove(p: number, visit: (entry: number, part: number) => void) {
    const { parentStart, isAccounting } = this.#o.shape.plane;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const part = this.#o.results.shares[e] * (isAccounting[e] ? 1 : this.#draw(p));
      if (part > 0) visit(e, part);
    }
  }

  slotOf(s: number): number {
    const { aboveStart, aboveSlot, aboveShare, carrier } = this.#o.shape.redundancy;
    const p = carrier[s];
    const load = this.#o.load(p) + this.#o.extra(s);
    const draw = marginalDraw(this.#o.shape.losses, p, load);
    const own = this.#o.results.limit[p] - load;
    const meeting = this.#o.shape.confluences.ofSlot[s];
    let least = meeting < 0 ? own : Math.min(own, this.#met(meeting, p).least / draw);
    for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
      least = Math.min(least, this.#slotAt(aboveSlot[i]) / (aboveShare[i] * draw));
    }
    return least;
  }

  headroomN1Of(p: number): number {
    const { redundancy, confluences } = this.#o.shape;
    const { slotStart, slotList, takeoverStart, takeoverEntry, directSlot, newShare } = redundancy;
    const group = redundancy.groupOf[p];
    const draw = this.#draw(p);
    const { limit, headroomN1 } = this.#o.results;
    let least = limit[p] - this.#o.load(p);
    this.#eachAbove(p, (e, part) => {
      const parent = this.#o.shape.plane.parents[e];
      least = Math.min(least, (this.headroomN1.get(parent) ?? headroomN1[parent]) / part);
    });
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      least = Math.min(least, this.#slotAt(slotList[i]));
    }
    for (let i = takeoverStart[group]; i < takeoverStart[group + 1]; i++) {
      const entry = takeoverEntry[i];
      least = Math.min(least, this.#slotAt(directSlot[entry]) / (newShare[entry] * draw));
    }
    for (let i = confluences.lossStart[group]; i < confluences.lossStart[group + 1]; i++) {
      least = Math.min(least, this.#met(confluences.lossList[i], p).least / draw);
    }
    const plain = this.#plainOf(p);
    return plain < 0 ? least : Math.min(least, this.#met(plain, p).leastN1 / draw);
  }

  #met(c: number, junction: number): Met {
    // With the shares of a what-if, junctions that took the same ways may take others now.
    const isOther = this.#o.results.shares !== this.#o.shape.plane.shares;
    const known = (isOther ? undefined : this.#confluences.get(c)) ?? this.#workOut(c, junction);
    this.#confluences.set(c, known);
    return known;
  }

  /** As `workOutConfluence`, with the loads of the overlay. */
  #workOut(c: number, junction: number): Met {
    const t = this.#o.shape.confluences;
    const flow = this.#seeded(c, junction);
    for (let i = t.stepStart[c]; i < t.stepStart[c + 1]; i++) {
      const [from, to, slot] = [t.stepFrom[i], t.stepTo[i], t.stepSlot[i]];
      const carried = this.#o.load(from) + (slot < 0 ? 0 : this.#o.extra(slot));
      const draw = marginalDraw(this.#o.shape.losses, from, carried);
      const share = t.loss[c] < 0 ? this.#o.results.shares[t.stepEdge[i]] : t.stepShare[i];
      flow.set(to, (flow.get(to) ?? 0) + (flow.get(from) ?? 0) * draw * share);
    }
    let least = Number.POSITIVE_INFINITY;
    let leastN1 = Number.POSITIVE_INFINITY;
    for (let i = t.reachedStart[c]; i < t.reachedStart[c + 1]; i++) {
      const [p, slot] = [t.reachedPosition[i], t.reachedSlot[i]];
      const part = flow.get(p) ?? 0;
      if (part === 0) continue;
      const margin = this.#o.results.limit[p] - this.#o.load(p);
      least = Math.min(least, (margin - (slot < 0 ? 0 : this.#o.extra(slot))) / part);
      leastN1 = Math.min(leastN1, (margin - this.#mostExtra(p)) / part);
    }
    return { least, leastN1 };
  }

  /** The parts of one unit drawn by the junction, at the seeds. */
  #seeded(c: number, junction: number): Map<number, number> {
    const { seedStart, seedPosition, seedPart, loss } = this.#o.shape.confluences;
    const { shares } = this.#o.results;
    const flow = new Map<number, number>();
    if (loss[c] >= 0 || shares === this.#o.shape.plane.shares) {
      for (let i = seedStart[c]; i < seedStart[c + 1]; i++) flow.set(seedPosition[i], seedPart[i]);
      return flow;
    }
    const { parentStart, parents, isAccounting } = this.#o.shape.plane;
    for (let entry = parentStart[junction]; entry < parentStart[junction + 1]; entry++) {
      if (isAccounting[entry] === 1) continue;
      let part = shares[entry];
      let p = parents[entry];
      for (let up = this.#supplyBelow(c, p); up >= 0; up = this.#supplyBelow(c, p)) {
        part *= shares[up];
        p = parents[up];
      }
      flow.set(p, (flow.get(p) ?? 0) + part);
    }
    return flow;
  }

  /** Extra load of `p` under the loss that loads it most. */
  #mostExtra(p: number): number {
    const { slotStart, slotList } = this.#o.shape.redundancy;
    let most = 0;
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      most = Math.max(most, this.#o.extra(slotList[i]));
    }
    return most;
  }
}

/** What a group of junctions may add, and with any loss that leaves its flow as it is. */
interface Met {
  readonly least: number;
  readonly leastN1: number;
}
