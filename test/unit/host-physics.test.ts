import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { memoryReadS, numaSpeedRatio, stealRatio } from '../../twin/physics/host/cpu.ts';
import { migShare, migTimeRatio, timeSlicedS } from '../../twin/physics/host/gpu-sharing.ts';
import {
  INFERENCE_LAYERS,
  type InferenceLatency,
  type InferenceService,
  inferenceCapacityPerS,
  simulateInference,
} from '../../twin/physics/host/inference.ts';
import {
  coldShare,
  erlang,
  lateProbability,
  meanWaitS,
  serversFor,
} from '../../twin/physics/host/queue.ts';
import { nearRatio } from '../support/near.ts';

test('Erlang C of 10 servers and 8 erlangs is 0.409; one server waits as often as it works', () => {
  nearRatio(erlang(10, 8).waitProbability, 0.4092, 1e-3);
  nearRatio(erlang(1, 0.7).waitProbability, 0.7, 1e-12);
  // Erlang B by its definition: (a^c / c!) / sum a^k / k!, for 3 servers and 2 erlangs: (8/6) / (19/3).
  nearRatio(erlang(3, 2).blockProbability, 8 / 6 / (1 + 2 + 2 + 8 / 6), 1e-12);
  assert.deepEqual(erlang(4, 0).waitProbability, 0);
  assert.deepEqual(erlang(4, 4), { ...erlang(4, 4), waitProbability: 1, isStable: false });
  assert.throws(() => erlang(0, 1), /servers: 0/);
  assert.throws(() => erlang(1.5, 1), /servers: 1.5/);
  assert.throws(() => erlang(1, -1), /offeredErlangs/);
});

test('a million servers neither overflow nor lose the answer', () => {
  // Halfin and Whitt: c = a + b sqrt(a) gives 1 / (1 + b F(b) / f(b)), here b = 1: 0.2234.
  const a = 1e6 - 1e3;
  nearRatio(erlang(1e6, a).waitProbability, 0.2234, 5e-3);
  assert.equal(erlang(1e6, 1e5).waitProbability, 0);
});

test('more load never waits less, and another server never waits more', () => {
  const cases = fc.record({
    servers: fc.integer({ min: 1, max: 500 }),
    load: fc.double({ min: 0, max: 500, noNaN: true }),
    more: fc.double({ min: 0, max: 50, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ servers, load, more }) => {
      const wait = erlang(servers, load).waitProbability;
      assert.ok(wait >= 0 && wait <= 1);
      assert.ok(erlang(servers, load + more).waitProbability >= wait - 1e-12);
      assert.ok(erlang(servers + 1, load).waitProbability <= wait + 1e-12);
    }),
  );
});

test('mean wait: M/M/1 and M/D/1 exactly, and infinite when the load is too much', () => {
  const load = { servers: 1, arrivalPerS: 0.8, serviceS: 1 };
  // M/M/1: rho / (mu - lambda) = 0.8 / 0.2 = 4 s; M/D/1 half of it.
  nearRatio(meanWaitS(load), 4, 1e-12);
  nearRatio(meanWaitS({ ...load, serviceCv: 0 }), 2, 1e-12);
  assert.equal(meanWaitS({ ...load, arrivalPerS: 1 }), Number.POSITIVE_INFINITY);
});

test('5,000 requests a second within 20 ms at P99 need 11, 16 and 23 servers', () => {
  const within = { withinS: 0.02, lateShare: 0.01 };
  const servers = (serviceS: number) => serversFor({ arrivalPerS: 5000, serviceS }, within);
  assert.deepEqual([0.002, 0.003, 0.004].map(servers), [11, 16, 23]);
  // Above 20 ms / ln 100 = 4.34 ms the service alone is too long for any number of servers.
  assert.notEqual(servers(0.0043), undefined);
  assert.equal(servers(0.00435), undefined);
  assert.ok(lateProbability({ servers: 23, arrivalPerS: 5000, serviceS: 0.004 }, 0.02) <= 0.01);
  assert.ok(lateProbability({ servers: 22, arrivalPerS: 5000, serviceS: 0.004 }, 0.02) > 0.01);
});

test('M/M/1: time in the system is exponential', () => {
  // P(T > t) = exp(-(mu - lambda) t)
  nearRatio(lateProbability({ servers: 1, arrivalPerS: 0.5, serviceS: 1 }, 4), Math.exp(-2), 1e-9);
  // Spare servers and service rate are equal: the formula has a removable gap there.
  const gap = lateProbability({ servers: 2, arrivalPerS: 1, serviceS: 1 }, 3);
  const beside = lateProbability({ servers: 2, arrivalPerS: 1 + 1e-7, serviceS: 1 }, 3);
  nearRatio(gap, beside, 1e-5);
});

test('cold starts: all, none, and one in e', () => {
  assert.equal(coldShare(0, 60), 1);
  assert.equal(coldShare(1, 0), 1);
  nearRatio(coldShare(1 / 60, 60), Math.exp(-1), 1e-12);
  assert.equal(coldShare(0, Number.POSITIVE_INFINITY), 1);
});

test('steal: 20.6 % at three to one, 4.8 % at two and a half, none below one', () => {
  nearRatio(stealRatio(3, 0.42), 0.2063, 1e-3);
  nearRatio(stealRatio(2.5, 0.42), 0.0476, 1e-3);
  assert.equal(stealRatio(2, 0.5), 0);
  assert.equal(stealRatio(2, 0), 0);
  assert.throws(() => stealRatio(0, 0.5), /oversubscription/);
  assert.throws(() => stealRatio(2, 1.2), /utilRatio/);
});

test('memory of the other socket: distance 21 is 2.1 times as far, measured reads win', () => {
  nearRatio(memoryReadS({ remoteRatio: 0.5, distance: 21 }), 90e-9 * 1.55, 1e-12);
  const measured = { remoteRatio: 1, distance: 21, localReadS: 100e-9, remoteReadS: 140e-9 };
  nearRatio(memoryReadS(measured), 140e-9, 1e-12);
  // Half its time it waits for memory that takes 1.4 times as long: 1 / (0.5 + 0.7).
  nearRatio(numaSpeedRatio(measured, 0.5), 1 / 1.2, 1e-12);
  assert.throws(() => memoryReadS({ remoteRatio: 0, distance: 9 }), /distance: 9/);
});

test('MIG: slices of compute and memory from the name of the profile', () => {
  const a100Bytes = 81_920 * 2 ** 20;
  assert.deepEqual(migShare('3g.40gb', a100Bytes), { computeRatio: 3 / 7, memoryRatio: 0.5 });
  assert.deepEqual(migShare('1g.10gb', a100Bytes), { computeRatio: 1 / 7, memoryRatio: 1 / 8 });
  assert.deepEqual(migShare('7g.80gb', a100Bytes), { computeRatio: 1, memoryRatio: 1 });
  assert.equal(migShare('9g.80gb', a100Bytes), undefined);
  assert.equal(migShare('full', a100Bytes), undefined);
  const share = { computeRatio: 3 / 7, memoryRatio: 0.5 };
  const load = { share, computeBoundRatio: 1, othersUtilRatio: 0 };
  nearRatio(migTimeRatio(load), 7 / 3, 1e-12);
  nearRatio(migTimeRatio({ ...load, computeBoundRatio: 0 }), 2, 1e-12);
  // The other four sevenths at full load take 5 % of that.
  nearRatio(migTimeRatio({ ...load, othersUtilRatio: 1 }), (7 / 3) * (1 + (0.05 * 4) / 7), 1e-12);
});

test('time slicing: twice the work and a change of context after each slice', () => {
  assert.equal(timeSlicedS(0.01, 1), 0.01);
  // Five slices of 2 ms each, 0.2 ms to change: 2 * (10 + 1) ms.
  nearRatio(timeSlicedS(0.01, 2), 0.022, 1e-12);
  assert.throws(() => timeSlicedS(0.01, 0), /sharers/);
});

/** One request at a time, exactly one token, no network: M/D/c. */
const PLAIN: InferenceService = {
  replicas: 1,
  arrivalPerS: 80,
  batchMax: 1,
  prefillS: 0.01,
  decodeBaseS: 0,
  decodeEachS: 0,
  outputTokens: 0,
  isOutputExact: true,
  networkMedianS: 0,
};

test('without batches the simulation is M/D/1, which theory knows', () => {
  const runs = [1, 2, 3, 4].map(seed => simulateInference(PLAIN, { seed, requests: 100_000 }));
  const mean = (of: (run: InferenceLatency) => number) =>
    runs.reduce((sum, run) => sum + of(run) / runs.length, 0);
  // rho = 0.8: wait = rho / (2 mu (1 - rho)) = 0.8 / (2 * 100 * 0.2) = 20 ms.
  nearRatio(
    mean(run => run.meanByLayerS.queue),
    0.02,
    0.03,
  );
  nearRatio(
    mean(run => run.busyRatio),
    0.8,
    0.01,
  );
  assert.equal(
    mean(run => run.meanBatch),
    1,
  );
});

test('and with geometric answers over several replicas it is close to M/M/c', () => {
  const service = { ...PLAIN, replicas: 4, arrivalPerS: 320, prefillS: 0, isOutputExact: false };
  const got = simulateInference(
    { ...service, outputTokens: 100, decodeEachS: 1e-4 },
    { seed: 2, requests: 100_000 },
  );
  nearRatio(
    got.meanByLayerS.queue,
    meanWaitS({ servers: 4, arrivalPerS: 320, serviceS: 0.01 }),
    0.1,
  );
});

const SERVICE: InferenceService = {
  replicas: 3,
  arrivalPerS: 12,
  batchMax: 8,
  prefillS: 0.02,
  decodeBaseS: 0.008,
  decodeEachS: 0.0005,
  outputTokens: 40,
  coldStartS: 5,
  idleTimeoutS: 1,
};

test('the layers at P99 add up to it, by themselves they do not, and a seed repeats', () => {
  const got = simulateInference(SERVICE, { seed: 7 });
  const sum = (by: Readonly<Record<string, number>>) =>
    INFERENCE_LAYERS.reduce((total, layer) => total + by[layer], 0);
  nearRatio(sum(got.atP99ByLayerS), got.p99S, 1e-9);
  nearRatio(sum(got.meanByLayerS), got.meanS, 1e-9);
  assert.ok(sum(got.p99ByLayerS) > got.p99S);
  assert.ok(got.p99S > got.p50S && got.meanBatch > 1 && got.coldShare > 0);
  assert.deepEqual(simulateInference(SERVICE, { seed: 7 }), got);
  assert.notDeepEqual(simulateInference(SERVICE, { seed: 8 }), got);
});

test('the same requests without a time-out: nothing is cold, and the tail is shorter', () => {
  const quiet = { ...SERVICE, arrivalPerS: 2 };
  const { idleTimeoutS: _, ...warm } = quiet;
  const [cold, got] = [quiet, warm].map(service => simulateInference(service, { seed: 7 }));
  assert.deepEqual([got.coldShare, got.atP99ByLayerS.coldStart], [0, 0]);
  nearRatio(got.meanByLayerS.network, cold.meanByLayerS.network, 1e-9);
  assert.ok(cold.atP99ByLayerS.coldStart > 0 && cold.p99S > got.p99S);
});

test('larger batches carry more requests, and too many of them are refused', () => {
  assert.ok(inferenceCapacityPerS({ ...SERVICE, batchMax: 16 }) > inferenceCapacityPerS(SERVICE));
  const tooMany = { ...SERVICE, arrivalPerS: 1000 };
  assert.throws(() => simulateInference(tooMany, { seed: 1 }), /queue would grow without end/);
  assert.throws(() => simulateInference(SERVICE, { seed: 1, requests: 10 }), /1,000 or more/);
  assert.throws(() => simulateInference({ ...SERVICE, replicas: 0 }, { seed: 1 }), /replicas/);
});
