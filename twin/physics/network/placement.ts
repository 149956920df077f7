/** A job where it stands: its GPUs as a group for collectives, and what that does to its step. */
import { fabricOf } from '../../tables/fabrics.ts';
import { KIND_INDEX } from '../../tables/kinds.ts';
import { collectiveRowOf } from '../../tables/physics/network.ts';
import type { Topology } from '../../topology/topology.ts';
import { ancestorOfKind, childrenOfKind } from '../../topology/walk.ts';
import { type GpuGroup, type HostNetwork, usualNetwork } from './group.ts';
import {
  communicationTimeS,
  type StepCollective,
  type StepTimes,
  type StepVerdict,
  stepVerdict,
} from './iteration.ts';
import { placementTier, type TierPath } from './tiers.ts';

interface PlacedGroup {
  readonly group: GpuGroup;
  readonly tier: TierPath;
}

/**
 * The group that GPUs of an inventory form, by NVLink island (a host, or a rack with NVLink
 * switches): NICs and their rate from the inventory, the usual ones of the class where it lists
 * none, oversubscription from the switches on the way. Where islands hold unequal numbers of the
 * job's GPUs each counts as the fullest, and as the poorest in NICs.
 * @param gpus dense indices, of one class
 * @returns why there is none: a class without figures, several classes, or hosts without a way
 * @throws RangeError if an entity is no GPU in a host, or fewer than two are named
 */
export function placedGroup(
  topology: Topology,
  gpus: readonly number[],
): { readonly placed: PlacedGroup } | { readonly reason: string } {
  const islands = [...islandsOf(topology, gpus).values()];
  const classes = new Set(gpus.map(gpu => topology.classes[topology.classIndex[gpu]]?.id ?? '?'));
  const [gpuClass] = classes;
  if (classes.size > 1) return { reason: `GPUs of several classes: ${[...classes].join(', ')}` };
  const row = collectiveRowOf(gpuClass);
  if (!row) return { reason: `nothing is known of collectives among ${gpuClass}` };
  const hosts = islands.flatMap(island => [...island.hosts]);
  const tier = placementTier(topology, hosts);
  if (!tier) return { reason: 'some hosts have no way to each other in the network plane' };
  const gpusPerHost = Math.max(...islands.map(island => island.gpuCount));
  const usual = usualNetwork(row, gpusPerHost);
  const networks = islands.map(island => islandNetwork(topology, island) ?? usual);
  const rate = ({ nics, nicBytesPerS }: HostNetwork) => nics * nicBytesPerS;
  const poorest = networks.reduce((a, b) => (rate(b) < rate(a) ? b : a));
  const network = { ...poorest, oversubscription: tier.oversubscription };
  return { placed: { group: { row, gpusPerHost, hosts: islands.length, network }, tier } };
}

interface Island {
  readonly hosts: Set<number>;
  gpuCount: number;
}

/** By the host or rack that is the island. */
function islandsOf(topology: Topology, gpus: readonly number[]): Map<number, Island> {
  if (new Set(gpus).size < 2) throw new RangeError('a group needs two GPUs or more');
  const islands = new Map<number, Island>();
  for (const gpu of new Set(gpus)) {
    const host = ancestorOfKind(topology, gpu, 'host');
    if (topology.kind[gpu] !== KIND_INDEX.gpu || host < 0) {
      throw new RangeError(`${topology.ids[gpu] ?? gpu} is no GPU in a host`);
    }
    const fabric = fabricOf(topology.classes[topology.classIndex[host]]?.id ?? '');
    const at = fabric?.island === 'rack' ? ancestorOfKind(topology, host, 'rack') : host;
    const island = islands.get(at) ?? { hosts: new Set<number>(), gpuCount: 0 };
    island.hosts.add(host);
    island.gpuCount++;
    islands.set(at, island);
  }
  return islands;
}

/** NICs that the inventory lists; those without a rate do not count. */
function islandNetwork(topology: Topology, { hosts }: Island): HostNetwork | undefined {
  const rates = [...hosts].flatMap(host =>
    childrenOfKind(topology, host, KIND_INDEX.nic).map(
      nic => topology.classes[topology.classIndex[nic]]?.figures.linkMaxBytesPerS?.value ?? 0,
    ),
  );
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  return total > 0 ? { nics: rates.length, nicBytesPerS: total / rates.length } : undefined;
}

interface JobStep extends Omit<StepTimes, 'communicationS'> {
  readonly collectives: readonly StepCollective[];
}

/** The step of a job as placed: its communication from its collectives, and the verdict. */
export function placedStep(job: JobStep, group: GpuGroup): StepVerdict {
  const { collectives, ...times } = job;
  return stepVerdict({ ...times, communicationS: communicationTimeS(collectives, group) });
}
