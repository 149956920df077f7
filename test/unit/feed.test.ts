import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { ProblemError } from '../../server/api/problem.ts';
import { createFeed } from '../../server/live/feed.ts';
import { createFeeds, type Subscriber } from '../../server/live/feeds.ts';
import { createLiveTwin } from '../../server/live-twin.ts';
import { decodeFrame, type Frame, parseInventory, signalIndex } from '../../twin/index.ts';
import { START_MS, smallInventory, smallTopology } from '../support/small-service.ts';

const INLET = 'inletTempC';
const VIEW = { kind: 'host', signals: [INLET] };
const SUBSCRIPTION = { ...VIEW, everyMs: 100 };

function liveSite() {
  const clock = { nowMs: START_MS, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(smallTopology(), clock);
  const write = (id: string, value: number) => {
    const { twin } = live;
    const entity = twin.topology.indexOf(id);
    twin.write(twin.state.ensureCell(signalIndex(INLET), entity), entity, value, clock.nowMs);
  };
  const second = () => {
    clock.nowMs += 1000;
    live.tick();
  };
  const reload = (racks: number) => {
    const parsed = parseInventory(smallInventory(racks));
    assert.ok(parsed.ok && live.reload(parsed.value).ok);
  };
  live.tick();
  return { live, clock, write, second, reload };
}

const decoded = (bytes: Buffer | undefined): Frame => {
  assert.ok(bytes, 'a frame was expected');
  return decodeFrame(bytes);
};

/** What a page would hold after these frames: id to value. */
function held(live: ReturnType<typeof createLiveTwin>, frames: readonly Frame[]) {
  const values = new Map<string, number>();
  for (const { snapshot, sections } of frames) {
    if (snapshot) values.clear();
    for (const { entities, values: sent } of sections) {
      entities.forEach((entity, i) => {
        values.set(live.twin.topology.ids[entity], sent[i]);
      });
    }
  }
  return Object.fromEntries(values);
}

test('first a snapshot, then only what changed', () => {
  const { live, write, second } = liveSite();
  const feed = createFeed(live, VIEW);
  const first = decoded(feed.frameSince(undefined));
  assert.ok(first.snapshot);
  assert.equal(first.sections[0].entities.length, 4);
  assert.equal(feed.frameSince(feed.seq), undefined);
  write('r1-k2-n1', 24);
  second();
  const seen = feed.seq;
  feed.advance();
  const delta = decoded(feed.frameSince(seen));
  assert.deepEqual([delta.snapshot, delta.seq], [false, seen + 1]);
  assert.deepEqual(held(live, [delta]), { 'r1-k2-n1': 24 });
  assert.equal(delta.sections[0].qualities[0], 4);
  second();
  feed.advance();
  assert.equal(feed.frameSince(delta.seq), undefined, 'nothing changed');
});

test('who missed frames gets their changes in one; who missed too many a snapshot', () => {
  const { live, write, second } = liveSite();
  const feed = createFeed(live, VIEW);
  const start = feed.seq;
  for (const [id, value] of [
    ['r1-k1-n1', 21],
    ['r1-k1-n2', 22],
    ['r1-k1-n1', 23],
  ] as const) {
    write(id, value);
    second();
    feed.advance();
  }
  assert.deepEqual(held(live, [decoded(feed.frameSince(start))]), {
    'r1-k1-n1': 23,
    'r1-k1-n2': 22,
  });
  for (let n = 0; n < 70; n++) {
    write('r1-k1-n1', n);
    second();
    feed.advance();
  }
  assert.ok(decoded(feed.frameSince(start)).snapshot);
  for (const strange of [0, start - 1, feed.seq + 1]) {
    assert.ok(decoded(feed.frameSince(strange)).snapshot, `frame ${strange} was never made`);
  }
});

test('readers of the same frame share the bytes of the next', () => {
  const { live, write, second } = liveSite();
  const feed = createFeed(live, VIEW);
  const seen = feed.seq;
  write('r1-k1-n1', 25);
  second();
  feed.advance();
  assert.equal(feed.frameSince(seen), feed.frameSince(seen));
  assert.equal(feed.frameSince(undefined), feed.frameSince(undefined));
});

test('a value that stays the same is renewed, so that its age on the page stays true', () => {
  const { live, write, second } = liveSite();
  write('r1-k1-n1', 22);
  second();
  const feed = createFeed(live, VIEW);
  let renewals = 0;
  for (let n = 0; n < 30; n++) {
    const seen = feed.seq;
    write('r1-k1-n1', 22);
    second();
    feed.advance();
    if (feed.frameSince(seen)) renewals++;
  }
  assert.ok(renewals >= 2 && renewals <= 3, `${renewals} in 30 s`);
});

test('a value that goes missing is sent as NaN', () => {
  const { live, clock, write, second } = liveSite();
  write('r1-k1-n1', 22);
  second();
  const feed = createFeed(live, VIEW);
  const seen = feed.seq;
  clock.nowMs += 2_000_000;
  second();
  feed.advance();
  const [section] = decoded(feed.frameSince(seen)).sections;
  assert.deepEqual([section.values[0], section.qualities[0]], [Number.NaN, 0]);
});

test('a view that makes no sense is refused by what is wrong in it', () => {
  const { live } = liveSite();
  const refused = (view: object, text: RegExp) =>
    assert.throws(
      () => createFeed(live, { ...VIEW, ...view }),
      (error: unknown) => error instanceof ProblemError && text.test(error.message),
    );
  refused({ kind: 'node' }, /kind: 'node'/);
  refused({ under: 'r9' }, /under: there is no entity 'r9'/);
  refused({ signals: ['powerKW'] }, /signals: 'powerKW'/);
  refused({ signals: [] }, /at least one/);
  const signals = Array.from({ length: 20_000 }, () => INLET);
  refused({ kind: 'gpu', signals }, /32 entities with 20000 signals are more than 400000/);
});

/** A reader that keeps its frames and says that it is ready when told to. */
function reader(feeds: ReturnType<typeof createFeeds>, subscription = SUBSCRIPTION) {
  const frames: Frame[] = [];
  const ends: string[] = [];
  const subscriber: Subscriber = feeds.open(subscription, {
    send: frame => frames.push(decodeFrame(frame)),
    ended: why => ends.push(why),
  });
  return { subscriber, frames, ends };
}

function feedsOf(live: ReturnType<typeof createLiveTwin>) {
  // So that every tick of the test, however soon, is one at which frames are due.
  return createFeeds({ live, tickMs: 400, maxReaders: 20, log: pino({ level: 'silent' }) });
}

test('a slow reader has one frame in flight, and then gets the newest state', async () => {
  const { live, write, second } = liveSite();
  const feeds = feedsOf(live);
  const slow = reader(feeds);
  const quick = reader(feeds);
  slow.subscriber.start();
  quick.subscriber.start();
  for (let value = 20; value < 25; value++) {
    quick.subscriber.ready();
    write('r1-k1-n1', value);
    second();
    await turn();
  }
  assert.equal(quick.frames.length, 6);
  assert.equal(slow.frames.length, 1, 'nothing more until it is ready');
  slow.subscriber.ready();
  write('r1-k1-n2', 30);
  second();
  await turn();
  assert.equal(slow.frames.length, 2);
  assert.equal(slow.frames[1].snapshot, false);
  const now = held(live, slow.frames);
  assert.deepEqual([now['r1-k1-n1'], now['r1-k1-n2']], [24, 30]);
  assert.deepEqual(feeds.stats(), { feeds: 1, subscriptions: 2, frames: 8 });
  feeds.close();
});

test('after a reconnect the same stream goes on by delta, anything else by snapshot', async () => {
  const { live, write, second } = liveSite();
  const feeds = feedsOf(live);
  const before = reader(feeds);
  before.subscriber.start();
  const { generation, seq } = before.frames[0];
  const { stream } = before.subscriber;
  before.subscriber.close();
  write('r1-k1-n1', 26);
  second();
  const resumed = reader(feeds);
  resumed.subscriber.start({ stream, generation, seq });
  assert.deepEqual(
    [resumed.frames[0].snapshot, held(live, resumed.frames)],
    [false, { 'r1-k1-n1': 26 }],
  );
  for (const seen of [
    { stream: 'another', generation, seq },
    { stream, generation: generation + 1, seq },
    { stream, generation, seq: seq + 100 },
    undefined,
  ]) {
    const fresh = reader(feeds);
    fresh.subscriber.start(seen);
    assert.ok(fresh.frames[0].snapshot, JSON.stringify(seen));
  }
  const other = reader(feeds, { ...SUBSCRIPTION, kind: 'rack' });
  other.subscriber.start({ stream, generation, seq });
  assert.ok(other.frames[0].snapshot, 'another view is another stream');
  feeds.close();
});

test('a new generation starts with a snapshot of what stands in it', async () => {
  const { live, write, second, reload } = liveSite();
  const feeds = feedsOf(live);
  const page = reader(feeds);
  page.subscriber.start();
  write('r1-k1-n1', 27);
  second();
  reload(3);
  page.subscriber.ready();
  second();
  await turn();
  const last = page.frames.at(-1);
  assert.deepEqual([last?.snapshot, last?.generation], [true, 2]);
  assert.equal(last?.sections[0].entities.length, 6);
  assert.equal(held(live, page.frames)['r1-k1-n1'], 27, 'values stay');
  feeds.close();
});

test('a view whose entity goes with the inventory ends, and takes nothing else down', async () => {
  const { live, second, reload } = liveSite();
  const feeds = feedsOf(live);
  const gone = reader(feeds, { ...SUBSCRIPTION, under: 'r1-k2' } as typeof SUBSCRIPTION);
  const stays = reader(feeds);
  gone.subscriber.start();
  stays.subscriber.start();
  stays.subscriber.ready();
  reload(1);
  second();
  await turn();
  assert.match(gone.ends.join(), /there is no entity 'r1-k2'/);
  assert.equal(stays.frames.at(-1)?.sections[0].entities.length, 2);
  assert.equal(feeds.stats().feeds, 1);
  feeds.close();
});

test('when nobody knows whether a frame arrived, the next is a snapshot', async () => {
  const { live, write, second } = liveSite();
  const feeds = feedsOf(live);
  const page = reader(feeds);
  page.subscriber.start();
  page.subscriber.lost();
  write('r1-k1-n1', 28);
  second();
  await turn();
  assert.ok(page.frames[1].snapshot);
  feeds.close();
});

test('only so many views are read at once', () => {
  const { live } = liveSite();
  const feeds = feedsOf(live);
  for (let n = 0; n < 20; n++) reader(feeds).subscriber.start();
  assert.throws(
    () => reader(feeds),
    (error: unknown) => error instanceof ProblemError && error.status === 503,
  );
  feeds.close();
});
