import assert from 'node:assert/strict';
import test from 'node:test';
import {
  concurrentMigrations,
  drawRate,
  expectedFailures,
  healingFigures,
  KIND_COUNT,
  KIND_INDEX,
  likelyRate,
  QUOTED_HEALING,
  scatterOf,
  seededRandom,
  sparesFor,
} from '../../twin/index.ts';
import { near } from '../support/near.ts';

// Gamma of mean m and shape k: variance m^2 / k. 40,000 draws know the mean to 0.5 sd %.
test('rates have the mean and scatter of their gamma distribution', () => {
  for (const shape of [0.5, 1, 4]) {
    const random = seededRandom(1);
    const rates = Array.from({ length: 40_000 }, () => drawRate({ meanRate: 2, shape }, random));
    const mean = rates.reduce((sum, each) => sum + each, 0) / rates.length;
    const variance = rates.reduce((sum, each) => sum + (each - mean) ** 2, 0) / rates.length;
    near(mean, 2, 5 * Math.sqrt(4 / shape / rates.length));
    near(variance / (4 / shape), 1, 0.1);
    assert.ok(rates.every(rate => rate >= 0 && Number.isFinite(rate)));
  }
  assert.throws(() => drawRate({ meanRate: 2, shape: 0 }, seededRandom(1)), RangeError);
});

// Shape 0.5, mean 1 a year: nothing in a year (0.5 + 0) / (0.5 + 1) = 1/3, five failures 5.5 / 1.5.
test('what a count says of a host', () => {
  const scatter = { meanRate: 1, shape: 0.5 };
  near(likelyRate(scatter, 0, 0), 1, 1e-12);
  near(likelyRate(scatter, 0, 1), 1 / 3, 1e-12);
  near(likelyRate(scatter, 5, 1), 5.5 / 1.5, 1e-12);
  // Mean 4: the prior weighs as much as 0.5 / 4 of a year: (0.5 + 2) / (0.125 + 1).
  near(likelyRate({ meanRate: 4, shape: 0.5 }, 2, 1), 2.5 / 1.125, 1e-12);
  assert.throws(() => likelyRate(scatter, -1, 1), RangeError);
});

test('the scatter is found back from counts', () => {
  const random = seededRandom(4);
  const poisson = (mean: number) => {
    let count = 0;
    for (let left = Math.exp(-mean), p = random(); p > left; count++) p *= random();
    return count;
  };
  const counts = Array.from({ length: 20_000 }, () =>
    poisson(3 * drawRate({ meanRate: 1, shape: 0.8 }, random)),
  );
  const found = scatterOf(counts, 3);
  near(found.meanRate, 1, 0.05);
  near(found.shape, 0.8, 0.08);
  assert.equal(scatterOf([2, 2, 2], 1).shape, Number.POSITIVE_INFINITY);
  assert.throws(() => scatterOf([2], 1), RangeError);
});

// 1 + 5 + 60 + 10 = 76 s in .93 x .98 = .9114 of the cases. All: 6 + .93 x 70 + .0886 x 14,400
// = 6 + 65.1 + 1,275.84 = 1,346.9 s.
test('healing: the quoted 76 s, and the mean over all cases', () => {
  const figures = healingFigures();
  near(figures.fastPathS, 76, 1e-9);
  near(figures.fastPathRatio, 0.9114, 1e-9);
  near(figures.meanS, 1346.94, 0.01);
  assert.equal(figures.healthyRatio, 1);
});

test('false alarms cost time, and bad figures are refused', () => {
  const perDay = 1 / 86400;
  // True warnings once in two days: 1,346.9 / 172,800; false ones add 76 / 172,800.
  const { healthyRatio, healthyRatioWithoutFalseAlarms } = healingFigures(
    QUOTED_HEALING,
    perDay,
    0.5,
  );
  near(1 / healthyRatioWithoutFalseAlarms - 1, 1346.94 / 172_800, 1e-7);
  near(1 / healthyRatio - 1, (1346.94 + 76) / 172_800, 1e-7);
  assert.throws(() => healingFigures({ ...QUOTED_HEALING, migratedRatio: 1.1 }), /migratedRatio/);
  assert.throws(() => healingFigures({ ...QUOTED_HEALING, repairS: -1 }), /repairS/);
});

// 0.5 a second x 60 s.
test('a token rate is no limit on what runs at once', () => {
  assert.equal(concurrentMigrations(0.5, 60), 30);
});

// Poisson of mean 2: P(0..5) = 0.9834, P(0..6) = 0.9955.
test('spares for a risk', () => {
  assert.equal(sparesFor(2, 0.01), 6);
  assert.equal(sparesFor(2, 0.02), 5);
  assert.equal(sparesFor(0, 0.01), 0);
  // Mean plus 2.33 roots of it, about: 500 + 52.
  near(sparesFor(500, 0.01), 553, 2);
  assert.ok(sparesFor(3, 1e-300) < 500);
  assert.ok(sparesFor(700, 0.01) > 700);
  assert.throws(() => sparesFor(701, 0.01), RangeError);
  assert.throws(() => sparesFor(-1, 0.1), RangeError);
  assert.throws(() => sparesFor(1, 0), RangeError);
});

test('what breaks in a fleet', () => {
  const kindStart = new Int32Array(KIND_COUNT + 1);
  const [hosts, gpus] = [KIND_INDEX.host, KIND_INDEX.gpu];
  for (let k = hosts + 1; k <= KIND_COUNT; k++) kindStart[k] = 100;
  for (let k = gpus + 1; k <= KIND_COUNT; k++) kindStart[k] = 900;
  const rows = expectedFailures({ kindStart });
  assert.deepEqual(
    rows.map(row => [row.kind, row.count, Math.round(row.failuresPerYear)]),
    [
      ['host', 100, 138],
      ['gpu', 800, 88],
    ],
  );
  // 138.4 a year, a day each.
  near(rows[0].outMean, 138.4 / 365, 1e-9);
});
