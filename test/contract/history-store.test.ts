/** The durable history over the real journal: its thread, its restart, and what it says of itself. */
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { type HistoryConfig, historyConfig } from '../../server/history/store/config.ts';
import { type HistoryStore, HistoryUnavailable } from '../../server/history/store/contract.ts';
import { openHistoryStore } from '../../server/history/store/store.ts';
import { createJournal } from '../../server/journal/journal.ts';
import { putGeneration, SMALL_SITE, smallLayout } from '../support/history-log.ts';

const T0 = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const log = pino({ level: 'silent' });
const ROOT = mkdtempSync(join(tmpdir(), 'orrery-history-'));
after(() => rmSync(ROOT, { recursive: true }));

let folders = 0;

/** Closed with the test, however it ends. */
async function openBoth(t: TestContext, config: Partial<HistoryConfig> = {}, extra: object = {}) {
  const directory = join(ROOT, String(folders++));
  putGeneration(directory, 'g1', SMALL_SITE);
  const clock = { nowMs: T0, now: () => clock.nowMs, speed: 1 };
  const journal = await createJournal({ dir: directory, clock, log });
  journal.layout(smallLayout('g1'));
  const open = () =>
    openHistoryStore({
      ...{ directory, log, restartMs: { first: 20, most: 100 }, ...extra },
      config: { ...historyConfig.parse({}), flushS: 1, ...config },
    });
  const store = await open();
  t.after(async () => {
    await store.close();
    await journal.close();
  });
  journal.onCommit((end, clockMs) => store.committed(end, clockMs));
  return { directory, clock, journal, store, open };
}

type Both = Awaited<ReturnType<typeof openBoth>>;

/** Rack k10 draws 100 W more each minute; the GPUs' temperature is the hour. */
async function writeHours({ journal, clock }: Both, fromMs: number, hours: number) {
  for (let atMs = fromMs; atMs < fromMs + hours * HOUR; atMs += MINUTE) {
    clock.nowMs = atMs;
    journal.written(0, ((atMs - T0) / MINUTE) * 100, atMs);
    for (let gpu = 30; gpu < 38; gpu++) journal.written(gpu, Math.floor((atMs - T0) / HOUR), atMs);
    if ((atMs - fromMs) % HOUR === 0) assert.equal(await journal.durable(), true);
  }
  assert.equal(await journal.durable(), true);
}

const rackPower = (fromMs: number, toMs: number, stepMs = MINUTE) => ({
  ...{ entities: ['k10', 'k9'], signals: ['powerW'], fromMs, toMs, stepMs },
});

async function until(what: string, isSo: () => boolean) {
  for (let i = 0; i < 500; i++) {
    if (isSo()) return;
    await sleep(20);
  }
  assert.fail(`it never came to this: ${what}`);
}

test('what was committed is there at once, in files later, and after a restart', async t => {
  const both = await openBoth(t);
  const { journal, store, open } = both;
  await writeHours(both, T0, 6);
  const fresh = await store.range(rackPower(T0, T0 + 6 * HOUR));
  assert.equal(fresh.isBehind, false);
  assert.deepEqual([...fresh.values.subarray(0, 3)], [0, 100, 200]);
  assert.ok(fresh.values.subarray(fresh.count).every(Number.isNaN));
  await until('rolled up', () => store.stats().rolledToMs === T0 + 3 * HOUR);
  const stats = store.stats();
  assert.equal(stats.failure, undefined);
  assert.equal(stats.rowsTaken, 9 * 360);
  assert.equal(stats.tailRows, 0);
  assert.equal(stats.lagMs, 0);
  assert.ok(stats.tiers['1m'].rows === 9 * 180 && stats.tiers.raw.rows === 9 * 360);
  assert.ok(stats.bytes > 0 && stats.tiers['1h'].fromMs === T0);
  const later = await store.range(rackPower(T0, T0 + 6 * HOUR));
  assert.deepEqual(later.values, fresh.values);
  assert.deepEqual(
    later.spans.map(span => span.tier),
    ['1m', 'raw'],
  );
  await store.close();
  await assert.rejects(store.range(rackPower(T0, T0 + HOUR)), HistoryUnavailable);
  const again = await open();
  t.after(() => again.close());
  journal.onCommit((end, clockMs) => again.committed(end, clockMs));
  await writeHours(both, T0 + 6 * HOUR, 1);
  const whole = await again.range(rackPower(T0, T0 + 7 * HOUR, HOUR));
  assert.deepEqual(
    [...whole.values.subarray(0, 7)],
    [0, 1, 2, 3, 4, 5, 6].map(hour => 6000 * hour + 2950),
  );
});

test('questions that make no sense are refused, naming what is wrong', async t => {
  const { store } = await openBoth(t);
  const bad = (query: object, message: RegExp) =>
    assert.rejects(store.range({ ...rackPower(T0, T0 + HOUR), ...query }), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  await bad({ stepMs: 0 }, /stepMs: a whole number from 1/);
  await bad({ toMs: T0 }, /from: it must be before to/);
  await bad({ fromMs: Number.NaN }, /must be times/);
  await bad({ toMs: T0 + 1e10, stepMs: 1 }, /values are more than/);
  await bad({ entities: ['k9', 'k9'] }, /entity 'k9' is named twice/);
  const none = await store.range({ ...rackPower(T0, T0 + HOUR), entities: ['nowhere'] });
  assert.ok(none.count === 60 && none.values.every(Number.isNaN));
});

test('old files go, raw ones first, and longer steps answer in place of them', async t => {
  const both = await openBoth(t, { keepRawS: 3600, keepMinutesS: 4 * 3600, flushRows: 1000 });
  const { store } = both;
  await writeHours(both, T0, 12);
  await until('rolled up', () => store.stats().rolledToMs === T0 + 9 * HOUR);
  await until('deleted', () => store.stats().tiers['1m'].fromMs === T0 + 7 * HOUR);
  const { tiers, dropped } = store.stats();
  assert.ok(dropped['1m file for past its time'] >= 14);
  assert.ok(dropped['raw file for past its time'] > 0 && tiers['15m'].fromMs === T0);
  const minutes = await store.range({ ...rackPower(T0, T0 + 12 * HOUR), entities: ['k10'] });
  assert.deepEqual(
    minutes.spans.map(({ tier, fromMs, toMs }) => [tier, (fromMs - T0) / HOUR, (toMs - T0) / HOUR]),
    [
      ['15m', 0, 7],
      ['1m', 7, 9],
      ['raw', 9, 12],
    ],
  );
  assert.deepEqual([...minutes.values.subarray(0, 2)], [700, Number.NaN]);
});

test('the disk budget takes the oldest of the finest', async t => {
  const both = await openBoth(t, { maxBytes: 1 });
  const { store } = both;
  await writeHours(both, T0, 6);
  await until('deleted', () => (store.stats().dropped['1h file for the disk budget'] ?? 0) >= 6);
  // What is not rolled up yet stays, whatever the budget says.
  assert.equal(store.stats().files, store.stats().tiers.raw.files);
  const { values } = await store.range(rackPower(T0 + 3 * HOUR, T0 + 6 * HOUR, HOUR));
  assert.deepEqual([...values.subarray(0, 3)], [20_950, 26_950, 32_950]);
});

test('a broken file is set aside by name, and the rest answers', async t => {
  const both = await openBoth(t);
  const { directory, store } = both;
  await writeHours(both, T0, 6);
  await until('rolled up', () => store.stats().rolledToMs === T0 + 3 * HOUR);
  const folder = join(directory, 'history');
  const [first, second] = globSync('1m/**/*-outer.parquet', { cwd: folder }).sort();
  truncateSync(join(folder, first), 700);
  writeFileSync(
    join(folder, second),
    'not Parquet at all, for sixty bytes and then some more of it',
  );
  const { values } = await store.range(rackPower(T0, T0 + 4 * HOUR));
  assert.ok(values.subarray(0, 120).every(Number.isNaN));
  assert.ok(values.subarray(120, 240).every(value => value >= 12_000));
  await until('told', () => store.stats().badFileCount === 2);
  assert.deepEqual([...store.stats().badFiles].sort(), [first, second]);
  assert.deepEqual(globSync('1m/**/*.bad', { cwd: folder }).sort(), [
    `${first}.bad`,
    `${second}.bad`,
  ]);
});

test('a worker that dies is started again, and nothing is missing', async t => {
  const module = join(ROOT, 'dying-log.ts');
  const real = new URL('../../server/journal/read-log.ts', import.meta.url);
  const switchFile = join(ROOT, 'die');
  writeFileSync(
    module,
    `import { existsSync, rmSync } from 'node:fs';
    import { readLog as read } from ${JSON.stringify(real.href)};
    export function readLog(...given) {
      if (existsSync(${JSON.stringify(switchFile)})) {
        rmSync(${JSON.stringify(switchFile)});
        process.exit(7);
      }
      return read(...given);
    }`,
  );
  const both = await openBoth(t, {}, { logModule: pathToFileURL(module).href });
  const { store } = both;
  await writeHours(both, T0, 1);
  await store.range(rackPower(T0, T0 + HOUR));
  writeFileSync(switchFile, '');
  await writeHours(both, T0 + HOUR, 1);
  await until('restarted', () => store.stats().restarts === 1);
  const answered = await askUntilAnswered(store);
  assert.deepEqual([...answered.values.subarray(0, 2)], [2950, 8950]);
});

async function askUntilAnswered(store: HistoryStore) {
  for (let i = 0; ; i++) {
    try {
      return await store.range(rackPower(T0, T0 + 2 * HOUR, HOUR));
    } catch (error) {
      assert.ok(error instanceof HistoryUnavailable && i < 200, String(error));
      await sleep(20);
    }
  }
}

test('entities that move keep their past, in whichever rack it lies', async t => {
  const both = await openBoth(t);
  const { directory, clock, journal, store } = both;
  await writeHours(both, T0, 5);
  await until('rolled up', () => store.stats().rolledToMs === T0 + 2 * HOUR);
  const moved = SMALL_SITE.map(row =>
    row[0] === 'k10-n2' ? (['k10-n2', 'host', 'k9'] as const) : row,
  );
  putGeneration(directory, 'g2', moved);
  journal.layout(smallLayout('g2'));
  clock.nowMs += MINUTE;
  journal.written(32, 99, clock.nowMs);
  assert.equal(await journal.durable(), true);
  const { values } = await store.range({
    ...rackPower(T0, T0 + 6 * HOUR, HOUR),
    ...{ entities: ['k10-n2/gpu0'], signals: ['gpuTempC'] },
  });
  assert.deepEqual([...values], [0, 1, 2, 3, 4, 99]);
  assert.equal(store.stats().failure, undefined);
});
