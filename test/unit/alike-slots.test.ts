import assert from 'node:assert/strict';
import test from 'node:test';
import { marginN1At } from '../../twin/closure/extra-loads.ts';
import { putOwn } from '../../twin/closure/loads.ts';
import { closePlane, type PlaneResults } from '../../twin/closure/pass.ts';
import { slotUnder } from '../../twin/closure/redundancy.ts';
import { Twin } from '../../twin/index.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';
import { naiveLoads } from '../support/naive-closure.ts';

const RACK_HEAT_W = 12_000;

/** The cooling plane of two racks and four CRAHs, with the racks wired to these. */
function coolingOf(wires: { readonly to: string; readonly from: string }[]) {
  const [hall] = (TWO_RACKS.site as { halls: object[] }).halls;
  const crahs = [{ id: 'crah-{n}', count: 4, class: 'crah-100kw' }];
  const site = { ...TWO_RACKS.site, halls: [{ ...hall, crahs }] };
  const cooling = wires.map(wire => ({ kind: 'rack', ...wire }));
  const twin = new Twin(topologyOf({ ...TWO_RACKS, site, cooling }));
  const r = twin.state.planes.cooling;
  const positionOf = (id: string) => r.shape.plane.positionOf[twin.topology.indexOf(id)];
  for (const rack of ['k1', 'k2']) putOwn(r, positionOf(rack), RACK_HEAT_W, 0);
  closePlane(r);
  return { r, crahs: [1, 2, 3, 4].map(n => positionOf(`crah-${n}`)) };
}

/** What each CRAH carries without each of the others is what the slow way says. */
function assertLoads(r: PlaneResults, crahs: readonly number[]) {
  for (const lost of crahs) {
    const after = naiveLoads(r, lost).load;
    for (const p of crahs.filter(crah => crah !== lost)) {
      const slot = slotUnder(r.shape.redundancy, p, lost);
      const load = r.load[p] + (slot < 0 ? 0 : r.slotExtra[slot]);
      assert.ok(Math.abs(load - after[p]) < 1e-6, `${p} without ${lost}: ${load}, ${after[p]}`);
    }
  }
}

test('CRAHs that cool the same racks have one slot each for the loss of any other', () => {
  const { r, crahs } = coolingOf([{ to: '*', from: 'crah-*' }]);
  assert.equal(r.shape.redundancy.slotCount, 4);
  assertLoads(r, crahs);
  for (const p of crahs) assert.equal(slotUnder(r.shape.redundancy, p, p), -1);
  // A third of 24 kW each once one of four is lost.
  for (const p of crahs) assert.ok(Math.abs(r.limit[p] - marginN1At(r, p) - 8000) < 1e-6);
});

test('losses that bring different loads keep slots of their own', () => {
  const { r, crahs } = coolingOf([
    { to: 'k1', from: 'crah-1' },
    { to: 'k1', from: 'crah-2' },
    { to: 'k1', from: 'crah-3' },
    { to: 'k2', from: 'crah-2' },
    { to: 'k2', from: 'crah-3' },
    { to: 'k2', from: 'crah-4' },
  ]);
  const { redundancy } = r.shape;
  assertLoads(r, crahs);
  const underEach = (p: number) => crahs.map(lost => slotUnder(redundancy, p, lost));
  assert.equal(new Set(underEach(crahs[1]).filter(slot => slot >= 0)).size, 3);
  // The two CRAHs that only the first rack shares with it bring the first one the same.
  assert.equal(new Set(underEach(crahs[0]).filter(slot => slot >= 0)).size, 1);
});
