/** Predictions begin at what is read, from the first minute on. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLab } from '../../scenarios/lab/lab.ts';
import type { Prediction } from '../../twin/index.ts';
import { Anchor, type Anchored } from '../../twin/predict/anchor.ts';
import { Predictor } from '../../twin/predict/predictor.ts';
import { Recent } from '../../twin/predict/recent.ts';
import { SkillRecord } from '../../twin/predict/skill-record.ts';
import { SIGNAL_INDEX } from '../../twin/tables/signals.ts';
import { topologyFrom } from '../support/inventories.ts';

/** A plant that has run for a while, unseen; and what it shows from then on, minute by minute. */
function plantFrom(seed: number) {
  const lab = createLab({ seed, racks: 3 });
  const topology = topologyFrom(lab.inventory);
  const entities = Int32Array.from(lab.entities, ({ id }) => topology.indexOf(id));
  const signals = Int32Array.from(lab.signals, id => SIGNAL_INDEX.get(id) ?? -1);
  lab.step(lab.startMs + 3_600_000);
  const predictor = new Predictor(topology);
  const next = () => {
    for (const { atMs, entity, signal, value } of lab.step(lab.nowMs + 60_000)) {
      const [e, s] = [entity.map(i => entities[i]), signal.map(i => signals[i])];
      predictor.take({ atMs, entity: e, signal: s, value });
    }
  };
  return { lab, topology, predictor, next };
}

test('at no horizon a prediction is what is read, from the first minute on', () => {
  const { predictor, next } = plantFrom(3);
  for (let minute = 0; minute < 3; minute++) {
    next();
    const { rackPowerW, rackInletTempC, gpuTempC } = predictor.predict(0);
    for (const { value, now } of [...rackPowerW, ...rackInletTempC, ...gpuTempC]) {
      assert.ok(Math.abs(value - now) < 1e-9 * now, `${value} of ${now}`);
    }
  }
});

test('with no job told, in its first half hour a prediction is not clearly worse than the last value', () => {
  const { lab, topology, predictor, next } = plantFrom(4);
  const open: Prediction[] = [];
  const off = { power: 0, powerLast: 0, gpu: 0, gpuLast: 0 };
  let worst = 0;
  for (let minute = 0; minute < 45; minute++) {
    next();
    if (minute < 30) open.push(predictor.predict(300_000), predictor.predict(900_000));
    const { minutes } = lab.truth;
    for (const due of open.filter(({ atMs }) => atMs === lab.nowMs)) {
      const truth = minutes.find(({ endMs }) => endMs === due.atMs);
      assert.ok(truth);
      const add = (list: Prediction['gpuTempC'], values: Float64Array, kind: string) => {
        const ids = lab.entities.filter(e => e.kind === kind).map(({ id }) => id);
        const of = new Map(ids.map((id, i) => [topology.indexOf(id), values[i]]));
        return list.map(p => [p.value - (of.get(p.entity) ?? 0), p.now - (of.get(p.entity) ?? 0)]);
      };
      for (const [ours, last] of add(due.rackPowerW, truth.rackPowerW, 'rack')) {
        off.power += Math.abs(ours);
        off.powerLast += Math.abs(last);
      }
      for (const [ours, last] of add(due.gpuTempC, truth.gpuTempC, 'gpu')) {
        off.gpu += Math.abs(ours);
        off.gpuLast += Math.abs(last);
        worst = Math.max(worst, Math.abs(ours));
      }
    }
  }
  assert.ok(off.powerLast > 0 && worst > 0);
  assert.ok(off.power < 1.15 * off.powerLast, `${off.power / off.powerLast}`);
  assert.ok(off.gpu < 1.15 * off.gpuLast, `${off.gpu / off.gpuLast}`);
});

const anchored = (offNow: number[], values: number[], share: number): Anchored => ({
  values: Float64Array.from(values),
  nows: new Float64Array(values.length),
  reads: new Float64Array(values.length),
  offNow: Float64Array.from(offNow),
  share,
});

test('what is off now fades by its lag at first, and by what was seen to be left later on', () => {
  assert.equal(new Anchor(0).share, 1);
  const anchor = new Anchor(900_000);
  assert.ok(new Anchor(3_600_000).share < anchor.share && anchor.share < 1);
  // of what is off by 10 and by -4, a quarter is left; sizes of rounds do not matter
  for (let k = 0; k < 900; k++) {
    const { share } = anchor;
    const size = k < 100 ? 100 : 1;
    const values = [10, -4].map(off => share * off * size);
    anchor.learn(
      anchored([10 * size, -4 * size], values, share),
      Float64Array.of(2.5, -1).map(v => v * size),
    );
  }
  assert.ok(Math.abs(anchor.share - 0.25) < 0.02, `${anchor.share}`);
  const before = anchor.share;
  anchor.learn(anchored([Number.NaN, 0], [1, 1], before), Float64Array.of(5, 5));
  assert.equal(anchor.share, before);
});

test('what is read holds for a while, and two readings of a minute are taken together', () => {
  const recent = new Recent(2);
  assert.equal(recent.isKnown(0), false);
  recent.take(Float64Array.of(10, Number.NaN), 0);
  recent.take(Float64Array.of(20, Number.NaN), 30_000);
  assert.equal(recent.valueAt(0, 30_000), 15);
  recent.take(Float64Array.of(40, 7), 150_000);
  assert.equal(recent.valueAt(0, 150_000), 40);
  assert.equal(recent.valueAt(1, 330_000), 7);
  assert.ok(Number.isNaN(recent.valueAt(1, 331_000)));
  assert.ok(recent.isKnown(1));
});

test('predictions that do clearly worse than the last value are known as bad, until they mend', () => {
  const record = new SkillRecord();
  const of = (value: number, read: number) => ({
    ...anchored([0], [value], 0),
    reads: Float64Array.of(read),
  });
  const actual = Float64Array.of(50);
  for (let k = 0; k < 4; k++) record.take(of(56, 51), actual, false);
  assert.equal(record.record(0.3).isBad, false, 'too few to tell');
  record.take(of(56, 51), actual, false);
  assert.deepEqual(record.record(0.3), {
    error: 6,
    persistence: 1,
    rounds: record.record(0.3).rounds,
    isBad: true,
  });
  assert.equal(record.record(10).isBad, false, 'a difference that is of interest to nobody');
  for (let k = 0; k < 300; k++) record.take(of(50.2, 51), actual, false);
  assert.equal(record.record(0.3).isBad, false);
});
