/** Utilisation that glitches, or comes in another unit from some moment on. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { replayTrace } from '../../twin/fidelity/trace/replay.ts';
import { traceReport } from '../../twin/fidelity/trace/report.ts';
import { type TraceRows, tracksOf } from '../../twin/fidelity/trace/rows.ts';
import { powerTrace } from '../support/power-trace.ts';

const HOUR_MS = 3_600_000;

const reportOf = (rows: TraceRows, revealMs = HOUR_MS) =>
  traceReport(replayTrace(tracksOf(rows), { revealMs }));

const MADE = powerTrace({ hosts: 4, days: 4, stepS: 60, seed: 12, jobsPerHour: 0.5 });
const PLAIN = reportOf(MADE);
const plainPct = PLAIN.pooled.mapePct ?? 0;

const withUtil = (change: (value: number, row: number) => number): TraceRows => ({
  ...MADE,
  utils: [MADE.utils[0].map(change)],
});

test('a glitch of utilisation teaches nothing, whatever its size', () => {
  assert.equal(PLAIN.found.utilSpikes, 0);
  for (const glitch of [1000, 65_535, 1e9]) {
    // Some samples of one host, hours apart; rows of four hosts stand side by side.
    const rows = withUtil((value, row) => (row > 5000 && row % 2000 === 1 ? glitch : value));
    const { found, pooled } = reportOf(rows);
    assert.equal(found.utilSpikes, 9);
    assert.equal(found.utilUnitChanges, 0);
    assert.ok((pooled.mapePct ?? 99) < 1.1 * plainPct, `${glitch}: ${pooled.mapePct}`);
  }
});

test('ratios that become per cent, and per cent that become ratios, are found and known again', () => {
  const half = MADE.count / 2;
  for (const [before, after] of [
    [0.01, 1],
    [1, 0.01],
  ]) {
    const rows = withUtil((value, row) => value * (row < half ? before : after));
    const { found, pooled, entities } = reportOf(rows);
    assert.equal(found.utilUnitChanges, 4, `to ${after}`);
    assert.equal(found.shifts, PLAIN.found.shifts);
    const words = entities[0].findings.map(({ kind, what }) => `${kind}: ${what}`);
    assert.deepEqual(words, [`utilUnit: ${100 * after} is now full load`]);
    // The hour of the change cannot be known.
    assert.ok((pooled.mapePct ?? 99) < 2 * plainPct, `to ${after}: ${pooled.mapePct}`);
  }
});

test('a host that only turns idle, or costs more at idle, keeps its unit', () => {
  const half = MADE.count / 2;
  const isIdle = (row: number) => row >= half;
  const idleW = MADE.entities.map((_, host) =>
    Math.min(...MADE.powerW.filter((_, row) => MADE.entity[row] === host)),
  );
  const idle = withUtil((value, row) => (isIdle(row) ? 0.05 * (1 + (row % 3)) : value));
  for (const factor of [1, 1.5]) {
    const powerW = MADE.powerW.map((value, row) =>
      isIdle(row) ? factor * idleW[MADE.entity[row]] + (row % 7) : value,
    );
    assert.equal(reportOf({ ...idle, powerW }).found.utilUnitChanges, 0, `x ${factor}`);
  }
});

test('a first load at a power that was there before is no change of unit', () => {
  // Work that utilisation does not show moves power; then the first that it shows, in per cent.
  const samples = Array.from({ length: 2400 }, (_, i) => ({
    ...{ util: i < 1600 ? 0 : 80, w: i < 800 ? 100 : 300 },
  }));
  const rows: TraceRows = {
    ...{ count: samples.length, entities: ['h'], entity: new Int32Array(samples.length) },
    atMs: Float64Array.from(samples, (_, i) => i * 60_000),
    powerW: Float64Array.from(samples, sample => sample.w),
    utils: [Float64Array.from(samples, sample => sample.util)],
  };
  assert.equal(reportOf(rows).found.utilUnitChanges, 0);
});
