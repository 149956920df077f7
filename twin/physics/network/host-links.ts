/**
 * Transfers inside a host: PCIe links, the link between sockets and NVLink, shared fairly. A GPU and
 * a NIC on one switch do not disturb the root complex; across sockets all share one link.
 */
import { COLLECTIVE, NETWORK } from '../../tables/physics/network.ts';
import type { FabricEdge, HostFabric } from '../../topology/fabric.ts';
import { type Flow, fairShares } from './fair-share.ts';

interface HostTransfer {
  /** Dense entity indices: GPUs, NICs, or a NUMA domain for its memory. */
  readonly from: number;
  readonly to: number;
  /** Share beside others; 1 if absent. */
  readonly weight?: number;
  readonly demandBytesPerS?: number;
  /** Peer access is off: the transfer is staged through memory. */
  readonly isStaged?: boolean;
}

/** What a transfer has to cross, from near to far, in the words of `nvidia-smi topo`. */
type DmaPath = 'nvlink' | 'switch' | 'root' | 'socket';

interface TransferRate {
  readonly bytesPerS: number;
  readonly path: DmaPath;
  /** Position in `fabric.edges` of what limits it, or -1 where it gets all it asked for. */
  readonly limitedByEdge: number;
}

/**
 * Fair rates of transfers that run at once in one host. Every edge carries its bandwidth in each
 * direction; measured edges as measured, PCIe edges of a class at the part of their rate that
 * payload reaches, sockets at a usual figure where the class has none.
 * @throws RangeError if an entity is not in the drawing, or nothing joins the two ends
 */
export function transferRates(
  fabric: HostFabric,
  transfers: readonly HostTransfer[],
): TransferRate[] {
  const capacity = new Float64Array(2 * fabric.edges.length);
  fabric.edges.forEach((edge, e) => {
    capacity[2 * e] = edgeBytesPerS(edge);
    capacity[2 * e + 1] = edgeBytesPerS(edge);
  });
  const ways = transfers.map(transfer => waysOf(fabric, transfer));
  const flows = transfers.flatMap((transfer, t) => flowsOf(fabric, transfer, ways[t]));
  const shares = fairShares(capacity, flows);
  let next = 0;
  return ways.map(routes => {
    const first = next;
    next += routes.length;
    const limit = shares.limitedBy[first];
    return {
      bytesPerS: shares.bytesPerS.subarray(first, next).reduce((sum, rate) => sum + rate, 0),
      path: pathKind(fabric, routes[0]),
      limitedByEdge: limit < 0 ? -1 : limit >> 1,
    };
  });
}

/** A transfer over several NVSwitches is spread evenly over all of them. */
function flowsOf(
  fabric: HostFabric,
  { weight = 1, demandBytesPerS, isStaged = false }: HostTransfer,
  routes: readonly (readonly number[])[],
): Flow[] {
  const lineBytesPerS = Math.min(...routes[0].map(link => fabric.edges[link >> 1].bytesPerS));
  const staged = isStaged ? NETWORK.stagedRatio.value * lineBytesPerS : Number.POSITIVE_INFINITY;
  const demand = Math.min(demandBytesPerS ?? Number.POSITIVE_INFINITY, staged);
  return routes.map(links => ({
    links,
    weight: weight / routes.length,
    ...(Number.isFinite(demand) ? { demandBytesPerS: demand / routes.length } : {}),
  }));
}

/** What an edge carries in one direction, B/s. */
export function edgeBytesPerS(edge: FabricEdge): number {
  if (edge.measured) return edge.bytesPerS;
  if (edge.type === 'pcie') return edge.bytesPerS * COLLECTIVE.pcieRatio.value;
  if (edge.type === 'numa' && edge.bytesPerS === 0) return NETWORK.socketBytesPerS.value;
  return edge.bytesPerS;
}

/**
 * Ways of a transfer, as directed links: edge `e` from a to b is link `2e`, back `2e + 1`. One way,
 * the shortest, but over NVSwitches one for each of them.
 */
function waysOf(fabric: HostFabric, { from, to, isStaged }: HostTransfer): number[][] {
  const [start, end] = [from, to].map(entity => {
    const at = fabric.vertices.findIndex(vertex => vertex.entity === entity);
    if (at < 0) throw new RangeError(`entity ${entity} is not part of this host's fabric`);
    return at;
  });
  if (start === end) throw new RangeError(`${fabric.vertices[start].id} is both ends`);
  const overNvlink = isStaged ? [] : nvlinkWays(fabric, start, end);
  if (overNvlink.length > 0) return overNvlink;
  const route = search(fabric, [start, end]);
  if (!route) {
    const ids = `${fabric.vertices[start].id} and ${fabric.vertices[end].id}`;
    throw new RangeError(`nothing joins ${ids} in the fabric`);
  }
  return [route];
}

/** Links from one vertex to its neighbours over NVLink, by neighbour. */
function nvlinksFrom(fabric: HostFabric, at: number): Map<number, number> {
  const links = new Map<number, number>();
  fabric.edges.forEach((edge, e) => {
    if (!isNvlink(edge) || edge.bytesPerS === 0) return;
    if (edge.a === at) links.set(edge.b, 2 * e);
    if (edge.b === at) links.set(edge.a, 2 * e + 1);
  });
  return links;
}

const isNvlink = (edge: FabricEdge) => edge.type === 'nvlink' || edge.type === 'nvswitch';

function nvlinkWays(fabric: HostFabric, start: number, end: number): number[][] {
  const out = nvlinksFrom(fabric, start);
  const direct = out.get(end);
  if (direct !== undefined) return [[direct]];
  const back = nvlinksFrom(fabric, end);
  return [...out].flatMap(([via, link]) => {
    const last = back.get(via);
    return last === undefined || fabric.vertices[via].kind !== 'nvswitch' ? [] : [[link, last ^ 1]];
  });
}

function search(fabric: HostFabric, [start, end]: readonly number[]): number[] | undefined {
  const cameBy = new Map<number, number>([[start, -1]]);
  for (const [at] of cameBy) {
    if (at === end) break;
    // Data passes through switches and domains, never through a GPU or a NIC.
    const isEndPoint = fabric.vertices[at].kind === 'gpu' || fabric.vertices[at].kind === 'nic';
    if (isEndPoint && at !== start) continue;
    fabric.edges.forEach((edge, e) => {
      if (isNvlink(edge) || edgeBytesPerS(edge) === 0) return;
      if (edge.a === at && !cameBy.has(edge.b)) cameBy.set(edge.b, 2 * e);
      if (edge.b === at && !cameBy.has(edge.a)) cameBy.set(edge.a, 2 * e + 1);
    });
  }
  if (!cameBy.has(end)) return undefined;
  const links: number[] = [];
  for (let at = end; at !== start; ) {
    const link = cameBy.get(at) as number;
    links.unshift(link);
    const edge = fabric.edges[link >> 1];
    at = link % 2 === 0 ? edge.a : edge.b;
  }
  return links;
}

function pathKind(fabric: HostFabric, route: readonly number[]): DmaPath {
  const edges = route.map(link => fabric.edges[link >> 1]);
  if (edges.some(edge => edge.type === 'numa')) return 'socket';
  if (edges.some(edge => edge.type !== 'pcie')) return 'nvlink';
  const passesRoot = edges.some(edge =>
    [edge.a, edge.b].some(at => fabric.vertices[at].kind === 'numa'),
  );
  return passesRoot ? 'root' : 'switch';
}
