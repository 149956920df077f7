/** What hosts of a live site can send for a job: their NICs and PCIe as they are, and what others leave. */
import type { State } from '../../state/state.ts';
import { KIND_INDEX } from '../../tables/kinds.ts';
import { signalIndex } from '../../tables/signals.ts';
import type { HostFabric } from '../../topology/fabric.ts';
import { childrenOfKind } from '../../topology/walk.ts';
import { current } from '../transient/reading.ts';
import type { HostNetwork } from './group.ts';
import { transferRates } from './host-links.ts';

const LINK_UP = signalIndex('linkUpFlag');
const LINK_RATE = signalIndex('linkBytesPerS');
const PCIE_WIDTH = signalIndex('pcieLinkWidthRatio');

/** GPUs of a job on one host. */
export interface HostPart {
  readonly host: number;
  readonly gpus: number;
}

export interface HostRate extends HostNetwork {
  readonly host: number;
}

/**
 * By host: NICs that are up at the rate they report, else of their class; what PCIe lets through
 * between as many GPUs and the NICs next to them, shared fairly; links reported narrower than they
 * could be count as narrow (their speed does not: it rests while nothing is sent). Hosts whose NICs
 * the inventory does not list are left out.
 */
export function hostRates(state: State, parts: readonly HostPart[]): HostRate[] {
  const dmaOfClass = new Map<string, number | undefined>();
  return parts.flatMap(({ host, gpus }) => {
    const rates = nicRates(state, host);
    if (rates.length === 0) return [];
    const up = rates.filter(({ bytesPerS }) => bytesPerS > 0);
    const total = up.reduce((sum, { bytesPerS }) => sum + bytesPerS, 0);
    const key = `${state.topology.classIndex[host]} ${gpus} ${up.length}`;
    const isUsual = isPlain(state, host) && up.length === rates.length;
    const dma =
      isUsual && dmaOfClass.has(key)
        ? dmaOfClass.get(key)
        : dmaBytesPerS(state, { host, gpus }, new Set(up.map(({ nic }) => nic)));
    if (isUsual) dmaOfClass.set(key, dma);
    const nics = Math.max(1, up.length);
    const found = { host, nics, nicBytesPerS: total / nics };
    return [dma === undefined ? found : { ...found, dmaBytesPerS: dma }];
  });
}

function nicRates(state: State, host: number) {
  const { topology } = state;
  return childrenOfKind(topology, host, KIND_INDEX.nic).flatMap(nic => {
    const figures = topology.classes[topology.classIndex[nic]]?.figures;
    const rated = figures?.linkMaxBytesPerS?.value ?? 0;
    if (rated === 0) return [];
    const isDown = current(state, LINK_UP, nic) === 0;
    const reported = current(state, LINK_RATE, nic);
    const bytesPerS = isDown ? 0 : reported > 0 ? Math.min(rated, reported) : rated;
    return [{ nic, bytesPerS }];
  });
}

/** Whether all hosts of the class are drawn alike. */
function isPlain(state: State, host: number): boolean {
  const { topology } = state;
  if (!topology.fabric.isAsClass(host)) return false;
  return (['gpu', 'nic'] as const).every(kind =>
    childrenOfKind(topology, host, KIND_INDEX[kind]).every(
      part => !(current(state, PCIE_WIDTH, part) < 1),
    ),
  );
}

/** @returns undefined where the class tells nothing of its PCIe, or no NIC is up. */
function dmaBytesPerS(
  state: State,
  { host, gpus }: HostPart,
  up: ReadonlySet<number>,
): number | undefined {
  const fabric = liveFabric(state, host);
  const ends = (kind: 'gpu' | 'nic') =>
    fabric.vertices.filter(vertex => vertex.kind === kind).map(({ entity }) => entity);
  const nics = ends('nic').filter(nic => up.has(nic));
  const senders = ends('gpu').slice(0, gpus);
  if (fabric.edges.length === 0 || nics.length === 0 || senders.length === 0) return undefined;
  const near = senders.map(gpu => ({ from: gpu, to: nearest(fabric, gpu, nics) }));
  return transferRates(fabric, near).reduce((sum, { bytesPerS }) => sum + bytesPerS, 0);
}

interface NearTransfer {
  readonly gpu: string;
  readonly nic: string;
  readonly bytesPerS: number;
  readonly path: string;
  /** Ends of the edge that limits it; undefined where it gets all it can use. */
  readonly limitedBy: readonly [string, string] | undefined;
}

/** Rates of all GPUs of a host that send to the NIC next to each at once; none where unknown. */
export function nearestTransfers(state: State, host: number): NearTransfer[] {
  const fabric = liveFabric(state, host);
  const ends = (kind: 'gpu' | 'nic') => fabric.vertices.filter(vertex => vertex.kind === kind);
  const nics = ends('nic').map(({ entity }) => entity);
  if (fabric.edges.length === 0 || nics.length === 0) return [];
  const near = ends('gpu').map(({ entity }) => ({
    from: entity,
    to: nearest(fabric, entity, nics),
  }));
  const { ids } = state.topology;
  return transferRates(fabric, near).map(({ bytesPerS, path, limitedByEdge }, t) => {
    const edge = fabric.edges[limitedByEdge];
    return {
      ...{ gpu: ids[near[t].from], nic: ids[near[t].to], bytesPerS, path },
      limitedBy: edge && [fabric.vertices[edge.a].id, fabric.vertices[edge.b].id],
    };
  });
}

/** The NIC that the fewest edges lead to; of several the one at the GPU's own place in the host. */
function nearest(fabric: HostFabric, gpu: number, nics: readonly number[]): number {
  const gpus = fabric.vertices.filter(({ kind }) => kind === 'gpu').map(({ entity }) => entity);
  const own = Math.floor((gpus.indexOf(gpu) * nics.length) / gpus.length);
  const rank = { switch: 0, root: 1, socket: 2, nvlink: 3 } as const;
  const far = nics.map(nic => rank[transferRates(fabric, [{ from: gpu, to: nic }])[0].path]);
  return nics[far.reduce((best, rank, i) => (rank < far[best] ? i : best), own)];
}

/** The drawing of a host with links as wide as they report to be. */
function liveFabric(state: State, host: number): HostFabric {
  const fabric = state.topology.fabric.hostFabric(host);
  const widthOf = (vertex: number) => {
    const width = current(state, PCIE_WIDTH, fabric.vertices[vertex].entity);
    return width > 0 && width < 1 ? width : 1;
  };
  const edges = fabric.edges.map(edge =>
    edge.type !== 'pcie' || edge.measured
      ? edge
      : { ...edge, bytesPerS: edge.bytesPerS * Math.min(widthOf(edge.a), widthOf(edge.b)) },
  );
  return { ...fabric, edges };
}

/**
 * What each host of a job may send up through the switches above it, B/s: its fair share beside the
 * traffic that is there now. Hosts of one switch share its uplinks; other hosts under it want what
 * they send now.
 * @returns the least over the hosts; infinite where one switch joins all, or the limits are unknown
 */
export function uplinkShareBytesPerS(state: State, hosts: readonly number[]): number {
  const { positionOf, parentStart, parents } = state.planes.network.shape.plane;
  const under = new Map<number, number[]>();
  const ways = hosts.map(host => {
    const p = positionOf[host];
    const above = p < 0 ? [] : [...parents.subarray(parentStart[p], parentStart[p + 1])];
    for (const at of above) {
      const below = under.get(at);
      if (below) below.push(p);
      else under.set(at, [p]);
    }
    return above.length;
  });
  const joinsAll = [...under.values()].some(below => below.length === hosts.length);
  if (joinsAll || ways.includes(0)) return Number.POSITIVE_INFINITY;
  const sent = new Map<number, number>();
  for (const [at, below] of under) {
    const each = shareOfSwitch(state, at, below);
    for (const p of below) sent.set(p, (sent.get(p) ?? 0) + each);
  }
  return Math.min(...sent.values());
}

/** What each of the hosts of a job under a switch may send up through it. */
function shareOfSwitch(state: State, at: number, below: readonly number[]): number {
  const { shape, load, limit } = state.planes.network;
  const { childStart, parentStart } = shape.plane;
  if (!Number.isFinite(limit[at])) return Number.POSITIVE_INFINITY;
  const ways = (p: number) => parentStart[p + 1] - parentStart[p];
  const own = below.reduce((sum, p) => sum + (load[p] || 0) / ways(p), 0);
  const others = Math.max(0, (load[at] || 0) - own);
  const othersCount = Math.max(1, childStart[at + 1] - childStart[at] - below.length);
  // Max-min on one link: others keep what they want up to an equal part for each of their hosts.
  const theirs = Math.min(others, (othersCount * limit[at]) / (othersCount + below.length));
  return (limit[at] - theirs) / below.length;
}
