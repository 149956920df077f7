/**
 * How each entity rule finds its entity: which labels are looked at, in which order, as which kind
 * of name. The first name that is known wins; a name that several entities share is never chosen.
 */
import type { AliasType, Kind } from '../../twin/index.ts';
import type { EntityRule } from '../ingest/mapping.ts';
import type { Space } from './alias-index.ts';
import { fanNumber, psuNumber } from './slot-names.ts';

/** A name that is unique by itself. */
interface NameStep {
  readonly by: 'name';
  readonly space: Space;
  readonly labels: readonly string[];
  /** What is said when a series has none of the labels. */
  readonly without: string;
}

/** A name that is unique within the host. */
interface PartStep {
  readonly by: 'part';
  readonly type: AliasType;
  readonly labels: readonly string[];
}

/** A number within the host: a stored `slot` alias, else the position among the parts. */
export interface NumberStep {
  readonly by: 'number';
  readonly labels: readonly string[];
  readonly parse: (text: string) => number | undefined;
  /** Names count from 0, from 1, or either way (then a 0 seen on the host tells). */
  readonly base: 0 | 1 | 'either';
}

/** The host's only part of the kind, for exporters that number nothing. */
interface OnlyStep {
  readonly by: 'only';
}

export interface OutletStep {
  readonly by: 'outlet';
  /** Names of the outlet, then its number; `1.1.5` where the number is of several labels. */
  readonly labels: readonly (string | readonly string[])[];
}

export type Step = NameStep | PartStep | NumberStep | OnlyStep | OutletStep;

interface Rule {
  /** Kinds that the entity may have. */
  readonly kinds: readonly Kind[];
  readonly steps: readonly Step[];
  /** Whose host the part belongs to when a step needs one. */
  readonly host?: 'host' | 'bmcHost' | 'podHost';
}

/**
 * Labels with a host's name, best first. `exported_*` is what the page itself said before the
 * scrape's own label took its place. Old dcgm-exporter charts put the pod's name in `Hostname`; it
 * is unknown, so the next label decides.
 */
const HOST_LABELS = [
  ...['exported_hostname', 'exported_Hostname', 'Hostname', 'hostname', 'host_name'],
  ...['exported_node', 'node', 'nodename', 'node_name', 'kubernetes_node', 'exported_instance'],
  ...['instance', 'host', 'target'],
];
const BMC_LABELS = ['exported_target', 'target', 'bmc', 'exported_instance', 'instance', 'host'];
export const SERIAL_LABELS: readonly string[] = [
  'system_serial',
  'serial',
  'serial_number',
  'service_tag',
  'sku',
];
export const UUID_LABELS: readonly string[] = ['UUID', 'uuid', 'gpu_uuid', 'GPU_UUID', 'unique_id'];

const names = (space: Space, labels: readonly string[]): NameStep => ({
  by: 'name',
  space,
  labels,
  without: `none of ${labels.join(', ')}`,
});

const HOST_STEPS = [names('host', HOST_LABELS), names('bmc', BMC_LABELS)];

const digits = (text: string): number | undefined => {
  const found = text.match(/(\d{1,3})$/);
  return found ? Number(found[1]) : undefined;
};

const INFRA_LABELS = ['exported_target', 'target', 'exported_instance', 'instance', 'host', 'name'];

const infra = (kinds: readonly Kind[], labels: readonly string[] = INFRA_LABELS): Rule => ({
  kinds,
  steps: [names('infra', labels)],
});

export const RULES: Readonly<Record<EntityRule, Rule>> = {
  host: { kinds: ['host'], steps: HOST_STEPS },
  // A page about machines other than the one that serves it: never the page's own address.
  podHost: {
    kinds: ['host'],
    steps: [
      names('host', ['exported_node', 'node', 'host_ip', 'internal_ip']),
      names('uuid', ['system_uuid']),
    ],
  },
  // A target of a scrape that runs on the host itself: never a BMC that merely speaks of it.
  scrapedHost: { kinds: ['host'], steps: [names('host', HOST_LABELS)] },
  scrapedUnit: infra(['pdu', 'ups', 'tor', 'eor', 'spine', 'crah', 'cdu', 'chiller']),
  bmcHost: {
    kinds: ['host'],
    steps: [names('bmc', BMC_LABELS), names('serial', SERIAL_LABELS), names('host', HOST_LABELS)],
  },
  bmc: { kinds: ['bmc'], host: 'bmcHost', steps: [{ by: 'only' }] },
  gpu: {
    kinds: ['gpu'],
    host: 'host',
    steps: [
      names('gpuUuid', UUID_LABELS),
      names('serial', ['serial_number', 'serial']),
      { by: 'part', type: 'pciBusId', labels: ['pci_bus_id', 'pciBusId', 'pci_bus'] },
      { by: 'part', type: 'gpuIndex', labels: ['gpu', 'gpu_id', 'index', 'minor_number', 'card'] },
      { by: 'only' },
    ],
  },
  gpuInstance: {
    kinds: ['gpuInstance'],
    host: 'host',
    steps: [{ by: 'part', type: 'slot', labels: ['GPU_I_ID', 'gpu_partition_id'] }],
  },
  psu: {
    kinds: ['psu'],
    host: 'bmcHost',
    steps: [
      {
        by: 'number',
        labels: ['power_supply', 'power_supply_id', 'psu', 'name', 'id', 'sensor'],
        parse: psuNumber,
        base: 'either',
      },
    ],
  },
  fan: {
    kinds: ['fan'],
    host: 'bmcHost',
    steps: [
      {
        by: 'number',
        labels: ['fan', 'fan_id', 'name', 'id', 'sensor'],
        parse: fanNumber,
        base: 'either',
      },
    ],
  },
  nic: {
    kinds: ['nic'],
    host: 'host',
    steps: [
      names('portGuid', ['port_guid', 'guid']),
      names('mac', ['address', 'mac']),
      {
        by: 'part',
        type: 'netDevice',
        labels: ['device', 'interface', 'iface', 'ifname', 'port_id'],
      },
    ],
  },
  nvme: {
    kinds: ['nvme'],
    host: 'host',
    steps: [
      names('serial', ['serial', 'serial_number']),
      { by: 'part', type: 'blockDevice', labels: ['device', 'disk'] },
    ],
  },
  socket: {
    kinds: ['socket'],
    host: 'host',
    steps: [
      {
        by: 'number',
        labels: ['package', 'socket', 'index', 'id', 'chip'],
        parse: digits,
        base: 0,
      },
    ],
  },
  dimm: {
    kinds: ['dimm'],
    host: 'bmcHost',
    steps: [
      names('serial', ['serial']),
      { by: 'part', type: 'slot', labels: ['dimm_label', 'id', 'name'] },
    ],
  },
  nvswitch: {
    kinds: ['nvswitch'],
    host: 'host',
    steps: [{ by: 'number', labels: ['nvswitch', 'nvswitch_id'], parse: digits, base: 0 }],
  },
  pdu: infra(['pdu', 'feed']),
  ups: infra(['ups']),
  crah: infra(['crah']),
  cdu: infra(['cdu']),
  switch: {
    kinds: ['tor', 'eor', 'spine'],
    steps: [
      names('nodeGuid', ['node_guid', 'guid']),
      names('infra', ['switch', 'node_name', 'sysName', ...INFRA_LABELS]),
    ],
  },
  // Resolved by the rules of PDU and outlet.
  unwiredOutlet: infra(['pdu']),
  rackOfPdu: infra(['rack']),
  pduOutlet: {
    kinds: ['psu', 'tor', 'eor', 'spine'],
    steps: [
      {
        by: 'outlet',
        labels: [
          ...['outletLabel', 'outletName', 'st4OutletName', 'rPDU2OutletMeteredStatusName'],
          ['towerIndex', 'infeedIndex', 'outletIndex'],
          ['st4UnitIndex', 'st4InputCordIndex', 'st4OutletIndex'],
          ...['outletIndex', 'outletId', 'rPDU2OutletMeteredStatusIndex', 'outlet'],
        ],
      },
    ],
  },
  site: { kinds: ['site'], steps: [names('infra', ['site', 'datacenter', 'cluster'])] },
};

const identities = new Map<EntityRule, readonly string[]>();

/** All labels that a rule looks at: the identity of a series that could not be joined. */
export function identityLabels(rule: EntityRule): readonly string[] {
  const known = identities.get(rule);
  if (known) return known;
  const own = RULES[rule].steps.flatMap(step => (step.by === 'only' ? [] : step.labels.flat()));
  const host = RULES[rule].host;
  const hosts = host ? identityLabels(host) : [];
  const pdus = rule === 'pduOutlet' ? identityLabels('pdu') : [];
  const labels = [...new Set([...own, ...hosts, ...pdus])];
  identities.set(rule, labels);
  return labels;
}
