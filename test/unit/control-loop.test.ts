import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  continuousPoles,
  gainMargin,
  lambdaTuning,
  rootsOf,
  sampledPoles,
  TEMPERATURE_PLANT,
  TUNED_GAINS,
} from '../../twin/index.ts';
import { near } from '../support/near.ts';

const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });

test('roots of polynomials with known roots', () => {
  // (x - 1)(x - 2)(x - 3) = x^3 - 6x^2 + 11x - 6
  const simple = rootsOf([1, -6, 11, -6]).map(root => root.re);
  assert.deepEqual(simple.map(Math.round).sort(), [1, 2, 3]);
  // x^2 (x^2 + 4)
  const sizes = rootsOf([2, 0, 8, 0, 0]).map(({ re, im }) => Math.hypot(re, im));
  assert.deepEqual(sizes.map(size => Math.round(1e9 * size) / 1e9).sort(), [0, 0, 2, 2]);
  assert.deepEqual(rootsOf([5]), []);
  assert.throws(() => rootsOf([0, 1]), RangeError);
  assert.throws(() => rootsOf([1, Number.NaN]), RangeError);
});

test('roots give their polynomial back', () => {
  const root = fc.integer({ min: -2000, max: 2000 }).map(thousandths => thousandths / 1000);
  const roots = fc.array(root, { minLength: 1, maxLength: 8 });
  const holds = (known: readonly number[]) => {
    let polynomial = [1];
    for (const root of known) {
      polynomial = [...polynomial, 0].map((each, i) => each - root * (polynomial[i - 1] ?? 0));
    }
    const found = rootsOf(polynomial);
    assert.equal(found.length, known.length);
    // Near roots are known badly one by one; what holds is that each solves the equation, and that
    // none is found twice in the place of another: their sum.
    for (const { re, im } of found) {
      let [valueRe, valueIm, size] = [0, 0, 0];
      for (const each of polynomial) {
        [valueRe, valueIm] = [valueRe * re - valueIm * im + each, valueRe * im + valueIm * re];
        size = size * Math.hypot(re, im) + Math.abs(each);
      }
      assert.ok(Math.hypot(valueRe, valueIm) <= 1e-12 * size + 1e-300);
    }
    const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);
    near(sum(found.map(root => root.re)), sum(known), 1e-4);
    near(sum(found.map(root => root.im)), 0, 1e-4);
  };
  fc.assert(fc.property(roots, holds));
});

// 30 s^2 + (1 + 50 x 0.1) s + 50 x 0.01 = 0: s = (-6 +- sqrt(36 - 60)) / 60 = -0.1 +- 0.0816i.
test('continuous poles', () => {
  const plant = { gain: 50, tauS: 30 };
  const { dominant, isStable } = continuousPoles(plant, { kp: 0.1, kiPerS: 0.01 });
  near(dominant.re, -0.1, 1e-9);
  near(dominant.im, 0.08165, 1e-5);
  assert.ok(isStable);
  // With the sign as printed: 30 s^2 - 4 s - 0.5 = 0, s = (4 + sqrt(76)) / 60 = 0.212.
  const wrong = continuousPoles(plant, { kp: -0.1, kiPerS: -0.01 });
  near(wrong.dominant.re, 0.21196, 1e-5);
  assert.equal(wrong.isStable, false);
  // Without an integral: -(1 + 5) / 30.
  near(continuousPoles(plant, { kp: 0.1, kiPerS: 0 }).dominant.re, -0.2, 1e-12);
  assert.throws(() => continuousPoles({ gain: 1, tauS: 0 }, { kp: 0, kiPerS: 0 }), RangeError);
});

test('sampled poles: the quoted loop swings once there is a delay, the tuned one does not', () => {
  const plant = { gain: 50, tauS: 30 };
  const quoted = { kp: 0.1, kiPerS: 0.01 };
  assert.ok(sampledPoles(plant, quoted, { periodS: 5, delaySamples: 0 }).isStable);
  assert.equal(sampledPoles(plant, quoted, { periodS: 5, delaySamples: 1 }).isStable, false);
  assert.equal(sampledPoles(plant, quoted, { periodS: 60, delaySamples: 0 }).isStable, false);
  // Jury: 2 (1 + a) > K (1 - a)(2 kp - ki T), a = exp(-1/6): 3.693 / (0.15352 x 0.15) = 160.4;
  // integrating first 2 kp + ki T: 3.693 / (0.15352 x 0.25) = 96.2.
  const margin = (delaySamples: number, integratesFirst: boolean) =>
    gainMargin(30, quoted, { periodS: 5, delaySamples, integratesFirst });
  near(margin(0, false), 160.4, 0.1);
  near(margin(0, true), 96.2, 0.1);
  // One sample of delay, by running the loops: 42.0 and 39.2.
  near(margin(1, false), 42.0, 0.1);
  near(margin(1, true), 39.2, 0.1);
  const tuned = { kp: TUNED_GAINS.kpGHzPerC.value, kiPerS: TUNED_GAINS.kiGHzPerCS.value };
  for (const gain of [25, 50, 100, 150]) {
    const sampling = { periodS: 5, delaySamples: 1 };
    assert.ok(sampledPoles({ gain, tauS: 30 }, tuned, sampling).spectralRadius <= 0.92, `${gain}`);
  }
});

test('lambda tuning gives the gains of the table', () => {
  const { gainCPerGHz, tauS, periodS } = TEMPERATURE_PLANT;
  const plant = { gain: gainCPerGHz.value, tauS: tauS.value };
  const gains = lambdaTuning(plant, TUNED_GAINS.lambdaS.value, 1.5 * periodS.value);
  near(gains.kp, TUNED_GAINS.kpGHzPerC.value, 1e-4);
  near(gains.kiPerS, TUNED_GAINS.kiGHzPerCS.value, 1e-5);
});

/** Size of the loop's state after so many periods from a disturbance of 1, by plain recursion. */
function sizeAfter(plant: Plant, gains: Gains, sampling: Sampling, periods: number): number {
  const a = Math.exp(-sampling.periodS / plant.tauS);
  const waiting = new Array<number>(sampling.delaySamples).fill(0);
  const first = sampling.integratesFirst ? 1 : 0;
  let x = 1;
  let integral = 0;
  for (let k = 0; k < periods; k++) {
    const step = gains.kiPerS * sampling.periodS * x;
    waiting.push(-(gains.kp * x + integral + first * step));
    integral += step;
    x = a * x + plant.gain * (1 - a) * (waiting.shift() as number);
  }
  return Math.hypot(x, ...waiting.map(u => u * plant.gain), integral * plant.gain);
}

type Plant = Parameters<typeof sampledPoles>[0];
type Gains = Parameters<typeof sampledPoles>[1];
type Sampling = Parameters<typeof sampledPoles>[2];

test('the verdict is what the loop does', () => {
  const arbitrary = fc.record({
    gain: finite(1, 200),
    tauS: finite(5, 100),
    kp: finite(-0.05, 0.2),
    kiPerS: finite(0.0001, 0.02),
    periodS: finite(0.5, 20),
    delaySamples: fc.integer({ min: 0, max: 6 }),
    integratesFirst: fc.boolean(),
  });
  let [settled, ran] = [0, 0];
  const holds = ({ gain, tauS, kp, kiPerS, ...sampling }: Plant & Gains & Sampling) => {
    const { spectralRadius } = sampledPoles({ gain, tauS }, { kp, kiPerS }, sampling);
    // Too near to the edge to be seen in a finite run.
    if (Math.abs(spectralRadius - 1) < 0.02) return;
    const size = sizeAfter({ gain, tauS }, { kp, kiPerS }, sampling, 2000);
    if (spectralRadius < 1) {
      settled++;
      assert.ok(size < 1e-6, `radius ${spectralRadius}, size ${size}`);
    } else {
      ran++;
      assert.ok(!(size < 1e6), `radius ${spectralRadius}, size ${size}`);
    }
  };
  fc.assert(fc.property(arbitrary, holds), { numRuns: 500, seed: 1 });
  assert.ok(settled > 50 && ran > 50, `${settled} settled, ${ran} ran away`);
});

test('long delays are still solved, and refused when they make no sense', () => {
  const plant = { gain: 50, tauS: 30 };
  const gains = { kp: 0.001, kiPerS: 0.00002 };
  const { spectralRadius, poles } = sampledPoles(plant, gains, { periodS: 1, delaySamples: 60 });
  assert.equal(poles.length, 62);
  assert.ok(spectralRadius < 1 && spectralRadius > 0.9);
  assert.throws(
    () => sampledPoles(plant, gains, { periodS: 1, delaySamples: 1.5 }),
    /delaySamples/,
  );
  assert.throws(() => sampledPoles(plant, gains, { periodS: 0, delaySamples: 0 }), /periodS/);
});
