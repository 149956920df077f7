/** The queue of one store: order, bounds, pauses and what is given up, against a made-up wire. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import {
  createDelivery,
  type Delivery,
  type DeliveryOptions,
  type Outcome,
} from '../../server/forward/delivery.ts';
import { countAt, type Group, type Slice } from '../../server/forward/group.ts';
import { type Batch, WaitingQueue } from '../../server/forward/queue.ts';
import { silent } from '../support/forward-site.ts';
import { until } from '../support/outside-process.ts';

/** Two entities of two signals. */
const GROUP = { count: 2, fields: ['a', 'b'], firstEntity: 0 } as unknown as Group;
const NOW_MS = 1_760_000_000_000;

const slice = (n: number, values = [n, n, n, n]): Slice => ({
  group: GROUP,
  atMs: NOW_MS - 100_000 + n,
  values: Float64Array.from(values),
});

const TAKEN: Outcome = { is: 'taken', refused: 0 };
const LATER: Outcome = { is: 'later', error: 'not now' };

interface Run {
  readonly delivery: Delivery;
  /** Each batch sent, as the values in it. */
  readonly sent: number[][];
  answer: (batch: Batch) => Outcome | Promise<Outcome>;
  nowMs: number;
}

const valuesOf = (batch: Batch) =>
  batch.flatMap(({ slice: { group, values }, from, to }) =>
    [...values.slice(from * group.fields.length, to * group.fields.length)].filter(
      value => !Number.isNaN(value),
    ),
  );

function deliveryOf(t: TestContext, options: Partial<DeliveryOptions> = {}): Run {
  const sent: number[][] = [];
  const run: Run = {
    sent,
    answer: () => TAKEN,
    nowMs: NOW_MS,
    delivery: createDelivery({
      id: 'test',
      wire: {
        url: 'http://store',
        weigh: countAt,
        send: async batch => {
          sent.push(valuesOf(batch));
          return run.answer(batch);
        },
        close: () => {},
      },
      ...{ batchMax: 100, maxQueueBytes: 1e6, flushMs: 1e6, log: silent, retryMs: [1e6, 1e6] },
      now: () => run.nowMs,
      ...options,
    }),
  };
  t.after(() => run.delivery.stop());
  return run;
}

test('slices go in order, several in a request, cut between entities', async t => {
  const { delivery, sent } = deliveryOf(t, { batchMax: 6 });
  delivery.put([slice(1), slice(2, [2, Number.NaN, 2, 2]), slice(3)]);
  assert.equal(delivery.stats().queuedSamples, 11);
  assert.equal(await delivery.flush(), true);
  assert.deepEqual(sent, [
    [1, 1, 1, 1, 2],
    [2, 2, 3, 3, 3, 3],
  ]);
  const { sentSamples, queuedSamples, queuedBytes, lagS, state } = delivery.stats();
  assert.deepEqual([sentSamples, queuedSamples, queuedBytes, lagS, state], [11, 0, 0, 0, 'up']);
});

test('a full request goes at once, less waits for more', async t => {
  const run = deliveryOf(t, { batchMax: 8, flushMs: 1e6 });
  run.delivery.put([slice(1)]);
  await new Promise(resolve => setTimeout(resolve, 30));
  assert.equal(run.sent.length, 0);
  run.delivery.put([slice(2)]);
  await until('the request', 20_000, async () => run.sent.length === 1);
  assert.equal(run.sent[0].length, 8);
});

test('while a store is away the oldest goes when the queue is full, and is counted', async t => {
  const run = deliveryOf(t, { maxQueueBytes: 3 * 32 });
  run.answer = () => LATER;
  run.delivery.put([1, 2, 3].map(n => slice(n)));
  assert.equal(await run.delivery.flush(), false);
  assert.equal(run.delivery.stats().state, 'down');
  run.delivery.put([slice(4), slice(5)]);
  const { droppedSamples, queuedSamples, queuedBytes, lastError, lagS } = run.delivery.stats();
  assert.deepEqual(droppedSamples, { 'queue full': 8 });
  assert.deepEqual([queuedSamples, queuedBytes, lastError], [12, 96, 'not now']);
  assert.ok(Math.abs(lagS - 99.997) < 1e-6, `${lagS}`);
  run.answer = () => TAKEN;
  assert.equal(await run.delivery.flush(), true);
  assert.deepEqual([...new Set(run.sent.at(-1))], [3, 4, 5]);
  assert.deepEqual([run.delivery.stats().state, run.delivery.stats().lastError], ['up', undefined]);
});

test('what is on its way is not dropped, and not sent twice', async t => {
  const run = deliveryOf(t, { maxQueueBytes: 32, batchMax: 4 });
  let release = () => {};
  run.answer = () =>
    new Promise(resolve => {
      release = () => resolve(TAKEN);
    });
  run.delivery.put([slice(1)]);
  const flushed = run.delivery.flush();
  run.delivery.put([slice(2), slice(3)]);
  run.answer = () => TAKEN;
  release();
  assert.equal(await flushed, true);
  assert.deepEqual(
    run.sent.map(([first]) => first),
    [1, 3],
  );
  const { droppedSamples, sentSamples } = run.delivery.stats();
  assert.deepEqual([droppedSamples, sentSamples], [{ 'queue full': 4 }, 8]);
});

test('pauses double, and a store may ask for longer ones', async t => {
  const run = deliveryOf(t, { retryMs: [20, 1000], batchMax: 4, flushMs: 0 });
  const times: number[] = [];
  const answers: Outcome[] = [LATER, LATER, LATER, { ...LATER, afterMs: 400 }];
  run.answer = () => {
    times.push(performance.now());
    return answers.shift() ?? TAKEN;
  };
  run.delivery.put([slice(1)]);
  await until('success', 30_000, async () => run.delivery.stats().sentSamples === 4);
  const pauses = times.slice(1).map((time, i) => time - times[i]);
  // Jitter takes away up to a half; a busy machine may add.
  [10, 20, 40, 395].forEach((least, i) => {
    assert.ok(pauses[i] >= least - 2, `pause ${i}: ${pauses[i]} ms`);
  });
  assert.equal(run.delivery.stats().retries, 4);
  assert.equal(run.delivery.stats().requests, 5);
});

test('new values do not shorten the pause of a store that failed', async t => {
  const run = deliveryOf(t, { flushMs: 0, batchMax: 4 });
  run.answer = () => LATER;
  run.delivery.put([slice(1)]);
  await until('the failure', 20_000, async () => run.sent.length === 1);
  run.delivery.put([slice(2), slice(3)]);
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.equal(run.sent.length, 1);
});

test('refused samples are counted and not sent again', async t => {
  const run = deliveryOf(t, { batchMax: 4 });
  run.answer = batch =>
    valuesOf(batch).includes(2) ? { is: 'taken', refused: 3, error: 'bad' } : TAKEN;
  run.delivery.put([slice(1), slice(2), slice(3)]);
  assert.equal(await run.delivery.flush(), true);
  const { droppedSamples, sentSamples, retries } = run.delivery.stats();
  assert.deepEqual([droppedSamples, sentSamples, retries], [{ refused: 3 }, 9, 0]);
  assert.equal(run.sent.length, 3);
});

test('a request that is too large is halved, down to one entity', async t => {
  const run = deliveryOf(t, { batchMax: 100 });
  run.answer = batch => {
    if (valuesOf(batch).length > 4 || valuesOf(batch).includes(3)) {
      return { is: 'tooLarge', error: 'HTTP 413' };
    }
    return TAKEN;
  };
  run.delivery.put([slice(1), slice(2), slice(3), slice(4)]);
  assert.equal(await run.delivery.flush(), true);
  const { droppedSamples, sentSamples, queuedSamples } = run.delivery.stats();
  assert.deepEqual([droppedSamples, sentSamples, queuedSamples], [{ refused: 4 }, 12, 0]);
});

test('nothing leaves before its time: a clock set back holds values, or gives them up', async t => {
  const run = deliveryOf(t);
  const at = (atMs: number, n: number) => ({ ...slice(n), atMs });
  run.delivery.put([at(NOW_MS - 1, 1), at(NOW_MS + 100, 2), at(NOW_MS + 3_600_000, 3)]);
  assert.equal(await run.delivery.flush(), false);
  assert.deepEqual(run.sent, [[1, 1, 1, 1]]);
  run.nowMs = NOW_MS + 100;
  assert.equal(await run.delivery.flush(), true);
  assert.deepEqual(run.sent.slice(1), [[2, 2, 2, 2]]);
  assert.deepEqual(run.delivery.stats().droppedSamples, { 'ahead of the clock': 4 });
});

test('at the end there is one last attempt, and what is left is counted', async () => {
  const gone = { after: () => {} } as unknown as TestContext;
  const up = deliveryOf(gone);
  up.delivery.put([slice(1)]);
  await up.delivery.stop();
  assert.equal(up.delivery.stats().sentSamples, 4);
  up.delivery.put([slice(2)]);
  assert.deepEqual(up.delivery.stats().droppedSamples, { stopped: 4 });
  const down = deliveryOf(gone);
  down.answer = () => LATER;
  down.delivery.put([slice(1)]);
  await down.delivery.stop();
  assert.deepEqual(down.delivery.stats().droppedSamples, { stopped: 4 });
  assert.equal(down.delivery.stats().queuedSamples, 0);
  assert.equal(down.sent.length, 1);
});

test('whatever happens, samples are delivered in order, once, or counted', async () => {
  const step = fc.oneof(
    fc.record({ put: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }) }),
    fc.record({ send: fc.constantFrom('taken', 'failed'), max: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, room) => {
        const queue = new WaitingQueue(32 * room);
        const delivered: number[] = [];
        let put = 0;
        let n = 0;
        for (const each of steps) {
          if ('put' in each) {
            const values = each.put.map(isThere => (isThere ? ++n : Number.NaN));
            put += each.put.filter(Boolean).length;
            queue.put(slice(1, values));
            continue;
          }
          const batch = queue.take(NOW_MS, each.max, countAt);
          if (each.send === 'taken') delivered.push(...valuesOf(batch));
          queue.done(batch, each.send === 'taken');
        }
        assert.deepEqual(
          delivered,
          delivered.toSorted((a, b) => a - b),
        );
        assert.equal(new Set(delivered).size, delivered.length);
        const dropped = queue.dropped['queue full'] ?? 0;
        assert.equal(delivered.length + dropped + queue.samples, put);
        assert.ok(queue.bytes <= 32 * room);
      },
    ),
  );
});
