/** What `bench live` asks for is what the page asks for, and how its traces are read. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { floorSignals } from '../../dashboards/live/src/floor/signals.ts';
import { hostsRequest } from '../../server/bench/live-load.ts';
import { drawingThread, framesOf, tasksOf } from '../../server/bench/live-page.ts';
import { ASKED, FLOOR_SIGNALS, LOADED, SITE_SIGNALS } from '../../server/bench/live-views.ts';

const page = (file: string) =>
  readFileSync(new URL(`../../dashboards/live/src/${file}`, import.meta.url), 'utf8');

test('the views are those of the page', () => {
  assert.deepEqual(FLOOR_SIGNALS, floorSignals('powerW'));
  const [, listed] = /const SIGNALS = \[([^\]]*)\]/.exec(page('panels/summary.tsx')) ?? [];
  assert.deepEqual(
    [...(listed ?? '').matchAll(/'(\w+)'/g)].map(([, id]) => id),
    SITE_SIGNALS,
  );
});

test('what is asked for again and again, and once, is what the page asks for', () => {
  const app = page('app.tsx');
  const [status, alerts] = ASKED;
  assert.ok(app.includes(`STATUS_EVERY_S = ${status.everyS};`));
  assert.ok(app.includes(`ALERTS_EVERY_S = ${alerts.everyS};`));
  assert.ok(app.includes(`'${alerts.path.replace('&limit=1000', '')}'`));
  const [, kinds] = /FLOOR_KINDS = \[([^\]]*)\]/.exec(page('floor/use-floor.ts')) ?? [];
  assert.deepEqual(
    LOADED.flatMap(path => /^entities\?kind=(\w+)/.exec(path)?.[1] ?? []),
    [...(kinds ?? '').matchAll(/'(\w+)'/g)].map(([, kind]) => kind),
  );
});

test('a host has other values in the next round', () => {
  const [first, next] = [0, 1].map(round => hostsRequest(['h1'], round, 1_700_000_000_000));
  assert.notDeepEqual(first, next);
});

test('tasks of the thread that draws, and a frame with all since the one before', () => {
  const task = (ts: number, cpuMs: number, tid = 1) => ({
    ...{ name: 'RunTask', pid: 1, tid, ts, dur: 2000 * cpuMs, tdur: 1000 * cpuMs },
  });
  const frame = (ts: number) => ({ name: 'FireAnimationFrame', pid: 1, tid: 1, ts, dur: 10 });
  const events = [
    ...[task(30_000, 5), frame(30_100), task(0, 1), task(10_000, 2), frame(10_500)],
    ...[task(20_000, 4), task(10_000, 50, 2)],
  ];
  const tasks = tasksOf(events, drawingThread(events));
  assert.deepEqual(
    tasks.map(({ cpuMs }) => cpuMs),
    [1, 2, 4, 5],
  );
  assert.deepEqual(framesOf(tasks), [3, 9]);
});
