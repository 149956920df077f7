import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { markOwn, planeChanges } from '../../twin/closure/changes.ts';
import { explain, type Layer } from '../../twin/closure/explain.ts';
import { marginN1At } from '../../twin/closure/extra-loads.ts';
import { bindingOf } from '../../twin/closure/flows.ts';
import {
  closeChanged,
  closePlane,
  type PlaneResults,
  passHeadroom,
  planeResults,
} from '../../twin/closure/pass.ts';
import { stateHash } from '../../twin/state/hash.ts';
import { KIND_INDEX } from '../../twin/tables/kinds.ts';
import { signalIndex } from '../../twin/tables/signals.ts';
import { PLANE_IDS } from '../../twin/topology/plane.ts';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import type { Twin } from '../../twin/twin.ts';
import { naiveDraw, naiveLoads, suppliesOf } from '../support/naive-closure.ts';
import { chainOf, chainPlans, CHAIN_START_MS as START_MS } from '../support/random-chain.ts';
import { sitePlans, twinOf } from '../support/random-site.ts';

const BMC_POWER = signalIndex('bmcPowerW');
const linear = chainPlans({ lossy: false, skipsLayers: true });
const lossy = chainPlans({ lossy: true, skipsLayers: true });
const tidy = chainPlans({ lossy: false, skipsLayers: false });

const positions = (r: PlaneResults) => Array.from({ length: r.shape.plane.count }, (_, p) => p);

/** The losses that a slot stands for. */
function lossesOfSlot(r: PlaneResults, s: number): number[] {
  const { loss, alikeStart, alikeLoss } = r.shape.redundancy;
  return [loss[s], ...alikeLoss.subarray(alikeStart[s], alikeStart[s + 1])];
}

function assertClose(got: number, want: number, what: string, scale = Math.abs(want)) {
  if (got === want) return;
  assert.ok(Math.abs(got - want) <= 1e-9 * Math.max(1, scale), `${what}: ${got}, want ${want}`);
}

test('what the sources give is what the consumers draw and what is lost on the way', () => {
  fc.assert(
    fc.property(lossy, plan => {
      const { r } = chainOf(plan);
      let given = 0;
      let taken = 0;
      for (const p of positions(r)) {
        const isFed = suppliesOf(r, p).length > 0;
        const isSource = !isFed && r.shape.plane.entities[p] > 0 && suppliesAnything(r, p);
        if (isSource) given += r.load[p];
        if (r.isOwn[p] === 1) taken += r.load[p];
        if (isFed) taken += naiveDraw(r, p, r.load[p]) - r.load[p];
      }
      assertClose(given, taken, 'given by the sources');
    }),
  );
});

/** Whether anything but accounting hangs below. */
function suppliesAnything(r: PlaneResults, p: number): boolean {
  const { childStart, childEdges, isAccounting } = r.shape.plane;
  for (let i = childStart[p]; i < childStart[p + 1]; i++) {
    if (isAccounting[childEdges[i]] === 0) return true;
  }
  return false;
}

for (const [name, plans] of [
  ['without losses', linear],
  ['with losses', lossy],
] as const) {
  test(`loads and the extra loads of every slot are those of the slow way, ${name}`, () => {
    fc.assert(
      fc.property(plans, plan => {
        const { r } = chainOf(plan);
        const { load } = naiveLoads(r);
        for (const p of positions(r)) assertClose(r.load[p], load[p], `load ${p}`);
        const { slotCount, carrier } = r.shape.redundancy;
        for (let s = 0; s < slotCount; s++) {
          for (const lost of lossesOfSlot(r, s)) {
            const after = naiveLoads(r, lost);
            assert.equal(after.isOff[carrier[s]], 0, 'a carrier is in service');
            const what = `${carrier[s]} without ${lost}`;
            assertClose(r.load[carrier[s]] + r.slotExtra[s], after.load[carrier[s]], what);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
}

test('no single loss loads anything more than its worst slot says', () => {
  let compared = 0;
  fc.assert(
    fc.property(tidy, plan => {
      const { r } = chainOf(plan);
      for (const lost of positions(r)) {
        if (!suppliesAnything(r, lost)) continue;
        const { load, isOff } = naiveLoads(r, lost);
        for (const p of positions(r)) {
          if (isOff[p] === 1 || suppliesAnything(r, p) === false) continue;
          const most = r.limit[p] - marginN1At(r, p);
          assert.ok(
            load[p] <= most * (1 + 1e-9) + 1e-6,
            `${p} without ${lost}: ${load[p]}, ${most}`,
          );
          if (load[p] > r.load[p] + 1) compared++;
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(compared > 100, `only ${compared} loads grew`);
});

test('headroom added makes one limit tight and passes none', () => {
  fc.assert(
    fc.property(linear, plan => {
      const { twin, r } = chainOf(plan);
      for (const p of positions(r)) {
        if (!Number.isFinite(r.headroom[p])) continue;
        const { load } = naiveLoads(r, -1, new Map([[p, r.headroom[p]]]));
        const left = positions(r)
          .filter(q => q === p || Math.abs(load[q] - r.load[q]) > 1e-6)
          .map(q => r.limit[q] - load[q]);
        if (r.headroom[p] === 0) {
          const at = bindingOf(twin.topology, r, r.shape.plane.entities[p], -1).position;
          left.push(r.limit[at] - r.load[at]);
        }
        assertClose(Math.min(...left), 0, `least left after ${r.headroom[p]} at ${p}`, 1e5);
      }
    }),
  );
});

test('N-1 headroom added passes no limit whatever is lost, and makes one tight', () => {
  fc.assert(
    fc.property(tidy, plan => {
      const { r } = chainOf(plan);
      for (const p of positions(r)) {
        if (!Number.isFinite(r.headroomN1[p]) || Math.abs(r.headroomN1[p]) < 1) continue;
        const left = [-1, ...positions(r).filter(q => q !== p && suppliesAnything(r, q))].flatMap(
          lost => leftAfter(r, p, lost),
        );
        const what = `least left after ${r.headroomN1[p]} at ${p}`;
        // Where it must be shed it is a bound: the same watt may help on several ways.
        if (r.headroomN1[p] > 0) assertClose(Math.min(...left), 0, what, 1e6);
        else assert.ok(Math.min(...left) >= -1e-3, what);
      }
    }),
    { numRuns: 300 },
  );
});

test('headroom holds with the shares of a what-if in which something has failed', () => {
  fc.assert(
    fc.property(fc.oneof(linear, tidy), fc.nat(40), (plan, which) => {
      const { twin, r } = chainOf(plan);
      const suppliers = positions(r).filter(p => suppliesAnything(r, p));
      const lost = suppliers[which % suppliers.length];
      const { load, isOff, shares } = naiveLoads(r, lost);
      const failed = planeResults(twin.state.fork(), r.shape, shares);
      failed.load.set(load);
      passHeadroom(failed);
      for (const p of positions(r)) {
        if (isOff[p] === 1 || !Number.isFinite(failed.headroom[p])) continue;
        if (Math.abs(failed.headroom[p]) < 1) continue;
        const after = naiveLoads(r, lost, new Map([[p, failed.headroom[p]]])).load;
        const left = positions(r)
          .filter(q => Math.abs(after[q] - load[q]) > 1e-6)
          .map(q => r.limit[q] - after[q]);
        assertClose(Math.min(...left), 0, `least left after ${failed.headroom[p]} at ${p}`, 1e6);
      }
    }),
    { numRuns: 300 },
  );
});

/** What is left of every limit that `headroomN1[p]` at `p` touches while `lost` is out of service. */
function leftAfter(r: PlaneResults, p: number, lost: number): number[] {
  const without = naiveLoads(r, lost);
  if (without.isOff[p] === 1) return [];
  const { load } = naiveLoads(r, lost, new Map([[p, r.headroomN1[p]]]));
  return positions(r)
    .filter(q => Math.abs(load[q] - without.load[q]) > 1e-6)
    .map(q => r.limit[q] - load[q]);
}

test('a changed plane closes to the same bits as closing it anew', () => {
  const changes = fc.array(fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 0, max: 9_000 }))), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.oneof(lossy, linear, tidy), changes, (plan, rounds) => {
      const { twin, r } = chainOf(plan);
      const marks = planeChanges(r.shape);
      for (const round of rounds) {
        for (const [host, powerW] of round) {
          const hosts = entitiesOfKind(twin.topology, 'host');
          const p = r.shape.plane.positionOf[hosts[host % hosts.length]];
          // A host whose meter goes quiet has no own value, and no evidence.
          const atMs = powerW % 7 === 0 ? Number.NaN : START_MS + powerW;
          markOwn(marks, p, powerW < 500 ? Number.NaN : powerW, atMs);
        }
        closeChanged(r, marks);
        assertSameAsAnew(twin);
      }
    }),
    { numRuns: 300 },
  );
});

function assertSameAsAnew(twin: Twin) {
  const anew = twin.state.fork();
  for (const id of PLANE_IDS) closePlane(anew.planes[id]);
  const at = twin.state.results.findIndex((value, i) => !Object.is(value, anew.results[i]));
  assert.equal(at, -1, `${nameOf(twin, at)}: ${twin.state.results[at]}, anew ${anew.results[at]}`);
}

/** The run of results that an index lies in. */
function nameOf(twin: Twin, at: number): string {
  for (const id of PLANE_IDS) {
    const r = twin.state.planes[id];
    for (const [name, run] of Object.entries(r)) {
      if (!(run instanceof Float64Array) || run.buffer !== twin.state.results.buffer) continue;
      const i = at - (run.byteOffset - twin.state.results.byteOffset) / 8;
      if (i >= 0 && i < run.length) return `${id} ${name} ${i}`;
    }
  }
  return `result ${at}`;
}

test('ticks over all planes leave what closing anew leaves', () => {
  const rounds = fc.array(fc.array(fc.integer({ min: 500, max: 9_000 }), { minLength: 1 }), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(sitePlans, rounds, (plan, list) => {
      const twin = twinOf(plan, [4_000]);
      list.forEach((powers, round) => {
        const hosts = entitiesOfKind(twin.topology, 'host');
        powers.forEach((powerW, i) => {
          const host = hosts[(i * 3 + round) % hosts.length];
          twin.write(twin.state.ensureCell(BMC_POWER, host), host, powerW, START_MS + round);
        });
        twin.tick(START_MS + 1000 * round);
        assertSameAsAnew(twin);
      });
    }),
    { numRuns: 60 },
  );
});

test('an explanation ends at the limit that binds, and its numbers give the headroom', () => {
  fc.assert(
    fc.property(fc.oneof(linear, tidy, lossy), plan => {
      const { twin, r } = chainOf(plan);
      for (const p of positions(r)) {
        const entity = r.shape.plane.entities[p];
        const told = explain(twin.state, 'power', entity);
        assert.ok(told);
        assert.equal(told.chain[0].entity, entity);
        assert.equal(told.chainN1[0].entity, entity);
        if (Number.isFinite(told.headroom)) assertEndsAt(told.chain, told.headroom);
        if (Number.isFinite(told.headroomN1)) assertEndsAt(told.chainN1, told.headroomN1);
        if (twin.topology.kind[entity] === KIND_INDEX.rack) continue;
        assertClose(told.headroom, r.headroom[p], `headroom ${p}`, 1e6);
        // Losses on the way depend on the load, which a loss elsewhere changes: first order only.
        if (plan.losses.square > 0) continue;
        assert.ok(told.headroomN1 >= r.headroomN1[p] - 1e-3, `N-1 headroom ${p}`);
      }
    }),
    { numRuns: 300 },
  );
});

function assertEndsAt(chain: readonly Layer[], headroom: number) {
  const { limit, load, share } = chain[chain.length - 1];
  assertClose((limit - load) / share, headroom, JSON.stringify(chain), 1e6);
}

test('losing a feed never lowers the load of the other', () => {
  fc.assert(
    fc.property(fc.oneof(lossy, linear), plan => {
      const { r } = chainOf(plan);
      for (const p of positions(r)) {
        assert.ok(
          r.limit[p] === Number.POSITIVE_INFINITY || marginN1At(r, p) <= r.limit[p] - r.load[p],
        );
        assert.ok(r.headroomN1[p] <= r.headroom[p]);
      }
    }),
  );
});

test('what is written in the pauses of a tick is worked out by the next one', () => {
  const writes = fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 500, max: 9_000 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(sitePlans, writes, (plan, list) => {
      const [paused, whole] = [twinOf(plan, [4_000]), twinOf(plan, [4_000])];
      const put = (twin: Twin, [host, powerW]: readonly [number, number], atMs: number) => {
        const hosts = entitiesOfKind(twin.topology, 'host');
        const entity = hosts[host % hosts.length];
        const cell = twin.state.ensureCell(BMC_POWER, entity);
        twin.write(cell, entity, powerW, atMs);
      };
      const atMs = START_MS + 60_000;
      const [first, ...rest] = list;
      for (const twin of [paused, whole]) put(twin, first, atMs);
      const left = [...rest];
      const parts = paused.tickInParts(atMs);
      while (!parts.next().done) {
        const next = left.shift();
        if (next) put(paused, next, atMs + 1000);
      }
      for (const next of left) put(paused, next, atMs + 1000);
      whole.tick(atMs);
      for (const next of rest) put(whole, next, atMs + 1000);
      for (const twin of [paused, whole]) twin.tick(atMs + 1000);
      for (const twin of [paused, whole]) twin.tick(atMs + 2000);
      assert.equal(stateHash(paused.state), stateHash(whole.state));
      assertSameAsAnew(paused);
    }),
  );
});
