/** The layers from a host to the one whose limit stood in the way, with the loads of that moment. */
import type { Layer } from '../closure/explain.ts';
import { marginalDraw } from '../closure/losses.ts';
import { isUnder, slotUnder } from '../closure/redundancy.ts';
import type { PlaneOverlay, Violation } from './plane-overlay.ts';

/**
 * From a position up to the violated one, along the heaviest of the ways that lead there; under a
 * loss, with the shares and extra loads after it. Empty when no way does.
 */
export function chainTo(overlay: PlaneOverlay, from: number, violation: Violation): Layer[] {
  const { redundancy } = overlay.shape;
  const loss = violation.slot < 0 ? -1 : redundancy.loss[violation.slot];
  const walk = new Walk(overlay, violation.position, loss);
  const steps = walk.to(from, 1);
  return (steps ?? []).map(({ position, share }) => ({
    entity: overlay.shape.plane.entities[position],
    share,
    load: overlay.load(position) + walk.extraAt(position),
    limit: overlay.results.limit[position],
  }));
}

interface Step {
  readonly position: number;
  readonly share: number;
}

class Walk {
  readonly #overlay: PlaneOverlay;
  readonly #target: number;
  readonly #loss: number;
  readonly #deadEnds = new Set<number>();

  constructor(overlay: PlaneOverlay, target: number, loss: number) {
    this.#overlay = overlay;
    this.#target = target;
    this.#loss = loss;
  }

  to(p: number, share: number): Step[] | undefined {
    if (p === this.#target) return [{ position: p, share }];
    if (p < this.#target || this.#deadEnds.has(p)) return undefined;
    for (const edge of this.#suppliers(p)) {
      const rest = this.to(edge.position, share * edge.share);
      if (rest) return [{ position: p, share }, ...rest];
    }
    this.#deadEnds.add(p);
    return undefined;
  }

  /** Suppliers with the part of one watt at `p` that each gets, the largest part first. */
  #suppliers(p: number): Step[] {
    const { parentStart, parents, isAccounting } = this.#overlay.shape.plane;
    const { losses } = this.#overlay.shape;
    const draw = marginalDraw(losses, p, this.#overlay.load(p));
    const found: Step[] = [];
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const position = parents[e];
      const share = this.#shareAfterLoss(p, position) ?? this.#overlay.results.shares[e];
      if (share > 0 && position !== this.#loss) {
        found.push({ position, share: share * (isAccounting[e] ? 1 : draw) });
      }
    }
    return found.sort((a, b) => b.share - a.share);
  }

  /** Share of `p` on a supplier that takes over under the loss. */
  #shareAfterLoss(p: number, supplier: number): number | undefined {
    if (this.#loss < 0) return undefined;
    const { redundancy } = this.#overlay.shape;
    const { takeoverStart, takeoverEntry, directSlot, newShare, carrier } = redundancy;
    const group = redundancy.groupOf[p];
    for (let i = takeoverStart[group]; i < takeoverStart[group + 1]; i++) {
      const slot = directSlot[takeoverEntry[i]];
      if (carrier[slot] === supplier && isUnder(redundancy, slot, this.#loss)) {
        return newShare[takeoverEntry[i]];
      }
    }
    return undefined;
  }

  /** Extra load of a position under the loss. */
  extraAt(p: number): number {
    const slot = slotUnder(this.#overlay.shape.redundancy, p, this.#loss);
    return slot < 0 ? 0 : this.#overlay.extra(slot);
  }
}
