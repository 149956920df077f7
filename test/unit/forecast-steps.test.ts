import assert from 'node:assert/strict';
import test from 'node:test';
import { onGrid, pastOf } from '../../server/forecast/steps.ts';
import { recentHistory } from '../../server/history/recent.ts';
import { forecast, forecastGrid } from '../../twin/index.ts';
import { smallTopology } from '../support/small-service.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-03-01T12:07:30Z');
const minuteOf = (atMs: number) => Math.floor((atMs - NOW_MS + 24 * HOUR_MS) / 60_000);
const RANGE = [0, 1e9] as const;

/** A history of the site's power that began some minutes before now; its values count minutes. */
function historyOf(minutes: number) {
  const history = recentHistory({ hours: 96 });
  history.follow(smallTopology());
  for (let m = minutes; m >= 0; m--) {
    const atMs = NOW_MS - m * 60_000;
    history.sample(atMs, () => minuteOf(atMs));
  }
  return history;
}

const query = (minutes: number, hours: number) => ({
  history: historyOf(minutes),
  ...{ entity: 's1', signal: 'powerW', horizonS: hours * 3600, nowMs: NOW_MS },
});

test('with enough of a past the steps are those of the grid', async () => {
  const past = await pastOf(query(12 * 60, 6));
  assert.equal(past?.stepS, forecastGrid(6 * 3600).stepS);
  assert.equal(past && past.fromMs % (1000 * past.stepS), 0);
  assert.ok(past && past.values.length >= 24 && !Number.isNaN(past.values[0]));
});

test('with a short past they are shorter, down to a minute', async () => {
  const steps = await Promise.all(
    [150, 40, 3].map(async minutes => (await pastOf(query(minutes, 6)))?.stepS),
  );
  assert.deepEqual(steps, [300, 60, 60]);
  const past = await pastOf(query(3, 6));
  assert.deepEqual(
    past && [...past.values].map(value => value - minuteOf(NOW_MS)),
    [-3, -2, -1],
    'whole minutes up to now',
  );
});

test('a long horizon takes no more steps than a forecast may have', async () => {
  const past = await pastOf(query(3, 30 * 24));
  assert.equal(past?.stepS, forecastGrid(30 * 24 * 3600).stepS);
});

test('nothing known is an empty past; what is not kept is none', async () => {
  const history = recentHistory();
  history.follow(smallTopology());
  const empty = await pastOf({ ...query(0, 6), history });
  assert.equal(empty?.values.length, 0);
  assert.equal(await pastOf({ ...query(0, 6), history, signal: 'leakFlag' }), undefined);
});

test('whatever its steps, a forecast is given at the same points of the grid', () => {
  const grid = forecastGrid(6 * 3600);
  const fromMs = Math.floor(NOW_MS / 60_000) * 60_000;
  const fine = forecast({
    ...{ values: Float64Array.of(5), stepS: 60, horizonSteps: 360, range: RANGE },
  });
  const at = (i: number) => (fromMs + (i + 1) * 60_000 - NOW_MS) / 1000;
  const marked = { ...fine, yhat: Float64Array.from({ length: 360 }, (_, i) => at(i)) };
  const { made, fromMs: gridFromMs, leadS } = onGrid(marked, fromMs, grid);
  assert.equal(gridFromMs % (1000 * grid.stepS), 0);
  assert.equal(gridFromMs + 1000 * leadS, fromMs);
  assert.equal(made.stepS, grid.stepS);
  assert.equal(made.yhat.length, grid.horizonSteps);
  made.yhat.forEach((secondsFromNow, i) => {
    const pointMs = gridFromMs + (i + 1) * 1000 * grid.stepS;
    assert.equal(secondsFromNow, (pointMs - NOW_MS) / 1000);
  });
  assert.ok(pointsAfterNow(gridFromMs, made.stepS));
});

const pointsAfterNow = (fromMs: number, stepS: number) =>
  fromMs + 1000 * stepS > NOW_MS - HOUR_MS / 60;

test('on its own grid a forecast stays as it is', () => {
  const grid = forecastGrid(3600);
  const values = Float64Array.from({ length: 30 }, (_, i) => 100 + i);
  const made = forecast({ values, ...grid, range: RANGE });
  const same = onGrid(made, 1000 * grid.stepS * 7, grid);
  assert.deepEqual(same.made, made);
  assert.equal(same.leadS, 0);
});
