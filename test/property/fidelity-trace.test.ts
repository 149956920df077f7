import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { replayTrace } from '../../twin/fidelity/trace/replay.ts';
import { traceReport } from '../../twin/fidelity/trace/report.ts';
import { type TraceRows, tracksOf } from '../../twin/fidelity/trace/rows.ts';
import type { Predicted } from '../../twin/fidelity/trace/series.ts';
import { seededRandom } from '../../twin/physics/random.ts';
import { powerTrace } from '../support/power-trace.ts';

const MINUTE_MS = 60_000;

interface Prediction {
  readonly entity: string;
  readonly atMs: number;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

function predictionsOf(rows: TraceRows, revealMs: number): Prediction[] {
  const all: Prediction[] = [];
  const note = (entity: string, { count, atMs, mixed, lower, upper }: Predicted) => {
    for (let i = 0; i < count; i++) {
      const band = { value: mixed[i], lower: lower[i], upper: upper[i] };
      if (!Number.isNaN(mixed[i])) all.push({ entity, atMs: atMs[i], ...band });
    }
  };
  replayTrace(tracksOf(rows), {
    revealMs,
    onPredicted: (track, _from, predicted) => note(track.name, predicted),
    onSumPredicted: predicted => note('sum', predicted),
  });
  return all;
}

/** The same rows with everything changed that is not yet known at `nowMs`. */
function otherFuture(rows: TraceRows, nowMs: number, revealMs: number, seed: number): TraceRows {
  const random = seededRandom(seed);
  const revealedMs = Math.floor(nowMs / revealMs) * revealMs;
  const changed = (column: Float64Array, fromMs: number) =>
    column.map((value, row) => (rows.atMs[row] < fromMs ? value : 500 * random()));
  return {
    ...rows,
    powerW: changed(rows.powerW, revealedMs),
    tempC: rows.tempC && changed(rows.tempC, revealedMs),
    utils: rows.utils.map(column => changed(column, nowMs + 1)),
  };
}

test('no prediction knows of power after the last reveal, or of load after its own time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(20, 60, 360),
      fc.double({ min: 0.2, max: 0.95, noNaN: true }),
      (seed, hosts, revealMinutes, part) => {
        const made = powerTrace({ hosts, days: 1, stepS: 300, seed, jobsPerHour: 1 });
        const rows = { ...made, tempC: made.powerW.map(powerW => 20 + powerW / 10) };
        const revealMs = revealMinutes * MINUTE_MS;
        const nowMs = rows.atMs[Math.floor(part * rows.count)];
        const known = (all: Prediction[]) => all.filter(each => each.atMs <= nowMs);
        const expected = known(predictionsOf(rows, revealMs));
        const got = known(predictionsOf(otherFuture(rows, nowMs, revealMs, seed), revealMs));
        assert.deepEqual(got, expected);
        assert.ok(part < 0.5 || expected.length > 0);
      },
    ),
    { numRuns: 40 },
  );
});

test('the test for a look ahead can fail: revealed power does change predictions', () => {
  const rows = powerTrace({ hosts: 1, days: 1, stepS: 300, seed: 4 });
  const powerW = rows.powerW.map((value, row) => (row === 20 ? value * 2 : value));
  const last = (of: TraceRows) => predictionsOf(of, 60 * MINUTE_MS).slice(30);
  assert.notDeepEqual(last({ ...rows, powerW }), last(rows));
});

const hostileNumber = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -5, 1e-300, 1e15, 1e300, 65535, 0.3) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
);

const hostileRows = fc
  .array(
    fc.record({
      entity: fc.integer({ min: 0, max: 2 }),
      minute: fc.oneof(fc.integer({ min: -100, max: 600 }), fc.constantFrom(0, 1e6, 1e9)),
      power: hostileNumber,
      utils: fc.tuple(hostileNumber, hostileNumber),
      temp: hostileNumber,
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map(
    (rows): TraceRows => ({
      count: rows.length,
      entities: ['a', 'b', 'c'],
      entity: Int32Array.from(rows, row => row.entity),
      atMs: Float64Array.from(rows, row => row.minute * MINUTE_MS),
      powerW: Float64Array.from(rows, row => row.power),
      utils: [0, 1].map(j => Float64Array.from(rows, row => row.utils[j])),
      tempC: Float64Array.from(rows, row => row.temp),
    }),
  );

function numbersIn(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => numbersIn(each, `${path}.${key}`));
}

test('whatever a trace holds, every prediction and every score is finite', () => {
  fc.assert(
    fc.property(hostileRows, fc.constantFrom(5, 60, 1440), (rows, revealMinutes) => {
      const revealMs = revealMinutes * MINUTE_MS;
      for (const { value, lower, upper } of predictionsOf(rows, revealMs)) {
        assert.ok(Number.isFinite(value), `predicted ${value}`);
        assert.ok(lower <= value && value <= upper, `${lower} ${value} ${upper}`);
      }
      const report = traceReport(replayTrace(tracksOf(rows), { revealMs }));
      for (const [path, number] of numbersIn(report)) {
        assert.ok(Number.isFinite(number), `${path}: ${number}`);
      }
      assert.equal(report.rows, rows.count);
      const why = Object.values(report.skippedWhy).reduce((sum, count) => sum + count, 0);
      assert.equal(report.pooled.n + why, rows.count);
    }),
    { numRuns: 300 },
  );
});

test('the order of rows in the file does not matter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.boolean(), (seed, newestFirst) => {
      const rows = powerTrace({ hosts: 3, days: 0.5, stepS: 600, seed });
      const order = Array.from({ length: rows.count }, (_, row) => row);
      if (newestFirst) order.reverse();
      else order.sort((a, b) => rows.entity[a] - rows.entity[b] || a - b);
      const pick = (column: Float64Array) => Float64Array.from(order, row => column[row]);
      const moved: TraceRows = {
        ...{ count: rows.count, entities: rows.entities, utils: rows.utils.map(pick) },
        entity: Int32Array.from(order, row => rows.entity[row]),
        ...{ atMs: pick(rows.atMs), powerW: pick(rows.powerW) },
      };
      const revealMs = 60 * MINUTE_MS;
      const score = (of: TraceRows) => traceReport(replayTrace(tracksOf(of), { revealMs }));
      assert.deepEqual(score(moved), score(rows));
    }),
    { numRuns: 10 },
  );
});
