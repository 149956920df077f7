import assert from 'node:assert/strict';
import test from 'node:test';
import { calibrationColumns } from '../../twin/calibrate/columns.ts';
import { covariance, learn, newLesson, sdOf } from '../../twin/calibrate/learn.ts';
import { CLIPPED, RESET, UPDATED } from '../../twin/calibrate/outcome.ts';
import { tableOf } from '../../twin/calibrate/priors.ts';
import { seededRandom, standardNormal } from '../../twin/physics/random.ts';

/** Host of 2 kW at rest, 1.3 W for each watt of the GPUs, 500 W of processors; noise of 1 %. */
const PRIORS = tableOf(
  { id: 'test', parameters: ['rest', 'gain', 'cpu'].map(id => ({ id, title: id })) },
  [
    {
      name: 'host',
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
  ],
);
const TRUE = [1500, 1.12, 800] as const;

const one = () => calibrationColumns(PRIORS, Int16Array.of(0));

interface Site {
  readonly random: () => number;
  readonly truth?: readonly number[];
  readonly noiseW?: number;
}

/** @returns outcomes of `count` samples with a moving load */
function teach(columns: ReturnType<typeof one>, count: number, site: Site) {
  const { random, truth = TRUE, noiseW = 40 } = site;
  const lesson = newLesson(3);
  const outcomes: number[] = [];
  for (let k = 0; k < count; k++) {
    lesson.x.set([1, 600 + 5000 * random(), random()]);
    const noise = noiseW * standardNormal(random);
    lesson.y = truth[0] + truth[1] * lesson.x[1] + truth[2] * lesson.x[2] + noise;
    lesson.keepRatio = 0.9993;
    lesson.atS = 1000 + 30 * k;
    outcomes.push(learn(columns, PRIORS, 0, lesson));
  }
  return outcomes;
}

test('parameters come to the true ones, within what their deviations say', () => {
  const columns = one();
  const outcomes = teach(columns, 2000, { random: seededRandom(1) });
  TRUE.forEach((value, j) => {
    const off = Math.abs(columns.parameters[j] - value);
    assert.ok(off < 4 * sdOf(columns, 0, j), `${j}: off by ${off}, sd ${sdOf(columns, 0, j)}`);
  });
  // 40 W of noise over 2,000 samples, of which the last 1,430 weigh: about 3 W on the constant.
  assert.ok(sdOf(columns, 0, 0) < 10 && sdOf(columns, 0, 0) > 0.5);
  assert.ok(Math.abs(columns.noiseSd[0] - 40) < 6, `noise ${columns.noiseSd[0]}`);
  assert.ok(outcomes.every(outcome => outcome === UPDATED || outcome === CLIPPED));
  // Two-sided 3 sigma: 2.7 in a thousand of a normal distribution.
  assert.ok(outcomes.filter(outcome => outcome === CLIPPED).length < 20);
});

test('a load that never moves leaves the rest as unknown as it was, for ever', () => {
  const columns = one();
  const lesson = newLesson(3);
  const random = seededRandom(2);
  const before = covariance(columns, 0, 1, 1);
  for (let k = 0; k < 50_000; k++) {
    lesson.x.set([1, 3000, 0.4]);
    lesson.y = 5180 + 20 * standardNormal(random);
    lesson.keepRatio = 0.9993;
    learn(columns, PRIORS, 0, lesson);
  }
  const expected =
    columns.parameters[0] + 3000 * columns.parameters[1] + 0.4 * columns.parameters[2];
  assert.ok(Math.abs(expected - 5180) < 5, `${expected}`);
  for (let j = 0; j < 3; j++) assert.ok(covariance(columns, 0, j, j) <= PRIORS.sd[j] ** 2 * 1.001);
  // Rest and gain share what is known of their sum: the gain stays nearly as unknown as before.
  assert.ok(covariance(columns, 0, 1, 1) > 0.3 * before);
});

test('single wild samples hardly move what is known', () => {
  const columns = one();
  const random = seededRandom(3);
  teach(columns, 1000, { random });
  const before = [...columns.parameters];
  const sds = [0, 1, 2].map(j => sdOf(columns, 0, j));
  const lesson = newLesson(3);
  for (let k = 0; k < 5; k++) {
    lesson.x.set([1, 3000, 0.5]);
    lesson.y = k % 2 ? 12_000 : 700;
    lesson.keepRatio = 0.9993;
    assert.equal(learn(columns, PRIORS, 0, lesson), CLIPPED);
  }
  before.forEach((value, j) => {
    assert.ok(Math.abs(columns.parameters[j] - value) < sds[j], `${j}`);
  });
});

test('another machine in the same place is noticed, counted, and learned anew', () => {
  const columns = one();
  const random = seededRandom(4);
  teach(columns, 1000, { random });
  const other = [2600, 1.5, 300];
  const outcomes = teach(columns, 600, { random, truth: other });
  const at = outcomes.indexOf(RESET);
  assert.ok(at >= 0 && at < 40, `reset after ${at}`);
  assert.equal(columns.resets[0], 1);
  assert.equal(columns.resetAtS[0], 1000 + 30 * at);
  other.forEach((value, j) => {
    assert.ok(Math.abs(columns.parameters[j] - value) < 5 * sdOf(columns, 0, j), `${j}`);
  });
});

test('what is found stays inside physical bounds, and the rest follows', () => {
  const columns = one();
  // No rest at all and a gain above any machine: the bound holds, and the fit is the best within.
  teach(columns, 500, { random: seededRandom(5), truth: [0, 2.4, 0] });
  const [rest, gain, cpu] = columns.parameters;
  assert.equal(gain, 2.2);
  assert.ok(rest >= 0 && cpu >= 0);
  // At half load the GPUs draw 3,100 W: 7,440 W; the constant makes up for what the gain may not.
  assert.ok(Math.abs(rest + gain * 3100 + cpu / 2 - 7440) < 150);
});
