/** Readings as the outside sees them, with the limit that is nearest. */
import { z } from 'zod';
import {
  KINDS,
  kindsOf,
  type LimitAtKind,
  MISSING,
  QUALITIES,
  type Reading,
  readSignal,
  SIGNAL_INDEX,
  SIGNALS,
  thresholdOf,
} from '../../twin/index.ts';
import { limitsOn } from '../limits-on.ts';
import type { LiveTwin } from '../live-twin.ts';
import { ProblemError } from './problem.ts';
import { isoTime, list } from './route.ts';

export const valueSchema = z.object({
  value: z
    .union([z.number(), z.string()])
    .nullable()
    .describe('null where nothing is known; a text for signals of unit Text.'),
  unit: z.string(),
  at: z.iso.datetime().optional().describe('Event time; absent where nothing live stands behind.'),
  ageS: z.number().optional(),
  quality: z.enum(QUALITIES),
  limit: z
    .object({
      id: z.string(),
      value: z.number(),
      compare: z.enum(['max', 'min']),
      breached: z.boolean(),
    })
    .optional()
    .describe('The tightest limit on this signal here.'),
});
type Value = z.output<typeof valueSchema>;

export function shownValue(live: LiveTwin, signal: number, reading: Reading): Value {
  const { unit } = SIGNALS[signal];
  const isKnown = reading.quality !== MISSING && Number.isFinite(reading.value);
  if (!isKnown) return { value: null, unit, quality: 'missing' };
  const at = isoTime(reading.atMs);
  return {
    value: unit === 'Text' ? (live.texts.textOf(reading.value) ?? null) : reading.value,
    unit,
    ...(at ? { at, ageS: Math.max(0, (live.clock.now() - reading.atMs) / 1000) } : {}),
    quality: QUALITIES[reading.quality],
  };
}

const SIGNALS_OF_KIND: readonly (readonly number[])[] = KINDS.map(({ id }) =>
  SIGNALS.flatMap((signal, i) => (kindsOf(signal).includes(id) ? [i] : [])),
);

/** Every signal that the entity's kind can have, or those chosen. */
export function valuesOf(
  live: LiveTwin,
  entity: number,
  chosen: readonly number[] | undefined,
): Record<string, Value> {
  const { topology, state } = live.twin;
  const wanted = chosen ?? SIGNALS_OF_KIND[topology.kind[entity]];
  return Object.fromEntries(
    wanted.map(signal => {
      const value = shownValue(live, signal, readSignal(state, signal, entity));
      return [SIGNALS[signal].id, { ...value, ...tightestLimit(live, entity, [signal, value]) }];
    }),
  );
}

/** The limit on this signal that is nearest to being passed. */
function tightestLimit(live: LiveTwin, entity: number, [signal, value]: [number, Value]) {
  const { topology, limits } = live.twin;
  let tightest: { limit: LimitAtKind; threshold: number } | undefined;
  for (const limit of limitsOn(limits, topology.kind[entity], signal)) {
    const threshold = thresholdOf(limit, topology, entity);
    if (Number.isNaN(threshold)) continue;
    if (!tightest || isPassed(limit, tightest.threshold, threshold)) {
      tightest = { limit, threshold };
    }
  }
  if (!tightest) return {};
  const { id, compare } = tightest.limit.row;
  const breached =
    typeof value.value === 'number' && isPassed(tightest.limit, value.value, tightest.threshold);
  return { limit: { id, value: tightest.threshold, compare, breached } };
}

export const isPassed = ({ row }: LimitAtKind, value: number, threshold: number) =>
  row.compare === 'max' ? value > threshold : value < threshold;

/** How many of the parts that make a rolled-up value have one. */
export function coverageOf(live: LiveTwin, entity: number) {
  const { topology, state } = live.twin;
  const kind = KINDS[topology.kind[entity]].id;
  const coverage: Record<string, { present: number; of: number }> = {};
  SIGNALS.forEach((signal, i) => {
    if (!signal.rollup?.to.includes(kind)) return;
    let present = 0;
    let of = 0;
    for (let c = topology.childStart[entity]; c < topology.childStart[entity + 1]; c++) {
      const cell = state.cellOf(i, topology.childList[c]);
      if (cell < 0) continue;
      of++;
      if (state.quality[cell] !== MISSING) present++;
    }
    if (of > 0) coverage[signal.id] = { present, of };
  });
  return coverage;
}

/** @throws ProblemError 400 naming a signal that does not exist. */
export function oneSignal(id: string, where = 'query signal'): number {
  const index = SIGNAL_INDEX.get(id);
  if (index !== undefined) return index;
  throw new ProblemError(400, `${where}: '${id}' is not a signal; see /api/v1/signals`);
}

/**
 * Comma-separated signals; undefined for `all`.
 * @throws ProblemError 400 for none, or naming a signal that does not exist.
 */
export function signalList(text: string): number[] | undefined {
  if (text === 'all') return undefined;
  const ids = list(text) ?? [];
  if (ids.length === 0) throw new ProblemError(400, 'query signals: name one or more, or all');
  return ids.map(id => oneSignal(id, 'query signals'));
}

/** What a limit looks at: the signal, or its ratio to another. */
export function judgedReading(live: LiveTwin, limit: LimitAtKind, entity: number): Reading {
  const { state } = live.twin;
  const reading = readSignal(state, limit.signal, entity);
  if (limit.over < 0) return reading;
  return { ...reading, value: reading.value / readSignal(state, limit.over, entity).value };
}

/** Limits at the entity's kind, whether they apply to it or not. */
export const limitsAt = (live: LiveTwin, entity: number) =>
  live.twin.limits.filter(limit => limit.kind === live.twin.topology.kind[entity]);
