/**
 * The plant laboratory: a small site in process, seeded, with a hidden truth, to judge predictions
 * and sensor agreement. It shares no code with the engine; its parameters are drawn +-20 % a seed.
 *
 *     const lab = createLab({ seed: 7, faults: drawFaults(7) });   // fault-draw.ts
 *     for (const tick of lab.step(lab.startMs + 3_600_000)) {
 *       for (let at = 0; at < tick.value.length; at++) {
 *         const id = lab.entities[tick.entity[at]].id;      // 'r1-k01-n1/gpu0'
 *         const signal = lab.signals[tick.signal[at]];      // 'gpuPowerW'
 *         const value = tick.value[at];                     // SI unit of the signal
 *       }
 *     }
 *     lab.schedule(lab.nowMs, lab.nowMs + 900_000);         // jobs that run or start by then
 *     lab.truth.minutes.at(-1);                             // for scoring only
 *
 * What stands there: row `r1` of racks `r1-k01`.., each with hosts `-n1`..`-n4` of eight GPUs
 * (`/gpu0`..`/gpu7`), six supplies (`/psu0`..`/psu5`, even ones on feed A, odd ones on B), PDUs
 * `-pdu-a` and `-pdu-b`, and a TOR `-tor` with a cord to both; busways `r1-bus-a|b`; UPSes
 * `ups-a|b`; CRAHs `crah-1|2`. Ids are those that the engine makes of `lab.inventory`.
 *
 * What is measured, every `telemetryS`:
 * - GPU: `gpuPowerW` (mean of the last second, as the driver gives it: training waves of
 *   0.2-3 Hz alias), `gpuEnergyJ` (counter: what the power sensor adds up), `utilRatio` and
 *   `smActiveRatio` (means since the last tick), `gpuTempC` (1 K, lags).
 * - Host: `bmcPowerW` (lags by seconds), `inletTempC`, `exhaustTempC` (1 K, lag), `cpuPowerW`,
 *   `cpuUtilRatio`, `fanSpeedRatio`.
 * - PSU: `psuInputPowerW` (last second), `outletPowerW` (mean since the last tick).
 * - TOR: `outletPowerW`, both cords together. PDU: `pduPowerW`, inlet, mean since the last tick.
 * - Busway (kind `feed`): `powerW`, upstream end. UPS: `upsPowerW`, output. Same means.
 * - Rack probes: `inletTempC`, `exhaustTempC` (1 K). CRAH: `supplyTempC`, `returnTempC` (1 K).
 * Every power reading has a gain of its own (+-1 %) and noise of 2 %; readings drop out.
 *
 * How hard it is: racks draw 17-25 kW on average, and what a rack drew 15 minutes ago is off by
 * 6.7-10.3 % (mean over a day; 120 seeds). Jobs of one shape differ by 3-5 %; some 300-370 start in
 * a day; checkpoints, evaluations and the spells of notebooks are not in the schedule. A day of
 * eight racks takes 2-3 s of CPU.
 *
 * Losses on the way up: PDU (some 0.3 %), busway (some 0.2 %). GPUs, fans, processors and the rest
 * of the host behind its supplies (90-97 %).
 */

import type { LabFault } from './faults.ts';
import { drawParameters } from './figures.ts';
import { inventoryOf, type Layout, layOut } from './layout.ts';
import { applyLoad, createLoad, type Load } from './load.ts';
import { checkOptions } from './options.ts';
import { stepAir } from './physics/air.ts';
import { stepGpus } from './physics/gpus.ts';
import { stepHosts } from './physics/hosts.ts';
import { stepPower } from './physics/power.ts';
import { createSensors, SIGNALS } from './sensors.ts';
import { createState, STEP_S, type State } from './state.ts';
import { createSums } from './sums.ts';
import { createTimeline, type PlacedJob, type Timeline } from './timeline.ts';
import { createTruth } from './truth.ts';

export interface LabOptions {
  /** Whole number; everything follows from it. */
  readonly seed: number;
  /** Racks of four hosts, 1-10; 8 when absent. */
  readonly racks?: number;
  /** Seconds between telemetry ticks, whole, 1-300; 30 when absent. */
  readonly telemetryS?: number;
  /** Sensor faults; none when absent. They change readings only, never the truth. */
  readonly faults?: readonly LabFault[];
  /** Epoch ms of the first second; 2026-01-05 00:00 UTC when absent. */
  readonly startMs?: number;
}

export interface LabEntity {
  readonly id: string;
  readonly kind: 'gpu' | 'host' | 'psu' | 'tor' | 'pdu' | 'feed' | 'ups' | 'rack' | 'crah';
}

/** Readings of one instant: three parallel columns. Those of sensors that did not answer lack. */
export interface Telemetry {
  readonly atMs: number;
  /** Index into `lab.entities`. */
  readonly entity: Int32Array;
  /** Index into `lab.signals`. */
  readonly signal: Int32Array;
  /** Finite, in the unit of the signal. */
  readonly value: Float64Array;
}

export type LabJobKind = 'training' | 'inference' | 'notebook';

/** A job as its scheduler knows it. */
export interface LabJob {
  readonly id: string;
  /** What its submitter runs again and again: jobs of one shape draw much the same power. */
  readonly shape: string;
  readonly kind: LabJobKind;
  /** Entity ids, and the same as indices into `lab.entities`. */
  readonly gpus: readonly string[];
  readonly gpuEntities: Int32Array;
  readonly startMs: number;
  /** When its GPUs are free again; null as long as that is more than 15 minutes ahead. */
  readonly endMs: number | null;
}

/** Means over one minute, before any sensor. Racks, hosts and GPUs in the order of `entities`. */
export interface TruthMinute {
  /** Epoch ms at the end of the minute. */
  readonly endMs: number;
  /** At the inlets of the rack's PDUs: hosts, TOR and PDU losses. */
  readonly rackPowerW: Float64Array;
  readonly rackInletTempC: Float64Array;
  /** At the wall side of the supplies. */
  readonly hostPowerW: Float64Array;
  readonly hostInletTempC: Float64Array;
  readonly gpuPowerW: Float64Array;
  readonly gpuTempC: Float64Array;
}

/** Energies since the start, J: what went in and where it went. */
export interface TruthEnergy {
  readonly gpuJ: number;
  readonly hostRestJ: number;
  readonly psuLossJ: number;
  readonly torJ: number;
  readonly pduLossJ: number;
  readonly buswayLossJ: number;
  /** At the outputs of the UPSes. */
  readonly upsOutputJ: number;
  /** Heat given to the air of the racks, and what their solids hold beyond the start. */
  readonly airHeatJ: number;
  readonly storedJ: number;
}

/** Hidden values, for scoring only: no predictor or judge of sensors may look at them. */
export interface Truth {
  /** One entry a whole minute since the start, oldest first. */
  readonly minutes: readonly TruthMinute[];
  readonly faults: readonly LabFault[];
  readonly energy: TruthEnergy;
  /** Drawn parameters by name. */
  readonly parameters: Readonly<Record<string, number>>;
}

export interface Lab {
  /** Inventory document, apiVersion orrery/v1. */
  readonly inventory: Readonly<Record<string, unknown>>;
  readonly entities: readonly LabEntity[];
  readonly signals: readonly string[];
  readonly startMs: number;
  readonly nowMs: number;
  /** Lives on to `toMs` (a whole second, not in the past) and gives the ticks in (now, toMs]. */
  step(toMs: number): Telemetry[];
  /** Jobs with any time in [fromMs, toMs): past ones too, future ones to now + 15 min at most. */
  schedule(fromMs: number, toMs: number): LabJob[];
  readonly truth: Truth;
}

/** A reading with names, for tests and eyes. */
interface LabRecord {
  readonly entity: string;
  readonly signal: string;
  readonly value: number;
  readonly atMs: number;
}

export const recordsOf = (lab: Lab, tick: Telemetry): LabRecord[] =>
  Array.from(tick.value, (value, at) => ({
    entity: lab.entities[tick.entity[at]].id,
    signal: lab.signals[tick.signal[at]],
    value,
    atMs: tick.atMs,
  }));

/** Seconds for which the scheduler knows what will start and end. */
const AHEAD_S = 900;
/** The lab is warm before its first second. */
const WARM_UP_S = 1800;

/** @throws RangeError naming an option out of its range, or a fault that cannot be. */
export function createLab(options: LabOptions): Lab {
  const { seed, racks, telemetryS, faults, startMs } = checkOptions(options);
  const layout = layOut(racks);
  const state = createState(layout, seed, drawParameters(seed));
  const timeline = createTimeline(layout, seed);
  const load = createLoad();
  state.nowS = -WARM_UP_S;
  while (state.nowS < 0) stepOnce(state, load, timeline);
  const book = createSums(state);
  const sensors = createSensors(state, book, { faults, telemetryS });
  const keeper = createTruth(state, book, { faults, startMs });
  const msOf = (atS: number) => startMs + atS * 1000;
  return {
    ...{ inventory: inventoryOf(racks), entities: layout.entities, signals: SIGNALS, startMs },
    get nowMs() {
      return msOf(state.nowS);
    },
    step(toMs) {
      const toS = (toMs - startMs) / 1000;
      if (!Number.isInteger(toS) || toS < state.nowS) {
        throw new RangeError(`step: ${toMs} ms is no whole second from ${msOf(state.nowS)} ms on`);
      }
      const ticks: Telemetry[] = [];
      while (state.nowS < toS) {
        stepOnce(state, load, timeline);
        book.add();
        keeper.keep(state.nowS);
        if (state.nowS % telemetryS === 0) ticks.push(sensors.read(msOf(state.nowS), telemetryS));
      }
      return ticks;
    },
    schedule(fromMs, toMs) {
      const knownS = state.nowS + AHEAD_S;
      const fromS = (fromMs - startMs) / 1000;
      const toS = Math.min((toMs - startMs) / 1000, knownS);
      timeline.workOut(knownS + 1);
      return timeline.jobs
        .filter(job => job.startS < toS && job.endS > fromS)
        .map(job => jobOf(job, { layout, knownS, startMs }));
    },
    truth: keeper.truth,
  };
}

function stepOnce(state: State, load: Load, timeline: Timeline): void {
  applyLoad(state, load, timeline);
  stepGpus(state);
  stepHosts(state);
  stepPower(state);
  stepAir(state);
  state.nowS += STEP_S;
}

interface Known {
  readonly layout: Layout;
  readonly knownS: number;
  readonly startMs: number;
}

function jobOf(job: PlacedJob, { layout, knownS, startMs }: Known): LabJob {
  const gpuEntities = job.gpus.map(gpu => layout.first.gpu + gpu);
  return {
    ...{ id: `job-${job.index + 1}`, shape: job.shape.name, kind: job.shape.kind, gpuEntities },
    gpus: Array.from(gpuEntities, entity => layout.entities[entity].id),
    startMs: startMs + job.startS * 1000,
    endMs: job.endS <= knownS ? startMs + job.endS * 1000 : null,
  };
}
