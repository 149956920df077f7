/** The simulated site as a running service: its clock, its pages and its BMCs. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultFaults, describeFaults, type Fault, type FaultAnswer } from './faults.ts';
import { answerPlant, createPlantPages } from './http.ts';
import type { Layout } from './layout.ts';
import {
  type BmcOptions,
  type BmcServer,
  close,
  fail,
  listen,
  startBmc,
} from './redfish/bmc-server.ts';
import { advanceTo, clear, createSimulation, inject, type Simulation } from './simulation.ts';
import type { PlantSite } from './site.ts';
import { listTargets, type PlantBmc, type PlantTarget } from './targets.ts';
import { readTruth, type Truth } from './truth.ts';

export interface PlantOptions {
  /** Port of the pages on 127.0.0.1; a free one when absent or 0. */
  readonly port?: number;
  /** Replaces the site's seed. */
  readonly seed?: number;
  /** Plant seconds a wall second; 1 when absent. */
  readonly speed?: number;
  /** Plant time, epoch ms; replaces `startMs` and `speed` for those who drive the clock. */
  readonly clock?: () => number;
  /** Faults at the start; the demo's set when absent, `[]` for a sound plant. */
  readonly faults?: readonly Fault[];
  /** Plant time at the start, epoch ms; now when absent. */
  readonly startMs?: number;
  /** Hosts whose BMC speaks Redfish: ids, or how many (spread over the racks; 40 when absent). */
  readonly redfishHosts?: readonly string[] | number;
  readonly account?: { readonly username: string; readonly password: string };
}

export interface Plant {
  readonly port: number;
  readonly url: string;
  readonly targets: readonly PlantTarget[];
  readonly bmcs: readonly PlantBmc[];
  /** Seconds the simulation is behind its clock (more than 0 when time runs too fast to follow). */
  lagS(): number;
  truth(): Truth;
  inject(fault: Fault): FaultAnswer;
  clear(id: string): FaultAnswer;
  describe(): readonly string[];
  stop(): Promise<void>;
}

const REDFISH_HOSTS = 40;
/** Longest step, s: beyond it the poles of the GPU model would no longer mean anything. */
const STEP_MAX_S = 10;
/** Speeds up to this run at 1 s steps; above, steps grow, so work a wall second is bounded. */
const STEPS_PER_WALL_S = 60;
/** Steps made by one call at most; a plant that slept an hour catches up over a few calls. */
const STEPS_PER_CALL = 600;
const TICK_MS = 1000;

/** @throws RangeError for a bad site, a bad fault or an unknown Redfish host. */
export async function startPlant(site: PlantSite, options: PlantOptions = {}): Promise<Plant> {
  const { speed = 1 } = options;
  if (!(speed > 0)) throw new RangeError(`speed: ${speed} must be above 0`);
  const clock = options.clock ?? runningClock(options.startMs ?? Date.now(), speed);
  const simulation = createSimulation(
    { ...site, seed: options.seed ?? site.seed },
    {
      startMs: clock(),
      stepS: Math.min(STEP_MAX_S, Math.max(1, Math.ceil(speed / STEPS_PER_WALL_S))),
      faults: options.faults ?? defaultFaults,
    },
  );
  let lagS = 0;
  const catchUp = () => {
    lagS = advanceTo(simulation, clock(), STEPS_PER_CALL);
  };
  const targets: PlantTarget[] = [];
  const http = { simulation, pages: createPlantPages(simulation), targets: () => targets, catchUp };
  const server = createServer((request, response) => {
    answerPlant(http, request, response).catch(error => fail(response, error));
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  targets.push(...listTargets(simulation.layout, url));
  const { servers, bmcs } = await startBmcs(simulation, options, { clock, catchUp });
  const timer = setInterval(catchUp, TICK_MS);
  timer.unref();
  return {
    ...{ port, url, targets, bmcs, lagS: () => lagS },
    truth: () => {
      catchUp();
      return readTruth(simulation);
    },
    inject: fault => inject(simulation, fault),
    clear: id => clear(simulation, id),
    describe: () => describeFaults(simulation.faults),
    async stop() {
      clearInterval(timer);
      await Promise.all([close(server), ...servers.map(bmc => bmc.stop())]);
    },
  };
}

function runningClock(startMs: number, speed: number): () => number {
  const wallMs = performance.now();
  return () => startMs + (performance.now() - wallMs) * speed;
}

type BmcTime = Pick<BmcOptions, 'clock' | 'catchUp'>;

async function startBmcs(simulation: Simulation, options: PlantOptions, time: BmcTime) {
  const { layout } = simulation;
  const account = options.account ?? { username: 'admin', password: 'plant' };
  const hosts = redfishHosts(layout, options.redfishHosts ?? REDFISH_HOSTS);
  const servers: BmcServer[] = await Promise.all(
    hosts.map(host => startBmc(simulation, { host, account, ...time })),
  );
  const bmcs = servers.map(
    ({ url }, at): PlantBmc => ({ host: layout.site.hosts[hosts[at]].id, url, ...account }),
  );
  return { servers, bmcs };
}

/** A number takes the lowest host of every rack, then the next ones, until there are enough. */
function redfishHosts(layout: Layout, wanted: readonly string[] | number): number[] {
  if (typeof wanted !== 'number') {
    return wanted.map(id => {
      const host = layout.hostIndex.get(id);
      if (host === undefined) throw new RangeError(`redfishHosts: no host '${id}'`);
      return host;
    });
  }
  const tallest = Math.max(0, ...layout.rackHosts.map(hosts => hosts.length));
  const inTurn = Array.from({ length: tallest }, (_, at) =>
    layout.rackHosts.flatMap(hosts => (at < hosts.length ? [hosts[at]] : [])),
  ).flat();
  return inTurn.slice(0, wanted);
}
