import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { referenceSite } from '../../server/bench/reference-site.ts';
import { marginN1At } from '../../twin/closure/extra-loads.ts';
import { closePlane } from '../../twin/closure/pass.ts';
import { atOnce } from '../../twin/parts.ts';
import { afterHeadroom } from '../../twin/place/after-headroom.ts';
import { hostTable } from '../../twin/place/host-table.ts';
import { Overlay } from '../../twin/place/overlay.ts';
import type { PlaneOverlay } from '../../twin/place/plane-overlay.ts';
import { stateHash } from '../../twin/state/hash.ts';
import type { State } from '../../twin/state/state.ts';
import { sitePlans, twinOf } from '../support/random-site.ts';

const close = (got: number, want: number, what: string) => {
  if (got === want || (Number.isNaN(got) && Number.isNaN(want))) return;
  // The full closure rounds the parts of its sums to a grid, here of less than a nanowatt.
  const slack = 1e-9 * Math.max(10, Math.abs(want));
  assert.ok(Math.abs(got - want) <= slack, `${what}: ${got}, the full closure gives ${want}`);
};

/** Bounds under a loss that nothing passes, so that no change is cut short; Infinity: not judged. */
const unlimited = (state: State, boundW: number) => ({
  power: new Float64Array(state.planes.power.load.length).fill(boundW),
  cooling: new Float64Array(state.planes.cooling.load.length).fill(boundW),
});
const bounds = fc.constantFrom(1e12, Number.POSITIVE_INFINITY);

function compare(overlay: PlaneOverlay, fork: State) {
  const { id, entities } = overlay.shape.plane;
  const r = fork.planes[id];
  closePlane(r);
  const after = atOnce(afterHeadroom(overlay));
  const name = (p: number) => `${id} ${fork.topology.ids[entities[p]]}`;
  for (let p = 0; p < r.load.length; p++) close(overlay.load(p), r.load[p], `load ${name(p)}`);
  const { carrier, loss } = overlay.shape.redundancy;
  for (let s = 0; s < r.slotExtra.length; s++) {
    close(overlay.extra(s), r.slotExtra[s], `extra ${name(carrier[s])} without ${name(loss[s])}`);
  }
  for (const [p, headroom] of after.headroom) {
    close(headroom, r.headroom[p], `headroom ${name(p)}`);
    close(after.headroomN1.get(p) as number, r.headroomN1[p], `N-1 headroom ${name(p)}`);
  }
}

const changes = fc.array(
  fc.record({ host: fc.nat(), powerW: fc.integer({ min: -900, max: 8_000 }) }),
  { minLength: 1, maxLength: 6 },
);
const loads = fc.array(fc.integer({ min: 1_000, max: 10_000 }), { minLength: 1, maxLength: 5 });

test('an overlay gives the loads, extras and headroom of the full closure', () => {
  fc.assert(
    fc.property(sitePlans, loads, changes, bounds, (plan, hostPowerW, list, boundW) => {
      const { state, topology } = twinOf({ ...plan, rackLimitW: 1e7, upsLimitW: 1e7 }, hostPowerW);
      state.planes.power.limit.fill(1e7);
      state.planes.cooling.limit.fill(1e7);
      for (const id of ['power', 'cooling'] as const) closePlane(state.planes[id]);
      const hosts = hostTable(topology);
      const overlay = new Overlay(state.closure, hosts);
      overlay.begin(state, unlimited(state, boundW));
      const fork = state.fork();
      for (const change of list) {
        const host = change.host % hosts.count;
        assert.equal(overlay.addHost(host, change.powerW), undefined);
        fork.planes.power.load[hosts.powerPosition[host]] += change.powerW;
        fork.planes.cooling.load[hosts.coolingPosition[host]] += change.powerW;
      }
      assert.equal(overlay.settle(), undefined);
      compare(overlay.power, fork);
      compare(overlay.cooling, fork);
    }),
    { numRuns: 150 },
  );
});

test('headroom of a whole site is worked out in parts, also of one that is large', () => {
  const { twin } = referenceSite('small');
  const { state } = twin;
  const hosts = hostTable(twin.topology);
  const { power } = new Overlay(state.closure, hosts);
  power.begin(state.planes.power, unlimited(state, Number.POSITIVE_INFINITY).power);
  for (let host = 0; host < hosts.count; host++) power.add(hosts.powerPosition[host], -500);
  assert.equal(power.settle(), undefined);
  const workedOut = 2 * power.touched.list.length + power.touchedSlots.list.length;
  assert.ok(workedOut > 3000, `${workedOut}`);
  let parts = 1;
  const all = afterHeadroom(power);
  while (!all.next().done) parts++;
  assert.ok(workedOut / parts <= 1500, `${workedOut} in ${parts} parts`);
});

test('undo leaves nothing behind, wherever a limit stopped a change', () => {
  let refused = 0;
  fc.assert(
    fc.property(sitePlans, loads, changes, (plan, hostPowerW, list) => {
      const { state, topology } = twinOf(plan, hostPowerW);
      const before = stateHash(state);
      const hosts = hostTable(topology);
      const overlay = new Overlay(state.closure, hosts);
      const limits = { power: state.planes.power.limit, cooling: state.planes.cooling.limit };
      overlay.begin(state, limits);
      for (const change of list) {
        const mark = overlay.mark();
        const powerW = Math.abs(change.powerW) + 1;
        if (overlay.addHost(change.host % hosts.count, powerW)) refused++;
        overlay.settle();
        overlay.undo(mark);
        for (const plane of [overlay.power, overlay.cooling]) {
          assert.deepEqual([...plane.added, ...plane.addedExtra].filter(Boolean), []);
          assert.deepEqual(plane.touched.list, []);
        }
      }
      assert.equal(overlay.addHost(0, 0), undefined);
      assert.equal(stateHash(state), before);
    }),
    { numRuns: 100 },
  );
  assert.ok(refused > 20, `only ${refused} changes met a limit`);
});

test('a limit under a loss is found exactly when the full closure passes it', () => {
  const seen = { fits: 0, passes: 0 };
  fc.assert(
    fc.property(
      sitePlans,
      loads,
      fc.integer({ min: 1, max: 9_000 }),
      (plan, hostPowerW, powerW) => {
        const { state, topology } = twinOf(plan, hostPowerW);
        const { power } = state.planes;
        // Only the marginal question: a site that is over its limits already refuses everything.
        fc.pre(power.load.every((_, p) => marginN1At(power, p) >= 0 || power.limit[p] === 0));
        const { cooling } = state.planes;
        fc.pre(cooling.load.every((_, p) => marginN1At(cooling, p) >= 0));
        const hosts = hostTable(topology);
        const overlay = new Overlay(state.closure, hosts);
        overlay.begin(state, { power: power.limit, cooling: state.planes.cooling.limit });
        const violation = overlay.addHost(0, powerW) ?? overlay.settle();
        const fork = state.fork();
        fork.planes.power.load[hosts.powerPosition[0]] += powerW;
        fork.planes.cooling.load[hosts.coolingPosition[0]] += powerW;
        for (const id of ['power', 'cooling'] as const) closePlane(fork.planes[id]);
        const isOver = (['power', 'cooling'] as const).some(id => {
          const r = fork.planes[id];
          return r.limit.some((limit, p) => marginN1At(r, p) < -1e-9 * Math.max(1, limit));
        });
        assert.equal(violation !== undefined, isOver);
        seen[isOver ? 'passes' : 'fits']++;
      },
    ),
    { numRuns: 300 },
  );
  assert.ok(seen.fits > 20 && seen.passes > 20, JSON.stringify(seen));
});
