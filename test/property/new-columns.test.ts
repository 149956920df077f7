/** Signals that come for the first time: a tick works out what they change, and needs nothing else. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { KINDS } from '../../twin/tables/kinds.ts';
import { SIGNALS } from '../../twin/tables/signals.ts';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import type { Twin } from '../../twin/twin.ts';
import { sitePlans, twinOf } from '../support/random-site.ts';

const START_MS = 1_700_000_000_000;

interface Change {
  readonly entity: number;
  readonly signal: number;
  readonly value: number;
  readonly how: 'write' | 'column' | 'stale';
}

const changes: fc.Arbitrary<Change> = fc.record({
  entity: fc.nat(),
  signal: fc.nat(),
  value: fc.integer({ min: 0, max: 9000 }),
  // A series is known, and has its column, before a value of it is taken.
  how: fc.constantFrom('write', 'write', 'write', 'column', 'stale'),
});
/** Seconds to the next tick: values become stale and missing on the way. */
const rounds = fc.array(
  fc.record({ changes: fc.array(changes, { maxLength: 6 }), afterS: fc.constantFrom(1, 1, 90) }),
  { minLength: 1, maxLength: 5 },
);

function apply(twin: Twin, change: Change, atMs: number) {
  const entity = change.entity % twin.topology.count;
  const kind = twin.topology.kind[entity];
  const own = SIGNALS.flatMap(({ kinds }, i) => (kinds.includes(KINDS[kind].id) ? [i] : []));
  if (own.length === 0) return;
  const signal = own[change.signal % own.length];
  const cell = twin.state.ensureCell(signal, entity);
  if (change.how === 'write') twin.write(cell, entity, change.value, atMs);
  else if (change.how === 'stale') twin.markStale(cell, entity);
}

/** Their time is that of the tick that last worked them out, from which they age. */
const OF_THE_TICK = ['fragmentationRatio', 'oversubscriptionRatio', 'crossRackTrafficRatio'];

/** Value and quality of every cell, by column. */
function cellsOf({ state }: Twin): ReadonlyMap<string, unknown> {
  const compared = state.columns.filter(({ signal }) => !OF_THE_TICK.includes(SIGNALS[signal].id));
  const byColumn = compared.map(({ signal, kind, firstCell, count }) => {
    const cells = Array.from({ length: count }, (_, i) => {
      const quality = state.quality[firstCell + i];
      return [quality, quality === 0 ? 'missing' : state.values[firstCell + i]];
    });
    return [`${SIGNALS[signal].id}@${KINDS[kind].id}`, cells] as const;
  });
  return new Map([...byColumn].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('ticks over what has changed leave what ticks over the whole site leave', () => {
  fc.assert(
    fc.property(sitePlans, rounds, (plan, list) => {
      const [twin, whole] = [twinOf(plan, [4000]), twinOf(plan, [4000])];
      let nowMs = START_MS;
      for (const round of list) {
        nowMs += 1000 * round.afterS;
        for (const each of [twin, whole]) {
          for (const change of round.changes) apply(each, change, nowMs);
        }
        whole.touchAll();
        const [{ fired }, { fired: firedOfWhole }] = [twin.tick(nowMs), whole.tick(nowMs)];
        assert.deepEqual(cellsOf(twin), cellsOf(whole));
        assert.deepEqual(twin.state.results, whole.state.results);
        const named = (all: typeof fired) =>
          all.map(({ limit, entity }) => `${limit.row.id} ${entity}`).sort();
        assert.deepEqual(named(fired), named(firedOfWhole));
        assert.deepEqual(
          [...twin.judge.breaches.keys()].sort(),
          [...whole.judge.breaches.keys()].sort(),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('a GPU of which nothing was ever heard is absent once others of its host report', () => {
  const [plan] = fc.sample(sitePlans, { numRuns: 1, seed: 1 });
  const twin = twinOf({ ...plan, rows: 1, racks: 1, hosts: 2 }, [4000]);
  const temp = SIGNALS.findIndex(({ id }) => id === 'gpuTempC');
  const gpus = entitiesOfKind(twin.topology, 'gpu');
  const hostOf = (gpu: number) => twin.topology.parent[gpu];
  const last = gpus.filter(gpu => hostOf(gpu) === hostOf(gpus[gpus.length - 1]));
  // the signal is known already when the second host begins to report
  for (const [round, some] of [gpus.filter(gpu => !last.includes(gpu)), last.slice(1)].entries()) {
    const nowMs = START_MS + 1000 * round;
    for (const gpu of some) twin.write(twin.state.ensureCell(temp, gpu), gpu, 50, nowMs);
    twin.tick(nowMs);
  }
  const absent = [...twin.judge.breaches.values()].map(({ entity }) => entity);
  assert.deepEqual(
    absent.filter(entity => gpus.includes(entity)),
    [last[0]],
  );
});

test('a signal that comes for the first time is no reason to work out the whole site', () => {
  const [plan] = fc.sample(sitePlans, { numRuns: 1, seed: 1 });
  const twin = twinOf({ ...plan, rows: 2, racks: 3, hosts: 4 }, [4000]);
  const gpu = twin.topology.kind.indexOf(KINDS.findIndex(({ id }) => id === 'gpu'));
  const write = (signal: string, nowMs: number) => {
    const cell = twin.state.ensureCell(
      SIGNALS.findIndex(({ id }) => id === signal),
      gpu,
    );
    twin.write(cell, gpu, 50, nowMs);
    return twin.tick(nowMs).changed.length;
  };
  twin.tick(START_MS + 1000);
  const first = write('gpuTempC', START_MS + 2000);
  const again = write('gpuTempC', START_MS + 3000);
  assert.ok(first < twin.topology.count / 2, `${first} of ${twin.topology.count}`);
  assert.ok(again <= first);
});
