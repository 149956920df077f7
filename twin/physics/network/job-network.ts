/** Groups of GPUs that talk to each other, of a job as placed on hosts of a live site. */
import type { State } from '../../state/state.ts';
import { fabricOf } from '../../tables/fabrics.ts';
import type { CollectiveRow } from '../../tables/physics/collective-rows.ts';
import { ancestorOfKind } from '../../topology/walk.ts';
import { type GpuGroup, type HostNetwork, hostBytesPerS, usualNetwork } from './group.ts';
import type { JobShape } from './job-shape.ts';
import { type HostPart, hostRates, uplinkShareBytesPerS } from './live-network.ts';
import { placementTier, type TierPath } from './tiers.ts';

/** NVLink islands of a job, each taken to be as full as the fullest and as poor as the poorest. */
export interface JobIslands {
  readonly row: CollectiveRow;
  readonly count: number;
  /** GPUs in the fullest and in the emptiest. */
  readonly gpusMax: number;
  readonly gpusMin: number;
  readonly tier: TierPath;
  /** Of one island; not needed where there is but one. */
  readonly network: HostNetwork;
}

/**
 * The islands that hosts with so many GPUs each form, and the network of the poorest as it is now.
 * @returns why there are none: hosts without a way to each other, or without a NIC that is up
 */
export function islandsOn(
  state: State,
  row: CollectiveRow,
  parts: readonly HostPart[],
): { readonly islands: JobIslands } | { readonly reason: string } {
  const { topology } = state;
  const hosts = parts.map(({ host }) => host);
  const tier = placementTier(topology, hosts);
  if (!tier) return { reason: 'some hosts have no way to each other in the network plane' };
  const islands = [...Map.groupBy(parts, ({ host }) => islandOf(state, host)).values()];
  const sizes = islands.map(each => each.reduce((sum, { gpus }) => sum + gpus, 0));
  const [gpusMax, gpusMin] = [Math.max(...sizes), Math.min(...sizes)];
  const rates = new Map(hostRates(state, parts).map(rate => [rate.host, rate]));
  const perHost = Math.min(...hosts.map(host => hostTotal(rates.get(host))));
  if (islands.length > 1 && perHost === 0) {
    const cut = hosts.find(host => hostTotal(rates.get(host)) === 0) ?? hosts[0];
    return { reason: `${topology.ids[cut]} has no NIC that is up` };
  }
  const hostsMin = Math.min(...islands.map(each => each.length));
  const isKnown = hosts.every(host => rates.has(host));
  const dma = hosts.map(host => rates.get(host)?.dmaBytesPerS ?? Number.NaN);
  const dmaBytesPerS = hostsMin * Math.min(...dma);
  const shareBytesPerS = hostsMin * uplinkShareBytesPerS(state, hosts);
  const network: HostNetwork = {
    ...(isKnown ? { nics: hostsMin, nicBytesPerS: perHost } : usualNetwork(row, gpusMax)),
    ...(dmaBytesPerS > 0 ? { dmaBytesPerS } : {}),
    // The share is of the uplinks themselves; only where it is unknown does the class's ratio count.
    ...(Number.isFinite(shareBytesPerS)
      ? { shareBytesPerS }
      : { oversubscription: tier.oversubscription }),
  };
  return { islands: { row, count: islands.length, gpusMax, gpusMin, tier, network } };
}

const hostTotal = (rate: HostNetwork | undefined) =>
  rate ? rate.nics * rate.nicBytesPerS : Number.POSITIVE_INFINITY;

/** The rack where NVLink reaches over it, else the host. */
function islandOf({ topology }: State, host: number): number {
  const fabric = fabricOf(topology.classes[topology.classIndex[host]]?.id ?? '');
  return fabric?.island === 'rack' ? ancestorOfKind(topology, host, 'rack') : host;
}

/** The best place for as many GPUs: full islands, the usual NICs, nobody else there. */
export function bestIslands(row: CollectiveRow, gpus: number, perIslandMax: number): JobIslands {
  let perIsland = Math.min(gpus, perIslandMax);
  while (gpus % perIsland !== 0) perIsland--;
  return {
    row,
    count: gpus / perIsland,
    gpusMax: perIsland,
    gpusMin: perIsland,
    tier: { meetsAt: 'host', switchHops: 0, latencyS: 0, oversubscription: 1 },
    network: usualNetwork(row, perIsland),
  };
}

/** The sharers of a layer; undefined where a layer is not shared. */
export function tensorGroup(islands: JobIslands, { tensorParallel }: JobShape) {
  return tensorParallel > 1 ? groupOf(islands, tensorParallel, 1) : undefined;
}

/** The copies of one part of the model: as many groups as parts work side by side. */
export function gradientGroup(islands: JobIslands, shape: JobShape) {
  const { dataParallel, tensorParallel } = shape;
  return dataParallel > 1 ? groupOf(islands, dataParallel, tensorParallel) : undefined;
}

/** `members` GPUs, of which `apart` neighbours stand between each two in an island. */
function groupOf(islands: JobIslands, members: number, apart: number): GpuGroup {
  const { row, gpusMax, network, count } = islands;
  const here = Math.max(1, Math.floor(gpusMax / apart));
  const gpusPerHost = count === 1 ? members : Math.min(members, here);
  const hosts = Math.ceil(members / gpusPerHost);
  if (hosts === 1) return { row, gpusPerHost: members, hosts: 1 };
  const whole: GpuGroup = { row, gpusPerHost: gpusMax, hosts: count, network };
  // Groups side by side share what the island can send.
  const shareBytesPerS = (hostBytesPerS(whole) * gpusPerHost) / gpusMax;
  return { row, gpusPerHost, hosts, network: { ...network, shareBytesPerS } };
}
