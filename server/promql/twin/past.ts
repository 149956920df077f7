/** Samples of the past, from the durable history or from the one in memory. */
import { HISTORY_STEPS_MAX, type History, MINUTE_MS } from '../../history/contract.ts';
import {
  type HistoryStore,
  HistoryUnavailable,
  type TierId,
  type TierSpan,
} from '../../history/store/contract.ts';
import { LOOKBACK_MS } from '../lookup.ts';
import { failed, QueryError } from '../query-error.ts';
import type { Coarse } from '../series-store.ts';

interface PastQuery {
  readonly entities: readonly string[];
  readonly signal: string;
  /** Both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The last sample before each whole multiple of it is enough; 0: all that there are. */
  readonly spacingMs: number;
}

export interface PastSamples {
  /** Ascending, each once. */
  readonly times: Float64Array;
  /** NaN: here the series ended. */
  readonly values: Float64Array;
  readonly coarse?: Coarse;
}

export interface Past {
  /** One answer for each entity, in order; without samples where nothing is kept. */
  samples(query: PastQuery): Promise<readonly PastSamples[]>;
}

/** How far apart samples of a tier are. */
const TIER_MS: Readonly<Record<TierId, number>> = {
  raw: 0,
  '1m': MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
};

/** A late sample, or none within one interval, makes no gap. */
const MARGIN_MS = MINUTE_MS;

function coarseOf(spans: readonly TierSpan[]): Coarse | undefined {
  const wide = spans.filter(({ tier }) => TIER_MS[tier] + MARGIN_MS > LOOKBACK_MS);
  if (wide.length === 0) return undefined;
  return {
    untilMs: Math.max(...wide.map(({ toMs }) => toMs)),
    holdMs: Math.max(...wide.map(({ tier }) => TIER_MS[tier])) + MARGIN_MS,
  };
}

export function pastOfStore(store: Pick<HistoryStore, 'samples'>): Past {
  return {
    async samples({ entities, signal, fromMs, toMs, spacingMs }) {
      const span = { fromMs, toMs: toMs + 1, spacingMs: tierSpacing(spacingMs) };
      const asked = { entities, signals: [signal], ...span };
      const { starts, times, values, spans } = await store.samples(asked).catch(refused);
      const coarse = coarseOf(spans);
      return entities.map((_, i) => ({
        times: times.subarray(starts[i], starts[i + 1]),
        values: values.subarray(starts[i], starts[i + 1]),
        ...(coarse ? { coarse } : {}),
      }));
    },
  };
}

/** Intervals of a tier must end where those of the spacing do. */
const tierSpacing = (spacingMs: number) =>
  spacingMs > 0
    ? Math.max(...Object.values(TIER_MS).filter(ms => ms === 0 || spacingMs % ms === 0))
    : 0;

function refused(error: unknown): never {
  if (error instanceof HistoryUnavailable) throw new QueryError('unavailable', error.message);
  if (error instanceof RangeError) throw failed(error.message);
  throw error;
}

const NOTHING: PastSamples = { times: new Float64Array(0), values: new Float64Array(0) };

export function pastOfRecent(history: Pick<History, 'range' | 'stats'>): Past {
  return {
    async samples(query) {
      const { newestMs = Number.NEGATIVE_INFINITY } = history.stats();
      const minutes = Math.max(
        Math.floor(query.spacingMs / MINUTE_MS),
        Math.ceil((query.toMs - query.fromMs) / MINUTE_MS / (HISTORY_STEPS_MAX - 2)),
        1,
      );
      const span = { ...query, stepMs: minutes * MINUTE_MS, newestMs };
      const answers: PastSamples[] = [];
      for (const entity of query.entities) answers.push(await recentSamples(history, entity, span));
      return answers;
    },
  };
}

type Span = PastQuery & { readonly stepMs: number; readonly newestMs: number };

/** The last value of each interval, at its end; that of the newest at the time it was taken. */
async function recentSamples(history: Pick<History, 'range'>, entity: string, span: Span) {
  const { signal, stepMs, fromMs, newestMs } = span;
  const toMs = Math.min(span.toMs, newestMs);
  if (!(toMs >= fromMs)) return NOTHING;
  const asked = { entity, signal, fromMs, toMs: toMs + 1, stepMs, aggregate: 'last' as const };
  const slice = await history.range(asked);
  if (!slice) return NOTHING;
  const times: number[] = [];
  const values: number[] = [];
  let isThere = false;
  slice.values.forEach((value, i) => {
    const endMs = slice.fromMs + (i + 1) * stepMs - 1;
    const atMs = Math.min(endMs, newestMs);
    if (atMs > toMs || (Number.isNaN(value) && !isThere)) return;
    isThere = !Number.isNaN(value);
    times.push(atMs);
    values.push(value);
  });
  const coarse = stepMs + MARGIN_MS > LOOKBACK_MS && {
    untilMs: toMs + 1,
    holdMs: stepMs + MARGIN_MS,
  };
  return {
    ...{ times: Float64Array.from(times), values: Float64Array.from(values) },
    ...(coarse ? { coarse } : {}),
  };
}
