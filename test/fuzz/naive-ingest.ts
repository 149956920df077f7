/**
 * What the ingest ought to make of series and samples, in the plainest words: one gauge in watts
 * for each label set. Names that begin with `u` are not mapped, with `n` lead to no entity.
 */
import type { NaiveSample, NaiveSeries, NaiveWrite } from './naive-write.ts';

/** Outcomes that depend on which of several faults is looked at first are counted as one. */
export type NaiveOutcome =
  | 'accepted'
  | 'stale'
  | 'nameless'
  | 'unmatched'
  | 'nan'
  | 'blank'
  | 'future'
  | 'tooOld'
  | 'late'
  | 'duplicate'
  | 'conflict'
  | 'outOfRange';

export const MERGED: Readonly<Record<string, readonly string[]>> = {
  nameless: ['unmapped', 'badLabels', 'labelTooLong', 'tooManyLabels'],
  outOfRange: ['range', 'unitTrap'],
};

interface NaiveCell {
  value: number;
  atMs: number;
  isStale: boolean;
}

interface NaiveLimits {
  readonly maxLabels: number;
  readonly maxLabelBytes: number;
  readonly maxAheadMs: number;
}

const MAX_WATTS = 1e12;
const TOO_OLD_MS = 2 * 3_600_000;

export class NaiveIngest {
  readonly cells = new Map<string, NaiveCell>();
  private readonly last = new Map<string, { atMs: number; raw: number }>();
  private readonly limits: NaiveLimits;

  constructor(limits: NaiveLimits) {
    this.limits = limits;
  }

  /** Counts of the outcomes of a request received at `nowMs`. */
  take({ series }: NaiveWrite, nowMs: number): Map<NaiveOutcome, number> {
    const counts = new Map<NaiveOutcome, number>();
    for (const one of series) {
      for (const sample of one.samples) {
        const outcome = this.outcome(one, sample, nowMs);
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
    }
    return counts;
  }

  private outcome(series: NaiveSeries, sample: NaiveSample, nowMs: number): NaiveOutcome {
    const set = labelSetOf(series.labels, this.limits);
    if (!set || set.name.startsWith('u')) return 'nameless';
    if (set.name.startsWith('n')) return 'unmatched';
    const { value, atMs, isStale } = sample;
    if (!isStale && Number.isNaN(value)) return 'nan';
    if (!isStale && isBlank(value)) return 'blank';
    if (atMs > nowMs + this.limits.maxAheadMs) return 'future';
    if (atMs < nowMs - TOO_OLD_MS) return 'tooOld';
    const { key } = series;
    const last = this.last.get(key);
    if (isStale) return this.end(set.cell, last?.atMs, atMs);
    if (last && atMs < last.atMs) return 'late';
    if (last && atMs === last.atMs) return value === last.raw ? 'duplicate' : 'conflict';
    this.last.set(key, { atMs, raw: value });
    if (!(value >= 0 && value <= MAX_WATTS)) return 'outOfRange';
    const cell = this.cells.get(set.cell);
    if (cell && atMs < cell.atMs) return 'late';
    if (cell && atMs === cell.atMs) return value === cell.value ? 'duplicate' : 'conflict';
    // A scale and an offset make a zero of a negative one.
    this.cells.set(set.cell, { value: value + 0, atMs, isStale: false });
    return 'accepted';
  }

  private end(cellKey: string, lastAtMs: number | undefined, atMs: number): NaiveOutcome {
    if (lastAtMs !== undefined && atMs < lastAtMs) return 'late';
    const cell = this.cells.get(cellKey);
    const isWrittenSince = cell && lastAtMs !== undefined && cell.atMs > lastAtMs;
    if (cell && !isWrittenSince) cell.isStale = true;
    return 'stale';
  }
}

interface NaiveSet {
  readonly name: string;
  /** Which cell the labels lead to, whatever their order. */
  readonly cell: string;
}

export const cellKey = (name: string, labels: Readonly<Record<string, string>>) =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

function labelSetOf(labels: NaiveSeries['labels'], limits: NaiveLimits): NaiveSet | undefined {
  const set: Record<string, string> = Object.create(null);
  let name = '';
  for (const [labelName, value, bytes] of labels ?? []) {
    const text = labelName.toString('utf8');
    if (bytes > limits.maxLabelBytes || text === '') return undefined;
    if (text === '__name__' && name !== '') return undefined;
    if (text in set) return undefined;
    if (text === '__name__') name = value.toString('utf8');
    else set[text] = value.toString('utf8');
  }
  if (name === '' || Object.keys(set).length > limits.maxLabels) return undefined;
  return { name, cell: cellKey(name, set) };
}

const isBlank = (value: number) =>
  (value > 9e18 && value < Infinity) ||
  (value >= 2 ** 47 && value <= 2 ** 47 + 3) ||
  (Number.isInteger(value) && value >= 0x7ffffff0 && value <= 0x7ffffffc);
