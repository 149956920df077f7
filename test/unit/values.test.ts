import assert from 'node:assert/strict';
import test from 'node:test';
import { ProblemError } from '../../server/api/problem.ts';
import {
  coverageOf,
  oneSignal,
  signalList,
  valueSchema,
  valuesOf,
} from '../../server/api/values.ts';
import { createLiveTwin } from '../../server/live-twin.ts';
import { kindsOf, SIGNALS, signalIndex } from '../../twin/index.ts';
import { START_MS, smallTopology } from '../support/small-service.ts';

function liveSite() {
  const clock = { nowMs: START_MS, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(smallTopology(), clock);
  const write = (id: string, signal: string, value: number, atMs = clock.nowMs) => {
    const { twin } = live;
    const entity = twin.topology.indexOf(id);
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, atMs);
  };
  const shownAt = (id: string, signal: string) =>
    valuesOf(live, live.twin.topology.indexOf(id), [signalIndex(signal)])[signal];
  return { live, clock, write, shownAt };
}

test('a value comes with its unit, time, age, quality and tightest limit', () => {
  const { live, clock, write, shownAt } = liveSite();
  write('r1-k1-n1', 'inletTempC', 28);
  write('r1-k1-n2', 'inletTempC', 26);
  live.tick();
  clock.nowMs += 5000;
  assert.deepEqual(shownAt('r1-k1-n1', 'inletTempC'), {
    ...{ value: 28, unit: 'C', at: '2026-03-01T12:00:00.000Z', ageS: 5, quality: 'measured' },
    limit: { id: 'inletAllowable', value: 30, compare: 'max', breached: false },
  });
  // At the rack there is a second limit, which is tighter.
  const rack = shownAt('r1-k1', 'inletTempC');
  assert.equal(rack.quality, 'derived');
  assert.deepEqual(rack.limit, {
    ...{ id: 'inletRecommended', value: 27, compare: 'max', breached: true },
  });
});

test('what is not known is null and missing, never zero, and breaks no limit', () => {
  const { live, shownAt } = liveSite();
  live.tick();
  const { limit, ...value } = shownAt('r1-k1-n1', 'inletTempC');
  assert.deepEqual(value, { value: null, unit: 'C', quality: 'missing' });
  assert.equal(limit?.breached, false);
});

test('a value that is not renewed becomes stale, then missing', () => {
  const { live, clock, write, shownAt } = liveSite();
  write('r1-k1-n1', 'inletTempC', 22);
  clock.nowMs += 100_000;
  live.tick();
  const stale = shownAt('r1-k1-n1', 'inletTempC');
  assert.deepEqual([stale.value, stale.ageS, stale.quality], [22, 100, 'stale']);
  clock.nowMs += 1_000_000;
  live.tick();
  assert.equal(shownAt('r1-k1-n1', 'inletTempC').value, null);
});

test('a text is shown as it came; a sample a little ahead of our clock has no negative age', () => {
  const { live, write, shownAt } = liveSite();
  write('r1-k1-n1', 'firmwareText', live.texts.intern('1.2.3'), START_MS + 500);
  live.tick();
  const { value, ageS } = shownAt('r1-k1-n1', 'firmwareText');
  assert.deepEqual([value, ageS], ['1.2.3', 0]);
});

test('without a choice an entity shows every signal of its kind, as the schema says', () => {
  const { live } = liveSite();
  live.tick();
  for (const id of ['s1', 'r1-k1', 'r1-k1-n1', 'r1-k1-n1/gpu0', 'r1-k1-n1/socket0', 'ups-a']) {
    const entity = live.twin.topology.indexOf(id);
    const values = valuesOf(live, entity, undefined);
    const kind = id === 'ups-a' ? 'ups' : undefined;
    if (kind) {
      const wanted = SIGNALS.filter(signal => kindsOf(signal).includes(kind)).map(({ id }) => id);
      assert.deepEqual(Object.keys(values), wanted);
    }
    for (const value of Object.values(values)) assert.deepEqual(valueSchema.parse(value), value);
  }
});

test('coverage counts the parts that have a value', () => {
  const { live, write } = liveSite();
  write('r1-k1-n1', 'inletTempC', 22);
  live.tick();
  const coverage = coverageOf(live, live.twin.topology.indexOf('r1-k1'));
  assert.deepEqual(coverage.inletTempC, { present: 1, of: 2 });
});

test('a signal that does not exist is refused under the name of its parameter', () => {
  const refused = (text: RegExp) => (error: unknown) =>
    error instanceof ProblemError && error.status === 400 && text.test(error.message);
  assert.throws(() => oneSignal('powerKW'), refused(/^query signal: 'powerKW'/));
  assert.throws(() => signalList('powerW,heat'), refused(/^query signals: 'heat'/));
  assert.equal(signalList('all'), undefined);
  assert.deepEqual(signalList('powerW, heatW'), [signalIndex('powerW'), signalIndex('heatW')]);
});
