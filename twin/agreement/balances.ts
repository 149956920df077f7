/** Which balances hold between the measuring points of a site: walks its containment and planes. */

import type { Parts } from '../parts.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { childrenOfKind, entitiesOfKind } from '../topology/walk.ts';
import type { Draft, Term } from './plan.ts';

const GPU_POWER = signalIndex('gpuPowerW');
const GPU_TEMP = signalIndex('gpuTempC');
const GPU_MEM_TEMP = signalIndex('gpuMemTempC');
const BMC = signalIndex('bmcPowerW');
const DCMI = signalIndex('dcmiPowerW');
const CPU_POWER = signalIndex('cpuPowerW');
const SM_ACTIVE = signalIndex('smActiveRatio');
const CPU_UTIL = signalIndex('cpuUtilRatio');
const INLET = signalIndex('inletTempC');
const EXHAUST = signalIndex('exhaustTempC');
const PSU = signalIndex('psuInputPowerW');
const OUTLET = signalIndex('outletPowerW');
const PDU = signalIndex('pduPowerW');
const UPS = signalIndex('upsPowerW');
const POWER = signalIndex('powerW');
const SUPPLY = signalIndex('supplyTempC');
const RETURN = signalIndex('returnTempC');

const ENTITIES_A_PART = 100;

/** With pauses. */
export function* writeBalances(draft: Draft): Parts {
  const each = function* (kind: Kind, write: (entity: number) => void): Parts {
    let done = 0;
    for (const entity of entitiesOfKind(draft.topology, kind)) {
      write(entity);
      if (++done % ENTITIES_A_PART === 0) yield;
    }
    yield;
  };
  yield* each('host', host => {
    writeSupplies(draft, host);
    writeHost(draft, host);
    writeGpus(draft, host);
  });
  yield* each('rack', rack => writeRack(draft, rack));
  yield* each('pdu', pdu => writePdu(draft, pdu));
  yield* each('feed', feed => writeMeter(draft, 'feedVsPdus', POWER, feed));
  yield* each('ups', ups => {
    writeMeter(draft, 'upsVsFeeds', UPS, ups);
    writeMeter(draft, 'upsVsPdus', UPS, ups, true);
  });
  yield* each('row', row => writeRoom(draft, row));
  yield* each('hall', hall => writeRoom(draft, hall));
  yield* writeSwitches(draft);
  yield* writeCrahs(draft);
}

const children = ({ topology }: Draft, entity: number, kind: Kind) =>
  childrenOfKind(topology, entity, KIND_INDEX[kind]);

const term = (draft: Draft, signal: number, entity: number, coefficient = 1): Term => [
  draft.pointOf(signal, entity),
  coefficient,
];

const terms = (draft: Draft, signal: number, entities: readonly number[]): Term[] =>
  entities.map(entity => term(draft, signal, entity));

const without = (entities: readonly number[], entity: number) =>
  entities.filter(other => other !== entity);

function writeSupplies(draft: Draft, host: number) {
  const psus = children(draft, host, 'psu');
  for (const psu of psus) {
    draft.add('outletVsPsu', psu, [term(draft, OUTLET, psu)], [term(draft, PSU, psu)]);
    // of two, one equation says it all
    if (psus.length === 2 && psu !== psus[0]) continue;
    const others = without(psus, psu);
    for (const [id, signal] of [
      ['outletVsSiblings', OUTLET],
      ['psuVsSiblings', PSU],
    ] as const) {
      draft.add(id, psu, [term(draft, signal, psu)], terms(draft, signal, others));
    }
  }
  const bmc = [term(draft, BMC, host)];
  draft.add('outletsVsBmc', host, terms(draft, OUTLET, psus), bmc);
  draft.add('psusVsBmc', host, terms(draft, PSU, psus), bmc);
}

function writeHost(draft: Draft, host: number) {
  const bmc = [term(draft, BMC, host)];
  draft.add('dcmiVsBmc', host, [term(draft, DCMI, host)], bmc);
  const gpus = children(draft, host, 'gpu');
  draft.add('hostBmcVsGpuModel', host, bmc, terms(draft, GPU_POWER, gpus));
  const rise: Term[] = [term(draft, EXHAUST, host), term(draft, INLET, host, -1)];
  draft.add('exhaustVsPower', host, rise, bmc);
  const cpu = [term(draft, CPU_POWER, host)];
  draft.add('cpuPowerVsUtil', host, cpu, [term(draft, CPU_UTIL, host)]);
}

function writeGpus(draft: Draft, host: number) {
  const gpus = children(draft, host, 'gpu');
  const powers = terms(draft, GPU_POWER, gpus);
  const inlet = term(draft, INLET, host, -1);
  for (const gpu of gpus) {
    const power = [term(draft, GPU_POWER, gpu)];
    const rise: Term[] = [term(draft, GPU_TEMP, gpu), inlet];
    draft.add('gpuTempVsModel', gpu, rise, power);
    draft.add('gpuPowerVsWork', gpu, power, [term(draft, SM_ACTIVE, gpu)]);
    draft.add('gpuMemTempVsGpu', gpu, [term(draft, GPU_MEM_TEMP, gpu), inlet], rise);
    if (gpus.length === 2 && gpu !== gpus[0]) continue;
    const peers = powers.filter((_, i) => gpus[i] !== gpu);
    draft.add('gpuPowerVsPeers', gpu, power, peers);
  }
}

function writeRack(draft: Draft, rack: number) {
  const { topology } = draft;
  const hosts = children(draft, rack, 'host');
  const probe = term(draft, INLET, rack);
  for (const host of hosts) {
    const others = [...terms(draft, INLET, without(hosts, host)), probe];
    draft.add('inletVsNeighbours', host, [term(draft, INLET, host)], others);
  }
  draft.add('probeVsInlets', rack, [probe], terms(draft, INLET, hosts));
  const exhausts = terms(draft, EXHAUST, hosts);
  draft.add('exhaustProbeVsHosts', rack, [term(draft, EXHAUST, rack)], exhausts);
  const crahs = suppliers(draft, 'cooling', rack, 'crah');
  draft.add('inletsVsSupply', rack, [probe], terms(draft, SUPPLY, crahs));
  const pdus = children(draft, rack, 'pdu');
  writeMeterOver(draft, rack, pdus);
  if (hosts.length === 0 || !hangsOn(draft, hosts, new Set(pdus))) return;
  const switches = (['tor', 'eor', 'spine'] as const).flatMap(kind => children(draft, rack, kind));
  const fed = switches.filter(entity => topology.planes.power.positionOf[entity] >= 0);
  const loads = [...terms(draft, BMC, hosts), ...terms(draft, OUTLET, fed)];
  draft.add('pdusVsBmcs', rack, terms(draft, PDU, pdus), loads);
}

/** Whether every supply of the hosts hangs on one of these PDUs. */
function hangsOn(draft: Draft, hosts: readonly number[], pdus: ReadonlySet<number>): boolean {
  return hosts.every(host => {
    const psus = children(draft, host, 'psu');
    const feeders = psus.map(psu => suppliers(draft, 'power', psu, 'pdu'));
    return psus.length > 0 && feeders.every(of => of.length === 1 && pdus.has(of[0]));
  });
}

function writePdu(draft: Draft, pdu: number) {
  const fed = suppliedBy(draft, pdu);
  const inlet = [term(draft, PDU, pdu)];
  const loads = (psuSignal: number) =>
    fed.map(({ entity, share }) => {
      const isPsu = draft.topology.kind[entity] === KIND_INDEX.psu;
      return term(draft, isPsu ? psuSignal : OUTLET, entity, share);
    });
  draft.add('pduVsOutlets', pdu, inlet, loads(OUTLET));
  draft.add('pduVsPsus', pdu, inlet, loads(PSU));
}

/** A meter further up against the nearest below it; `through` the busways, against their PDUs. */
function writeMeter(
  draft: Draft,
  balance: string,
  signal: number,
  entity: number,
  through = false,
) {
  const below = metersBelow(draft, entity, through);
  if (below) draft.add(balance, entity, [term(draft, signal, entity)], below);
}

/** @returns undefined where something that has no meter hangs there too */
function metersBelow(draft: Draft, entity: number, through: boolean): Term[] | undefined {
  const found: Term[] = [];
  let feeds = 0;
  for (const { entity: fed, share } of suppliedBy(draft, entity)) {
    const kind = draft.topology.kind[fed];
    if (kind === KIND_INDEX.pdu) found.push(term(draft, PDU, fed, share));
    else if (kind === KIND_INDEX.feed && !through) found.push(term(draft, POWER, fed, share));
    else if (kind === KIND_INDEX.feed && share === 1) {
      const pdus = metersBelow(draft, fed, through);
      if (!pdus) return undefined;
      found.push(...pdus);
      feeds++;
    } else if (METERED_CORDS.has(kind)) found.push(term(draft, OUTLET, fed, share));
    else return undefined;
  }
  // without a busway on the way it is the same equation as that against the nearest
  return through && feeds === 0 ? undefined : found;
}

const METERED_CORDS: ReadonlySet<number> = new Set(
  (['psu', 'tor', 'eor', 'spine'] as const).map(kind => KIND_INDEX[kind]),
);

function writeMeterOver(draft: Draft, room: number, pdus: readonly number[]) {
  draft.add('meterVsPdus', room, [term(draft, POWER, room)], terms(draft, PDU, pdus));
}

function writeRoom(draft: Draft, room: number) {
  const within = (entity: number): number[] => [
    ...children(draft, entity, 'pdu'),
    ...children(draft, entity, 'row').flatMap(within),
    ...children(draft, entity, 'rack').flatMap(rack => children(draft, rack, 'pdu')),
  ];
  writeMeterOver(draft, room, within(room));
}

function* writeSwitches(draft: Draft): Parts {
  for (const kind of ['tor', 'eor', 'spine'] as const) {
    const byPlace = new Map<number, number[]>();
    for (const entity of entitiesOfKind(draft.topology, kind)) {
      const { parent } = draft.topology;
      const row = parent[parent[entity]];
      byPlace.set(row, [...(byPlace.get(row) ?? []), entity]);
    }
    for (const peers of byPlace.values()) {
      yield;
      if (peers.length < 3 || peers.length > 200) continue;
      for (const entity of peers) {
        const others = terms(draft, OUTLET, without(peers, entity));
        draft.add('switchVsPeers', entity, [term(draft, OUTLET, entity)], others);
      }
    }
  }
}

function* writeCrahs(draft: Draft): Parts {
  const { topology } = draft;
  const crahs = entitiesOfKind(topology, 'crah');
  for (const crah of crahs) {
    const racks = suppliedBy(draft, crah, 'cooling')
      .map(({ entity }) => entity)
      .filter(entity => topology.kind[entity] === KIND_INDEX.rack);
    const near = crahs.filter(other => topology.parent[other] === topology.parent[crah]);
    const others = without(near, crah);
    const supply = [term(draft, SUPPLY, crah)];
    draft.add('supplyVsPeers', crah, supply, terms(draft, SUPPLY, others));
    draft.add('returnVsExhaust', crah, [term(draft, RETURN, crah)], terms(draft, EXHAUST, racks));
    yield;
  }
}

interface Fed {
  readonly entity: number;
  readonly share: number;
}

/** What hangs directly on an entity, with the part of its load that it puts there. */
function suppliedBy({ topology }: Draft, entity: number, id: 'power' | 'cooling' = 'power'): Fed[] {
  const plane = topology.planes[id];
  const at = plane.positionOf[entity];
  if (at < 0) return [];
  const fed: Fed[] = [];
  for (let i = plane.childStart[at]; i < plane.childStart[at + 1]; i++) {
    const edge = plane.childEdges[i];
    if (plane.isAccounting[edge]) continue;
    fed.push({ entity: plane.entities[plane.children[i]], share: plane.shares[edge] });
  }
  return fed;
}

export function suppliers(
  { topology }: Pick<Draft, 'topology'>,
  id: 'power' | 'cooling',
  entity: number,
  kind: Kind,
) {
  const plane = topology.planes[id];
  const at = plane.positionOf[entity];
  if (at < 0) return [];
  const found: number[] = [];
  for (let e = plane.parentStart[at]; e < plane.parentStart[at + 1]; e++) {
    const supplier = plane.entities[plane.parents[e]];
    if (topology.kind[supplier] === KIND_INDEX[kind]) found.push(supplier);
  }
  return found;
}
