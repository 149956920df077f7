import assert from 'node:assert/strict';
import test from 'node:test';
import { driftText } from '../../server/calibration/routes.ts';
import { addBlock, isDrifting, newDrift } from '../../twin/fidelity/board/drift.ts';
import { BAND_BINS, binOf, quantileOf } from '../../twin/fidelity/board/error-band.ts';
import {
  Board,
  MEASURED,
  Pending,
  SCORED_ROUNDS_LEAST,
  State,
  signalIndex,
  withBand,
} from '../../twin/index.ts';
import { seededRandom, standardNormal } from '../../twin/physics/random.ts';
import { BOARD } from '../../twin/tables/fidelity-board.ts';
import { calibrationSite } from '../support/calibration-site.ts';

const HOUR_MS = 3_600_000;
const board = (halfLifeS = 86_400) => new Board({ halfLifeS, blockS: 600 });

test('the figures of a line are those worked out by hand', () => {
  const b = board();
  const sheet = b.sheet({ kind: 'host', signal: 'powerW', horizonS: 0 });
  // Predicted, measured, last value, mean: errors +100, -50, 0.
  sheet.add(1100, 1000, 900, 1200);
  sheet.add(1950, 2000, 2100, 1700);
  sheet.add(4000, 4000, 3600, 4100);
  const [score] = b.scores();
  const close = (value: number, expected: number) =>
    assert.ok(Math.abs(value - expected) < 1e-12, `${value}, not ${expected}`);
  close(score.mapeRatio, (0.1 + 0.025 + 0) / 3);
  close(score.bias, 50 / 3);
  close(score.rmse, Math.sqrt((100 ** 2 + 50 ** 2) / 3));
  close(score.nmbeRatio, 50 / 7000);
  close(score.cvRmseRatio, Math.sqrt(12_500 / 3) / (7000 / 3));
  // In parts of 1000, 2000, 4000: model .1 + .025 + 0, last value .1 + .05 + .1, mean .2 + .15 + .025.
  close(score.skillPersistence, 1 - 0.125 / 0.25);
  close(score.skillMean, 1 - 0.125 / 0.375);
  assert.equal(score.count, 3);
  assert.equal(score.band, undefined);
});

test('temperatures have errors in kelvins, and no percentages', () => {
  const b = board();
  b.sheet({ kind: 'gpu', signal: 'gpuTempC', horizonS: 0 }).add(61, 60, 58, 50);
  const [score] = b.scores();
  assert.deepEqual([score.bias, score.rmse], [1, 1]);
  for (const name of ['mapeRatio', 'nmbeRatio', 'cvRmseRatio'] as const) {
    assert.ok(Number.isNaN(score[name]), name);
  }
});

test('what is not finite is left out, whatever is not finite about it', () => {
  const b = board();
  const sheet = b.sheet({ kind: 'host', signal: 'powerW', horizonS: 0 });
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    sheet.add(bad, 1, 1, 1);
    sheet.add(1, bad, 1, 1);
    sheet.add(1, 1, bad, 1);
    sheet.add(1, 1, 1, bad);
  }
  assert.equal(b.scores()[0].count, 0);
});

test('a skill is early until enough rounds were scored, however many values a round has', () => {
  const b = board();
  const sheet = b.sheet({ kind: 'gpu', signal: 'powerW', horizonS: 0 });
  const round = (nth: number, values: number) => {
    for (let i = 0; i < values; i++) sheet.add(300, 100, 101, 99);
    b.endRound(30_000 * nth);
    const [{ rounds, isEarly, skillPersistence }] = b.scores();
    assert.ok(values === 0 || skillPersistence < -1, 'the figure is told all the same');
    return { rounds, isEarly };
  };
  assert.deepEqual(round(0, 10_000), { rounds: 1, isEarly: true });
  assert.deepEqual(round(1, 0), { rounds: 1, isEarly: true });
  const later = Array.from({ length: SCORED_ROUNDS_LEAST - 1 }, (_, i) => round(2 + i, 1));
  assert.deepEqual(
    later.map(({ isEarly }) => isEarly),
    later.map((_, i) => i < later.length - 1),
  );
  const restored = board();
  restored.sheet({ kind: 'gpu', signal: 'powerW', horizonS: 0 }).restore(sheet.state);
  assert.equal(restored.scores()[0].isEarly, false);
});

test('no drift is told of a line that is early: its usual level takes more rounds', () => {
  assert.ok(BOARD.driftLearnBlocks.value >= SCORED_ROUNDS_LEAST);
  const b = board();
  const sheet = b.sheet({ kind: 'host', signal: 'powerW', horizonS: 0 });
  for (let nth = 0; nth < 2000; nth++) {
    // rounds as rare as blocks, and errors that jump as soon as they may
    sheet.add(nth < 30 ? 1000 : 4000, 1000, 1000, 1000);
    b.endRound(600_000 * nth);
    const [{ isEarly, driftingSinceMs }] = b.scores();
    assert.ok(!isEarly || Number.isNaN(driftingSinceMs), `${nth}`);
  }
});

test('a value counts half after the half-life, and nothing is scored twice', () => {
  const b = board(3600);
  const sheet = b.sheet({ kind: 'host', signal: 'powerW', horizonS: 0 });
  b.endRound(0);
  sheet.add(1100, 1000, 1000, 1000);
  b.endRound(HOUR_MS);
  sheet.add(1000, 1000, 1000, 1000);
  assert.equal(b.scores()[0].weight, 1.5);
  assert.ok(Math.abs(b.scores()[0].mapeRatio - 0.05 / 1.5) < 1e-12);
  b.endRound(3 * HOUR_MS);
  assert.ok(Math.abs(b.scores()[0].weight - 1.5 / 4) < 1e-12);
});

test('the band holds nine values in ten that come after it was drawn', () => {
  const b = board();
  const random = seededRandom(3);
  const sheet = b.sheet({ kind: 'host', signal: 'powerW', horizonS: 0 });
  for (let round = 0; round < 200; round++) {
    for (let k = 0; k < 50; k++) {
      // Skewed: the measured is 3 % off on one side, 1 % on the other.
      const normal = standardNormal(random);
      sheet.add(5000, 5000 * (1 + normal * (normal > 0 ? 0.03 : 0.01)), 5000, 5000);
    }
    b.endRound(30_000 * round);
  }
  const band = b.band({ kind: 'host', signal: 'powerW', horizonS: 0 });
  assert.ok(band?.isRelative);
  assert.ok(Math.abs(band.coverageRatio - 0.9) < 0.01, `${band.coverageRatio}`);
  // Two sided 90 % of a normal: 1.645 deviations.
  assert.ok(Math.abs(band.low / (-1.645 * 0.01) - 1) < 0.1, `${band.low}`);
  assert.ok(Math.abs(band.high / (1.645 * 0.03) - 1) < 0.1, `${band.high}`);
  const drawn = withBand(2000, band);
  assert.ok(drawn && drawn.low < 1970 && drawn.high > 2090);
  assert.equal(withBand(2000, undefined), undefined);
});

test('bins are in order, fine around zero, and take any error', () => {
  const errors = [-1e9, -1, -0.01, -1e-4, 0, 1e-4, 0.01, 0.011, 1, 1e9];
  const bins = errors.map(binOf);
  assert.deepEqual(
    bins,
    bins.toSorted((a, b) => a - b),
  );
  assert.deepEqual([bins[0], bins.at(-1)], [0, BAND_BINS - 1]);
  assert.notEqual(binOf(0.01), binOf(0.011));
  const counts = new Float64Array(BAND_BINS);
  assert.ok(Number.isNaN(quantileOf(counts, 0.5)));
  for (let k = 1; k <= 1000; k++) counts[binOf(k / 1000)]++;
  for (const p of [0.1, 0.5, 0.9]) assert.ok(Math.abs(quantileOf(counts, p) / p - 1) < 0.05);
});

/** Blocks of an error that wanders: each is 0.7 of the one before, and noise. */
function wander(seed: number, count: number, shift: (k: number) => number) {
  const random = seededRandom(seed);
  const drift = newDrift();
  let error = 0;
  const alarms: number[] = [];
  for (let k = 0; k < count; k++) {
    error = 0.7 * error + 0.007 * standardNormal(random);
    const was = isDrifting(drift);
    addBlock(drift, error + shift(k), 0.0025, k * 600_000);
    if (!was && isDrifting(drift)) alarms.push(k);
  }
  return { alarms, drift };
}

test('an error that leaves its level is found within hours, one that wanders is not', () => {
  let falseAlarms = 0;
  for (let seed = 1; seed <= 20; seed++) {
    // Ten days of blocks of ten minutes; the error's own deviation is 1 %.
    falseAlarms += wander(seed, 1440, () => 0).alarms.length;
    const { alarms } = wander(seed, 800, k => (k >= 700 ? 0.04 : 0));
    assert.ok(
      alarms.some(k => k >= 700 && k < 718),
      `seed ${seed}: ${alarms}`,
    );
  }
  assert.ok(falseAlarms <= 4, `${falseAlarms} false alarms in 200 days`);
});

test('a drift ends when the error comes back, or when its level has become the usual one', () => {
  const back = wander(1, 1000, k => (k >= 500 && k < 520 ? 0.06 : 0));
  assert.ok(back.alarms.some(k => k >= 500 && k < 512));
  assert.ok(!isDrifting(back.drift));
  const stays = wander(2, 1000, k => (k >= 500 ? 0.06 : 0));
  assert.ok(stays.alarms.some(k => k >= 500 && k < 512));
  assert.ok(!isDrifting(stays.drift));
});

test('predictions are scored when their time has come, by what is measured then', () => {
  const { twin, hosts, nowMs } = calibrationSite();
  const b = board();
  const pending = new Pending(b);
  const [one, two] = hosts;
  const bmc = signalIndex('bmcPowerW');
  const dueMs = nowMs + 900_000;
  pending.expect({
    ...{ kind: 'host', signal: 'powerW', horizonS: 900, dueMs },
    entities: [one.entity, two.entity],
    predicted: [5000, 6000],
    persistence: [4000, 4000],
    mean: [4500, 4500],
  });
  const write = (entity: number, value: number, atMs: number) => {
    twin.write(twin.state.ensureCell(bmc, entity), entity, value, atMs);
    twin.tick(atMs);
  };
  write(one.entity, 7000, dueMs - 1000);
  pending.mature(twin.state, dueMs - 1000);
  pending.mature(twin.state, dueMs + 1000);
  assert.equal(b.scores()[0]?.count ?? 0, 0);
  write(one.entity, 5200, dueMs + 5000);
  pending.mature(twin.state, dueMs + 5000);
  assert.equal(b.scores()[0].count, 1);
  assert.ok(Math.abs(b.scores()[0].bias + 200) < 1e-9);
  // The other one says nothing in time: let go, and counted.
  pending.mature(twin.state, dueMs + 61_000);
  assert.deepEqual([pending.count, pending.lost], [0, { unmeasured: 1, noRoom: 0, gone: 0 }]);
  assert.throws(
    () =>
      pending.expect({
        ...{ kind: 'host', signal: 'powerW', horizonS: 900, dueMs },
        ...{ entities: [1], predicted: [], persistence: [1], mean: [1] },
      }),
    /one value an entity/,
  );
  assert.ok(twin.state instanceof State && twin.state.quality.includes(MEASURED));
});

test('what finds no room to wait is counted, oldest first; predictions have lines of their own', () => {
  const { twin, hosts, nowMs } = calibrationSite();
  const b = board();
  const pending = new Pending(b, 3);
  const [one, two] = hosts;
  const of = (dueMs: number, predicted: number) => ({
    ...{ kind: 'host' as const, signal: 'powerW', horizonS: 900, dueMs },
    ...{ maker: 'prediction' as const, entities: [one.entity, two.entity] },
    ...{ predicted: [predicted, predicted], persistence: [1, 1], mean: [1, 1] },
  });
  pending.expect(of(nowMs + 1000, 4000));
  pending.expect(of(nowMs + 2000, 5000));
  assert.deepEqual([pending.count, pending.lost.noRoom], [2, 2]);
  const bmc = signalIndex('bmcPowerW');
  twin.write(twin.state.ensureCell(bmc, one.entity), one.entity, 5100, nowMs + 3000);
  twin.tick(nowMs + 3000);
  pending.mature(twin.state, nowMs + 3000);
  const line = b.scores().find(({ maker }) => maker === 'prediction');
  assert.deepEqual([line?.count, line?.bias], [1, -100]);
  assert.equal(b.band({ kind: 'host', signal: 'powerW', horizonS: 900 }), undefined);
});

test('a drift says what has left which level', () => {
  const b = board();
  const sheet = b.sheet({ kind: 'gpu', signal: 'gpuTempC', horizonS: 0 });
  const random = seededRandom(3);
  let nowMs = 0;
  for (let block = 0; block < 90; block++) {
    for (let k = 0; k < 20; k++) {
      nowMs += 30_000;
      const off = (block < 60 ? 0 : 2) + 0.4 * (random() - 0.5);
      sheet.add(50 + off, 50, 50, 50);
      sheet.endRound(nowMs);
    }
  }
  const [{ drift }] = b.scores();
  assert.equal(drift?.of, 'bias');
  assert.ok(Math.abs(drift.usual) < 0.2 && Math.abs(drift.now - 2) < 0.2);
  const says = driftText({ ...drift, usual: 0.02, now: 2.04 });
  assert.equal(says, 'the mean error (predicted less measured) has gone from +0.0 K to +2.0 K');
  const sizes = { of: 'size', isRelative: true, usual: 0.012, now: 0.034 } as const;
  assert.equal(driftText(sizes), 'the mean size of errors has gone from 1.2 % to 3.4 %');
});
