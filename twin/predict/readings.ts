/** Telemetry of one tick, brought into columns of the site. */

import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import type { PredictedSite } from './site.ts';

/** Readings of about one instant: three parallel columns. */
export interface TelemetryFrame {
  readonly atMs: number;
  /** Entities of the topology and signals of the table; -1 is passed over. */
  readonly entity: Int32Array;
  readonly signal: Int32Array;
  readonly value: Float64Array;
}

const GPU_ENERGY = signalIndex('gpuEnergyJ');
const GPU_POWER = signalIndex('gpuPowerW');
const GPU_TEMP = signalIndex('gpuTempC');
const CPU_POWER = signalIndex('cpuPowerW');
const FAN = signalIndex('fanSpeedRatio');
const INLET = signalIndex('inletTempC');
const PDU_POWER = signalIndex('pduPowerW');

/** Readings that cannot be, and are counted as refused. */
const POWER_MAX_W = 3000;
const TEMP_MIN_C = -20;
const TEMP_MAX_C = 120;

export class Readings {
  atMs = Number.NaN;
  /** Mean since the last reading of the energy counter, W; else the instant's power; NaN: none. */
  readonly gpuMeanW: Float64Array;
  readonly gpuTempC: Float64Array;
  readonly hostCpuW: Float64Array;
  readonly hostFanRatio: Float64Array;
  readonly hostInletC: Float64Array;
  /** Mean of the rack's own probe and those of its hosts: offsets of probes cancel out. */
  readonly rackInletC: Float64Array;
  /** All its PDUs together; NaN unless every one spoke. */
  readonly rackPowerW: Float64Array;
  refused = 0;
  readonly #site: PredictedSite;
  readonly #kind: Uint8Array;
  readonly #energyJ: Float64Array;
  readonly #energyAtMs: Float64Array;
  readonly #pdusHeard: Int32Array;

  constructor(topology: Topology, site: PredictedSite) {
    const column = (count: number) => new Float64Array(count).fill(Number.NaN);
    this.#site = site;
    this.#kind = topology.kind;
    this.gpuMeanW = column(site.gpus.length);
    this.gpuTempC = column(site.gpus.length);
    this.#energyJ = column(site.gpus.length);
    this.#energyAtMs = column(site.gpus.length);
    this.hostCpuW = column(site.hosts.length);
    this.hostFanRatio = column(site.hosts.length);
    this.hostInletC = column(site.hosts.length);
    this.rackInletC = column(site.racks.length);
    this.rackPowerW = column(site.racks.length);
    this.#pdusHeard = new Int32Array(site.racks.length);
  }

  take(frame: TelemetryFrame) {
    for (const column of [this.gpuMeanW, this.gpuTempC, this.hostCpuW]) column.fill(Number.NaN);
    for (const column of [this.hostFanRatio, this.hostInletC, this.rackInletC]) {
      column.fill(Number.NaN);
    }
    this.rackPowerW.fill(0);
    this.#pdusHeard.fill(0);
    this.atMs = frame.atMs;
    for (let i = 0; i < frame.value.length; i++) {
      if (frame.entity[i] < 0 || frame.signal[i] < 0) continue;
      this.#put(frame.entity[i], frame.signal[i], frame.value[i]);
    }
    this.#meanInlets();
    for (let r = 0; r < this.rackPowerW.length; r++) {
      const { pduCount } = this.#site;
      if (pduCount[r] === 0 || this.#pdusHeard[r] !== pduCount[r]) this.rackPowerW[r] = Number.NaN;
    }
  }

  #meanInlets() {
    const { rackOfHost } = this.#site;
    const { rackInletC, hostInletC } = this;
    const probes = rackInletC.map(c => (Number.isNaN(c) ? 0 : 1));
    for (let r = 0; r < rackInletC.length; r++) if (probes[r] === 0) rackInletC[r] = 0;
    rackOfHost.forEach((rack, host) => {
      if (rack < 0 || Number.isNaN(hostInletC[host])) return;
      rackInletC[rack] += hostInletC[host];
      probes[rack]++;
    });
    for (let r = 0; r < rackInletC.length; r++) rackInletC[r] /= probes[r];
  }

  #put(entity: number, signal: number, value: number) {
    const { placeOf, rackOfPdu } = this.#site;
    const kind = this.#kind[entity];
    const place = placeOf[entity];
    if (!(value >= TEMP_MIN_C)) this.refused++;
    else if (kind === KIND_INDEX.gpu) this.#putGpu(place, signal, value);
    else if (kind === KIND_INDEX.host) this.#putHost(place, signal, value);
    else if (kind === KIND_INDEX.rack && signal === INLET) {
      if (isTemp(value)) this.rackInletC[place] = value;
      else this.refused++;
    } else if (signal === PDU_POWER && rackOfPdu[entity] >= 0 && value >= 0) {
      this.rackPowerW[rackOfPdu[entity]] += value;
      this.#pdusHeard[rackOfPdu[entity]]++;
    }
  }

  #putGpu(gpu: number, signal: number, value: number) {
    if (signal === GPU_TEMP) {
      if (isTemp(value)) this.gpuTempC[gpu] = value;
      else this.refused++;
    } else if (signal === GPU_POWER) {
      // an instant of a square wave: taken only where no counter tells the mean
      if (Number.isNaN(this.#energyJ[gpu]) && value >= 0 && value <= POWER_MAX_W) {
        this.gpuMeanW[gpu] = value;
      }
    } else if (signal === GPU_ENERGY) this.#putEnergy(gpu, value);
  }

  /** A counter that steps back, or faster than any GPU draws, has been set anew. */
  #putEnergy(gpu: number, energyJ: number) {
    const meanW = (energyJ - this.#energyJ[gpu]) / ((this.atMs - this.#energyAtMs[gpu]) / 1000);
    this.#energyJ[gpu] = energyJ;
    this.#energyAtMs[gpu] = this.atMs;
    if (meanW >= 0 && meanW <= POWER_MAX_W) this.gpuMeanW[gpu] = meanW;
    else if (Number.isFinite(meanW)) this.refused++;
  }

  #putHost(host: number, signal: number, value: number) {
    if (signal === CPU_POWER && value >= 0) this.hostCpuW[host] = value;
    else if (signal === FAN && value >= 0) this.hostFanRatio[host] = Math.min(1, value);
    else if (signal === INLET && isTemp(value)) this.hostInletC[host] = value;
  }
}

const isTemp = (value: number) => value >= TEMP_MIN_C && value <= TEMP_MAX_C;
