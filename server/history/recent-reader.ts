/** The history in memory, asked as the durable one is; it knows less. */
import type { Aggregate, History } from './contract.ts';
import {
  type HistoryReader,
  type RangeAnswer,
  type RangeQuery,
  stepsOf,
} from './store/contract.ts';

const AGGREGATES: readonly string[] = ['mean', 'last', 'max'];

export function recentReader(history: Pick<History, 'range'>): HistoryReader {
  return {
    async range(query: RangeQuery): Promise<RangeAnswer> {
      const { entities, signals, aggregate = 'mean' } = query;
      const { fromMs, count } = stepsOf(query);
      if (!AGGREGATES.includes(aggregate)) {
        throw new RangeError(
          `aggregate '${aggregate}' needs the durable history (--data-dir); in memory there are ` +
            AGGREGATES.join(', '),
        );
      }
      const values = new Float64Array(entities.length * signals.length * count).fill(Number.NaN);
      for (const [e, entity] of entities.entries()) {
        for (const [s, signal] of signals.entries()) {
          const asked = { ...query, entity, signal, aggregate: aggregate as Aggregate };
          const slice = await history.range(asked);
          if (slice) values.set(slice.values, (e * signals.length + s) * count);
        }
      }
      const toMs = fromMs + count * query.stepMs;
      const spans = [{ tier: '1m', fromMs, toMs }] as const;
      return { fromMs, stepMs: query.stepMs, count, values, spans, isBehind: false };
    },
  };
}
