/**
 * The fabric plane: NVLink, NVSwitch, PCIe and NUMA inside each host. Hosts of a class share the
 * class's pattern; measured edges win over the constants of the class.
 */
import { FABRICS, type FabricRow } from '../tables/fabrics.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import type { Topology } from './topology.ts';
import { childrenOfKind } from './walk.ts';

type FabricEdgeType = 'nvlink' | 'nvswitch' | 'pcie' | 'numa';

export interface FabricVertex {
  readonly id: string;
  readonly kind: Kind;
  /** Dense index of the entity. */
  readonly entity: number;
}

export interface FabricEdge {
  /** Positions in `vertices`. */
  readonly a: number;
  readonly b: number;
  readonly type: FabricEdgeType;
  /** Per direction. */
  readonly bytesPerS: number;
  readonly measured: boolean;
}

export interface HostFabric {
  readonly vertices: readonly FabricVertex[];
  readonly edges: readonly FabricEdge[];
  /** NUMA distances as the firmware gives them (10 is local), one row a NUMA domain. */
  readonly numaDistance: readonly (readonly number[])[];
}

export interface Fabric {
  /** The drawing of one host; empty where the class tells nothing. */
  hostFabric(host: number): HostFabric;
  /** GPUs of a host that reach each other over NVLink, as lists of dense GPU indices. */
  islands(host: number): readonly (readonly number[])[];
  /** Whether nothing was measured in a host, so that it is drawn as all of its class. */
  isAsClass(host: number): boolean;
  /** Sets a measured bandwidth between two entities of one host. */
  measure(a: number, b: number, bytesPerS: number): void;
}

type Contained = Pick<
  Topology,
  'ids' | 'kind' | 'childStart' | 'childList' | 'classes' | 'classIndex'
>;

/** Fabric of every host from the pattern of its class, worked out when first asked for. */
export function buildFabric(topology: Contained): Fabric {
  const rows = new Map(FABRICS.map(row => [row.hostClass, row]));
  const measured = new Map<string, number>();
  const measuredParts = new Set<number>();
  const rowOf = (host: number) => rows.get(topology.classes[topology.classIndex[host]]?.id ?? '');
  return {
    hostFabric: host => drawHost(topology, host, rowOf(host), measured),
    islands: host => islandsOf(childrenOfKind(topology, host, KIND_INDEX.gpu), rowOf(host)),
    isAsClass: host =>
      measuredParts.size === 0 ||
      !topology.childList
        .subarray(topology.childStart[host], topology.childStart[host + 1])
        .some(part => measuredParts.has(part)),
    measure: (a, b, bytesPerS) => {
      measured.set(pairKey(a, b), bytesPerS);
      measuredParts.add(a).add(b);
    },
  };
}

const pairKey = (a: number, b: number) => `${Math.min(a, b)}:${Math.max(a, b)}`;

function islandsOf(gpus: readonly number[], row: FabricRow | undefined): number[][] {
  if (!row || row.gpuLinks === 'none') return gpus.map(gpu => [gpu]);
  if (row.gpuLinks !== 'pairs') return [[...gpus]];
  return gpus
    .filter((_, i) => i % 2 === 0)
    .map((gpu, i) => [gpu, ...gpus.slice(2 * i + 1, 2 * i + 2)]);
}

const FABRIC_KINDS: readonly Kind[] = ['socket', 'numa', 'pcieSwitch', 'nvswitch', 'gpu', 'nic'];

function drawHost(
  topology: Contained,
  host: number,
  row: FabricRow | undefined,
  measured: ReadonlyMap<string, number>,
): HostFabric {
  const vertices = FABRIC_KINDS.flatMap(kind =>
    childrenOfKind(topology, host, KIND_INDEX[kind]).map(entity => ({
      id: topology.ids[entity],
      kind,
      entity,
    })),
  );
  if (!row) return { vertices, edges: [], numaDistance: [] };
  const edges = [...pcieEdges(vertices, row), ...gpuEdges(vertices, row)].map(edge => {
    const seen = measured.get(pairKey(vertices[edge.a].entity, vertices[edge.b].entity));
    return seen === undefined ? edge : { ...edge, bytesPerS: seen, measured: true };
  });
  return { vertices, edges, numaDistance: row.numaDistance };
}

/** Positions in the drawing of the vertices of a kind. */
const positions = (vertices: readonly FabricVertex[], kind: Kind) =>
  vertices.flatMap((vertex, i) => (vertex.kind === kind ? [i] : []));

/** GPUs and NICs to their PCIe switch, or to their NUMA domain; switches to the domain. */
function pcieEdges(vertices: readonly FabricVertex[], row: FabricRow): FabricEdge[] {
  const numas = positions(vertices, 'numa');
  const switches = positions(vertices, 'pcieSwitch');
  const edges: FabricEdge[] = [];
  const join = (a: number, b: number | undefined) => {
    if (b === undefined || edges.some(edge => edge.a === a && edge.b === b)) return;
    edges.push({ a, b, type: 'pcie', bytesPerS: row.pcieBytesPerS, measured: false });
  };
  const attach = (kind: Kind, perSwitch: number, numaOf: readonly number[]) => {
    positions(vertices, kind).forEach((part, i) => {
      const via = perSwitch > 0 ? switches[Math.floor(i / perSwitch)] : undefined;
      join(part, via ?? numas[numaOf[i] ?? 0]);
      if (via !== undefined) join(via, numas[numaOf[i] ?? 0]);
    });
  };
  attach('gpu', row.gpusPerPcieSwitch, row.gpuNuma);
  attach('nic', row.nicsPerPcieSwitch, row.nicNuma);
  for (let i = 1; i < numas.length; i++) {
    edges.push({ a: numas[i - 1], b: numas[i], type: 'numa', bytesPerS: 0, measured: false });
  }
  return edges;
}

function gpuEdges(vertices: readonly FabricVertex[], row: FabricRow): FabricEdge[] {
  const gpus = positions(vertices, 'gpu');
  const switches = positions(vertices, 'nvswitch');
  const edge = (a: number, b: number, type: FabricEdgeType, parts: number): FabricEdge => ({
    a,
    b,
    type,
    bytesPerS: row.gpuLinkBytesPerS / parts,
    measured: false,
  });
  if (row.gpuLinks === 'nvswitch') {
    return gpus.flatMap(a => switches.map(b => edge(a, b, 'nvswitch', switches.length)));
  }
  if (row.gpuLinks === 'mesh') {
    return gpus.flatMap((a, i) =>
      gpus.slice(i + 1).map(b => edge(a, b, 'nvlink', gpus.length - 1)),
    );
  }
  if (row.gpuLinks !== 'pairs') return [];
  return gpus.flatMap((a, i) =>
    i % 2 === 0 && i + 1 < gpus.length ? [edge(a, gpus[i + 1], 'nvlink', 1)] : [],
  );
}
