import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTrace } from '../../server/fidelity/read-trace.ts';
import { parseTraceMap } from '../../server/fidelity/trace-map.ts';
import { replayTrace } from '../../twin/fidelity/trace/replay.ts';
import { traceReport } from '../../twin/fidelity/trace/report.ts';
import { type TraceRows, tracksOf } from '../../twin/fidelity/trace/rows.ts';
import { near } from '../support/near.ts';
import { powerTrace } from '../support/power-trace.ts';

const HOUR_MS = 3_600_000;

/** Rows of one host, a value an hour. */
function hourly(powerW: readonly number[], util: readonly number[], hours?: readonly number[]) {
  return {
    ...{ count: powerW.length, entities: ['h'], entity: new Int32Array(powerW.length) },
    atMs: Float64Array.from(powerW, (_, i) => (hours?.[i] ?? i) * HOUR_MS),
    powerW: Float64Array.from(powerW),
    utils: [Float64Array.from(util)],
  } satisfies TraceRows;
}

const reportOf = (rows: TraceRows, revealMs = HOUR_MS) =>
  traceReport(replayTrace(tracksOf(rows), { revealMs }));

test('the baselines are what one computes by hand', () => {
  // Revealed each hour, so the value of the hour before is known; the first one is not scored.
  const { baselines, n, skipped, skippedWhy } = reportOf(
    hourly([100, 200, 100, 200], [0, 50, 0, 100]),
  );
  assert.deepEqual([n, skipped, skippedWhy.beforeFirstReveal], [3, 1, 1]);
  // |100-200|/200, |200-100|/100, |100-200|/200
  near(baselines.persistence.mapePct, (50 + 100 + 50) / 3);
  // Means of the past: 100, 150, 133.33
  near(baselines.mean.mapePct, (50 + 50 + 100 * (1 - 400 / 3 / 200)) / 3);
  // Line: only one point: 100; then through (0, 100), (50, 200): 100; then slope 2 at 100: 300
  near(baselines.line.mapePct, (50 + 0 + 50) / 3);
  // Slope of changes: none, so 100; then 100/50 = 2, 200 - 100 = 100; then 2: 100 + 200 = 300
  near(baselines.delta.mapePct, (50 + 0 + 50) / 3);
  near(baselines.persistence.rmse, 100);
  near(baselines.persistence.mae, 100);
});

test('a day is predicted from what was known at midnight', () => {
  const hours = Array.from({ length: 48 }, (_, i) => i);
  const { baselines, n } = reportOf(
    hourly(
      hours.map(hour => 100 + hour),
      hours.map(() => 0),
    ),
    24 * HOUR_MS,
  );
  assert.equal(n, 24);
  // Of the second day, 124 to 147 W, every value is held against the 123 W of 23:00.
  const errors = hours.slice(24).map(hour => (hour - 23) / (100 + hour));
  near(baselines.persistence.mapePct, (100 * errors.reduce((sum, each) => sum + each, 0)) / 24);
});

test('skill, bias and the share of good hours follow from the errors', () => {
  const report = reportOf(powerTrace({ hosts: 4, days: 2, stepS: 120, seed: 7 }));
  for (const each of [report.sum, report.pooled, ...report.entities]) {
    const { mapePct, baselines } = each;
    near(each.skillPersistence, 1 - (mapePct ?? 0) / (baselines.persistence.mapePct ?? 0), 1e-12);
    near(each.skillMean, 1 - (mapePct ?? 0) / (baselines.mean.mapePct ?? 0), 1e-12);
    assert.ok(Math.abs(each.biasPct ?? 99) < (mapePct ?? 0) + 1);
  }
  // The sum cancels what hosts err by themselves, and is no mean of theirs.
  assert.ok((report.sum.mapePct ?? 99) < (report.pooled.mapePct ?? 0));
  assert.equal(report.mapePct, report.sum.mapePct);
});

test('the sum of two equal hosts is as good as one of them', () => {
  const one = powerTrace({ hosts: 1, days: 2, stepS: 300, seed: 3, jobsPerHour: 1 });
  const twice = (column: Float64Array) => Float64Array.of(...column, ...column);
  const two: TraceRows = {
    ...{ count: one.count * 2, entities: ['a', 'b'], utils: one.utils.map(twice) },
    entity: Int32Array.from({ length: one.count * 2 }, (_, row) => (row < one.count ? 0 : 1)),
    ...{ atMs: twice(one.atMs), powerW: twice(one.powerW) },
  };
  const [single, double] = [reportOf(one), reportOf(two)];
  assert.equal(double.sum.n, single.n);
  near(double.baselines.line.mapePct, single.baselines.line.mapePct ?? 0, 1e-9);
  near(double.baselines.line.rmse, 2 * (single.baselines.line.rmse ?? 0), 1e-6);
  near(double.mapePct, single.mapePct ?? 0, 0.3 * (single.mapePct ?? 0));
});

test('a host that follows its load to the letter is learnt to the letter', () => {
  const util = Array.from({ length: 400 }, (_, i) => (i * 37) % 101);
  const report = reportOf(
    hourly(
      util.map(each => 90 + 2.5 * each),
      util,
    ),
  );
  assert.ok((report.mapePct ?? 99) < 2, `${report.mapePct}`);
  assert.ok((report.skillPersistence ?? 0) > 0.95);
});

test('a trace without utilisation is still scored', () => {
  const rows = { ...powerTrace({ hosts: 2, days: 1, stepS: 300, seed: 2 }), utils: [] };
  const report = reportOf(rows);
  assert.ok(report.n > 200 && (report.mapePct ?? 999) < 60, `${report.mapePct}`);
  near(report.baselines.line.mapePct, report.baselines.mean.mapePct ?? 0);
});

test('bad rows are counted by what is wrong with them', () => {
  const powers = [100, 100, 110, -5, Number.NaN, 0, 1e15, 100, 100];
  const utils = [10, 10, 10, 10, 10, 0, 10, Number.NaN, -1];
  // 2 h comes twice; after 8 h nothing is heard until 20 h.
  const report = reportOf(hourly(powers, utils, [0, 1, 1, 3, 4, 5, 6, 7, 20]));
  assert.deepEqual(report.skippedWhy, {
    ...{ duplicates: 1, missingPower: 1, negativePower: 1, impossiblePower: 1, zeroPower: 1 },
    beforeFirstReveal: 1,
  });
  assert.equal(report.found.gaps, 1);
  assert.equal(report.found.missingUtil, 2);
  assert.equal(report.n + report.skipped, 9);
});

test('rows out of order are sorted in; a file with the newest first is only turned round', () => {
  const shuffled = hourly([100, 120, 110, 130], [1, 2, 3, 4], [0, 2, 1, 3]);
  const [track] = tracksOf(shuffled);
  assert.deepEqual([...track.powerW], [100, 110, 120, 130]);
  assert.equal(track.faults.outOfOrder, 1);
  const [turned] = tracksOf(hourly([3, 2, 1], [0, 0, 0], [2, 1, 0]));
  assert.deepEqual([[...turned.powerW], turned.faults.outOfOrder], [[1, 2, 3], 0]);
});

/** Two days of one busy host, with its power changed from a moment on. */
function changedTrace(change: (powerW: number, part: number) => number) {
  const made = powerTrace({ hosts: 1, days: 4, stepS: 60, seed: 11, jobsPerHour: 1 });
  const rows = {
    ...made,
    powerW: made.powerW.map((powerW, row) => change(powerW, row / made.count)),
  };
  return { report: reportOf(rows), plain: reportOf(made) };
}

test('W that turn into kW are found, converted and no catastrophe', () => {
  const { report, plain } = changedTrace((powerW, part) => (part < 0.5 ? powerW : powerW / 1000));
  assert.equal(report.found.unitChanges, 1);
  assert.equal(report.found.unitSamples, 2880);
  assert.match(report.entities[0].findings[0].what, /0\.001/);
  near(report.mapePct, plain.mapePct ?? 0, 0.1);
});

test('the same the other way: kW that turn into W', () => {
  const { report, plain } = changedTrace((powerW, part) => (part < 0.5 ? powerW / 1000 : powerW));
  assert.deepEqual([report.found.unitChanges, report.found.unitSamples], [1, 2880]);
  near(report.mapePct, plain.mapePct ?? 0, 0.1);
  assert.ok(Math.abs((report.rmse ?? 99) - (plain.rmse ?? 0) / 1000) < 0.01);
});

test('a sensor that freezes under moving load is found, and teaches the model nothing', () => {
  let held = 0;
  const { report, plain } = changedTrace((powerW, part) => {
    if (part < 0.5 || part > 0.625) return powerW;
    held ||= powerW + 0.25;
    return held;
  });
  assert.equal(plain.found.freezes, 0);
  assert.equal(report.found.freezes, 1);
  assert.ok(report.found.frozenSamples > 400, `${report.found.frozenSamples}`);
  const [{ fromMs }] = report.entities[0].findings;
  assert.ok(Math.abs(fromMs - Date.UTC(2026, 0, 7)) <= 120_000, new Date(fromMs).toISOString());
});

test('from a frozen sensor nothing is learnt until it moves again', () => {
  const made = powerTrace({ hosts: 1, days: 4, stepS: 60, seed: 11, jobsPerHour: 1 });
  const powerW = made.powerW.map((value, row) => (row > 2880 && row < 3600 ? 150.25 : value));
  const learnt = (rows: TraceRows) =>
    replayTrace(tracksOf(rows), { revealMs: HOUR_MS }).entities[0].power.model.learnt;
  assert.equal(learnt(made), made.count);
  // Twelve hours stood still; those before it was noticed, and the one of the thaw, are learnt.
  const lost = made.count - learnt({ ...made, powerW });
  assert.ok(lost >= 8 * 60 && lost <= 12 * 60, `${lost} samples not learnt`);
});

test('a gap in an idle trace is no freeze, whatever the load at its end', () => {
  const minutes = Array.from({ length: 3000 }, (_, i) => (i < 2000 ? i : i + 600));
  const busy = (i: number) => i < 1200 && i % 200 < 80;
  // Right after the gap one sample of full load, before the meter shows anything of it.
  const util = minutes.map((_, i) => (busy(i) || i === 2000 ? 100 : 0));
  const power = minutes.map((_, i) => (busy(i) ? 300 : 100));
  const { found } = reportOf(
    hourly(
      power,
      util,
      minutes.map(minute => minute / 60),
    ),
  );
  assert.deepEqual([found.gaps, found.freezes], [1, 0]);
});

test('a slow, coarse meter is not taken for a frozen one', () => {
  // Idle but for one sample of full load every 20 min; each 8 h a job of 1 h, which the meter shows
  // two minutes late, and whose load average takes ten minutes to fade.
  const seconds = Array.from({ length: 4 * 2880 }, (_, i) => 30 * i);
  const sinceStart = (s: number) => s % 28_800;
  const util = seconds.map(s => {
    if (sinceStart(s) < 3600) return 100;
    if (s % 1200 === 0) return 100;
    return Math.round(100 * Math.exp(-(sinceStart(s) - 3600) / 150));
  });
  const power = seconds.map(s => (s > 120 && sinceStart(s - 120) < 3600 ? 304 : 104));
  const hours = seconds.map(s => s / 3600);
  assert.equal(reportOf(hourly(power, util, hours)).found.freezes, 0);
  // The same meter, stuck from the third day on, is.
  const stuck = power.map((powerW, i) => (seconds[i] > 180_000 ? 104 : powerW));
  const { found, entities } = reportOf(hourly(stuck, util, hours));
  assert.equal(found.freezes, 1);
  assert.match(entities[0].findings[0].what, /104/);
});

test('a host that is replaced by another model is found, and learnt anew', () => {
  const { report, plain } = changedTrace((powerW, part) =>
    part < 0.5 ? powerW : 700 + 3 * (powerW - 100),
  );
  assert.equal(plain.found.shifts, 0);
  assert.ok(report.found.shifts >= 1);
  assert.ok((report.mapePct ?? 99) < 2 * (plain.mapePct ?? 0) + 1, `${report.mapePct}`);
});

test('once replaced, a host is known again after some reveals, and found but once or twice', () => {
  const made = powerTrace({ hosts: 4, days: 90, stepS: 3600, seed: 9, jobsPerHour: 0.1 });
  const half = made.count / 2;
  const powerW = made.powerW.map((value, row) => (row < half ? value : 700 + 3 * (value - 100)));
  const report = reportOf({ ...made, powerW });
  const plain = reportOf(made);
  for (const { entity, found } of report.entities) {
    assert.ok(found.shifts >= 1 && found.shifts <= 10, `${entity}: ${found.shifts} shifts`);
  }
  assert.ok((report.pooled.mapePct ?? 99) < 1.2 * (plain.pooled.mapePct ?? 0));
});

test('power that falls with load is not taken for a slope below zero', () => {
  const steps = Array.from({ length: 300 }, (_, i) => i);
  const util = steps.map(i => (i * 37) % 101);
  const rows = hourly(
    util.map(each => 300 - each),
    util,
  );
  const { entities } = replayTrace(tracksOf(rows), { revealMs: HOUR_MS });
  const { lines, change } = entities[0].power.model;
  for (const { line } of [...lines, change]) assert.equal(line.slopes[0], 0);
});

test('spikes are scored and not learnt', () => {
  const { report } = changedTrace((powerW, part) => (part > 0.9 && part < 0.9002 ? 65535 : powerW));
  assert.equal(report.found.spikes, 1);
});

test('the band covers nine of ten', () => {
  for (const seed of [1, 2]) {
    const { sum, pooled } = reportOf(powerTrace({ hosts: 12, days: 6, stepS: 240, seed }));
    for (const { coverage90 } of [sum, pooled]) {
      assert.ok(coverage90 !== null && coverage90 > 0.85 && coverage90 < 0.95, `${coverage90}`);
    }
  }
});

const BIOHPC = fileURLToPath(
  new URL('../../../shared/data/power/biohpc-gpu-hourly/', import.meta.url),
);
const skip = existsSync(BIOHPC) ? false : 'shared/data is not beside the repository';

test('BioHPC: better than last value plus slope, and far better than the line', {
  skip,
}, async () => {
  const map = parseTraceMap('time=timestamp,power=powerave,util=utilave,temp=tempave,entity=name');
  for (const host of ['05', '06', '08', '10']) {
    const { rows } = await readTrace(`${BIOHPC}cbsugpu${host}_usage_stats.tsv.gz`, map);
    const hour = reportOf(rows);
    const day = reportOf(rows, 24 * HOUR_MS);
    assert.ok(
      (hour.mapePct ?? 99) < (hour.baselines.delta.mapePct ?? 0),
      `${host}: ${hour.mapePct}`,
    );
    const most = 0.75 * (day.baselines.line.mapePct ?? 0);
    assert.ok((day.mapePct ?? 99) < most, `${host}: ${day.mapePct} of ${most}`);
    assert.ok((day.temp?.skillPersistence ?? 0) > 0, `${host}: temperature`);
  }
});
