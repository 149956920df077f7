import assert from 'node:assert/strict';
import test from 'node:test';
import { withEstimates } from '../../server/history/estimates.ts';
import type {
  HistoryStore,
  RangeQuery,
  SamplesQuery,
} from '../../server/history/store/contract.ts';
import { smallTopology } from '../support/small-service.ts';

/** Two values, or samples at 1 and 2 s, of each series named. */
function storeOf(series: Readonly<Record<string, readonly [number, number]>>): HistoryStore {
  const known = (entity: string, signal: string) => series[`${entity} ${signal}`];
  const pairs = ({ entities, signals }: Pick<RangeQuery, 'entities' | 'signals'>) =>
    entities.flatMap(entity => signals.map(signal => known(entity, signal)));
  return {
    async range(query: RangeQuery) {
      const values = pairs(query).flatMap(pair => pair ?? [Number.NaN, Number.NaN]);
      const { fromMs, stepMs } = query;
      return {
        ...{ fromMs, stepMs, count: 2, values: Float64Array.from(values), spans: [] },
        isBehind: false,
      };
    },
    async samples(query: SamplesQuery) {
      const starts = [0];
      const values: number[] = [];
      for (const pair of pairs(query)) starts.push(values.push(...(pair ?? [])));
      const times = values.map((_, i) => 1000 * (1 + (i % 2)));
      return {
        starts: Uint32Array.from(starts),
        ...{ times: Float64Array.from(times), values: Float64Array.from(values) },
        ...{ spans: [], isBehind: false },
      };
    },
  } as unknown as HistoryStore;
}

const topology = smallTopology();
const GPU = 'r1-k1-n1/gpu0';
const HOST = 'r1-k1-n1';
const store = withEstimates(
  storeOf({
    [`${GPU} gpuPowerW`]: [310, 320],
    [`${GPU} gpuTempC`]: [50, 51],
    [`${HOST} dcmiPowerW`]: [6000, 6100],
    [`${HOST} outletPowerW`]: [6500, 6600],
    'r1-k1 powerW': [12_000, 12_100],
  }),
  () => topology,
);

test('an estimate has the past of its best measuring point, all else its own', async () => {
  const query = {
    entities: [GPU, HOST, 'r1-k1', 'nobody'],
    signals: ['gpuTempC', 'powerW'],
    ...{ fromMs: 0, toMs: 120_000, stepMs: 60_000 },
  };
  const { values } = await store.range(query);
  const none = [Number.NaN, Number.NaN];
  assert.deepEqual(
    [...values],
    [50, 51, 310, 320, ...none, 6000, 6100, ...none, 12_000, 12_100, ...none, ...none],
  );
  const samples = await store.samples(query);
  assert.deepEqual([...samples.starts], [0, 2, 4, 4, 6, 6, 8, 8, 8]);
  assert.deepEqual([...samples.values], [50, 51, 310, 320, 6000, 6100, 12_000, 12_100]);
  assert.deepEqual([...samples.times], [1000, 2000, 1000, 2000, 1000, 2000, 1000, 2000]);
});
