/**
 * Courses against a plant that fails, over five seeds a set-up; the figures of the docs are from
 * `COURSE_SEEDS=101-110 node --test test/property/course-plant.test.ts`, which prints them.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type CourseScore, FAILING_SETUPS, failAndAsk, scoreOf } from '../support/failing-plant.ts';

const [first, last] = (process.env.COURSE_SEEDS ?? '1-5').split('-').map(Number);
const SEEDS = Array.from({ length: last - first + 1 }, (_, i) => first + i);

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const rms = (values: readonly number[]) => Math.sqrt(mean(values.map(value => value * value)));
const text = (seconds: number) => (Number.isFinite(seconds) ? seconds.toFixed(0) : 'none');

const WHAT = ['inlet', 'GPU', 'power'];

/** Inlet in K, hottest GPU in K, power in parts of that before. */
type Triple = readonly [inlet: number, gpu: number, power: number];

interface Bound {
  /** Most root mean square. */
  readonly error: Triple;
  /** Least part of the minutes with the truth inside the band of 90 %. */
  readonly inside: Triple;
}

/**
 * What was measured on seeds 1-5, 101-105, 106-110 and 201-206, the worst of the four, and a tenth on
 * top of it (of the part inside: less), and again when hosts came to go off by what the catalogue says:
 * a bound that was narrower before stays. Where little is right, little is asked: see docs/physics.md.
 */
const BOUNDS: Readonly<Record<string, Bound>> = {
  'both CRAHs, 2 hosts a rack': { error: [6.9, 5.8, 0.3], inside: [0.8, 0.82, 0.85] },
  'both CRAHs, 4 hosts a rack': { error: [8.3, 8.4, 0.37], inside: [0.71, 0.79, 0.82] },
  'one CRAH of two': { error: [0.62, 1.73, 0.079], inside: [0.75, 0.46, 0.71] },
  'cold water of all CRAHs': { error: [6.3, 5.6, 0.32], inside: [0.87, 0.85, 0.74] },
  'facility water of a CDU': { error: [0.55, 2.7, 0.21], inside: [0.81, 0.9, 0.86] },
  'one UPS of two': { error: [1.07, 2.1, 0.081], inside: [0.3, 0.61, 0.71] },
  'the grid': { error: [1.08, 2.1, 0.08], inside: [0.3, 0.62, 0.71] },
};

function told(name: string, scores: readonly CourseScore[]): string {
  const all = (pick: (score: CourseScore) => readonly number[]) => scores.flatMap(pick);
  const percent = (values: readonly number[]) => `${Math.round(100 * mean(values))} %`;
  const error = (values: readonly number[], unit: string, by = 1) =>
    `${(by * rms(values)).toFixed(1)} (${(by * mean(values)).toFixed(1)}) ${unit}`;
  const times = scores.map(({ firstLossS: t }) => {
    return `${text(t.told)} [${text(t.low)}, ${text(t.high)}] true ${text(t.true)}`;
  });
  return [
    `${name}: inlet ${error(
      all(s => s.inletK),
      'K',
    )} in ${percent(all(s => s.inside.inlet))}`,
    `GPU ${error(
      all(s => s.gpuK),
      'K',
    )} in ${percent(all(s => s.inside.gpu))}`,
    `power ${error(
      all(s => s.powerRatio),
      '%',
      100,
    )} in ${percent(all(s => s.inside.power))}`,
    `first loss ${times.join('; ')}`,
  ].join(', ');
}

for (const setup of FAILING_SETUPS) {
  test(`${setup.name}: what is told beforehand against what comes`, async t => {
    const scores: CourseScore[] = [];
    for (const seed of SEEDS) scores.push(scoreOf(await failAndAsk(setup, seed)));
    t.diagnostic(told(setup.name, scores));
    const { error, inside } = BOUNDS[setup.name];
    const all = (pick: (score: CourseScore) => readonly number[]) => scores.flatMap(pick);
    const errors = [all(s => s.inletK), all(s => s.gpuK), all(s => s.powerRatio)].map(rms);
    const shares = [all(s => s.inside.inlet), all(s => s.inside.gpu), all(s => s.inside.power)];
    errors.forEach((value, i) => {
      assert.ok(value < error[i], `${WHAT[i]}: off by ${value}`);
    });
    shares.map(mean).forEach((share, i) => {
      assert.ok(share > inside[i], `${WHAT[i]}: ${share} inside the band`);
    });
    // none is infinite: what fails is told as possible, what does not is not told as certain
    for (const { firstLossS: t } of scores) {
      assert.ok(t.low <= t.true && t.true <= t.high, `${t.true} s in ${t.low} to ${t.high} s`);
    }
  });
}
