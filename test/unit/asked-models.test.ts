/** Models asked by kind and inputs: figures of the specification, and refusals by name. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { askModel, publishedModels, runPapers } from '../../twin/index.ts';
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

const EACH = <T>(value: T): readonly T[] => [value, value, value];

/** Of each kind inputs of which every one counts, and another value of each. */
const TWO_OF_EACH: Readonly<Record<string, Record<string, readonly [unknown, unknown]>>> = {
  allreduce: {
    ...{ gpu: ['H100', 'A100'], gpusPerNode: [8, 4], nodes: [4, 2], algo: ['nvls', 'ring'] },
    ...{ sharp: [true, false], nicsPerNode: [8, 4], nicGbps: [400, 200], payloadMiB: [512, 64] },
  },
  bin_bound: {
    needs: [{ powerKw: 256 }, { powerKw: 512 }],
    capacity: [{ powerKw: 12 }, { powerKw: 6 }],
    itemsPerHostWhole: [{ powerKw: 5 }, { powerKw: 4 }],
  },
  cpu_steal: { oversubscription: [3, 4], utilRatio: [0.5, 0.6] },
  crac_cop: { supplyC: [20, 25] },
  ettr: {
    ...{ gpus: [12_000, 8000], gpusPerNode: [8, 4], failuresPer1000NodeDays: [6.5, 3] },
    ...{ writeS: [10, 60], restartMin: [5, 10], intervalMin: ['optimal', 60] },
  },
  gpu_limits: { gpu: ['H100', 'L40S'] },
  interruptions: {
    ...{ gpus: [16_384, 8192], gpusPerNode: [8, 4], days: [54, 30] },
    byCause: [{ gpu: 148 }, { nic: 100 }],
  },
  loop: {
    ...{ plantGainCPerGHz: [50, 60], plantTauS: [30, 20], kpGHzPerC: [0.1, 0.02] },
    ...{ kiGHzPerCS: [0.01, 0.001], periodS: [5, 2], delaySamples: [1, 0] },
  },
  mttf: { gpus: [16_384, 20_000], gpusPerNode: [8, 4], failuresPer1000NodeDays: [6.5, 3] },
  network_crash: {
    ...{ nicTorLinks: [2000, 1000], torSwitches: [32, 16], linkFailPerMonth: [0.001, 0.002] },
    ...{ torFailPerMonth: [0.001, 0.002], dualTor: [false, true] },
  },
  power_cap: {
    ...{ gpu: ['V100', 'A100'], workload: ['training', 'prefill'], defaultW: [250, 240] },
    ...{ capW: [150, 160], uncappedDrawW: [186, 200] },
  },
  psu_curve: { rating: ['platinum', 'titanium'], ratedW: [3000, 2000], loadRatio: [0.2, 0.5] },
  pue_mix: { parts: [[{ itShareRatio: 1, pue: 1.2 }], [{ itShareRatio: 1, pue: 1.3 }]] },
  queue_mmc: { servers: [10, 12], offeredErlangs: [8, 7] },
  ride_through: {
    ...{ rackKw: [10, 12], supplyC: [22, 20], shutdownInletC: [40, 45] },
    calibrate: [
      { rackKw: 5, timeS: 189 },
      { rackKw: 5, timeS: 250 },
    ],
  },
  server_air: {
    ...{ maxPowerW: [10_200, 6500], airflowCfm: [1105, 840], airTempC: [20, 30] },
    printedHeatBtuPerH: [38_557, 34_804],
  },
  gpu_power: { gpu: ['H100', 'A100'], utilRatio: [0.5, 0.6], clockRatio: [0.9, 0.8] },
  power_wave: {
    ...{ gpu: ['H100', 'A100'], workload: ['training', 'decode'], windowS: [1.5, 1.7] },
    fromS: [0, 0.9],
  },
  feed_loss: {
    ...{ rating: ['platinum', 'titanium'], ratedW: [3000, 3300], outputW: [6000, 5000] },
    ...{ psusA: [3, 2], psusB: [3, 2] },
  },
  conversion: {
    ...{ ratedW: [1e6, 2e6], loadW: [3e5, 4e5], noLoadRatio: [0.01, 0.02] },
    ...{ linearRatio: [0.01, 0.02], squareRatio: [0.01, 0.02] },
  },
  breaker: { ratedA: [16, 32], voltageV: [230, 240], phases: [1, 3], loadW: [6000, 7000] },
  gpu_heat: {
    ...{ gpu: ['H100', 'A100'], inletC: [30, 35], utilRatio: [0.9, 0.8], capW: [400, 300] },
    ...{ cooling: ['air', 'liquid'], resistanceKPerW: [undefined, 0.05] },
  },
  liquid_loop: {
    ...{ heatW: [1e5, 9e4], flowLPerMin: [165, 150], volumeL: [50, 60], waterC: [30, 32] },
    ...{ approachK: [4, 5], loadRatio: [1, 0.8], gpuPowerW: [700, 600], limitC: [87, 85] },
  },
  inlets: {
    ...{ supplyC: [20, 22], powerW: [EACH(1e4), EACH(9e3)], flowWPerK: [EACH(650), EACH(700)] },
    exchange: [EACH(EACH(0.1)), EACH(EACH(0.2))],
    ...{ reversedRack: [1, 0], openRack: [0, 2], openUnits: [8, 6] },
  },
  site_hour: {
    ...{ itKw: [800, 900], designItKw: [1000, 1200], dryBulbC: [30, 35], dewPointC: [15, 18] },
    ...{ pressurePa: [101_325, 9e4], liquidHeatRatio: [0.5, 0.4], airWaterC: [12, 14] },
    ...{ liquidWaterC: [20, 22], rejection: ['wet', 'dry'], gridKgPerKwh: [0.4, 0.3] },
  },
  chiller: { waterC: [10, 12], wetBulbC: [20, 22], loadRatio: [0.8, 0.5] },
  pue_share: { wanted: [1.14, 1.15], low: [1.09, 1.1], high: [1.25, 1.3] },
  inference: {
    ...{ replicas: [4, 5], arrivalPerS: [3, 2], batchMax: [8, 2], prefillS: [0.1, 0.2] },
    ...{ decodeBaseS: [0.02, 0.03], decodeEachS: [0.001, 0.002], outputTokens: [40, 50] },
    ...{ isOutputExact: [false, true], coldStartS: [5, 6], idleTimeoutS: [2, 1] },
    ...{ networkMedianS: [0.01, 0.02], networkSpread: [0.3, 0.4], requests: [2000, 3000] },
    seed: [1, 2],
  },
  queue_ggc: {
    ...{ servers: [10, 12], arrivalPerS: [8, 7], serviceS: [1, 0.9], arrivalCv: [1, 2] },
    ...{ serviceCv: [1, 2], withinS: [2, 8], lateShare: [0.5, 0.2] },
  },
  mig: {
    ...{ gpu: ['H100', 'H200'], profile: ['3g.40gb', '1g.10gb'], computeBoundRatio: [0.8, 0.5] },
    othersUtilRatio: [0.5, 1],
  },
  time_slice: { workS: [0.1, 0.2], sharers: [3, 2] },
  numa: {
    ...{ remoteRatio: [0.5, 0.4], distance: [21, 12], memoryBoundRatio: [1, 0.5] },
    ...{ localReadS: [9e-8, 8e-8], remoteReadS: [undefined, 2e-7] },
  },
  roofline: { gpu: ['H100', 'A100'], flops: [1e12, 2e12], bytes: [1e12, 2e12] },
  die: {
    ...{ gpu: ['H100', 'A100'], smActiveRatio: [1, 0.9], tensorActiveRatio: [0.7, 0.6] },
    ...{ dramActiveRatio: [0.2, 0.3], clockRatio: [1, 0.9], gpuTempC: [60, 70] },
  },
  step: {
    ...{ computeS: [1, 2], storageS: [1.5, 0], preprocessS: [1.2, 2], communicationS: [2, 3] },
    ...{ overlapRatio: [0.2, 0.1], referenceCommunicationS: [1, 2] },
    ...{ referenceOverlapRatio: [0.5, 0.1], flopsPerStep: [1e15, 2e15], gpus: [8, 4] },
    peakFlops: [989e12, 312e12],
  },
  availability: {
    ...{ of: [3, 4], needed: [2, 1], mtbfH: [1000, 900], mttrH: [4, 5], seed: [1, 2] },
    ...{ commonCauseRatio: [0.02, 0.1], paths: [1000, 2000] },
  },
  healing: {
    ...{ warningsPerDay: [1, 2], precisionRatio: [0.9, 0.8], predictedRatio: [0.9, 0.8] },
    ...{ migratedRatio: [0.9, 0.8], migrateS: [60, 50], repairS: [1000, 900], burnInS: [0, 10] },
    hosts: [10, 20],
  },
  lemon: { meanRatePerDay: [0.004, 0.005], shape: [2, 3], failures: [1, 2], days: [100, 90] },
  spares: {
    ...{ count: [1000, 2000], failuresPerYear: [0.04, 0.4], replacedAfterDays: [10, 100] },
    riskRatio: [0.01, 0.3],
  },
};

test('every input of every kind counts, or is refused beside what is given with it', () => {
  assert.deepEqual(Object.keys(TWO_OF_EACH).sort(), [...publishedModels.keys()].sort());
  const idle: string[] = [];
  for (const [kind, inputs] of Object.entries(TWO_OF_EACH)) {
    const { input: schema } = publishedModels.get(kind) ?? assert.fail(kind);
    assert.ok(schema instanceof z.ZodObject, kind);
    assert.deepEqual(Object.keys(inputs).sort(), Object.keys(schema.shape).sort(), kind);
    const input = Object.fromEntries(Object.entries(inputs).map(([name, [one]]) => [name, one]));
    const before = ask(kind, input);
    for (const [name, [, other]] of Object.entries(inputs)) {
      const { answer } = askModel(kind, { ...input, [name]: other });
      if (isDeepStrictEqual(answer, before)) idle.push(`${kind} ${name}`);
    }
  }
  assert.deepEqual(idle, []);
});

test('an input that waits for another is refused by name, as is one that there is not', () => {
  const reason = (kind: string, input: Record<string, unknown>) =>
    askModel(kind, input).reason ?? '';
  const queue = { servers: 10, arrivalPerS: 8, serviceS: 1 };
  assert.match(reason('queue_ggc', { ...queue, lateShare: 0.1 }), /^in\.lateShare: needs withinS/);
  const row = { supplyC: 20, powerW: [1], flowWPerK: [1] };
  assert.match(reason('inlets', { ...row, openUnits: 3 }), /^in\.openUnits: needs openRack/);
  assert.match(reason('inlets', { ...row, openRack: 0 }), /^in\.openRack: needs openUnits/);
  const work = { computeS: 1, communicationS: 2, flopsPerStep: 1e15 };
  assert.match(reason('step', work), /^in\.flopsPerStep: needs gpus and peakFlops/);
  near(
    ask('step', { computeS: 1, communicationS: 2, referenceOverlapRatio: 1 }).slowdownRatio,
    1.5,
  );
  assert.match(
    reason('gpu_heat', {
      gpu: 'H100',
      inletC: 20,
      utilRatio: 1,
      cooling: 'air',
      resistanceKPerW: 1,
    }),
    /^in\.cooling: has no effect beside resistanceKPerW/,
  );
  assert.match(
    reason('queue_ggc', { ...queue, servicCv: 2 }),
    /^in\.servicCv: not an input of queue_ggc; did you mean 'serviceCv'\?/,
  );
  // nothing is like it, so nothing is meant; and it is told beside what is missing
  const breaker = { ratedA: 16, voltageV: 230, colour: 1 };
  assert.equal(reason('breaker', breaker), 'in.colour: not an input of breaker');
  assert.deepEqual(
    askModel('breaker', { ratedA: 16, colour: 1 }).problems.map(({ path }) => path[0]),
    ['voltageV', 'colour'],
  );
  const nested = { rackKw: 5, supplyC: 22, shutdownInletC: 40 };
  const calibrate = { rackKw: 5, timeS: 189, timS: 3 };
  assert.match(reason('ride_through', { ...nested, calibrate }), /^in\.calibrate\.timS: not an/);
  // a table of what others printed is not refused for more than the model asks
  const table = {
    schema: 'papers/1' as const,
    items: [{ id: 'x', kind: 'numa', rows: [{ in: { remoteRatio: 1, x: 1 }, want: WANT }] }],
  };
  const { results } = runPapers(table);
  assert.deepEqual([results[0].pass, results[0].note], [true, 'not used: x']);
});

const WANT = { speedRatio: { min: 0 } };

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
