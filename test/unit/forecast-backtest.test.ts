import assert from 'node:assert/strict';
import test from 'node:test';
import { backtest } from '../../twin/forecast/backtest.ts';
import { choose } from '../../twin/forecast/choice.ts';
import type { ForecastModel } from '../../twin/forecast/model.ts';
import { FORECAST_MODELS } from '../../twin/forecast/models/index.ts';
import { lastValue } from '../../twin/forecast/models/last-value.ts';
import { SYNTHETIC } from '../support/synthetic-series.ts';

const OPTIONS = { horizon: 4, season: 0, origins: 6 };
const flat = (
  id: string,
  path: (series: Float64Array, steps: number) => number,
): ForecastModel => ({
  ...{ id, title: id, minPoints: 1, seasonal: false },
  fit: series => steps => new Float64Array(steps).fill(path(series, steps)),
});

test('errors of the last value on a line are those worked out by hand', () => {
  // 0, 1, 2, ...: h steps ahead the last value errs by h; the mean over 1..4 is 2.5.
  const line = Float64Array.from({ length: 40 }, (_, i) => i);
  const { scores, residuals } = backtest(line, { ...OPTIONS, models: [lastValue] });
  assert.equal(scores[0].mae, 2.5);
  assert.equal(scores[0].mase, 2.5);
  assert.equal(scores[0].ratio, 1);
  assert.deepEqual([...residuals.get('last-value')![0]], [1, 2, 3, 4]);
});

test('sMAPE is that of M4: 200 |y - f| / (|y| + |f|)', () => {
  const jump = Float64Array.from({ length: 24 }, (_, i) => (i < 20 ? 100 : 300));
  const { scores } = backtest(jump, { ...OPTIONS, origins: 1, models: [lastValue] });
  assert.equal(scores[0].smape, 100);
});

test('no model sees what comes after its origin', () => {
  const series = SYNTHETIC['random walk'](120, 1);
  const seen: number[] = [];
  const spy: ForecastModel = {
    ...flat('spy', () => 0),
    fit(past) {
      seen.push(past.length);
      assert.deepEqual(past, series.slice(0, past.length));
      return steps => new Float64Array(steps);
    },
  };
  const { originSteps } = backtest(series, { ...OPTIONS, models: [lastValue, spy] });
  assert.deepEqual(seen, originSteps);
  assert.ok(originSteps.every(known => known + OPTIONS.horizon <= series.length));
});

test('changing the future of an origin changes none of its forecasts', () => {
  const series = SYNTHETIC['day + AR(1), 0.7'](400, 1);
  const options = { horizon: 24, season: 96, origins: 5 };
  const { originSteps, residuals } = backtest(series, options);
  const first = originSteps[0];
  const changed = series.map((value, i) => (i >= first ? value + 1000 : value));
  const again = backtest(changed, options).residuals;
  for (const { id } of FORECAST_MODELS.filter(model => !model.seasonal)) {
    again.get(id)![0].forEach((value, h) => {
      assert.ok(Math.abs(value - residuals.get(id)![0][h] - 1000) < 1e-6, id);
    });
  }
});

test('a model that diverges once is out, however good it is elsewhere', () => {
  const line = Float64Array.from({ length: 100 }, (_, i) => i);
  const cheat = (broken: boolean): ForecastModel => ({
    ...flat('cheat', () => 0),
    fit: past => steps =>
      Float64Array.from({ length: steps }, (_, h) =>
        broken && past.length > 90 ? Number.POSITIVE_INFINITY : past.length + h,
      ),
  });
  const run = (broken: boolean) =>
    backtest(line, { ...OPTIONS, origins: 12, models: [lastValue, cheat(broken)] });
  assert.equal(run(false).chosen, 'cheat');
  const broken = run(true);
  assert.equal(broken.chosen, 'last-value');
  assert.ok(broken.scores[1].failures > 0);
});

test('a lucky hit does not make a model: the gain must repeat', () => {
  const series = SYNTHETIC['white noise'](100, 2);
  const lucky: ForecastModel = {
    ...flat('lucky', () => 0),
    // Right at every fourth origin, as good as the last value elsewhere.
    fit: past => steps =>
      past.length % 4 === 0
        ? series.slice(past.length, past.length + steps)
        : lastValue.fit(past, 0)(steps),
  };
  const { chosen, scores } = backtest(series, { ...OPTIONS, models: [lastValue, lucky] });
  assert.ok(scores[1].ratio < 0.97);
  assert.equal(chosen, 'last-value');
});

test('a choice asks for 3 % less error, at four origins and over two windows; ties are simple', () => {
  // Each model errs by a part of what the last value does, at every origin alike.
  const chosen = (parts: Record<string, number>, origins: readonly number[]) => {
    const runs = Object.entries({ 'last-value': 1, ...parts }).map(([id, part]) => ({
      ...{ model: flat(id, () => 0), failures: 0 },
      errors: origins.map(known => ({ known, mae: 10 * part, smape: 0, mase: 1 })),
    }));
    return choose(runs, 50).chosen;
  };
  const apart = [100, 200, 300, 400];
  assert.equal(chosen({ a: 0.96 }, apart), 'a');
  assert.equal(chosen({ a: 0.975 }, apart), 'last-value');
  assert.equal(chosen({ a: 0.5 }, apart.slice(1)), 'last-value', 'three origins');
  // 50 steps ahead, origins ten apart share their future: 1 + 30 / 50 windows.
  assert.equal(chosen({ a: 0.5 }, [100, 110, 120, 130]), 'last-value');
  assert.equal(chosen({ a: 0.5 }, [100, 120, 140, 160]), 'a');
  assert.equal(chosen({ a: 0.5, b: 0.495 }, apart), 'a');
  assert.equal(chosen({ a: 0.5, b: 0.45 }, apart), 'b');
});

test('paths are cut to the range before they are judged', () => {
  const full = new Float64Array(60).fill(100);
  const beyond = flat('beyond', () => 105);
  const options = { ...OPTIONS, models: [lastValue, beyond], range: [0, 100] as const };
  assert.equal(backtest(full, options).scores[1].mae, 0);
});

test('origins without anything known or anything measured are left out', () => {
  const series = SYNTHETIC['random walk'](100, 1);
  series.fill(Number.NaN, 60, 80);
  series.fill(Number.NaN, 0, 40);
  const { originSteps } = backtest(series, { ...OPTIONS, origins: 30 });
  assert.ok(originSteps.length > 5);
  assert.ok(originSteps.every(known => known > 40 && (known < 60 || known > 76)));
});

test('without room for one origin there are none, and the last value stands', () => {
  const { chosen, originSteps } = backtest(new Float64Array(9), OPTIONS);
  assert.equal(chosen, 'last-value');
  assert.equal(originSteps.length, 0);
});

test('refuses horizons and origins that are no counts, or a pool without baseline', () => {
  const series = new Float64Array(50);
  assert.throws(() => backtest(series, { ...OPTIONS, horizon: 0 }), /horizon must be/);
  assert.throws(() => backtest(series, { ...OPTIONS, origins: 1.5 }), /origins must be/);
  assert.throws(() => backtest(series, { ...OPTIONS, models: [] }), /needs the model 'last-value'/);
});
