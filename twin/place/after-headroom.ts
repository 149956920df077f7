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
  const positions = Int32Array.from(overlay.touched.list).sort();
  const headroom = new Map<number, number>();
  for (const p of positions) headroom.set(p, headroomOf(overlay, headroom, p));
  const slots = Int32Array.from(overlay.touchedSlots.list).sort();
  const slotHeadroom = new Map<number, number>();
  for (let i = slots.length - 1; i >= 0; i--) {
    slotHeadroom.set(slots[i], slotHeadroomOf(overlay, slotHeadroom, slots[i]));
  }
  const headroomN1 = new Map<number, number>();
  for (const p of positions) {
    headroomN1.set(p, headroomN1Of(overlay, headroomN1, slotHeadroom, p));
  }
  return { headroom, headroomN1 };
}

/** Calls with each supplier of `p` and the part of one more watt at `p` that arrives there. */
function eachSupplier(o: PlaneOverlay, p: number, visit: (parent: number, part: number) => void) {
  const { parentStart, parents, isAccounting } = o.shape.plane;
  const draw = marginalDraw(o.shape.losses, p, o.load(p));
  for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
    const part = o.results.shares[e] * (isAccounting[e] ? 1 : draw);
    if (part > 0) visit(parents[e], part);
  }
}

function headroomOf(o: PlaneOverlay, done: ReadonlyMap<number, number>, p: number): number {
  let least = o.results.limit[p] - o.load(p);
  eachSupplier(o, p, (parent, part) => {
    least = Math.min(least, (done.get(parent) ?? o.results.headroom[parent]) / part);
  });
  return least;
}

function slotHeadroomOf(o: PlaneOverlay, done: ReadonlyMap<number, number>, s: number): number {
  const { aboveStart, aboveSlot, aboveShare, carrier } = o.shape.redundancy;
  const p = carrier[s];
  const load = o.load(p) + o.extra(s);
  const draw = marginalDraw(o.shape.losses, p, load);
  let least = o.results.limit[p] - load;
  for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
    const above = done.get(aboveSlot[i]) ?? o.results.slotHeadroom[aboveSlot[i]];
    least = Math.min(least, above / (aboveShare[i] * draw));
  }
  return least;
}

function headroomN1Of(
  o: PlaneOverlay,
  done: ReadonlyMap<number, number>,
  slots: ReadonlyMap<number, number>,
  p: number,
): number {
  const { redundancy } = o.shape;
  const { slotStart, slotList, takeoverStart, takeoverEntry, directSlot, newShare } = redundancy;
  const group = redundancy.groupOf[p];
  const slotAt = (s: number) => slots.get(s) ?? o.results.slotHeadroom[s];
  const draw = marginalDraw(o.shape.losses, p, o.load(p));
  let least = o.results.limit[p] - o.load(p);
  eachSupplier(o, p, (parent, part) => {
    least = Math.min(least, (done.get(parent) ?? o.results.headroomN1[parent]) / part);
  });
  for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
    least = Math.min(least, slotAt(slotList[i]));
  }
  for (let i = takeoverStart[group]; i < takeoverStart[group + 1]; i++) {
    const share = newShare[takeoverEntry[i]] * draw;
    if (share > 0) least = Math.min(least, slotAt(directSlot[takeoverEntry[i]]) / share);
  }
  return least;
}
