/** Readings as the outside sees them. */
import {
  KINDS,
  kindsOf,
  MISSING,
  QUALITIES,
  type Reading,
  readSignal,
  SIGNALS,
  thresholdOf,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import { isoTime } from './route.ts';

export interface Value {
  readonly value: number | string | null;
  readonly unit: string;
  /** Event time; absent when nothing live stands behind the value. */
  readonly at?: string;
  readonly ageS?: number;
  readonly quality: (typeof QUALITIES)[number];
  readonly limit?: {
    readonly id: string;
    readonly value: number;
    readonly compare: 'max' | 'min';
    readonly breached: boolean;
  };
}

export function shownValue(live: LiveTwin, signal: number, reading: Reading): Value {
  const { unit } = SIGNALS[signal];
  const isKnown = reading.quality !== MISSING && Number.isFinite(reading.value);
  const text = unit === 'Text' ? (live.texts.textOf(reading.value) ?? null) : reading.value;
  const at = isoTime(reading.atMs);
  return {
    value: isKnown ? text : null,
    unit,
    ...(isKnown && at ? { at, ageS: Math.max(0, (live.clock.now() - reading.atMs) / 1000) } : {}),
    quality: isKnown ? QUALITIES[reading.quality] : 'missing',
  };
}

/** Every signal that the entity's kind can have, or those chosen. */
export function valuesOf(
  live: LiveTwin,
  entity: number,
  chosen: readonly number[] | undefined,
): Record<string, Value> {
  const { topology, state } = live.twin;
  const kind = KINDS[topology.kind[entity]].id;
  const wanted =
    chosen ?? SIGNALS.flatMap((signal, i) => (kindsOf(signal).includes(kind) ? [i] : []));
  return Object.fromEntries(
    wanted.map(signal => {
      const value = shownValue(live, signal, readSignal(state, signal, entity));
      return [SIGNALS[signal].id, { ...value, ...tightestLimit(live, entity, signal, value) }];
    }),
  );
}

/** The limit on this signal that is nearest to being passed. */
function tightestLimit(live: LiveTwin, entity: number, signal: number, value: Value) {
  const { topology, limits } = live.twin;
  const kind = topology.kind[entity];
  const own = limits
    .filter(l => l.signal === signal && l.kind === kind && l.over < 0 && l.row.kind !== 'uniform')
    .map(l => ({ l, threshold: thresholdOf(l, topology, entity) }))
    .filter(({ threshold }) => !Number.isNaN(threshold));
  if (own.length === 0) return {};
  const number = typeof value.value === 'number' ? value.value : 0;
  const leftOf = ({ l, threshold }: (typeof own)[number]) =>
    l.row.compare === 'max' ? threshold - number : number - threshold;
  const nearest = own.reduce((a, b) => (leftOf(b) < leftOf(a) ? b : a));
  const { id, compare } = nearest.l.row;
  const breached = typeof value.value === 'number' && leftOf(nearest) < 0;
  return { limit: { id, value: nearest.threshold, compare, breached } };
}

/** How many of the parts that make a rolled-up value have one. */
export function coverageOf(live: LiveTwin, entity: number): Record<string, object> {
  const { topology, state } = live.twin;
  const kind = KINDS[topology.kind[entity]].id;
  const coverage: Record<string, object> = {};
  SIGNALS.forEach((signal, i) => {
    if (!signal.rollup?.to.includes(kind)) return;
    let present = 0;
    let of = 0;
    for (let c = topology.childStart[entity]; c < topology.childStart[entity + 1]; c++) {
      const child = topology.childList[c];
      const cell = state.cellOf(i, child);
      if (cell < 0) continue;
      of++;
      if (state.quality[cell] !== MISSING) present++;
    }
    if (of > 0) coverage[signal.id] = { present, of };
  });
  return coverage;
}
