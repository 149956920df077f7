/** Where the hosts of a job meet in the network, how long a way that is, and how narrow. */
import { CONSTANTS } from '../../tables/constants.ts';
import { KINDS, type Kind } from '../../tables/kinds.ts';
import { NETWORK } from '../../tables/physics/network.ts';
import { networkPath } from '../../topology/distance.ts';
import type { Topology } from '../../topology/topology.ts';

export interface TierPath {
  /** Kind of the highest switch on the way; `host` where there is but one host. */
  readonly meetsAt: Kind;
  readonly switchHops: number;
  /** One way, with the adapters at both ends. */
  readonly latencyS: number;
  /** Bandwidth into the switches over bandwidth out, multiplied over the layers climbed; >= 1. */
  readonly oversubscription: number;
}

/**
 * One-way latency between two adapters, s: `2 adapters + hops + 5 us a km`.
 * @param switchHops switches passed
 * @throws RangeError if hops or length are negative
 */
export function pathLatencyS(switchHops: number, lengthM = 0): number {
  if (!(switchHops >= 0)) throw new RangeError(`switchHops: ${switchHops}`);
  if (!(lengthM >= 0)) throw new RangeError(`lengthM: ${lengthM}`);
  const { nicLatencyS, switchHopS } = NETWORK;
  const cableS = lengthM * CONSTANTS.fibreLatencySPerM.value;
  return 2 * nicLatencyS.value + switchHops * switchHopS.value + cableS;
}

/** The way between two hosts, or undefined where the network plane has none. */
export function tierPath(topology: Topology, from: number, to: number): TierPath | undefined {
  if (from === to) return { meetsAt: 'host', switchHops: 0, latencyS: 0, oversubscription: 1 };
  const path = networkPath(topology, from, to);
  if (!path) return undefined;
  const switches = path.entities.slice(1, -1);
  const top = switches.reduce((a, b) => (rankOf(topology, b) < rankOf(topology, a) ? b : a));
  const turn = switches.indexOf(top);
  const narrow = (side: readonly number[]) =>
    side.reduce((product, entity) => product * oversubscriptionOf(topology, entity), 1);
  return {
    meetsAt: KINDS[topology.kind[top]].id,
    switchHops: switches.length,
    latencyS: path.latencyS + 2 * NETWORK.nicLatencyS.value,
    oversubscription: Math.max(narrow(switches.slice(0, turn)), narrow(switches.slice(turn + 1))),
  };
}

/** Switch kinds stand in storage order from the spine down to the TOR. */
const rankOf = (topology: Topology, entity: number) => topology.kind[entity];

/** Of one switch as its class is wired; 1 where the class does not say. */
function oversubscriptionOf(topology: Topology, entity: number): number {
  const figures = topology.classes[topology.classIndex[entity]]?.figures;
  const down = figures?.downlinkBytesPerS?.value;
  const up = figures?.uplinkBytesPerS?.value;
  return down === undefined || !up ? 1 : Math.max(1, down / up);
}

/**
 * The longest and narrowest way between hosts of a job. In a network of layers every host meets the
 * first one at or below the place where all meet, so the ways from the first tell.
 * @returns undefined where two of the hosts have no way to each other
 * @throws RangeError if there is no host
 */
export function placementTier(topology: Topology, hosts: readonly number[]): TierPath | undefined {
  const [first] = hosts;
  if (first === undefined) throw new RangeError('hosts: none; name at least one');
  const paths = apartFrom(topology, first, hosts).map(host => tierPath(topology, first, host));
  if (paths.some(path => path === undefined)) return undefined;
  const known = paths as readonly TierPath[];
  const worst = known.reduce((a, b) => (b.latencyS > a.latencyS ? b : a));
  const oversubscription = Math.max(...known.map(path => path.oversubscription));
  return { ...worst, oversubscription };
}

/** One host for each set of switches that hosts hang on: the others have the same way. */
function apartFrom(topology: Topology, first: number, hosts: readonly number[]): number[] {
  const { positionOf, parentStart, parents } = topology.planes.network;
  const seen = new Set<string>();
  return hosts.filter(host => {
    if (host === first) return true;
    const p = positionOf[host];
    const switches = p < 0 ? host : parents.subarray(parentStart[p], parentStart[p + 1]).join();
    const key = String(switches);
    return !seen.has(key) && seen.add(key);
  });
}
