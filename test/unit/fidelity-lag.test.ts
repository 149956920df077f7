/** Meters that lag behind utilisation: the lag is found, and utilisation taken as they see it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { makeLag, smoothLoads } from '../../twin/fidelity/trace/lag.ts';
import { replayTrace } from '../../twin/fidelity/trace/replay.ts';
import { traceReport } from '../../twin/fidelity/trace/report.ts';
import { type TraceRows, tracksOf } from '../../twin/fidelity/trace/rows.ts';
import { seededRandom } from '../../twin/physics/random.ts';
import { REPLAY } from '../../twin/tables/trace-replay.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 30_000;

/** Two days of a host under short jobs; its meter is a mean with that time constant. */
function laggedRows(lagMs: number, isRead: (step: number) => boolean = () => true): TraceRows {
  const random = seededRandom(3);
  const steps = Array.from({ length: 2 * 2880 }, (_, i) => i);
  let [load, meterW] = [0, 100];
  const samples = steps.map(step => {
    if (random() < 0.03) load = random() < 0.5 ? 0 : random();
    const trueW = 100 + 200 * load;
    const part = lagMs === 0 ? 1 : 1 - Math.exp(-STEP_MS / lagMs);
    meterW += part * (trueW - meterW);
    return { step, load, powerW: meterW * (1 + 0.004 * (random() - 0.5)) };
  });
  const kept = samples.filter(({ step }) => isRead(step));
  return {
    ...{ count: kept.length, entities: ['h'], entity: new Int32Array(kept.length) },
    atMs: Float64Array.from(kept, ({ step }) => step * STEP_MS),
    powerW: Float64Array.from(kept, ({ powerW }) => powerW),
    utils: [Float64Array.from(kept, sample => sample.load)],
  };
}

function replayed(rows: TraceRows, revealMs = HOUR_MS) {
  const all = replayTrace(tracksOf(rows), { revealMs });
  const { chosen } = all.entities[0].power.lag;
  return { lagMs: REPLAY.lagsMs[chosen].value, mapePct: traceReport(all).mapePct ?? 99 };
}

test('each of the lags is found, and none where there is none', () => {
  for (const { value } of REPLAY.lagsMs) {
    const { lagMs, mapePct } = replayed(laggedRows(value));
    assert.equal(lagMs, value);
    assert.ok(mapePct < 1, `${value} ms: ${mapePct} %`);
  }
});

test('gaps and lost samples do not hide it', () => {
  const isRead = (step: number) => step % 7 !== 3 && !(step > 3000 && step < 3400);
  assert.equal(replayed(laggedRows(60_000, isRead)).lagMs, 60_000);
});

test('samples further apart than any lag show none: BioHPC and the like stay as they are', () => {
  const rows = laggedRows(60_000, step => step % 120 === 0);
  for (const hours of [1, 24]) assert.equal(replayed(rows, hours * HOUR_MS).lagMs, 0);
});

test('smoothing goes by time: after a gap nothing is left of the past', () => {
  const lag = { ...makeLag(1), chosen: REPLAY.lagsMs.findIndex(({ value }) => value === 60_000) };
  const atMs = Float64Array.of(0, 60_000, 120_000, 4_000_000);
  const window = { count: 4, atMs, smooth: new Float64Array(4) };
  smoothLoads(lag, window, Float64Array.of(0, 1, 1, 5), Float64Array.of(100));
  // 1 - e^-1 = 0.632 of the step, then of the rest; e^-64 of the past.
  const expected = [0, 1 - Math.exp(-1), 1 - Math.exp(-2), 5];
  expected.forEach((value, i) => {
    assert.ok(Math.abs(window.smooth[i] - value) < 1e-9, `${i}: ${window.smooth[i]}`);
  });
});

test('the sum over hosts has a lag of its own', () => {
  const one = laggedRows(120_000);
  const twice = (column: Float64Array) => Float64Array.of(...column, ...column);
  const two: TraceRows = {
    ...{ count: 2 * one.count, entities: ['a', 'b'], utils: one.utils.map(twice) },
    entity: Int32Array.from({ length: 2 * one.count }, (_, row) => (row < one.count ? 0 : 1)),
    ...{ atMs: twice(one.atMs), powerW: twice(one.powerW) },
  };
  const report = traceReport(replayTrace(tracksOf(two), { revealMs: HOUR_MS }));
  assert.ok((report.sum.mapePct ?? 99) < 1, `${report.sum.mapePct} %`);
});
