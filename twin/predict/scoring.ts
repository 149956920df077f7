/** Bands of predictions from the errors of earlier ones, and those errors once readings are in. */
import { PREDICTION } from '../tables/physics/prediction.ts';
import type { PredictedValue, Prediction } from './job.ts';
import type { Readings } from './readings.ts';
import { ErrorRecord } from './record.ts';
import type { PredictedSite } from './site.ts';

const P = PREDICTION;
const WINDOW_MS = 1000 * P.windowS.value;
const NAMES = ['rackPowerW', 'rackInletC', 'gpuTempC'] as const;
type Name = (typeof NAMES)[number];

/** Values without bands, and the classes their errors belong to. */
interface Bare {
  readonly madeAtMs: number;
  readonly atMs: number;
  readonly rackW: Float64Array;
  readonly inletC: Float64Array;
  readonly gpuC: Float64Array;
  /** 0: nearly all of its power goes on as it is; 2: much of it is of jobs to come. */
  readonly rackClass: Uint8Array;
  /** 0: does what it does now; 1: something else. */
  readonly gpuClass: Uint8Array;
  /** Standard deviation of one reading of a rack over its value. */
  readonly powerNoiseRatio: number;
  /** Standard deviation of what one thermometer is off by, always the same, K. */
  readonly probeSpreadK: number;
}

/** A prediction whose time has not come, with the readings of its window so far. */
interface Open {
  readonly bare: Bare;
  /** Half-widths of what sensors were to show, in the order of the values. */
  readonly shown: Readonly<Record<Name, Float64Array>>;
  readonly sums: Readonly<Record<Name, Float64Array>>;
  readonly counts: Readonly<Record<Name, Float64Array>>;
}

/** Records of one signal, by class of what is predicted. */
interface BandSource {
  readonly records: readonly ErrorRecord[];
  readonly classes?: Uint8Array;
  /** Sensors behind one value: they share their noise and what each is off by. */
  readonly probes: number;
  readonly probeSpreadK: number;
}

/** Half-widths while there is no record yet. */
const GUESS_POWER_RATIO = P.guessPowerRatio.value;
const GUESS_TEMP_K = P.guessTempK.value;
/** Even between its bounds. */
const GAIN_SD = P.powerGainRatio.value / Math.sqrt(3);

export class Scoring {
  readonly #site: PredictedSite;
  readonly #racks = [new ErrorRecord(), new ErrorRecord(), new ErrorRecord()];
  readonly #inlets = [new ErrorRecord()];
  readonly #gpus = [new ErrorRecord(), new ErrorRecord()];
  #open: Open[] = [];

  constructor(site: PredictedSite) {
    this.#site = site;
  }

  /** Draws the bands, and keeps the values to be scored when their time has come. */
  banded(bare: Bare): Prediction {
    const { racks, gpus, hosts } = this.#site;
    const probes = 1 + hosts.length / Math.max(1, racks.length);
    const { probeSpreadK } = bare;
    const prediction = {
      madeAtMs: bare.madeAtMs,
      atMs: bare.atMs,
      rackPowerW: this.#powerBands(bare),
      rackInletTempC: tempBands(racks, bare.inletC, {
        ...{ records: this.#inlets, probes, probeSpreadK },
      }),
      gpuTempC: tempBands(gpus, bare.gpuC, {
        ...{ records: this.#gpus, classes: bare.gpuClass, probes: 1, probeSpreadK },
      }),
    };
    this.#remember(bare, prediction);
    return prediction;
  }

  #remember(bare: Bare, { rackPowerW, rackInletTempC, gpuTempC }: Prediction) {
    const zeros = () => ({
      rackPowerW: new Float64Array(rackPowerW.length),
      rackInletC: new Float64Array(rackInletTempC.length),
      gpuTempC: new Float64Array(gpuTempC.length),
    });
    const shownOf = (list: readonly PredictedValue[]) =>
      Float64Array.from(list, ({ shownWithin }) => shownWithin);
    const shown = {
      rackPowerW: shownOf(rackPowerW),
      rackInletC: shownOf(rackInletTempC),
      gpuTempC: shownOf(gpuTempC),
    };
    this.#open.push({ bare, shown, sums: zeros(), counts: zeros() });
  }

  #powerBands({ rackW, rackClass, powerNoiseRatio }: Bare): PredictedValue[] {
    // two readings a minute
    const noise = powerNoiseRatio / Math.SQRT2;
    const halves = this.#racks.map(record => ({
      true: record.halfWidth(noise, GAIN_SD),
      shown: record.halfWidth(0, 0),
    }));
    return Array.from(rackW, (value, rack) => {
      const half = halves[rackClass[rack]];
      const within = (ratio: number) => value * (Number.isNaN(ratio) ? GUESS_POWER_RATIO : ratio);
      const width = within(half.true);
      const band = { low: value - width, high: value + width, shownWithin: within(half.shown) };
      return { entity: this.#site.racks[rack], value, ...band };
    });
  }

  /** Takes readings into the windows they fall in; scores what is over. */
  take(readings: Readings) {
    const { atMs } = readings;
    for (const { bare, sums, counts } of this.#open) {
      if (atMs <= bare.atMs - WINDOW_MS || atMs > bare.atMs) continue;
      for (const name of NAMES) addAll(readings[name], sums[name], counts[name]);
    }
    const due = this.#open.filter(({ bare }) => bare.atMs <= atMs);
    if (due.length === 0) return;
    this.#open = this.#open.filter(({ bare }) => bare.atMs > atMs);
    for (const open of due) this.#score(open);
  }

  #score(open: Open) {
    const { bare } = open;
    const inletClass = new Uint8Array(bare.inletC.length);
    take(this.#racks, open, 'rackPowerW', { values: bare.rackW, classes: bare.rackClass });
    take(this.#inlets, open, 'rackInletC', { values: bare.inletC, classes: inletClass });
    take(this.#gpus, open, 'gpuTempC', { values: bare.gpuC, classes: bare.gpuClass });
  }
}

/** Errors of one signal into the records of their classes; powers in parts of the value. */
function take(
  records: readonly ErrorRecord[],
  { shown, sums, counts }: Open,
  name: Name,
  { values, classes }: { readonly values: Float64Array; readonly classes: Uint8Array },
) {
  const hits = records.map(() => ({ inside: 0, count: 0 }));
  values.forEach((value, i) => {
    const off = sums[name][i] / counts[name][i] - value;
    if (!Number.isFinite(off)) return;
    const of = hits[classes[i]];
    of.count++;
    if (Math.abs(off) <= shown[name][i]) of.inside++;
    records[classes[i]].add(name === 'rackPowerW' ? off / value : off);
  });
  records.forEach((record, c) => {
    record.follow(hits[c].inside / hits[c].count, hits[c].count);
  });
}

function addAll(values: Float64Array, sums: Float64Array, counts: Float64Array) {
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sums[i] += value;
    counts[i]++;
  });
}

function tempBands(entities: Int32Array, values: Float64Array, from: BandSource): PredictedValue[] {
  const noise = P.tempStepK.value / Math.sqrt(12 * from.probes);
  const offset = from.probeSpreadK / Math.sqrt(from.probes);
  const halves = from.records.map(record => ({
    true: record.halfWidth(noise, offset),
    shown: record.halfWidth(0, 0),
  }));
  const within = (k: number) => (Number.isNaN(k) ? GUESS_TEMP_K : k);
  return Array.from(values, (value, i) => {
    const half = halves[from.classes?.[i] ?? 0];
    const width = within(half.true);
    const band = { low: value - width, high: value + width, shownWithin: within(half.shown) };
    return { entity: entities[i], value, ...band };
  });
}
