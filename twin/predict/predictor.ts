/**
 * Rack power, inlet and GPU temperatures some minutes ahead, from telemetry and the job schedule.
 * Everything is learned as readings come in; a prediction uses nothing later than the newest
 * frame, and its band comes from the errors of earlier ones.
 *
 *     predictor.book(schedule); predictor.take(frame); predictor.predict(15 * 60_000)
 */
import { PREDICTION } from '../tables/physics/prediction.ts';
import { GPU_AIR_RC } from '../tables/physics/thermal.ts';
import { TRANSIENT } from '../tables/physics/transient.ts';
import type { Topology } from '../topology/topology.ts';
import { GpuLevels } from './gpu-levels.ts';
import { Heat } from './heat.ts';
import { HostCpu } from './host-cpu.ts';
import type { Prediction, ScheduledJob } from './job.ts';
import { type BookedJob, JobBook } from './job-book.ts';
import { RackPower } from './rack-power.ts';
import { Readings, type TelemetryFrame } from './readings.ts';
import { Scoring } from './scoring.ts';
import { type PredictedSite, predictedSite } from './site.ts';

const P = PREDICTION;
const WINDOW_MS = 1000 * P.windowS.value;
const SLOT_MS = 1000 * P.slotS.value;
const SLOTS = Math.round(P.runUpS.value / P.slotS.value);
const WINDOW_SLOTS = Math.round(P.windowS.value / P.slotS.value);
const SINK_TAU_S = GPU_AIR_RC.sinkTauS.value;
const AISLE_TAU_S = P.aisleTauS.value;
const INLET_SHARE = P.residualShare.value;
/** Fits are solved this often. */
const SOLVE_MS = 300_000;
/** Fan speed, temperature and power hang on one another; so many rounds settle them. */
const ROUNDS = 3;

/** Powers of the run-up to an instant, at their end and over the window. */
interface Ahead {
  /** Means over the window, W. */
  readonly gpuW: Float64Array;
  /** Means over the window of the powers behind the lag of a heatsink. */
  readonly gpuLaggedW: Float64Array;
  readonly rackLaggedRatio: Float64Array;
  readonly jobs: readonly (BookedJob | undefined)[];
  /** Part of each GPU's window that the job of now fills; idle counts as a job. */
  readonly isLasting: Uint8Array;
}

export class Predictor {
  readonly site: PredictedSite;
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
  readonly #scoring: Scoring;
  #lastMs = Number.NaN;
  #solvedMs = Number.NEGATIVE_INFINITY;

  constructor(topology: Topology) {
    this.site = predictedSite(topology);
    const { site } = this;
    this.#readings = new Readings(topology, site);
    this.#book = new JobBook(site);
    this.#levels = new GpuLevels(site);
    this.#cpu = new HostCpu(site.hosts.length);
    this.#power = new RackPower(site.racks.length);
    this.#heat = new Heat(site);
    this.#scoring = new Scoring(site);
    this.#gpusOfHost = Array.from(site.hosts, () => []);
    site.hostOfGpu.forEach((host, gpu) => {
      this.#gpusOfHost[host].push(gpu);
    });
    this.#gpuLaggedW = new Float64Array(site.gpus.length).fill(Number.NaN);
    this.#rackLaggedW = new Float64Array(site.racks.length).fill(Number.NaN);
    this.#inletNowC = new Float64Array(site.racks.length).fill(TRANSIENT.supplyTempC.value);
  }

  /** Readings refused because they cannot be. */
  get refused(): number {
    return this.#readings.refused;
  }

  /** Takes in what the scheduler says now; jobs it has told before may be left out. */
  book(schedule: readonly ScheduledJob[]) {
    this.#book.take(schedule);
  }

  /**
   * Takes in the readings of one instant and learns from them. Frames come in order of time.
   * @returns false for a frame that is not newer than the last one, which is passed over
   */
  take(frame: TelemetryFrame): boolean {
    if (!(frame.atMs > this.#lastMs) && !Number.isNaN(this.#lastMs)) return false;
    if (!Number.isFinite(frame.atMs)) return false;
    const lastMs = Number.isNaN(this.#lastMs) ? frame.atMs : this.#lastMs;
    this.#readings.take(frame);
    this.#scoring.take(this.#readings);
    this.#levels.take(this.#readings, this.#book, lastMs);
    this.#lag((frame.atMs - lastMs) / 1000);
    this.#learnRacks();
    this.#heat.take(this.#readings, this.#gpuLaggedW, this.#rackLaggedW);
    lag(this.#inletNowC, this.#readings.rackInletC, INLET_SHARE);
    this.#levels.close(this.#book.forget(frame.atMs));
    this.#lastMs = frame.atMs;
    if (frame.atMs - this.#solvedMs >= SOLVE_MS) {
      this.#power.solve();
      this.#heat.solve();
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

  #learnRacks() {
    const { gpuMeanW, hostCpuW, hostFanRatio, rackPowerW, atMs } = this.#readings;
    const { rackOfHost } = this.site;
    const gpuW = new Float64Array(rackPowerW.length);
    const cpuW = new Float64Array(rackPowerW.length);
    const cubes = new Float64Array(rackPowerW.length);
    for (let host = 0; host < rackOfHost.length; host++) {
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
   * The minute that ends `aheadMs` after the newest frame.
   * @param aheadMs 5 to 60 minutes: longer than the run-up of the lags
   * @throws RangeError before any frame, or for another horizon
   */
  predict(aheadMs: number): Prediction {
    if (Number.isNaN(this.#lastMs)) throw new RangeError('No frame has been taken in yet');
    if (!(aheadMs >= 300_000 && aheadMs <= 3_600_000)) {
      throw new RangeError(`aheadMs is ${aheadMs}; it must be 5 to 60 minutes`);
    }
    const atMs = this.#lastMs + aheadMs;
    const ahead = this.#powersAhead(atMs);
    const { rackW, fans, lasting } = this.#racksAhead(ahead);
    const laggedW = rackW.map((powerW, rack) => powerW * ahead.rackLaggedRatio[rack]);
    const flows = this.#heat.flows(fans);
    const swingK = this.#heat.swingK(atMs - WINDOW_MS / 2);
    const inletC = laggedW.map((_, rack) => swingK + this.#heat.inletC(rack, laggedW, flows));
    const gpuC = this.#gpusAhead(ahead, fans, inletC);
    return this.#scoring.banded({
      ...{ madeAtMs: this.#lastMs, atMs, rackW, inletC, gpuC },
      rackClass: Uint8Array.from(lasting, ratio =>
        ratio > P.lastingMostRatio.value ? 0 : ratio > P.lastingSomeRatio.value ? 1 : 2,
      ),
      gpuClass: Uint8Array.from(ahead.isLasting, is => (is ? 0 : 1)),
      powerNoiseRatio: this.#power.noiseRatio,
      probeSpreadK: this.#heat.probeSpreadK(),
    });
  }

  #powersAhead(atMs: number): Ahead {
    const count = this.site.gpus.length;
    const gpuW = new Float64Array(count);
    const gpuLaggedW = new Float64Array(count);
    const isLasting = new Uint8Array(count);
    const jobs: (BookedJob | undefined)[] = [];
    const rackNow = new Float64Array(this.site.racks.length);
    const rackLagged = new Float64Array(this.site.racks.length);
    const sinkShare = -Math.expm1(-P.slotS.value / SINK_TAU_S);
    const aisleShare = -Math.expm1(-P.slotS.value / AISLE_TAU_S);
    for (let gpu = 0; gpu < count; gpu++) {
      let sinkW = Number.NaN;
      let aisleW = Number.NaN;
      let aisleSum = 0;
      const now = this.#book.at(gpu, this.#lastMs - 1);
      let isSame = now === undefined || this.#levels.isOwn(now, gpu);
      for (let slot = 0; slot < SLOTS; slot++) {
        const slotMs = atMs - (SLOTS - slot - 0.5) * SLOT_MS;
        const booked = this.#book.at(gpu, slotMs);
        const powerW = this.#levels.powerW(gpu, booked, slotMs);
        sinkW = Number.isNaN(sinkW) ? powerW : sinkW + sinkShare * (powerW - sinkW);
        aisleW = Number.isNaN(aisleW) ? powerW : aisleW + aisleShare * (powerW - aisleW);
        if (booked !== now) isSame = false;
        if (slot === SLOTS - 1) jobs.push(booked);
        if (slot < SLOTS - WINDOW_SLOTS) continue;
        gpuW[gpu] += powerW / WINDOW_SLOTS;
        gpuLaggedW[gpu] += sinkW / WINDOW_SLOTS;
        aisleSum += aisleW / WINDOW_SLOTS;
      }
      isLasting[gpu] = isSame ? 1 : 0;
      const rack = this.site.rackOfHost[this.site.hostOfGpu[gpu]];
      if (rack < 0) continue;
      rackNow[rack] += gpuW[gpu];
      rackLagged[rack] += aisleSum;
    }
    const rackLaggedRatio = rackLagged.map((w, r) => (rackNow[r] > 0 ? w / rackNow[r] : 1));
    return { gpuW, gpuLaggedW, rackLaggedRatio, jobs, isLasting };
  }

  #racksAhead(ahead: Ahead) {
    const { rackOfHost, racks } = this.site;
    const gpuW = new Float64Array(racks.length);
    const lastingW = new Float64Array(racks.length);
    const cpuW = new Float64Array(racks.length);
    const cubes = new Float64Array(racks.length);
    const fans = new Float64Array(rackOfHost.length);
    for (let host = 0; host < rackOfHost.length; host++) {
      const rack = rackOfHost[host];
      const gpus = this.#gpusOfHost[host];
      fans[host] = this.#fanAhead(host, ahead.gpuLaggedW);
      if (rack < 0) continue;
      for (const gpu of gpus) {
        gpuW[rack] += ahead.gpuW[gpu];
        lastingW[rack] += ahead.isLasting[gpu] ? ahead.gpuW[gpu] : 0;
      }
      const jobs = gpus.map(gpu => ahead.jobs[gpu]);
      cpuW[rack] += this.#cpu.valueW(host, jobs);
      cubes[rack] += fans[host] ** 3;
    }
    const lasting = lastingW.map((w, rack) => (gpuW[rack] > 0 ? w / gpuW[rack] : 1));
    const rackW = gpuW.map((w, rack) =>
      Math.max(0, this.#power.valueW(rack, w, cpuW[rack], cubes[rack], lasting[rack])),
    );
    return { rackW, fans, lasting };
  }

  /** Speed and hottest GPU of a host settle on each other. */
  #fanAhead(host: number, gpuLaggedW: Float64Array): number {
    const inletC = this.#heat.hostInletC(host, this.#inletNowC[this.site.rackOfHost[host]]);
    let fan = 0.6;
    for (let round = 0; round < ROUNDS; round++) {
      let hottestC = Number.NEGATIVE_INFINITY;
      for (const gpu of this.#gpusOfHost[host]) {
        hottestC = Math.max(hottestC, this.#heat.gpuC(gpu, gpuLaggedW[gpu], fan, inletC));
      }
      fan = (fan + this.#heat.fanRatio(host, hottestC)) / 2;
    }
    return fan;
  }

  #gpusAhead(ahead: Ahead, fans: Float64Array, inletC: Float64Array): Float64Array {
    const { hostOfGpu, rackOfHost } = this.site;
    return Float64Array.from(ahead.gpuLaggedW, (powerW, gpu) => {
      const host = hostOfGpu[gpu];
      const hostInletC = this.#heat.hostInletC(host, inletC[rackOfHost[host]]);
      return this.#heat.gpuC(gpu, powerW, fans[host], hostInletC);
    });
  }
}

function lag(lagged: Float64Array, now: Float64Array, share: number) {
  for (let i = 0; i < lagged.length; i++) {
    if (Number.isNaN(now[i])) continue;
    lagged[i] = Number.isNaN(lagged[i]) ? now[i] : lagged[i] + share * (now[i] - lagged[i]);
  }
}
