/**
 * Temperatures from powers, fitted online: rack inlets from the powers of the rack, its neighbours
 * and the row (what comes back of their exhaust), fans from the hottest GPU, GPUs from their power
 * and the fans over the inlet of their host.
 */

import { FAN_FIT, GPU_RISE_FIT, INLET_FIT, PREDICTION } from '../tables/physics/prediction.ts';
import { TRANSIENT } from '../tables/physics/transient.ts';
import { CommonSwing } from './common-swing.ts';
import { FitBank, shapeOf } from './fit-bank.ts';
import { GPUS_A_PART } from './gpu-levels.ts';
import type { LearnedColumn, LearnedNotes, Learner } from './learned.ts';
import { probeSpreadK } from './probes.ts';
import type { Readings } from './readings.ts';
import type { PredictedSite } from './site.ts';

const KEEP = PREDICTION.keepPerTick.value;
const REST_SHARE = PREDICTION.residualShare.value;
const REF_FAN = TRANSIENT.sinkSpeedRefRatio.value;
/** Powers in the fits are in units of 10 kW, those of GPUs in 100 W. */
const RACK_UNIT_W = 1e4;
const GPU_UNIT_W = 100;
/** Power of a host over the speed of its fans: what warms its air. */
const RISE_UNIT_W = 1e4;

/** Constant, own power, own rise, rise of the neighbours, power of all racks over their number. */
const INLET = shapeOf(INLET_FIT);
/** Constant, power, power times how much slower the fans run than the reference. */
const GPU = shapeOf(GPU_RISE_FIT);
/** Constant and hottest GPU over the pivot in tens. */
const FAN = shapeOf(FAN_FIT);
const PIVOT_C = PREDICTION.fanPivotC.value;

export class Heat implements Learner {
  readonly #site: PredictedSite;
  readonly #inlets: FitBank;
  readonly #gpus: FitBank;
  readonly #fans: FitBank;
  readonly #swing = new CommonSwing();
  /** What fits leave over now, K. */
  readonly #inletRestK: Float64Array;
  readonly #gpuRestK: Float64Array;
  /** Rests taken in; the first ones weigh alike. */
  readonly #inletTicks: Float64Array;
  readonly #gpuTicks: Float64Array;
  /** Host inlet over rack inlet, K. */
  readonly #offsetK: Float64Array;
  readonly #offsetTicks: Uint32Array;
  readonly #fanLeast: Float64Array;

  constructor(site: PredictedSite) {
    this.#site = site;
    this.#inlets = new FitBank(site.racks.length, INLET, KEEP);
    this.#gpus = new FitBank(site.gpus.length, GPU, KEEP);
    this.#fans = new FitBank(site.hosts.length, FAN, KEEP);
    this.#inletRestK = new Float64Array(site.racks.length);
    this.#gpuRestK = new Float64Array(site.gpus.length);
    this.#inletTicks = new Float64Array(site.racks.length);
    this.#gpuTicks = new Float64Array(site.gpus.length);
    this.#offsetK = new Float64Array(site.hosts.length);
    this.#offsetTicks = new Uint32Array(site.hosts.length);
    this.#fanLeast = new Float64Array(site.hosts.length).fill(1);
  }

  /** @param flows speeds of the fans of each rack, added up: what carries its heat away */
  #inletRows(rackW: Float64Array, flows: Float64Array): (rack: number) => Float64Array {
    const { left, right } = this.#site;
    const wattsOf = (r: number) => (r < 0 || Number.isNaN(rackW[r]) ? 0 : rackW[r]);
    const riseOf = (r: number) => (r < 0 ? 0 : wattsOf(r) / RISE_UNIT_W / Math.max(0.2, flows[r]));
    let sum = 0;
    for (let r = 0; r < rackW.length; r++) sum += wattsOf(r);
    const meanW = sum / rackW.length;
    return rack =>
      Float64Array.of(
        1,
        rackW[rack] / RACK_UNIT_W,
        riseOf(rack),
        riseOf(left[rack]) + riseOf(right[rack]),
        meanW / RACK_UNIT_W,
      );
  }

  #gpuRow(powerW: number, fanRatio: number): Float64Array {
    const power = powerW / GPU_UNIT_W;
    return Float64Array.of(1, power, power * Math.log(REF_FAN / Math.max(0.1, fanRatio)));
  }

  /**
   * One tick.
   * @param gpuLaggedW powers behind the lag of the heatsinks
   * @param rackLaggedW powers behind the lag of the aisle
   */
  *take(
    readings: Readings,
    gpuLaggedW: Float64Array,
    rackLaggedW: Float64Array,
  ): Generator<void, void> {
    const { hostOfGpu, rackOfHost } = this.#site;
    const flows = this.flows(readings.hostFanRatio);
    this.#takeInlets(readings, rackLaggedW, flows);
    const hottestC = new Float64Array(this.#fans.count).fill(Number.NEGATIVE_INFINITY);
    yield;
    for (let gpu = 0; gpu < this.#gpus.count; gpu++) {
      if (gpu % GPUS_A_PART === GPUS_A_PART - 1) yield;
      const host = hostOfGpu[gpu];
      const tempC = readings.gpuTempC[gpu];
      if (tempC > hottestC[host]) hottestC[host] = tempC;
      const row = this.#gpuRow(gpuLaggedW[gpu], readings.hostFanRatio[host]);
      const rest = tempC - readings.hostInletC[host] - this.#gpus.valueAt(gpu, row);
      if (Number.isFinite(rest)) {
        const share = Math.max(REST_SHARE, 1 / ++this.#gpuTicks[gpu]);
        this.#gpuRestK[gpu] += share * (rest - this.#gpuRestK[gpu]);
      }
      this.#gpus.add(gpu, row, tempC - readings.hostInletC[host]);
    }
    for (let host = 0; host < this.#fans.count; host++) {
      const offsetK = readings.hostInletC[host] - readings.rackInletC[rackOfHost[host]];
      if (Number.isFinite(offsetK)) {
        const weight = Math.max(PREDICTION.offsetShare.value, 1 / ++this.#offsetTicks[host]);
        this.#offsetK[host] += weight * (offsetK - this.#offsetK[host]);
      }
      this.#takeFan(host, readings.hostFanRatio[host], hottestC[host]);
    }
  }

  /** What is common to all racks is told apart from what is each one's own. */
  #takeInlets(readings: Readings, rackLaggedW: Float64Array, flows: Float64Array) {
    const rests = new Float64Array(this.#inlets.count);
    let sum = 0;
    let count = 0;
    const rowOf = this.#inletRows(rackLaggedW, flows);
    for (let rack = 0; rack < rests.length; rack++) {
      const row = rowOf(rack);
      const inletC = readings.rackInletC[rack];
      rests[rack] = inletC - this.#inlets.valueAt(rack, row);
      this.#inlets.add(rack, row, inletC);
      if (Number.isNaN(rests[rack])) continue;
      sum += rests[rack];
      count++;
    }
    const commonK = sum / count;
    this.#swing.add(readings.atMs, commonK);
    rests.forEach((rest, rack) => {
      if (Number.isNaN(rest)) return;
      const share = Math.max(PREDICTION.restShare.value, 1 / ++this.#inletTicks[rack]);
      this.#inletRestK[rack] += share * (rest - commonK - this.#inletRestK[rack]);
    });
  }

  /** Between floor and full speed the fans follow the hottest GPU; at either end they tell less. */
  #takeFan(host: number, fanRatio: number, hottestC: number) {
    if (Number.isNaN(fanRatio) || fanRatio <= 0) return;
    this.#fanLeast[host] = Math.min(this.#fanLeast[host], fanRatio);
    const { fanFullRatio, fanFloorBandRatio } = PREDICTION;
    if (fanRatio > fanFullRatio.value) return;
    if (fanRatio < this.#fanLeast[host] + fanFloorBandRatio.value) return;
    this.#fans.add(host, Float64Array.of(1, (hottestC - PIVOT_C) / 10), fanRatio);
  }

  *solve(): Generator<void, void> {
    for (const fits of [this.#inlets, this.#gpus, this.#fans]) {
      for (let fit = 0; fit < fits.count; fit++) {
        if (fit % GPUS_A_PART === GPUS_A_PART - 1) yield;
        fits.solve(fit);
      }
    }
    this.#swing.solve();
  }

  /** Speeds of the fans of each rack, added up. */
  flows(hostFanRatio: Float64Array): Float64Array {
    const flows = new Float64Array(this.#inlets.count);
    this.#site.rackOfHost.forEach((rack, host) => {
      if (rack >= 0) flows[rack] += hostFanRatio[host];
    });
    return flows;
  }

  /** Standard deviation of what one air probe is off by, always the same, K. */
  probeSpreadK(): number {
    const least = PREDICTION.offsetTicksLeast.value;
    const known = this.#offsetK.map((k, host) =>
      this.#offsetTicks[host] < least ? Number.NaN : k,
    );
    return probeSpreadK(this.#site.rackOfHost, known);
  }

  /** What all inlets will have in common beyond their powers, K. */
  swingK(atMs: number): number {
    return this.#swing.at(atMs);
  }

  /** Of each rack, without what is common to all inlets. */
  inletsC(rackLaggedW: Float64Array, flows: Float64Array): (rack: number) => number {
    const rowOf = this.#inletRows(rackLaggedW, flows);
    return rack => this.#inlets.valueAt(rack, rowOf(rack)) + this.#inletRestK[rack];
  }

  hostInletC(host: number, rackInletC: number): number {
    return rackInletC + this.#offsetK[host];
  }

  fanRatio(host: number, hottestC: number): number {
    const ratio = this.#fans.valueAt(host, Float64Array.of(1, (hottestC - PIVOT_C) / 10));
    return Math.max(this.#fanLeast[host], Math.min(1, ratio));
  }

  gpuC(gpu: number, powerW: number, fanRatio: number, inletC: number): number {
    return inletC + this.#gpus.valueAt(gpu, this.#gpuRow(powerW, fanRatio)) + this.#gpuRestK[gpu];
  }

  learnedColumns(): readonly LearnedColumn[] {
    const of = (name: string, kind: LearnedColumn['of'], values: LearnedColumn['values']) => ({
      ...{ name, of: kind, values },
    });
    return [
      ...this.#inlets.learnedColumns('inlet', 'rack'),
      ...this.#gpus.learnedColumns('gpu rise', 'gpu'),
      ...this.#fans.learnedColumns('fan', 'host'),
      of('inlet rest', 'rack', this.#inletRestK),
      of('inlet ticks', 'rack', this.#inletTicks),
      of('gpu rest', 'gpu', this.#gpuRestK),
      of('gpu ticks', 'gpu', this.#gpuTicks),
      of('inlet offset', 'host', this.#offsetK),
      of('inlet offset ticks', 'host', this.#offsetTicks),
      of('fan least', 'host', this.#fanLeast),
    ];
  }

  learnedNotes = () => this.#swing.learnedNotes();

  restoreNotes = (notes: LearnedNotes) => this.#swing.restoreNotes(notes);
}
