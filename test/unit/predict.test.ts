/** The parts of the prediction by themselves, and the whole on a plant of one rack. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLab } from '../../scenarios/lab/lab.ts';
import { judgeSeed } from '../../server/bench/predict.ts';
import { seededRandom } from '../../twin/physics/random.ts';
import { CommonSwing } from '../../twin/predict/common-swing.ts';
import { FitBank } from '../../twin/predict/fit-bank.ts';
import { GpuLevels } from '../../twin/predict/gpu-levels.ts';
import type { ScheduledJob } from '../../twin/predict/job.ts';
import { JobBook } from '../../twin/predict/job-book.ts';
import { Predictor } from '../../twin/predict/predictor.ts';
import { probeSpreadK } from '../../twin/predict/probes.ts';
import { Readings } from '../../twin/predict/readings.ts';
import { ErrorRecord } from '../../twin/predict/record.ts';
import { predictedSite } from '../../twin/predict/site.ts';
import { signalIndex } from '../../twin/tables/signals.ts';
import { topologyOf } from '../support/inventories.ts';
import { near } from '../support/near.ts';

const topology = topologyOf();
const site = predictedSite(topology);
const GPU = (n: number) => topology.indexOf(`k1-n1/gpu${n}`);
const TICK_MS = 30_000;

const job = (id: string, gpus: number[], startMs: number, endMs: number | null): ScheduledJob => ({
  ...{ id, shape: 'ada/train', kind: 'training', gpus: Int32Array.from(gpus, GPU) },
  ...{ startMs, endMs },
});

/** A frame of one signal. */
const frame = (atMs: number, signal: string, values: ReadonlyMap<number, number>) => ({
  atMs,
  entity: Int32Array.from(values.keys()),
  signal: new Int32Array(values.size).fill(signalIndex(signal)),
  value: Float64Array.from(values.values()),
});

test('the book knows who holds a GPU, takes a later end, and forgets what is over', () => {
  const book = new JobBook(site);
  book.take([job('a', [0, 1], 1000, null), job('b', [0], 90_000, null)]);
  assert.equal(book.at(0, 999), undefined);
  assert.equal(book.at(0, 1000)?.job.id, 'a');
  book.take([job('a', [0, 1], 1000, 60_000)]);
  assert.equal(book.at(0, 59_999)?.job.id, 'a');
  assert.equal(book.at(0, 60_000), undefined);
  assert.equal(book.at(0, 90_000)?.job.id, 'b');
  assert.equal(book.at(1, 90_000), undefined);
  const gone = book.forget(60_000 + 31 * 60_000);
  assert.deepEqual(
    gone.map(booked => booked.job.id),
    ['a'],
  );
  assert.equal(book.at(1, 30_000), undefined);
});

test('GPUs that the site does not have are left out of a job', () => {
  const book = new JobBook(site);
  book.take([{ ...job('x', [0], 0, null), gpus: Int32Array.of(GPU(0), 999_999, -1, 0) }]);
  assert.deepEqual(book.at(0, 0)?.gpus, [0]);
});

test('the energy counter gives means, not instants of a wave; steps back are refused', () => {
  const readings = new Readings(topology, site);
  const energy = (atMs: number, joules: number) =>
    readings.take(frame(atMs, 'gpuEnergyJ', new Map([[GPU(0), joules]])));
  energy(0, 1e6);
  assert.ok(Number.isNaN(readings.gpuMeanW[0]));
  energy(TICK_MS, 1e6 + 30 * 450);
  near(readings.gpuMeanW[0], 450, 1e-9);
  energy(2 * TICK_MS, 500);
  assert.ok(Number.isNaN(readings.gpuMeanW[0]));
  assert.equal(readings.refused, 1);
  energy(4 * TICK_MS, 500 + 60 * 300);
  near(readings.gpuMeanW[0], 300, 1e-9);
});

test('rack power needs every PDU of the rack; the inlet is the mean of all its probes', () => {
  const readings = new Readings(topology, site);
  const [a, b] = ['k1-a', 'k1-b'].map(id => topology.indexOf(id));
  readings.take(frame(0, 'pduPowerW', new Map([[a, 8000]])));
  assert.ok(Number.isNaN(readings.rackPowerW[0]));
  readings.take(
    frame(
      1,
      'pduPowerW',
      new Map([
        [a, 8000],
        [b, 7000],
      ]),
    ),
  );
  assert.equal(readings.rackPowerW[0], 15_000);
  // the other rack has told nothing of its PDUs yet: its BMCs stand in, if all of them speak
  const bmcs = ['k2-n1', 'k2-n2'].map(id => [topology.indexOf(id), 5000] as const);
  readings.take(frame(1.5, 'bmcPowerW', new Map(bmcs.slice(1))));
  assert.ok(Number.isNaN(readings.rackPowerW[1]));
  readings.take(frame(1.6, 'bmcPowerW', new Map(bmcs)));
  assert.deepEqual([...readings.rackPowerW], [Number.NaN, 10_000]);
  const [rack, host] = ['k1', 'k1-n1'].map(id => topology.indexOf(id));
  readings.take(
    frame(
      2,
      'inletTempC',
      new Map([
        [rack, 22],
        [host, 24],
        [a, Number.NaN],
      ]),
    ),
  );
  assert.equal(readings.rackInletC[0], 23);
  assert.ok(Number.isNaN(readings.rackInletC[1]));
});

test('a running job is told by its own mean, a new one by what its shape drew before', () => {
  const book = new JobBook(site);
  const levels = new GpuLevels(site);
  const readings = new Readings(topology, site);
  let joules = 0;
  let atMs = 0;
  const tick = (watts: number) => {
    atMs += TICK_MS;
    joules += 30 * watts;
    const all = new Map([0, 1].map(n => [GPU(n), joules] as const));
    readings.take(frame(atMs, 'gpuEnergyJ', all));
    for (const _ of levels.take(readings, book, atMs - TICK_MS));
  };
  for (let i = 0; i < 200; i++) tick(90);
  near(levels.idleW[0], 90, 1);
  book.take([job('a', [0, 1], atMs, null)]);
  for (let i = 0; i < 40; i++) tick(i < 2 ? 120 : 500);
  const running = book.at(0, atMs);
  near(levels.powerW(0, running, atMs + 900_000), 500, 5);
  // the next of this shape: 30 W more in its first minute, 410 W more after
  const next = { ...job('b', [2, 3], atMs + 600_000, null) };
  book.take([next]);
  const booked = book.at(2, atMs + 600_000);
  near(levels.powerW(2, booked, atMs + 601_000) - levels.idleW[2], 30, 5);
  near(levels.powerW(2, booked, atMs + 900_000) - levels.idleW[2], 410, 8);
});

test('a fit finds coefficients within its bounds, and keeps its prior without evidence', () => {
  const shape = {
    prior: Float64Array.of(1, 2),
    weight: Float64Array.of(0.1, 0.1),
    least: Float64Array.of(0, 0),
    most: Float64Array.of(10, 3),
  };
  const fits = new FitBank(2, shape, 0.999);
  fits.solve(1);
  assert.deepEqual([...fits.coefficients], [1, 2, 1, 2]);
  for (let i = 0; i < 400; i++) fits.add(1, Float64Array.of(1, i % 7), 4 + 2.5 * (i % 7));
  fits.add(1, Float64Array.of(1, Number.NaN), 5);
  for (let i = 0; i < 5; i++) fits.solve(1);
  near(fits.coefficients[2], 4, 0.05);
  near(fits.coefficients[3], 2.5, 0.02);
  for (let i = 0; i < 4000; i++) fits.add(1, Float64Array.of(1, i % 7), 4 + 8 * (i % 7));
  for (let i = 0; i < 5; i++) fits.solve(1);
  assert.equal(fits.coefficients[3], 3);
  assert.deepEqual([...fits.coefficients.subarray(0, 2)], [1, 2]);
});

test('a swing of half an hour is followed a quarter of an hour ahead', () => {
  const swing = new CommonSwing();
  const at = (s: number) => 0.8 * Math.sin((2 * Math.PI * s) / 1800);
  let worst = 0;
  for (let s = 0; s < 8 * 3600; s += 30) {
    swing.add(1000 * s, at(s));
    if (s % 300 === 0) {
      swing.at(1000 * s + 900_000);
      swing.solve();
    }
    if (s > 6 * 3600) worst = Math.max(worst, Math.abs(swing.at(1000 * s + 900_000) - at(s + 900)));
  }
  assert.ok(worst < 0.15, `${worst}`);
});

test('nine of ten errors lie in the band; the noise of readings is taken out of it', () => {
  const record = new ErrorRecord();
  for (let i = 1; i <= 29; i++) record.add(i);
  assert.ok(Number.isNaN(record.halfWidth(0, 0)));
  for (let i = 30; i <= 99; i++) record.add(-i);
  record.add(Number.NaN);
  assert.equal(record.halfWidth(0, 0), 90);
  assert.ok(record.halfWidth(20, 0) < 90);
  assert.ok(record.halfWidth(0, 20) > 90);
  assert.ok(record.halfWidth(1e6, 0) >= 45);
});

test('bands that hold too few values widen, those that hold too many narrow', () => {
  const record = new ErrorRecord();
  for (let i = 1; i <= 999; i++) record.add(i);
  const narrow = record.halfWidth(0, 0);
  record.follow(Number.NaN, 0);
  record.follow(0.9, 100);
  assert.equal(record.halfWidth(0, 0), narrow);
  record.follow(0.5, 100);
  const wide = record.halfWidth(0, 0);
  assert.ok(wide > narrow + 30, `${wide}`);
  // where 700 holds nine of ten and more, and less does not, it settles there
  for (let k = 0; k < 2000; k++) {
    const half = record.halfWidth(0, 0);
    record.follow(half > 850 ? 1 : half > 700 ? 0.95 : 0.7, 100);
  }
  near(record.halfWidth(0, 0), 700, 20);
  for (let k = 0; k < 100; k++) record.follow(0, 100);
  assert.ok(record.halfWidth(0, 0) < 999);
});

test('what probes are off by is told by how they differ at one place of their racks', () => {
  const racks = Int32Array.from({ length: 400 }, (_, host) => host >> 2);
  // it is warmer at the top of every rack: that is the air
  const seeded = seededRandom(3);
  const offsets = Float64Array.from(racks, (_, host) => 0.6 * (host % 4) + 0.8 * (seeded() - 0.5));
  offsets[7] = Number.NaN;
  near(probeSpreadK(racks, offsets), 0.8 / Math.sqrt(12), 0.02);
  near(probeSpreadK(racks, new Float64Array(400)), 0, 0.06);
  // with nothing to compare, what probes are usually off by
  near(probeSpreadK(racks.slice(0, 4), offsets), 0.55 / Math.sqrt(3), 1e-9);
  near(probeSpreadK(new Int32Array(4).fill(-1), offsets), 0.55 / Math.sqrt(3), 1e-9);
});

test('frames out of order are passed over, and bad questions answered by name', () => {
  const predictor = new Predictor(topology);
  assert.throws(() => predictor.predict(900_000), /No frame/);
  const empty = (atMs: number) => frame(atMs, 'gpuTempC', new Map());
  assert.equal(predictor.take(empty(60_000)), true);
  assert.equal(predictor.take(empty(60_000)), false);
  assert.equal(predictor.take(empty(30_000)), false);
  assert.equal(predictor.take(empty(Number.NaN)), false);
  assert.throws(() => predictor.predict(-1), /aheadMs/);
  assert.throws(() => predictor.predict(3_600_001), /aheadMs/);
  assert.equal(predictor.predict(900_000).rackPowerW.length, 2);
});

test('on a plant, after eight hours: power, inlet and GPU temperature beat the last value', () => {
  const lab = createLab({ seed: 31, racks: 4 });
  const score = judgeSeed(lab, { learnMs: 8 * 3_600_000, judgeMs: 2 * 3_600_000 });
  assert.ok(score.rackPower.error < 3, `${score.rackPower.error} %`);
  assert.ok(score.rackPower.error < score.rackPower.persistence / 2);
  assert.ok(score.rackInlet.error < 1, `${score.rackInlet.error} K`);
  assert.ok(score.gpuTemp.error < 2.5, `${score.gpuTemp.error} K`);
  assert.ok(score.gpuTemp.error < score.gpuTemp.persistence / 3);
  for (const { coverage, shownCoverage } of Object.values(score)) {
    assert.ok(coverage > 0.75, `${coverage}`);
    assert.ok(shownCoverage > 0.8, `${shownCoverage}`);
  }
});

test('the same plant gives the same figures', () => {
  const run = () =>
    judgeSeed(createLab({ seed: 5, racks: 2 }), { learnMs: 3_600_000, judgeMs: 1_800_000 });
  assert.deepEqual(run(), run());
});
