import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  exactTrainingRatio,
  hostsOf,
  interruptionFigures,
  isGpuCause,
  jobFailuresPerS,
  jobMttf,
  optimalIntervalS,
  simulateCounts,
  trainingTime,
} from '../../twin/index.ts';
import { near } from '../support/near.ts';

test('a job in part on a host has that host', () => {
  assert.equal(hostsOf({ gpus: 16, gpusPerHost: 8 }), 2);
  assert.equal(hostsOf({ gpus: 17, gpusPerHost: 8 }), 3);
  assert.throws(() => hostsOf({ gpus: 0, gpusPerHost: 8 }), /gpus 0/);
});

// 10 interruptions in 5 days: 24 x 5 / 10 = 12 h; 4 hosts x 5 days = 20 host-days: 500 per 1,000.
test('interruptions by count', () => {
  const byCause = { 'Faulty GPU': 3, hbm3: 2, software_bug: 4, silent_data_corruption: 1 };
  const figures = interruptionFigures({ gpus: 32, gpusPerHost: 8, days: 5, byCause });
  near(figures.mttiH, 12, 1e-12);
  near(figures.failuresPer1000HostDays, 500, 1e-9);
  near(figures.gpuShareRatio, 0.6, 1e-12);
  assert.throws(
    () => interruptionFigures({ gpus: 8, gpusPerHost: 8, days: 5, byCause: { psu: 0 } }),
    /no interruption/,
  );
});

test('what counts as the GPU', () => {
  for (const cause of [
    ...['gpu_sram', 'GPU thermal interface', 'nvlink error', 'HBM3E', 'ECC error'],
    ...['NVLinkError', 'ECCError', 'faultyGpu', 'GPUMemory', 'XID79', 'lost_gpus', 'gpu0_off_bus'],
  ]) {
    assert.ok(isGpuCause(cause), cause);
  }
  for (const cause of [
    'nic',
    'cpu',
    'nvswitch',
    'ssd',
    'software_bug',
    'system_memory',
    'DIMM ECC',
    'CPUs',
    'SSDFailure',
    'S3StorageError',
  ]) {
    assert.ok(!isGpuCause(cause), cause);
  }
});

// A Poisson count has the variance of its mean; 1,000 runs know the sd to 2.2 %: 5 sigma is 11 %.
test('simulated counts have the mean and scatter of a Poisson process', () => {
  for (const expected of [3, 419, 1e6]) {
    const { mean, sd, runs } = simulateCounts(expected);
    near(mean, expected, 5 * Math.sqrt(expected / runs));
    near(sd / Math.sqrt(expected), 1, 0.11);
  }
  assert.deepEqual(simulateCounts(50, 1), simulateCounts(50, 1));
  assert.notDeepEqual(simulateCounts(50, 1), simulateCounts(50, 2));
  assert.throws(() => simulateCounts(0), RangeError);
});

// 24,000 h / (2,048 x 6.5) = 1.803 h; 24,000 / (128 x 6.5) = 28.85 h.
test('MTTF by size, and where it was measured to be less', () => {
  const large = jobMttf({ gpus: 16384, gpusPerHost: 8 }, 6.5);
  near(large.mttfH, 1.803, 0.001);
  assert.equal(large.isAboveMeasured, false);
  assert.equal(large.likelyMttfH, large.mttfH);
  const small = jobMttf({ gpus: 1024, gpusPerHost: 8 }, 6.5);
  near(small.mttfH, 28.846, 0.001);
  near(small.measuredMttfH ?? 0, 7.9, 1e-9);
  near(small.likelyMttfH, 7.9, 1e-9);
  assert.equal(small.isAboveMeasured, true);
  assert.equal(jobMttf({ gpus: 4096, gpusPerHost: 8 }, 6.5).measuredMttfH, undefined);
  assert.throws(() => jobMttf({ gpus: 8, gpusPerHost: 8 }, 0), RangeError);
});

test('no MTTF rises with the size of the job', () => {
  const size = fc.integer({ min: 1, max: 200_000 });
  fc.assert(
    fc.property(size, size, fc.double({ min: 0.1, max: 50, noNaN: true }), (a, b, rate) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)].map(gpus =>
        jobMttf({ gpus, gpusPerHost: 8 }, rate),
      );
      assert.ok(small.mttfH >= large.mttfH);
      if (a % 8 === 0 && b % 8 === 0)
        assert.ok(small.likelyMttfH >= large.likelyMttfH * (1 - 1e-9));
      assert.ok(small.likelyMttfH <= small.mttfH);
    }),
  );
});

// 1,500 hosts x 6.5 / 1,000 = 9.75 failures a day; sqrt(2 x 10 s x 86,400 / 9.75) = 421 s;
// loss 9.75 / 86,400 x (300 + 210.5) = 0.0576; (1 - 0.0576) / (1 + 10 / 421) = 0.9205.
test('checkpoints: the best interval and what it leaves', () => {
  const job = { failuresPerS: jobFailuresPerS(1500, 6.5), writeS: 10, restartS: 300 };
  const intervalS = optimalIntervalS(job);
  near(intervalS, 421, 0.5);
  const time = trainingTime(job, intervalS);
  near(time.effectiveRatio, 0.9205, 0.0002);
  near(time.lossRatio, 0.0576, 0.0001);
  assert.ok(time.isFormulaValid);
  near(time.simulatedRatio, exactTrainingRatio(job, intervalS), 5 * time.simulatedError);
  assert.ok(time.simulatedError < 0.002);
});

// Llama 3: 2,048 x 3.79 / 1,000 = 7.762 a day. w 10, u0 5 min: dt 471.8 s, loss .0481: .932.
// w 30, u0 10 min: dt 817.2 s, loss .0906: .877.
test('checkpoints at the rate of Llama 3', () => {
  const failuresPerS = jobFailuresPerS(2048, 3.79);
  for (const [writeS, restartS, ratio] of [
    [10, 300, 0.932],
    [30, 600, 0.877],
  ]) {
    const job = { failuresPerS, writeS, restartS };
    near(trainingTime(job, optimalIntervalS(job)).effectiveRatio, ratio, 0.0006);
  }
});

test('where failures come thick the formula is left and the simulation answers', () => {
  const job = { failuresPerS: 1 / 1800, writeS: 60, restartS: 900 };
  const time = trainingTime(job, 1800);
  assert.equal(time.isFormulaValid, false);
  near(time.formulaRatio, 0, 1e-9);
  assert.equal(time.effectiveRatio, time.simulatedRatio);
  near(time.simulatedRatio, exactTrainingRatio(job, 1800), 5 * time.simulatedError);
  assert.throws(() => trainingTime(job, 0), RangeError);
  assert.throws(() => optimalIntervalS({ ...job, writeS: 0 }), RangeError);
});

test('simulation and exact mean agree everywhere, and with the formula where it holds', () => {
  const arbitrary = fc.record({
    mttfS: fc.double({ min: 1800, max: 1e6, noNaN: true }),
    writeS: fc.double({ min: 0, max: 300, noNaN: true }),
    restartS: fc.double({ min: 0, max: 1800, noNaN: true }),
    intervalS: fc.double({ min: 60, max: 7200, noNaN: true }),
  });
  const holds = ({ mttfS, writeS, restartS, intervalS }: Record<string, number>) => {
    const job = { failuresPerS: 1 / mttfS, writeS, restartS };
    const time = trainingTime(job, intervalS);
    const exact = exactTrainingRatio(job, intervalS);
    near(time.simulatedRatio, exact, 6 * time.simulatedError + 1e-9);
    // First order in the loss: what is left out is of second order, and writing fails too.
    if (time.isFormulaValid) near(time.formulaRatio, exact, 0.03);
    assert.ok(time.effectiveRatio >= 0 && time.effectiveRatio <= 1);
  };
  fc.assert(fc.property(arbitrary, holds), { numRuns: 60 });
});

test('without failures only writing costs', () => {
  const job = { failuresPerS: 0, writeS: 60, restartS: 300 };
  near(trainingTime(job, 540).effectiveRatio, 0.9, 1e-12);
  near(trainingTime(job, 540).simulatedRatio, 0.9, 1e-12);
});
