/** Invariants of the transient simulation over random work, cooling and step lengths. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { TransientState } from '../../twin/physics/transient/columns.ts';
import { junctionTempC } from '../../twin/physics/transient/gpus.ts';
import { step, storedJ, transientHash } from '../../twin/physics/transient/step.ts';
import { TWO_RACKS } from '../support/inventories.ts';
import { LIQUID, play, stretches, transientSite } from '../support/transient-site.ts';

const sites = fc.constantFrom(TWO_RACKS, LIQUID);
const RUNS = { numRuns: 60 };

test('energy in = heat removed + losses + heat stored, to 1e-9, whatever the work and steps', () => {
  fc.assert(
    fc.property(sites, stretches, (parts, plan) => {
      const state = transientSite(parts);
      const startJ = storedJ(state);
      play(state, plan, step, () => {
        const { inJ, chainLossJ, airRemovedJ, liquidRemovedJ } = state.ledger;
        const outJ = chainLossJ + airRemovedJ + liquidRemovedJ;
        const scale = Math.max(inJ, Math.abs(storedJ(state)), 1);
        assert.ok(Math.abs(inJ - outJ - (storedJ(state) - startJ)) <= 1e-9 * scale);
      });
    }),
    RUNS,
  );
});

test('heat that CRAHs and loops take is what the ledger says left, while they run', () => {
  fc.assert(
    fc.property(stretches, plan => {
      const state = transientSite(LIQUID);
      const running = plan.map(s => ({ ...s, fanRatio: 1, flowRatio: 1 }));
      let airJ = 0;
      let liquidJ = 0;
      let dtS = 0;
      play(
        state,
        running,
        (s, d) => {
          dtS = d;
          step(s, d);
        },
        () => {
          for (const w of state.crahs.removedW) airJ += w * dtS;
          for (const w of state.loops.removedW) liquidJ += w * dtS;
        },
      );
      const { airRemovedJ, liquidRemovedJ } = state.ledger;
      assert.ok(Math.abs(airJ - airRemovedJ) <= 1e-9 * Math.max(1, Math.abs(airJ)));
      assert.ok(Math.abs(liquidJ - liquidRemovedJ) <= 1e-9 * Math.max(1, Math.abs(liquidJ)));
    }),
    RUNS,
  );
});

test('the same work gives the same bits', () => {
  fc.assert(
    fc.property(sites, stretches, (parts, plan) => {
      const [one, two] = [transientSite(parts), transientSite(parts)];
      play(one, plan, step);
      play(two, plan, step);
      assert.equal(transientHash(one), transientHash(two));
      two.hosts.otherW[0] += 50;
      step(one, 5);
      step(two, 5);
      assert.notEqual(transientHash(one), transientHash(two));
    }),
    RUNS,
  );
});

test('what is kept from step to step does not show: neither step lengths nor flows before', () => {
  fc.assert(
    fc.property(sites, stretches, (parts, plan) => {
      const kept = transientSite(parts);
      const state = transientSite(parts);
      play(kept, plan, step);
      play(state, plan, (of, dtS) => {
        // kinds that no step has seen yet
        const fresh = <T extends object>(kinds: readonly T[]) => kinds.map(kind => ({ ...kind }));
        const { gpuKinds, rackKinds } = of;
        const anew = { ...of, gpuKinds: fresh(gpuKinds), rackKinds: fresh(rackKinds) };
        step(anew, dtS);
        of.nowS = anew.nowS;
      });
      assert.equal(transientHash(kept), transientHash(state));
    }),
    RUNS,
  );
});

const junctions = (state: TransientState) =>
  Array.from(state.hosts.rack, (_, host) =>
    Array.from({ length: state.hosts.gpuStart[host + 1] - state.hosts.gpuStart[host] }, (__, i) =>
      junctionTempC(state, state.hosts.gpuStart[host] + i, host),
    ),
  ).flat();

function warmer({ racks, crahs, loops }: TransientState, byK: number) {
  const air = [racks.airC, racks.solidsC, racks.exhaustC];
  for (const column of [...air, crahs.setpointC, crahs.supplyC, loops.waterC, loops.supplyC]) {
    for (let i = 0; i < column.length; i++) column[i] += byK;
  }
}

test('a warmer room never has a cooler junction, throttled or not, until a GPU shuts down', () => {
  fc.assert(
    fc.property(
      sites,
      stretches,
      fc.double({ min: 0.1, max: 15, noNaN: true }),
      (parts, plan, k) => {
        const [cool, warm] = [transientSite(parts), transientSite(parts)];
        warmer(warm, k);
        const whole = plan.map(s => ({ ...s, fanRatio: 1, flowRatio: 1, dtS: 5 }));
        const before: number[][] = [];
        play(cool, whole, step, () => before.push(junctions(cool)));
        let at = 0;
        let isDown = false;
        play(warm, whole, step, () => {
          isDown ||= warm.gpus.downAtS.some(s => !Number.isNaN(s));
          const now = junctions(warm);
          before[at++].forEach((c, gpu) => {
            assert.ok(
              isDown || now[gpu] >= c - 1e-6,
              `step ${at} gpu ${gpu}: ${c} then ${now[gpu]}`,
            );
          });
        });
      },
    ),
    RUNS,
  );
});

test('a higher cap never loses more work', () => {
  fc.assert(
    fc.property(stretches, fc.integer({ min: 200, max: 600 }), (plan, capW) => {
      const whole = plan.map(s => ({ ...s, fanRatio: 1, flowRatio: 1, dtS: 5 }));
      const lost = [capW, capW + 100].map(cap => {
        const state = transientSite();
        state.gpus.capW.fill(cap);
        play(state, whole, step);
        return state.gpus.lostS;
      });
      assert.ok(lost[1].every((s, gpu) => s <= lost[0][gpu] + 1e-3));
    }),
    RUNS,
  );
});

test('nothing is ever NaN, however the room is driven, and temperatures stay in reach', () => {
  fc.assert(
    fc.property(sites, stretches, (parts, plan) => {
      const state = transientSite(parts);
      play(state, plan, step, () => {
        const { gpus, hosts, racks, crahs, loops, chain } = state;
        for (const column of [gpus.dieW, gpus.sinkW, hosts.powerW, hosts.fanRatio, racks.airC])
          assert.ok(column.every(Number.isFinite));
        for (const column of [
          racks.solidsC,
          crahs.supplyC,
          loops.waterC,
          chain.inputW,
          racks.exhaustC,
        ])
          assert.ok(column.every(Number.isFinite));
        assert.ok(gpus.dieW.every(w => w >= 0));
      });
    }),
    RUNS,
  );
});
