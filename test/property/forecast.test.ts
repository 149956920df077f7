import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { backtest } from '../../twin/forecast/backtest.ts';
import { evaluate } from '../../twin/forecast/evaluate.ts';
import { forecast } from '../../twin/forecast/forecast.ts';
import { timeToLimit } from '../../twin/forecast/time-to-limit.ts';
import { SYNTHETIC } from '../support/synthetic-series.ts';

const KINDS = Object.keys(SYNTHETIC);

test('the bands cover what they claim, and are not simply endless', () => {
  for (const kind of KINDS) {
    const runs = [1, 2, 3, 4].map(seed =>
      evaluate(SYNTHETIC[kind](400, seed), {
        ...{ stepS: 900, horizonSteps: 24, range: [0, 1e6], instants: 5 },
      }),
    );
    const mean = (of: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    const cover80 = mean(run => run.coverage80);
    const cover95 = mean(run => run.coverage95);
    assert.ok(cover95 >= 0.9, `${kind}: 95 % band covered ${cover95}`);
    assert.ok(cover80 >= 0.7 && cover80 <= 0.98, `${kind}: 80 % band covered ${cover80}`);
    // A normal error has a band of 4.9 mean absolute errors; the jobs' errors are far from normal.
    const spread = mean(run => run.width95) / mean(run => run.mae);
    assert.ok(spread < (kind.startsWith('jobs') ? 25 : 10), `${kind}: width over error ${spread}`);
  }
});

test('the recipe beats the last value where there is something to know', () => {
  for (const [kind, ratio] of [
    ['trend + noise', 0.6],
    ['day + AR(1), 0.7', 0.4],
    ['white noise', 0.85],
  ] as const) {
    const options = { stepS: 900, horizonSteps: 24, range: [0, 1e6] as const, instants: 6 };
    const got = evaluate(SYNTHETIC[kind](480, 21), options);
    assert.ok(got.ratio < ratio, `${kind}: ${got.ratio}`);
  }
});

const anySeries = fc
  .array(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(Number.NaN)), {
    maxLength: 150,
  })
  .map(values => Float64Array.from(values));

test('whatever comes, a forecast is finite and in range, or says that nothing is known', () => {
  fc.assert(
    fc.property(anySeries, fc.integer({ min: 1, max: 60 }), (values, horizonSteps) => {
      const made = forecast({ values, stepS: 3600, horizonSteps, range: [0, 1e6] });
      const known = values.some(value => !Number.isNaN(value));
      for (const part of [made.lower95, made.lower80, made.yhat, made.upper80, made.upper95]) {
        assert.equal(part.length, horizonSteps);
        assert.ok(part.every(value => (known ? value >= 0 && value <= 1e6 : Number.isNaN(value))));
      }
      assert.ok(
        made.yhat.every((value, h) => !(made.lower80[h] > value || value > made.upper80[h])),
      );
    }),
    { seed: 42, numRuns: 60 },
  );
});

test('the chosen model is never worse in its back-test than the last value', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 40, max: 300 }),
      (kind, seed, length) => {
        const options = { horizon: 12, season: 48, origins: 10 };
        const { chosen, scores } = backtest(SYNTHETIC[kind](length, seed), options);
        assert.ok(scores.find(score => score.model === chosen)!.ratio <= 1);
        assert.equal(scores.filter(score => score.chosen).length, 1);
      },
    ),
    { seed: 42, numRuns: 40 },
  );
});

test('time to limit of a line is the limit over the slope', () => {
  const rate = fc.double({ min: 0.01, max: 100, noNaN: true });
  fc.assert(
    fc.property(rate, fc.double({ min: 1, max: 1000, noNaN: true }), (slope, gap) => {
      const steps = 50;
      const path = (by: number) => Float64Array.from({ length: steps }, (_, h) => by * (h + 1));
      const found = timeToLimit({
        ...{ now: 0, yhat: path(slope), lower: path(slope / 2), upper: path(slope * 2) },
        ...{ stepS: 10, limit: gap, compare: 'max' },
      });
      const at = (by: number) => (gap / by <= steps ? (10 * gap) / by : null);
      const near = (got: number | null, want: number | null) => {
        if (got === null || want === null) assert.equal(got, want);
        else assert.ok(Math.abs(got - want) < 1e-6 * Math.max(1, want));
      };
      if (at(slope * 2) === null) assert.equal(found, null);
      else {
        near(found!.earliestS, at(slope * 2));
        near(found!.atS, at(slope));
        near(found!.latestS, at(slope / 2));
      }
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('a clear daily season is proven from four days, and never from two', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const season = (length: number) => {
      const values = SYNTHETIC['day + AR(1), 0.7'](length, seed);
      return forecast({ values, stepS: 900, horizonSteps: 24, range: [0, 1e6] }).season;
    };
    assert.equal(season(4 * 96), 96);
    assert.equal(season(2 * 96), 0);
  }
});
