/**
 * Places for the drawing of a host: one column per NUMA domain, PCIe switches below it, NICs and
 * GPUs under the switch they hang from, NVSwitches along the bottom.
 */

interface FabricVertex {
  readonly id: string;
  readonly kind: string;
  readonly index?: number;
}

export interface FabricEdge {
  /** Ids of the two ends. */
  readonly a: string;
  readonly b: string;
  readonly type: string;
  readonly label?: string;
  readonly bytesPerS?: number | null;
  readonly measured?: boolean;
}

export interface Fabric {
  readonly vertices: readonly FabricVertex[];
  readonly edges: readonly FabricEdge[];
}

export interface PlacedVertex {
  readonly id: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface FabricPlan {
  readonly width: number;
  readonly height: number;
  readonly vertices: readonly PlacedVertex[];
  readonly edges: readonly FabricEdge[];
}

const TIERS: readonly (readonly string[])[] = [
  ['socket'],
  ['numa'],
  ['pcieSwitch'],
  ['nic', 'nvme', 'accelerator'],
  ['gpu'],
  ['nvswitch'],
];
const SIZE: Readonly<Record<string, readonly [width: number, height: number]>> = {
  socket: [110, 26],
  numa: [110, 26],
  pcieSwitch: [84, 24],
  nic: [56, 24],
  nvme: [56, 24],
  accelerator: [56, 34],
  gpu: [86, 58],
  nvswitch: [120, 26],
};
const GAP_X = 14;
const GAP_Y = 34;

const tierOf = (kind: string) => TIERS.findIndex(tier => tier.includes(kind));

/** `width`: what there is to draw in; the plan is at least as wide as its fullest tier. */
export function layoutFabric(fabric: Fabric, width: number): FabricPlan {
  const linked = new Set(fabric.edges.flatMap(edge => [edge.a, edge.b]));
  // A socket that nothing hangs on in the catalogue says nothing in the drawing.
  const known = fabric.vertices.filter(
    vertex => tierOf(vertex.kind) >= 0 && (vertex.kind !== 'socket' || linked.has(vertex.id)),
  );
  const order = orderByTree(known, fabric.edges);
  const tiers = TIERS.map(kinds => order.filter(vertex => kinds.includes(vertex.kind)));
  const needed = Math.max(width, ...tiers.map(tier => tierWidth(tier)));
  let y = 4;
  const vertices: PlacedVertex[] = [];
  for (const tier of tiers) {
    if (tier.length === 0) continue;
    const height = Math.max(...tier.map(vertex => sizeOf(vertex)[1]));
    vertices.push(...spread(tier, needed, y, height));
    y += height + GAP_Y;
  }
  const ids = new Set(vertices.map(vertex => vertex.id));
  const edges = fabric.edges.filter(edge => ids.has(edge.a) && ids.has(edge.b));
  return { width: needed, height: Math.max(1, y - GAP_Y + 4), vertices, edges };
}

const sizeOf = (vertex: FabricVertex) => SIZE[vertex.kind] ?? [80, 26];

const tierWidth = (tier: readonly FabricVertex[]) =>
  tier.reduce((sum, vertex) => sum + sizeOf(vertex)[0] + GAP_X, 0);

/** Each vertex gets an equal share of the width, and keeps its size in the middle of it. */
function spread(
  tier: readonly FabricVertex[],
  width: number,
  y: number,
  height: number,
): PlacedVertex[] {
  const share = width / tier.length;
  return tier.map((vertex, index) => {
    const [own, ownHeight] = sizeOf(vertex);
    const wide = vertex.kind === 'numa' || vertex.kind === 'nvswitch';
    const size = wide ? Math.max(own, share - GAP_X * 2) : Math.min(own, share - 4);
    const x = share * (index + 0.5) - size / 2;
    return {
      id: vertex.id,
      kind: vertex.kind,
      x,
      y: y + (height - ownHeight) / 2,
      width: size,
      height: ownHeight,
    };
  });
}

/** Walks the PCIe and NUMA links from the top, so that what hangs together stands together. */
function orderByTree(
  vertices: readonly FabricVertex[],
  edges: readonly FabricEdge[],
): FabricVertex[] {
  const byId = new Map(vertices.map(vertex => [vertex.id, vertex]));
  const tree = edges.filter(edge => edge.type === 'pcie' || edge.type === 'numa');
  const below = new Map<string, string[]>();
  for (const edge of tree) {
    const [a, b] = [byId.get(edge.a), byId.get(edge.b)];
    if (!a || !b || tierOf(a.kind) === tierOf(b.kind)) continue;
    const [upper, lower] = tierOf(a.kind) < tierOf(b.kind) ? [a, b] : [b, a];
    const list = below.get(upper.id) ?? [];
    list.push(lower.id);
    below.set(upper.id, list);
  }
  const seen = new Set<string>();
  const ordered: FabricVertex[] = [];
  const visit = (id: string): void => {
    const vertex = byId.get(id);
    if (!vertex || seen.has(id)) return;
    seen.add(id);
    ordered.push(vertex);
    for (const child of below.get(id) ?? []) visit(child);
  };
  const fromTop = [...vertices].sort((a, b) => tierOf(a.kind) - tierOf(b.kind));
  for (const vertex of fromTop) visit(vertex.id);
  return ordered;
}
