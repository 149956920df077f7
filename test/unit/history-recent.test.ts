import assert from 'node:assert/strict';
import test from 'node:test';
import { recentHistory } from '../../server/history/recent.ts';
import { recentReader } from '../../server/history/recent-reader.ts';
import { type Kind, signalIndex } from '../../twin/index.ts';
import { entities } from '../support/history-suite.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 0, 1);

const site = (racks: number, hosts: number) =>
  entities([
    ['campus', 'site'],
    ...Array.from({ length: racks }, (_, i) => [`rack-${i}`, 'rack'] as [string, Kind]),
    ...Array.from({ length: hosts }, (_, i) => [`host-${i}`, 'host'] as [string, Kind]),
  ]);

const power = (fromMinute: number, toMinute: number) => ({
  ...{ entity: 'campus', signal: 'powerW', stepMs: MINUTE },
  ...{ fromMs: T0 + fromMinute * MINUTE, toMs: T0 + toMinute * MINUTE },
});

test('the ring forgets what is older than its hours and never mixes rounds', async () => {
  const history = recentHistory({ hours: 1 });
  history.follow(site(0, 0));
  for (let m = 0; m < 150; m++) history.sample(T0 + m * MINUTE, () => m);
  const { values } = (await history.range(power(0, 160)))!;
  assert.deepEqual(
    [...values.slice(90, 150)],
    Array.from({ length: 60 }, (_, i) => 90 + i),
  );
  assert.ok([...values.slice(0, 90), ...values.slice(150)].every(Number.isNaN));
});

test('after a pause longer than the ring nothing old shows through', async () => {
  const history = recentHistory({ hours: 1 });
  history.follow(site(0, 0));
  for (let m = 0; m < 60; m++) history.sample(T0 + m * MINUTE, () => m);
  history.sample(T0 + 500 * MINUTE, () => 1);
  const { values } = (await history.range(power(440, 501)))!;
  assert.equal(values[60], 1);
  assert.ok([...values.slice(0, 60)].every(Number.isNaN));
});

test('memory stays within the bound: hosts reach less far, then are given up and counted', () => {
  const roomy = recentHistory({ hours: 72 });
  roomy.follow(site(40, 160));
  assert.deepEqual(roomy.stats().reachS, { rooms: 72 * 3600, hosts: 72 * 3600 });

  const bytesMax = 14e6;
  const tight = recentHistory({ hours: 72, bytesMax });
  tight.follow(site(30, 160));
  const { reachS, bytes } = tight.stats();
  assert.equal(reachS.rooms, 72 * 3600);
  assert.ok(reachS.hosts < 10 * 3600 && reachS.hosts > 3600);
  assert.ok(bytes <= bytesMax);

  const tiny = recentHistory({ hours: 72, bytesMax: 1e6 });
  tiny.follow(site(40, 2000));
  assert.ok(tiny.stats().reachS.rooms >= 3600);
  assert.equal(tiny.stats().reachS.hosts, undefined);
  assert.equal(tiny.stats().dropped['no memory'], 6000);
  assert.ok(tiny.stats().bytes <= 1e6);
});

test('a generation with fewer hosts gives the memory back to them', () => {
  const history = recentHistory({ bytesMax: 1e6 });
  history.follow(site(40, 2000));
  history.follow(site(40, 10));
  assert.equal(history.stats().dropped['no memory'], 0);
  assert.ok(history.stats().reachS.hosts >= 3600);
});

test('refuses a reach below an hour', () => {
  assert.throws(() => recentHistory({ hours: 0 }), /hours must be at least 1/);
});

test('asked as the durable history it answers entity by entity, and says how far', async () => {
  const history = recentHistory({ hours: 1 });
  history.follow(site(2, 0));
  const [power, inlet] = ['powerW', 'inletTempC'].map(signalIndex);
  for (let m = 0; m < 4; m++) {
    const read = (entity: number, signal: number) =>
      signal === power ? 100 * entity + m : signal === inlet ? 20 + entity : Number.NaN;
    history.sample(T0 + m * MINUTE, read);
  }
  const reader = recentReader(history);
  const asked = {
    ...{ entities: ['rack-1', 'nobody', 'rack-0'], signals: ['powerW', 'inletTempC'] },
    ...{ fromMs: T0, toMs: T0 + 4 * MINUTE, stepMs: 2 * MINUTE },
  };
  const answer = await reader.range(asked);
  const none = [Number.NaN, Number.NaN];
  assert.deepEqual(
    [...answer.values],
    [...[200.5, 202.5, 22, 22], ...none, ...none, ...[100.5, 102.5, 21, 21]],
  );
  assert.deepEqual([answer.fromMs, answer.stepMs, answer.count], [T0, 2 * MINUTE, 2]);
  assert.deepEqual(answer.spans, [{ tier: '1m', fromMs: T0, toMs: T0 + 4 * MINUTE }]);
  const last = await reader.range({ ...asked, aggregate: 'last' });
  assert.deepEqual([...last.values.slice(0, 2)], [201, 203]);
  await assert.rejects(reader.range({ ...asked, aggregate: 'min' }), /needs the durable history/);
});
