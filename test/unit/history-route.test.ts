/** GET /api/v1/history: which entities are meant, and what comes back of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { eachSeries, together } from '../../server/api/history-answer.ts';
import { type HistoryScope, scopeOf } from '../../server/api/history-scope.ts';
import { ProblemError } from '../../server/api/problem.ts';
import { historyRoutes } from '../../server/api/routes/history.ts';
import {
  type HistoryReader,
  HistoryUnavailable,
  type RangeQuery,
  stepsOf,
} from '../../server/history/store/contract.ts';
import { signalIndex } from '../../twin/index.ts';
import { smallTopology } from '../support/small-service.ts';

const T0 = Date.UTC(2026, 0, 1);
const topology = smallTopology(2);
const [powerW, heatW, powerLoadW] = ['powerW', 'heatW', 'powerLoadW'].map(signalIndex);

const scoped = (scope: Partial<HistoryScope>, signals = [powerW]) =>
  scopeOf(topology, { plane: 'containment', limit: 100, ...scope }, signals).entities.map(
    entity => topology.ids[entity],
  );

const refused = (work: () => unknown, status: number, detail: RegExp) =>
  assert.throws(work, (error: ProblemError) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, status);
    assert.match(error.message, detail);
    return true;
  });

test('entities are meant by id, by kind, and under one along any plane', () => {
  assert.deepEqual(scoped({ entity: 'r1-k2, r1-k1,r1-k2' }), ['r1-k2', 'r1-k1']);
  assert.deepEqual(scoped({ kind: 'rack' }), ['r1-k1', 'r1-k2']);
  assert.deepEqual(scoped({ under: 'r1-k1', kind: 'host' }), ['r1-k1-n1', 'r1-k1-n2']);
  assert.deepEqual(scoped({ under: 'ups-a', kind: 'pdu', plane: 'power' }), [
    'r1-k1-pdu-a',
    'r1-k2-pdu-a',
  ]);
  assert.equal(scoped({ under: 'ups-a', kind: 'host', plane: 'power' }).length, 4);
  assert.deepEqual(scoped({ kind: 'ups', plane: 'power' }, [powerLoadW]), ['ups-a', 'ups-b']);
  // A BMC has no heat of its own, so nothing is asked of it.
  assert.ok(!scoped({ under: 'r1-k1' }, [heatW]).some(id => id.includes('bmc')));
});

test('a scope that makes no sense is refused, naming the parameter', () => {
  refused(() => scoped({}), 400, /query entity: give entities, or under, or kind/);
  refused(() => scoped({ entity: 'r1-k1', kind: 'rack' }), 400, /not both/);
  refused(() => scoped({ entity: ' , ' }), 400, /query entity: there is none/);
  refused(() => scoped({ entity: 'nowhere' }), 404, /there is no entity 'nowhere'/);
  refused(() => scoped({ kind: 'sofa' }), 400, /query kind: 'sofa'/);
  refused(
    () => scoped({ under: 'grid-a', kind: 'host', plane: 'network' }),
    400,
    /not in the plane/,
  );
});

test('pages go on where the one before ended', () => {
  const first = scopeOf(topology, { kind: 'host', plane: 'containment', limit: 3 }, [powerW]);
  assert.equal(first.entities.length, 3);
  const { next } = first;
  const scope = { kind: 'host', plane: 'containment', limit: 3, cursor: next! } as const;
  const second = scopeOf(topology, scope, [powerW]);
  assert.deepEqual([second.entities.length, second.next], [1, undefined]);
});

/** Entity e, signal s, step k has 100 e + 10 s + k; nothing in step 1 of every second entity. */
function fakeReader(asked: RangeQuery[] = []): HistoryReader {
  return {
    async range(query) {
      asked.push(query);
      const { fromMs, count } = stepsOf(query);
      const [E, S] = [query.entities.length, query.signals.length];
      const values = Float64Array.from({ length: E * S * count }, (_, i) => {
        const [e, s, k] = [Math.floor(i / count / S), Math.floor(i / count) % S, i % count];
        return k === 1 && e % 2 === 1 ? Number.NaN : 100 * e + 10 * s + k;
      });
      const toMs = fromMs + count * query.stepMs;
      const spans = [{ tier: 'raw' as const, fromMs, toMs }];
      return { fromMs, stepMs: query.stepMs, count, values, spans, isBehind: false };
    },
  };
}

const racks = ['r1-k1', 'r1-k2'].map(id => topology.indexOf(id));
const wish = (more = {}) => ({
  ...{ topology, entities: racks, signals: [powerW, heatW] },
  ...{ fromMs: T0, toMs: T0 + 180_000, stepMs: 60_000, ...more },
});

test('each series comes with its unit, and nothing is null, not zero', async () => {
  const { series } = await eachSeries(fakeReader(), wish());
  assert.deepEqual(series, [
    { entity: 'r1-k1', signal: 'powerW', unit: 'W', values: [0, 1, 2] },
    { entity: 'r1-k1', signal: 'heatW', unit: 'W', values: [10, 11, 12] },
    { entity: 'r1-k2', signal: 'powerW', unit: 'W', values: [100, null, 102] },
    { entity: 'r1-k2', signal: 'heatW', unit: 'W', values: [110, null, 112] },
  ]);
  const tooMuch = eachSeries(fakeReader(), wish({ toMs: T0 + 1e12 }));
  await assert.rejects(tooMuch, /values are more than 500000/);
});

test('entities are taken together from those that have a value', async () => {
  const of = async (by: 'sum' | 'mean' | 'max' | 'min') =>
    (await together(fakeReader(), wish(), by)).series.map(each => each.values);
  assert.deepEqual(await of('sum'), [
    [100, 1, 104],
    [120, 11, 124],
  ]);
  assert.deepEqual(await of('mean'), [
    [50, 1, 52],
    [60, 11, 62],
  ]);
  assert.deepEqual(await of('max'), [
    [100, 1, 102],
    [110, 11, 112],
  ]);
  assert.deepEqual(await of('min'), [
    [0, 1, 2],
    [10, 11, 12],
  ]);
  const asked: RangeQuery[] = [];
  const long = wish({ toMs: T0 + 1_500_000 * 1000, stepMs: 1000 });
  const { series } = await together(fakeReader(asked), long, 'sum');
  assert.deepEqual(
    asked.map(query => query.entities),
    [['r1-k1'], ['r1-k2']],
  );
  assert.equal(series[0].entities, 2);
});

test('one series has its times beside the values; who cannot answer says when to come again', async () => {
  const [{ handle, query }] = historyRoutes;
  const ask = (asked: object, reader = fakeReader()) => {
    const service = {
      live: { twin: { topology }, clock: { now: () => T0 + 3_600_000 } },
      dataDir: { history: reader },
    };
    const input = { params: {}, query: query!.parse(asked) };
    return handle(input as never, service as never) as Promise<Record<string, unknown>>;
  };
  const one = await ask({ entity: 'r1-k1', signal: 'powerW', stepS: '1800' });
  assert.deepEqual(one.points, [
    [T0, 0],
    [T0 + 1_800_000, 1],
  ]);
  assert.deepEqual(
    [one.entity, one.signal, one.unit, one.stepS, one.from],
    ['r1-k1', 'powerW', 'W', 1800, '2026-01-01T00:00:00.000Z'],
  );
  assert.deepEqual(one.spans, [
    { tier: 'raw', from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T01:00:00.000Z' },
  ]);
  const many = await ask({ under: 'h1', kind: 'rack', signal: 'powerW,heatW', by: 'sum' });
  assert.ok(!('points' in many) && (many.series as unknown[]).length === 2);
  await assert.rejects(ask({ entity: 'r1-k1', signal: 'leakFlagg' }), { status: 400 });
  const away: HistoryReader = {
    range: () => Promise.reject(new HistoryUnavailable('it is being started again')),
  };
  await assert.rejects(ask({ entity: 'r1-k1', signal: 'powerW' }, away), {
    status: 503,
    headers: { 'retry-after': '2' },
  });
});
