/** Runs a target over inputs that a seed fixes, and watches over time and memory meanwhile. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startCoverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { seedsOf } from './seeds.ts';
import { EPOCH, type Target } from './target.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Stops earlier when this time is over. */
  readonly untilMs?: number;
  /** Of the inputs, how many are made under coverage, which is slower. */
  readonly guided?: number;
  /** Of the batches of `EPOCH` inputs, one in so many is compared with a plain decoder. */
  readonly compareEvery?: number;
  /** Told of each input before it is tried. */
  readonly onInput?: (input: Buffer) => void;
}

export interface FuzzReport {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  /** Of the inputs, those that a plain decoder read too, where the target has one. */
  readonly compared: number;
  readonly tookS: number;
  /** Of the processor, all threads of the process. */
  readonly cpuS: number;
  /** Inputs that reached something new, and were mutated further. */
  readonly found: number;
  /** After collection, from the first tenth of the run to its end. */
  readonly heapGrowthBytes: number;
  /** After collection, MiB, from the first tenth of the run to its end. */
  readonly heapMiB: readonly number[];
  /** Of the whole process, at the end. */
  readonly rssMiB: number;
  readonly slowestMs: number;
}

/** What broke, with the inputs since the target began anew; the last one is the culprit. */
export class FuzzFailure extends Error {
  readonly inputs: readonly Buffer[];

  constructor(target: Target, inputs: readonly Buffer[], cause: unknown) {
    super(`${target.name}: ${(cause as Error).message ?? cause}`, { cause });
    this.inputs = inputs;
  }
}

const MAX_CORPUS = 2000;
/** No input may take longer. */
const SLOW_MS = 250;
const HEAP_EVERY = 100_000;
const SHOWN_FRAMES = 20;
/** What the heap may come to be larger by, whatever the number of inputs. */
const MAX_GROWTH_BYTES = 24 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** @throws FuzzFailure */
export function fuzz(target: Target, options: FuzzOptions): FuzzReport {
  const { stackTraceLimit } = Error;
  // Most inputs end in an error, whose stack would cost more than some of the decoders do.
  Error.stackTraceLimit = 0;
  try {
    const run = new Run(target, options);
    run.known();
    run.guided(Math.min(options.guided ?? 0, options.count));
    run.plain();
    return run.report();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class Run {
  private readonly target: Target;
  private readonly options: FuzzOptions;
  private readonly tokens: readonly Buffer[];
  private readonly corpus: Buffer[];
  private readonly startedMs = performance.now();
  private inputs = 0;
  private found = 0;
  private compared = 0;
  private isCompared = true;
  private epoch: Buffer[] = [];
  private slowestMs = 0;
  private heapBytes: number[] = [];

  constructor(target: Target, options: FuzzOptions) {
    this.target = target;
    this.options = options;
    this.tokens = (target.tokens ?? []).map(token => Buffer.from(token, 'latin1'));
    this.corpus = [...target.corpus, ...seedsOf(target.name)];
  }

  private next(): Buffer {
    const { target, tokens, corpus } = this;
    const { usualBytes } = target;
    const random = new Random(this.options.seed, this.inputs);
    const isShort = usualBytes !== undefined && !random.isOneIn(8);
    const maxBytes = isShort ? usualBytes : target.maxBytes;
    const isMade = target.generate !== undefined && random.isOneIn(2);
    const input = isMade ? target.generate!(random) : random.pick(corpus);
    if (isMade && random.isOneIn(2)) return input.subarray(0, maxBytes);
    return mutate(input, random, { corpus, tokens, maxBytes });
  }

  private try(input: Buffer): void {
    const { target, epoch } = this;
    if (this.inputs % EPOCH === 0) this.begin();
    if (this.isCompared) this.compared++;
    epoch.push(input);
    this.options.onInput?.(input);
    const startedMs = performance.now();
    try {
      target.check(input);
    } catch (error) {
      throw failureOf(target, epoch, error);
    }
    const tookMs = performance.now() - startedMs;
    const ownMs = tookMs > SLOW_MS ? this.trySlow(input) : tookMs;
    this.slowestMs = Math.max(this.slowestMs, ownMs);
    this.inputs++;
    if (this.inputs % HEAP_EVERY === 0) this.weigh();
  }

  private begin(): void {
    const batch = Math.floor(this.inputs / EPOCH);
    this.isCompared = batch % (this.options.compareEvery ?? 1) === 0;
    this.epoch.length = 0;
    this.target.reset?.(this.isCompared);
  }

  /**
   * Again, by the time of the processor: the wall's goes on while other processes run.
   * @returns the least of some tries, ms
   */
  private trySlow(input: Buffer): number {
    let tookMs = Number.POSITIVE_INFINITY;
    for (let again = 0; again < 3 && tookMs > SLOW_MS; again++) {
      this.target.reset?.(this.isCompared);
      const started = process.threadCpuUsage();
      this.target.check(input);
      const { user, system } = process.threadCpuUsage(started);
      tookMs = Math.min(tookMs, (user + system) / 1000);
    }
    this.epoch.length = 0;
    this.target.reset?.(this.isCompared);
    if (tookMs <= SLOW_MS) return tookMs;
    throw new FuzzFailure(this.target, [input], new Error(`takes ${Math.round(tookMs)} ms`));
  }

  private weigh(): void {
    // buffers are freed by a thread beside, which the second waits for
    collect();
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    this.heapBytes.push(heapUsed + external + arrayBuffers);
  }

  private get isOver(): boolean {
    return performance.now() > (this.options.untilMs ?? Number.POSITIVE_INFINITY);
  }

  /** Valid inputs, and what broke something before. */
  known(): void {
    for (const input of this.corpus) this.try(input);
  }

  /** Keeps the inputs that reach code which none before did. */
  guided(count: number): void {
    if (count === 0) return;
    const coverage = startCoverage();
    try {
      this.known();
      coverage.takeNew();
      while (this.inputs < count && !this.isOver) {
        const input = this.next();
        this.try(input);
        if (coverage.takeNew() > 0 && this.corpus.length < MAX_CORPUS) {
          this.corpus.push(Buffer.from(input));
          this.found++;
        }
      }
    } finally {
      coverage.stop();
    }
  }

  plain(): void {
    while (this.inputs < this.options.count && !this.isOver) this.try(this.next());
    this.weigh();
  }

  report(): FuzzReport {
    const { user, system } = process.cpuUsage();
    const settled = this.heapBytes[Math.floor(this.heapBytes.length / 10)];
    const heapGrowthBytes = (this.heapBytes.at(-1) ?? 0) - settled;
    if (heapGrowthBytes > MAX_GROWTH_BYTES) {
      const grown = `the heap has grown by ${heapGrowthBytes} bytes`;
      throw new FuzzFailure(this.target, this.epoch, new Error(grown));
    }
    return {
      target: this.target.name,
      seed: this.options.seed,
      inputs: this.inputs,
      compared: this.compared,
      tookS: Math.round((performance.now() - this.startedMs) / 1000),
      cpuS: Math.round((user + system) / 1e6),
      found: this.found,
      heapGrowthBytes,
      heapMiB: tenths(this.heapBytes).map(mebibytes),
      rssMiB: mebibytes(process.memoryUsage.rss()),
      slowestMs: Math.round(this.slowestMs),
    };
  }
}

const mebibytes = (bytes: number) => Math.round((10 * bytes) / 2 ** 20) / 10;

function tenths(all: readonly number[]): readonly number[] {
  return Array.from({ length: 10 }, (_, i) => all[Math.floor(((i + 1) * (all.length - 1)) / 10)]);
}

/** Tried again for its stack, and to see whether the last input fails by itself too. */
function failureOf(target: Target, epoch: readonly Buffer[], cause: unknown): FuzzFailure {
  Error.stackTraceLimit = SHOWN_FRAMES;
  for (const inputs of [epoch.slice(-1), [...epoch]]) {
    try {
      target.reset?.(true);
      for (const input of inputs) target.check(input);
    } catch (again) {
      return new FuzzFailure(target, inputs, again);
    }
  }
  return new FuzzFailure(target, [...epoch], cause);
}
