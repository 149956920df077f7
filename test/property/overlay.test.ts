import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { referenceSite } from '../../server/bench/reference-site.ts';
import { marginN1At } from '../../twin/closure/extra-loads.ts';
import { closePlane, type PlaneResults, planeResults } from '../../twin/closure/pass.ts';
import { atOnce } from '../../twin/parts.ts';
import { afterHeadroom } from '../../twin/place/after-headroom.ts';
import { hostTable } from '../../twin/place/host-table.ts';
import { Overlay } from '../../twin/place/overlay.ts';
import type { PlaneOverlay } from '../../twin/place/plane-overlay.ts';
import { stateHash } from '../../twin/state/hash.ts';
import type { State } from '../../twin/state/state.ts';
import type { Topology } from '../../twin/topology/topology.ts';
import { entitiesOfKind } from '../../twin/topology/walk.ts';
import { rewire } from '../../twin/whatif/fail.ts';
import { type ChainPlan, chainOf, chainPlans } from '../support/random-chain.ts';
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

/** @param r with the same changes, which are closed here */
function compare(overlay: PlaneOverlay, r: PlaneResults, { ids }: Topology) {
  const { id, entities } = overlay.shape.plane;
  closePlane(r);
  const after = atOnce(afterHeadroom(overlay));
  const name = (p: number) => `${id} ${ids[entities[p]]}`;
  for (let p = 0; p < r.load.length; p++) close(overlay.load(p), r.load[p], `load ${name(p)}`);
  const { carrier, loss } = overlay.shape.redundancy;
  for (let s = 0; s < r.slotExtra.length; s++) {
    close(overlay.extra(s), r.slotExtra[s], `extra ${name(carrier[s])} without ${name(loss[s])}`);
  }
  for (const [p, headroom] of after.headroom) {
    close(headroom, r.headroom[p], `headroom ${name(p)}`);
    // Of single losses the full closure knows only with the shares of the topology.
    if (r.shares !== r.shape.plane.shares) continue;
    close(after.headroomN1.get(p) as number, r.headroomN1[p], `N-1 headroom ${name(p)}`);
  }
  return after;
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
      compare(overlay.power, fork.planes.power, topology);
      compare(overlay.cooling, fork.planes.cooling, topology);
    }),
    { numRuns: 150 },
  );
});

/** PDUs with one supplier each: what hangs on several of them meets further up only. */
const single = (plan: ChainPlan): ChainPlan => {
  const [feeds, gears, upses, pdus] = plan.layers;
  const cut = pdus.map(pdu => ({ ...pdu, wires: pdu.wires.slice(0, 1) }));
  return { ...plan, layers: [feeds, gears, upses, cut] };
};
const wirings = fc.oneof(
  chainPlans({ lossy: false, skipsLayers: false }).map(single),
  ...[true, false].flatMap(lossy =>
    [true, false].map(skipsLayers => chainPlans({ lossy, skipsLayers })),
  ),
);

test('so it does on any wiring, over its limits or not, and when something has failed', () => {
  const seen = { below: 0, bound: 0 };
  const tight = fc.array(fc.constantFrom(0.01, 0.1, 1), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(wirings, changes, tight, fc.option(fc.nat(20)), (plan, list, factors, failed) => {
      const { twin, r } = chainOf(plan);
      const { state, topology } = twin;
      const { plane, limit } = { ...r.shape };
      limit.forEach((limitW, p) => {
        limit[p] = limitW * factors[p % factors.length];
      });
      const lost = new Uint8Array(topology.count);
      if (failed !== null) lost[plane.entities[failed % plane.count]] = 1;
      const shares = failed === null ? plane.shares : rewire(r, lost).shares;
      const live = planeResults(state, r.shape, shares);
      closePlane(live);
      const forked = planeResults(state.fork(), r.shape, shares);
      const { power } = new Overlay(state.closure, hostTable(topology));
      power.begin(live, new Float64Array(plane.count).fill(Number.POSITIVE_INFINITY));
      const hosts = entitiesOfKind(topology, 'host');
      for (const { host, powerW } of list) {
        const p = plane.positionOf[hosts[host % hosts.length]];
        // A rise that passes a limit is refused; what takes load away never is.
        const changeW = powerW < 0 ? (powerW * live.load[p]) / 20_000 : powerW;
        const mark = power.mark();
        if (power.add(p, changeW)) power.undo(mark);
        else forked.load[p] += changeW;
      }
      assert.equal(power.settle(), undefined);
      const after = compare(power, forked, topology);
      seen[[...after.headroom.values()].some(headroom => headroom < 0) ? 'below' : 'bound']++;
    }),
    { numRuns: 200 },
  );
  assert.ok(seen.below > 20 && seen.bound > 20, JSON.stringify(seen));
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
