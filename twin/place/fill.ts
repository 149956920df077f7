/** Takes hosts for a gang one by one under an overlay, and remembers what stood in the way. */
import { KIND_INDEX } from '../tables/kinds.ts';
import type { Candidates } from './candidates.ts';
import { planeOf } from './model.ts';
import { type GangNeed, gpusOf, podsIn } from './need.ts';
import type { OverlayMark } from './overlay.ts';
import type { Violation } from './plane-overlay.ts';
import type { Scene } from './scene.ts';

export interface Taken {
  /** Place in the host table. */
  readonly host: number;
  gpus: number;
  addedW: number;
}

/** A limit that kept pods out, and how many it kept out. */
export interface Blocked {
  readonly violation: Violation;
  /** Place in the host table of the first host it kept out. */
  readonly host: number;
  pods: number;
}

type Closable = 'power' | 'cooling';

/** In a domain this often the child that fits best is tried before the children run in order. */
const BEST_FIT_TRIES = 4;

export class Fill {
  readonly taken = new Map<number, Taken>();
  readonly blocked = new Map<string, Blocked>();
  readonly #scene: Scene;
  readonly #candidates: Candidates;
  readonly #need: GangNeed;
  readonly #start: OverlayMark;
  /** Positions that refused one pod, or hang on one that did, to the key of what blocked them. */
  readonly #closed: Readonly<Record<Closable, Map<number, string>>>;
  #chunk = 0;

  constructor(scene: Scene, candidates: Candidates, need: GangNeed) {
    this.#scene = scene;
    this.#candidates = candidates;
    this.#need = need;
    this.#start = scene.overlay.mark();
    this.#closed = { power: new Map(), cooling: new Map() };
  }

  get gpus(): number {
    let sum = 0;
    for (const taken of this.taken.values()) sum += taken.gpus;
    return sum;
  }

  /** @returns whether all of the gang found a place in the domain; what did is kept either way. */
  fill(domain: number): boolean {
    const { groups, spread } = this.#need;
    for (const group of groups) {
      this.#recount(group.gpus);
      if (spread === 'spread') this.#takeInTurn(group.count);
      else this.#takeIn(domain, group.count);
    }
    const isAll = this.gpus === gpusOf(this.#need);
    const violation = isAll ? this.#scene.overlay.settle() : undefined;
    if (!violation) return isAll;
    const [last] = [...this.taken.keys()].slice(-1);
    this.#note(violation, last, 1);
    return false;
  }

  undo() {
    this.#scene.overlay.undo(this.#start);
    this.taken.clear();
    this.#closed.power.clear();
    this.#closed.cooling.clear();
  }

  /** Pods of this size that every host and domain could still hold by its free GPUs. */
  #recount(chunk: number) {
    this.#chunk = chunk;
    const { cap, domainCap, hosts, topology } = this.#scene.model;
    domainCap.fill(0);
    cap.fill(0);
    for (const i of this.#candidates.list) {
      cap[i] = podsIn(this.#freeOf(i), chunk, this.#need.onePerHost);
      domainCap[topology.parent[hosts.firstHost + i]] += cap[i];
    }
    for (let e = domainCap.length - 1; e > 0; e--) {
      if (topology.parent[e] >= 0) domainCap[topology.parent[e]] += domainCap[e];
    }
  }

  #freeOf(i: number): number {
    const taken = this.taken.get(i)?.gpus ?? 0;
    return this.#need.onePerHost && taken > 0 ? 0 : this.#candidates.free[i] - taken;
  }

  #capOf(entity: number): number {
    const { cap, domainCap, hosts } = this.#scene.model;
    return entity < domainCap.length ? domainCap[entity] : cap[entity - hosts.firstHost];
  }

  /** Children of a domain that could hold pods, those with least room first. */
  #childrenOf(domain: number): number[] {
    const { topology, domainCap } = this.#scene.model;
    const found: number[] = [];
    for (let i = topology.childStart[domain]; i < topology.childStart[domain + 1]; i++) {
      const child = topology.childList[i];
      const isPlace = child < domainCap.length || topology.kind[child] === KIND_INDEX.host;
      if (isPlace && this.#capOf(child) > 0) found.push(child);
    }
    // Of equals the first in storage order stands last, since the list is taken from its end.
    return found.sort((a, b) => this.#capOf(a) - this.#capOf(b) || b - a);
  }

  /**
   * Takes up to `pods` in a domain: the smallest child that holds all of the rest, else the largest,
   * so that a gang touches few domains and leaves large holes whole.
   * @returns pods taken
   */
  #takeIn(domain: number, pods: number): number {
    const { topology, hosts } = this.#scene.model;
    if (topology.kind[domain] === KIND_INDEX.host) {
      return this.#takeHost(domain - hosts.firstHost, Math.min(pods, this.#capOf(domain)));
    }
    const children = this.#childrenOf(domain);
    let left = pods;
    let bestFits = 0;
    while (left > 0 && children.length > 0) {
      const largest = this.#capOf(children[children.length - 1]);
      let at = children.length - 1;
      if (largest >= left && bestFits < BEST_FIT_TRIES) {
        const least = this.#capOf(children.find(c => this.#capOf(c) >= left) as number);
        at = children.findLastIndex(child => this.#capOf(child) === least);
        bestFits++;
      }
      const [child] = children.splice(at, 1);
      left -= this.#takeIn(child, Math.min(left, this.#capOf(child)));
    }
    return pods - left;
  }

  /** One pod a host in rounds over the racks, until all are placed or none finds a place. */
  #takeInTurn(pods: number) {
    const { cap, hosts } = this.#scene.model;
    const seen = new Map<number, number>();
    const order: { host: number; turn: number }[] = [];
    for (const i of this.#candidates.list) {
      if (cap[i] === 0) continue;
      const turn = seen.get(hosts.rack[i]) ?? 0;
      seen.set(hosts.rack[i], turn + 1);
      order.push({ host: i, turn });
    }
    order.sort((a, b) => a.turn - b.turn || a.host - b.host);
    let left = pods;
    for (let round = 0; left > 0; round++) {
      let placed = 0;
      for (const { host } of order) {
        if (placed >= left) break;
        if (cap[host] > round) placed += this.#takeHost(host, 1);
      }
      if (placed === 0) return;
      left -= placed;
    }
  }

  /** As many of the pods as the host and all that supplies it bear. */
  #takeHost(i: number, pods: number): number {
    const { overlay } = this.#scene;
    const closedBy = this.#closedBy(i);
    if (closedBy !== undefined) {
      (this.blocked.get(closedBy) as Blocked).pods += pods;
      return 0;
    }
    let violation: Violation | undefined;
    for (let n = pods; n > 0; n--) {
      const mark = overlay.mark();
      const powerW = this.#addedW(i, n * this.#chunk);
      const found = overlay.addHost(i, powerW);
      if (!found) {
        this.#keep(i, n, powerW);
        if (violation) this.#note(violation, i, pods - n);
        return n;
      }
      overlay.undo(mark);
      violation = found;
    }
    if (violation) {
      const key = this.#note(violation, i, pods);
      this.#closed[violation.plane as Closable].set(violation.position, key);
    }
    return 0;
  }

  #keep(i: number, pods: number, powerW: number) {
    const taken = this.taken.get(i) ?? { host: i, gpus: 0, addedW: 0 };
    taken.gpus += pods * this.#chunk;
    taken.addedW += powerW;
    this.taken.set(i, taken);
  }

  /**
   * Power that `gpus` more busy GPUs add to a host: each from idle to its maximum, on top of what
   * the host draws now, but never past what a machine of its class can draw.
   */
  #addedW(i: number, gpus: number): number {
    const { model, overlay } = this.#scene;
    const { perGpuW, maxW, powerPosition } = model.hosts;
    if (powerPosition[i] < 0) return 0;
    const roomW = Math.max(0, maxW[i] - overlay.power.load(powerPosition[i]));
    return Math.min(gpus * perGpuW[i], roomW);
  }

  #note(violation: Violation, host: number, pods: number): string {
    const key = `${violation.plane}:${violation.position}:${violation.slot}`;
    const known = this.blocked.get(key);
    if (known) known.pods += pods;
    else this.blocked.set(key, { violation, host, pods });
    return key;
  }

  /**
   * Key of the full layer that a host hangs on. A layer that has refused one pod is taken as full
   * for the rest of the fill: loads only grow, and its hosts are mostly alike.
   */
  #closedBy(i: number): string | undefined {
    const { powerPosition, coolingPosition } = this.#scene.model.hosts;
    const { power, cooling } = this.#closed;
    return (
      (power.size > 0 ? this.#closedAt('power', powerPosition[i]) : undefined) ??
      (cooling.size > 0 ? this.#closedAt('cooling', coolingPosition[i]) : undefined)
    );
  }

  #closedAt(plane: Closable, p: number): string | undefined {
    if (p < 0) return undefined;
    const closed = this.#closed[plane];
    const known = closed.get(p);
    if (known !== undefined) return known;
    const { shares } = planeOf(plane, this.#scene.overlay).results;
    const { parentStart, parents } = planeOf(plane, this.#scene.overlay).shape.plane;
    for (let e = parentStart[p]; e < parentStart[p + 1]; e++) {
      const key = shares[e] > 0 ? this.#closedAt(plane, parents[e]) : undefined;
      if (key === undefined) continue;
      closed.set(p, key);
      return key;
    }
    return undefined;
  }
}
