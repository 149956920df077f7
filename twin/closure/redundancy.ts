/**
 * Single losses and who takes over. A junction is anything with two or more suppliers. When the
 * chain behind one of them is lost, its part moves to the others, and adds to everything upstream
 * of them that is not also upstream of the loss.
 *
 * A slot is one (carrier, loss): the extra load that the carrier gets when that one thing is lost.
 * For 2N there is one slot a carrier; for N+1 one for each of the other members.
 */
import type { Plane } from '../topology/plane.ts';

export interface Redundancy {
  readonly slotCount: number;
  /** Position that carries, and position that is lost. Slots run from consumers to sources. */
  readonly carrier: Int32Array;
  readonly loss: Int32Array;
  /** Slots of position `p`: `slotList[slotStart[p] .. slotStart[p + 1])`. */
  readonly slotStart: Int32Array;
  readonly slotList: Int32Array;
  /** What flows into slot `s` straight from junctions: entries `directStart[s] ..`. */
  readonly directStart: Int32Array;
  readonly junction: Int32Array;
  /** Part of the junction's draw that the carrier takes over on top of its own share. */
  readonly takenShare: Float64Array;
  /** Share of the junction on the carrier after the loss. */
  readonly newShare: Float64Array;
  /** What flows into slot `s` from the slots of the carriers below: entries `belowStart[s] ..`. */
  readonly belowStart: Int32Array;
  readonly belowSlot: Int32Array;
  readonly belowShare: Float64Array;
  /** The same two relations from the consumer's side, for the pass that goes down. */
  readonly takeoverStart: Int32Array;
  readonly takeoverEntry: Int32Array;
  readonly aboveStart: Int32Array;
  readonly aboveSlot: Int32Array;
  readonly aboveShare: Float64Array;
  /** Slot of each `direct` entry, to go from a junction to its slots. */
  readonly directSlot: Int32Array;
}

interface Direct {
  readonly slot: number;
  readonly junction: number;
  readonly takenShare: number;
  readonly newShare: number;
}

interface Link {
  readonly slot: number;
  readonly above: number;
  readonly share: number;
}

export function buildRedundancy(plane: Plane): Redundancy {
  const builder = new SlotBuilder(plane);
  for (let p = plane.count - 1; p >= 0; p--) builder.addJunction(p);
  return builder.finish();
}

class SlotBuilder {
  readonly plane: Plane;
  /** Position that every supply path of `p` runs through just above it, or -1. */
  readonly soleSupplier: Int32Array;
  readonly slotOf = new Map<number, number>();
  readonly carriers: number[] = [];
  readonly losses: number[] = [];
  readonly directs: Direct[] = [];
  readonly links: Link[] = [];

  constructor(plane: Plane) {
    this.plane = plane;
    this.soleSupplier = new Int32Array(plane.count).fill(-1);
    for (let p = 0; p < plane.count; p++) {
      const edges = this.supplyEdges(p);
      if (edges.length === 1) this.soleSupplier[p] = plane.parents[edges[0]];
    }
  }

  supplyEdges(p: number): number[] {
    const { parentStart, isAccounting } = this.plane;
    const edges: number[] = [];
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) if (!isAccounting[e]) edges.push(e);
    return edges;
  }

  /** `p` and what it hangs on alone: the loss of any of these is the loss of `p`. */
  chain(p: number): number[] {
    const chain: number[] = [];
    for (let at = p; at >= 0; at = this.soleSupplier[at]) chain.push(at);
    return chain;
  }

  addJunction(p: number) {
    const edges = this.supplyEdges(p);
    if (edges.length < 2) return;
    const { parents } = this.plane;
    const chains = edges.map(e => this.chain(parents[e]));
    for (const loss of worstLosses(chains)) {
      const alive = edges.filter((_, i) => !chains[i].includes(loss));
      this.moveLoad(p, edges, alive, loss);
    }
  }

  moveLoad(junction: number, edges: number[], alive: number[], loss: number) {
    const { parents, shares } = this.plane;
    const total = edges.reduce((sum, e) => sum + shares[e], 0);
    const left = alive.reduce((sum, e) => sum + shares[e], 0);
    for (const e of alive) {
      // Standby suppliers have no share until they are all that is left.
      const newShare = left > 0 ? (total * shares[e]) / left : total / alive.length;
      const slot = this.slot(parents[e], loss);
      this.directs.push({ slot, junction, takenShare: newShare - shares[e], newShare });
    }
  }

  /** The slot of a carrier for a loss; made with all slots upstream of it when it is new. */
  slot(carrier: number, loss: number): number {
    const key = carrier * this.plane.count + loss;
    const known = this.slotOf.get(key);
    if (known !== undefined) return known;
    const slot = this.carriers.length;
    this.slotOf.set(key, slot);
    this.carriers.push(carrier);
    this.losses.push(loss);
    const upstreamOfLoss = this.upstream(loss);
    for (const e of this.supplyEdges(carrier)) {
      const parent = this.plane.parents[e];
      if (upstreamOfLoss.has(parent) || this.plane.shares[e] === 0) continue;
      const above = this.slot(parent, loss);
      this.links.push({ slot, above, share: this.plane.shares[e] });
    }
    return slot;
  }

  readonly upstreamOf = new Map<number, Set<number>>();

  /** Everything that supplies `p`, directly or not: load that moves away from below it comes back. */
  upstream(p: number): Set<number> {
    let found = this.upstreamOf.get(p);
    if (found) return found;
    found = new Set();
    for (const e of this.supplyEdges(p)) {
      const parent = this.plane.parents[e];
      found.add(parent);
      for (const further of this.upstream(parent)) found.add(further);
    }
    this.upstreamOf.set(p, found);
    return found;
  }

  finish(): Redundancy {
    const order = this.carriers
      .map((_, s) => s)
      .sort((a, b) => this.carriers[b] - this.carriers[a]);
    const rank = new Int32Array(order.length);
    order.forEach((slot, at) => {
      rank[slot] = at;
    });
    const directs = this.directs.map(d => ({ ...d, slot: rank[d.slot] }));
    directs.sort((a, b) => a.slot - b.slot || a.junction - b.junction);
    const links = this.links.map(l => ({
      slot: rank[l.slot],
      above: rank[l.above],
      share: l.share,
    }));
    const below = [...links].sort((a, b) => a.above - b.above || a.slot - b.slot);
    const above = [...links].sort((a, b) => a.slot - b.slot || a.above - b.above);
    const takeovers = directs
      .map((_, i) => i)
      .sort((a, b) => directs[a].junction - directs[b].junction);
    const carrier = Int32Array.from(order, slot => this.carriers[slot]);
    const byCarrier = order.map((_, at) => at).sort((a, b) => carrier[a] - carrier[b] || a - b);
    const slots = order.length;
    const positions = this.plane.count;
    return {
      slotCount: slots,
      carrier,
      loss: Int32Array.from(order, slot => this.losses[slot]),
      slotStart: starts(byCarrier, positions, at => carrier[at]),
      slotList: Int32Array.from(byCarrier),
      directStart: starts(directs, slots, d => d.slot),
      directSlot: Int32Array.from(directs, d => d.slot),
      junction: Int32Array.from(directs, d => d.junction),
      takenShare: Float64Array.from(directs, d => d.takenShare),
      newShare: Float64Array.from(directs, d => d.newShare),
      belowStart: starts(below, slots, l => l.above),
      belowSlot: Int32Array.from(below, l => l.slot),
      belowShare: Float64Array.from(below, l => l.share),
      takeoverStart: starts(takeovers, positions, i => directs[i].junction),
      takeoverEntry: Int32Array.from(takeovers),
      aboveStart: starts(above, slots, l => l.slot),
      aboveSlot: Int32Array.from(above, l => l.above),
      aboveShare: Float64Array.from(above, l => l.share),
    };
  }
}

/**
 * The losses that matter to a junction: for each pair of its suppliers the furthest thing upstream
 * of the one that the other does not hang on. Anything nearer takes less away.
 */
function worstLosses(chains: readonly number[][]): Set<number> {
  const worst = new Set<number>();
  for (const chain of chains) {
    for (const other of chains) {
      const apart = chain.filter(p => !other.includes(p));
      if (apart.length > 0) worst.add(apart[apart.length - 1]);
    }
  }
  return worst;
}

/** Start of each key's run in a list sorted by that key. */
function starts<T>(sorted: readonly T[], count: number, keyOf: (item: T) => number): Int32Array {
  const start = new Int32Array(count + 1);
  for (const item of sorted) start[keyOf(item) + 1]++;
  for (let i = 0; i < count; i++) start[i + 1] += start[i];
  return start;
}
