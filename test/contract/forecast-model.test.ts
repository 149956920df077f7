import assert from 'node:assert/strict';
import test from 'node:test';
import { canFit } from '../../twin/forecast/model.ts';
import { FORECAST_MODELS } from '../../twin/forecast/models/index.ts';
import { near } from '../support/near.ts';
import { SYNTHETIC, uniform } from '../support/synthetic-series.ts';

const STEPS = 30;
const SEASON = 12;
for (const model of FORECAST_MODELS) {
  const season = model.seasonal ? SEASON : 0;
  const path = (series: Float64Array, steps = STEPS) => {
    assert.ok(canFit(model, series, season), 'the test series is long enough');
    return model.fit(series, season)(steps);
  };
  const check = (what: string, body: () => void) =>
    test(`forecast model ${model.id}: ${what}`, body);

  check('gives as many finite steps as asked', () => {
    const series = SYNTHETIC['random walk'](120, 7);
    for (const steps of [1, STEPS, 500]) {
      const got = path(series, steps);
      assert.equal(got.length, steps);
      if (steps <= STEPS) assert.ok(got.every(Number.isFinite));
    }
  });

  check('a constant stays constant, whatever its size', () => {
    for (const constant of [0, 1, -40, 7.3e6]) {
      const got = path(new Float64Array(96).fill(constant));
      for (const value of got) near(value, constant, 1e-6 * Math.max(1, Math.abs(constant)));
    }
  });

  check('a constant with gaps stays constant', () => {
    const draw = uniform(3);
    const series = new Float64Array(96).fill(50).map(value => (draw() < 0.3 ? Number.NaN : value));
    series.fill(Number.NaN, 90);
    for (const value of path(series)) near(value, 50, 1e-6);
  });

  check('gaps in noise leave it finite and in place', () => {
    const draw = uniform(5);
    const series = SYNTHETIC['white noise'](200, 9).map(value =>
      draw() < 0.4 ? Number.NaN : value,
    );
    for (const value of path(series)) near(value, 1000, 300);
  });

  check('does not change its input and repeats itself exactly', () => {
    const series = SYNTHETIC['AR(1), 0.8'](150, 4);
    const copy = series.slice();
    const first = path(series);
    assert.deepEqual(series, copy);
    assert.deepEqual(path(copy), first);
  });

  check('follows shift and scale of the series', () => {
    const series = SYNTHETIC['AR(1), 0.8'](150, 4);
    const got = path(series.map(value => 5 * value + 300));
    for (const [h, value] of path(series).entries()) near(got[h], 5 * value + 300, 1e-3);
  });

  check('fits its fewest points and refuses fewer', () => {
    const length = Math.max(model.minPoints, 2 * season);
    const fewest = Float64Array.from({ length }, (_, i) => i % 5);
    assert.ok(path(fewest).every(Number.isFinite));
    const oneLess = fewest.slice();
    oneLess.fill(Number.NaN, 0, length - model.minPoints + 1);
    assert.equal(canFit(model, oneLess, season), false);
  });

  if (model.seasonal) {
    check('carries a pure season on', () => {
      const wave = (i: number) => 100 + 10 * Math.sin((2 * Math.PI * i) / SEASON);
      const got = path(Float64Array.from({ length: 240 }, (_, i) => wave(i)));
      for (const [h, value] of got.entries()) near(value, wave(240 + h), 0.5);
    });

    check('cannot fit without two seasons', () => {
      assert.equal(canFit(model, new Float64Array(2 * SEASON - 1), SEASON), false);
      assert.equal(canFit(model, new Float64Array(240), 0), false);
    });
  }
}

for (const id of ['linear', 'robust-linear', 'polynomial']) {
  const model = FORECAST_MODELS.find(candidate => candidate.id === id)!;
  test(`forecast model ${id}: carries a straight line on, with gaps`, () => {
    const series = Float64Array.from({ length: 100 }, (_, i) => (i % 7 ? 50 + 3 * i : Number.NaN));
    const got = model.fit(series, 0)(STEPS);
    for (const [h, value] of got.entries()) near(value, 50 + 3 * (100 + h), 1e-5);
  });
}

test('forecast model robust-linear: is not moved by outliers that bend the plain line', () => {
  const series = Float64Array.from({ length: 100 }, (_, i) => (i % 9 === 4 ? 5000 : 50 + 3 * i));
  const at = (id: string) =>
    FORECAST_MODELS.find(model => model.id === id)!.fit(series, 0)(1)[0] - (50 + 3 * 100);
  assert.ok(Math.abs(at('robust-linear')) < 2);
  assert.ok(Math.abs(at('linear')) > 50);
});

test('forecast model damped-trend: the trend fades and never turns', () => {
  const model = FORECAST_MODELS.find(candidate => candidate.id === 'damped-trend')!;
  const got = model.fit(
    Float64Array.from({ length: 100 }, (_, i) => 3 * i),
    0,
  )(200);
  const gains = got.slice(1).map((value, h) => value - got[h]);
  assert.ok(gains[0] > 0.5);
  assert.ok(gains.every((gain, h) => gain >= 0 && (h === 0 || gain <= gains[h - 1] + 1e-9)));
});
