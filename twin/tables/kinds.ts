/**
 * Entity kinds (levels), in storage order: a kind comes after every kind that may contain it, so
 * that dense indices put parents before children and every kind is one contiguous range.
 */

export const KINDS = [
  // containment from the campus down to the rack
  { id: 'site', plural: 'sites', title: 'Site', in: [] },
  { id: 'hall', plural: 'halls', title: 'Hall', in: ['site'] },
  { id: 'row', plural: 'rows', title: 'Row', in: ['hall'] },
  { id: 'rack', plural: 'racks', title: 'Rack', in: ['row', 'hall'] },
  // the power chain from the grid inwards
  { id: 'utilityFeed', plural: 'utilityFeeds', title: 'Utility feed', in: ['site'] },
  { id: 'transformer', plural: 'transformers', title: 'Transformer', in: ['site', 'hall'] },
  { id: 'generator', plural: 'generators', title: 'Generator', in: ['site', 'hall'] },
  { id: 'switchgear', plural: 'switchgears', title: 'Switchgear', in: ['site', 'hall'] },
  { id: 'sts', plural: 'stses', title: 'Static transfer switch', in: ['site', 'hall'] },
  { id: 'ups', plural: 'upses', title: 'UPS', in: ['site', 'hall'] },
  { id: 'battery', plural: 'batteries', title: 'Battery', in: ['ups', 'rack'] },
  { id: 'feed', plural: 'feeds', title: 'Feed', in: ['hall', 'row', 'rack'] },
  { id: 'pdu', plural: 'pdus', title: 'PDU', in: ['hall', 'row', 'rack'] },
  // cooling
  { id: 'chiller', plural: 'chillers', title: 'Chiller', in: ['site', 'hall'] },
  { id: 'crah', plural: 'crahs', title: 'CRAH', in: ['hall', 'row'] },
  { id: 'cdu', plural: 'cdus', title: 'CDU', in: ['hall', 'row', 'rack'] },
  // network
  { id: 'spine', plural: 'spines', title: 'Spine switch', in: ['site', 'hall', 'rack'] },
  { id: 'eor', plural: 'eors', title: 'End-of-row switch', in: ['row', 'rack'] },
  { id: 'tor', plural: 'tors', title: 'Top-of-rack switch', in: ['rack'] },
  // the host and what is inside it
  { id: 'host', plural: 'hosts', title: 'Host', in: ['rack'] },
  { id: 'bmc', plural: 'bmcs', title: 'BMC', in: ['host'] },
  { id: 'socket', plural: 'sockets', title: 'CPU socket', in: ['host'] },
  { id: 'numa', plural: 'numas', title: 'NUMA domain', in: ['host'] },
  { id: 'pcieSwitch', plural: 'pcieSwitches', title: 'PCIe switch', in: ['host'] },
  { id: 'nvswitch', plural: 'nvswitches', title: 'NVSwitch', in: ['host', 'rack'] },
  { id: 'gpu', plural: 'gpus', title: 'GPU', in: ['host'] },
  { id: 'gpuInstance', plural: 'gpuInstances', title: 'MIG instance', in: ['gpu'] },
  { id: 'accelerator', plural: 'accelerators', title: 'Accelerator', in: ['host', 'rack'] },
  { id: 'nic', plural: 'nics', title: 'NIC', in: ['host'] },
  { id: 'nvme', plural: 'nvmes', title: 'NVMe drive', in: ['host'] },
  { id: 'dimm', plural: 'dimms', title: 'DIMM', in: ['host'] },
  { id: 'psu', plural: 'psus', title: 'Power supply', in: ['host', 'rack'] },
  { id: 'fan', plural: 'fans', title: 'Fan', in: ['host', 'rack'] },
] as const;

export type Kind = (typeof KINDS)[number]['id'];

/** Ids in storage order, as a schema takes a choice of one. */
export const KIND_IDS = KINDS.map(row => row.id) as [Kind, ...Kind[]];

export const KIND_COUNT = KINDS.length;

/** Storage order of each kind, for lookups outside the hot path. */
export const KIND_INDEX: Readonly<Record<Kind, number>> = Object.fromEntries(
  KINDS.map((row, index) => [row.id, index]),
) as Record<Kind, number>;

export const isKind = (text: string): text is Kind => Object.hasOwn(KIND_INDEX, text);
