/** Values over time as the API gives them: each series, or what those of many entities come to. */
import { KINDS, kindsOf, SIGNALS, type Topology } from '../../twin/index.ts';
import {
  type HistoryReader,
  HistoryUnavailable,
  type RangeAnswer,
  type RangeQuery,
} from '../history/store/contract.ts';
import { ProblemError } from './problem.ts';
import { orNull } from './route.ts';

/** Numbers in one answer: some megabytes of JSON. */
export const VALUES_MAX = 500_000;
/** Numbers that are read at once to be added up. */
const BATCH_VALUES = 2_000_000;

export const BY = ['none', 'sum', 'mean', 'max', 'min'] as const;
export type By = (typeof BY)[number];

interface Wish extends Omit<RangeQuery, 'entities' | 'signals'> {
  readonly topology: Topology;
  readonly entities: readonly number[];
  readonly signals: readonly number[];
}

interface ShownSeries {
  /** Absent where several entities are taken together. */
  readonly entity?: string;
  readonly entities?: number;
  readonly signal: string;
  readonly unit: string;
  readonly values: readonly (number | null)[];
}

type Frame = Pick<RangeAnswer, 'fromMs' | 'stepMs' | 'spans' | 'isBehind'>;
export type Shown = Frame & { readonly series: readonly ShownSeries[] };

/** @throws ProblemError 400 for too much or for what makes no sense, 503 while it cannot answer */
async function readRange(reader: HistoryReader, query: RangeQuery): Promise<RangeAnswer> {
  try {
    return await reader.range(query);
  } catch (error) {
    if (error instanceof RangeError) throw new ProblemError(400, `query ${error.message}`);
    if (error instanceof HistoryUnavailable) {
      throw new ProblemError(503, error.message, [], { 'retry-after': '2' });
    }
    throw error;
  }
}

/** A value for each entity, signal and step. */
export async function eachSeries(reader: HistoryReader, wish: Wish): Promise<Shown> {
  const { topology, entities, signals } = wish;
  const steps = Math.ceil((wish.toMs - wish.fromMs) / wish.stepMs);
  const asked = entities.length * signals.length * steps;
  if (asked > VALUES_MAX) {
    throw new ProblemError(
      400,
      `query: ${asked} values are more than ${VALUES_MAX}: ask for fewer entities or signals ` +
        '(limit), a longer stepS, a shorter span, or take entities together (by)',
    );
  }
  const answer = await readRange(reader, queryOf(wish, entities));
  const { values, count, ...frame } = answer;
  const series = entities.flatMap((entity, e) =>
    signals.flatMap((signal, s) => {
      if (!canHave(topology, entity, signal)) return [];
      const first = (e * signals.length + s) * count;
      const { id, unit } = SIGNALS[signal];
      const shown = Array.from(values.subarray(first, first + count), orNull);
      return [{ entity: topology.ids[entity], signal: id, unit, values: shown }];
    }),
  );
  return { ...frame, series };
}

/** The values of all entities taken together, step by step, from those that have one. */
export async function together(
  reader: HistoryReader,
  wish: Wish,
  by: Exclude<By, 'none'>,
): Promise<Shown> {
  const { entities, signals } = wish;
  const steps = Math.ceil((wish.toMs - wish.fromMs) / wish.stepMs) + 1;
  const inBatch = Math.max(1, Math.floor(BATCH_VALUES / (steps * signals.length)));
  let frame: Frame | undefined;
  let totals: Totals[] = [];
  for (let from = 0; from < entities.length; from += inBatch) {
    const batch = entities.slice(from, from + inBatch);
    const { values, count, ...rest } = await readRange(reader, queryOf(wish, batch));
    frame ??= rest;
    if (from === 0) totals = signals.map(() => totalsOf(count));
    for (let row = 0; row < batch.length * signals.length; row++) {
      addTo(totals[row % signals.length], values.subarray(row * count, (row + 1) * count), by);
    }
  }
  if (!frame) throw new ProblemError(404, 'no entity in scope can have these signals');
  const series = signals.map((signal, s) => ({
    entities: entities.length,
    signal: SIGNALS[signal].id,
    unit: SIGNALS[signal].unit,
    values: Array.from(totals[s].values, (value, i) =>
      orNull(by === 'mean' ? value / totals[s].counts[i] : value),
    ),
  }));
  return { ...frame, series };
}

/** A stretch in which nothing that is asked for stood. */
export interface Unknown {
  readonly why: ProblemError;
  readonly fromMs: number;
  readonly steps: number;
}

/**
 * Answers for stretches that follow one another, of the same signals in one order.
 * @throws ProblemError where all of them are unknown
 */
export function behindOneAnother(parts: readonly (Shown | Unknown)[]): Shown {
  const known = parts.filter(part => 'series' in part);
  const last = known[known.length - 1];
  if (!last) throw parts.find(part => 'why' in part)?.why ?? new RangeError('no stretch at all');
  const valuesOf = (part: Shown | Unknown, s: number) =>
    'series' in part ? part.series[s].values : Array<null>(part.steps).fill(null);
  return {
    ...{ fromMs: parts[0].fromMs, stepMs: last.stepMs, isBehind: last.isBehind },
    spans: known.flatMap(({ spans }) => spans),
    series: last.series.map((one, s) => ({
      ...one,
      values: parts.flatMap(part => valuesOf(part, s)),
    })),
  };
}

interface Totals {
  readonly values: Float64Array;
  readonly counts: Uint32Array;
}

const totalsOf = (count: number): Totals => ({
  values: new Float64Array(count).fill(Number.NaN),
  counts: new Uint32Array(count),
});

function addTo({ values, counts }: Totals, more: Float64Array, by: Exclude<By, 'none'>) {
  for (let i = 0; i < more.length; i++) {
    if (Number.isNaN(more[i])) continue;
    const before = values[i];
    counts[i]++;
    if (counts[i] === 1) values[i] = more[i];
    else if (by === 'max') values[i] = Math.max(before, more[i]);
    else if (by === 'min') values[i] = Math.min(before, more[i]);
    else values[i] = before + more[i];
  }
}

function queryOf(wish: Wish, entities: readonly number[]): RangeQuery {
  const { topology, signals, fromMs, toMs, stepMs, aggregate } = wish;
  return {
    entities: entities.map(entity => topology.ids[entity]),
    signals: signals.map(signal => SIGNALS[signal].id),
    ...{ fromMs, toMs, stepMs },
    ...(aggregate ? { aggregate } : {}),
  };
}

export const canHave = (topology: Topology, entity: number, signal: number) =>
  kindsOf(SIGNALS[signal]).includes(KINDS[topology.kind[entity]].id);
