/** Figures of a replayed trace, reckoned again from each prediction and each true value. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { EXPERT_COUNT } from '../../twin/fidelity/trace/experts.ts';
import { type ReplayOptions, replayTrace } from '../../twin/fidelity/trace/replay.ts';
import { traceReport } from '../../twin/fidelity/trace/report.ts';
import { type TraceRows, tracksOf } from '../../twin/fidelity/trace/rows.ts';
import type { Score } from '../../twin/fidelity/trace/score.ts';
import { powerTrace } from '../support/power-trace.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Judged {
  readonly atMs: number;
  /** Of all samples together, hours are those of each host. */
  readonly host: string;
  readonly truth: number;
  readonly predicted: number;
  readonly lower: number;
  readonly upper: number;
}

function figuresOf(all: readonly Judged[]) {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const relative = (each: Judged) => Math.abs(each.predicted - each.truth) / each.truth;
  const hours = Object.values(
    Object.groupBy(all, each => `${each.host} ${Math.floor(each.atMs / HOUR_MS)}`),
  ) as Judged[][];
  const truth = mean(all.map(each => each.truth));
  return {
    n: all.length,
    mapePct: 100 * mean(all.map(relative)),
    biasPct: (100 * mean(all.map(each => each.predicted - each.truth))) / truth,
    rmse: Math.sqrt(mean(all.map(each => (each.predicted - each.truth) ** 2))),
    mae: mean(all.map(each => Math.abs(each.predicted - each.truth))),
    hoursUnder10Pct: 100 * mean(hours.map(hour => Number(mean(hour.map(relative)) < 0.1))),
    coverage90: mean(all.map(each => Number(each.truth >= each.lower && each.truth <= each.upper))),
  };
}

function sameFigures(got: Score, all: readonly Judged[], name: string) {
  const expected = figuresOf(all);
  for (const [key, value] of Object.entries(expected)) {
    const figure = got[key as keyof typeof expected];
    const isNear = figure !== null && Math.abs(figure - value) <= 1e-9 * Math.max(1, value);
    assert.ok(isNear, `${name}: ${key} ${figure}, reckoned ${value}`);
  }
  return expected;
}

/** Replays, keeping each prediction with its true value; of the sum also what hosts said of it. */
function judged(rows: TraceRows, revealMs: number) {
  const byHost = new Map<string, Judged[]>();
  const sums: { atMs: number; predicted: number; size: number; fromHosts: number }[] = [];
  const options: ReplayOptions = {
    revealMs,
    onPredicted: ({ name, powerW }, from, { count, atMs, mixed, lower, upper }) => {
      const all = byHost.get(name) ?? [];
      byHost.set(name, all);
      for (let i = 0; i < count; i++) {
        const truth = powerW[from + i];
        if (!(truth > 0) || Number.isNaN(mixed[i])) continue;
        const band = { lower: lower[i], upper: upper[i] };
        all.push({ atMs: atMs[i], host: name, truth, predicted: mixed[i], ...band });
      }
    },
    onSumPredicted: ({ count, atMs, mixed, sizes, experts }) => {
      const stride = experts.length / atMs.length;
      for (let i = 0; i < count; i++) {
        const fromHosts = experts[i * stride + 2 * EXPERT_COUNT];
        sums.push({ atMs: atMs[i], predicted: mixed[i] * sizes[i], size: sizes[i], fromHosts });
      }
    },
  };
  const report = traceReport(replayTrace(tracksOf(rows), options));
  return { report, byHost, sums };
}

/** Drops rows; `keep` is asked with the row's index, host and minute since the start. */
function thinned(rows: TraceRows, keep: (host: number, minute: number) => boolean): TraceRows {
  const minuteOf = (row: number) => (rows.atMs[row] - rows.atMs[0]) / MINUTE_MS;
  const kept = Array.from({ length: rows.count }, (_, row) => row).filter(row =>
    keep(rows.entity[row], minuteOf(row)),
  );
  const pick = (column: Float64Array) => Float64Array.from(kept, row => column[row]);
  return {
    ...{ count: kept.length, entities: rows.entities, utils: rows.utils.map(pick) },
    entity: Int32Array.from(kept, row => rows.entity[row]),
    ...{ atMs: pick(rows.atMs), powerW: pick(rows.powerW) },
  };
}

const made = powerTrace({ hosts: 4, days: 2, stepS: 300, seed: 21, jobsPerHour: 2 });

test('each host: n, MAPE, bias, RMSE, MAE, good hours and coverage are those of its samples', () => {
  const { report, byHost } = judged(made, HOUR_MS);
  for (const each of report.entities) {
    const { hoursUnder10Pct } = sameFigures(each, byHost.get(each.entity) ?? [], each.entity);
    assert.ok(hoursUnder10Pct > 50 && hoursUnder10Pct < 100, `${hoursUnder10Pct}: says nothing`);
  }
  sameFigures(report.pooled, [...byHost.values()].flat(), 'all samples');
});

test('hours are those of the clock, also where a reveal is longer than one', () => {
  const { report, byHost } = judged(made, 6 * HOUR_MS);
  for (const each of report.entities) {
    sameFigures(each, byHost.get(each.entity) ?? [], each.entity);
  }
});

test('the sum: of the hosts that reported, and none where less than half of them did', () => {
  // Host 3 is silent all day two; ten instants have one host of four.
  const sparse = (minute: number) => minute >= 600 && minute < 650;
  const rows = thinned(
    made,
    (host, minute) => !(host === 3 && minute >= 1440) && !(host > 0 && sparse(minute)),
  );
  const { report, byHost, sums } = judged(rows, HOUR_MS);
  assert.equal(report.sum.n, 2 * 288 - 12 - 10);
  assert.equal(report.sum.skipped, 10);
  const truthAt = new Map<number, { truth: number; predicted: number; hosts: number }>();
  for (const { atMs, truth, predicted } of [...byHost.values()].flat()) {
    const so = truthAt.get(atMs) ?? { truth: 0, predicted: 0, hosts: 0 };
    const more = { truth: so.truth + truth, predicted: so.predicted + predicted };
    truthAt.set(atMs, { ...more, hosts: so.hosts + 1 });
  }
  const all = sums.map(({ atMs, predicted, size, fromHosts }) => {
    const hosts = truthAt.get(atMs);
    assert.ok(hosts);
    assert.equal(size, hosts.hosts);
    // One opinion on the sum is that of the hosts, added up as they are.
    assert.ok(Math.abs(fromHosts * size - hosts.predicted) < 1e-9 * hosts.predicted);
    const band = { lower: -Infinity, upper: Infinity };
    return { atMs, host: 'sum', truth: hosts.truth, predicted, ...band };
  });
  const { coverage90: _, ...figures } = figuresOf(all);
  for (const [key, value] of Object.entries(figures)) {
    const got = report.sum[key as keyof typeof figures];
    assert.ok(got !== null && Math.abs(got - value) < 1e-8 * Math.max(1, Math.abs(value)), key);
  }
});

test('a host that reports twice within the common interval counts once in the sum', () => {
  // Host 0 also reports a minute after each full hour.
  const extra = Array.from({ length: made.count }, (_, row) => row).filter(
    row => made.entity[row] === 0 && made.atMs[row] % HOUR_MS === 0,
  );
  const and = (column: Float64Array, by = 0) =>
    Float64Array.of(...column, ...extra.map(row => column[row] + by));
  const rows: TraceRows = {
    ...{ count: made.count + extra.length, entities: made.entities },
    entity: Int32Array.of(...made.entity, ...extra.map(() => 0)),
    ...{
      atMs: and(made.atMs, MINUTE_MS),
      powerW: and(made.powerW),
      utils: made.utils.map(c => and(c)),
    },
  };
  const { report, sums } = judged(rows, HOUR_MS);
  assert.ok(sums.every(({ size }) => size === 4));
  // The hour before the first reveal is known to nobody, so its double does not come so far.
  assert.equal(report.sum.skipped, extra.length - 1);
});
