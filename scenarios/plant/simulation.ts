/** The plant in time: warm-up, then fixed steps up to whatever instant is asked for. */
import {
  clearFault,
  type Fault,
  type FaultAnswer,
  type FaultBook,
  injectFault,
  stepFaults,
} from './faults.ts';
import { F } from './figures.ts';
import { BEAT_S, createJobBook, fillSite, type JobBook, scheduleRound } from './jobs.ts';
import { type Layout, layOut } from './layout.ts';
import { stepAir } from './physics/air.ts';
import { lagShare, stepGpus } from './physics/gpu.ts';
import { stepHosts } from './physics/host.ts';
import { applyLoad, boundHosts } from './physics/load.ts';
import { feedPdus, stepPowerChain } from './physics/power-chain.ts';
import { stepPowerControl } from './power-control.ts';
import { hash32, STREAM, unit } from './random.ts';
import type { PlantSite } from './site.ts';
import { countEcc, createState, logEvent, type State } from './state.ts';

export interface Simulation {
  readonly layout: Layout;
  readonly state: State;
  readonly book: JobBook;
  readonly faults: FaultBook;
  /** Plant time of second 0, epoch ms. */
  readonly startMs: number;
  readonly stepS: number;
}

export interface SimulationOptions {
  /** Epoch ms of second 0. */
  readonly startMs: number;
  /** Seconds a step, 1-10; 1 unless time is sped up a lot. */
  readonly stepS?: number;
  readonly faults?: readonly Fault[] | ((layout: Layout) => readonly Fault[]);
}

const WARM_UP_S = 600;
const WARM_STEP_S = 5;
const DAY_S = 86_400;

/** @throws RangeError for a bad site or a fault that cannot be injected. */
export function createSimulation(site: PlantSite, options: SimulationOptions): Simulation {
  const layout = layOut(site);
  const state = createState(layout, options.startMs / 1000);
  const book = createJobBook(layout);
  const faults: FaultBook = new Map();
  const { startMs, stepS = 1 } = options;
  const simulation = { layout, state, book, faults, startMs, stepS };
  state.nowS = -WARM_UP_S;
  fillSite(layout, state, book);
  const wanted = typeof options.faults === 'function' ? options.faults(layout) : options.faults;
  for (const fault of wanted ?? []) {
    const answer = injectFault(simulation, faults, fault);
    if (!answer.ok) throw new RangeError(`fault '${fault.id}': ${answer.reason}`);
  }
  while (state.nowS < 0) step(simulation, WARM_STEP_S);
  state.energy.inJ = 0;
  state.energy.outJ = state.rack.storedJ.reduce((sum, stored) => sum - stored, 0);
  return simulation;
}

/**
 * Steps until plant time `atMs`, at most `maxSteps` steps; the rest waits for the next call, and
 * the plant is late by that much. Returns the seconds still missing (0 when it caught up).
 */
export function advanceTo(simulation: Simulation, atMs: number, maxSteps: number): number {
  const { state, stepS, startMs } = simulation;
  const targetS = (atMs - startMs) / 1000;
  for (let made = 0; made < maxSteps && state.nowS + stepS <= targetS; made++) {
    step(simulation, stepS);
  }
  return Math.max(0, targetS - state.nowS - stepS);
}

/** Instant that the state shows, epoch ms. */
export const simulatedMs = ({ startMs, state }: Simulation) => startMs + state.nowS * 1000;

function step(simulation: Simulation, dtS: number): void {
  const { layout, state, book, faults } = simulation;
  if (Math.floor((state.nowS + dtS) / BEAT_S) > Math.floor(state.nowS / BEAT_S)) {
    scheduleRound(layout, state, book);
    rareEvents(simulation);
  }
  feedPdus(layout, state);
  stepPowerControl(simulation, dtS);
  stepFaults(simulation, faults, dtS);
  applyLoad(layout, state, book, dtS);
  boundHosts(layout, state);
  stepGpus(layout, state, dtS);
  stepHosts(layout, state, dtS);
  stepPowerChain(layout, state, dtS);
  stepAir(layout, state, dtS);
  senseHosts(layout, state, dtS);
  state.nowS += dtS;
  state.steps++;
}

/** BMC sensors follow the truth late; the readings made of them are in `readings.ts`. */
function senseHosts(layout: Layout, state: State, dtS: number): void {
  const { host } = state;
  const powerShare = lagShare(dtS, F.bmcTauS);
  const inletShare = lagShare(dtS, F.inletTauS);
  for (let at = 0; at < layout.hostCount; at++) {
    host.bmcPowerW[at] += (host.powerW[at] - host.bmcPowerW[at]) * powerShare;
    host.inletSensedC[at] += (host.inletTempC[at] - host.inletSensedC[at]) * inletShare;
  }
}

/** Background of a healthy site, once a beat: corrected errors of memory. */
function rareEvents({ layout, state }: Simulation): void {
  const { seed, hostCount, gpuCount } = layout;
  const beatOdds = BEAT_S / DAY_S;
  for (let host = 0; host < hostCount; host++) {
    const draw = unit(seed, STREAM.ecc + host * 32, state.steps);
    if (draw >= F.dimmErrorsPerHostDay * beatOdds * state.host.poweredOn[host]) continue;
    const { gpus } = layout.site.hosts[host];
    const dimms = gpus > 0 ? F.dimmsPerGpuHost : F.dimmsPerCpuHost;
    const message = `Correctable ECC at DIMM ${hash32(seed, host, state.steps) % dimms}`;
    logEvent(state, host, { severity: 'OK', sensorType: 'Memory', message });
    state.host.memErrors[host]++;
  }
  for (let gpu = 0; gpu < gpuCount; gpu++) {
    const draw = unit(seed, STREAM.gpuEcc + gpu * 32, state.steps);
    const on = state.host.poweredOn[layout.gpuHost[gpu]];
    if (draw < F.hbmErrorsPerGpuDay * beatOdds * on) countEcc(state, gpu, { sbe: 1 });
  }
}

export const inject = (simulation: Simulation, fault: Fault): FaultAnswer =>
  injectFault(simulation, simulation.faults, fault);

export const clear = (simulation: Simulation, id: string): FaultAnswer =>
  clearFault(simulation, simulation.faults, id);
