/**
 * What each GPU draws for which work: its idle power, what it adds for a job that runs (the mean of
 * its own readings, so that no wave is aliased), and what jobs of a shape add before they start.
 * A GPU draws `idle + factor * level` for a job of that level; factors are about 1.
 */
import { PREDICTION } from '../tables/physics/prediction.ts';
import type { BookedJob, JobBook } from './job-book.ts';
import { type LearnedColumn, type LearnedNotes, type Learner, notesUnder } from './learned.ts';
import type { Readings } from './readings.ts';
import type { PredictedSite } from './site.ts';

/** GPUs between two pauses. */
export const GPUS_A_PART = 1024;

const P = PREDICTION;
const START_SLOTS = P.startSlots.value;
/** Slots of the start of a job; ticks are longer, so each tells of the slots around its middle. */
const SLOT_MS = 15_000;
/** Slots after which a job's level is noted for its shape: five minutes. */
const NOTED_SLOTS = P.notedSlots.value;
const OWN_TICKS = P.ownTicks.value;
const OWN_TICKS_MAX = P.ownTicksMax.value;
const DRIFT_TICKS = P.driftTicks.value;
const DRIFT_WEIGHT_W = P.driftWeightW.value;
const UNKNOWN_WORK_RATIO = P.unknownWorkRatio.value;

/** A running mean that forgets: the weight of the newest is never below `share`. */
class Level {
  value = Number.NaN;
  count = 0;
  /** Mean square of what came, less what was said before it, over the value. */
  spread = Number.NaN;

  add(value: number, share: number) {
    this.count++;
    if (this.count === 1) {
      this.value = value;
      return;
    }
    const weight = Math.max(share, 1 / this.count);
    const off = (value - this.value) / Math.max(1, this.value);
    this.spread = Number.isNaN(this.spread)
      ? off * off
      : this.spread + weight * (off * off - this.spread);
    this.value += weight * (value - this.value);
  }
}

interface Running {
  /** Mean of what each GPU added, W, and readings in it. */
  readonly addedW: Float64Array;
  readonly ticks: Float64Array;
  /** Mean over its GPUs in each slot after the start; NaN: not seen. */
  readonly startW: Float64Array;
  /** Whether its level and start are in the record of its shape. */
  isNoted: boolean;
  /** What its GPUs add on the mean; undefined until it is asked for in a tick. */
  levelW: number | undefined;
}

interface Shape {
  readonly level: Level;
  /** Part of the level drawn in each slot after the start. */
  readonly start: Level[];
}

const newShape = (): Shape => ({
  level: new Level(),
  start: Array.from({ length: START_SLOTS }, () => new Level()),
});

const levelsOf = ({ level, start }: Shape) => [level, ...start];

const numbersOf = (shape: Shape): number[] =>
  levelsOf(shape).flatMap(({ value, count, spread }) => [value, count, spread]);

function withNumbers(shape: Shape, numbers: readonly number[]): Shape {
  const levels = levelsOf(shape);
  if (numbers.length !== 3 * levels.length) return shape;
  levels.forEach((level, i) => {
    [level.value, level.count, level.spread] = numbers.slice(3 * i, 3 * i + 3);
  });
  return shape;
}

export class GpuLevels implements Learner {
  readonly idleW: Float64Array;
  readonly factor: Float64Array;
  readonly #idleTicks: Uint32Array;
  readonly #site: PredictedSite;
  readonly #running = new Map<BookedJob, Running>();
  readonly #shapes = new Map<string, Shape>();
  readonly #kinds = new Map<string, Shape>();
  readonly #any = newShape();
  /** Of this tick, as far as asked for. */
  readonly #drifts = new Map<string, number>();

  constructor(site: PredictedSite) {
    this.#site = site;
    this.idleW = site.idleW.slice();
    this.factor = new Float64Array(site.gpus.length).fill(1);
    this.#idleTicks = new Uint32Array(site.gpus.length);
  }

  /** Takes in the mean powers of the tick that ends now and began `lastMs`. */
  *take(readings: Readings, book: JobBook, lastMs: number): Generator<void, void> {
    const { atMs, gpuMeanW } = readings;
    this.#drifts.clear();
    for (const running of this.#running.values()) running.levelW = undefined;
    for (let gpu = 0; gpu < gpuMeanW.length; gpu++) {
      if (gpu % GPUS_A_PART === GPUS_A_PART - 1) yield;
      const meanW = gpuMeanW[gpu];
      if (Number.isNaN(meanW)) continue;
      const booked = book.at(gpu, atMs - 1);
      // half a tick of one job and half of the next tells of neither
      if (booked !== book.at(gpu, lastMs)) continue;
      if (booked) this.#takeBusy(booked, gpu, meanW, (atMs + lastMs) / 2);
      else this.#takeIdle(gpu, meanW);
    }
    for (const booked of book.jobs) this.#closeStart(booked, atMs);
  }

  #takeIdle(gpu: number, meanW: number) {
    if (meanW > P.idleMaxRatio.value * Math.max(P.idleMinW.value, this.#site.idleW[gpu])) return;
    const ticks = ++this.#idleTicks[gpu];
    const share = Math.max(P.idleShare.value, 1 / (1 + ticks));
    this.idleW[gpu] += share * (meanW - this.idleW[gpu]);
  }

  #takeBusy(booked: BookedJob, gpu: number, meanW: number, middleMs: number) {
    const nth = booked.nthOf.get(gpu) as number;
    const running = this.#runningOf(booked);
    const addedW = meanW - this.idleW[gpu];
    const slot = slotOf(booked, middleMs);
    if (slot < START_SLOTS) {
      const before = Number.isNaN(running.startW[slot]) ? 0 : running.startW[slot];
      running.startW[slot] = before + addedW / this.factor[gpu] / booked.gpus.length;
      return;
    }
    const ticks = Math.min(OWN_TICKS_MAX, ++running.ticks[nth]);
    running.addedW[nth] += (addedW - running.addedW[nth]) / ticks;
  }

  #runningOf(booked: BookedJob): Running {
    let running = this.#running.get(booked);
    if (!running) {
      const count = booked.gpus.length;
      running = {
        addedW: new Float64Array(count),
        ticks: new Float64Array(count),
        startW: new Float64Array(START_SLOTS).fill(Number.NaN),
        isNoted: false,
        levelW: undefined,
      };
      this.#running.set(booked, running);
    }
    return running;
  }

  /** A while into a job what it took to start is told as part of what it draws since. */
  #closeStart(booked: BookedJob, atMs: number) {
    const running = this.#running.get(booked);
    if (!running || running.isNoted || slotOf(booked, atMs) < NOTED_SLOTS) return;
    const levelW = this.#ownLevelW(booked, running);
    if (!(levelW > 0)) return;
    running.isNoted = true;
    const drift = this.#driftOf(booked.job.kind);
    for (const shape of this.#shapesOf(booked)) {
      shape.level.add(levelW / drift, P.shapeShare.value);
      running.startW.forEach((startW, slot) => {
        if (!Number.isNaN(startW)) shape.start[slot].add(startW / levelW, P.shapeShare.value);
      });
    }
  }

  /** What its GPUs add on the mean, each by its factor; NaN before any has been seen. */
  #ownLevelW(booked: BookedJob, running: Running): number {
    running.levelW ??= this.#meanLevelW(booked, running);
    return running.levelW;
  }

  #meanLevelW(booked: BookedJob, running: Running): number {
    let sum = 0;
    let count = 0;
    running.ticks.forEach((ticks, nth) => {
      if (ticks === 0) return;
      sum += running.addedW[nth] / this.factor[booked.gpus[nth]];
      count++;
    });
    return count > 0 ? sum / count : Number.NaN;
  }

  #shapesOf({ job }: BookedJob): Shape[] {
    const found = [
      [this.#shapes, job.shape],
      [this.#kinds, job.kind],
    ] as const;
    const own = found.map(([map, key]) => {
      let shape = map.get(key);
      if (!shape) {
        shape = newShape();
        map.set(key, shape);
      }
      return shape;
    });
    return [...own, this.#any];
  }

  /** Jobs that are over: how much more each GPU drew than its mates goes into its factor. */
  close(gone: readonly BookedJob[]) {
    for (const booked of gone) {
      const running = this.#running.get(booked);
      this.#running.delete(booked);
      if (!running || booked.gpus.length < 2) continue;
      const levelW = this.#ownLevelW(booked, running);
      if (!(levelW > 0)) continue;
      running.ticks.forEach((ticks, nth) => {
        if (ticks < START_SLOTS) return;
        const gpu = booked.gpus[nth];
        const factor = running.addedW[nth] / levelW;
        const next = this.factor[gpu] + P.gpuShare.value * (factor - this.factor[gpu]);
        this.factor[gpu] = Math.max(P.gpuFactorMin.value, Math.min(P.gpuFactorMax.value, next));
      });
    }
  }

  /** Whether what a GPU draws for a job rests on readings of its own. */
  isOwn(booked: BookedJob, gpu: number): boolean {
    const running = this.#running.get(booked);
    return (
      running !== undefined &&
      running.ticks[booked.nthOf.get(gpu) as number] >= P.ownTicksLeast.value
    );
  }

  /** Whether a job is past the time in which it loads and hardly computes. */
  isStarted = (booked: BookedJob | undefined, atMs: number) =>
    !booked || slotOf(booked, atMs) >= START_SLOTS;

  /** Power of a GPU at an instant, W, for the job that then holds it. */
  powerW(gpu: number, booked: BookedJob | undefined, atMs: number): number {
    if (!booked) return this.idleW[gpu];
    const running = this.#running.get(booked);
    const nth = booked.nthOf.get(gpu) as number;
    const own = running ? running.ticks[nth] / (running.ticks[nth] + OWN_TICKS) : 0;
    const ownW = running ? running.addedW[nth] : 0;
    const priorW = this.factor[gpu] * this.#priorW(booked, gpu);
    const addedW = own * ownW + (1 - own) * priorW;
    return this.idleW[gpu] + addedW * this.#startRatio(booked, atMs);
  }

  #priorW(booked: BookedJob, gpu: number): number {
    const running = this.#running.get(booked);
    const own = running ? this.#ownLevelW(booked, running) : Number.NaN;
    if (!Number.isNaN(own)) return own;
    const known = this.#shapesOf(booked).find(shape => shape.level.count > 0);
    if (!known) return UNKNOWN_WORK_RATIO * this.#site.spanW[gpu];
    return known.level.value * this.#driftOf(booked.job.kind);
  }

  /**
   * What jobs of a kind draw now over what their shapes are known to draw: requests come by the
   * hour of the day, and all services follow.
   */
  #driftOf(kind: string): number {
    const known = this.#drifts.get(kind);
    if (known !== undefined) return known;
    let ownW = DRIFT_WEIGHT_W;
    let shapeW = DRIFT_WEIGHT_W;
    for (const [booked, running] of this.#running) {
      const shape = this.#shapes.get(booked.job.shape);
      if (booked.job.kind !== kind || !shape || shape.level.count === 0) continue;
      running.ticks.forEach((ticks, nth) => {
        if (ticks < DRIFT_TICKS) return;
        ownW += running.addedW[nth];
        shapeW += shape.level.value * this.factor[booked.gpus[nth]];
      });
    }
    this.#drifts.set(kind, ownW / shapeW);
    return ownW / shapeW;
  }

  #startRatio(booked: BookedJob, atMs: number): number {
    const slot = slotOf(booked, atMs);
    if (slot >= START_SLOTS) return 1;
    const known = this.#shapesOf(booked).find(shape => shape.start[slot].count > 0);
    return known ? known.start[slot].value : 1;
  }

  learnedColumns(): readonly LearnedColumn[] {
    return [
      { name: 'gpu idle', of: 'gpu', values: this.idleW },
      { name: 'gpu idle ticks', of: 'gpu', values: this.#idleTicks },
      { name: 'gpu factor', of: 'gpu', values: this.factor },
    ];
  }

  learnedNotes(): LearnedNotes {
    const of = (prefix: string, shapes: ReadonlyMap<string, Shape>) =>
      [...shapes].map(([name, shape]) => [`${prefix}${name}`, numbersOf(shape)] as const);
    return Object.fromEntries([
      ...of('shape ', this.#shapes),
      ...of('kind ', this.#kinds),
      ['any work', numbersOf(this.#any)],
    ]);
  }

  restoreNotes(notes: LearnedNotes) {
    const into = (prefix: string, shapes: Map<string, Shape>) => {
      for (const [name, numbers] of notesUnder(notes, prefix)) {
        shapes.set(name, withNumbers(newShape(), numbers));
      }
    };
    into('shape ', this.#shapes);
    into('kind ', this.#kinds);
    withNumbers(this.#any, notes['any work'] ?? []);
  }
}

/** Slot of an instant: the one whose readings have their middle nearest to it. */
const slotOf = ({ job }: BookedJob, atMs: number) =>
  Math.max(0, Math.round((atMs - job.startMs) / SLOT_MS) - 1);
