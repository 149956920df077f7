/**
 * Predictions of one horizon: where they begin, their bands from the errors of earlier ones, and those
 * errors once readings are in.
 */
import { PREDICTION } from '../tables/physics/prediction.ts';
import { Anchor, type Anchored } from './anchor.ts';
import type { PredictedValue, Prediction } from './job.ts';
import type { LearnedNotes } from './learned.ts';
import type { Readings } from './readings.ts';
import { ErrorRecord } from './record.ts';
import type { PredictedSite } from './site.ts';
import { SkillRecord } from './skill-record.ts';

const P = PREDICTION;
const WINDOW_MS = 1000 * P.windowS.value;
const NAMES = ['rackPowerW', 'rackInletC', 'gpuTempC'] as const;
type PredictedName = (typeof NAMES)[number];
type ByName<T> = Readonly<Record<PredictedName, T>>;

/** Values without bands, and the classes their errors belong to. */
interface Bare {
  readonly madeAtMs: number;
  readonly atMs: number;
  readonly values: ByName<Anchored>;
  /** Of racks, 0: nearly all power goes on as it is, 2: much is of jobs to come; of GPUs, 1: too. */
  readonly classes: ByName<Uint8Array>;
  /** Standard deviation of one reading of a rack over its value. */
  readonly powerNoiseRatio: number;
  /** Standard deviation of what one thermometer is off by, always the same, K. */
  readonly probeSpreadK: number;
}

/** A prediction whose time has not come, with the readings of its window so far. */
interface Open {
  readonly bare: Bare;
  /** Half-widths of what sensors were to show, by class; of powers in parts of the value. */
  readonly shown: ByName<readonly number[]>;
  /** Sums and counts; undefined until the window begins. */
  window: ByName<WindowSums> | undefined;
}

interface WindowSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** Half-widths of one class: of the true value, and of what its sensors show. */
interface Halves {
  readonly true: number;
  readonly shown: number;
}

/** What noise takes out of a band, and what sensors are always off by adds to it. */
interface Accuracy {
  readonly noise: number;
  readonly offset: number;
}

/** Half-widths while there is no record yet. */
const GUESS: ByName<number> = {
  rackPowerW: P.guessPowerRatio.value,
  rackInletC: P.guessTempK.value,
  gpuTempC: P.guessTempK.value,
};
/** Differences of errors below which nobody cares: parts, or kelvins. */
const SMALLEST: ByName<number> = {
  rackPowerW: P.skillSmallestRatio.value,
  rackInletC: P.skillSmallestK.value,
  gpuTempC: P.skillSmallestK.value,
};
/** Even between its bounds. */
const GAIN_SD = P.powerGainRatio.value / Math.sqrt(3);

const errorRecords = (classes: number) => Array.from({ length: classes }, () => new ErrorRecord());
const byName = <T>(of: (name: PredictedName) => T): ByName<T> => ({
  rackPowerW: of('rackPowerW'),
  rackInletC: of('rackInletC'),
  gpuTempC: of('gpuTempC'),
});

export class Scoring {
  readonly anchors: ByName<Anchor>;
  readonly skills = byName(() => new SkillRecord());
  readonly records = {
    rackPowerW: errorRecords(3),
    rackInletC: errorRecords(1),
    gpuTempC: errorRecords(2),
  } satisfies ByName<readonly ErrorRecord[]>;
  readonly #site: PredictedSite;
  #open: Open[] = [];

  constructor(site: PredictedSite, aheadMs: number) {
    this.#site = site;
    this.anchors = byName(() => new Anchor(aheadMs));
  }

  /** Draws the bands, and keeps the values to be scored when their time has come. */
  banded(bare: Bare): Prediction {
    const { madeAtMs, atMs, values, classes } = bare;
    const { racks, gpus } = this.#site;
    const halves = this.#halves(bare);
    const listOf = (name: PredictedName, entities: Int32Array) =>
      bandsOf(entities, values[name], halves[name], classes[name], name === 'rackPowerW');
    const recordOf = (name: PredictedName) => this.skills[name].record(SMALLEST[name]);
    const shown = byName(name => halves[name].map(half => half.shown));
    this.#open.push({ bare, shown, window: undefined });
    return {
      ...{ madeAtMs, atMs },
      rackPowerW: listOf('rackPowerW', racks),
      rackInletTempC: listOf('rackInletC', racks),
      gpuTempC: listOf('gpuTempC', gpus),
      record: {
        rackPowerW: recordOf('rackPowerW'),
        rackInletTempC: recordOf('rackInletC'),
        gpuTempC: recordOf('gpuTempC'),
      },
    };
  }

  #halves({ powerNoiseRatio, probeSpreadK }: Bare): ByName<readonly Halves[]> {
    const { racks, hosts } = this.#site;
    const probes = 1 + hosts.length / Math.max(1, racks.length);
    const of = (name: PredictedName, { noise, offset }: Accuracy) =>
      this.records[name].map(record => ({
        true: orGuess(record.halfWidth(noise, offset), name),
        shown: orGuess(record.halfWidth(0, 0), name),
      }));
    const thermometers = (count: number) => ({
      noise: P.tempStepK.value / Math.sqrt(12 * count),
      offset: probeSpreadK / Math.sqrt(count),
    });
    return {
      // two readings a minute
      rackPowerW: of('rackPowerW', { noise: powerNoiseRatio / Math.SQRT2, offset: GAIN_SD }),
      rackInletC: of('rackInletC', thermometers(probes)),
      gpuTempC: of('gpuTempC', thermometers(1)),
    };
  }

  learnedNotes(prefix: string): LearnedNotes {
    return Object.fromEntries(this.#numbered(prefix).map(([name, of]) => [name, of.numbers]));
  }

  restoreNotes(prefix: string, notes: LearnedNotes) {
    for (const [name, of] of this.#numbered(prefix)) if (notes[name]) of.numbers = notes[name];
  }

  #numbered(prefix: string): (readonly [string, { numbers: readonly number[] }])[] {
    return NAMES.flatMap(name => [
      [`${prefix}${name} anchor`, this.anchors[name]] as const,
      [`${prefix}${name} skill`, this.skills[name]] as const,
      ...this.records[name].map((record, c) => [`${prefix}${name} errors ${c}`, record] as const),
    ]);
  }

  /** Takes readings into the windows they fall in; scores what is over. */
  take(readings: Readings) {
    const { atMs } = readings;
    for (const open of this.#open) {
      if (atMs <= open.bare.atMs - WINDOW_MS || atMs > open.bare.atMs) continue;
      open.window ??= byName(name => emptySums(readings[name].length));
      for (const name of NAMES) addAll(readings[name], open.window[name]);
    }
    const due = this.#open.filter(({ bare }) => bare.atMs <= atMs);
    if (due.length === 0) return;
    this.#open = this.#open.filter(({ bare }) => bare.atMs > atMs);
    for (const open of due) for (const name of NAMES) this.#score(open, name);
  }

  /** Errors of one signal into the records of their classes; powers in parts of the value. */
  #score({ bare, shown, window }: Open, name: PredictedName) {
    if (!window) return;
    const { sums, counts } = window[name];
    const actual = sums.map((sum, i) => sum / counts[i]);
    const of = bare.values[name];
    const classes = bare.classes[name];
    const isPower = name === 'rackPowerW';
    const records = this.records[name];
    const hits = records.map(() => ({ inside: 0, count: 0 }));
    of.values.forEach((value, i) => {
      const off = isPower ? actual[i] / value - 1 : actual[i] - value;
      if (!Number.isFinite(off)) return;
      const hit = hits[classes[i]];
      hit.count++;
      if (Math.abs(off) <= shown[name][classes[i]]) hit.inside++;
      records[classes[i]].add(off);
    });
    records.forEach((record, c) => {
      record.follow(hits[c].inside / hits[c].count, hits[c].count);
    });
    this.anchors[name].learn(of, actual);
    this.skills[name].take(of, actual, isPower);
  }
}

const emptySums = (count: number) => ({
  sums: new Float64Array(count),
  counts: new Float64Array(count),
});

function addAll(values: Float64Array, { sums, counts }: WindowSums) {
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sums[i] += value;
    counts[i]++;
  });
}

const orGuess = (half: number, name: PredictedName) => (Number.isNaN(half) ? GUESS[name] : half);

function bandsOf(
  entities: Int32Array,
  { values, reads }: Anchored,
  halves: readonly Halves[],
  classes: Uint8Array,
  isRelative: boolean,
): PredictedValue[] {
  return Array.from(values, (value, i) => {
    const half = halves[classes[i]];
    const scale = isRelative ? value : 1;
    const width = half.true * scale;
    const band = { low: value - width, high: value + width, shownWithin: half.shown * scale };
    return { entity: entities[i], value, ...band, now: reads[i] };
  });
}
