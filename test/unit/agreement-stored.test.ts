/** What the comparison has learnt survives a restart, whole or not at all. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { spell, unspell } from '../../twin/agreement/keep.ts';
import {
  Agreement,
  atOnce,
  encodeAgreement,
  planAgreement,
  restoreAgreement,
  type StoredAnswer,
} from '../../twin/index.ts';
import { agreementTopology, judgeSite, type Lie, ROUND_S } from '../support/agreement-site.ts';

const whyOf = (answer: StoredAnswer) => (answer.ok ? 'taken' : answer.why);

/** Bytes of one, taken by another with a plan of its own. */
function restart(judge: Agreement, atMs: number): Agreement {
  const bytes = atOnce(encodeAgreement(judge, atMs));
  const next = new Agreement(planAgreement(agreementTopology()), { roundS: ROUND_S });
  assert.deepEqual(atOnce(restoreAgreement(next, bytes)), { ok: true, atMs });
  return next;
}

/** A scale, a value that sticks, exchanged cords, a drift and a unit, each at another host. */
function manyLies(): Lie {
  let kept = Number.NaN;
  return (read, atS) => {
    const scale = (id: string, signal: string, factor: number) =>
      read.set(id, signal, factor * read.get(id, signal));
    if (atS >= 3600) scale('k2-n3', 'bmcPowerW', 1.08);
    if (atS >= 4800) scale('k1-n2/psu1', 'outletPowerW', 0.001);
    scale('k4-n2', 'bmcPowerW', 1 + (0.1 * atS) / 3600);
    if (atS >= 4000) {
      if (Number.isNaN(kept)) kept = read.get('k1-n4', 'bmcPowerW');
      read.set('k1-n4', 'bmcPowerW', kept);
    }
    if (atS < 3600) return;
    const [a, b] = ['k3-n1/psu0', 'k3-n4/psu0'].map(id => read.get(id, 'outletPowerW'));
    read.set('k3-n1/psu0', 'outletPowerW', b);
    read.set('k3-n4/psu0', 'outletPowerW', a);
  };
}

test('a restart in the middle gives the findings that no restart gives', () => {
  const run = { seed: 6, hours: 2.5, gaps: 0.05 };
  const { findings, judge } = judgeSite({ ...run, lie: manyLies() });
  assert.ok(findings.length >= 4, `${findings.length} findings`);
  // within a block, at its end, and after most faults have been found
  for (const restartAtS of [1260, 5160, 5400, 7020]) {
    const other = judgeSite({ ...run, lie: manyLies(), restartAtS, restart });
    assert.deepEqual(other.findings, findings, `restart at ${restartAtS} s`);
    assert.deepEqual(other.judge.coverage(), judge.coverage());
  }
});

test('what was found is there at once after a restart', () => {
  const { findings, judge } = judgeSite({ seed: 6, hours: 2, lie: manyLies() });
  assert.ok(findings.length > 0);
  assert.deepEqual(restart(judge, 1e12).findings(), findings);
});

test('what is damaged, of another plan or pace is refused with its reason, and nothing of it taken', () => {
  const { judge } = judgeSite({ seed: 6, hours: 1.5, lie: manyLies() });
  const bytes = atOnce(encodeAgreement(judge, 1e12));
  const plan = planAgreement(agreementTopology());
  const fresh = () => new Agreement(plan, { roundS: ROUND_S });
  const untouched = atOnce(encodeAgreement(fresh(), 0));
  const refused = (next: Agreement, given: Uint8Array) => {
    const why = whyOf(atOnce(restoreAgreement(next, given)));
    if (next.plan === plan && next.roundS === ROUND_S) {
      assert.deepEqual(atOnce(encodeAgreement(next, 0)), untouched, 'nothing taken');
    }
    return why;
  };
  const bent = bytes.slice();
  bent[bent.length >> 1] ^= 4;
  assert.equal(refused(fresh(), bent), 'damaged');
  assert.equal(refused(fresh(), bytes.subarray(0, bytes.length - 9)), 'damaged');
  assert.equal(refused(fresh(), new Uint8Array(3)), 'damaged');
  const older = bytes.slice();
  older[4] = 0;
  assert.equal(refused(fresh(), older), 'version');
  const fewer = planAgreement(agreementTopology(), signal => signal !== 0);
  const isOther = fewer.points.count !== plan.points.count;
  const cooled = planAgreement(agreementTopology({ crahs: [{ id: 'crah-1' }] }));
  const other = isOther ? fewer : cooled;
  assert.equal(refused(new Agreement(other, { roundS: ROUND_S }), bytes), 'plan');
  assert.equal(refused(new Agreement(plan, { roundS: 30 }), bytes), 'pace');
});

test('numbers that JSON does not know come back', () => {
  const notes = { a: [Number.NaN, 1, { b: Number.NEGATIVE_INFINITY }], c: 'stuck', d: null };
  assert.deepEqual(unspell(JSON.parse(JSON.stringify(spell(notes)))), notes);
});
