/** Whatever comes in: a healthy site is not accused, and no gap makes a number that is none. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { SIGNALS } from '../../twin/index.ts';
import { dice, judgeSite, type Lie } from '../support/agreement-site.ts';

const SEEDS = 24;
/** Findings over all healthy seeds: 24 sites of 16 hosts for three hours. */
const MAX_FALSE = 1;

test('healthy noise over many seeds makes hardly a finding', () => {
  const found = Array.from({ length: SEEDS }, (_, i) =>
    judgeSite({ seed: 100 + i, hours: 3 }),
  ).flatMap(({ findings, topology }) =>
    findings.map(each => `${topology.ids[each.entity]} ${SIGNALS[each.signal].id} ${each.fault}`),
  );
  assert.ok(found.length <= MAX_FALSE, found.join('; '));
});

test('gaps, nought, negative and absurd readings leave every number finite', () => {
  for (const seed of [1, 2, 3]) {
    const roll = dice(seed + 77);
    const lie: Lie = ({ values }) => {
      for (let i = 0; i < 20; i++) {
        const p = Math.floor(roll() * values.length);
        values[p] = [0, -500, 1e12, 1e-9, -0][Math.floor(roll() * 5)];
      }
    };
    const { findings } = judgeSite({ seed, hours: 2, lie, gaps: 0.3 });
    for (const each of findings) {
      assert.ok(each.confidence >= 0 && each.confidence <= 1, `confidence ${each.confidence}`);
      assert.ok(Number.isFinite(each.sinceMs) && Number.isFinite(each.foundMs));
      if (each.factor !== undefined) assert.ok(Number.isFinite(each.factor));
      for (const { z, residual, expected } of each.evidence) {
        assert.ok([z, residual, expected].every(Number.isFinite), each.fault);
      }
    }
  }
});

test('a site that says nothing at all is not accused', () => {
  const { findings, judge } = judgeSite({ seed: 1, hours: 1, gaps: 1.1 });
  assert.deepEqual(findings, []);
  assert.equal(judge.coverage().speaking, 0);
});

test('the same readings give the same findings', () => {
  const lie: Lie = read => {
    read.set('k1-n1', 'bmcPowerW', 1.1 * read.get('k1-n1', 'bmcPowerW'));
  };
  const [a, b] = [0, 1].map(() => judgeSite({ seed: 5, hours: 1.5, lie }).findings);
  assert.ok(a.length > 0);
  assert.deepEqual(a, b);
});
