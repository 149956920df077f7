/** The inside of a host as a drawing: NUMA domains, PCIe, GPUs, NICs and the NVLink fabric. */
import type { RawFabric } from '../api/types.ts';
import { formatValue, titleOf, valueText } from '../format.ts';
import { entityHref } from '../navigate.ts';
import { qualityOf } from '../quality.ts';
import { readFabric } from './fabric-edges.ts';
import {
  type FabricEdge,
  type FabricPlan,
  layoutFabric,
  type PlacedVertex,
} from './fabric-layout.ts';
import type { GpuTile } from './use-gpu-tiles.ts';

interface FabricDrawingProps {
  readonly fabric: RawFabric;
  readonly host: string;
  readonly tiles: readonly GpuTile[];
  readonly signal: string;
}

const WIDTH = 820;
/** Bars, not tiles. */
const WIDE = 150;
const PAST_TIER = 60;

export function FabricDrawing({ fabric, host, tiles, signal }: FabricDrawingProps) {
  const plan = layoutFabric(readFabric(fabric), WIDTH);
  const byId = new Map(plan.vertices.map(vertex => [vertex.id, vertex]));
  const tileOf = new Map(tiles.map(tile => [tile.entity.id, tile]));
  const types = [...new Set(plan.edges.map(edge => edge.type))];
  return (
    <figure class="fabric">
      {/* biome-ignore lint/a11y/useSemanticElements: links inside must be reachable */}
      <svg
        viewBox={`0 0 ${plan.width} ${plan.height}`}
        role="group"
        aria-label="Fabric of the host"
      >
        <g class="edges">
          {plan.edges.map((edge, at) => (
            <Edge key={at} edge={edge} from={byId.get(edge.a)!} to={byId.get(edge.b)!} />
          ))}
        </g>
        {plan.vertices.map(vertex => (
          <Vertex
            key={vertex.id}
            vertex={vertex}
            host={host}
            tile={tileOf.get(vertex.id)}
            signal={signal}
          />
        ))}
      </svg>
      <figcaption>
        {types.map(type => (
          <span key={type} class={`edge-key edge-${type}`}>
            <i /> {EDGE_TITLES[type] ?? type} {rateText(plan, type)}
          </span>
        ))}
        <NumaDistances distance={fabric.numaDistance} />
      </figcaption>
    </figure>
  );
}

const EDGE_TITLES: Readonly<Record<string, string>> = {
  nvlink: 'NVLink',
  nvswitch: 'NVLink to NVSwitch',
  pcie: 'PCIe',
  numa: 'NUMA',
};

/** Rate per direction of a kind of link: one figure, or the span where links differ. */
function rateText(plan: FabricPlan, type: string): string {
  const rates = plan.edges.flatMap(edge =>
    edge.type === type && edge.bytesPerS ? [edge.bytesPerS] : [],
  );
  if (rates.length === 0) return '';
  const low = valueText('nvlinkBytesPerS', Math.min(...rates));
  const high = valueText('nvlinkBytesPerS', Math.max(...rates));
  return low === high ? high : `${low} to ${high}`;
}

function Edge({ edge, from, to }: { edge: FabricEdge; from: PlacedVertex; to: PlacedVertex }) {
  const rate = edge.bytesPerS ? valueText('nvlinkBytesPerS', edge.bytesPerS) : 'rate unknown';
  const text = [
    EDGE_TITLES[edge.type] ?? edge.type,
    edge.label,
    rate,
    edge.measured ? 'measured' : '',
  ];
  return (
    <path
      class={`edge edge-${edge.type} ${edge.measured ? 'is-measured' : ''}`}
      d={edgePath(from, to)}
    >
      <title>{`${edge.a} – ${edge.b}: ${text.filter(Boolean).join(', ')}`}</title>
    </path>
  );
}

const centreX = (vertex: PlacedVertex) => vertex.x + vertex.width / 2;

/** Between tiers a soft vertical curve, within one an arc below. Wide bars are met straight. */
function edgePath(one: PlacedVertex, other: PlacedVertex): string {
  const [upper, lower] = one.y <= other.y ? [one, other] : [other, one];
  if (Math.abs(upper.y - lower.y) < 4) {
    const [left, right] = one.x < other.x ? [one, other] : [other, one];
    if (left.width >= WIDE) {
      const middleY = left.y + left.height / 2;
      return `M${left.x + left.width} ${middleY}H${right.x}`;
    }
    const y = upper.y + upper.height;
    const sag = 10 + Math.abs(centreX(one) - centreX(other)) * 0.06;
    const middle = (centreX(one) + centreX(other)) / 2;
    return `M${centreX(one)} ${y}Q${middle} ${y + sag * 2} ${centreX(other)} ${y}`;
  }
  const fromX = meetAt(upper, centreX(lower));
  const toX = meetAt(lower, centreX(upper));
  const fromY = upper.y + upper.height;
  const toY = lower.y;
  // Past a tier in between: straight down first, between what stands there.
  if (toY - fromY > PAST_TIER) {
    const turnY = toY - 30;
    return `M${fromX} ${fromY}V${turnY}C${fromX} ${toY - 8} ${toX} ${turnY} ${toX} ${toY}`;
  }
  const bend = (toY - fromY) / 2;
  return `M${fromX} ${fromY}C${fromX} ${fromY + bend} ${toX} ${toY - bend} ${toX} ${toY}`;
}

/** A bar is met all along its width, in the order in which the other ends stand. */
function meetAt(vertex: PlacedVertex, x: number): number {
  if (vertex.width < WIDE) return centreX(vertex);
  if (x >= vertex.x && x <= vertex.x + vertex.width) return x;
  return vertex.x + vertex.width * Math.min(0.98, Math.max(0.02, x / WIDTH));
}

interface VertexProps {
  readonly vertex: PlacedVertex;
  readonly host: string;
  readonly tile: GpuTile | undefined;
  readonly signal: string;
}

/** Ids within a host begin with the host's: the rest is enough here. */
const localName = (id: string, host: string) =>
  id.startsWith(host) ? id.slice(host.length).replace(/^[-/:.]/, '') : id;

function Vertex({ vertex, host, tile, signal }: VertexProps) {
  const { x, y, width, height, kind } = vertex;
  const name = localName(vertex.id, host);
  const quality = tile ? qualityOf(tile.reading.quality) : undefined;
  const shown = tile && formatValue(signal, tile.reading.value);
  const label = shown
    ? `${name}: ${titleOf(signal)} ${shown.text} ${shown.unit}, ${quality}`
    : name;
  const ink = tile?.swatch ? { fill: tile.swatch.ink } : {};
  return (
    <a class={`vertex vertex-${kind}`} href={entityHref(kind, vertex.id)} aria-label={label}>
      <title>{label}</title>
      <rect
        x={x}
        y={y}
        width={width}
        height={height}
        rx={kind === 'gpu' ? 5 : 3}
        class={tile && !tile.swatch ? `gpu-${quality}` : ''}
        style={tile?.swatch ? { fill: tile.swatch.css } : {}}
      />
      <text class="vertex-name" style={ink} x={x + width / 2} y={y + (shown ? 16 : height / 2)}>
        {name}
      </text>
      {shown && (
        <text class="vertex-value" style={ink} x={x + width / 2} y={y + 37}>
          {shown.text}
          <tspan class="vertex-unit"> {shown.unit}</tspan>
        </text>
      )}
      {quality && quality !== 'measured' && (
        <text class="vertex-quality" style={ink} x={x + width / 2} y={y + 52}>
          {quality}
        </text>
      )}
    </a>
  );
}

function NumaDistances({ distance }: { distance: RawFabric['numaDistance'] }) {
  if (!distance || distance.length < 2) return null;
  return (
    <span class="quiet">
      NUMA distance {distance.map(row => row.join(' ')).join(' | ')} (10 is local)
    </span>
  );
}
