/** What the simulated plant does once it loses cooling or supply. */
import assert from 'node:assert/strict';
import test from 'node:test';
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
  for (const { id } of layout.site.crahs) clear(simulation, `crahStopped ${id}`);
  run(simulation, 1800);
  assert.ok(inlets(simulation) < before + 3, `${inlets(simulation)} °C`);
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
