/**
 * Changes of load laid over the published results of one plane, which stay as they are: only the
 * positions and slots that a change reaches are worked out. After `settle` the loads and the extra
 * loads of all slots of the touched carriers are those that the full closure gives.
 */
import { worstExtra } from '../closure/extra-loads.ts';
import { drawn } from '../closure/losses.ts';
import type { PlaneResults } from '../closure/pass.ts';
import type { PlaneShape } from '../closure/shape.ts';
import type { PlaneId } from '../topology/plane.ts';
import { Touched, Waiting } from './ordered-set.ts';

/** The first layer that a change takes past its limit; loads in the unit of the plane. */
export interface Violation {
  readonly plane: PlaneId;
  readonly position: number;
  /** Slot under whose loss the limit is passed; -1: with everything in service. */
  readonly slot: number;
  /** Load (with the extra of the slot) as published, and with the change. */
  readonly before: number;
  readonly after: number;
  readonly limit: number;
}

/** A point to come back to. */
export interface Mark {
  readonly log: number;
  readonly touched: number;
  readonly touchedSlots: number;
}

/** Rounding of sums of thousands of loads must not refuse what fits exactly. */
const RELATIVE_SLACK = 1e-9;

export class PlaneOverlay {
  readonly shape: PlaneShape;
  readonly touched: Touched;
  readonly touchedSlots: Touched;
  /** Change of load of each position, and of the extra load of each slot. */
  readonly added: Float64Array;
  readonly addedExtra: Float64Array;
  #r!: PlaneResults;
  /** Load with the extra of any one loss must stay within; Infinity where that is not demanded. */
  #limitN1!: Float64Array;
  /** Part of a slot's change that its carriers' suppliers have been given already. */
  readonly #passedOn: Float64Array;
  /** Change of a position's draw that its slots have not been given yet. */
  readonly #owed: Float64Array;
  /** Whether any loss is judged; if not, the slots wait until `settle`. */
  #isJudgedN1 = false;
  readonly #incoming: Float64Array;
  readonly #incomingExtra: Float64Array;
  readonly #waiting: Waiting;
  /** Slots as `slotCount - 1 - slot`: they run from consumers to sources, so the first come first. */
  readonly #waitingSlots: Waiting;
  /** Runs of three: index (a slot as its complement) and the two values it had. */
  readonly #log: number[] = [];
  #hasRelief = false;

  constructor(shape: PlaneShape) {
    const { count } = shape.plane;
    const { slotCount } = shape.redundancy;
    this.shape = shape;
    this.touched = new Touched(count);
    this.touchedSlots = new Touched(slotCount);
    this.added = new Float64Array(count);
    this.addedExtra = new Float64Array(slotCount);
    this.#passedOn = new Float64Array(slotCount);
    this.#owed = new Float64Array(count);
    this.#incoming = new Float64Array(count);
    this.#incomingExtra = new Float64Array(slotCount);
    this.#waiting = new Waiting(count);
    this.#waitingSlots = new Waiting(slotCount);
  }

  /** Starts over, on top of these results. */
  begin(results: PlaneResults, limitN1: Float64Array) {
    this.undo({ log: 0, touched: 0, touchedSlots: 0 });
    this.#r = results;
    this.#limitN1 = limitN1;
    this.#isJudgedN1 = limitN1.some(Number.isFinite);
    this.#hasRelief = false;
  }

  get results(): PlaneResults {
    return this.#r;
  }

  load(p: number): number {
    return this.#r.load[p] + this.added[p];
  }

  /** Extra load of a slot's carrier under the slot's loss. */
  extra(s: number): number {
    return this.#r.slotExtra[s] + this.addedExtra[s];
  }

  mark(): Mark {
    return {
      log: this.#log.length,
      touched: this.touched.list.length,
      touchedSlots: this.touchedSlots.list.length,
    };
  }

  undo(mark: Mark) {
    while (this.#log.length > mark.log) {
      const second = this.#log.pop() as number;
      const first = this.#log.pop() as number;
      const index = this.#log.pop() as number;
      if (index >= 0) {
        this.added[index] = first;
        this.#owed[index] = second;
      } else {
        this.addedExtra[~index] = first;
        this.#passedOn[~index] = second;
      }
    }
    this.touched.shrinkTo(mark.touched);
    this.touchedSlots.shrinkTo(mark.touchedSlots);
  }

  /**
   * Adds `amount` (negative: takes away) at a position and at all that supplies it.
   * @returns the first limit that a rise passes; the change is then incomplete: undo it.
   */
  add(position: number, amount: number): Violation | undefined {
    if (amount < 0) this.#hasRelief = true;
    const from = this.#log.length;
    this.#incoming[position] += amount;
    this.#waiting.add(position);
    let violation: Violation | undefined;
    while (this.#waiting.size > 0) {
      const p = this.#waiting.takeLargest();
      const change = this.#incoming[p];
      this.#incoming[p] = 0;
      if (violation) continue;
      this.#raise(p, change);
      if (amount > 0) violation = this.#check(p);
    }
    const to = this.#log.length;
    violation = this.#passSlots(violation, amount > 0);
    for (let i = from; i < to && !violation && amount > 0; i += 3) {
      violation = this.#checkLosses(this.#log[i]);
    }
    return violation;
  }

  /** New load of a position, and what its suppliers and those that would take over get of it. */
  #raise(p: number, change: number) {
    const { losses } = this.shape;
    const { parentStart, parents, isAccounting } = this.shape.plane;
    const before = this.load(p);
    this.#log.push(p, this.added[p], this.#owed[p]);
    this.touched.add(p);
    this.added[p] += change;
    const draw = drawn(losses, p, this.load(p)) - drawn(losses, p, before);
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const share = this.#r.shares[e];
      if (share === 0) continue;
      this.#incoming[parents[e]] += share * (isAccounting[e] ? change : draw);
      this.#waiting.add(parents[e]);
    }
    this.#owed[p] += draw;
    if (this.#isJudgedN1) this.#payOwed(p);
  }

  /** What takes over from the suppliers of `p`, and what is spared when `p` is lost, get to know. */
  #payOwed(p: number) {
    const { groupOf, takeoverStart, takeoverEntry, directSlot, takenShare } = this.shape.redundancy;
    const { sparedStart, sparedSlot, sparedShare } = this.shape.redundancy;
    const draw = this.#owed[p];
    this.#owed[p] = 0;
    const group = groupOf[p];
    for (let i = takeoverStart[group]; i < takeoverStart[group + 1]; i++) {
      const entry = takeoverEntry[i];
      this.#give(directSlot[entry], takenShare[entry] * draw);
    }
    for (let i = sparedStart[p]; i < sparedStart[p + 1]; i++) {
      this.#give(sparedSlot[i], -sparedShare[sparedSlot[i]] * draw);
    }
  }

  #give(slot: number, change: number) {
    this.#incomingExtra[slot] += change;
    if (this.#isJudgedN1) this.#waitingSlots.add(this.shape.redundancy.slotCount - 1 - slot);
    else this.touchedSlots.add(slot);
  }

  #passSlots(found: Violation | undefined, isRise: boolean): Violation | undefined {
    const { aboveStart, aboveSlot } = this.shape.redundancy;
    const last = this.shape.redundancy.slotCount - 1;
    let violation = found;
    while (this.#waitingSlots.size > 0) {
      const s = last - this.#waitingSlots.takeLargest();
      if (violation) {
        this.#incomingExtra[s] = 0;
        continue;
      }
      this.#raiseSlot(s);
      for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
        this.#waitingSlots.add(last - aboveSlot[i]);
      }
      if (isRise) violation = this.#checkSlot(s);
    }
    return violation;
  }

  /** Takes in what has come for a slot; what it passes on waits in the slots above. */
  #raiseSlot(s: number) {
    const { aboveStart, aboveSlot, aboveShare, carrier } = this.shape.redundancy;
    this.#log.push(~s, this.addedExtra[s], this.#passedOn[s]);
    this.touchedSlots.add(s);
    this.addedExtra[s] += this.#incomingExtra[s];
    this.#incomingExtra[s] = 0;
    const p = carrier[s];
    const draw =
      this.#extraDraw(p, this.load(p), this.extra(s)) -
      this.#extraDraw(p, this.#r.load[p], this.#r.slotExtra[s]);
    const change = draw - this.#passedOn[s];
    this.#passedOn[s] = draw;
    for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
      this.#incomingExtra[aboveSlot[i]] += aboveShare[i] * change;
    }
  }

  #extraDraw(p: number, load: number, extra: number): number {
    const { linear, squarePerW } = this.shape.losses;
    return extra * (1 + linear[p] + squarePerW[p] * (2 * load + extra));
  }

  /**
   * Brings every slot of the touched carriers up to date (square losses make the extra draw depend
   * on the load) and checks them all.
   */
  settle(): Violation | undefined {
    const { slotStart, slotList, aboveStart, aboveSlot } = this.shape.redundancy;
    for (const p of this.touched.list) {
      for (let i = slotStart[p]; i < slotStart[p + 1]; i++) this.touchedSlots.add(slotList[i]);
      if (this.#owed[p] === 0) continue;
      this.#log.push(p, this.added[p], this.#owed[p]);
      this.#payOwed(p);
    }
    // The list grows while it is gone through, up to the sources.
    for (const s of this.touchedSlots.list) {
      for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) this.touchedSlots.add(aboveSlot[i]);
    }
    const slots = Int32Array.from(this.touchedSlots.list).sort();
    // In their order, so that each has all from below when its turn comes.
    for (const s of slots) this.#raiseSlot(s);
    const { carrier } = this.shape.redundancy;
    for (const s of slots) {
      const isRise = this.added[carrier[s]] + this.addedExtra[s] > 0;
      const violation = isRise ? this.#checkSlot(s) : undefined;
      if (violation) return violation;
    }
    return undefined;
  }

  #check(p: number): Violation | undefined {
    const { limit, load, shape } = this.#r;
    const after = this.load(p);
    if (!passes(after, limit[p])) return undefined;
    const at = { plane: shape.plane.id, position: p, slot: -1 };
    return { ...at, before: load[p], after, limit: limit[p] };
  }

  /** The published worst extra bounds those that did not change; only when it is too much, look. */
  #checkLosses(p: number): Violation | undefined {
    const { load, slotExtra, shape } = this.#r;
    const bound = this.#limitN1[p];
    const after = this.load(p);
    if (bound === Number.POSITIVE_INFINITY) return undefined;
    if (!this.#hasRelief && !passes(after + worstExtra(this.#r, p), bound)) return undefined;
    const slot = this.#worstSlot(p);
    const extra = slot < 0 ? 0 : Math.max(0, this.extra(slot));
    if (!passes(after + extra, bound)) return undefined;
    const before = load[p] + (slot < 0 ? 0 : slotExtra[slot]);
    return { plane: shape.plane.id, position: p, slot, before, after: after + extra, limit: bound };
  }

  #worstSlot(p: number): number {
    const { slotStart, slotList } = this.shape.redundancy;
    let worst = -1;
    for (let i = slotStart[p]; i < slotStart[p + 1]; i++) {
      if (worst < 0 || this.extra(slotList[i]) > this.extra(worst)) worst = slotList[i];
    }
    return worst;
  }

  #checkSlot(s: number): Violation | undefined {
    const { load, slotExtra, shape } = this.#r;
    const position = shape.redundancy.carrier[s];
    const after = this.load(position) + this.extra(s);
    const limit = this.#limitN1[position];
    if (!passes(after, limit)) return undefined;
    const before = load[position] + slotExtra[s];
    return { plane: shape.plane.id, position, slot: s, before, after, limit };
  }
}

const passes = (load: number, limit: number) =>
  load > limit + RELATIVE_SLACK * Math.max(1, Math.abs(limit));
