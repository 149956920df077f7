/** Dense indices over a site: which GPUs, PSUs and hosts belong where. Fixed once built. */
import { F, type GpuFigures, gpuFiguresOf } from './figures.ts';
import { hash32, STREAM } from './random.ts';
import { checkSite, type PlantHost, type PlantSite } from './site.ts';

export interface Layout {
  readonly site: PlantSite;
  readonly seed: number;
  readonly hostCount: number;
  readonly gpuCount: number;
  readonly psuCount: number;
  /** GPUs of host h: gpuStart[h] .. gpuStart[h + 1]; the same for PSUs. */
  readonly gpuStart: Int32Array;
  readonly gpuHost: Int32Array;
  readonly psuStart: Int32Array;
  readonly psuHost: Int32Array;
  /** Documented PDU and outlet of each PSU. */
  readonly psuPdu: Int32Array;
  readonly psuOutlet: Int32Array;
  readonly hostRack: Int32Array;
  /** Hosts of each rack, bottom to top. */
  readonly rackHosts: readonly (readonly number[])[];
  /** Racks left and right in the same row, or -1. */
  readonly rackLeft: Int32Array;
  readonly rackRight: Int32Array;
  readonly rackCdu: Int32Array;
  /** Hall of each rack and of each CRAH (-1: no rack breathes its air), and the racks of each. */
  readonly rackHall: Int32Array;
  readonly crahHall: Int32Array;
  readonly hallRacks: readonly (readonly number[])[];
  /** Share of each CRAH in the air of a rack: `crahShare[r * crahs + k]`, rows sum to 1 or 0. */
  readonly crahShare: Float64Array;
  readonly pduRack: Int32Array;
  readonly pduUps: Int32Array;
  readonly pduOutlets: Int32Array;
  readonly gpuFigures: readonly (GpuFigures | undefined)[];
  readonly uuids: readonly string[];
  readonly pciBusIds: readonly string[];
  readonly hostIndex: ReadonlyMap<string, number>;
  readonly rackIndex: ReadonlyMap<string, number>;
  readonly pduIndex: ReadonlyMap<string, number>;
  readonly upsIndex: ReadonlyMap<string, number>;
  readonly crahIndex: ReadonlyMap<string, number>;
  readonly cduIndex: ReadonlyMap<string, number>;
}

const indexById = (rows: readonly { id: string }[]) =>
  new Map(rows.map((row, index) => [row.id, index]));

/** @throws RangeError listing everything that is wrong with the site. */
export function layOut(site: PlantSite): Layout {
  const problems = checkSite(site);
  if (problems.length > 0) throw new RangeError(`plant site: ${problems.join('; ')}`);
  const rackIndex = indexById(site.racks);
  const hostRack = Int32Array.from(site.hosts, host => rackIndex.get(host.rack)!);
  const rackHosts = site.racks.map((_, rack) =>
    site.hosts.flatMap((__, host) => (hostRack[host] === rack ? [host] : [])),
  );
  return {
    ...{ site, seed: site.seed, hostRack, rackHosts, rackIndex },
    ...hostParts(site),
    ...powerParts(site, rackIndex),
    ...airParts(site),
    hostIndex: indexById(site.hosts),
  };
}

function hostParts(site: PlantSite) {
  const { hosts } = site;
  const gpuStart = starts(hosts.map(host => host.gpus));
  const psuStart = starts(hosts.map(host => host.psuFeeds.length));
  const each = <T>(count: (host: PlantHost) => number, of: (host: PlantHost, at: number) => T) =>
    hosts.flatMap(host => Array.from({ length: count(host) }, (_, at) => of(host, at)));
  return {
    ...{ hostCount: hosts.length, gpuCount: gpuStart[hosts.length], gpuStart },
    ...{ psuCount: psuStart[hosts.length], psuStart },
    gpuHost: owners(gpuStart),
    psuHost: owners(psuStart),
    gpuFigures: hosts.map(host => (host.gpus > 0 ? gpuFiguresOf(host.gpuClass!) : undefined)),
    uuids: each(
      host => host.gpus,
      (host, gpu) => host.uuids?.[gpu] ?? madeUuid(site.seed, host.id, gpu),
    ),
    pciBusIds: each(
      host => host.gpus,
      (host, gpu) => host.pciBusIds?.[gpu] ?? madeBusId(gpu),
    ),
  };
}

function powerParts(site: PlantSite, rackIndex: ReadonlyMap<string, number>) {
  const pduIndex = indexById(site.pdus);
  const upsIndex = indexById(site.upses);
  const cords = site.hosts.flatMap(host => host.psuFeeds);
  const highest = new Int32Array(site.pdus.length);
  for (const cord of cords) {
    const pdu = pduIndex.get(cord.pdu)!;
    highest[pdu] = Math.max(highest[pdu], cord.outlet);
  }
  const upsOf = (pdu: PlantSite['pdus'][number]) =>
    pdu.ups !== undefined ? upsIndex.get(pdu.ups)! : feedUps(site, pdu.feed);
  return {
    ...{ pduIndex, upsIndex },
    psuPdu: Int32Array.from(cords, cord => pduIndex.get(cord.pdu)!),
    psuOutlet: Int32Array.from(cords, cord => cord.outlet),
    pduRack: Int32Array.from(site.pdus, pdu => rackIndex.get(pdu.rack)!),
    pduUps: Int32Array.from(site.pdus, upsOf),
    // spare outlets exist: a wrong cord must have somewhere to go
    pduOutlets: Int32Array.from(site.pdus, (pdu, at) =>
      Math.max(pdu.outlets ?? 0, Math.ceil((highest[at] + 4) / 12) * 12),
    ),
  };
}

/** With undocumented UPSes, feed A hangs on the first and B on the second. */
const feedUps = (site: PlantSite, feed: 'A' | 'B') =>
  site.upses.length === 0 ? -1 : feed === 'A' ? 0 : Math.min(1, site.upses.length - 1);

function airParts(site: PlantSite) {
  const crahIndex = indexById(site.crahs);
  const cduIndex = indexById(site.cdus);
  const count = site.crahs.length;
  const crahShare = new Float64Array(site.racks.length * count);
  const rackLeft = new Int32Array(site.racks.length).fill(-1);
  const rackRight = new Int32Array(site.racks.length).fill(-1);
  for (const racks of rowsOf(site)) {
    racks.forEach((rack, at) => {
      rackLeft[rack] = racks[at - 1] ?? -1;
      rackRight[rack] = racks[at + 1] ?? -1;
      const place = (at + 0.5) / racks.length;
      nearShares(site.racks[rack].crahs ?? [], place).forEach((share, nth) => {
        crahShare[rack * count + crahIndex.get(site.racks[rack].crahs![nth])!] += share;
      });
    });
  }
  const rackCdu = Int32Array.from(site.racks, rack =>
    rack.cdu === undefined ? -1 : cduIndex.get(rack.cdu)!,
  );
  return { crahIndex, cduIndex, crahShare, rackLeft, rackRight, rackCdu, ...hallParts(site) };
}

function hallParts({ racks, crahs }: PlantSite) {
  const halls = [...new Set(racks.map(rack => rack.hall ?? ''))];
  const rackHall = Int32Array.from(racks, rack => halls.indexOf(rack.hall ?? ''));
  const crahHall = Int32Array.from(crahs, ({ id }) => {
    const rack = racks.findIndex(of => of.crahs?.includes(id));
    return rack < 0 ? -1 : rackHall[rack];
  });
  const hallRacks = halls.map((_, hall) =>
    racks.flatMap((__, rack) => (rackHall[rack] === hall ? [rack] : [])),
  );
  return { rackHall, crahHall, hallRacks };
}

/** CRAHs stand evenly along the row; a nearer one gives more air (a Gaussian of distance). */
function nearShares(crahs: readonly string[], place: number): number[] {
  const reach = F.crahReachRatio / crahs.length;
  const weights = crahs.map((_, at) => {
    const distance = (place - (at + 0.5) / crahs.length) / reach;
    return Math.exp(-0.5 * distance * distance);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map(weight => weight / total);
}

function rowsOf(site: PlantSite): number[][] {
  const rows = new Map<string, number[]>();
  site.racks.forEach((rack, index) => {
    const key = `${rack.hall ?? ''}/${rack.row ?? ''}`;
    const racks = rows.get(key);
    if (racks) racks.push(index);
    else rows.set(key, [index]);
  });
  return [...rows.values()];
}

function starts(counts: readonly number[]): Int32Array {
  const start = new Int32Array(counts.length + 1);
  counts.forEach((count, at) => {
    start[at + 1] = start[at] + count;
  });
  return start;
}

function owners(start: Int32Array): Int32Array {
  const owner = new Int32Array(start[start.length - 1]);
  for (let at = 0; at + 1 < start.length; at++) owner.fill(at, start[at], start[at + 1]);
  return owner;
}

/** Stable UUID of a GPU from seed, host id and slot. */
function madeUuid(seed: number, hostId: string, gpu: number): string {
  const name = [...hostId].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  const word = (at: number) =>
    hash32(seed ^ name, STREAM.uuid, gpu * 4 + at)
      .toString(16)
      .padStart(8, '0');
  const hex = word(0) + word(1) + word(2) + word(3);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `GPU-${parts.join('-')}-${hex.slice(20)}`;
}

/** Bus numbers spread as on an 8-GPU board; machines differ, so inventories may give them. */
function madeBusId(gpu: number): string {
  const bus = (0x1b + gpu * 0x1d) & 0xff;
  return `00000000:${bus.toString(16).toUpperCase().padStart(2, '0')}:00.0`;
}
