/**
 * Headroom under an overlay, for the positions it touches: what `passHeadroom` and `passHeadroomN1`
 * give for them. All suppliers of a touched position are touched, so nothing else is needed.
 */
import { marginalDraw } from '../closure/losses.ts';
import type { PlaneOverlay } from './plane-overlay.ts';

export interface AfterHeadroom {
  /** By position; only touched ones are there. */
  readonly headroom: ReadonlyMap<number, number>;
  readonly headroomN1: ReadonlyMap<number, number>;
}

/** @param overlay settled */
export function afterHeadroom(overlay: PlaneOverlay): AfterHeadroom {
  const after = new After(overlay);
  const positions = Int32Array.from(overlay.touched.list).sort();
  for (const p of positions) after.headroom.set(p, after.headroomOf(p));
  const slots = Int32Array.from(overlay.touchedSlots.list).sort();
  // Slots run from consumers to sources, so that sources first is backwards.
  for (let i = slots.length - 1; i >= 0; i--) after.slots.set(slots[i], after.slotOf(slots[i]));
  for (const p of positions) after.headroomN1.set(p, after.headroomN1Of(p));
  return after;
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
    let least = limit[p] - this.#o.load(p);
    this.#eachAbove(p, (parent, part) => {
      least = Math.min(least, (this.headroom.get(parent) ?? headroom[parent]) / part);
    });
    const plain = this.#plainOf(p);
    return plain < 0 ? least : Math.min(least, this.#met(plain).least / this.#draw(p));
  }

  #draw(p: number): number {
    return marginalDraw(this.#o.shape.losses, p, this.#o.load(p));
  }

  /** Calls with each layer right above `p` and the part of one more watt at `p` that it gets. */
  #eachAbove(p: number, visit: (parent: number, part: number) => void) {
    const { parentStart, parents, isAccounting } = this.#o.shape.plane;
    const isMet = this.#plainOf(p) >= 0;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      if (isMet && isAccounting[e] === 0) continue;
      const part = this.#o.results.shares[e] * (isAccounting[e] ? 1 : this.#draw(p));
      if (part > 0) visit(parents[e], part);
    }
  }

  slotOf(s: number): number {
    const { aboveStart, aboveSlot, aboveShare, carrier } = this.#o.shape.redundancy;
    const p = carrier[s];
    const load = this.#o.load(p) + this.#o.extra(s);
    const draw = marginalDraw(this.#o.shape.losses, p, load);
    const own = this.#o.results.limit[p] - load;
    const meeting = this.#o.shape.confluences.ofSlot[s];
    if (meeting >= 0) return Math.min(own, this.#met(meeting).least / draw);
    let least = own;
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
    this.#eachAbove(p, (parent, part) => {
      least = Math.min(least, (this.headroomN1.get(parent) ?? headroomN1[parent]) / part);
    });
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      least = Math.min(least, this.#slotAt(slotList[i]));
    }
    for (let i = takeoverStart[group]; i < takeoverStart[group + 1]; i++) {
      const entry = takeoverEntry[i];
      if (confluences.isMet[entry] === 1) continue;
      least = Math.min(least, this.#slotAt(directSlot[entry]) / (newShare[entry] * draw));
    }
    for (let i = confluences.lossStart[group]; i < confluences.lossStart[group + 1]; i++) {
      least = Math.min(least, this.#met(confluences.lossList[i]).least / draw);
    }
    const plain = this.#plainOf(p);
    return plain < 0 ? least : Math.min(least, this.#met(plain).leastN1 / draw);
  }

  #met(c: number): Met {
    const known = this.#confluences.get(c) ?? this.#workOut(c);
    this.#confluences.set(c, known);
    return known;
  }

  /** As `workOutConfluence`, with the loads of the overlay. */
  #workOut(c: number): Met {
    const t = this.#o.shape.confluences;
    const flow = new Map<number, number>();
    for (let i = t.stepStart[c]; i < t.stepStart[c + 1]; i++) {
      const [from, to, slot] = [t.stepFrom[i], t.stepTo[i], t.stepSlot[i]];
      const carried = from < 0 ? 0 : this.#o.load(from) + (slot < 0 ? 0 : this.#o.extra(slot));
      const draw = from < 0 ? 1 : marginalDraw(this.#o.shape.losses, from, carried);
      const edge = t.stepEdge[i];
      const share = edge < 0 ? t.stepShare[i] : this.#o.results.shares[edge];
      const part = (from < 0 ? 1 : (flow.get(from) ?? 0)) * draw * share;
      flow.set(to, (flow.get(to) ?? 0) + part);
    }
    let least = Number.POSITIVE_INFINITY;
    let leastN1 = Number.POSITIVE_INFINITY;
    for (let i = t.reachedStart[c]; i < t.reachedStart[c + 1]; i++) {
      const [p, slot] = [t.reachedPosition[i], t.reachedSlot[i]];
      const part = flow.get(p) as number;
      if (part === 0) continue;
      const margin = this.#o.results.limit[p] - this.#o.load(p);
      least = Math.min(least, (margin - (slot < 0 ? 0 : this.#o.extra(slot))) / part);
      leastN1 = Math.min(leastN1, (margin - this.#mostExtra(p)) / part);
    }
    return { least, leastN1 };
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
