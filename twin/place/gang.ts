/**
 * Finds a place for a gang: all of it or nothing, in the smallest domain that holds it. Greedy and
 * deterministic: "fits" is certain, while a refusal says how much this search could place.
 */
import type { Layer } from '../closure/explain.ts';
import { FABRICS } from '../tables/fabrics.ts';
import { KIND_INDEX, KINDS, type Kind } from '../tables/kinds.ts';
import type { Candidates } from './candidates.ts';
import { chainTo } from './chain.ts';
import { type Blocked, Fill, type Taken } from './fill.ts';
import { type GangNeed, gpusOf, podsIn } from './need.ts';
import type { Scene } from './scene.ts';

/** Smallest domain around all GPUs of a gang; an island reaches each of its GPUs over NVLink. */
type TopologyLevel = 'island' | 'host' | 'rack' | 'row' | 'hall' | 'site';

export interface GangResult {
  readonly fits: boolean;
  /** What was taken; of a refused gang nothing stays taken, this says how far it got. */
  readonly taken: readonly Taken[];
  readonly gpus: number;
  readonly level: TopologyLevel | undefined;
  /** Innermost containment entity around all that was taken. */
  readonly domain: number | undefined;
  /** Limits that kept pods out at the last try, the one that kept out most first. */
  readonly blocked: readonly Blocked[];
  /** From a host that was refused to the first of these limits, under the loads of the last try. */
  readonly chain: readonly Layer[];
}

/** Domains of a kind that are tried before a larger kind is. */
const TRIES_PER_KIND = 8;
const DOMAIN_KINDS: readonly Kind[] = ['host', 'rack', 'row', 'hall', 'site'];

/** When the gang fits, its load stays on the scene's overlay. */
export function placeGang(scene: Scene, candidates: Candidates, need: GangNeed): GangResult {
  const fill = new Fill(scene, candidates, need);
  if (need.spread === 'pack') {
    for (const isN1Counted of [true, false]) {
      estimateFit(scene, candidates, need, isN1Counted);
      if (tryDomains(scene, candidates, need, fill)) return result(scene, fill, true);
    }
  }
  fill.blocked.clear();
  const fits = fill.fill(candidates.scope);
  const found = result(scene, fill, fits);
  const chain = found.blocked.length > 0 ? chainOf(scene, found.blocked[0]) : [];
  if (!fits) fill.undo();
  return { ...found, chain };
}

function chainOf(scene: Scene, { violation, host }: Blocked): Layer[] {
  const { hosts, overlay } = scene.model;
  if (violation.plane === 'cooling') {
    return chainTo(overlay.cooling, hosts.coolingPosition[host], violation);
  }
  return chainTo(overlay.power, hosts.powerPosition[host], violation);
}

function result(scene: Scene, fill: Fill, fits: boolean): GangResult {
  const taken = [...fill.taken.values()].map(t => ({ ...t }));
  const blocked = [...fill.blocked.values()].sort((a, b) => b.pods - a.pods);
  const domain = domainOf(scene, taken);
  const level = domain === undefined ? undefined : levelOf(scene, taken, domain);
  return { fits, taken, gpus: fill.gpus, level, domain, blocked, chain: [] };
}

function tryDomains(scene: Scene, candidates: Candidates, need: GangNeed, fill: Fill): boolean {
  const { topology } = scene.model;
  const gpus = gpusOf(need);
  const scopeKind = topology.kind[candidates.scope];
  for (const kind of DOMAIN_KINDS) {
    if (KIND_INDEX[kind] < scopeKind) break;
    const failed = new Set<number>();
    while (failed.size < TRIES_PER_KIND) {
      const domain = smallestFit(scene, KIND_INDEX[kind], gpus, failed);
      if (domain < 0) break;
      if (fill.fill(domain)) return true;
      fill.undo();
      failed.add(domain);
    }
  }
  return false;
}

/** The domain of a kind that holds the gang and has least to spare, in the fullest rack; or -1. */
function smallestFit(
  scene: Scene,
  kind: number,
  gpus: number,
  failed: ReadonlySet<number>,
): number {
  const { topology, fit, domainFit, hosts } = scene.model;
  const isHost = kind === KIND_INDEX.host;
  const list = isHost ? fit : domainFit;
  const offset = isHost ? hosts.firstHost : 0;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let leastAround = Number.POSITIVE_INFINITY;
  for (let e = topology.kindStart[kind]; e < topology.kindStart[kind + 1]; e++) {
    const room = list[e - offset];
    if (room < gpus || room > least || failed.has(e)) continue;
    const around = topology.parent[e] < 0 ? 0 : domainFit[topology.parent[e]];
    if (room === least && around >= leastAround) continue;
    best = e;
    least = room;
    leastAround = around;
  }
  return best;
}

/**
 * GPUs that every host and domain could take, by its free GPUs and by the headroom the closure has
 * left for it. Only a guide to where to try: the overlay decides.
 */
function estimateFit(scene: Scene, candidates: Candidates, need: GangNeed, isN1Counted: boolean) {
  const { hosts, topology, fit, domainFit, domainWantW } = scene.model;
  const { power, cooling } = scene.state.planes;
  const powerRoomW = isN1Counted && scene.lost === undefined ? power.headroomN1 : power.headroom;
  const chunk = need.groups[need.groups.length - 1].gpus;
  const { load } = power;
  const { added } = scene.overlay.power;
  domainFit.fill(0);
  domainWantW.fill(0);
  fit.fill(0);
  for (const i of candidates.list) {
    const pods = podsIn(candidates.free[i], chunk, need.onePerHost);
    const p = hosts.powerPosition[i];
    const c = hosts.coolingPosition[i];
    let wantW = 0;
    let roomW = Number.POSITIVE_INFINITY;
    if (p >= 0) {
      const spareW = Math.max(0, hosts.maxW[i] - load[p] - added[p]);
      wantW = Math.min(pods * chunk * hosts.perGpuW[i], spareW);
      roomW = powerRoomW[p];
    }
    if (c >= 0) roomW = Math.min(roomW, cooling.headroom[c]);
    fit[i] = chunk * (wantW <= roomW ? pods : Math.max(0, Math.floor((pods * roomW) / wantW)));
    const rack = topology.parent[hosts.firstHost + i];
    domainFit[rack] += fit[i];
    domainWantW[rack] += wantW;
  }
  for (let e = domainFit.length - 1; e >= 0; e--) {
    if (domainFit[e] === 0) continue;
    const p = topology.planes.power.positionOf[e];
    const c = topology.planes.cooling.positionOf[e];
    const roomW = Math.min(
      p < 0 ? Number.POSITIVE_INFINITY : powerRoomW[p],
      c < 0 ? Number.POSITIVE_INFINITY : cooling.headroom[c],
    );
    if (domainWantW[e] > roomW) {
      domainFit[e] = Math.max(0, Math.floor((domainFit[e] * roomW) / domainWantW[e]));
      domainWantW[e] = Math.max(0, roomW);
    }
    if (topology.parent[e] < 0) continue;
    domainFit[topology.parent[e]] += domainFit[e];
    domainWantW[topology.parent[e]] += domainWantW[e];
  }
}

const ISLAND_IN_RACK = new Set(
  FABRICS.filter(row => row.island === 'rack').map(row => row.hostClass),
);

function domainOf(scene: Scene, taken: readonly Taken[]): number | undefined {
  const { topology, hosts } = scene.model;
  let domain: number | undefined;
  for (const { host } of taken) {
    let other = hosts.firstHost + host;
    domain ??= other;
    // Containers stand before what they contain, so the later of two is never the outer one.
    while (domain !== other) {
      if (domain > other) domain = topology.parent[domain];
      else other = topology.parent[other];
    }
  }
  return domain;
}

function levelOf(scene: Scene, taken: readonly Taken[], domain: number): TopologyLevel {
  const { topology, hosts } = scene.model;
  const level = KINDS[topology.kind[domain]].id as TopologyLevel;
  if (level === 'host') {
    const islands = topology.fabric.islands(domain);
    const largest = Math.max(...islands.map(island => island.length));
    return largest > 1 && taken[0].gpus <= largest ? 'island' : 'host';
  }
  const isIsland = taken.every(({ host }) =>
    ISLAND_IN_RACK.has(topology.classes[topology.classIndex[hosts.firstHost + host]]?.id ?? ''),
  );
  return level === 'rack' && isIsland ? 'island' : level;
}
