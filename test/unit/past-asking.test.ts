/** The worker that the past is asked in, when it ends before it has answered. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createPast } from '../../server/recovery/past.ts';

const WORKER = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, path }) => {
    if (path === '/end') process.exit(3);
    parentPort.postMessage({ id, answer: path });
  });
`;

test('a worker that ends refuses all who wait, and the next question has a new one', async () => {
  const worker = new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`);
  const past = createPast({ dataDir: '', rolledUp: async () => undefined, worker });
  const ask = (path: string) =>
    past.ask({ atMs: 0, method: 'get', path, input: { params: {}, query: {}, body: undefined } });
  assert.equal((await ask('/a')).answer, '/a');
  const message = 'the worker of the past ended with 3: ask again';
  await Promise.all(
    ['/end', '/b'].map(path => assert.rejects(ask(path), { status: 503, message })),
  );
  assert.equal((await ask('/c')).answer, '/c');
  const last = ask('/d');
  await Promise.all([
    assert.rejects(last, { status: 503, message: 'the service ends' }),
    past.close(),
  ]);
});
