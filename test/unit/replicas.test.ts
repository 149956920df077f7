import assert from 'node:assert/strict';
import test from 'node:test';
import { Replicas } from '../../server/ingest/replicas.ts';

test('a replica is told by its label, which is none of the series', () => {
  const replicas = new Replicas();
  const one = replicas.split({ cluster: 'c', __replica__: 'a', gpu: '0' });
  const two = replicas.split({ cluster: 'c', __replica__: 'b', gpu: '0' });
  assert.deepEqual(
    [one.labels, two.labels],
    [
      { cluster: 'c', gpu: '0' },
      { cluster: 'c', gpu: '0' },
    ],
  );
  assert.notEqual(one.replica, two.replica);
  assert.equal(replicas.split({ cluster: 'c', __replica__: 'a' }).replica, one.replica);
  assert.deepEqual(replicas.split({ gpu: '0' }), { replica: -1, labels: { gpu: '0' } });
});

test('a label gone wild makes no memory of each of its values', () => {
  const replicas = new Replicas();
  const split = (i: number) => replicas.split({ cluster: 'c', __replica__: `r${i}`, gpu: '0' });
  for (let i = 0; i < 10_000; i++) assert.equal(split(i).replica, i);
  assert.deepEqual(split(10_000), { replica: -1, labels: { cluster: 'c', gpu: '0' } });
  assert.equal(split(5).replica, 5, 'those that came first are still told apart');
});
