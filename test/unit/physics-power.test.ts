/** Power formulas against figures worked out by hand. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  breakerHeatS,
  breakerRating,
  breakerTripHeatS,
  timeToTripS,
} from '../../twin/physics/power/breaker.ts';
import {
  chainDraw,
  conversionEfficiency,
  conversionLossOf,
} from '../../twin/physics/power/conversion.ts';
import { fanPowerW, fanSpeedRatio, speedForFlow } from '../../twin/physics/power/fan.ts';
import {
  clockUnderCap,
  gpuPowerModel,
  gpuPowerW,
  runUnderCap,
  timeAtClockRatio,
} from '../../twin/physics/power/gpu.ts';
import {
  checkHostWork,
  cpuPowerW,
  hostDcPowerW,
  hostParts,
} from '../../twin/physics/power/host.ts';
import { feedDraws, psuCurve, psuEfficiency, psuInputW } from '../../twin/physics/power/psu.ts';
import { waveMeanW, wavePowerW, waveWindow, workloadWave } from '../../twin/physics/power/wave.ts';
import { CLASSES, classById } from '../../twin/tables/classes.ts';
import { gpuClassNamed } from '../../twin/tables/gpu-names.ts';
import { PSU_RATINGS } from '../../twin/tables/physics/power.ts';
import { near } from '../support/near.ts';
import { named } from '../support/tables.ts';

const H100 = gpuPowerModel(named('h100-sxm5-80gb'));

test('a GPU draws idle at no work, its maximum at full work, and less at a lower clock', () => {
  assert.equal(gpuPowerW(H100, 0, 1), 75);
  assert.equal(gpuPowerW(H100, 1, 1), 700);
  // 75 + 625 * 0.8 ^ 2.4 = 75 + 625 * 0.58535 = 440.8
  near(gpuPowerW(H100, 1, 0.8), 440.8, 0.1);
  assert.throws(() => gpuPowerW(H100, 1.1, 1), /utilRatio must be .* at most 1, not 1.1/);
  assert.throws(() => gpuPowerW(H100, Number.NaN, 1), /utilRatio/);
});

test('every GPU class has a power model', () => {
  for (const row of CLASSES.filter(({ kind }) => kind === 'gpu')) {
    const model = gpuPowerModel(row);
    assert.ok(model.idleW < model.maxW && model.exponent > 1, row.id);
  }
});

test('the clock under a cap: untouched, lowered, and at its lowest', () => {
  assert.equal(clockUnderCap(300, 300, 2.4, 0.15), 1);
  // (150 / 300) ^ (1 / 2.4) = 0.74915
  near(clockUnderCap(150, 300, 2.4, 0.15), 0.74915, 1e-5);
  assert.equal(clockUnderCap(1, 300, 2.4, 0.15), 0.15);
  assert.equal(clockUnderCap(-20, 300, 2.4, 0.15), 0.15);
  // Nothing above idle cannot be capped.
  assert.equal(clockUnderCap(0, 0, 2.4, 0.15), 1);
});

test('work under a cap that its lowest clock cannot keep says so', () => {
  const run = runUnderCap(H100, 70, 600, { computeBoundRatio: 0.5 });
  assert.equal(run.clockRatio, 0.15);
  assert.ok(run.isAtMinClock && run.powerW > 70);
  // 1 - 0.5 + 0.5 / 0.15
  near(run.timeRatio, 3.8333, 1e-3);
});

test('a cap that the clock can keep is kept exactly', () => {
  const run = runUnderCap(H100, 400, 600, { computeBoundRatio: 0.5 });
  near(run.powerW, 400);
  assert.equal(run.isAtMinClock, false);
});

test('a card that idles below its class is not drawn up to it', () => {
  const run = runUnderCap(H100, 300, 60, { computeBoundRatio: 0 });
  assert.deepEqual(run, { clockRatio: 1, powerW: 60, timeRatio: 1, isAtMinClock: false });
});

test('work that waits for memory does not notice the clock', () => {
  assert.equal(timeAtClockRatio(0.5, 0), 1);
  assert.equal(timeAtClockRatio(0.5, 1), 2);
});

test('a cap over the mean cuts the phases above it, and what is static is never saved', () => {
  const shape = { computeBoundRatio: 0.5, peakRatio: 1, lowRatio: 0.5 };
  // Half of the time 700 W, half 162.5 W less 387.5 W of mean.
  const whole = runUnderCap(H100, 700, 387.5, shape);
  assert.deepEqual([whole.powerW, whole.timeRatio, whole.clockRatio], [387.5, 1, 1]);
  const cut = runUnderCap(H100, 450, 387.5, shape);
  assert.ok(cut.powerW < 387.5 && cut.timeRatio > 1 && cut.clockRatio < 1);
  assert.equal(runUnderCap(H100, 450, 387.5, { computeBoundRatio: 0.5 }).timeRatio, 1);
  const stiff = runUnderCap(H100, 450, 387.5, { ...shape, staticRatio: 0.3 });
  assert.ok(stiff.clockRatio < cut.clockRatio && stiff.timeRatio > cut.timeRatio);
});

test('the published cap of a V100, by its mean: energy -13.7 %, time +6.8 %', () => {
  const gpu = gpuClassNamed('V100-SXM2-32GB');
  assert.ok(gpu);
  const run = runUnderCap(gpuPowerModel(gpu), 150, 186, { computeBoundRatio: 0.54 });
  near(run.powerW, 150);
  near(run.timeRatio, 1.068, 0.005);
  near((run.powerW / 186) * run.timeRatio, 0.863, 0.005);
});

test('fans: 0.8 of the speed takes 0.512 of the power', () => {
  near(fanPowerW(1000, 0.8), 512);
  near(fanSpeedRatio(1000, 512), 0.8);
  assert.equal(fanSpeedRatio(0, 0), 0);
  assert.deepEqual([speedForFlow(0.1, 0.2), speedForFlow(2, 0.2)], [0.2, 1]);
});

test('PSU curves go through their points, and rise and fall only as these do', () => {
  for (const [rating, figures] of Object.entries(PSU_RATINGS)) {
    const curve = psuCurve(figures);
    curve.loads.forEach((load, i) => {
      near(psuEfficiency(curve, load), curve.efficiencies[i]);
    });
    assert.equal(psuEfficiency(curve, 0), 0, rating);
    const at = (percent: number) => psuEfficiency(curve, percent / 100);
    for (let percent = 1; percent <= 50; percent++) assert.ok(at(percent) >= at(percent - 1));
    for (let percent = 51; percent <= 100; percent++) assert.ok(at(percent) <= at(percent - 1));
  }
  assert.throws(() => psuCurve({}), /two loads/);
});

test('below its first point a PSU keeps losing, along a line', () => {
  const curve = psuCurve(PSU_RATINGS.titanium);
  // Losses of 0.011111 at 0.1 and 0.012766 at 0.2: 0.010284 at 0.05, 0.009456 at none
  near(psuEfficiency(curve, 0.05), 0.05 / 0.060284, 1e-4);
  near(curve.noLoadRatio, 0.009456, 1e-6);
});

test('the ratings stand in their order at every load', () => {
  const order = ['bronze', 'silver', 'gold', 'platinum', 'titanium'] as const;
  const curves = order.map(rating => psuCurve(PSU_RATINGS[rating]));
  for (const load of [0.2, 0.35, 0.5, 0.7, 1]) {
    const all = curves.map(curve => psuEfficiency(curve, load));
    assert.deepEqual(
      all,
      all.toSorted((a, b) => a - b),
      `${load}: ${all}`,
    );
  }
});

test('a DGX H100 on two feeds, and on one', () => {
  const curve = psuCurve(PSU_RATINGS.titanium);
  const both = feedDraws({ curve, ratedW: 3300, countA: 3, countB: 3 }, 9570);
  const alone = feedDraws({ curve, ratedW: 3300, countA: 0, countB: 3 }, 9570);
  // 9570 / 6 / 3300 = 0.4833 of each; 0.9667 of three
  near(both.loadRatio, 0.48333, 1e-5);
  near(alone.loadRatio, 2 * both.loadRatio);
  assert.equal(both.feedAW, both.feedBW);
  assert.equal(alone.feedAW, 0);
  near(both.feedAW + both.feedBW - both.lossW, 9570);
  near(alone.feedBW - alone.lossW, 9570);
  assert.ok(alone.lossW > both.lossW);
  const none = feedDraws({ curve, ratedW: 3300, countA: 0, countB: 0 }, 9570);
  assert.deepEqual(none, { feedAW: 0, feedBW: 0, lossW: 0, loadRatio: 0 });
  near(psuInputW(curve, 3000, 1500), 1562.5);
});

test('UPS: 94.6 % at 0.3 of its rating, 95.8 % at half; chains add up', () => {
  const ups = conversionLossOf(named('ups-1mw'));
  const pdu = conversionLossOf(named('floor-pdu-300kva'));
  assert.ok(ups && pdu);
  near(conversionEfficiency(ups, 300e3), 0.946, 0.002);
  near(conversionEfficiency(ups, 500e3), 0.958, 0.002);
  assert.equal(conversionEfficiency(ups, 0), 0);
  assert.equal(conversionLossOf(named('feed-16a-220v')), undefined);
  const chain = chainDraw([pdu, ups], 200e3);
  // 285 kW * 0.004 + 0.012 * 200² / 285 = 1140 + 1684.2
  near(chain.lossesW[0], 2824.2, 0.1);
  near(chain.inputW, 200e3 + chain.lossesW[0] + chain.lossesW[1]);
});

test('breakers: 16 A at 220 V carry 2,816 W for hours, and trip in time beyond 3,520 W', () => {
  const rating = breakerRating(16, 220, 1);
  assert.equal(rating.tripW, 3520);
  near(rating.continuousW, 2816);
  near(breakerRating(32, 220, 1).tripW, 7040);
  near(breakerRating(63, 400, 3).continuousW, 34_918, 1);
  assert.equal(timeToTripS(0, 1), Number.POSITIVE_INFINITY);
  // (2.55² - 1) is 5.5 a second
  near(timeToTripS(0, 2.55), 30, 0.1);
  assert.equal(timeToTripS(breakerTripHeatS, 0.5), 0);
  let heatS = 0;
  for (let second = 0; second < 10; second++) heatS = breakerHeatS(heatS, 1.5, 1);
  near(heatS, 12.5);
  near(timeToTripS(heatS, 1.5), timeToTripS(0, 1.5) - 10);
  assert.equal(breakerHeatS(1, 0, 100), 0);
});

test('a host part by part adds up to what its maker prints', () => {
  const parts = hostParts(named('dgx-h100'), classById);
  assert.ok(parts);
  assert.deepEqual(
    [parts.gpuCount, parts.cpuTdpW, parts.dimmCount, parts.nicCount, parts.nvmeCount],
    [8, 700, 32, 8, 10],
  );
  const full = {
    cpuRatio: 1,
    memoryRatio: 1,
    networkRatio: 1,
    driveRatio: 1,
    fanSpeedRatio: 1,
    boardRatio: 1,
  };
  // 10,200 W at the wall are 9,792 W behind supplies of 96 %
  near(hostDcPowerW(parts, 5600, full), 9792, 1e-6);
  const idle = {
    cpuRatio: 0,
    memoryRatio: 0,
    networkRatio: 0,
    driveRatio: 0,
    fanSpeedRatio: 0.2,
    boardRatio: 0,
  };
  const idleW = hostDcPowerW(parts, 600, idle);
  assert.ok(idleW > 1600 && idleW < 2200, `idle ${idleW}`);
  assert.throws(() => checkHostWork({ ...idle, cpuRatio: 2 }), /cpuRatio/);
  assert.equal(hostParts(named('tor-64x400g'), classById), undefined);
  assert.equal(cpuPowerW(350, 0), 87.5);
});

test('every host class with its figures has parts that leave something for its board', () => {
  for (const row of CLASSES.filter(({ kind }) => kind === 'host')) {
    const parts = hostParts(row, classById);
    assert.ok(parts && parts.boardMaxW >= 0, row.id);
  }
});

test('a wave sampled once a period looks flat; the window tells', () => {
  const wave = { highW: 700, lowW: 100, periodS: 1, highRatio: 0.5 };
  const samples = [0.2, 1.2, 2.2, 3.2].map(atS => wavePowerW(wave, atS));
  assert.deepEqual(samples, [700, 700, 700, 700]);
  const window = waveWindow(wave, 0.2, 1);
  assert.deepEqual([window.minW, window.maxW], [100, 700]);
  near(window.meanW, 400);
  // 0.2-0.5 is high: 0.3 of 0.4 s
  near(waveMeanW(wave, 0.2, 0.4), 100 + 600 * 0.75);
  assert.deepEqual(waveWindow(wave, 0.5, 0.5), { minW: 100, meanW: 100, maxW: 100 });
  assert.deepEqual(waveWindow(wave, 7, 0.5), { minW: 700, meanW: 700, maxW: 700 });
  assert.throws(() => waveWindow(wave, 0, 0), /forS/);
});

test('workloads differ in shape: training up and down, decode low with peaks', () => {
  const training = waveWindow(workloadWave(H100, 'training'), 0, 3600);
  const decode = waveWindow(workloadWave(H100, 'decode'), 0, 3600);
  assert.deepEqual([training.minW, training.maxW], [75, 700]);
  assert.equal(decode.maxW, 700);
  assert.ok(decode.meanW < 0.6 * training.meanW, `${decode.meanW} of ${training.meanW}`);
  assert.equal(waveWindow(workloadWave(H100, 'prefill'), 0, 60).minW, 700);
});
