/** Who takes part in a collective, and what the network between their hosts can carry. */
import type { CollectiveRow } from '../../tables/physics/collective-rows.ts';
import { COLLECTIVE } from '../../tables/physics/network.ts';

/** Network of each host of a group. */
export interface HostNetwork {
  readonly nics: number;
  /** Line rate of one, per direction. */
  readonly nicBytesPerS: number;
  /** Bandwidth into the switches over bandwidth out of them on the way; 1 or more, 1 if absent. */
  readonly oversubscription?: number;
  /** What the switch above a host gives it, B/s, where that is less than its NICs. */
  readonly switchBytesPerS?: number;
  /** What other traffic leaves it, B/s: its fair share of the links on the way. */
  readonly shareBytesPerS?: number;
  /** What passes between its GPUs and NICs over PCIe, B/s; the links of its GPUs if absent. */
  readonly dmaBytesPerS?: number;
}

export interface GpuGroup {
  readonly row: CollectiveRow;
  /** GPUs in each NVLink island: a host, or a rack with NVLink switches. */
  readonly gpusPerHost: number;
  readonly hosts: number;
  /** Needed where there is more than one host; the class's usual NICs if absent. */
  readonly network?: HostNetwork;
  /** Stages inside and between hosts work at once on different parts; true if absent. */
  readonly isPipelined?: boolean;
}

const BYTES_PER_GBIT = 1.25e8;

/** NICs as commonly built into a host with GPUs of that class. */
export const usualNetwork = (row: CollectiveRow, gpusPerHost: number): HostNetwork => ({
  nics: Math.max(1, Math.round(row.nicsPerGpu * gpusPerHost)),
  nicBytesPerS: row.nicGbps.value * BYTES_PER_GBIT,
});

/**
 * Payload that a host of the group can send to the others, B/s: the least of its NICs, the PCIe
 * links of its GPUs, the switch above it and the way through the spine; and its fair share there.
 * @throws RangeError if the network has a figure out of range
 */
export function hostBytesPerS(group: GpuGroup): number {
  const network = group.network ?? usualNetwork(group.row, group.gpusPerHost);
  const { nics, nicBytesPerS, oversubscription = 1 } = network;
  if (!(Number.isInteger(nics) && nics >= 1)) throw new RangeError(`nics: ${nics}`);
  if (!(nicBytesPerS > 0)) throw new RangeError(`nicBytesPerS: ${nicBytesPerS}`);
  if (!(oversubscription >= 1 && Number.isFinite(oversubscription))) {
    throw new RangeError(`oversubscription: ${oversubscription}; 1 is none, 2 is two to one`);
  }
  const nicTotal = nics * nicBytesPerS;
  const ofLinks = group.gpusPerHost * group.row.pcieBytesPerS.value * COLLECTIVE.pcieRatio.value;
  const fromGpus = network.dmaBytesPerS ?? ofLinks;
  const atSwitch = Math.min(nicTotal, network.switchBytesPerS ?? Number.POSITIVE_INFINITY);
  const share = network.shareBytesPerS ?? Number.POSITIVE_INFINITY;
  const least = Math.min(
    atSwitch * COLLECTIVE.nicRatio.value,
    fromGpus,
    (atSwitch * COLLECTIVE.nicRatio.value) / oversubscription,
    share,
  );
  if (!(least > 0)) throw new RangeError(`no bandwidth between hosts: ${least} B/s`);
  return least;
}

/**
 * Hosts as NVLink islands: where NVLink reaches over a rack, as few equal islands as hold all hosts.
 * @param hosts with `gpusPerHost` each
 */
export function asIslands(row: CollectiveRow, gpusPerHost: number, hosts: number) {
  const perIsland = row.isRackIsland ? Math.max(1, Math.floor(row.islandGpus / gpusPerHost)) : 1;
  let islands = Math.ceil(hosts / perIsland);
  while (hosts % islands !== 0) islands++;
  const hostsPerIsland = hosts / islands;
  return { hosts: islands, gpusPerHost: gpusPerHost * hostsPerIsland, hostsPerIsland };
}

/** @throws RangeError naming what is out of range */
export function checkGroup(group: GpuGroup): void {
  const { gpusPerHost, hosts, row } = group;
  if (!(Number.isInteger(gpusPerHost) && gpusPerHost >= 1)) {
    throw new RangeError(`gpusPerHost: ${gpusPerHost}; it must be a whole number of GPUs`);
  }
  if (!(Number.isInteger(hosts) && hosts >= 1)) {
    throw new RangeError(`hosts: ${hosts}; it must be a whole number of hosts`);
  }
  if (gpusPerHost * hosts < 2) throw new RangeError('a collective needs two GPUs or more');
  if (gpusPerHost > row.islandGpus) {
    throw new RangeError(
      `gpusPerHost: ${gpusPerHost}, but at most ${row.islandGpus} ${row.gpuClass} stand together`,
    );
  }
}
