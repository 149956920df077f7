/** Calibration under inputs that nobody intends. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { calibrationColumns, factorAt, factorWidth } from '../../twin/calibrate/columns.ts';
import { covariance, learn, newLesson, sdOf } from '../../twin/calibrate/learn.ts';
import { type ModelPriors, tableOf } from '../../twin/calibrate/priors.ts';
import { atOnce, CALIBRATED_MODELS, encodeCalibration } from '../../twin/index.ts';
import { seededRandom, standardNormal } from '../../twin/physics/random.ts';
import { calibrationSite } from '../support/calibration-site.ts';

const PRIORS = tableOf({ id: 'test', parameters: ['a', 'b', 'c'].map(id => ({ id, title: id })) }, [
  {
    name: 'class',
    prior: {
      parameters: [
        { mean: 2000, sd: 600, low: 0, high: 10_000 },
        { mean: 1.3, sd: 0.25, low: 0.9, high: 2.2 },
        { mean: 500, sd: 200, low: 0, high: 5000 },
      ],
      target: [500, 13_000],
      noiseSd: 100,
      noiseFloor: 5,
    },
  },
]);

/** Bounds hold, factors are a covariance, and it is never larger than the prior's by much. */
function checkWhole(c: ReturnType<typeof calibrationColumns>, priors: ModelPriors) {
  for (let i = 0; i < c.count; i++) {
    const row = c.prior[i];
    if (row < 0) continue;
    for (let j = 0; j < c.width; j++) {
      const value = c.parameters[i * c.width + j];
      assert.ok(value >= priors.low[row * c.width + j], `${j}: ${value}`);
      assert.ok(value <= priors.high[row * c.width + j], `${j}: ${value}`);
      const d = c.factors[i * factorWidth(c.width) + factorAt(j, j)];
      assert.ok(d > 0 && Number.isFinite(d), `D ${d}`);
      assert.ok(sdOf(c, i, j) <= 1.01 * priors.sd[row * c.width + j], `sd ${sdOf(c, i, j)}`);
      for (let k = 0; k < j; k++) {
        const square = covariance(c, i, j, k) ** 2;
        const product = covariance(c, i, j, j) * covariance(c, i, k, k);
        assert.ok(square <= product * (1 + 1e-6), `correlation of ${j} and ${k} beyond 1`);
      }
    }
    assert.ok(c.noiseSd[i] > 0 && Number.isFinite(c.noiseSd[i]));
  }
}

const power = fc.oneof(
  fc.double({ min: 0, max: 13_000, noNaN: true }),
  fc.constantFrom(0, 1, 500, 13_000, 4321),
);
const sample = fc.record({
  gpuW: fc.oneof(fc.double({ min: 0, max: 30_000, noNaN: true }), fc.constantFrom(0, 1e-300, 3000)),
  cpu: fc.double({ min: 0, max: 1.02, noNaN: true }),
  y: power,
  keepRatio: fc.double({ min: 0.9, max: 1, noNaN: true }),
});

test('whatever samples come, parameters stay in bounds and the covariance stays one', () => {
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 300, size: 'max' }), samples => {
      const c = calibrationColumns(PRIORS, Int16Array.of(0));
      const lesson = newLesson(3);
      for (const { gpuW, cpu, y, keepRatio } of samples) {
        lesson.x.set([1, gpuW, cpu]);
        Object.assign(lesson, { y, keepRatio });
        learn(c, PRIORS, 0, lesson);
        checkWhole(c, PRIORS);
      }
    }),
    { numRuns: 100, endOnFailure: true },
  );
});

test('one sample over and over, for as long as one likes', () => {
  fc.assert(
    fc.property(sample, ({ gpuW, cpu, y, keepRatio }) => {
      const c = calibrationColumns(PRIORS, Int16Array.of(0));
      const lesson = newLesson(3);
      for (let k = 0; k < 3000; k++) {
        lesson.x.set([1, gpuW, cpu]);
        Object.assign(lesson, { y, keepRatio });
        learn(c, PRIORS, 0, lesson);
      }
      checkWhole(c, PRIORS);
    }),
    { numRuns: 50, endOnFailure: true },
  );
});

test('any true parameters within the bounds are found, to a few of their deviations', () => {
  const truths = fc.record({
    rest: fc.double({ min: 500, max: 4000, noNaN: true }),
    gain: fc.double({ min: 0.95, max: 2, noNaN: true }),
    cpu: fc.double({ min: 50, max: 1500, noNaN: true }),
    noiseW: fc.double({ min: 10, max: 150, noNaN: true }),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  fc.assert(
    fc.property(truths, ({ rest, gain, cpu, noiseW, seed }) => {
      const random = seededRandom(seed);
      const c = calibrationColumns(PRIORS, Int16Array.of(0));
      const lesson = newLesson(3);
      for (let k = 0; k < 1500; k++) {
        lesson.x.set([1, 600 + 5000 * random(), random()]);
        const noise = noiseW * standardNormal(random);
        lesson.y = rest + gain * lesson.x[1] + cpu * lesson.x[2] + noise;
        lesson.keepRatio = 0.9993;
        learn(c, PRIORS, 0, lesson);
      }
      [rest, gain, cpu].forEach((value, j) => {
        const off = Math.abs(c.parameters[j] - value);
        assert.ok(off < 6 * sdOf(c, 0, j), `${j}: ${c.parameters[j]}, not ${value}`);
      });
      checkWhole(c, PRIORS);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

/** What a meter may say instead of the truth. */
const LIES: readonly ((powerW: number, k: number) => number)[] = [
  powerW => powerW,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  powerW => -powerW,
  powerW => 1000 * powerW,
  powerW => powerW / 1000,
  powerW => 1.4 * powerW,
  () => 4321,
  () => 0,
  (_, k) => (k % 2 ? 500 : 12_000),
  powerW => Math.round(powerW / 100) * 100,
];

test('a site of lying meters: nothing diverges, nothing is NaN, and every sample is counted', () => {
  const lies = fc.array(fc.tuple(fc.nat(LIES.length - 1), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(lies, { minLength: 4, maxLength: 4 }), fc.nat(1000), (plans, seed) => {
      const run = () => {
        const site = calibrationSite({ seed: seed + 1 });
        plans.forEach((plan, h) => {
          const order = plan.flatMap(([lie, rounds]) => Array<number>(rounds).fill(lie));
          let k = 0;
          site.hosts[h].reading = powerW => LIES[order[k % order.length]](powerW, k++);
        });
        site.steps(60);
        return site;
      };
      const site = run();
      for (const each of site.calibration.runs) checkWhole(each.columns, each.priors);
      for (const score of site.board.scores()) {
        for (const value of [score.bias, score.rmse, score.weight]) {
          assert.ok(Number.isFinite(value) || score.count === 0, JSON.stringify(score));
        }
      }
      const host = site.calibration.runs.find(({ model }) => model.id === 'hostPower');
      const counted = host?.outcomes.reduce((sum, count) => sum + count, 0);
      assert.equal(counted, 4 * 60);
      const bytes = atOnce(encodeCalibration(site.calibration, site.nowMs));
      assert.deepEqual(atOnce(encodeCalibration(run().calibration, site.nowMs)), bytes);
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

test('every row of the table gives regressors that are finite, for any inputs in range', () => {
  for (const model of CALIBRATED_MODELS) {
    assert.ok(model.parameters.length >= 2 && model.parameters.length <= 4, model.id);
    const inputs = new Float64Array(model.inputs.length + 1);
    const x = new Float64Array(model.parameters.length);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true })), values => {
        inputs.fill(0);
        inputs.set(values.slice(0, inputs.length));
        const figures = new Float64Array([1.98e9, 0, 0, 0]);
        const base = model.regress({ inputs, figures, figuresAt: 0 }, x);
        assert.ok(Number.isFinite(base) && x.every(Number.isFinite), model.id);
        assert.equal(x[0], 1);
      }),
      { numRuns: 50 },
    );
  }
});
