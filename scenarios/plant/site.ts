/** What stands in the simulated site, as plain JSON that whoever starts the plant makes. */

interface PlantRack {
  readonly id: string;
  readonly row?: string;
  readonly hall?: string;
  readonly class?: string;
  /** CRAHs that blow into this rack's aisle; nearer ones count more (see `layout.ts`). */
  readonly crahs?: readonly string[];
  /** CDU of a direct-to-chip rack; the rest of its heat still goes to the air. */
  readonly cdu?: string;
}

/** One PSU's cord as documented; what is really plugged in may differ (a miscabled feed). */
interface PlantCord {
  readonly pdu: string;
  /** 1-based outlet number on the PDU. */
  readonly outlet: number;
}

export interface PlantHost {
  readonly id: string;
  readonly rack: string;
  readonly class: string;
  /** Kubernetes node name and `nodename` of node_exporter; the id when absent. */
  readonly nodeName?: string;
  readonly ip?: string;
  readonly serial?: string;
  readonly gpuClass?: string;
  /** Number of GPUs, 0 for a host without. */
  readonly gpus: number;
  /** GPU UUIDs in slot order; made from the seed when absent. */
  readonly uuids?: readonly string[];
  readonly pciBusIds?: readonly string[];
  /** Cords of the PSUs in slot order. */
  readonly psuFeeds: readonly PlantCord[];
  /** Network interface names in slot order (`eth0`). */
  readonly nics: readonly string[];
  /** Chassis fans; 6 when absent. */
  readonly fans?: number;
  readonly bmcAddress: string;
}

interface PlantPdu {
  readonly id: string;
  readonly rack: string;
  readonly feed: 'A' | 'B';
  readonly ups?: string;
  /** SNMP address; the id when absent. */
  readonly address?: string;
  readonly outlets?: number;
}

interface PlantUps {
  readonly id: string;
  readonly address?: string;
  /** Rated power; when absent, made to carry all its PDUs' share after loss of the other feed. */
  readonly ratedW?: number;
}

interface PlantCrah {
  readonly id: string;
  readonly address?: string;
  readonly ratedW?: number;
}

interface PlantCdu {
  readonly id: string;
  readonly address?: string;
  readonly ratedW?: number;
}

interface PlantTor {
  readonly id: string;
  readonly rack: string;
  readonly address?: string;
}

export interface PlantSite {
  readonly name: string;
  readonly seed: number;
  readonly racks: readonly PlantRack[];
  readonly hosts: readonly PlantHost[];
  readonly pdus: readonly PlantPdu[];
  readonly upses: readonly PlantUps[];
  readonly crahs: readonly PlantCrah[];
  readonly cdus: readonly PlantCdu[];
  readonly tors?: readonly PlantTor[];
}

/** What is wrong with a site, a line each; empty when it can be simulated. */
export function checkSite(site: PlantSite): string[] {
  const problems: string[] = [];
  const racks = idSet('racks', site.racks, problems);
  const pdus = idSet('pdus', site.pdus, problems);
  const upses = idSet('upses', site.upses, problems);
  const crahs = idSet('crahs', site.crahs, problems);
  const cdus = idSet('cdus', site.cdus, problems);
  idSet('hosts', site.hosts, problems);
  const known = (ids: Set<string>, id: string | undefined, where: string) => {
    if (id !== undefined && !ids.has(id)) problems.push(`${where}: no such id '${id}'`);
  };
  for (const rack of site.racks) {
    for (const crah of rack.crahs ?? []) known(crahs, crah, `racks.${rack.id}.crahs`);
    known(cdus, rack.cdu, `racks.${rack.id}.cdu`);
  }
  for (const pdu of site.pdus) {
    known(racks, pdu.rack, `pdus.${pdu.id}.rack`);
    known(upses, pdu.ups, `pdus.${pdu.id}.ups`);
  }
  for (const host of site.hosts) {
    known(racks, host.rack, `hosts.${host.id}.rack`);
    for (const cord of host.psuFeeds) known(pdus, cord.pdu, `hosts.${host.id}.psuFeeds`);
    if (host.gpus > 0 && !host.gpuClass) problems.push(`hosts.${host.id}.gpuClass: missing`);
    if (host.uuids && host.uuids.length !== host.gpus) {
      problems.push(`hosts.${host.id}.uuids: ${host.uuids.length} for ${host.gpus} GPUs`);
    }
  }
  return problems;
}

function idSet(field: string, rows: readonly { id: string }[], problems: string[]): Set<string> {
  const ids = new Set<string>();
  for (const row of rows) {
    if (ids.has(row.id)) problems.push(`${field}: '${row.id}' occurs twice`);
    ids.add(row.id);
  }
  return ids;
}

interface SmallSiteShape {
  readonly rows?: number;
  readonly racksPerRow?: number;
  readonly hostsPerRack?: number;
  readonly gpusPerHost?: number;
  readonly gpuClass?: string;
  readonly seed?: number;
}

/** A plain air-cooled site for tests: rows of equal racks, A and B feeds, two CRAHs a row. */
export function smallSite(shape: SmallSiteShape = {}): PlantSite {
  const { rows = 1, racksPerRow = 4, hostsPerRack = 4, gpusPerHost = 8, seed = 1 } = shape;
  const rowIds = Array.from({ length: rows }, (_, row) => `row-${row + 1}`);
  const crahIds = (row: string) => [`${row}-crah-1`, `${row}-crah-2`];
  const racks = rowIds.flatMap(row =>
    Array.from({ length: racksPerRow }, (_, at) => ({
      ...{ id: `${row}-rack-${at + 1}`, row, hall: 'hall-1', class: 'dense-air' },
      crahs: crahIds(row),
    })),
  );
  return {
    ...{ name: 'small', seed, racks },
    hosts: racks.flatMap((rack, rackAt) =>
      Array.from({ length: hostsPerRack }, (_, at) =>
        smallHost(rack.id, rackAt * hostsPerRack + at, at, {
          gpus: gpusPerHost,
          gpuClass: shape.gpuClass ?? 'h100-sxm',
        }),
      ),
    ),
    pdus: racks.flatMap(rack => [
      { id: `${rack.id}-pdu-a`, rack: rack.id, feed: 'A' as const, ups: 'ups-a' },
      { id: `${rack.id}-pdu-b`, rack: rack.id, feed: 'B' as const, ups: 'ups-b' },
    ]),
    upses: [{ id: 'ups-a' }, { id: 'ups-b' }],
    crahs: rowIds.flatMap(row => crahIds(row).map(id => ({ id }))),
    cdus: [],
    tors: racks.map(rack => ({ id: `${rack.id}-tor`, rack: rack.id })),
  };
}

function smallHost(
  rack: string,
  index: number,
  at: number,
  gpu: { gpus: number; gpuClass: string },
): PlantHost {
  const psus = 6;
  return {
    ...{ id: `host-${index + 1}`, rack, class: 'dgx-h100', ip: `10.0.0.${index + 1}`, ...gpu },
    nics: ['eth0', ...Array.from({ length: gpu.gpus }, (_, nic) => `ib${nic}`)],
    bmcAddress: `10.1.${index >> 8}.${index & 255}`,
    psuFeeds: Array.from({ length: psus }, (_, psu) => ({
      pdu: `${rack}-pdu-${psu < psus / 2 ? 'a' : 'b'}`,
      outlet: at * (psus / 2) + (psu % (psus / 2)) + 1,
    })),
  };
}
