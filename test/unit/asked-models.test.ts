/** Models asked by kind and inputs: figures of the specification, and refusals by name. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { askModel, publishedModels } from '../../twin/index.ts';
import { nearRatio } from '../support/near.ts';

function ask(kind: string, input: Record<string, unknown>) {
  const { answer, reason } = askModel(kind, input);
  assert.ok(answer, `${kind}: ${reason}`);
  for (const [name, value] of Object.entries(answer)) {
    if (typeof value === 'number') assert.ok(Number.isFinite(value), `${kind} ${name} ${value}`);
  }
  return answer as Record<string, number>;
}
const near = (got: number, want: number, ratio = 0.005) => nearRatio(got, want, ratio);

test('power: breakers, conversion, feeds, waves', () => {
  const breaker = ask('breaker', { ratedA: 16, voltageV: 220, loadW: 3200 });
  assert.deepEqual(
    [breaker.tripW, breaker.continuousW, breaker.holdsForHours],
    [3520, 2816, false],
  );
  near(ask('conversion', { ratedW: 1e6, loadW: 3e5 }).efficiencyRatio, 0.946);
  near(ask('conversion', { ratedW: 1e6, loadW: 5e5 }).efficiencyRatio, 0.958);
  const supplies = { rating: 'Titanium', ratedW: 3300, outputW: 6000, psusA: 3, psusB: 3 };
  const feeds = ask('feed_loss', supplies);
  near(feeds.aloneALoadRatio, 2 * feeds.loadRatio);
  near(feeds.feedAW + feeds.feedBW, 6000 + feeds.lossW);
  assert.ok(feeds.aloneAW > feeds.feedAW && feeds.aloneAW > 6000);
  const wave = ask('power_wave', { gpu: 'H100', workload: 'training', windowS: 2 });
  assert.deepEqual([wave.minW, wave.maxW], [75, 700]);
  assert.equal(ask('gpu_power', { gpu: 'H100', utilRatio: 1, clockRatio: 1 }).powerW, 700);
});

test('heat: a GPU at rest, loops, inlets with a machine the wrong way round, a site', () => {
  const cool = ask('gpu_heat', { gpu: 'H100', inletC: 25, utilRatio: 1 });
  const hot = ask('gpu_heat', { gpu: 'H100', inletC: 45, utilRatio: 1 });
  assert.ok(hot.tempC >= cool.tempC && hot.clockRatio < cool.clockRatio);
  const loop = { flowLPerMin: 165, volumeL: 50, waterC: 30, gpuPowerW: 700, limitC: 87 };
  near(ask('liquid_loop', { heatW: 120e3, ...loop }).warmingKPerS, 0.57, 0.01);
  near(ask('liquid_loop', { heatW: 115e3, ...loop }).riseK, 10, 0.01);
  const row = { supplyC: 20, powerW: [10e3, 10e3, 10e3], flowWPerK: [650, 650, 650] };
  const right = ask('inlets', row);
  assert.equal(right.hottestC, 20);
  const wrong = ask('inlets', { ...row, reversedRack: 1 });
  assert.equal(wrong.hottestRack, 1);
  assert.ok(wrong.hottestC > 35 && wrong.hottestC < 40, `${wrong.hottestC}`);
  const site = { itKw: 800, designItKw: 1000, dryBulbC: 20, dewPointC: 10 };
  const wet = ask('site_hour', site);
  assert.ok(wet.pue > 1 && wet.pue < 1.2 && wet.waterLPerH > 0);
  assert.equal(ask('site_hour', { ...site, rejection: 'dry' }).waterLPerH, 0);
  near(ask('pue_share', { wanted: 1.14, low: 1.09, high: 1.25 }).lowShareRatio, 0.688);
  near(ask('pue_share', { wanted: 1.15, low: 1.09, high: 1.25 }).lowShareRatio, 0.625);
});

test('hosts: queues, a service by simulation, sharing, memory, dies, steps', () => {
  const load = { arrivalPerS: 5000, serviceS: 0.002, withinS: 0.02, lateShare: 0.01 };
  // The specification has 11, 16 and 23 servers at 2, 3 and 4 ms.
  for (const [serviceS, servers] of [
    [0.002, 11],
    [0.003, 16],
    [0.004, 23],
  ]) {
    const asked = { ...load, serviceS, servers: 30 };
    assert.equal(ask('queue_ggc', asked).serversNeeded, servers);
  }
  const service = {
    ...{ replicas: 4, arrivalPerS: 3, batchMax: 8, prefillS: 0.1, decodeBaseS: 0.02 },
    ...{ outputTokens: 40, seed: 3 },
  };
  const said = ask('inference', service);
  const layers = ['network', 'queue', 'coldStart', 'prefill', 'decode'];
  near(
    layers.reduce((sum, layer) => sum + said[`${layer}AtP99S`], 0),
    said.p99S,
  );
  assert.deepEqual(ask('inference', service), said);
  const mig = ask('mig', { gpu: 'H100', profile: '3g.40gb', computeBoundRatio: 1 });
  near(mig.timeRatio, 7 / 3);
  assert.ok(ask('time_slice', { workS: 0.1, sharers: 3 }).timeRatio > 3);
  near(ask('numa', { remoteRatio: 1 }).speedRatio, 10 / 21);
  assert.equal(
    ask('roofline', { gpu: 'H100', flops: 1e12, bytes: 1e12 }).bound as unknown,
    'memory',
  );
  const busy = { smActiveRatio: 1, tensorActiveRatio: 0.7, dramActiveRatio: 0.2, gpuTempC: 60 };
  assert.equal(ask('die', { gpu: 'H100', ...busy }).hbmTempC, 64);
  const step = ask('step', {
    ...{ computeS: 1, communicationS: 2, overlapRatio: 0.25, referenceCommunicationS: 1 },
    ...{ referenceOverlapRatio: 0.5, flopsPerStep: 430e12 * 8 * 2.5, gpus: 8, peakFlops: 989e12 },
  });
  // (c + m2 (1 - o2)) / (c + m1 (1 - o1))
  near(step.slowdownRatio, 2.5 / 1.5);
  near(step.mfuRatio, 0.435);
});

test('reliability: twins, healing, lemons, spares', () => {
  const twins = { of: 2, needed: 1, mtbfH: 7996, mttrH: 4, paths: 5000 };
  near(ask('availability', { ...twins, commonCauseRatio: 0 }).unavailabilityRatio, 2.5e-7, 0.1);
  const shared = ask('availability', twins);
  assert.ok(shared.unavailabilityRatio > 4e-6);
  const healing = ask('healing', { warningsPerDay: 0 });
  near(healing.fastPathS, 76);
  near(healing.fastPathRatio, 0.911);
  near(healing.meanS, 1345);
  const calm = ask('lemon', { meanRatePerDay: 0.004, shape: 2, failures: 0, days: 100 });
  const bad = ask('lemon', { meanRatePerDay: 0.004, shape: 2, failures: 6, days: 100 });
  assert.ok(calm.overMeanRatio < 1 && bad.overMeanRatio > 2);
  const year = { count: 1000, failuresPerYear: 0.0365, replacedAfterDays: 10 };
  assert.deepEqual(Object.values(ask('spares', { ...year, riskRatio: 0.01 })), [1, 4]);
});

test('what does not fit is refused by name, what has no answer says why', () => {
  const reason = (kind: string, input: Record<string, unknown>) => {
    const { answer, reason: why } = askModel(kind, input);
    assert.equal(answer, undefined);
    return why ?? '';
  };
  assert.match(reason('breaker', { ratedA: 16 }), /^in\.voltageV: missing/);
  assert.match(reason('inlets', { supplyC: 20, powerW: [1], flowWPerK: [1, 2] }), /flowWPerK/);
  assert.match(
    reason('inlets', { supplyC: 20, powerW: [1], flowWPerK: [1], reversedRack: 4 }),
    /reversedRack: 4, but racks are 0 to 0/,
  );
  assert.match(reason('mig', { gpu: 'H100', profile: 'x', computeBoundRatio: 1 }), /profile 'x'/);
  assert.match(reason('gpu_heat', { gpu: 'H999', inletC: 20, utilRatio: 1 }), /gpu 'H999'/);
  assert.match(reason('queue_ggc', { servers: 1, arrivalPerS: 9, serviceS: 1 }), /servers: 1/);
  assert.match(reason('steam', {}), /no model of kind 'steam'; there are allreduce, /);
  assert.ok(publishedModels.size >= 39);
});
