/**
 * What to follow in a Redfish tree and how often to read it, as rows by resource type. The tree is
 * walked through its links, never by paths that a maker happens to use.
 */
import type { Kind } from '../../../twin/index.ts';
import { type Owner, ordinalOf } from './interpret.ts';
import { at, canonical, type Json, type JsonObject, linkOf, textAt, typeOf } from './json.ts';

/**
 * `fast`: power and heat. `health`: states and counters. `inventory`: what changes by service work.
 * `structure`: bears nothing itself. `once`: never changes.
 */
export type Cadence = 'fast' | 'health' | 'inventory' | 'structure' | 'once';

const CADENCES: Readonly<Record<Exclude<Cadence, 'structure'>, readonly string[]>> = {
  fast: [
    ...['Power', 'Thermal', 'Sensor', 'EnvironmentMetrics', 'MemoryEnvironment', 'ThermalMetrics'],
    ...['PowerSupplyMetrics', 'Fan', 'CoolantConnector', 'MetricReport'],
  ],
  health: [
    ...['ComputerSystem', 'Chassis', 'PowerSubsystem', 'PowerSupply', 'LeakDetector', 'Processor'],
    ...['ProcessorMetrics', 'BatteryMetrics', 'Drive', 'LogEntryCollection'],
  ],
  inventory: [
    ...['Manager', 'Memory', 'MemoryMetrics', 'MemorySummaryMetrics', 'NetworkAdapter', 'Port'],
    ...['SoftwareInventory', 'Bios'],
  ],
  once: ['LogEntry'],
};

const CADENCE_OF = new Map(
  Object.entries(CADENCES).flatMap(([cadence, types]) =>
    types.map(type => [type, cadence as Cadence] as const),
  ),
);

export const cadenceOf = (type: string): Cadence => CADENCE_OF.get(type) ?? 'structure';

interface LinkRow {
  readonly from: string;
  /** Paths of a link, or of an array of links. */
  readonly paths: readonly string[];
  /** Which is found first: 0 is the skeleton, 1 power and heat, 5 logs and firmware. */
  readonly order: number;
  /** Only from resources of a part of one of these kinds. */
  readonly of?: readonly Kind[];
  /** What the target is called here, where its own type does not tell. */
  readonly as?: string;
}

const LINKS: readonly LinkRow[] = [
  { from: 'ServiceRoot', paths: ['Systems', 'Chassis'], order: 0 },
  { from: 'ServiceRoot', paths: ['ThermalEquipment'], order: 1 },
  { from: 'ServiceRoot', paths: ['Managers'], order: 2 },
  { from: 'ServiceRoot', paths: ['TelemetryService'], order: 3 },
  { from: 'ServiceRoot', paths: ['EventService', 'UpdateService'], order: 5 },
  { from: 'Chassis', paths: ['Power', 'Thermal', 'EnvironmentMetrics', 'Sensors'], order: 1 },
  { from: 'Chassis', paths: ['PowerSubsystem', 'ThermalSubsystem'], order: 1 },
  { from: 'Chassis', paths: ['Drives', 'Links.Drives', 'NetworkAdapters'], order: 4 },
  { from: 'Chassis', paths: ['LogServices'], order: 5 },
  { from: 'PowerSubsystem', paths: ['PowerSupplies', 'Batteries'], order: 1 },
  { from: 'PowerSupply', paths: ['Metrics'], order: 1 },
  { from: 'Battery', paths: ['Metrics'], order: 2 },
  { from: 'ThermalSubsystem', paths: ['Fans', 'ThermalMetrics', 'LeakDetection'], order: 1 },
  { from: 'LeakDetection', paths: ['LeakDetectors'], order: 1 },
  { from: 'ThermalEquipment', paths: ['CDUs', 'HeatExchangers', 'LeakDetection'], order: 1 },
  { from: 'CoolingUnit', paths: ['EnvironmentMetrics', 'LeakDetection'], order: 1 },
  {
    from: 'CoolingUnit',
    paths: ['PrimaryCoolantConnectors', 'SecondaryCoolantConnectors'],
    order: 1,
  },
  { from: 'ComputerSystem', paths: ['Processors'], order: 2 },
  { from: 'ComputerSystem', paths: ['Memory', 'Storage'], order: 4 },
  { from: 'ComputerSystem', paths: ['Bios', 'LogServices'], order: 5 },
  { from: 'Processor', of: ['gpu'], paths: ['Metrics', 'EnvironmentMetrics'], order: 2 },
  { from: 'Processor', of: ['gpu'], paths: ['Links.Memory', 'Ports'], order: 3 },
  {
    from: 'Processor',
    of: ['gpu'],
    paths: ['MemorySummary.Metrics'],
    order: 3,
    as: 'MemorySummaryMetrics',
  },
  { from: 'Processor', of: ['socket'], paths: ['EnvironmentMetrics'], order: 2 },
  { from: 'Memory', of: ['dimm', 'gpu'], paths: ['Metrics'], order: 4 },
  {
    from: 'Memory',
    of: ['dimm', 'gpu'],
    paths: ['EnvironmentMetrics'],
    order: 3,
    as: 'MemoryEnvironment',
  },
  { from: 'Storage', paths: ['Drives'], order: 4 },
  { from: 'NetworkAdapter', paths: ['Ports', 'NetworkPorts'], order: 4 },
  { from: 'Manager', paths: ['LogServices'], order: 5 },
  { from: 'LogService', paths: ['Entries'], order: 5 },
  { from: 'TelemetryService', paths: ['MetricReports'], order: 3 },
  { from: 'UpdateService', paths: ['FirmwareInventory'], order: 5 },
];

/** Types of resources that some BMCs leave untyped, by the end of their path. */
const PATH_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^\/redfish\/v1$/, 'ServiceRoot'],
  [/\/systems\/[^/]+$/, 'ComputerSystem'],
  [/\/chassis\/[^/]+$/, 'Chassis'],
  [/\/managers\/[^/]+$/, 'Manager'],
  [/\/power$/, 'Power'],
  [/\/thermal$/, 'Thermal'],
  [/\/sensors\/[^/]+$/, 'Sensor'],
  [/\/powersupplies\/[^/]+$/, 'PowerSupply'],
  [/\/fans\/[^/]+$/, 'Fan'],
  [/\/processors\/[^/]+$/, 'Processor'],
  [/\/memory\/[^/]+$/, 'Memory'],
  [/\/drives\/[^/]+$/, 'Drive'],
  [/\/networkadapters\/[^/]+$/, 'NetworkAdapter'],
  [/\/(?:network)?ports\/[^/]+$/, 'Port'],
  [/\/logservices\/[^/]+\/entries$/, 'LogEntryCollection'],
  [/\/entries\/[^/]+$/, 'LogEntry'],
];

/** The type by which rows know a resource. @param as what the link to it said */
export function resourceType(uri: string, body: JsonObject, as?: string): string {
  if (as) return as;
  const stated = typeOf(body);
  if (stated === 'NetworkPort') return 'Port';
  if (stated) return stated;
  const path = canonical(uri);
  const byPath = PATH_TYPES.find(([pattern]) => pattern.test(path))?.[1];
  return byPath ?? (Array.isArray(body.Members) ? 'Collection' : 'Unknown');
}

interface Link {
  readonly uri: string;
  readonly order: number;
  readonly as?: string;
}

export function linksOf(type: string, body: JsonObject, owner: Owner | undefined): Link[] {
  const links: Link[] = [];
  for (const row of LINKS) {
    if (row.from !== type || (row.of && !(owner && row.of.includes(owner.kind)))) continue;
    for (const uri of row.paths.flatMap(path => urisOf(at(body, path))))
      links.push({ uri, order: row.order, ...(row.as && { as: row.as }) });
  }
  return links;
}

function urisOf(value: Json | undefined): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.map(linkOf).filter(uri => uri !== undefined);
}

/** Enclosures that are a machine or a shelf of their own; the others are parts of one. */
const MACHINES = new Set([
  ...['Rack', 'Blade', 'Enclosure', 'StandAlone', 'RackMount', 'Shelf', 'Sled', 'RackGroup'],
  ...['Sidecar', 'ImmersionTank', 'PowerStrip'],
]);

/** Whether a resource describes something inside the machine; its children then do, too. */
export function isInternal(type: string, body: JsonObject, parentIsInternal: boolean): boolean {
  if (type === 'ComputerSystem') return textAt(body, 'SystemType') === 'DPU';
  if (type !== 'Chassis') return parentIsInternal;
  const chassisType = textAt(body, 'ChassisType');
  return chassisType !== undefined && !MACHINES.has(chassisType);
}

/** The part that a resource is, or belongs to like its parent. */
export function ownerOf(
  type: string,
  uri: string,
  body: JsonObject,
  parent: Owner | undefined,
): Owner | undefined {
  const kind = partKind(type, body, parent);
  if (kind === 'parent') return parent;
  if (kind === undefined) return undefined;
  const ordinal = NUMBERED.has(kind) ? ordinalOf(kind, body) : undefined;
  const common = { kind, family: type, part: canonical(uri), exclusive: true };
  const slot = ordinal === undefined ? common : { ...common, ordinal };
  const ratedW = kind === 'psu' ? at(body, 'PowerCapacityWatts') : undefined;
  return { kind, slot, ratedW: typeof ratedW === 'number' ? ratedW : undefined };
}

/** Kinds whose parts carry numbers worth trusting; others are counted in order of their path. */
const NUMBERED: ReadonlySet<Kind> = new Set<Kind>(['gpu', 'psu', 'fan']);

function partKind(
  type: string,
  body: JsonObject,
  parent: Owner | undefined,
): Kind | 'parent' | undefined {
  switch (type) {
    case 'PowerSupply':
      return 'psu';
    case 'Fan':
      return 'fan';
    case 'Battery':
      return 'battery';
    case 'NetworkAdapter':
      return 'nic';
    case 'Drive':
      return textAt(body, 'Protocol') === 'NVMe' ? 'nvme' : undefined;
    case 'Processor':
      return PROCESSORS[textAt(body, 'ProcessorType') ?? 'CPU'];
    case 'Memory':
      return parent?.kind === 'gpu' || isGpuMemory(body) ? 'parent' : 'dimm';
    default:
      return 'parent';
  }
}

const PROCESSORS: Readonly<Record<string, Kind>> = { CPU: 'socket', GPU: 'gpu' };

/** Memory of a GPU stands among the DIMMs as well; from there it has no owner and bears nothing. */
function isGpuMemory(body: JsonObject): boolean {
  return /^HBM|^GDDR/.test(textAt(body, 'MemoryDeviceType') ?? '');
}
