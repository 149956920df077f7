/** Questions to the history: values over time, samples, and which series there are. */
import type { Checkpoint, StoredFile } from './checkpoint.ts';
import {
  type RangeAggregate,
  type RangeAnswer,
  type RangeQuery,
  type SamplesAnswer,
  type SamplesQuery,
  stepsOf,
  type TierSpan,
} from './contract.ts';
import { Folded } from './folded.ts';
import type { Generation } from './generation.ts';
import type { KnownFiles } from './known-files.ts';
import { isOfFile, type ParquetFile } from './parquet/file.ts';
import { RawSamples, TooManySamples } from './raw-samples.ts';
import { type FileQuery, scanFile, scanTail, type TakeRun } from './scan.ts';
import { spansOf, tiersForSpacing, tiersForStep } from './spans.ts';
import type { Tail } from './tail.ts';
import { TIERS } from './tiers.ts';
import { mayHold, type Span, type Wanted, wantedOf } from './wanted.ts';

export interface Asked {
  readonly folder: string;
  readonly known: KnownFiles;
  readonly checkpoint: Checkpoint;
  /** Oldest first. */
  readonly tails: readonly Tail[];
  readonly generation: Generation | undefined;
  /** A file that cannot be read is reported, and the rest answers. */
  setAside(file: StoredFile, why: string): void;
  /** What fails at a file for another reason is reported, and the question with it. */
  failed(file: StoredFile, error: unknown): void;
}

/** Columns of the roll-ups that an aggregate is made of; its own first. */
const COLUMNS: Readonly<Record<RangeAggregate, readonly string[]>> = {
  mean: ['mean', 'count'],
  sum: ['mean', 'count'],
  count: ['count'],
  min: ['min'],
  max: ['max'],
  last: ['last'],
};

/** @throws RangeError naming the field, or for too much at once. */
export function askRange(asked: Asked, query: RangeQuery): Omit<RangeAnswer, 'isBehind'> {
  const { fromMs, count } = stepsOf(query);
  const { stepMs, aggregate = 'mean' } = query;
  const wanted = wantedBy(asked, query);
  const toMs = fromMs + count * stepMs;
  const spans = spansOf([fromMs, toMs], tiersForStep(stepMs), asked.checkpoint);
  const folded = new Folded({
    ...{ fromMs, stepMs, count, aggregate },
    seriesCount: wanted.seriesCount,
  });
  for (const span of spans) {
    if (span.tier === 'raw') {
      const samples = new RawSamples();
      gatherRaw(asked, wanted, span, samples);
      folded.addSamples(samples, span);
      continue;
    }
    const isAlone = tierOf(span).stepMs === stepMs;
    // A mean of one interval is that interval's: its count need not be read.
    const columns = isAlone && aggregate === 'mean' ? ['mean'] : COLUMNS[aggregate];
    const take: TakeRun = (run, rows) => folded.addIntervals(run, rows, span);
    scanFiles(asked, { wanted, span, columns, stepMs: tierOf(span).stepMs }, take);
  }
  return { fromMs, stepMs, count, values: folded.values(), spans };
}

export function askSamples(asked: Asked, query: SamplesQuery): Omit<SamplesAnswer, 'isBehind'> {
  const { fromMs, toMs, spacingMs = 0 } = query;
  if (!(toMs > fromMs)) throw new RangeError('from: it must be before to, and both must be times');
  const wanted = wantedBy(asked, query);
  const spans = spansOf([fromMs, toMs], tiersForSpacing(spacingMs), asked.checkpoint);
  const samples = new RawSamples();
  for (const span of spans) {
    if (span.tier === 'raw') gatherRaw(asked, wanted, span, samples);
    else gatherLast(asked, wanted, span, samples);
  }
  return { ...samples.sorted(wanted.seriesCount), spans };
}

function wantedBy(asked: Asked, { entities, signals }: Pick<RangeQuery, 'entities' | 'signals'>) {
  return wantedOf(entities, signals, asked.generation, asked.checkpoint.racksBefore);
}

function gatherRaw(asked: Asked, wanted: Wanted, span: TierSpan, samples: RawSamples) {
  const take: TakeRun = (run, rows) => samples.addRun(run, rows, span);
  scanFiles(asked, { wanted, span, columns: ['value'], stepMs: 0 }, take);
  for (const tail of asked.tails) {
    scanTail(tail, wanted, span, (series, atMs, value) => samples.add(series, atMs, value));
  }
}

/** The last sample of each interval, at the end of it: nobody knew it before. */
function gatherLast(asked: Asked, wanted: Wanted, span: TierSpan, samples: RawSamples) {
  const { stepMs } = tierOf(span);
  const before = { ...span, fromMs: span.fromMs - stepMs + 1 };
  const take: TakeRun = ({ series, start, end, firstMs, timesAt }, { times, columns }) => {
    for (let i = start; i < end; i++) {
      const fromMs = times ? times[timesAt + i - start] : firstMs + (i - start) * stepMs;
      const atMs = fromMs + stepMs - 1;
      if (atMs >= span.fromMs && atMs < span.toMs) samples.add(series, atMs, columns[0][i]);
    }
  };
  scanFiles(asked, { wanted, span: before, columns: ['last'], stepMs }, take);
}

const tierOf = ({ tier }: TierSpan) => TIERS.find(each => each.id === tier)!;

interface TierQuery extends FileQuery {
  readonly span: TierSpan;
}

function scanFiles(asked: Asked, query: TierQuery, take: TakeRun) {
  const { wanted, span } = query;
  eachFile(
    asked,
    file => file.tier === span.tier && mayHold(file, wanted, span),
    (opened, file) => scanFile(opened, file.shelf, query, take),
  );
}

/**
 * In the order they were written.
 * @throws TooManySamples of the visitor
 * @throws Error for a fault of ours, naming the file: it stays, since others may read it
 */
export function eachFile(
  asked: Asked,
  isWanted: (file: StoredFile) => boolean,
  visit: (opened: ParquetFile, file: StoredFile) => void,
): void {
  const { folder, known, checkpoint } = asked;
  for (const file of checkpoint.files) {
    if (!isWanted(file)) continue;
    try {
      known.visit(folder, file, opened => visit(opened, file));
    } catch (error) {
      if (error instanceof TooManySamples) throw error;
      const { message } = error as Error;
      if (isOfFile(error)) {
        asked.setAside(file, message);
        continue;
      }
      asked.failed(file, error);
      throw new Error(`${file.path}: ${message}`, { cause: error });
    }
  }
}

export const within = (file: StoredFile, { fromMs, toMs }: Span) =>
  file.fromMs < toMs && file.toMs > fromMs;
