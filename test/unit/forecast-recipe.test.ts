import assert from 'node:assert/strict';
import test from 'node:test';
import { type ForecastRequest, forecast } from '../../twin/forecast/forecast.ts';
import { halfWidths } from '../../twin/forecast/intervals.ts';
import { SYNTHETIC } from '../support/synthetic-series.ts';

const ask = (values: Float64Array, extra: Partial<ForecastRequest> = {}) =>
  forecast({ values, stepS: 900, horizonSteps: 24, range: [0, 1e6], ...extra });

function assertBands(made: ReturnType<typeof ask>, range: readonly [number, number] = [0, 1e6]) {
  made.yhat.forEach((value, h) => {
    const rising = [made.lower95[h], made.lower80[h], value, made.upper80[h], made.upper95[h]];
    assert.ok(rising.every(Number.isFinite));
    assert.deepEqual(
      rising.toSorted((a, b) => a - b),
      rising,
    );
    assert.ok(rising[0] >= range[0] && rising[4] <= range[1]);
  });
}

test('takes the line for a trend, the season for a day, nothing for a random walk', () => {
  const model = (kind: string) => ask(SYNTHETIC[kind](480, 3)).model;
  assert.match(model('trend + noise'), /linear/);
  assert.match(model('day + AR(1), 0.7'), /^seasonal/);
  assert.equal(model('random walk'), 'last-value');
});

test('a season is claimed only when it was proven', () => {
  assert.equal(ask(SYNTHETIC['day + AR(1), 0.7'](480, 3)).season, 96);
  assert.equal(ask(SYNTHETIC['day + AR(1), 0.7'](150, 3)).season, 0);
  assert.equal(ask(SYNTHETIC['random walk'](480, 3)).season, 0);
  assert.equal(ask(SYNTHETIC['day + AR(1), 0.7'](480, 3), { season: 0 }).season, 0);
});

test('exactly one score is chosen, and it is the one used', () => {
  const made = ask(SYNTHETIC['trend + noise'](300, 5));
  assert.deepEqual(
    made.backtest.filter(score => score.chosen).map(score => score.model),
    [made.model],
  );
  assert.match(made.reason, /error \d+ % below the last value's at 24 origins/);
});

test('bands are ordered, finite, in range and widen', () => {
  for (const make of Object.values(SYNTHETIC)) {
    const made = ask(make(300, 11));
    assertBands(made);
    const width = made.upper95.map((upper, h) => upper - made.lower95[h]);
    assert.ok(width.every((value, h) => h === 0 || value >= width[h - 1] - 1e-9));
  }
});

test('path and band are cut to the physical range', () => {
  const filling = Float64Array.from({ length: 200 }, (_, i) => Math.min(1280, 400 + 4.4 * i));
  const made = ask(filling, { range: [0, 1280] });
  assertBands(made, [0, 1280]);
});

test('too few values: the last one, a wide band that says it is a guess', () => {
  const made = ask(Float64Array.of(100, 104, 102));
  assert.equal(made.model, 'last-value');
  assert.ok(made.yhat.every(value => value === 102));
  assert.ok(made.upper95[0] - made.lower95[0] >= 100);
  assert.match(made.reason, /only 3 values, too few/);
  assert.deepEqual(made.backtest, []);
  assertBands(made);
  assert.match(ask(Float64Array.of(100)).reason, /^only 1 value, too few/);
  assert.match(ask(Float64Array.of(Number.NaN)).reason, /^no values yet/);
});

test('a few zeros do not make a certain zero', () => {
  const made = ask(new Float64Array(5), { range: [0, 1280] });
  assert.equal(made.upper95[0], 1280);
});

test('without any value everything is NaN and nothing throws', () => {
  for (const values of [new Float64Array(0), new Float64Array(50).fill(Number.NaN)]) {
    const made = ask(values);
    assert.equal(made.pointCount, 0);
    assert.ok(made.yhat.every(Number.isNaN) && made.upper95.every(Number.isNaN));
  }
});

test('values out of range or infinite count as gaps', () => {
  const values = SYNTHETIC['white noise'](200, 1);
  const dirty = values.slice();
  dirty[199] = Number.POSITIVE_INFINITY;
  dirty[150] = -5;
  const made = ask(dirty);
  assert.equal(made.pointCount, 198);
  assertBands(made);
  assert.ok(made.yhat.every(value => value > 900 && value < 1100));
});

test('a short history says how far it was tested; the band goes on widening', () => {
  const made = ask(SYNTHETIC['random walk'](80, 1), { horizonSteps: 96 });
  assert.equal(made.testedSteps, 20);
  assert.match(made.reason, /back-tested only 20 of 96 steps/);
  assert.ok(made.upper95[95] - made.yhat[95] > 1.9 * (made.upper95[19] - made.yhat[19]));
});

test('looks back a bounded number of values', () => {
  const long = new Float64Array(20_000).fill(7);
  const made = ask(long);
  assert.ok(made.pointCount <= 4096);
  assert.ok(made.yhat.every(value => value === 7));
});

test('is deterministic and leaves its input alone', () => {
  const values = SYNTHETIC['AR(1), 0.8'](300, 2);
  const copy = values.slice();
  assert.deepEqual(ask(values), ask(copy));
  assert.deepEqual(values, copy);
});

test('refuses what makes no sense, naming the field', () => {
  const values = new Float64Array(50);
  assert.throws(() => ask(values, { stepS: 0 }), /stepS must be positive/);
  assert.throws(() => ask(values, { horizonSteps: 0 }), /horizonSteps must be/);
  assert.throws(() => ask(values, { horizonSteps: 1e6 }), /horizonSteps must be/);
  assert.throws(() => ask(values, { season: -1 }), /season must be/);
  assert.throws(() => ask(values, { range: [5, 5] }), /range must rise/);
});

test('half-widths are the conformal quantile of the errors', () => {
  // 100 windows of one step with errors 1..100: the 80 % rank is 0.8 (1 + 1/200) = 0.804.
  const residuals = Array.from({ length: 100 }, (_, k) => Float64Array.of(k % 2 ? k + 1 : -k - 1));
  assert.equal(halfWidths(residuals, 100, 0.8, 1)[0], 81);
  // One window is worth two errors: the rank is past the largest error, which is stretched.
  const one = halfWidths([Float64Array.of(10)], 1, 0.95, 4);
  assert.ok(Math.abs(one[0] - 10 * 0.95 * 1.5) < 1e-9);
  assert.ok(Math.abs(one[3] - one[0] * 2) < 1e-9);
});

test('neighbouring steps lend each other their errors, an eighth of the horizon each way', () => {
  // 16 steps tested: two on each side. Only step 4 ever errs.
  const residuals = Array.from({ length: 100 }, () => new Float64Array(16).fill(8, 4, 5));
  assert.deepEqual([...halfWidths(residuals, 100, 0.8, 4)], [0, 0, 8, 8]);
});

test('a path that runs away is not used, and the reason says so', () => {
  const made = ask(SYNTHETIC['trend + noise'](200, 5), { horizonSteps: 4000 });
  assert.equal(made.model, 'last-value');
  assert.match(made.reason, /did best in the back-test but runs away now: last value instead/);
  assert.equal(made.backtest.find(score => score.chosen)!.model, 'last-value');
  assertBands(made);
});

test('after a jump to a new level the old model is not believed any more', () => {
  const values = SYNTHETIC['white noise'](300, 4);
  assert.equal(ask(values).model, 'mean');
  const jumped = values.map((value, i) => (i >= 295 ? value + 800 : value));
  const made = ask(jumped);
  assert.equal(made.model, 'last-value');
  assert.match(made.reason, /newest values are outside its band/);
  assert.ok(made.yhat[0] > 1700);
  // One outlier is no new level.
  const spike = values.map((value, i) => (i === 297 ? value + 800 : value));
  assert.equal(ask(spike).model, 'mean');
});
