/** The files of the history against what the same rows come to by hand, and crashes in between. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Asked, askRange, askSamples } from '../../server/history/store/ask.ts';
import { type HistoryConfig, historyConfig } from '../../server/history/store/config.ts';
import type { RangeAggregate } from '../../server/history/store/contract.ts';
import { Keeper } from '../../server/history/store/keeper.ts';
import { KnownFiles } from '../../server/history/store/known-files.ts';
import { askSeries } from '../../server/history/store/list-series.ts';
import { openParquet } from '../../server/history/store/parquet/file.ts';
import {
  type MemoryLog,
  memoryLog,
  putGeneration,
  type Row,
  SMALL_CELLS,
  SMALL_SITE,
  seriesOfCell,
  smallLayout,
} from '../support/history-log.ts';

const T0 = Date.UTC(2026, 0, 1, 20);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROOT = mkdtempSync(join(tmpdir(), 'orrery-history-'));
after(() => rmSync(ROOT, { recursive: true }));

let folders = 0;
function newDirectory(): string {
  const directory = join(ROOT, String(folders++));
  putGeneration(directory, 'g1', SMALL_SITE);
  return directory;
}

function keeperOf(directory: string, log: MemoryLog, config: Partial<HistoryConfig> = {}) {
  const steps: string[] = [];
  let failAt = Number.POSITIVE_INFINITY;
  const keeper = new Keeper({
    directory,
    folder: join(directory, 'history'),
    config: { ...historyConfig.parse({}), ...config },
    read: log.read,
    report: () => {},
    onStep(step) {
      if (steps.push(step) > failAt) throw new Error(`planted at ${step}`);
    },
  });
  const asked = (): Asked => ({
    folder: join(directory, 'history'),
    known: new KnownFiles(),
    checkpoint: keeper.checkpoint,
    tails: keeper.tails,
    generation: keeper.tail?.generation,
    setAside: (file, why) => keeper.setAside(file, why),
    failed: (file, error) => keeper.failed(file, error),
  });
  return {
    keeper,
    steps,
    asked,
    failAt(count: number) {
      failAt = count;
    },
    /** Reads everything there is, writing out when the tail is full. */
    async follow() {
      while (keeper.position.offset < log.end.offset) {
        if (keeper.read(log.end)) await keeper.maintain();
      }
    },
  };
}

/** Numbers from a seed, the same on every run. */
function randomFrom(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Hours of samples: gaps, ends of series, late ones, and some of them twice with other values. */
function randomLog(hours: number, seed = 7) {
  const random = randomFrom(seed);
  const log = memoryLog();
  const truth = new Map<string, number>();
  const put = (kind: 'written' | 'late', rows: readonly Row[], clockMs: number) => {
    if (rows.length === 0) return;
    log.rows(kind, rows, clockMs);
    for (const [cell, atMs, value] of rows) {
      if (!Number.isNaN(value)) truth.set(`${cell} ${atMs}`, value);
    }
  };
  log.layout(smallLayout('g1'), T0);
  for (let clockMs = T0; clockMs < T0 + hours * HOUR; clockMs += 40_000) {
    const present = SMALL_CELLS.filter(() => random() > 0.15);
    put(
      'written',
      present.map(cell => [cell, clockMs + cell, Math.round(1000 * random()) / 10]),
      clockMs,
    );
    if (random() > 0.9) log.stale([present[0] ?? 0], clockMs + 1);
    const late = SMALL_CELLS.filter(() => random() > 0.97);
    const atMs = Math.max(T0, clockMs - Math.floor(100 * MINUTE * random()));
    put(
      'late',
      late.map(cell => [cell, atMs, 7]),
      clockMs + 2,
    );
    if (random() > 0.5)
      put(
        'late',
        late.map(cell => [cell, atMs, 8]),
        clockMs + 3,
      );
  }
  return { log, truth };
}

function naive(
  truth: ReadonlyMap<string, number>,
  cell: number,
  [fromMs, stepMs, count]: readonly [number, number, number],
  aggregate: RangeAggregate,
): number[] {
  const steps: [number, number][][] = Array.from({ length: count }, () => []);
  for (const [key, value] of truth) {
    const [of, atMs] = key.split(' ').map(Number);
    const step = Math.floor((atMs - fromMs) / stepMs);
    if (of === cell && step >= 0 && step < count) steps[step].push([atMs, value]);
  }
  return steps.map(points => {
    if (points.length === 0) return Number.NaN;
    const values = points.toSorted((a, b) => a[0] - b[0]).map(([, value]) => value);
    const sum = values.reduce((total, value) => total + value, 0);
    return {
      mean: sum / values.length,
      sum,
      count: values.length,
      min: Math.min(...values),
      max: Math.max(...values),
      last: values.at(-1)!,
    }[aggregate];
  });
}

const ENTITIES = [...new Set(SMALL_CELLS.map(cell => seriesOfCell(cell)[0]))];
const SIGNALS = ['powerW', 'powerLoadW', 'gpuPowerW', 'gpuTempC'];

function assertNear(got: ArrayLike<number>, want: readonly number[], what: string) {
  assert.equal(got.length, want.length, what);
  for (const [i, value] of want.entries()) {
    const isSame =
      Object.is(got[i], value) || Math.abs(got[i] - value) < 1e-9 * (1 + Math.abs(value));
    assert.ok(isSame, `${what} [${i}]: ${got[i]} in place of ${value}`);
  }
}

function assertTruth(
  asked: Asked,
  truth: ReadonlyMap<string, number>,
  [fromMs, toMs]: readonly [number, number],
  stepMs: number,
) {
  for (const aggregate of ['mean', 'sum', 'count', 'min', 'max', 'last'] as const) {
    const query = { entities: ENTITIES, signals: SIGNALS, fromMs, toMs, stepMs, aggregate };
    const { values, count, fromMs: firstMs } = askRange(asked, query);
    for (const cell of SMALL_CELLS) {
      const [entity, signal] = seriesOfCell(cell);
      const series = ENTITIES.indexOf(entity) * SIGNALS.length + SIGNALS.indexOf(signal);
      assertNear(
        values.subarray(series * count, (series + 1) * count),
        naive(truth, cell, [firstMs, stepMs, count], aggregate),
        `${aggregate} of ${signal} of ${entity} at ${stepMs}`,
      );
    }
  }
}

test('rows, files and roll-ups answer alike, and as by hand', async () => {
  const { log, truth } = randomLog(6);
  const { keeper, follow, asked } = keeperOf(newDirectory(), log, { flushRows: 2000 });
  await follow();
  const all = [T0, T0 + 6 * HOUR] as const;
  assert.ok(keeper.checkpoint.files.some(file => file.tier === 'raw'));
  assert.ok(keeper.tails.some(tail => tail.rows > 0));
  assertTruth(asked(), truth, all, MINUTE);
  await keeper.maintain();
  assert.equal(keeper.checkpoint.rolledToMs, T0 + 3 * HOUR);
  assert.equal(
    keeper.tails.reduce((sum, tail) => sum + tail.rows, 0),
    0,
  );
  for (const stepMs of [20_000, MINUTE, 90_000, 15 * MINUTE, HOUR, 2 * HOUR, 5 * HOUR]) {
    assertTruth(asked(), truth, all, stepMs);
  }
  assertTruth(asked(), truth, [T0 + 30 * MINUTE + 1, T0 + 200 * MINUTE + 1], 5 * MINUTE);
  const { spans } = askRange(asked(), {
    ...{ entities: ['k9'], signals: ['powerW'], fromMs: all[0], toMs: all[1], stepMs: HOUR },
  });
  assert.deepEqual(spans, [
    { tier: '1h', fromMs: T0, toMs: T0 + 3 * HOUR },
    { tier: 'raw', fromMs: T0 + 3 * HOUR, toMs: T0 + 6 * HOUR },
  ]);
});

/** Every series at the same instants, so that a row group tells its times once. */
function steadyLog(hours: number) {
  const log = memoryLog();
  const truth = new Map<string, number>();
  log.layout(smallLayout('g1'), T0);
  for (let clockMs = T0; clockMs < T0 + hours * HOUR; clockMs += 20_000) {
    const rows = SMALL_CELLS.map(
      cell => [cell, clockMs, (cell * 7 + clockMs / 20_000) % 50] as const,
    );
    log.rows('written', rows, clockMs);
    for (const [cell, atMs, value] of rows) truth.set(`${cell} ${atMs}`, value);
  }
  return { log, truth };
}

test('times that all series share answer alike, whole and in part', async () => {
  const { log, truth } = steadyLog(5);
  const directory = newDirectory();
  const { keeper, follow, asked } = keeperOf(directory, log, { flushRows: 1900 });
  await follow();
  await keeper.maintain();
  const shared = keeper.checkpoint.files.filter(({ path }) => {
    const file = openParquet(join(directory, 'history', path));
    file.close();
    return file.footer.groups.every(group => group.columns.time.repeats !== undefined);
  });
  assert.ok(shared.some(file => file.tier === 'raw'));
  assert.ok(shared.some(file => file.tier === '1m'));
  assertTruth(asked(), truth, [T0, T0 + 5 * HOUR], MINUTE);
  assertTruth(asked(), truth, [T0 + 17 * MINUTE, T0 + 4.4 * HOUR], MINUTE);
  assertTruth(asked(), truth, [T0 + 40_000, T0 + 4.4 * HOUR], 40_000);
  const query = { entities: ['k9'], signals: ['powerW'], fromMs: T0 + 50 * MINUTE + 1 };
  const { times, values } = askSamples(asked(), { ...query, toMs: T0 + 70 * MINUTE });
  assert.equal(times.length, 59);
  for (const [i, atMs] of times.entries()) assert.equal(values[i], truth.get(`1 ${atMs}`));
});

test('a day is merged into one file a roll-up, and says the same', async () => {
  const { log, truth } = randomLog(8);
  const { keeper, follow, asked } = keeperOf(newDirectory(), log, { flushRows: 3000 });
  await follow();
  await keeper.maintain();
  const ofDay = keeper.checkpoint.files.filter(
    file => file.tier === '1m' && file.shelf === 'inner' && file.toMs <= Date.UTC(2026, 0, 2),
  );
  assert.deepEqual(
    ofDay.map(({ fromMs, toMs }) => [fromMs, toMs]),
    [[Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)]],
  );
  assert.equal(keeper.counts.merges, 6);
  assertTruth(asked(), truth, [T0, T0 + 8 * HOUR], MINUTE);
  assertTruth(asked(), truth, [T0, T0 + 8 * HOUR], HOUR);
});

test('a crash at any step neither loses nor doubles a row', async () => {
  const { log, truth } = randomLog(7.5, 11);
  const whole = keeperOf(newDirectory(), log, { flushRows: 3000 });
  await whole.follow();
  await whole.keeper.maintain();
  const steps = whole.steps.length;
  assert.ok(steps > 20, `${steps} steps`);
  const directory = newDirectory();
  const cutAt = new Set<string>();
  // Each start gets a little further than the one before, and is then cut off.
  for (let at = 1, done = false; !done; at++) {
    const cut = keeperOf(directory, log, { flushRows: 3000 });
    cut.failAt(at % 7);
    try {
      await cut.follow();
      await cut.keeper.maintain();
      done = true;
    } catch (error) {
      assert.match((error as Error).message, /planted/);
      cutAt.add(cut.steps.at(-1)!);
    }
    assert.ok(at < 500, 'it never ends');
  }
  assert.deepEqual([...cutAt].sort(), [...new Set(whole.steps)].sort());
  const end = keeperOf(directory, log, { flushRows: 3000 });
  await end.follow();
  assertTruth(end.asked(), truth, [T0, T0 + 8 * HOUR], MINUTE);
  assertTruth(end.asked(), truth, [T0, T0 + 8 * HOUR], HOUR);
  assertTruth(end.asked(), truth, [T0, T0 + 8 * HOUR], 20_000);
});

test('samples come as they were, with the ends of series, and late ones in their place', async () => {
  const log = memoryLog();
  log.layout(smallLayout('g1'), T0);
  log.rows(
    'written',
    [
      [0, T0, 1],
      [1, T0, 5],
      [0, T0 + 1000, 2],
    ],
    T0 + 1000,
  );
  const { keeper, follow, asked } = keeperOf(newDirectory(), log);
  await follow();
  await keeper.writeOut();
  log.stale([0], T0 + 3000);
  log.rows(
    'late',
    [
      [0, T0 + 500, 9],
      [0, T0 + 1000, 3],
    ],
    T0 + 4000,
  );
  log.rows('written', [[0, T0 + 3000, 4]], T0 + 5000);
  log.stale([0], T0 + 9000);
  await follow();
  const query = {
    entities: ['k9', 'k10', 'gone'],
    signals: ['powerW'],
    fromMs: T0,
    toMs: T0 + DAY,
  };
  const { starts, times, values, spans } = askSamples(asked(), query);
  assert.deepEqual([...starts], [0, 1, 6, 6]);
  assert.deepEqual(
    [...times].map(ms => ms - T0),
    [0, 0, 500, 1000, 3000, 9000],
  );
  assert.deepEqual([...values], [5, 1, 9, 3, 4, Number.NaN]);
  assert.deepEqual(
    spans.map(span => span.tier),
    ['raw'],
  );
  const { entities, signals, entityOf, signalOf } = askSeries(asked(), query);
  const pairs = Array.from(entityOf, (e, i) => `${entities[e]} ${signals[signalOf[i]]}`);
  assert.deepEqual(pairs.sort(), ['k10 powerW', 'k9 powerW']);
});

test('what was rolled up gives the last of each interval, at its end', async () => {
  const { log, truth } = randomLog(5);
  const { keeper, follow, asked } = keeperOf(newDirectory(), log);
  await follow();
  await keeper.maintain();
  const query = { entities: ['k9'], signals: ['powerW'], fromMs: T0, toMs: T0 + HOUR };
  const { times, values, spans } = askSamples(asked(), { ...query, spacingMs: 5 * MINUTE });
  assert.deepEqual(
    spans.map(span => span.tier),
    ['1m'],
  );
  const want = naive(truth, 1, [T0, MINUTE, 60], 'last');
  const minutes = want.flatMap((value, i) => (Number.isNaN(value) ? [] : [i]));
  assert.deepEqual(
    [...times],
    minutes.map(i => T0 + (i + 1) * MINUTE - 1),
  );
  assert.deepEqual(
    [...values],
    minutes.map(i => want[i]),
  );
  const { entityOf } = askSeries(asked(), { fromMs: T0, toMs: T0 + HOUR });
  assert.equal(entityOf.length, SMALL_CELLS.length);
});

test('files that DuckDB wrote for the version before are read, rolled up and merged', async () => {
  const { log, truth } = randomLog(8, 5);
  const directory = newDirectory();
  const { keeper, follow, asked } = keeperOf(directory, log, { flushRows: 3000 });
  await follow();
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const { path, tier } of keeper.checkpoint.files) {
    const file = join(directory, 'history', path);
    const columns = tier === 'raw' ? 'value' : '"min", "max", mean, "last", "count"';
    await connection.run(
      `COPY (SELECT rack, entity, signal, time::TIMESTAMP_MS AS time, ${columns} ` +
        `FROM read_parquet('${file}', hive_partitioning = false)) TO '${file}.before' ` +
        '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)',
    );
    renameSync(`${file}.before`, file);
  }
  assertTruth(asked(), truth, [T0, T0 + 8 * HOUR], MINUTE);
  await keeper.maintain();
  assert.equal(keeper.counts.bad, 0);
  assert.ok(keeper.counts.merges > 0);
  assertTruth(asked(), truth, [T0, T0 + 8 * HOUR], MINUTE);
  assertTruth(asked(), truth, [T0, T0 + 8 * HOUR], HOUR);
});

test('any Parquet reader finds the same in the files', async () => {
  const { log, truth } = randomLog(5);
  const directory = newDirectory();
  const { keeper, follow } = keeperOf(directory, log, { flushRows: 4000 });
  await follow();
  await keeper.maintain();
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  const from = (tier: string) => `read_parquet('${directory}/history/${tier}/**/*.parquet')`;
  assert.deepEqual(
    await rows(`SELECT column_name, column_type FROM (DESCRIBE FROM ${from('1m')})`),
    [
      ...[
        ['rack', 'VARCHAR'],
        ['entity', 'VARCHAR'],
        ['signal', 'VARCHAR'],
        ['time', 'TIMESTAMP'],
      ],
      ...['min', 'max', 'mean', 'last'].map(name => [name, 'DOUBLE']),
      ...[
        ['count', 'UINTEGER'],
        ['day', 'DATE'],
      ],
    ],
  );
  for (const [tier, stepMs] of [
    ['1m', MINUTE],
    ['15m', 15 * MINUTE],
    ['1h', HOUR],
  ] as const) {
    const found = await rows(
      `SELECT epoch_ms(time)::DOUBLE, "min", "max", mean, "last", "count"::DOUBLE, rack ` +
        `FROM ${from(tier)} WHERE entity = 'k9-n2/gpu1' AND signal = 'gpuTempC' ORDER BY time`,
    );
    const steps = [T0, stepMs, (2 * HOUR) / stepMs] as const;
    for (const [i, name] of (['min', 'max', 'mean', 'last', 'count'] as const).entries()) {
      const want = naive(truth, 37, steps, name).filter(value => !Number.isNaN(value));
      assertNear(
        found.map(row => Number(row[i + 1])),
        want,
        `${name} of ${tier}`,
      );
    }
    assert.ok(found.every(row => row[6] === 'k9'));
  }
  const [[count, distinct]] = await rows(
    `SELECT count(*)::DOUBLE, count(DISTINCT (entity, signal, time))::DOUBLE FROM ${from('raw')} ` +
      'WHERE NOT isnan(value)',
  );
  assert.ok(Number(count) > Number(distinct));
  assert.equal(distinct, truth.size);
});
