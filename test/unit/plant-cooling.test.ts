/** What the simulated plant does once it loses cooling or supply. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { resetHost } from '../../scenarios/plant/power-control.ts';
import { clear, inject, type Simulation } from '../../scenarios/plant/simulation.ts';
import type { PlantSite } from '../../scenarios/plant/site.ts';
import { siteTruth } from '../../scenarios/plant/truth.ts';
import { createPlant, hottest, liquidSite, runPlant as run, total } from '../support/plant.ts';

function plant(site?: PlantSite): Simulation {
  const simulation = createPlant({ site });
  run(simulation, 300);
  return simulation;
}

const lose = (simulation: Simulation, kind: string, entity: string) =>
  assert.deepEqual(inject(simulation, { id: `${kind} ${entity}`, kind, entity }), { ok: true });

/** Over a minute: training comes in waves. */
function meanGpuW(simulation: Simulation): number {
  let joules = 0;
  for (let second = 0; second < 60; second++) {
    run(simulation, 1);
    joules += total(simulation.state.gpu.powerW);
  }
  return joules / 60;
}

const inlets = ({ state }: Simulation) => hottest(state.rack.inletTempC);

test('a hall whose CRAHs stand still warms until GPUs slow down and hosts go off; energy adds up', () => {
  const simulation = plant();
  const { state, layout } = simulation;
  const before = inlets(simulation);
  for (const { id } of layout.site.crahs) lose(simulation, 'crahStopped', id);
  run(simulation, 60);
  const minute = inlets(simulation);
  assert.ok(minute > before + 4 && minute < before + 40, `${before} to ${minute} °C`);
  assert.equal(total(state.crah.heatW), 0);
  run(simulation, 840);
  assert.ok(total(state.gpu.thermalThrottledS) > 0);
  assert.ok(total(state.host.poweredOn) < layout.hostCount);
  const { inJ, outJ, storedJ } = siteTruth(simulation);
  assert.ok(Math.abs(inJ - outJ - storedJ) < 1e-9 * inJ);
});

test('hosts that heat took come back a while after all is within limits, and take work again', () => {
  const simulation = plant();
  const { state, layout } = simulation;
  const before = inlets(simulation);
  const gpuW = meanGpuW(simulation);
  for (const { id } of layout.site.crahs) lose(simulation, 'crahStopped', id);
  run(simulation, 900);
  const off = layout.hostCount - total(state.host.poweredOn);
  assert.ok(off > 0);
  for (const { id } of layout.site.crahs) clear(simulation, `crahStopped ${id}`);
  // the air is back within minutes, people are not
  run(simulation, 500);
  assert.ok(inlets(simulation) < 35);
  assert.equal(layout.hostCount - total(state.host.poweredOn), off);
  run(simulation, 1900);
  assert.equal(total(state.host.poweredOn), layout.hostCount);
  const againW = meanGpuW(simulation);
  assert.ok(againW > 0.8 * gpuW, `${againW} of ${gpuW} W`);
  assert.ok(inlets(simulation) < before + 3, `${before} to ${inlets(simulation)} °C`);
});

test('liquid-cooled hosts go off before their loop boils, and come back once it is cool', () => {
  const simulation = plant(liquidSite(2));
  const { state, layout } = simulation;
  const gpuW = meanGpuW(simulation);
  lose(simulation, 'cduWaterLost', 'cdu-1');
  run(simulation, 900);
  assert.equal(total(state.host.poweredOn), 0);
  assert.ok(state.cdu.supplyTempC[0] < 95, `${state.cdu.supplyTempC[0]} °C`);
  clear(simulation, 'cduWaterLost cdu-1');
  run(simulation, 300);
  assert.ok(state.cdu.supplyTempC[0] < 45);
  assert.equal(total(state.host.poweredOn), 0);
  run(simulation, 1500);
  assert.equal(total(state.host.poweredOn), layout.hostCount);
  const againW = meanGpuW(simulation);
  assert.ok(againW > 0.8 * gpuW, `${againW} of ${gpuW} W`);
});

test('a GPU that heat took is off the bus until its host has been power-cycled', () => {
  const simulation = plant();
  const { state, layout } = simulation;
  const [job] = simulation.book.running.values();
  const [host, gpu] = [job.hosts[0], job.gpus[0]];
  const [entity, slot] = [layout.site.hosts[host].id, gpu - layout.gpuStart[host]];
  inject(simulation, { id: 'hot', kind: 'gpuHot', entity, slot, magnitude: 15 });
  run(simulation, 60);
  assert.equal(state.gpu.offByHeat[gpu], 1);
  assert.equal(state.gpu.powerW[gpu], 0);
  assert.ok(state.sel[host].some(({ message }) => message.includes('thermal shutdown')));
  clear(simulation, 'hot');
  run(simulation, 300);
  assert.equal(state.gpu.offByHeat[gpu], 1);
  run(simulation, 600);
  assert.equal(state.gpu.offByHeat[gpu], 0);
  assert.ok(state.host.bootS[host] > 0);
  assert.ok(state.gpu.powerW[gpu] > 50);
});

test('a host that a fault keeps off, or its operator, stays off when heat has gone', () => {
  const simulation = plant();
  const { state, layout } = simulation;
  for (const { id } of layout.site.crahs) lose(simulation, 'crahStopped', id);
  run(simulation, 600);
  lose(simulation, 'hostDown', 'host-1');
  assert.ok(resetHost(simulation, 1, 'ForceOff'));
  for (const { id } of layout.site.crahs) clear(simulation, `crahStopped ${id}`);
  run(simulation, 3600);
  assert.deepEqual([...state.host.poweredOn.subarray(0, 3)], [0, 0, 1]);
  clear(simulation, 'hostDown host-1');
  assert.ok(resetHost(simulation, 1, 'On'));
  run(simulation, 130);
  assert.deepEqual([...state.host.poweredOn.subarray(0, 3)], [1, 1, 1]);
});

test('hosts come back by themselves when their supply does', () => {
  const simulation = plant();
  const { state, layout } = simulation;
  for (const { id } of layout.site.upses) lose(simulation, 'upsFailed', id);
  run(simulation, 5);
  assert.deepEqual([total(state.host.poweredOn), siteTruth(simulation).itPowerW], [0, 0]);
  clear(simulation, 'upsFailed ups-a');
  run(simulation, 130);
  assert.equal(total(state.host.poweredOn), layout.hostCount);
  assert.equal(total(state.host.offBy), 0);
  assert.equal(state.ups.outputW[1], 0);
});

test('with one of two CRAHs still, the other takes over what its fans can', () => {
  const simulation = plant();
  const before = inlets(simulation);
  lose(simulation, 'crahStopped', 'row-1-crah-1');
  run(simulation, 600);
  const { state } = simulation;
  assert.ok(state.crah.heatW[1] > 1.3 * total(state.rack.airHeatW) * 0.5);
  assert.ok(state.crah.heatW[1] <= state.crah.ratedW[1] * 1.01);
  assert.ok(inlets(simulation) > before + 0.2, `${before} to ${inlets(simulation)} °C`);
});

test('fans of CRAHs follow the heat of a hall that lost one, and of one that has it again', () => {
  const simulation = plant();
  const { crah } = simulation.state;
  const before = [...crah.fanRatio];
  assert.ok(Math.max(...before) < 0.7, `${before}`);
  lose(simulation, 'crahStopped', 'row-1-crah-1');
  run(simulation, 600);
  assert.equal(crah.fanRatio[0], 0);
  assert.ok(crah.fanRatio[1] > before[1] + 0.15, `${before[1]} to ${crah.fanRatio[1]}`);
  clear(simulation, 'crahStopped row-1-crah-1');
  run(simulation, 1800);
  crah.fanRatio.forEach((ratio, at) => {
    assert.ok(Math.abs(ratio - before[at]) < 0.15, `${before[at]} to ${ratio}`);
  });
  lose(simulation, 'crahWaterLost', 'row-1-crah-1');
  run(simulation, 60);
  assert.equal(crah.fanRatio[0], 1);
});

test('a CRAH without water blows on, and warms more slowly than one that stands still', () => {
  const [still, dry] = [plant(), plant()];
  for (const { id } of still.layout.site.crahs) {
    lose(still, 'crahStopped', id);
    lose(dry, 'crahWaterLost', id);
  }
  for (const simulation of [still, dry]) run(simulation, 90);
  assert.ok(inlets(dry) > 23 && inlets(dry) < inlets(still) - 3, `${inlets(dry)}`);
});

test('a loop without facility water rises by its heat over what it holds', () => {
  const simulation = plant(liquidSite(2));
  const { cdu } = simulation.state;
  const [startC, heatW] = [cdu.supplyTempC[0], cdu.heatW[0]];
  lose(simulation, 'cduWaterLost', 'cdu-1');
  run(simulation, 60);
  const want = (60 * heatW) / (2.5 * cdu.ratedW[0]);
  assert.ok(Math.abs(cdu.supplyTempC[0] - startC - want) < 0.25 * want);
});

test('a UPS that fails, or whose battery is empty, leaves its PDUs without', () => {
  const simulation = plant();
  const { state, layout } = simulation;
  const itW = siteTruth(simulation).itPowerW;
  lose(simulation, 'upsFailed', 'ups-a');
  run(simulation, 5);
  assert.ok(siteTruth(simulation).itPowerW > 0.7 * itW);
  const [one, other] = [state.ups.outputW[0], state.ups.outputW[1]];
  assert.ok(one === 0 && other > 0.7 * itW);
  lose(simulation, 'upsOnBattery', 'ups-b');
  // eight minutes at rated load, longer below it
  run(simulation, 8 * 60 - 5);
  assert.ok(siteTruth(simulation).itPowerW > 0);
  run(simulation, 3600);
  assert.equal(siteTruth(simulation).itPowerW, 0);
  assert.equal(total(state.host.poweredOn), 0);
  assert.equal(layout.site.upses.length, 2);
});

test('what a battery gave is drawn from the mains again', () => {
  const simulation = plant();
  const { ups } = simulation.state;
  const drawnW = () => ups.inputW[0] - ups.outputW[0] - ups.lossW[0];
  run(simulation, 1);
  assert.ok(Math.abs(drawnW()) < 1, `${drawnW()} W`);
  lose(simulation, 'upsOnBattery', 'ups-a');
  run(simulation, 60);
  assert.equal(ups.inputW[0], 0);
  const missing = 1 - ups.chargeRatio[0];
  assert.ok(missing > 0.01);
  clear(simulation, 'upsOnBattery ups-a');
  run(simulation, 1);
  assert.ok(Math.abs(drawnW() - ups.ratedW[0] / 30) < 1, `${drawnW()} W`);
  run(simulation, Math.ceil(missing * 14_400));
  assert.deepEqual([ups.chargeRatio[0], Math.round(drawnW())], [1, 0]);
});
