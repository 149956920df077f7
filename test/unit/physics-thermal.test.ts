/** Heat formulas against figures worked out by hand and against published cases. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { solve } from '../../twin/maths/matrix.ts';
import { gpuPowerModel } from '../../twin/physics/power/gpu.ts';
import {
  airDensityKgPerM3,
  airRiseK,
  m3PerSOfCfm,
  pressureAtPa,
  sinkResistanceRatio,
} from '../../twin/physics/thermal/air.ts';
import { withOpenUnits, withReversed } from '../../twin/physics/thermal/airflow-fault.ts';
import {
  airRiseAfterK,
  fitRoom,
  ROOM_HEAT,
  timeToRiseS,
} from '../../twin/physics/thermal/cooling-loss.ts';
import {
  GPU_RC,
  settledHeat,
  stepGpuRise,
  totalKPerW,
} from '../../twin/physics/thermal/gpu-heat.ts';
import {
  cduSupplyTempC,
  coolantFlowM3PerS,
  coolantRiseK,
  loopHeat,
  loopWarmingKPerS,
  timeWithoutFlowS,
  timeWithoutWaterS,
} from '../../twin/physics/thermal/liquid.ts';
import {
  checkExchange,
  exchangeOf,
  fitRecirculation,
  inletTempsC,
  recirculationKPerW,
} from '../../twin/physics/thermal/recirculation.ts';
import { rideThrough } from '../../twin/physics/thermal/ride-through.ts';
import { clockUnderHeat, gpuAtRest, gpuHeatLimits } from '../../twin/physics/thermal/throttle.ts';
import { AIRFLOW_FAULTS } from '../../twin/tables/physics/thermal.ts';
import { near } from '../support/near.ts';
import { named } from '../support/tables.ts';

test('air weighs 1.204 kg/m³ at 20 °C; DGX A100 and H100 warm it by 13.6 and 16.2 K', () => {
  near(airDensityKgPerM3(20), 1.2041, 1e-4);
  near(airRiseK(6500, m3PerSOfCfm(840), 20), 13.6, 0.1);
  near(airRiseK(10_200, m3PerSOfCfm(1105), 20), 16.2, 0.1);
  assert.throws(() => airRiseK(1, 0, 20), /airflowM3PerS/);
  // 0.5 ^ -0.7
  near(sinkResistanceRatio(0.5), 1.6245, 1e-4);
});

test('a GPU warms in two steps of time, and the size of the steps does not matter', () => {
  const fine = { dieK: 0, sinkK: 0 };
  const coarse = { dieK: 0, sinkK: 0 };
  let tempC = 0;
  for (let i = 0; i < 600; i++)
    tempC = stepGpuRise(fine, GPU_RC.air, 700, { dtS: 0.1, inletTempC: 25 });
  near(stepGpuRise(coarse, GPU_RC.air, 700, { dtS: 60, inletTempC: 25 }), tempC, 1e-9);
  // 0.3 * 0.065 * 700 = 13.65 at once, 31.85 * (1 - e^-2) = 27.54 of the sink
  near(tempC, 25 + 13.65 + 27.54, 0.01);
  near(totalKPerW(GPU_RC.liquid), 0.025);
});

test('leakage: the fixed point is where iterating ends', () => {
  let tempC = 25;
  for (let i = 0; i < 200; i++) tempC = 25 + 0.065 * 700 * (1 + 0.01 * Math.max(0, tempC - 60));
  const settled = settledHeat(25, 0.065, 700);
  assert.equal(settled.outcome, 'settles');
  if (settled.outcome === 'settles') near(settled.tempC, tempC, 1e-9);
  assert.deepEqual(settledHeat(25, 0.025, 700), { outcome: 'settles', tempC: 42.5, powerW: 700 });
});

test('leakage that grows faster than heat leaves runs away, and is reported', () => {
  // 0.1 K/W * 1100 W * 0.01/K = 1.1
  assert.deepEqual(settledHeat(25, 0.1, 1100), { outcome: 'runaway' });
  assert.throws(() => settledHeat(Number.NaN, 0.1, 1), /inletTempC/);
});

const H100 = named('h100-sxm5-80gb');
const GPU = gpuPowerModel(H100);
const LIMITS = gpuHeatLimits(H100.figures);
assert.ok(LIMITS);

test('clocks fall from the highest operating temperature on, and end at shutdown', () => {
  const clocks = [80, 87, 88, 89, 91, 92].map(tempC => clockUnderHeat(tempC, LIMITS, 0.15));
  assert.deepEqual(clocks, [1, 1, 0.75, 0.15, 0.15, 0]);
});

test('margins become limits: a card that reports them slows down 2 K beyond its zero', () => {
  const limits = gpuHeatLimits(named('l40s').figures);
  assert.deepEqual(limits, { maxOpTempC: 87, slowdownTempC: 89, shutdownTempC: 92 });
  assert.equal(gpuHeatLimits({}), undefined);
});

test('a GPU at rest is held back by its cap, by heat, or by nothing', () => {
  const at = (inletTempC: number, capW: number) =>
    gpuAtRest(GPU, LIMITS, { inletTempC, resistanceKPerW: 0.065, utilRatio: 0.9, capW });
  assert.equal(at(15, 1000).heldBackBy, 'nothing');
  const capped = at(15, 400);
  assert.equal(capped.heldBackBy, 'cap');
  near(capped.powerW, 400, 1e-6);
  const hot = at(50, 1000);
  assert.equal(hot.heldBackBy, 'heat');
  near(hot.tempC, 87, 1e-6);
  assert.ok(hot.powerW < at(15, 1000).powerW && hot.clockRatio < 1);
  const off = at(91, 1000);
  assert.ok(off.isShutDown && off.powerW === 0);
});

/** Four racks of one row that give a little of their exhaust to each other. */
const FLOWS = [600, 600, 600, 600];
const EXCHANGE = [
  [0.05, 0.07, 0.02, 0],
  [0.04, 0.05, 0.04, 0.01],
  [0.01, 0.04, 0.05, 0.04],
  [0, 0.01, 0.04, 0.05],
];

test('recirculation: a rack that breathes a part a of its exhaust gains a/(1-a) of its rise', () => {
  // 10 kW in 600 W/K: 16.67 K; a = 0.25 gives a third of it
  const d = recirculationKPerW([[0.25]], [600]);
  near(inletTempsC(20, d, [10_000])[0], 20 + 10_000 / 600 / 3);
});

test('recirculation: mixing by hand gives the same inlets', () => {
  const powerW = [10_000, 5_000, 12_000, 8_000];
  const inletsC = inletTempsC(20, recirculationKPerW(EXCHANGE, FLOWS), powerW);
  // Each inlet is a mix of all outlets, and of supply for the rest.
  const outletsC = inletsC.map((inlet, i) => inlet + powerW[i] / FLOWS[i]);
  inletsC.forEach((inlet, j) => {
    let mixC = 0;
    let left = 1;
    outletsC.forEach((outlet, i) => {
      mixC += EXCHANGE[i][j] * outlet;
      left -= EXCHANGE[i][j];
    });
    near(inlet, mixC + left * 20, 1e-9);
  });
});

test('the exchange is found again in the matrix', () => {
  exchangeOf(recirculationKPerW(EXCHANGE, FLOWS), FLOWS).forEach((row, i) => {
    row.forEach((part, j) => {
      near(part, EXCHANGE[i][j], 1e-12);
    });
  });
});

test('an exchange that cannot be is refused by name', () => {
  assert.throws(() => checkExchange([[1]], [600]), /exchange\[0\] must add up to less than 1/);
  assert.throws(() => checkExchange([[-0.1]], [600]), /exchange\[0\]\[0\]/);
  assert.throws(
    () =>
      checkExchange(
        [
          [0, 0.9],
          [0, 0],
        ],
        [600, 100],
      ),
    /Rack 1 would breathe/,
  );
  assert.throws(() => solve([[0]], [[1]]), /no inverse/);
});

test('the matrix is identified from noisy days, and no part of it is negative', () => {
  const d = recirculationKPerW(EXCHANGE, FLOWS);
  let seed = 1;
  const noise = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647 - 0.5;
  };
  const samples = Array.from({ length: 500 }, () => {
    const powerW = FLOWS.map(() => 8_000 + 8_000 * noise());
    return { powerW, riseK: inletTempsC(0, d, powerW)[0] + 0.3 * noise() };
  });
  const fit = fitRecirculation(samples);
  assert.ok(fit.kPerW.every(value => value >= 0));
  // 1 W/K is a rise of 10 K for 10 kW: 2e-5 is a fifth of a kelvin
  fit.kPerW.forEach((value, i) => {
    near(value, d[0][i], 2e-5);
  });
  assert.ok(fit.rmsK < 0.15 && fit.leastSpreadRatio > 0.2);
  assert.throws(() => fitRecirculation([]), /samples/);
  assert.throws(() => fitRecirculation([{ powerW: [1], riseK: Number.NaN }]), /samples\[0\]/);
});

test('a machine that blows the wrong way breathes 15-20 K warmer', () => {
  const flowWPerK = FLOWS.map(() => 10_200 / 16.2);
  const row = { exchange: EXCHANGE.map(parts => parts.map(() => 0)), flowWPerK };
  const powerW = [10_200, 10_200, 10_200, 10_200];
  const before = inletTempsC(22, recirculationKPerW(row.exchange, flowWPerK), powerW);
  const wrong = withReversed(row, 1);
  const after = inletTempsC(22, recirculationKPerW(wrong.exchange, flowWPerK), powerW);
  near(before[1], 22, 1e-9);
  const riseK = after[1] - before[1];
  assert.ok(riseK >= 15 && riseK <= 20, `${riseK} K`);
  // Its neighbours notice, the rack at the end hardly does.
  assert.ok(after[0] > 23 && after[2] > 23 && after[3] < after[0]);
});

test('open units warm their rack the more of them there are, 15-20 K at the worst', () => {
  const flowWPerK = [10_200 / 16.2];
  const rise = (openUnits: number) => {
    const row = withOpenUnits({ exchange: [[0]], flowWPerK }, 0, openUnits);
    return inletTempsC(0, recirculationKPerW(row.exchange, flowWPerK), [10_200])[0];
  };
  const rises = [0, 2, 6, 12, 17].map(rise);
  assert.deepEqual(
    rises,
    rises.toSorted((a, b) => a - b),
  );
  assert.equal(rises[0], 0);
  assert.ok(rises[1] > 0.5 && rises[1] < 2, `${rises[1]}`);
  assert.ok(rises[4] >= 15 && rises[4] <= 20, `${rises[4]}`);
});

test('a fault crowds out what it leaves no room for, so that no heat stays for ever', () => {
  const flowWPerK = [1000, 10_000];
  const whole = {
    exchange: [
      [0, 0.9],
      [0.02, 0],
    ],
    flowWPerK,
  };
  const { exchange } = withOpenUnits(whole, 0, 40);
  const own = AIRFLOW_FAULTS.openUnitsMaxRatio.value;
  near(exchange[0][0], (0.98 * own) / (own + 0.9), 1e-12);
  near(exchange[0][1], (0.98 * 0.9) / (own + 0.9), 1e-12);
  near(exchange[1][0], 0.02, 1e-12);
  // A small rack beside large ones cannot breathe more than its fans move.
  const small = withReversed({ exchange: [...whole.exchange], flowWPerK: [100, 10_000] }, 1);
  const breathed = small.exchange.reduce((sum, row, i) => sum + row[0] * [100, 10_000][i], 0);
  assert.ok(breathed <= 98 + 1e-9, `${breathed} W/K`);
});

// Standard atmosphere: 84,556 Pa at 1,500 m, 70,109 Pa at 3,000 m.
test('air is thinner higher up', () => {
  near(pressureAtPa(0), 101_325, 1e-9);
  near(pressureAtPa(1500), 84_556, 15);
  near(pressureAtPa(3000), 70_109, 15);
  assert.throws(() => pressureAtPa(10_000), /elevationM/);
});

test('liquid: 165 L/min for 115 kW at 10 K; 120 kW on 50 L warm by 0.57 K/s', () => {
  near(coolantFlowM3PerS(115e3, 10) * 60_000, 165, 1);
  near(coolantRiseK(115e3, 0.165 / 60), 10, 0.1);
  near(loopWarmingKPerS(120e3, 0.05), 0.57, 0.01);
  assert.equal(cduSupplyTempC(30, 4, 0.5), 32);
});

test('liquid loss: minutes without water, seconds without flow', () => {
  const loop = {
    supplyTempC: 35,
    powerW: 120e3,
    volumeM3: 0.05,
    gpuPowerW: 1000,
    resistanceKPerW: 0.025,
  };
  // 89 - (35 + 25) = 29 K at 0.5745 K/s
  near(timeWithoutWaterS(loop, 89), 50.5, 0.2);
  assert.equal(timeWithoutWaterS({ ...loop, supplyTempC: 70 }, 89), 0);
  assert.equal(timeWithoutWaterS({ ...loop, powerW: 0 }, 89), Number.POSITIVE_INFINITY);
  // 5 s / 0.0175 K/W = 286 J/K; 29 K * 286 / 1000 W
  near(timeWithoutFlowS(GPU_RC.liquid, 1000, 35, 89), 8.29, 0.01);
});

test('cooling loss: 5 kW is out after 189 s; the fit foretells "10 kW in under a minute"', () => {
  const room = fitRoom({ powerW: 5000, riseK: 18, timeS: 189 });
  near(timeToRiseS(room, 5000, 18), 189, 1e-6);
  near(room.solidsJPerK, ROOM_HEAT.solidsJPerK, 100);
  const timeS = timeToRiseS(room, 10_000, 18);
  assert.ok(timeS > 30 && timeS < 60, `${timeS} s`);
});

test('cooling loss: the closed form agrees with small steps, and slows down', () => {
  const room = ROOM_HEAT;
  let airK = 0;
  let solidsK = 0;
  for (let i = 0; i < 100_000; i++) {
    const passedW = room.couplingWPerK * (airK - solidsK);
    airK += ((5000 - passedW) / room.airJPerK) * 1e-3;
    solidsK += (passedW / room.solidsJPerK) * 1e-3;
  }
  near(airRiseAfterK(room, 5000, 100), airK, 1e-3);
  const early = airRiseAfterK(room, 5000, 10);
  const late = airRiseAfterK(room, 5000, 310) - airRiseAfterK(room, 5000, 300);
  assert.ok(early > 5 * late);
  near(airRiseAfterK(room, 5000, 1), 5000 / room.airJPerK, 0.02);
});

test('cooling loss: any point can be fitted, in rooms of any size', () => {
  for (const [powerW, timeS] of [
    [10_000, 300],
    [20_000, 10],
    [5000, 20],
    [100_000, 60],
    [2000, 5000],
  ]) {
    const room = fitRoom({ powerW, riseK: 18, timeS });
    near(timeToRiseS(room, powerW, 18), timeS, timeS * 1e-6);
  }
  // A larger room is the same room in a larger size: it settles as fast within itself.
  const large = fitRoom({ powerW: 10_000, riseK: 18, timeS: 300 });
  const size = large.airJPerK / ROOM_HEAT.airJPerK;
  near(large.solidsJPerK / ROOM_HEAT.solidsJPerK, size);
  near(large.couplingWPerK / ROOM_HEAT.couplingWPerK, size);
  assert.equal(timeToRiseS(ROOM_HEAT, 0, 18), Number.POSITIVE_INFINITY);
  assert.throws(() => fitRoom({ powerW: 0, riseK: 1, timeS: 1 }), /powerW/);
});

test('a rack of GPUs without cooling throttles before it goes off, and works on a while', () => {
  const rack = {
    room: { airJPerK: 20e3, solidsJPerK: 200e3, couplingWPerK: 2000 },
    gpu: GPU,
    rc: GPU_RC.air,
    limits: LIMITS,
    gpuCount: 16,
    otherW: 6000,
  };
  const loss = { supplyTempC: 22, shutdownInletTempC: 60, utilRatio: 0.8, forS: 3600 };
  const ride = rideThrough(rack, loss);
  assert.ok(ride.throttleAfterS !== undefined && ride.shutdownAfterS !== undefined);
  assert.ok(ride.throttleAfterS < ride.shutdownAfterS, JSON.stringify(ride));
  assert.ok(ride.workRatio < 1 && ride.workRatio > 0.3);
  const idle = rideThrough(rack, { ...loss, utilRatio: 0, forS: 60 });
  assert.equal(idle.throttleAfterS, undefined);
  assert.equal(idle.shutdownAfterS, undefined);
  assert.equal(idle.workRatio, 1);
  const hot = rideThrough(rack, { ...loss, supplyTempC: 60 });
  assert.deepEqual([hot.shutdownAfterS, hot.workRatio], [0, 0], 'off at once: nothing was done');
});

test('a liquid-cooled rack that loses its CDU throttles within a minute or two', () => {
  const gpu = gpuPowerModel(named('gb200'));
  const rack = {
    room: loopHeat(0.05),
    gpu,
    rc: GPU_RC.liquid,
    limits: LIMITS,
    gpuCount: 72,
    otherW: 20_000,
  };
  const loss = { supplyTempC: 35, shutdownInletTempC: 80, utilRatio: 1, forS: 600 };
  const ride = rideThrough(rack, loss);
  // Without leakage: (87 - 35 - 30) K at 106.4 kW / 209 kJ/K = 43 s
  const plainS = timeWithoutWaterS(
    { supplyTempC: 35, powerW: 106_400, volumeM3: 0.05, gpuPowerW: 1200, resistanceKPerW: 0.025 },
    87,
  );
  near(plainS, 43.2, 0.2);
  const throttleS = ride.throttleAfterS ?? Number.NaN;
  // 27 % leak at 87 °C: plates rise by 38.1 K, which leaves 13.9 K at about 0.5 K/s
  assert.ok(throttleS > 25 && throttleS < 33, JSON.stringify(ride));
  // Lower clocks draw less: more time is left than the first warming would give.
  assert.ok((ride.shutdownAfterS ?? 0) > throttleS);
  assert.ok(ride.workRatio > 0.5 && ride.workRatio < 1);
});
