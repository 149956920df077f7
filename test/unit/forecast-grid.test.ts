import assert from 'node:assert/strict';
import test from 'node:test';
import { forecastGrid } from '../../twin/forecast/grid.ts';

test('step and past grow with the horizon', () => {
  assert.deepEqual(forecastGrid(3600), { stepS: 300, horizonSteps: 12, backS: 4 * 86_400 });
  assert.deepEqual(forecastGrid(6 * 3600), { stepS: 900, horizonSteps: 24, backS: 4 * 86_400 });
  assert.deepEqual(forecastGrid(7 * 86_400), {
    ...{ stepS: 21_600, horizonSteps: 28, backS: 70 * 86_400 },
  });
  assert.equal(forecastGrid(365 * 86_400).stepS, 86_400);
});

test('never more values than a forecast looks at, and a day stays whole steps', () => {
  for (let horizonS = 1; horizonS < 4e7; horizonS = Math.ceil(horizonS * 1.7)) {
    const { stepS, horizonSteps, backS } = forecastGrid(horizonS);
    assert.ok(backS / stepS <= 4096 && Number.isInteger(backS / stepS));
    assert.ok(horizonSteps * stepS >= horizonS && (horizonSteps - 1) * stepS < horizonS);
    assert.equal(86_400 % stepS, 0);
  }
});

test('refuses a horizon that is none', () => {
  for (const horizonS of [0, -1, Number.NaN, 1e12]) {
    assert.throws(() => forecastGrid(horizonS), /horizon must be/);
  }
});
