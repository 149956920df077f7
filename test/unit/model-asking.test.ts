/** The worker that models are asked in, when it ends or fails before it has answered. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createAsking } from '../../server/models/asking.ts';

/** Answers with its own number, until it is told to end. */
const WORKER = `
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.on('message', ({ kind }) => {
    if (kind === 'end') process.exit(3);
    if (kind === 'fail') throw new Error('as told');
    parentPort.postMessage({ answer: { threadId }, problems: [] });
  });
`;

const asking = () => {
  const ask = createAsking(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`));
  return async (kind: string) => (await ask({ kind, input: {} })).answer?.threadId;
};

test('a worker that ends fails its question at once, and the next one has a new worker', async () => {
  const ask = asking();
  const first = await ask('number');
  assert.equal(await ask('number'), first, 'kept from question to question');
  const waiting = ask('number');
  const message = 'the worker of the models ended with 3: ask again';
  await assert.rejects(ask('end'), { status: 503, message });
  assert.equal(await waiting, first);
  assert.notEqual(await ask('number'), first);
  await assert.rejects(ask('fail'), /as told/);
  assert.ok(Number(await ask('number')) > 0);
});
