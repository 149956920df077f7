import assert from 'node:assert/strict';
import test from 'node:test';
import { ProblemError } from '../../server/api/problem.ts';
import { pageOf, sliceOf } from '../../server/api/scope.ts';
import { smallTopology } from '../support/small-service.ts';

const topology = smallTopology();
const idsOf = (entities: readonly number[]) => entities.map(entity => topology.ids[entity]);
const statusOf = (status: number) => (error: unknown) =>
  error instanceof ProblemError && error.status === status;

test('a scope is a kind, a container, or both', () => {
  const hosts = pageOf(topology, { kind: 'host', under: 'r1-k2', limit: 10 });
  assert.deepEqual(idsOf(hosts.entities), ['r1-k2-n1', 'r1-k2-n2']);
  const all = pageOf(topology, { under: 'r1-k1-n1/gpu3', limit: 10 });
  assert.deepEqual(idsOf(all.entities), ['r1-k1-n1/gpu3']);
  assert.deepEqual(pageOf(topology, { kind: 'host', under: 'ups-a', limit: 10 }).entities, []);
});

test('pages follow one another to the end, also over what does not match', () => {
  const matches = (entity: number) => topology.ids[entity].endsWith('gpu7');
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(topology, { limit: 1, ...(cursor ? { cursor } : {}) }, matches);
    assert.equal(page.entities.length, 1);
    seen.push(...page.entities);
    cursor = page.next;
  } while (cursor !== undefined);
  assert.deepEqual(
    idsOf(seen),
    topology.ids.filter(id => id.endsWith('gpu7')),
  );
});

test('ids come back in the order asked, and only so many', () => {
  const { entities } = pageOf(topology, { ids: 'r1-k2, s1 ,r1-k1', limit: 1 });
  assert.deepEqual(idsOf(entities), ['r1-k2', 's1', 'r1-k1']);
  const many = Array.from({ length: 1001 }, () => 's1').join();
  assert.throws(() => pageOf(topology, { ids: many, limit: 1 }), statusOf(400));
  assert.throws(() => pageOf(topology, { ids: 's1,r9', limit: 1 }), statusOf(404));
});

test('a cursor of another generation is gone, one that is not ours is bad', () => {
  const { next } = pageOf(topology, { limit: 1 });
  assert.equal(next, '1.1');
  assert.throws(() => pageOf(topology, { limit: 1, cursor: '2.1' }), statusOf(410));
  for (const cursor of ['', '1', '1.', 'x.1', '1.-1', '1.1e3', '1.1.1']) {
    assert.throws(() => pageOf(topology, { limit: 1, cursor }), statusOf(400), `'${cursor}'`);
  }
});

test('a list in memory comes in slices', () => {
  const items = ['a', 'b', 'c', 'd', 'e'];
  assert.deepEqual(sliceOf(items, { limit: 2 }), { items: ['a', 'b'], next: '2' });
  assert.deepEqual(sliceOf(items, { limit: 2, cursor: '4' }), { items: ['e'] });
  assert.deepEqual(sliceOf(items, { limit: 5 }), { items });
  assert.deepEqual(sliceOf(items, { limit: 5, cursor: '99' }), { items: [] });
  assert.throws(() => sliceOf(items, { limit: 5, cursor: '-1' }), statusOf(400));
});
