/** The live channel as a page uses it: socket.io over a real connection. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { io, type Socket } from 'socket.io-client';
import { decodeFrame, type Frame } from '../../twin/index.ts';
import { until } from '../support/outside-process.ts';
import { type SmallOptions, smallInventory, startSmallService } from '../support/small-service.ts';

const FLOOR = { id: 'floor', kind: 'host', under: 's1', signals: ['inletTempC'], everyMs: 100 };
/** With a tick this long the test's own ticks are due at once, and no others come between. */
const LONG_TICK = { tickS: 60 };

async function site(t: TestContext, options: SmallOptions = {}) {
  const { config, ...rest } = options;
  const service = await startSmallService({ ...rest, config: { ...LONG_TICK, ...config } });
  t.after(() => service.stop());
  const inlet = (host: string, value: number) => {
    service.clock.nowMs += 1000;
    service.read(host, [{ kind: 'host', signal: 'inletTempC', value }]);
    service.service.live.tick();
  };
  service.service.live.tick();
  return { ...service, inlet };
}

type Answer = { ok: boolean; id?: string; stream?: string; error?: string };

interface Page {
  readonly socket: Socket;
  readonly frames: { id: string; frame: Frame; acknowledge: () => void }[];
  readonly said: [event: string, message: unknown][];
  subscribe(request: object): Promise<Answer>;
}

async function page(t: TestContext, url: string, options: object = {}): Promise<Page> {
  const socket = io(url, { path: '/live', transports: ['websocket'], ...options });
  t.after(() => void socket.close());
  const frames: Page['frames'] = [];
  const said: Page['said'] = [];
  socket.on('frame', (id: string, bytes: Buffer, acknowledge: () => void) => {
    frames.push({ id, frame: decodeFrame(new Uint8Array(bytes)), acknowledge });
  });
  for (const event of ['generation', 'ended']) {
    socket.on(event, message => said.push([event, message]));
  }
  await new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', reject);
  });
  const subscribe = (request: object) => socket.timeout(5000).emitWithAck('subscribe', request);
  return { socket, frames, said, subscribe };
}

const count = (seen: Page, wanted: number) =>
  until(`${wanted} frames`, 5000, async () => seen.frames.length >= wanted);

test('subscribe, snapshot, acknowledge, delta', async t => {
  const { url, inlet } = await site(t);
  const seen = await page(t, url);
  const answer = await seen.subscribe(FLOOR);
  assert.deepEqual([answer.ok, answer.id], [true, 'floor']);
  await count(seen, 1);
  assert.ok(seen.frames[0].frame.snapshot);
  assert.equal(seen.frames[0].frame.sections[0].entities.length, 4);
  seen.frames[0].acknowledge();
  await until('readiness', 5000, async () => {
    inlet('r1-k1-n1', 20 + Math.random());
    return seen.frames.length > 1;
  });
  assert.deepEqual([seen.frames[1].frame.snapshot, seen.frames[1].id], [false, 'floor']);
  assert.equal(seen.frames[1].frame.sections[0].entities.length, 1);
});

test('who does not acknowledge gets no more; afterwards the newest state, not a queue', async t => {
  const { url, inlet, service } = await site(t);
  const seen = await page(t, url);
  await seen.subscribe(FLOOR);
  await count(seen, 1);
  for (let value = 20; value < 60; value++) {
    inlet('r1-k1-n1', value);
    await new Promise(done => setTimeout(done, 10));
  }
  assert.equal(seen.frames.length, 1, 'one frame in flight');
  assert.equal(service.feeds.stats().frames, 1, 'none was made for it either');
  seen.frames[0].acknowledge();
  await until('readiness', 5000, async () => {
    inlet('r1-k1-n2', 30 + Math.random());
    return seen.frames.length > 1;
  });
  const { frame } = seen.frames[1];
  const { entities, values } = frame.sections[0];
  assert.equal(frame.snapshot, false);
  assert.equal(entities.length, 2, 'both that changed, each once');
  assert.equal(values[0], 59, 'the newest value');
});

test('bad subscriptions are answered with what is wrong; the connection lives on', async t => {
  const { url } = await site(t);
  const seen = await page(t, url);
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ ...FLOOR, id: '' }, /^id: /],
    [{ ...FLOOR, kind: 'node' }, /'node' is not a kind/],
    [{ ...FLOOR, under: 'r9' }, /no entity 'r9'/],
    [{ ...FLOOR, signals: ['powerKW'] }, /'powerKW' is not a signal/],
    [{ ...FLOOR, signals: [] }, /^signals: /],
    [{ ...FLOOR, everyMs: 1 }, /^everyMs: a whole number from 100/],
    [{ ...FLOOR, resume: 'yes' }, /^resume: /],
    [null, /./],
    ['floor', /./],
  ];
  for (const [request, error] of cases) {
    const answer = await seen.subscribe(request as object);
    assert.equal(answer.ok, false, JSON.stringify(request));
    assert.match(answer.error ?? '', error);
  }
  for (let n = 0; n < 16; n++) assert.ok((await seen.subscribe({ ...FLOOR, id: `s${n}` })).ok);
  const more = await seen.subscribe({ ...FLOOR, id: 's16' });
  assert.match(more.error ?? '', /more than 16 subscriptions/);
  assert.ok((await seen.subscribe({ ...FLOOR, id: 's3' })).ok, 'one in place of another');
});

test('what is no function in place of the acknowledgement harms nobody', async t => {
  const { url } = await site(t);
  const seen = await page(t, url);
  seen.socket.emit('subscribe', FLOOR, 'not a function');
  seen.socket.emit('subscribe');
  seen.socket.emit('unsubscribe', 7, { also: 'not' });
  await count(seen, 1);
  assert.ok((await seen.subscribe({ ...FLOOR, id: 'other' })).ok);
});

test('an unsubscribed view sends no more', async t => {
  const { url, inlet, service } = await site(t);
  const seen = await page(t, url);
  await seen.subscribe(FLOOR);
  await count(seen, 1);
  seen.frames[0].acknowledge();
  await seen.socket.timeout(5000).emitWithAck('unsubscribe', { id: 'floor' });
  assert.equal(service.feeds.stats().subscriptions, 0);
  inlet('r1-k1-n1', 33);
  assert.ok((await seen.subscribe({ ...FLOOR, id: 'next' })).ok);
  await count(seen, 2);
  assert.deepEqual(
    seen.frames.map(({ id }) => id),
    ['floor', 'next'],
  );
});

test('after a lost connection the stream goes on where it was', async t => {
  const { url, inlet, service } = await site(t);
  const first = await page(t, url);
  const { stream } = await first.subscribe(FLOOR);
  await count(first, 1);
  const { generation, seq } = first.frames[0].frame;
  first.socket.disconnect();
  await until('its end', 5000, async () => service.feeds.stats().subscriptions === 0);
  inlet('r1-k2-n1', 31);
  const again = await page(t, url);
  await again.subscribe({ ...FLOOR, resume: { stream, generation, seq } });
  await count(again, 1);
  const { frame } = again.frames[0];
  assert.deepEqual([frame.snapshot, frame.sections[0].entities.length], [false, 1]);
  const fresh = await page(t, url);
  await fresh.subscribe({ ...FLOOR, resume: { generation, seq } });
  await count(fresh, 1);
  assert.ok(fresh.frames[0].frame.snapshot, 'without the stream nobody knows what was seen');
});

test('a new inventory is announced before the snapshot of it', async t => {
  const { url, post } = await site(t);
  const seen = await page(t, url);
  await seen.subscribe(FLOOR);
  await count(seen, 1);
  seen.frames[0].acknowledge();
  await seen.subscribe({ ...FLOOR, id: 'rack', under: 'r1-k2' });
  await count(seen, 2);
  const order: string[] = [];
  seen.socket.on('generation', () => order.push('generation'));
  seen.socket.on('frame', (id: string) => order.push(id));
  const answer = await post('/api/v1/inventory', JSON.stringify(smallInventory(1)));
  assert.deepEqual(await answer.json(), { generation: 2, entities: 128 });
  await until('the snapshot', 5000, async () => order.includes('floor'));
  assert.deepEqual(order, ['generation', 'floor']);
  const last = seen.frames.at(-1)?.frame;
  assert.deepEqual([last?.snapshot, last?.generation], [true, 2]);
  assert.deepEqual(seen.said, [
    ['generation', { generation: 2 }],
    ['ended', { id: 'rack', why: "under: there is no entity 'r1-k2'; did you mean 'r1-k1'?" }],
  ]);
});

test('many readers of one view share its frames', async t => {
  const { url, inlet, service } = await site(t);
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => page(t, url, { forceNew: true })),
  );
  for (const each of pages) await each.subscribe(FLOOR);
  await Promise.all(pages.map(each => count(each, 1)));
  assert.equal(service.feeds.stats().feeds, 1);
  for (const { frames } of pages) frames[0].acknowledge();
  await until('deltas for all', 5000, async () => {
    inlet('r1-k1-n1', 20 + Math.random());
    return pages.every(({ frames }) => frames.length > 1);
  });
  const seqs = new Set(pages.map(({ frames }) => frames[1].frame.seq));
  assert.ok(seqs.size <= 3, 'most saw the same frame');
});

test('tokens are asked for', async t => {
  process.env.ORRERY_TEST_VIEW = 'view-1';
  t.after(() => delete process.env.ORRERY_TEST_VIEW);
  const tokens = [{ name: 'page', role: 'viewer', tokenEnv: 'ORRERY_TEST_VIEW' }];
  const { url } = await site(t, { config: { http: { tokens } } });
  await assert.rejects(page(t, url), /401: anonymous token/);
  await assert.rejects(page(t, url, { auth: { token: 'view-2' } }), /401: unknown token/);
  const seen = await page(t, url, { auth: { token: 'view-1' } });
  assert.ok((await seen.subscribe(FLOOR)).ok);
});

test('only so many may listen', async t => {
  const { url } = await site(t, { config: { http: { maxLiveClients: 1 } } });
  await page(t, url);
  await assert.rejects(page(t, url));
});

test('without tokens a page of another site cannot listen', async t => {
  const { url } = await site(t);
  const extraHeaders = { origin: 'https://evil.example' };
  await assert.rejects(page(t, url, { extraHeaders }));
  await page(t, url, { extraHeaders: { origin: url } });
});

test('the same frames come over plain HTTP, each with its length before it', async t => {
  const { url, inlet } = await site(t);
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/frames?kind=host&signals=inletTempC&everyMs=100`, {
    signal: abort.signal,
  });
  assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  let bytes = Buffer.alloc(0);
  const frames: Frame[] = [];
  const read = (async () => {
    for await (const chunk of response.body ?? []) {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE(0)) {
        const end = 4 + bytes.readUInt32LE(0);
        frames.push(decodeFrame(new Uint8Array(bytes.subarray(4, end))));
        bytes = bytes.subarray(end);
      }
    }
  })();
  await until('a delta', 5000, async () => {
    inlet('r1-k1-n1', 20 + Math.random());
    return frames.length > 1;
  });
  assert.deepEqual(
    frames.slice(0, 2).map(({ snapshot }) => snapshot),
    [true, false],
  );
  abort.abort();
  await read.catch(() => undefined);
});
