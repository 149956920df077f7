import assert from 'node:assert/strict';
import test from 'node:test';
import {
  atOnce,
  Board,
  Calibration,
  calibratedModel,
  encodeCalibration,
  restoreCalibration,
  signalIndex,
} from '../../twin/index.ts';
import { calibrationSite, SITE_START_MS } from '../support/calibration-site.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';

const HOST_POWER = calibratedModel('hostPower');

function hostPower(site: ReturnType<typeof calibrationSite>, entity: number) {
  const found = site.calibration.parametersOf(entity).find(each => each.model === HOST_POWER);
  assert.ok(found);
  return found;
}

const powerOf = (calibration: Calibration, id: string) =>
  calibration
    .parametersOf(calibration.topology.indexOf(id))
    .find(each => each.model === HOST_POWER);

test('each host comes to its own parameters, with deviations that hold', () => {
  const site = calibrationSite();
  site.steps(600);
  for (const host of site.hosts) {
    const { parameters, changedAtMs, resets, updates } = hostPower(site, host.entity);
    const truth = [host.restW, host.gainRatio, host.cpuSpanW];
    parameters.forEach(({ id, value, sd, prior }, j) => {
      assert.ok(Math.abs(value - truth[j]) < 4 * sd, `${host.id} ${id}: ${value}, not ${truth[j]}`);
      assert.ok(sd < prior.sd / 3, `${id}: ${sd} of ${prior.sd}`);
    });
    assert.equal(changedAtMs, site.nowMs);
    assert.equal(resets, 0);
    assert.equal(updates, 600);
  }
});

test('the board has every layer, and beats both baselines where the load moves', () => {
  const site = calibrationSite();
  site.steps(600);
  const scores = site.board.scores();
  const layers = scores.filter(score => score.signal === 'powerW' && score.horizonS === 0);
  assert.deepEqual(
    layers.map(score => score.kind),
    ['host', 'gpu', 'rack', 'row', 'hall', 'site'],
  );
  for (const score of layers) {
    assert.ok(score.mapeRatio < 0.02, `${score.kind}: ${score.mapeRatio}`);
    assert.ok(score.skillPersistence > 0.5 && score.skillMean > 0.9, score.kind);
    assert.ok(Math.abs((score.band?.coverageRatio ?? 0) - 0.9) < 0.06, score.kind);
  }
  // 600 rounds of four hosts; in the first of each there is nothing to compare with.
  assert.equal(layers[0].count, 4 * 599);
  // Errors of independent meters cancel out in the sum.
  assert.ok(layers[5].mapeRatio < layers[0].mapeRatio);
  const silent = scores.find(score => score.kind === 'host' && score.horizonS === 900);
  assert.ok(silent && silent.skillPersistence > 0.8, `${silent?.skillPersistence}`);
});

test('a value is scored by parameters that have not seen it', () => {
  const site = calibrationSite({ noiseW: 0 });
  site.steps(200);
  const [host] = site.hosts;
  const before = site.board.sheet({ kind: 'host', signal: 'powerW', horizonS: 0 });
  const absError = before.sum('absError');
  // The next reading is 500 W too high: the whole of it must show as error, not what is left of it.
  host.reading = powerW => powerW + 500;
  site.step();
  assert.ok(before.sum('absError') - absError > 490);
});

test('negative, absurd, missing and late readings are counted and change nothing', () => {
  const site = calibrationSite();
  site.steps(100);
  const [host] = site.hosts;
  const before = hostPower(site, host.entity);
  const bad = [-500, 0, 20, 1e5, Number.NaN, Number.POSITIVE_INFINITY];
  for (const value of bad) {
    host.reading = () => value;
    site.step();
  }
  const after = hostPower(site, host.entity);
  assert.equal(after.faults - before.faults, bad.length);
  assert.deepEqual(
    after.parameters.map(({ value }) => value),
    before.parameters.map(({ value }) => value),
  );
  const [run] = site.calibration.runs;
  assert.equal(site.calibration.outcomesOf(run).outOfRange, bad.length);
});

test('the same reading looked at twice is learned from once', () => {
  const site = calibrationSite();
  site.steps(100);
  const [run] = site.calibration.runs;
  const [host] = site.hosts;
  const before = hostPower(site, host.entity);
  const counted = site.calibration.outcomesOf(run).unchanged;
  for (const _ of site.calibration.round(site.twin.state, site.nowMs + 1000));
  assert.deepEqual(hostPower(site, host.entity), before);
  assert.equal(site.calibration.outcomesOf(run).unchanged - counted, site.hosts.length);
});

test('a reading of another time than that of its inputs is counted, not learned from', () => {
  const site = calibrationSite();
  site.steps(100);
  const [run] = site.calibration.runs;
  const [host] = site.hosts;
  const before = hostPower(site, host.entity);
  // A minute and a half newer than the GPUs and processors; a third of a minute is close enough.
  for (const [afterS, skewed] of [
    [20, 0],
    [90, 1],
  ]) {
    const cell = site.twin.state.cellOf(signalIndex('bmcPowerW'), host.entity);
    site.twin.write(cell, host.entity, 5000 + afterS, site.nowMs + 1000 * afterS);
    for (const _ of site.calibration.round(site.twin.state, site.nowMs + 1000 * afterS));
    assert.equal(site.calibration.outcomesOf(run).skewed, skewed, `${afterS} s`);
  }
  assert.equal(hostPower(site, host.entity).updates, before.updates + 1);
});

test('a meter that stands still while the load moves is not learned from', () => {
  const site = calibrationSite();
  site.steps(300);
  const [host] = site.hosts;
  const before = hostPower(site, host.entity);
  host.reading = () => 4321;
  site.steps(200);
  const after = hostPower(site, host.entity);
  assert.ok(after.faults - before.faults > 100, `${after.faults - before.faults} of 200`);
  assert.ok(after.parameters[1].value > 0.9 * before.parameters[1].value);
  assert.equal(after.resets, 0);
});

test('another machine behind the same name: reset, counted, learned anew', () => {
  const site = calibrationSite();
  site.steps(300);
  const [host] = site.hosts;
  host.restW += 1500;
  host.gainRatio = 1.6;
  site.steps(400);
  const { resets, resetAtMs, parameters } = hostPower(site, host.entity);
  assert.equal(resets, 1);
  assert.ok(resetAtMs - SITE_START_MS < 30_000 * 350);
  assert.ok(Math.abs(parameters[1].value - 1.6) < 0.02, `${parameters[1].value}`);
});

test('a host that no meter reads is expected to be like its class', () => {
  const site = calibrationSite();
  // The last host has never said a word.
  const silent = site.hosts[3];
  silent.reading = () => Number.NaN;
  site.steps(300);
  const expected = site.calibration.expect(HOST_POWER, silent.entity, [4000, 0.5]);
  const others = site.hosts.slice(0, 3).map(h => h.restW + h.gainRatio * 4000 + h.cpuSpanW * 0.5);
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  const prior = HOST_POWER.prior({
    own: site.twin.topology.classes[site.twin.topology.classIndex[silent.entity]],
    around: undefined,
    byId: new Map(site.twin.topology.classes.map(row => [row.id, row])),
  });
  const fromClass = (prior?.parameters ?? []).reduce(
    (sum, { mean: value }, j) => sum + value * [1, 4000, 0.5][j],
    0,
  );
  // Three machines against a prior worth five: three eighths of the way.
  assert.ok(Math.abs(expected - (fromClass + (3 / 8) * (mean - fromClass))) < 60, `${expected}`);
  const own = site.calibration.expect(HOST_POWER, site.hosts[0].entity, [4000, 0.5]);
  assert.ok(Math.abs(own - others[0]) < 40);
});

test('bytes bring everything back, and the same inputs give the same bytes', () => {
  const [one, two] = [calibrationSite({ seed: 7 }), calibrationSite({ seed: 7 })];
  one.steps(150);
  two.steps(150);
  const bytes = atOnce(encodeCalibration(one.calibration, one.nowMs));
  assert.deepEqual(atOnce(encodeCalibration(two.calibration, two.nowMs)), bytes);

  const board = new Board(one.board.options);
  const back = new Calibration(one.twin.topology, board);
  const { atMs, restored, left } = restoreCalibration(back, bytes);
  assert.equal(atMs, one.nowMs);
  // Four hosts of two models, 32 GPUs of two.
  assert.deepEqual([restored, left], [72, 0]);
  assert.deepEqual(atOnce(encodeCalibration(back, one.nowMs)), bytes);
  assert.deepEqual(board.scores(), one.board.scores());
});

test('damaged, foreign and newer bytes are refused', () => {
  const site = calibrationSite();
  site.steps(3);
  const bytes = atOnce(encodeCalibration(site.calibration, site.nowMs));
  const into = () => new Calibration(site.twin.topology, new Board(site.board.options));
  for (const at of [20, 3000, bytes.length - 1]) {
    const damaged = bytes.slice();
    damaged[at] ^= 1;
    assert.throws(() => restoreCalibration(into(), damaged), /damaged/);
  }
  assert.throws(() => restoreCalibration(into(), bytes.subarray(0, 1000)), /damaged or cut off/);
  const newer = bytes.slice();
  newer[4] = 2;
  assert.throws(() => restoreCalibration(into(), newer), /version 2/);
  assert.throws(() => restoreCalibration(into(), new Uint8Array(64)), /another kind/);
});

test('hosts keep what was learned over a change of the inventory, unless their class changes', () => {
  const site = calibrationSite();
  site.steps(100);
  const text = JSON.stringify(TWO_RACKS);
  // Twice the racks, and in another inventory another class of host.
  const more = topologyOf(
    JSON.parse(text.replace('"id":"k{n}","count":2', '"id":"k{n}","count":4')),
    2,
  );
  const other = topologyOf(JSON.parse(text.replaceAll('dgx-h100', 'dgx-a100')), 3);
  const bytes = atOnce(encodeCalibration(site.calibration, site.nowMs));
  for (const [topology, isKept] of [
    [more, true],
    [other, false],
  ] as const) {
    const next = new Calibration(topology, new Board(site.board.options));
    next.takeOver(site.calibration);
    const stored = new Calibration(topology, new Board(site.board.options));
    restoreCalibration(stored, bytes);
    const id = site.hosts[3].id;
    for (const calibration of [next, stored]) {
      assert.equal(powerOf(calibration, id)?.updates, isKept ? 100 : 0);
      assert.equal(next.topology, topology);
    }
    assert.equal(powerOf(next, id)?.resets, isKept ? 0 : 1);
  }
});

test('a stale input stops the calibration; one that the site lacks does not', () => {
  const site = calibrationSite();
  const cpu = signalIndex('cpuUtilRatio');
  site.steps(50);
  const [host] = site.hosts;
  const { state } = site.twin;
  const before = hostPower(site, host.entity).updates;
  site.twin.markStale(state.cellOf(cpu, host.entity), host.entity);
  // Calibration alone, with a newer meter reading: the tick would need newer values of all.
  site.nowMs += 30_000;
  const meter = state.cellOf(signalIndex('bmcPowerW'), host.entity);
  site.twin.write(meter, host.entity, 5000, site.nowMs);
  for (const _ of site.calibration.round(state, site.nowMs));
  assert.equal(hostPower(site, host.entity).updates, before);
});

test('where GPUs count their energy, power that alternates between readings does no harm', () => {
  const [blind, counted] = (['without counters', 'with counters'] as const).map(waves => {
    const site = calibrationSite({ waves });
    site.steps(400);
    return site;
  });
  const errorOf = (site: typeof blind) =>
    site.board.scores().find(({ kind, horizonS }) => kind === 'host' && horizonS === 0)
      ?.mapeRatio ?? Number.NaN;
  assert.ok(errorOf(counted) < 0.02, `${errorOf(counted)}`);
  assert.ok(errorOf(blind) > 2 * errorOf(counted), `${errorOf(blind)}`);
  for (const host of counted.hosts) {
    const gain = hostPower(counted, host.entity).parameters[1];
    assert.ok(Math.abs(gain.value - host.gainRatio) < 5 * gain.sd, `${gain.value}`);
  }
});

test('an energy counter that starts anew gives way to the power reading, for one round', () => {
  const site = calibrationSite({ waves: 'with counters' });
  site.steps(50);
  const [host] = site.hosts;
  const energy = signalIndex('gpuEnergyJ');
  const { topology, state } = site.twin;
  const gpu = topology.indexOf(`${host.id}/gpu0`);
  assert.ok(gpu >= 0);
  const before = hostPower(site, host.entity);
  // As after a reload of the driver; the site goes on counting from where it was.
  site.twin.write(state.cellOf(energy, gpu), gpu, 1, site.nowMs + 1);
  site.nowMs += 2;
  for (const _ of site.calibration.round(state, site.nowMs));
  site.steps(2);
  const after = hostPower(site, host.entity);
  assert.equal(after.resets, 0);
  assert.ok(after.updates >= before.updates + 2);
  assert.ok(Math.abs(after.parameters[1].value / before.parameters[1].value - 1) < 0.1);
});
