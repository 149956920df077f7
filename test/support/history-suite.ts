/** What every history must do: test/contract/history.test.ts runs it over each implementation. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { HISTORY_STEPS_MAX, type History } from '../../server/history/contract.ts';
import { KIND_INDEX, type Kind, signalIndex } from '../../twin/index.ts';

const T0 = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const powerW = signalIndex('powerW');

export function entities(rows: readonly (readonly [id: string, kind: Kind])[]) {
  return {
    count: rows.length,
    ids: rows.map(([id]) => id),
    kind: Uint8Array.from(rows, ([, kind]) => KIND_INDEX[kind]),
  };
}

const SMALL = entities([
  ['campus', 'site'],
  ['hall-1', 'hall'],
  ['rack-1', 'rack'],
  ['rack-2', 'rack'],
  ['host-1', 'host'],
  ['gpu-1', 'gpu'],
]);

const query = (entity: string, minutes: number, extra = {}) => ({
  ...{ entity, signal: 'powerW', fromMs: T0, toMs: T0 + minutes * MINUTE, stepMs: MINUTE },
  ...extra,
});

/** Power of entity e is 1000 e + the number of the minute + the second within it. */
const reading = (nowMs: number) => (entity: number, signal: number) =>
  signal === powerW ? 1000 * entity + (nowMs - T0) / MINUTE : Number.NaN;

function fill(history: History, minutes: number, everyMs = 30_000): void {
  for (let nowMs = T0; nowMs < T0 + minutes * MINUTE; nowMs += everyMs) {
    history.sample(nowMs, reading(nowMs));
  }
}

export function historySuite(name: string, create: () => History): void {
  const check = (what: string, body: (history: History) => Promise<void>) =>
    test(`history ${name}: ${what}`, async () => {
      const history = create();
      history.follow(SMALL);
      try {
        await body(history);
      } finally {
        await history.close();
      }
    });

  check('gives mean, last and max of each minute', async history => {
    fill(history, 3);
    const values = async (aggregate: 'mean' | 'last' | 'max') => [
      ...(await history.range(query('rack-1', 3, { aggregate })))!.values,
    ];
    assert.deepEqual(await values('mean'), [2000.25, 2001.25, 2002.25]);
    assert.deepEqual(await values('last'), [2000.5, 2001.5, 2002.5]);
    assert.deepEqual(await values('max'), [2000.5, 2001.5, 2002.5]);
  });

  check('max is not last when the value falls', async history => {
    history.sample(T0, () => 7);
    history.sample(T0 + 1000, () => 5);
    const get = async (aggregate: 'mean' | 'last' | 'max') =>
      (await history.range(query('rack-1', 1, { aggregate })))!.values[0];
    assert.equal(await get('max'), 7);
    assert.equal(await get('last'), 5);
    assert.equal(await get('mean'), 6);
  });

  check('folds minutes into longer steps, aligned to the step', async history => {
    fill(history, 10);
    const slice = (await history.range(
      query('rack-2', 10, { fromMs: T0 + 2 * MINUTE, stepMs: 5 * MINUTE }),
    ))!;
    assert.equal(slice.fromMs, T0);
    assert.deepEqual([...slice.values], [3002.25, 3007.25]);
  });

  check('a minute without a value is NaN, and so is what lies outside', async history => {
    history.sample(T0, reading(T0));
    history.sample(T0 + 3 * MINUTE, reading(T0 + 3 * MINUTE));
    const { values } = (await history.range(query('campus', 5, { fromMs: T0 - MINUTE })))!;
    assert.deepEqual([...values], [Number.NaN, 0, Number.NaN, Number.NaN, 3, Number.NaN]);
  });

  check('a missing value is neither zero nor the value before', async history => {
    history.sample(T0, () => 5);
    history.sample(T0 + MINUTE, () => Number.NaN);
    const { values } = (await history.range(query('rack-1', 2)))!;
    assert.deepEqual([...values], [5, Number.NaN]);
  });

  check('says undefined for what it does not keep', async history => {
    fill(history, 1);
    assert.equal(await history.range(query('nowhere', 1)), undefined);
    assert.equal(await history.range(query('rack-1', 1, { signal: 'nonsense' })), undefined);
    assert.equal(await history.range(query('gpu-1', 1, { signal: 'smClockHz' })), undefined);
  });

  check('refuses queries that make no sense, naming the field', async history => {
    const bad = (extra: object, message: RegExp) =>
      assert.rejects(history.range(query('rack-1', 5, extra)), message);
    await bad({ stepMs: 1500 }, /stepS: a whole number of minutes/);
    await bad({ stepMs: 0 }, /stepS: a whole number of minutes/);
    await bad({ toMs: T0 }, /from: it must be before to/);
    await bad({ fromMs: Number.NaN }, /must be times/);
    await bad({ toMs: T0 + (HISTORY_STEPS_MAX + 1) * MINUTE }, /steps are more than/);
  });

  check('a clock that goes back changes nothing and is counted', async history => {
    fill(history, 3);
    history.sample(T0, () => 1e6);
    const { values } = (await history.range(query('rack-1', 3)))!;
    assert.equal(values[0], 2000.25);
    assert.equal(history.stats().dropped['clock went back'], 1);
  });

  check('keeps the past of an entity through a new generation', async history => {
    fill(history, 3);
    const next = entities([
      ['campus', 'site'],
      ['hall-0', 'hall'],
      ['hall-1', 'hall'],
      ['rack-2', 'rack'],
      ['rack-1', 'rack'],
      ['host-9', 'host'],
    ]);
    history.follow(next);
    history.sample(T0 + 2.75 * MINUTE, () => 2000);
    history.sample(T0 + 3 * MINUTE, entity => entity);
    const { values } = (await history.range(query('rack-1', 4)))!;
    assert.equal(values[0], 2000.25);
    // The minute under way goes on: (2002 + 2002.5 + 2000) / 3.
    assert.ok(Math.abs(values[2] - 2001.5) < 1e-9);
    assert.equal(values[3], 4);
    assert.ok(
      [...(await history.range(query('hall-0', 3)))!.values.slice(0, 2)].every(Number.isNaN),
    );
    assert.equal(await history.range(query('host-1', 3)), undefined);
    assert.ok(history.stats().dropped['forgotten with its entity'] > 0);
  });

  check('states what it holds', async history => {
    fill(history, 2);
    const stats = history.stats();
    assert.ok(stats.series >= 5);
    assert.ok(stats.bytes > 0);
    assert.equal(stats.newestMs, T0 + 1.5 * MINUTE);
  });
}
