/** What the live page keeps of frames, and how it names places. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { applyFrame, createColumns, readingAt } from '../../dashboards/live/src/live/columns.ts';
import { FLOOR, formatRoute, parseRoute } from '../../dashboards/live/src/route.ts';
import { decodeFrame, encodeFrame, signalIndex } from '../../twin/index.ts';

fc.configureGlobal({ seed: 7 });

const POWER = signalIndex('powerW');

function frame(snapshot: boolean, rows: readonly (readonly [number, number, number, number])[]) {
  const section = {
    signal: POWER,
    kind: 3,
    entities: Uint32Array.from(rows, row => row[0]),
    values: Float32Array.from(rows, row => row[1]),
    agesS: Float32Array.from(rows, row => row[2]),
    qualities: Uint8Array.from(rows, row => row[3]),
  };
  const bytes = encodeFrame({ snapshot, generation: 1, seq: 1, atMs: 0, sections: [section] });
  return decodeFrame(bytes);
}

test('a delta patches, a snapshot replaces', () => {
  const columns = createColumns([7, 9], ['powerW']);
  applyFrame(
    columns,
    frame(true, [
      [7, 100, 1, 4],
      [9, 200, 1, 4],
    ]),
    1000,
  );
  applyFrame(columns, frame(false, [[9, 250, 0, 3]]), 2000);
  const now = { ms: 2000, speed: 1 };
  assert.deepEqual(readingAt(columns, 'powerW', 0, now), { value: 100, ageS: 2, quality: 4 });
  assert.deepEqual(readingAt(columns, 'powerW', 1, now), { value: 250, ageS: 0, quality: 3 });
  applyFrame(columns, frame(true, [[9, 260, 0, 4]]), 3000);
  assert.ok(Number.isNaN(readingAt(columns, 'powerW', 0, now).value));
  assert.equal(readingAt(columns, 'powerW', 0, now).quality, 0);
});

test('ages grow between frames, as fast as the twin runs', () => {
  const columns = createColumns([7], ['powerW']);
  applyFrame(columns, frame(true, [[7, 100, 2, 4]]), 1000);
  assert.equal(readingAt(columns, 'powerW', 0, { ms: 4000, speed: 1 }).ageS, 5);
  assert.equal(readingAt(columns, 'powerW', 0, { ms: 4000, speed: 10 }).ageS, 32);
});

test('values of entities and signals that were not asked for are counted, not kept', () => {
  const columns = createColumns([7], ['powerW']);
  assert.equal(
    applyFrame(
      columns,
      frame(true, [
        [7, 1, 0, 4],
        [8, 2, 0, 4],
      ]),
      0,
    ),
    1,
  );
  const other = createColumns([7], ['inletTempC']);
  assert.equal(applyFrame(other, frame(true, [[7, 1, 0, 4]]), 0), 1);
});

test('an unknown signal or place reads as missing', () => {
  const columns = createColumns([7], ['powerW', 'noSuchSignal']);
  assert.equal(readingAt(columns, 'noSuchSignal', 0, { ms: 0, speed: 1 }).quality, 0);
  assert.ok(Number.isNaN(readingAt(columns, 'powerW', 5, { ms: 0, speed: 1 }).value));
});

test('routes survive the way through the address', () => {
  const id = fc.string({ minLength: 1 }).filter(text => text.isWellFormed());
  fc.assert(
    fc.property(id, id, id, (entity, signal, panel) => {
      const route = { view: 'rack', id: entity, signal, panel };
      assert.deepEqual(parseRoute(formatRoute(route)), route);
    }),
  );
  assert.equal(formatRoute(FLOOR), '#/');
});

test('an address that makes no sense is the floor', () => {
  for (const hash of ['', '#', '#/', '#/rack', '#//', '#/?']) {
    assert.equal(parseRoute(hash).view, 'floor', hash);
  }
  assert.equal(parseRoute('#/rack/%E0%A4%A').id, '%E0%A4%A');
});
