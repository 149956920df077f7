/**
 * A site that does not exist, for the page's tests: every number follows from ids by simple rules,
 * so that tests can tell what they should see. Its names say that it is a mock.
 */
import { KINDS, SIGNALS, signalIndex } from '../../../twin/index.ts';

export interface MockEntity {
  readonly id: string;
  readonly kind: string;
  readonly index: number;
  readonly parent: string | null;
  readonly class: string | null;
  readonly title: string;
  readonly path: readonly { readonly id: string; readonly kind: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface MockReading {
  readonly value: number;
  readonly ageS: number;
  /** Code as in frames: 0 missing, 1 stale, 2 modelled, 3 derived, 4 measured. */
  readonly quality: number;
}

export interface MockSize {
  readonly rows: number;
  readonly racksPerRow: number;
  readonly hostsPerRack: number;
}

export interface MockSite {
  readonly entities: readonly MockEntity[];
  readonly byId: ReadonlyMap<string, MockEntity>;
  readonly size: MockSize;
}

/** Racks with a state of their own in the tests. */
export const STALE_RACK = 'r2-k04';
export const MISSING_RACK = 'r4-k09';
export const HOT_RACK = 'r1-k03';
const RACK_LIMIT_W = 44_000;
const INLET_LIMIT_C = 27;

interface Draft {
  readonly id: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly class?: string;
  readonly title?: string;
}

const pad = (n: number) => String(n).padStart(2, '0');
const range = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

export function buildMockSite(size: MockSize): MockSite {
  const drafts: Draft[] = [
    { id: 'mock', kind: 'site', parent: null, title: 'MOCK site' },
    { id: 'h1', kind: 'hall', parent: 'mock', title: 'Mock hall 1' },
    ...range(6).map(n => ({ id: `crah-${n}`, kind: 'crah', parent: 'h1', class: 'crah-300kw' })),
    ...range(size.rows).flatMap(row => rowDrafts(`r${row}`, size)),
  ];
  const order = new Map<string, number>(KINDS.map((row, at) => [row.id, at]));
  drafts.sort((one, other) => order.get(one.kind)! - order.get(other.kind)!);
  const byId = new Map<string, MockEntity>();
  const entities = drafts.map((draft, index): MockEntity => {
    const above = draft.parent === null ? [] : byId.get(draft.parent)!.path;
    const path = [...above, { id: draft.id, kind: draft.kind }];
    const shown = { title: draft.title ?? draft.id, class: draft.class ?? null };
    const entity = { ...draft, ...shown, index, path, attributes: {} };
    byId.set(draft.id, entity);
    return entity;
  });
  return { entities, byId, size };
}

function rowDrafts(row: string, size: MockSize): Draft[] {
  return [
    { id: row, kind: 'row', parent: 'h1', title: `Row ${row.slice(1)}` },
    ...range(size.racksPerRow).flatMap(n => rackDrafts(`${row}-k${pad(n)}`, row, size)),
  ];
}

function rackDrafts(rack: string, row: string, size: MockSize): Draft[] {
  return [
    { id: rack, kind: 'rack', parent: row, class: 'rack-air-44kw' },
    ...(size.hostsPerRack > 0
      ? [
          { id: `${rack}-pdu-a`, kind: 'pdu', parent: rack },
          { id: `${rack}-pdu-b`, kind: 'pdu', parent: rack },
          { id: `${rack}-tor`, kind: 'tor', parent: rack },
        ]
      : []),
    ...range(size.hostsPerRack).flatMap(n => hostDrafts(`${rack}-n${n}`, rack)),
  ];
}

function hostDrafts(host: string, rack: string): Draft[] {
  const part = (kind: string, count: number, hardware?: string) =>
    range(count).map(n => ({
      id: `${host}-${kind}${n - 1}`,
      kind,
      parent: host,
      ...(hardware ? { class: hardware } : {}),
    }));
  return [
    { id: host, kind: 'host', parent: rack, class: 'dgx-h100' },
    ...part('numa', 2),
    ...part('pcieSwitch', 4),
    ...part('nvswitch', 4),
    ...part('gpu', 8, 'h100-sxm'),
    ...part('nic', 8),
  ];
}

/** 0-1, the same for the same text. */
function chance(text: string): number {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  }
  hash ^= hash >>> 15;
  return ((hash >>> 0) % 10_007) / 10_007;
}

const rackIdOf = (entity: MockEntity) =>
  entity.path.find(step => step.kind === 'rack')?.id ?? entity.id;

/** How busy a rack is, 0-1, moving slowly. */
function busy(id: string, atMs: number): number {
  const wave = Math.sin(atMs / 60_000 + chance(`${id} phase`) * 6.28);
  return Math.min(1, 0.35 + 0.55 * chance(id) + 0.06 * wave);
}

type Rule = (entity: MockEntity, atMs: number, site: MockSite) => number;

const gpuPower: Rule = (entity, atMs) => 140 + 540 * busy(entity.id, atMs);
const countOf = (entity: MockEntity, site: MockSite): number => {
  const { rows, racksPerRow, hostsPerRack } = site.size;
  const racks = { site: rows * racksPerRow, hall: rows * racksPerRow, row: racksPerRow, rack: 1 };
  return (
    (racks[entity.kind as keyof typeof racks] ?? 1) *
    (entity.kind === 'host' ? 1 : hostsPerRack || 4)
  );
};
const hostPower = (id: string, atMs: number) => 3_000 + 6_300 * busy(id, atMs);

function power(entity: MockEntity, atMs: number, site: MockSite): number {
  if (entity.kind === 'gpu') return gpuPower(entity, atMs, site);
  if (entity.kind === 'host') return hostPower(entity.id, atMs);
  if (entity.kind === 'pdu') return hostPower(rackIdOf(entity), atMs) * 2;
  const over = entity.id === HOT_RACK ? 1.7 : 1;
  return hostPower(entity.id, atMs) * countOf(entity, site) * over;
}

const LIMITS_W: Readonly<Record<string, number>> = { gpu: 700, host: 10_200, pdu: 36_000 };
const powerLimit: Rule = (entity, _atMs, site) =>
  LIMITS_W[entity.kind] ?? (countOf(entity, site) / 4) * RACK_LIMIT_W;

const RULES: Readonly<Record<string, Rule>> = {
  powerW: power,
  powerLoadW: power,
  powerLimitW: powerLimit,
  powerHeadroomN1W: (entity, atMs, site) =>
    powerLimit(entity, atMs, site) * 0.8 -
    power(entity, atMs, site) * (entity.kind === 'pdu' ? 2 : 1),
  gpuPowerW: gpuPower,
  gpuPowerLimitW: () => 700,
  bmcPowerW: (entity, atMs) => hostPower(entity.id, atMs) * 0.99,
  dcmiPowerW: (entity, atMs) => hostPower(entity.id, atMs) * 1.02,
  psuInputPowerW: (entity, atMs) => hostPower(entity.id, atMs) * 1.01,
  outletPowerW: (entity, atMs) => hostPower(entity.id, atMs) * 1.18,
  inletTempC: entity => (rackIdOf(entity) === HOT_RACK ? 29.2 : 20 + 5 * chance(rackIdOf(entity))),
  gpuTempC: (entity, atMs) => 38 + 44 * busy(entity.id, atMs),
  gpuMemTempC: (entity, atMs) => 44 + 42 * busy(entity.id, atMs),
  gpuThermalMarginK: (entity, atMs) => 87 - 38 - 44 * busy(entity.id, atMs),
  utilRatio: (entity, atMs) => busy(entity.id, atMs),
  gpuMemUsedBytes: (entity, atMs) => 80e9 * busy(entity.id, atMs),
  gpuMemTotalBytes: () => 85.5e9,
  smClockHz: () => 1.98e9,
  nvlinkBytesPerS: (entity, atMs) => 3e11 * busy(entity.id, atMs),
  pueRatio: () => 1.128,
  heatW: power,
  coolingHeadroomW: (entity, atMs, site) => RACK_LIMIT_W * 1.05 - power(entity, atMs, site),
  gpusAllocatableCount: (entity, _atMs, site) => countOf(entity, site) * 8,
  gpusAllocatedCount: (entity, _atMs, site) =>
    Math.round(countOf(entity, site) * 8 * chance(`${entity.id} used`)),
  gpusFreeCount: (entity, _atMs, site) =>
    countOf(entity, site) * 8 - Math.round(countOf(entity, site) * 8 * chance(`${entity.id} used`)),
  packetLossRatio: entity => chance(entity.id) * 0.0004,
  fanSpeedRpm: () => 8400,
  cpuTempC: () => 58,
  cpuUtilRatio: entity => 0.2 + 0.3 * chance(entity.id),
  memUsedRatio: entity => 0.3 + 0.3 * chance(entity.id),
};

const ABSENT: MockReading = { value: Number.NaN, ageS: Number.NaN, quality: 0 };

export function read(
  site: MockSite,
  entity: MockEntity,
  signal: string,
  atMs: number,
): MockReading {
  const rule = RULES[signal];
  const row = SIGNALS[signalIndex(signal)];
  const kinds: readonly string[] = [...row.kinds, ...(row.rollup?.to ?? [])];
  if (!rule || !kinds.includes(entity.kind)) return ABSENT;
  const rack = rackIdOf(entity);
  if (rack === MISSING_RACK && signal !== 'powerLimitW') return ABSENT;
  const value = rule(entity, atMs, site);
  if (rack === STALE_RACK) return { value, ageS: 412, quality: 1 };
  const isDerived = signal === 'powerLimitW' || signal.includes('Headroom');
  return { value, ageS: 1 + 4 * chance(entity.id), quality: isDerived ? 3 : 4 };
}

export function limitOf(site: MockSite, entity: MockEntity, signal: string) {
  if (signal === 'powerW' || signal === 'powerLoadW') {
    const value = powerLimit(entity, 0, site);
    return { id: 'capacity', value, compare: 'max' as const };
  }
  if (signal === 'inletTempC')
    return { id: 'inlet', value: INLET_LIMIT_C, compare: 'max' as const };
  if (signal === 'gpuTempC' && entity.kind === 'gpu') {
    return { id: 'gpuTempAct', value: 87, compare: 'max' as const };
  }
  if (signal.includes('Headroom')) return { id: 'headroom', value: 0, compare: 'min' as const };
  return undefined;
}
