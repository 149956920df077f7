import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type RedundancyGraph,
  type RedundancyPart,
  simulateAvailability,
} from '../../twin/index.ts';

/** Mean up and down times that make a part unavailable for this part of the time. */
const part = (
  id: string,
  downRatio: number,
  needs: RedundancyPart['needs'] = [],
): RedundancyPart => ({
  ...{ id, mttrH: 4, mtbfH: (4 * (1 - downRatio)) / downRatio, needs },
});
const sink = (needs: RedundancyPart['needs']): RedundancyPart => ({
  ...{ id: 'load', mttrH: 1, mtbfH: Number.POSITIVE_INFINITY, needs },
});
const any = (...of: string[]) => [{ atLeast: 1, of }];

/** The interval holds the truth, and is narrow: 4 errors wide on the safe side of chance. */
function assertUnavailable(graph: RedundancyGraph, expected: number, relative: number) {
  const said = simulateAvailability(graph);
  const error = (said.unavailabilityHigh - said.unavailabilityRatio) / 1.96;
  const off = Math.abs(said.unavailabilityRatio - expected);
  assert.ok(off <= 4 * error + 1e-12 * expected, `${said.unavailabilityRatio} not ${expected}`);
  assert.ok(1.96 * error <= relative * expected, `+-${(1.96 * error) / expected}`);
  return said;
}

test('one part: mttr / (mtbf + mttr)', () => {
  const said = assertUnavailable({ parts: [part('a', 0.01)], serves: 'a' }, 0.01, 0.02);
  assert.ok(Math.abs(said.outageH - 4) < 1e-9);
  // One outage every 400 h.
  assert.ok(Math.abs(said.outagesPerYear - 8760 / 400) < 0.1);
});

test('in a row: availabilities multiply', () => {
  const parts = [part('a', 0.01), part('b', 0.02, any('a'))];
  assertUnavailable({ parts, serves: 'b' }, 1 - 0.99 * 0.98, 0.02);
});

test('2N of 0.9995 each is 0.99999975 when independent', () => {
  const parts = [part('a', 5e-4), part('b', 5e-4), sink(any('a', 'b'))];
  const said = assertUnavailable({ parts, serves: 'load' }, 2.5e-7, 0.05);
  assert.ok(Math.abs(said.availabilityRatio - 0.99999975) < 2e-8);
  // Both down: the first repair ends it, after 2 h on the mean.
  assert.ok(Math.abs(said.outageH - 2) < 0.1, `${said.outageH}`);
});

// 3 u^2 (1 - u) + u^3 at u = 0.001: 2.998e-6.
test('two of three', () => {
  const needs = [{ atLeast: 2, of: ['a', 'b', 'c'] }];
  const parts = [part('a', 1e-3), part('b', 1e-3), part('c', 1e-3), sink(needs)];
  assertUnavailable({ parts, serves: 'load' }, 2.998e-6, 0.06);
});

/**
 * Twins with a shared cause, as a chain of none, one and both down: flows between states balance.
 * From both down 2m to one; into both: from none s, from one (1 - b) l + s of what is up, s = b l.
 */
function twinsDown(downRatio: number, shared: number): number {
  const repair = 1 / 4;
  const all = (repair * downRatio) / (1 - downRatio);
  const s = shared * all;
  const own = all - s;
  // p0 = 1: out of none = into none; out of both = into both.
  const p1 = (2 * own + s) / repair + 0;
  const both = (s + p1 * (own + s)) / (2 * repair);
  // Into none comes only from one: p1 repair = 2 own + s holds by itself.
  return both / (1 + p1 + both);
}

test('a common cause rules: the gain of a twin is lost', () => {
  const parts = [part('a', 5e-4), part('b', 5e-4), sink(any('a', 'b'))];
  const commonCauses = [{ of: ['a', 'b'], ratio: 0.02 }];
  const expected = twinsDown(5e-4, 0.02);
  assertUnavailable({ parts, commonCauses, serves: 'load' }, expected, 0.05);
  // Half of 2 % of 5e-4 plus the independent part: twenty times the independent figure.
  assert.ok(Math.abs(expected - 5.2e-6) < 0.1e-6, `${expected}`);
});

// Not rare at all: 1 - 0.7 x (1 - 0.4^2) = 0.412.
test('it is right for what fails all the time, too', () => {
  const parts = [
    part('grid', 0.3),
    part('a', 0.4, any('grid')),
    part('b', 0.4, any('grid')),
    sink(any('a', 'b')),
  ];
  assertUnavailable({ parts, serves: 'load' }, 0.412, 0.05);
});

test('any two-layer supply has the availability of its parts', () => {
  const down = fc.integer({ min: 1, max: 2000 }).map(each => each / 1e5);
  const holds = ([grid, a, b, c]: number[], atLeast: number) => {
    const below = [part('a', a, any('grid')), part('b', b), part('c', c, any('grid'))];
    const parts = [part('grid', grid), ...below, sink([{ atLeast, of: ['a', 'b', 'c'] }])];
    // Over all combinations of what is up.
    let expected = 0;
    for (let up = 0; up < 16; up++) {
      const is = (i: number) => (up >> i) & 1;
      const chance = [grid, a, b, c].reduce((p, u, i) => p * (is(i) ? 1 - u : u), 1);
      const live = (is(1) & is(0)) + is(2) + (is(3) & is(0));
      if (live < atLeast) expected += chance;
    }
    const said = simulateAvailability({ parts, serves: 'load' }, { paths: 5000 });
    const error = (said.unavailabilityHigh - said.unavailabilityRatio) / 1.96;
    assert.ok(Math.abs(said.unavailabilityRatio - expected) <= 5 * error + 1e-12);
  };
  const four = fc.tuple(down, down, down, down);
  fc.assert(fc.property(four, fc.integer({ min: 1, max: 3 }), holds), { numRuns: 30, seed: 2 });
});

test('same seed, same answer; another seed, another', () => {
  const graph = { parts: [part('a', 0.01), part('b', 0.01), sink(any('a', 'b'))], serves: 'load' };
  assert.deepEqual(simulateAvailability(graph), simulateAvailability(graph));
  assert.notDeepEqual(simulateAvailability(graph), simulateAvailability(graph, { seed: 6 }));
});

test('what never fails, and what never works', () => {
  const steady = simulateAvailability({ parts: [sink([])], serves: 'load' });
  assert.equal(steady.availabilityRatio, 1);
  assert.equal(steady.pathsWithOutage, 0);
  const parts = [part('a', 0.01), sink([{ atLeast: 0, of: ['a'] }])];
  assert.equal(simulateAvailability({ parts, serves: 'load' }).pathsWithOutage, 0);
});

test('a graph that makes no sense is refused', () => {
  const refused = (graph: RedundancyGraph, says: RegExp) =>
    assert.throws(() => simulateAvailability(graph), says);
  const a = part('a', 0.01);
  refused({ parts: [sink(any('x'))], serves: 'load' }, /'x', which 'load' needs/);
  refused({ parts: [{ ...a, needs: any('a') }], serves: 'a' }, /stands on itself/);
  refused({ parts: [a, a], serves: 'a' }, /share an id/);
  refused({ parts: [{ ...a, mttrH: 0 }], serves: 'a' }, /mttrH of 'a' is 0/);
  refused({ parts: [a, sink([{ atLeast: 2, of: ['a'] }])], serves: 'load' }, /2 of 1/);
  refused({ parts: [a], commonCauses: [{ of: ['a', 'b'], ratio: 0.1 }], serves: 'a' }, /'b'/);
  assert.throws(() => simulateAvailability({ parts: [a], serves: 'a' }, { paths: 1 }), /paths/);
});

const NEVER = Number.POSITIVE_INFINITY;
const grid: RedundancyPart = { id: 'grid', mtbfH: 8760 / 2, mttrH: 2, needs: [] };
const STARTS = { startH: 10 / 3600, failsToStartRatio: 0, runH: 1000 };
const generator = (standby: Partial<typeof STARTS>): RedundancyPart => ({
  ...{ id: 'gen', mtbfH: NEVER, mttrH: 8, needs: [], standby: { ...STARTS, ...standby } },
});
const ups = (bridgeH: number, ...of: string[]): RedundancyPart => ({
  ...{ id: 'ups', mtbfH: NEVER, mttrH: 8, needs: any(...of), bridgeH },
});
/** Twice a year for two hours at the mean, in which it is away longer than that. */
const beyond = (h: number, meanH = 2) => (meanH * Math.exp(-h / meanH)) / (8760 / 2 + 2);

test('a battery carries its load for its time: only what the grid stays away longer is lost', () => {
  for (const bridgeH of [0, 0.25, 4]) {
    const graph = { parts: [grid, ups(bridgeH, 'grid')], serves: 'ups' };
    const said = assertUnavailable(graph, beyond(bridgeH), bridgeH > 1 ? 0.1 : 0.04);
    assert.ok(Math.abs(said.outagesPerYear - 2 * Math.exp(-bridgeH / 2)) < 0.06);
  }
});

test('a generator takes its time to start, which a battery bridges', () => {
  const parts = (bridgeH: number) => [
    grid,
    generator({ startH: 0.1 }),
    ups(bridgeH, 'grid', 'gen'),
  ];
  // of each outage of the grid at most the tenth of an hour
  const lost = beyond(0) - beyond(0.1);
  assertUnavailable({ parts: parts(0), serves: 'ups' }, lost, 0.02);
  assertUnavailable({ parts: parts(0.04), serves: 'ups' }, beyond(0.04) - beyond(0.1), 0.04);
  const bridged = simulateAvailability({ parts: parts(0.11), serves: 'ups' });
  assert.deepEqual([bridged.unavailabilityRatio, bridged.pathsWithOutage], [0, 0]);
});

test('a generator that does not start has to be repaired, one without fuel is of no more use', () => {
  const fails = generator({ failsToStartRatio: 0.01 });
  const stuck = { parts: [grid, fails, ups(0.2, 'grid', 'gen')], serves: 'ups' };
  // until the grid or the generator is back, whichever is first: 1.6 h at the mean
  assertUnavailable(stuck, (0.01 * 1.6 * Math.exp(-0.2 / 1.6)) / (8760 / 2 + 2), 0.06);
  const short = { parts: [grid, generator({ runH: 3 }), ups(0.5, 'grid', 'gen')], serves: 'ups' };
  assertUnavailable(short, beyond(3.5 + 10 / 3600), 0.08);
});

test('what is out from the start has been so for long: generators run, batteries are empty', () => {
  const out = { ...grid, isOut: true };
  const parts = [out, generator({ runH: 1 }), ups(1, 'grid', 'gen')];
  assert.equal(simulateAvailability({ parts, serves: 'ups' }).unavailabilityRatio, 0);
  const alone = { parts: [out, ups(1, 'grid')], serves: 'ups' };
  assert.equal(simulateAvailability(alone).unavailabilityRatio, 1);
});

test('the same seed gives the same outages, other seeds the same within the interval', () => {
  const fails = generator({ failsToStartRatio: 0.05 });
  const graph = { parts: [grid, fails, ups(0.2, 'grid', 'gen')], serves: 'ups' };
  const [a, b, c] = [1, 1, 2].map(seed => simulateAvailability(graph, { seed }));
  assert.deepEqual(a, b);
  assert.notEqual(a.unavailabilityRatio, c.unavailabilityRatio);
  assert.ok(
    c.unavailabilityLow < a.unavailabilityHigh && a.unavailabilityLow < c.unavailabilityHigh,
  );
});
