/** The demo: the plant beside the service, playing the hardware of the inventory. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PlantHost, PlantSite } from '../../scenarios/plant/site.ts';
import {
  CLASSES,
  childrenOfKind,
  componentOf,
  entitiesOfKind,
  KIND_INDEX,
  type Kind,
  pathOf,
  type Topology,
} from '../../twin/index.ts';
import type { Config } from '../config.ts';
import { redfishSourceConfig } from '../ingest/redfish/config.ts';
import { moduleBeside } from '../package-layout.ts';
import { UserError } from '../user-error.ts';

export interface Demo {
  /** The configuration with every endpoint of the plant as a source. */
  readonly config: Config;
  /** Faults that are switched on, a line each. */
  readonly faults: readonly string[];
  readonly url: string;
  stop(): void;
}

interface DemoOptions {
  readonly topology: Topology;
  readonly config: Config;
  readonly speed: number;
  readonly startMs: number;
  readonly hasFaults: boolean;
}

interface Ready {
  readonly url: string;
  readonly targets: { kind: string; url: string; labels: Record<string, string> }[];
  readonly bmcs: { host: string; url: string; username: string; password: string }[];
  readonly faults: string[];
}

const SCRAPE_S = 5;
const REDFISH_S = 10;

/** Starts the plant as a process of its own, so that it costs the service nothing. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const main = fileURLToPath(moduleBeside('../../scenarios/plant/main', import.meta.url));
  const flags = ['--site', '-', '--speed', String(options.speed)];
  // Starting takes it a while: it is told when the service's clock began to run.
  flags.push('--start-ms', String(options.startMs), '--wall-ms', String(options.startMs));
  if (!options.hasFaults) flags.push('--no-faults');
  // The channel is there to close: a plant that outlives the service would hold its ports.
  const stdio = ['pipe', 'pipe', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, [main, ...flags], { stdio: [...stdio] });
  if (!child.stdin || !child.stdout) throw new Error('the plant has no pipes');
  child.stdin.end(JSON.stringify(plantSite(options.topology)));
  const ready = await firstLine(child.stdout, child);
  return {
    config: { ...options.config, sources: [...options.config.sources, ...sourcesOf(ready)] },
    faults: ready.faults,
    url: ready.url,
    stop: () => void child.kill(),
  };
}

type Child = ReturnType<typeof spawn>;

function firstLine(stdout: NodeJS.ReadableStream, child: Child): Promise<Ready> {
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).once('line', line => resolve(JSON.parse(line) as Ready));
    child.once('exit', code => reject(new UserError(`the plant ended with code ${code}`, 1)));
    child.once('error', error => reject(new UserError(`the plant: ${error.message}`, 1)));
  });
}

type Sources = Config['sources'];

function sourcesOf(ready: Ready): Sources {
  const limits = { timeoutS: 10, maxBytes: 16 * 1024 * 1024, tls: { rejectUnauthorized: true } };
  const scrapes = ready.targets.map(target => ({
    ...limits,
    id: `${target.kind}/${target.labels.instance}`,
    kind: 'scrape' as const,
    url: target.url,
    labels: target.labels,
    intervalS: SCRAPE_S,
  }));
  const redfish = ready.bmcs.map(bmc => redfishDefaults(bmc));
  return [...scrapes, ...redfish];
}

const redfishDefaults = (bmc: Ready['bmcs'][number]) =>
  redfishSourceConfig.parse({
    id: `redfish/${bmc.host}`,
    kind: 'redfish',
    intervalS: REDFISH_S,
    ...bmc,
  });

/** The inventory as the plant takes it: what stands where and which cord goes into which outlet. */
function plantSite(topology: Topology): PlantSite {
  const ids = (kind: Kind, map: (entity: number) => object) =>
    entitiesOfKind(topology, kind).map(entity => ({ id: topology.ids[entity], ...map(entity) }));
  const address = (entity: number) => aliasOf(topology, entity, 'address');
  const ratedW = (entity: number, figure: string) =>
    topology.classes[topology.classIndex[entity]]?.figures[figure]?.value;
  const site = {
    name: topology.name,
    seed: 1,
    racks: ids('rack', rack => ({
      ...placeOf(topology, rack),
      crahs: suppliers(topology, 'cooling', rack),
    })),
    hosts: entitiesOfKind(topology, 'host').map(host => plantHost(topology, host)),
    pdus: ids('pdu', pdu => ({
      rack: topology.ids[topology.parent[pdu]],
      feed: topology.attributes.get(pdu)?.feed ?? 'A',
      ups: upstream(topology, pdu, 'ups'),
      address: address(pdu),
    })),
    upses: ids('ups', ups => ({ address: address(ups), ratedW: ratedW(ups, 'ratedW') })),
    crahs: ids('crah', unit => ({ address: address(unit), ratedW: ratedW(unit, 'coolingLimitW') })),
    cdus: ids('cdu', unit => ({ address: address(unit), ratedW: ratedW(unit, 'coolingLimitW') })),
    tors: ids('tor', tor => ({ rack: topology.ids[topology.parent[tor]], address: address(tor) })),
  };
  return site as unknown as PlantSite;
}

function plantHost(topology: Topology, host: number): PlantHost {
  const hardware = topology.classes[topology.classIndex[host]];
  const gpus = componentOf(hardware, 'gpu');
  const nics = childrenOfKind(topology, host, KIND_INDEX.nic);
  const psus = childrenOfKind(topology, host, KIND_INDEX.psu);
  return {
    id: topology.ids[host],
    rack: topology.ids[topology.parent[host]],
    class: hardware?.id ?? 'cpu-host',
    nodeName: aliasOf(topology, host, 'nodeName'),
    ip: aliasOf(topology, host, 'ip'),
    gpuClass: gpus?.class,
    gpus: gpus?.count ?? 0,
    psuFeeds: psus.map(psu => cordOf(topology, psu)),
    nics: nics.map((_, i) => `eth${i}`),
    fans: childrenOfKind(topology, host, KIND_INDEX.fan).length,
    bmcAddress: aliasOf(topology, host, 'bmcAddress') ?? `${topology.ids[host]}-bmc`,
  };
}

/** Outlets go by the inventory's aliases: `<pdu>/<outlet>`. */
function cordOf(topology: Topology, psu: number) {
  const outlet = aliasOf(topology, psu, 'pduOutlet') ?? '';
  const slash = outlet.lastIndexOf('/');
  if (slash < 0) {
    const [pdu] = suppliers(topology, 'power', psu);
    return { pdu, outlet: psu };
  }
  return { pdu: outlet.slice(0, slash), outlet: Number(outlet.slice(slash + 1)) };
}

function aliasOf(topology: Topology, entity: number, type: string): string | undefined {
  return topology.aliases.find(alias => alias.entity === entity && alias.type === type)?.value;
}

function placeOf(topology: Topology, entity: number) {
  const named = (kind: Kind) =>
    pathOf(topology, entity).find(at => topology.kind[at] === KIND_INDEX[kind]);
  const id = (kind: Kind) => {
    const at = named(kind);
    return at === undefined ? undefined : topology.ids[at];
  };
  const hardware = topology.classes[topology.classIndex[entity]];
  return { row: id('row'), hall: id('hall'), class: hardware?.id ?? CLASSES[0].id };
}

function suppliers(topology: Topology, planeId: 'power' | 'cooling', entity: number): string[] {
  const plane = topology.planes[planeId];
  const p = plane.positionOf[entity];
  const found: string[] = [];
  for (let e = plane.parentStart[p]; e < plane.parentStart[p + 1]; e++) {
    if (!plane.isAccounting[e]) found.push(topology.ids[plane.entities[plane.parents[e]]]);
  }
  return found;
}

/** The first thing of a kind on the way up the power plane. */
function upstream(topology: Topology, entity: number, kind: Kind): string | undefined {
  for (let id: string | undefined = topology.ids[entity]; id !== undefined; ) {
    const at = topology.indexOf(id);
    if (topology.kind[at] === KIND_INDEX[kind]) return id;
    id = suppliers(topology, 'power', at)[0];
  }
  return undefined;
}
