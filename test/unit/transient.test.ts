/** The transient simulation against hand-worked answers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { transientOf } from '../../twin/physics/transient/build.ts';
import type { TransientState } from '../../twin/physics/transient/columns.ts';
import { gpuStepPowerW, junctionTempC } from '../../twin/physics/transient/gpus.ts';
import { PSU_LOADS, psuInput } from '../../twin/physics/transient/hosts.ts';
import { rackKindsOf } from '../../twin/physics/transient/rack-kinds.ts';
import { step, storedJ } from '../../twin/physics/transient/step.ts';
import { startPump, stopPump } from '../../twin/physics/transient/stop.ts';
import { COOLING_LOSS } from '../../twin/tables/physics/thermal.ts';
import { near } from '../support/near.ts';
import { ask, LIQUID, transientSite } from '../support/transient-site.ts';
import { probe } from '../support/two-rack-twin.ts';

/** GPUs without leakage whose sink does not follow the fans. */
function plain(state: TransientState): TransientState {
  return {
    ...state,
    gpuKinds: state.gpuKinds.map(kind => ({ ...kind, leakPerK: 0, sinkSpeedExponent: 0 })),
  };
}

function run(state: TransientState, seconds: number, dtS: number) {
  for (let s = 0; s < seconds; s += dtS) step(state, dtS);
}

/** Rise of the first GPU over its coolant. */
const riseK = (state: TransientState) => junctionTempC(state, 0, 0) - state.racks.airC[0];

test('a step of power rises by both poles: 0.3 at once, 0.7 with 30 s, 0.065 K/W in all', () => {
  const state = plain(transientSite());
  ask(state, () => 100);
  run(state, 1200, 5);
  near(riseK(state), 6.5, 1e-3);
  ask(state, () => 600);
  // exact: 500 W * 0.065 * (0.3 (1 - e^-t/.5) + 0.7 (1 - (30 e^-t/30 - .5 e^-t/.5) / 29.5))
  for (const tS of [1, 2, 5, 10, 30]) {
    run(state, tS - (tS === 1 ? 0 : [1, 2, 5, 10][[2, 5, 10, 30].indexOf(tS)]), 0.25);
    const sink = 1 - (30 * Math.exp(-tS / 30) - 0.5 * Math.exp(-tS / 0.5)) / 29.5;
    const want = 6.5 + 32.5 * (0.3 * (1 - Math.exp(-tS / 0.5)) + 0.7 * sink);
    near(riseK(state), want, 0.05);
  }
  run(state, 600, 5);
  near(riseK(state), 39, 1e-3);
});

test('steps of 5 s end where steps of a quarter of a second do', () => {
  const [fine, coarse] = [transientSite(), transientSite()];
  for (const state of [fine, coarse]) ask(state, gpu => 200 + 15 * (gpu % 30));
  run(fine, 300, 0.25);
  run(coarse, 300, 5);
  for (let gpu = 0; gpu < fine.gpus.count; gpu++) {
    near(junctionTempC(coarse, gpu, 0), junctionTempC(fine, gpu, 0), 0.3);
  }
  for (let rack = 0; rack < 2; rack++) near(coarse.racks.powerW[rack], fine.racks.powerW[rack], 30);
});

test('leakage: 1 % a kelvin over 60 °C, at the fixed point', () => {
  const state = transientSite();
  state.gpus.capW.fill(Number.POSITIVE_INFINITY);
  ask(state, () => 620);
  run(state, 1800, 5);
  const tempC = junctionTempC(state, 0, 0);
  assert.ok(tempC > 61 && tempC < 89, `${tempC}`);
  near(gpuStepPowerW(state, 0, 0), 620 * (1 + 0.01 * (tempC - 60)), 1);
});

test('above slowdown a GPU is held at it and loses work; its power falls with its clock', () => {
  const state = transientSite();
  state.crahs.setpointC.fill(58);
  state.crahs.limitW.fill(Number.POSITIVE_INFINITY);
  ask(state, () => 690);
  run(state, 1800, 5);
  near(junctionTempC(state, 0, 0), 89, 0.5);
  assert.ok(gpuStepPowerW(state, 0, 0) < 680);
  assert.ok(state.gpus.lostS[0] > 10 && state.gpus.lostS[0] < 1800);
  assert.ok(state.gpus.throttledAtS[0] > 0);
  assert.ok(Number.isNaN(state.gpus.downAtS[0]));
});

test('a cap holds the power and costs time by the share of the work that follows the clock', () => {
  const state = transientSite();
  ask(state, () => 400);
  state.gpus.capW.fill(300);
  run(state, 600, 5);
  near(gpuStepPowerW(state, 0, 0), 300, 1e-9);
  // clock = ((300 - 75) / (400 - 75)) ^ (1 / 2.4) = 0.8579; rate = 1 / (0.46 + 0.54 / 0.8579)
  const rate = 1 / (0.46 + 0.54 / (225 / 325) ** (1 / 2.4));
  near(state.gpus.lostS[0], 600 * (1 - rate), 0.5);
});

test('the power chain: PSUs lose their part, UPSs a + b x + c x^2, and nothing is lost twice', () => {
  const state = transientSite();
  ask(state, () => 500);
  run(state, 900, 5);
  const [itW, other] = [state.racks.powerW[0], state.racks.powerW[1]];
  // 8 * 500 W of GPUs, their host and its supplies at 94-96 %
  assert.ok(itW > 2 * 4000 * 1.15 && itW < 2 * 10_200, `${itW}`);
  const chain = [...state.chain.inputW];
  // PDUs of these classes lose nothing; each UPS carries half of both racks
  const x = (itW + other) / 2 / 500e3;
  const want = (itW + other) / 2 + 500e3 * (0.012 + 0.012 * x + 0.016 * x * x);
  const upses = chain.filter(w => Math.abs(w - want) < 1);
  assert.equal(upses.length, 2, chain.join(' '));
});

test('a host is on the curve of its own PSUs, which ends at twice their rating', () => {
  const inputs = Float64Array.of(...PSU_LOADS, ...PSU_LOADS.map(load => 0.1 + load * load));
  near(psuInput(inputs, 0, 0.3), 0.3, 1e-12);
  near(psuInput(inputs, 1, 0), 0.1, 1e-12);
  // by straight lines between entries a 64th apart
  near(psuInput(inputs, 1, 0.3), 0.1 + 0.3 ** 2, 1 / 64 ** 2 / 4);
  near(psuInput(inputs, 1, 5), 4.1, 1e-3);
});

test('without CRAHs a room warms fast, then slower; GPUs throttle and then go off', () => {
  const state = transientSite();
  ask(state, () => 600);
  run(state, 900, 5);
  const startC = state.racks.airC[0];
  state.crahs.fanRatio.fill(0);
  run(state, 30, 5);
  const first = state.racks.airC[0] - startC;
  run(state, 30, 5);
  const second = state.racks.airC[0] - startC - first;
  assert.ok(first > second * 1.1 && second > 0.5, `${first} ${second}`);
  run(state, 1200, 5);
  assert.ok(state.gpus.throttledAtS.every(s => s > 900));
  assert.ok(state.gpus.downAtS.every((s, gpu) => s >= state.gpus.throttledAtS[gpu]));
  // GPUs off: what goes on to heat the room is the rest of the hosts
  assert.ok(gpuStepPowerW(state, 0, 0) === 0);
});

test('a rack of 5 kW that loses its cooling goes from 22 to 40 °C in about 189 s', () => {
  const site = transientSite();
  // the rack of the study: its metal, and its air warms by 12 K, however hot its GPUs
  const { kinds: study } = rackKindsOf(Float64Array.of(5000), () => true);
  const state = { ...site, rackKinds: site.rackKinds.map(() => study[0]) };
  const { crahs, hosts, racks } = state;
  hosts.airflowMaxM3PerS.fill((5000 / 12 / 1206 - 0.02) / 2 / 0.35);
  hosts.hottestC.fill(0);
  assert.equal(study[0].solidsJPerK, COOLING_LOSS.solidsJPerK.value);
  // two DGX H100 beyond it: another 200 kg of metal at 0.5 kJ/(kg K)
  near(site.rackKinds[racks.kind[0]].solidsJPerK - study[0].solidsJPerK, 98.6e3, 100);
  ask(state, () => 60);
  for (let round = 0; round < 5; round++) {
    run(state, 1000, 5);
    const lackW = 5000 - racks.powerW[0];
    hosts.otherW.forEach((w, host) => {
      hosts.otherW[host] = w + lackW / 2;
    });
    crahs.setpointC.forEach((c, crah) => {
      crahs.setpointC[crah] = c + 22 - racks.airC[0];
    });
  }
  run(state, 1500, 5);
  near(racks.powerW[0], 5000, 1);
  near(racks.airC[0], 22, 0.01);
  crahs.fanRatio.fill(0);
  let s = 0;
  for (; racks.airC[0] < 40 && s < 1000; s++) step(state, 1);
  // poles hold the GPUs' rise over their air, so they delay nothing: 189 s as air and solids alone
  near(s, 189, 4);
});

test('a liquid loop that has lost its flow rises by its heat over its water', () => {
  const state = transientSite(LIQUID);
  ask(state, () => 600);
  run(state, 900, 5);
  const { loops } = state;
  // 34 kW through 120 kW / 4 K
  near(loops.waterC[0] - loops.supplyC[0], loops.heatW[0] / 30e3, 0.01);
  const startC = loops.waterC[0];
  loops.flowRatio.fill(0);
  run(state, 10, 1);
  // 0.05 m3 * 998 * 4186 = 208.9 kJ/K and 15 % in pipes and plates: 27 kW raise it by 0.11 K/s
  near(loops.waterC[0] - startC, (10 * loops.heatW[0]) / 240.2e3, 0.02);
});

test('without its pump the water in plates and hoses warms alone, and mixes when it runs again', () => {
  const state = transientSite(LIQUID);
  ask(state, () => 600);
  run(state, 900, 5);
  const { loops } = state;
  const [startC, heatW] = [loops.waterC[0], loops.heatW[0]];
  const startJ = storedJ(state);
  stopPump(state, 0);
  run(state, 10, 1);
  // a fifth of 240.2 kJ/K takes what all of it took
  near(loops.waterC[0] - startC, (10 * heatW) / (240.2e3 / 5), 0.5);
  const hotC = loops.waterC[0];
  startPump(state, 0);
  near(loops.waterC[0] - startC, (hotC - startC) / 5, 1e-9);
  assert.ok(storedJ(state) > startJ);
});

test('a loop whose facility water is lost goes on being pumped, and warms with that too', () => {
  const state = transientSite(LIQUID);
  ask(state, () => 600);
  run(state, 900, 5);
  const { loops } = state;
  assert.ok(loops.pumpW[0] > 0);
  loops.hasWater.fill(0);
  run(state, 60, 5);
  assert.ok(loops.pumpW[0] > 0);
  near(loops.removedW[0], 0, 1);
});

test('metal behind the inlet holds back what leaves a rack, not what it breathes', () => {
  const state = transientSite();
  ask(state, () => 600);
  run(state, 3600, 5);
  const { crahs, racks } = state;
  const [inletC, exhaustC] = [racks.airC[0], racks.exhaustC[0]];
  // half of what its air takes up
  near(racks.solidsC[0] - inletC, (exhaustC - inletC) / 2, 0.1);
  for (let crah = 0; crah < crahs.count; crah++) {
    crahs.setpointC[crah] += 5;
    crahs.supplyC[crah] += 5;
  }
  run(state, 120, 5);
  assert.ok(racks.airC[0] - inletC > 4.5, `${racks.airC[0] - inletC}`);
  assert.ok(racks.exhaustC[0] - exhaustC < 3, `${racks.exhaustC[0] - exhaustC}`);
});

test('a loop whose chillers take less than it gives keeps the rest in its water', () => {
  const state = transientSite(LIQUID);
  ask(state, () => 600);
  run(state, 900, 5);
  const { loops } = state;
  const [startC, limitW] = [loops.waterC[0], loops.heatW[0] / 2];
  loops.limitW[0] = limitW;
  run(state, 60, 5);
  near(loops.removedW[0], limitW, 1e-6 * limitW);
  // heat grows a little with leakage
  const restK = (60 * limitW) / 240.2e3;
  near(loops.waterC[0] - startC, restK, 0.05 * restK);
});

test('a CRAH takes over the air and heat of one that stands still, within its rating', () => {
  const rises = [100e3, 20e3].map(ratedW => {
    const state = transientSite();
    state.crahs.ratedWPerK.fill(ratedW / 11);
    state.crahs.limitW.fill(ratedW);
    ask(state, () => 600);
    run(state, 1800, 5);
    const before = [...state.racks.airC];
    state.crahs.fanRatio[0] = 0;
    run(state, 1800, 5);
    const heatW = state.racks.airHeatW.reduce((sum, w) => sum + w);
    near(state.crahs.removedW[1], heatW, 0.3 * heatW);
    return Math.min(...before.map((c, rack) => state.racks.airC[rack] - c));
  });
  assert.ok(rises[0] < 0.1, `${rises}`);
  assert.ok(rises[1] > 3, `${rises}`);
});

test('a CRAH that has lost its water blows on: heat warms the water and the supply by as much', () => {
  const state = transientSite();
  ask(state, () => 600);
  run(state, 1800, 5);
  const { crahs, racks } = state;
  const startC = crahs.supplyC[0];
  crahs.hasWater.fill(0);
  let heatJ = 0;
  for (let s = 0; s < 300; s += 5) {
    step(state, 5);
    heatJ += 5 * (crahs.removedW[0] + crahs.removedW[1]);
  }
  // two units of 100 kW with 13.5 J/K of water for each watt
  near(crahs.supplyC[0] - startC, heatJ / (2 * 100e3 * 13.5), 0.01);
  assert.ok(racks.airC[0] > 20 + (crahs.supplyC[0] - startC) / 2);
});

test('it starts from what is measured, and from what calibration knows', () => {
  const site = probe();
  site.write('gpuPowerW', 'k1-n1/gpu0', 333);
  site.write('inletTempC', 'k1', 24);
  site.write('supplyTempC', 'crah-1', 18);
  site.tick();
  const { topology, state } = site.twin;
  const hot = topology.indexOf('k1-n1/gpu1');
  const transient = transientOf(state, topology, {
    gpuResistanceKPerW: gpu => (gpu === hot ? 0.08 : Number.NaN),
  });
  const at = transient.entities.gpu.indexOf(topology.indexOf('k1-n1/gpu0'));
  assert.equal(transient.gpus.targetW[at], 333);
  assert.equal(transient.gpus.targetW[at + 1], 75);
  near(transient.gpus.resistanceKPerW[at + 1], 0.08, 1e-6);
  near(transient.gpus.resistanceKPerW[at], 0.065, 1e-6);
  assert.equal(transient.racks.airC[0], 24);
  assert.equal(transient.crahs.setpointC[0], 18);
});

test('a calibrated resistance out of all reason is not believed', () => {
  const site = probe();
  site.tick();
  const { topology, state } = site.twin;
  const bad = transientOf(state, topology, { gpuResistanceKPerW: () => -3 });
  near(bad.gpus.resistanceKPerW[0], 0.065, 1e-6);
});

test('steps out of range are refused by name', () => {
  for (const dtS of [0, -1, 301, Number.NaN]) {
    assert.throws(() => step(transientSite(), dtS), /dtS is/);
  }
});
