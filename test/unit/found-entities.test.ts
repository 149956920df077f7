/** Answers that are kept for the next series of the same labels: which, for how long, how many. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { MISSING } from '../../server/identity/alias-table.ts';
import { FoundEntities } from '../../server/identity/found-entities.ts';
import type { Resolved } from '../../server/identity/resolve.ts';

const SOURCE = { id: 's', labels: {} };
const OTHER = { id: 'o', labels: {} };

/** Finds what each label set says, and counts how often it looked. */
function finder() {
  const run = {
    looked: 0,
    found: new FoundEntities((_rule, labelOf): Resolved => {
      run.looked++;
      const entity = Number(labelOf('entity'));
      if (entity < 0) return { ok: false, why: 'unknown', detail: '' };
      const isDoubtful = labelOf('doubt') === 'yes';
      return { ok: true, entity, ...(isDoubtful && { isDoubtful }) };
    }),
    ask(labels: Record<string, string>, source = SOURCE) {
      run.found.choose(labels, source);
      return run.found.entityOf('gpu', label => labels[label] ?? '');
    },
  };
  return run;
}

test('one look serves the labels, of one source and by one rule', () => {
  const run = finder();
  const labels = { entity: '7' };
  for (let i = 0; i < 3; i++) run.ask(labels);
  assert.equal(run.looked, 1);
  assert.equal(run.found.known(labels, SOURCE, 'gpu'), 7);
  assert.equal(run.found.known(labels, SOURCE, 'host'), MISSING);
  assert.equal(run.found.known(labels, OTHER, 'gpu'), MISSING);
  run.ask(labels, OTHER);
  assert.equal(run.looked, 2);
});

test('what is doubtful is looked for each time, what was missed until something is learned', () => {
  const run = finder();
  const [doubtful, missed] = [{ entity: '3', doubt: 'yes' }, { entity: '-1' }];
  for (let i = 0; i < 3; i++) run.ask(doubtful);
  assert.equal(run.looked, 3);
  assert.equal(run.found.known(doubtful, SOURCE, 'gpu'), MISSING);
  for (let i = 0; i < 3; i++) run.ask(missed);
  assert.equal(run.looked, 4);
  run.found.forgetMisses();
  run.ask(missed);
  assert.equal(run.looked, 5);
});

test('however many label sets come, some thousand answers are kept at most', () => {
  const run = finder();
  const sets = Array.from({ length: 20_000 }, (_, i) => ({ entity: `${i}` }));
  for (const labels of sets) run.ask(labels);
  const kept = sets.filter(labels => run.found.known(labels, SOURCE, 'gpu') !== MISSING).length;
  assert.ok(kept > 1000 && kept <= 5000, `${kept} answers`);
  assert.equal(run.found.known(sets[19_999], SOURCE, 'gpu'), 19_999);
});
