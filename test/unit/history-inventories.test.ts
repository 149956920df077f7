/** Old instants and sums over a plane go by the inventory that stood then. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ROUTES } from '../../server/api/routes/index.ts';
import type { RangeAnswer, RangeQuery } from '../../server/history/store/contract.ts';
import { saveGeneration } from '../../server/recovery/generations.ts';
import { createInventories } from '../../server/recovery/inventories.ts';
import { rolledUpAt } from '../../server/recovery/rolled-up.ts';
import { smallTopology } from '../support/small-service.ts';
import { newFolder, removeFolders, type StoredSite, storedSite } from '../support/stored-site.ts';

after(removeFolders);

const HOUR_MS = 3_600_000;
const MOVED_MS = Date.parse('2026-03-01T10:20:00Z');

/** Two racks until then, and three from then on. */
function moved() {
  const dataDir = newFolder();
  const [two, three] = [2, 3].map(racks => smallTopology(racks));
  const [before, now] = [two, three].map(topology => saveGeneration(dataDir, topology));
  const stood = [
    { generation: before, fromMs: MOVED_MS - HOUR_MS },
    { generation: now, fromMs: MOVED_MS },
  ];
  const current = () => ({ generation: now, topology: three });
  return {
    before,
    now,
    three,
    inventories: createInventories({ dataDir, current, stood: () => stood }),
  };
}

/** A history in which every rack draws 1 kW. */
const store = {
  async range({ entities, signals, fromMs, toMs, stepMs }: RangeQuery): Promise<RangeAnswer> {
    const first = stepMs * Math.floor(fromMs / stepMs);
    const count = Math.ceil(toMs / stepMs) - first / stepMs;
    const values = new Float64Array(entities.length * signals.length * count).fill(1000);
    const spans = [{ tier: '1m' as const, fromMs: first, toMs }];
    return { fromMs: first, stepMs, count, values, spans, isBehind: false };
  },
};

test('the inventory of an instant is that which stood; the oldest known before all', () => {
  const { inventories, before, now } = moved();
  const of = (atMs: number) => inventories.at(atMs).generation;
  assert.deepEqual([of(MOVED_MS - 1), of(MOVED_MS), of(0)], [before, now, before]);
  const stretches = inventories.between(MOVED_MS - 60_000, MOVED_MS + 60_000);
  assert.deepEqual(
    stretches.map(({ topology, fromMs, toMs }) => [topology.indexOf('r1-k3') >= 0, fromMs, toMs]),
    [
      [false, MOVED_MS - 60_000, MOVED_MS],
      [true, MOVED_MS, MOVED_MS + 60_000],
    ],
  );
});

test('an old instant is made of roll-ups of what stood then', async () => {
  const { inventories, before } = moved();
  const rolledUp = await rolledUpAt(store, inventories, MOVED_MS - 1);
  assert.equal(rolledUp?.generation, before);
  assert.ok(rolledUp.blocks.every(({ ids }) => !ids.some(id => id.startsWith('r1-k3'))));
});

test('racks below a UPS are summed up as they were, step by step', async () => {
  const { inventories, three } = moved();
  const route = ROUTES.find(({ path }) => path === '/api/v1/history');
  assert.ok(route?.query);
  const live = { twin: { topology: three }, clock: { now: () => MOVED_MS + HOUR_MS } };
  const service = { live, inventories, dataDir: { history: store } };
  const ask = async (more: object) => {
    const at = (ms: number) => new Date(ms).toISOString();
    const span = { from: at(MOVED_MS - 150_000), to: at(MOVED_MS + 120_000), stepS: '60' };
    const query = route.query?.parse({ signal: 'powerW', by: 'sum', ...span, ...more });
    const answer = await route.handle({ query } as never, service as never);
    return answer as { from: string; series: { entities: number; values: (number | null)[] }[] };
  };
  const racks = await ask({ under: 'ups-a', plane: 'power', kind: 'host' });
  assert.deepEqual(racks.series[0].values, [4000, 4000, 4000, 6000, 6000]);
  assert.equal(racks.series[0].entities, 6);
  // what did not stand then has no values of then
  const third = await ask({ under: 'r1-k3', kind: 'host' });
  assert.deepEqual(third.series[0].values, [null, null, null, 2000, 2000]);
  assert.equal(third.from, new Date(MOVED_MS - 180_000).toISOString());
  await assert.rejects(ask({ under: 'r9', kind: 'host' }), /r9/);
});

test('the history notes which generation stood from when on', async () => {
  const site = await storedSite();
  const noted = async ({ storage }: StoredSite, count: number) => {
    const until = Date.now() + 30_000;
    while ((storage.history?.stats().generations.length ?? 0) < count) {
      assert.ok(Date.now() < until, 'the history has not read the journal');
      await delay(50);
    }
    return storage.history?.stats().generations ?? [];
  };
  const atMs = site.clock.nowMs;
  try {
    site.write('r1-k1-n1', 'bmcPowerW', 5000);
    site.pass(60);
    await site.storage.journal.durable();
    const { generation } = site.storage.recording;
    assert.deepEqual(await noted(site, 1), [{ generation, fromMs: atMs }]);
    assert.ok(site.live.reload(smallTopology(3).inventory).ok);
    site.write('r1-k3-n1', 'bmcPowerW', 5000);
    site.pass(60);
    await site.storage.journal.durable();
    const both = await noted(site, 2);
    assert.deepEqual(both[1], {
      generation: site.storage.recording.generation,
      fromMs: atMs + 60_000,
    });
  } finally {
    await site.storage.close();
  }
});
