/** Telemetry of one tick, brought into columns of the site. */

import { KIND_INDEX } from '../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
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
const BMC_POWER = signalIndex('bmcPowerW');
const RACK_POWER = signalIndex('powerW');

/** Mean power by a counter: no GPU draws more. */
const POWER_MAX_W = SIGNALS[GPU_POWER].range[1];

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
  /** All its PDUs together, or all its BMCs where no PDU has ever told; NaN unless all spoke. */
  readonly rackPowerW: Float64Array;
  /** Readings out of the range of their signal, and counters that jumped. */
  refused = 0;
  readonly #site: PredictedSite;
  readonly #kind: Uint8Array;
  readonly #energyJ: Float64Array;
  readonly #energyAtMs: Float64Array;
  readonly #pdusHeard: Int32Array;
  readonly #bmcPowerW: Float64Array;
  readonly #hasPdus: Uint8Array;
  readonly #isShown: boolean;

  /**
   * @param isShown power and inlet of racks come as the twin shows them, by whichever meters count;
   * otherwise they are put together from PDUs, BMCs and all probes of a rack
   */
  constructor(topology: Topology, site: PredictedSite, isShown = false) {
    this.#isShown = isShown;
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
    this.#bmcPowerW = column(site.hosts.length);
    this.#hasPdus = new Uint8Array(site.racks.length);
  }

  take(frame: TelemetryFrame) {
    for (const column of [this.gpuMeanW, this.gpuTempC, this.hostCpuW]) column.fill(Number.NaN);
    for (const column of [this.hostFanRatio, this.hostInletC, this.rackInletC]) {
      column.fill(Number.NaN);
    }
    this.#bmcPowerW.fill(Number.NaN);
    this.rackPowerW.fill(this.#isShown ? Number.NaN : 0);
    this.#pdusHeard.fill(0);
    this.atMs = frame.atMs;
    for (let i = 0; i < frame.value.length; i++) {
      if (frame.entity[i] < 0 || frame.signal[i] < 0) continue;
      this.#put(frame.entity[i], frame.signal[i], frame.value[i]);
    }
    if (this.#isShown) return;
    this.#meanInlets();
    this.#sumPower();
  }

  #sumPower() {
    const { pduCount, rackOfHost } = this.#site;
    const byBmcW = new Float64Array(this.rackPowerW.length);
    rackOfHost.forEach((rack, host) => {
      if (rack >= 0) byBmcW[rack] += this.#bmcPowerW[host];
    });
    for (let r = 0; r < byBmcW.length; r++) {
      const isHeard = pduCount[r] > 0 && this.#pdusHeard[r] === pduCount[r];
      if (isHeard) this.#hasPdus[r] = 1;
      else this.rackPowerW[r] = this.#hasPdus[r] || byBmcW[r] === 0 ? Number.NaN : byBmcW[r];
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
    const [least, most] = SIGNALS[signal].range;
    if (!(value >= least && value <= most)) this.refused++;
    else if (kind === KIND_INDEX.gpu) this.#putGpu(place, signal, value);
    else if (kind === KIND_INDEX.host) this.#putHost(place, signal, value);
    else if (kind === KIND_INDEX.rack && signal === INLET) {
      this.rackInletC[place] = value;
    } else if (kind === KIND_INDEX.rack && signal === RACK_POWER && this.#isShown) {
      this.rackPowerW[place] = value;
    } else if (signal === PDU_POWER && rackOfPdu[entity] >= 0 && !this.#isShown) {
      this.rackPowerW[rackOfPdu[entity]] += value;
      this.#pdusHeard[rackOfPdu[entity]]++;
    }
  }

  #putGpu(gpu: number, signal: number, value: number) {
    if (signal === GPU_TEMP) {
      this.gpuTempC[gpu] = value;
    } else if (signal === GPU_POWER) {
      // an instant of a square wave: taken only where no counter tells the mean
      if (Number.isNaN(this.#energyJ[gpu])) {
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
    if (signal === BMC_POWER) this.#bmcPowerW[host] = value;
    else if (signal === CPU_POWER) this.hostCpuW[host] = value;
    else if (signal === FAN) this.hostFanRatio[host] = Math.min(1, value);
    else if (signal === INLET) this.hostInletC[host] = value;
  }
}
