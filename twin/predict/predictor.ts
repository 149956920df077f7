/**
 * Rack power, rack inlet and GPU temperatures some minutes ahead, from telemetry and the job schedule.
 * Everything is learned as readings come in; a prediction begins at what is read now, uses nothing
 * later than the newest frame, and its band comes from the errors of earlier ones.
 *
 *     predictor.book(schedule); predictor.take(frame); predictor.predict(15 * 60_000)
 */

import { atOnce } from '../parts.ts';
import { PREDICTION } from '../tables/physics/prediction.ts';
import { TRANSIENT } from '../tables/physics/transient.ts';
import type { Topology } from '../topology/topology.ts';
import type { Anchored } from './anchor.ts';
import { GpuLevels } from './gpu-levels.ts';
import { Heat } from './heat.ts';
import { HostCpu } from './host-cpu.ts';
import type { Prediction, ScheduledJob } from './job.ts';
import { JobBook } from './job-book.ts';
import { type LearnedNotes, type Learner, notesUnder } from './learned.ts';
import { AISLE_TAU_S, type PowersAhead, powersAhead, SINK_TAU_S } from './powers-ahead.ts';
import { RackPower } from './rack-power.ts';
import { type RackSource, type RacksAhead, racksAhead } from './racks-ahead.ts';
import { Readings, type TelemetryFrame } from './readings.ts';
import { Recent } from './recent.ts';
import { Scoring } from './scoring.ts';
import { type PredictedSite, predictedSite } from './site.ts';

const P = PREDICTION;
const WINDOW_MS = 1000 * P.windowS.value;
const INLET_SHARE = P.residualShare.value;
/** Fits are solved this often. */
const SOLVE_MS = 300_000;
/** Before the horizon in the names of what is learned by horizon. */
const AHEAD = 'ahead ';
const AHEAD_MS_MAX = 3_600_000;

/** What the model says of an instant, the present one or a later one. */
interface Instant {
  readonly powers: PowersAhead;
  readonly racks: RacksAhead;
}

/** A prediction under way. */
interface Asked {
  readonly nowMs: number;
  readonly atMs: number;
  readonly present: Instant;
  readonly then: Instant;
  readonly scoring: Scoring;
}

export class Predictor {
  readonly site: PredictedSite;
  readonly topology: Topology;
  readonly #readings: Readings;
  readonly #book: JobBook;
  readonly #levels: GpuLevels;
  readonly #cpu: HostCpu;
  readonly #power: RackPower;
  readonly #heat: Heat;
  readonly #gpusOfHost: number[][];
  readonly #gpuLaggedW: Float64Array;
  readonly #rackLaggedW: Float64Array;
  /** Inlets of the last minutes: what fans are told by until the new powers are known. */
  readonly #inletNowC: Float64Array;
  readonly #recent: Readonly<Record<'rackW' | 'inletC' | 'gpuC', Recent>>;
  /** By horizon, ms. */
  readonly #scorings = new Map<number, Scoring>();
  /** What the model says of the newest frame; undefined until it is asked for. */
  #present: Instant | undefined;
  #lastMs = Number.NaN;
  #solvedMs = Number.NEGATIVE_INFINITY;

  /** @param options of the readings that will come: `isShown` as in `Readings` */
  constructor(topology: Topology, { isShown = false } = {}) {
    this.topology = topology;
    this.site = predictedSite(topology);
    const { site } = this;
    this.#readings = new Readings(topology, site, isShown);
    this.#book = new JobBook(site);
    this.#levels = new GpuLevels(site);
    this.#cpu = new HostCpu(site.hosts.length);
    this.#power = new RackPower(site.racks.length);
    this.#heat = new Heat(site);
    this.#gpusOfHost = Array.from(site.hosts, () => []);
    site.hostOfGpu.forEach((host, gpu) => {
      this.#gpusOfHost[host].push(gpu);
    });
    this.#gpuLaggedW = new Float64Array(site.gpus.length).fill(Number.NaN);
    this.#rackLaggedW = new Float64Array(site.racks.length).fill(Number.NaN);
    this.#inletNowC = new Float64Array(site.racks.length).fill(TRANSIENT.supplyTempC.value);
    this.#recent = {
      rackW: new Recent(site.racks.length),
      inletC: new Recent(site.racks.length),
      gpuC: new Recent(site.gpus.length),
    };
  }

  /** Readings refused because they cannot be. */
  get refused(): number {
    return this.#readings.refused;
  }

  /** Takes in what the scheduler says now; jobs it has told before may be left out. */
  book(schedule: readonly ScheduledJob[]) {
    this.#book.take(schedule);
    this.#present = undefined;
  }

  /** As `takeInParts`, at once. */
  take(frame: TelemetryFrame): boolean {
    return atOnce(this.takeInParts(frame));
  }

  /** As `predictInParts`, at once. */
  predict(aheadMs: number): Prediction {
    return atOnce(this.predictInParts(aheadMs));
  }

  /**
   * Takes in the readings of one instant and learns from them. Frames come in order of time. Nothing
   * else may be asked of the predictor until the last part is done.
   * @returns false for a frame that is not newer than the last one, which is passed over
   */
  *takeInParts(frame: TelemetryFrame): Generator<void, boolean> {
    if (!(frame.atMs > this.#lastMs) && !Number.isNaN(this.#lastMs)) return false;
    if (!Number.isFinite(frame.atMs)) return false;
    const lastMs = Number.isNaN(this.#lastMs) ? frame.atMs : this.#lastMs;
    const readings = this.#readings;
    this.#present = undefined;
    readings.take(frame);
    this.#recent.rackW.take(readings.rackPowerW, frame.atMs);
    this.#recent.inletC.take(readings.rackInletC, frame.atMs);
    this.#recent.gpuC.take(readings.gpuTempC, frame.atMs);
    yield;
    for (const scoring of this.#scorings.values()) {
      scoring.take(readings);
      yield;
    }
    yield* this.#levels.take(readings, this.#book, lastMs);
    this.#lag((frame.atMs - lastMs) / 1000);
    yield;
    yield* this.#learnRacks();
    yield* this.#heat.take(readings, this.#gpuLaggedW, this.#rackLaggedW);
    lag(this.#inletNowC, readings.rackInletC, INLET_SHARE);
    this.#levels.close(this.#book.forget(frame.atMs));
    this.#lastMs = frame.atMs;
    if (frame.atMs - this.#solvedMs >= SOLVE_MS) {
      this.#power.solve();
      yield* this.#heat.solve();
      this.#solvedMs = frame.atMs;
    }
    return true;
  }

  /** Moves the lagged powers; a reading that lacks leaves them as they are. */
  #lag(dtS: number) {
    const { gpuMeanW, rackPowerW } = this.#readings;
    lag(this.#gpuLaggedW, gpuMeanW, -Math.expm1(-dtS / SINK_TAU_S));
    lag(this.#rackLaggedW, rackPowerW, -Math.expm1(-dtS / AISLE_TAU_S));
  }

  *#learnRacks(): Generator<void, void> {
    const { gpuMeanW, hostCpuW, hostFanRatio, rackPowerW, atMs } = this.#readings;
    const { rackOfHost } = this.site;
    const gpuW = new Float64Array(rackPowerW.length);
    const cpuW = new Float64Array(rackPowerW.length);
    const cubes = new Float64Array(rackPowerW.length);
    for (let host = 0; host < rackOfHost.length; host++) {
      if (host % 256 === 255) yield;
      const gpus = this.#gpusOfHost[host];
      this.#cpu.take(
        host,
        hostCpuW[host],
        gpus.map(gpu => this.#book.at(gpu, atMs - 1)),
      );
      const rack = rackOfHost[host];
      if (rack < 0) continue;
      for (const gpu of gpus) gpuW[rack] += gpuMeanW[gpu];
      cpuW[rack] += hostCpuW[host];
      cubes[rack] += hostFanRatio[host] ** 3;
    }
    rackPowerW.forEach((powerW, rack) => {
      this.#power.take(rack, powerW, gpuW[rack], cpuW[rack], cubes[rack]);
    });
  }

  /**
   * The minute that ends `aheadMs` after the newest frame. What is read now is predicted of now.
   * Nothing else may be asked of the predictor until the last part is done.
   * @param aheadMs up to an hour; each horizon has a record and bands of its own
   * @throws RangeError before any frame, or for another horizon
   */
  *predictInParts(aheadMs: number): Generator<void, Prediction> {
    const nowMs = this.#lastMs;
    if (Number.isNaN(nowMs)) throw new RangeError('No frame has been taken in yet');
    if (!(aheadMs >= 0 && aheadMs <= AHEAD_MS_MAX)) {
      throw new RangeError(`aheadMs is ${aheadMs}; it must be up to 60 minutes`);
    }
    this.#present ??= yield* this.#instantAt(nowMs);
    const present = this.#present;
    const then = aheadMs === 0 ? present : yield* this.#instantAt(nowMs + aheadMs);
    const scoring = this.#scoringOf(aheadMs);
    const asked = { nowMs, atMs: nowMs + aheadMs, present, then, scoring };
    const rackW = this.#rackPowers(asked);
    const inletC = this.#inlets(asked, rackW);
    yield;
    const gpuC = this.#gpuTemps(asked, inletC);
    yield;
    return scoring.banded({
      ...{ madeAtMs: nowMs, atMs: asked.atMs },
      values: { rackPowerW: rackW, rackInletC: inletC, gpuTempC: gpuC },
      classes: {
        rackPowerW: Uint8Array.from(then.racks.lasting, rackClass),
        rackInletC: new Uint8Array(rackW.values.length),
        gpuTempC: then.powers.isLasting.map(is => 1 - is),
      },
      powerNoiseRatio: this.#power.noiseRatio,
      probeSpreadK: this.#heat.probeSpreadK(),
    });
  }

  #scoringOf(aheadMs: number): Scoring {
    const known = this.#scorings.get(aheadMs);
    if (known) return known;
    const scoring = new Scoring(this.site, aheadMs);
    // what is predicted of now is not scored
    if (aheadMs > 0) this.#scorings.set(aheadMs, scoring);
    return scoring;
  }

  /** What is kept over a restart. */
  readonly learned = {
    columns: () => this.#learners().flatMap(learner => learner.learnedColumns()),
    notes: (): LearnedNotes => {
      const all = this.#learners().map(learner => learner.learnedNotes());
      const scored = [...this.#scorings].map(([ms, of]) => of.learnedNotes(`${AHEAD}${ms} `));
      return Object.assign({}, ...all, ...scored);
    },
    restoreNotes: (notes: LearnedNotes) => {
      for (const learner of this.#learners()) learner.restoreNotes(notes);
      const horizons = notesUnder(notes, AHEAD).map(([name]) => Number.parseInt(name, 10));
      for (const ms of new Set(horizons)) this.#scoringOf(ms).restoreNotes(`${AHEAD}${ms} `, notes);
    },
  };

  #learners = (): readonly Learner[] => [this.#levels, this.#cpu, this.#power, this.#heat];

  *#instantAt(atMs: number): Generator<void, Instant> {
    const { site } = this;
    const [book, levels, cpu] = [this.#book, this.#levels, this.#cpu];
    const powers = yield* powersAhead({ site, book, levels }, this.#lastMs, atMs);
    const source: RackSource = {
      ...{ site, cpu, gpusOfHost: this.#gpusOfHost, power: this.#power, heat: this.#heat },
      inletNowC: this.#inletNowC,
    };
    return { powers, racks: yield* racksAhead(source, powers) };
  }

  #rackPowers({ nowMs, atMs, present, then, scoring }: Asked): Anchored {
    return scoring.anchors.rackPowerW.anchored(this.site.racks.length, rack => {
      // what the fit leaves over holds for what goes on; of now it is left out as much
      const restW = then.racks.lasting[rack] * this.#power.restW(rack);
      return {
        says: Math.max(0, then.racks.fitW[rack] + restW),
        saysNow: present.racks.fitW[rack] + restW,
        now: this.#recent.rackW.valueAt(rack, nowMs),
        going: atMs === nowMs ? 1 : then.racks.going[rack],
      };
    });
  }

  #inlets({ nowMs, atMs, present, then, scoring }: Asked, rackW: Anchored): Anchored {
    const heat = this.#heat;
    const ofPowers = (watts: Float64Array, { powers, racks }: Instant, ms: number) => {
      const laggedW = watts.map((w, rack) => w * powers.rackLaggedRatio[rack]);
      const flows = heat.flows(racks.fans);
      const swingK = heat.swingK(ms - WINDOW_MS / 2);
      const inletC = heat.inletsC(laggedW, flows);
      return (rack: number) => swingK + inletC(rack);
    };
    const saysNow = ofPowers(rackW.nows, present, nowMs);
    const says = ofPowers(rackW.values, then, atMs);
    return scoring.anchors.rackInletC.anchored(this.site.racks.length, rack => ({
      ...{ says: says(rack), saysNow: saysNow(rack), going: 1 },
      now: this.#recent.inletC.valueAt(rack, nowMs),
    }));
  }

  #gpuTemps({ nowMs, atMs, present, then, scoring }: Asked, inletC: Anchored): Anchored {
    const { hostOfGpu, rackOfHost, gpus } = this.site;
    const heat = this.#heat;
    const of = (gpu: number, { powers, racks }: Instant, inlets: Float64Array) => {
      const host = hostOfGpu[gpu];
      const hostInletC = heat.hostInletC(host, inlets[rackOfHost[host]]);
      return heat.gpuC(gpu, powers.gpuLaggedW[gpu], racks.fans[host], hostInletC);
    };
    return scoring.anchors.gpuTempC.anchored(gpus.length, gpu => ({
      says: of(gpu, then, inletC.values),
      saysNow: of(gpu, present, inletC.nows),
      now: this.#recent.gpuC.valueAt(gpu, nowMs),
      going: atMs === nowMs ? 1 : then.powers.isGoing[gpu],
    }));
  }
}

const rackClass = (lastingRatio: number) =>
  lastingRatio > P.lastingMostRatio.value ? 0 : lastingRatio > P.lastingSomeRatio.value ? 1 : 2;

function lag(lagged: Float64Array, now: Float64Array, share: number) {
  for (let i = 0; i < lagged.length; i++) {
    if (Number.isNaN(now[i])) continue;
    lagged[i] = Number.isNaN(lagged[i]) ? now[i] : lagged[i] + share * (now[i] - lagged[i]);
  }
}
