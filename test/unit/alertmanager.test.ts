import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { pino } from 'pino';
import { alertmanagerConfig, createAlertPush } from '../../server/alerts/alertmanager.ts';
import type { Alert, AlertBook } from '../../server/alerts/book.ts';
import { createTarget } from '../../server/alerts/target.ts';
import { makeCertificates } from '../support/certificates.ts';
import { startFakeAlertmanager } from '../support/fake-alertmanager.ts';
import { skipWithout, until } from '../support/outside-process.ts';

const log = pino({ level: 'silent' });

const alert = (n: number, parts: Partial<Alert> = {}): Alert => ({
  ...{ id: `psuOk/p${n}`, limit: 'psuOk', entity: `p${n}`, kind: 'psu', signal: 'psuOkFlag' },
  ...{ severity: 'warning', state: 'firing', value: 0, threshold: 1, unit: 'Flag' },
  since: new Date(Date.now() - 60_000).toISOString(),
  startsAt: new Date(Date.now() - 30_000).toISOString(),
  ...{ summary: `PSU p${n}`, runbook: 'psu', place: { site: 's1', psu: `p${n}` } },
  ...parts,
});

/** A book whose changes a test makes. */
function fakeBook(list: Alert[] = []) {
  const listeners: Parameters<AlertBook['onChange']>[0][] = [];
  const book = {
    list: () => list,
    onChange: (listener: (typeof listeners)[number]) => listeners.push(listener),
  } as unknown as AlertBook;
  const change = (fired: Alert[], resolved: Alert[] = []) => {
    for (const listener of listeners) listener(fired, resolved);
  };
  return { book, change };
}

type Parts = Record<string, unknown> & { readonly speed?: number; readonly list?: Alert[] };

async function pushTo(t: TestContext, urls: readonly string[], parts: Parts = {}) {
  const { speed = 1, list, ...config } = parts;
  const { book, change } = fakeBook(list);
  const startedMs = Date.now();
  const clock = { now: () => startedMs + (Date.now() - startedMs) * speed, speed };
  const push = createAlertPush({
    config: alertmanagerConfig.parse({ urls, ...config }),
    ...{ book, clock, log, publicUrl: () => 'http://twin:9595' },
  });
  push.start();
  t.after(() => push.stop());
  return { push, change };
}

async function manager(t: TestContext) {
  const fake = await startFakeAlertmanager();
  t.after(() => fake.stop());
  return fake;
}

const NOW_MS = Date.parse('2026-01-31T12:00:00Z');
/** The wall clock stands still at `NOW_MS` until the test is over. */
const stopClock = (t: TestContext) => t.mock.timers.enable({ apis: ['Date'], now: NOW_MS });

test('a firing alert says what, where, since when, and where to read on', async t => {
  stopClock(t);
  const fake = await manager(t);
  const { change } = await pushTo(t, [`${fake.url}/`], { labels: { cluster: 'eu1' } });
  change([alert(1)]);
  await until('the alert', 5000, async () => fake.batches.length > 0);
  const [[posted]] = fake.batches;
  assert.deepEqual(posted.labels, {
    ...{
      cluster: 'eu1',
      alertname: 'OrreryPsuOk',
      severity: 'warning',
      limit: 'psuOk',
      signal: 'psuOkFlag',
    },
    ...{ entity: 'p1', kind: 'psu', site: 's1', psu: 'p1' },
  });
  assert.equal(posted.annotations.runbook_url, 'http://twin:9595/docs/runbooks.md#psu');
  assert.equal(posted.generatorURL, 'http://twin:9595/#/psu/p1');
  assert.equal(posted.startsAt, '2026-01-31T11:59:30.000Z');
  // It ends there by itself when we fall silent.
  assert.equal(posted.endsAt, '2026-01-31T12:04:00.000Z');
});

test('a resolved alert carries its end, and its times are the wall clock', async t => {
  stopClock(t);
  const fake = await manager(t);
  const { change } = await pushTo(t, [fake.url], { speed: 60, runbookBase: 'https://wiki/r' });
  const at = (seconds: number) => new Date(NOW_MS + 1000 * seconds).toISOString();
  change([], [alert(1, { state: 'resolved', startsAt: at(-600), endsAt: at(-60) })]);
  await until('the alert', 5000, async () => fake.batches.length > 0);
  const [[posted]] = fake.batches;
  const agoS = (time: string) => (NOW_MS - Date.parse(time)) / 1000;
  assert.equal(agoS(posted.startsAt), 10, 'ten minutes at speed 60 are ten seconds');
  assert.equal(agoS(posted.endsAt), 1);
  assert.equal(posted.annotations.runbook_url, 'https://wiki/r#psu');
});

test('firing alerts are renewed, others are not', async t => {
  const fake = await manager(t);
  const list = [alert(1), alert(2, { state: 'pending' }), alert(3, { state: 'resolved' })];
  t.mock.timers.enable({ apis: ['setInterval'] });
  await pushTo(t, [fake.url], { resendS: 60, list });
  for (const renewals of [1, 2]) {
    t.mock.timers.tick(60_000);
    await until('a renewal', 5000, async () => fake.batches.length === renewals);
  }
  for (const batch of fake.batches) {
    assert.deepEqual(
      batch.map(each => each.labels.entity),
      ['p1'],
    );
  }
});

test('a dead Alertmanager keeps its alerts waiting, newest version only, and delays no other', async t => {
  const alive = await manager(t);
  const dead = await startFakeAlertmanager();
  await dead.stop();
  const { push, change } = await pushTo(t, [dead.url, alive.url]);
  change([alert(1), alert(2)]);
  await until('the living one', 5000, async () => alive.batches.length === 1);
  await until('the failure', 5000, async () => push.targets()[0].failed > 0);
  change([], [alert(1, { state: 'resolved', endsAt: new Date().toISOString() })]);
  await until('the living one', 5000, async () => alive.batches.length === 2);
  const [gone, taken] = push.targets();
  assert.deepEqual([gone.state, gone.sent, gone.waiting], ['down', 0, 2]);
  assert.match(gone.lastError ?? '', /ECONNREFUSED/);
  assert.deepEqual([taken.state, taken.sent, taken.waiting], ['up', 3, 0]);
  assert.equal(taken.lastError, undefined);
});

const needsOpenssl = { skip: skipWithout('openssl') };

test(
  'an Alertmanager that has and asks for certificates of an own authority',
  needsOpenssl,
  async t => {
    const { path, read } = makeCertificates();
    const [key, cert, ca] = ['server.key', 'server.pem', 'ca.pem'].map(read);
    const fake = await startFakeAlertmanager({ key, cert, ca, requestCert: true });
    t.after(() => fake.stop());
    const tls = {
      ...{ caFile: path('ca.pem'), certFile: path('client.pem'), keyFile: path('client.key') },
    };
    const { push, change } = await pushTo(t, [fake.url], { tls });
    const stranger = await pushTo(t, [fake.url]);
    change([alert(1)]);
    stranger.change([alert(2)]);
    await until('the alert', 5000, async () => fake.batches.length > 0);
    await until('the failure', 5000, async () => stranger.push.targets()[0].failed > 0);
    assert.equal(push.targets()[0].lastError, undefined);
    assert.match(stranger.push.targets()[0].lastError ?? '', /certificate/);
    assert.deepEqual(
      fake.batches.flat().map(each => each.labels.entity),
      ['p1'],
    );
  },
);

test('a file of the certificates that is not there is said, with its field', async t => {
  const start = pushTo(t, ['https://127.0.0.1:9'], { tls: { caFile: '/none/ca.pem' } });
  await assert.rejects(start, /tls\.caFile for https:\/\/127\.0\.0\.1:9.* cannot be read: ENOENT/);
});

const quickly = { retryMs: [10, 20] as const };
const compose = ({ entity, state }: Alert) => ({
  ...{ labels: { entity, state }, annotations: {}, generatorURL: '' },
});

async function targetOf(t: TestContext) {
  const fake = await manager(t);
  const config = alertmanagerConfig.parse({ urls: [fake.url] });
  const target = createTarget({ url: fake.url, config, compose, log, ...quickly });
  t.after(() => target.stop());
  return { fake, target };
}

test('what waited is delivered when it comes back', async t => {
  const { fake, target } = await targetOf(t);
  let calls = 0;
  fake.answer = () => (++calls < 4 ? [503, 'starting'] : [200, '']);
  target.queue([alert(1), alert(2)]);
  await until('delivery', 5000, async () => target.health().sent === 2);
  const { state, failed, waiting, lastError } = target.health();
  assert.deepEqual([state, failed, waiting, lastError], ['up', 3, 0, undefined]);
});

test('400 with a text: the bad ones are refused, the good ones are stored and not sent again', async t => {
  const { fake, target } = await targetOf(t);
  fake.answer = () => [400, '"start time must be before end time; at least one label"'];
  target.queue(Array.from({ length: 10 }, (_, n) => alert(n)));
  await until('delivery', 5000, async () => target.health().refused > 0);
  const { sent, refused, waiting } = target.health();
  assert.deepEqual([sent, refused, waiting, fake.batches.length], [8, 2, 0, 1]);
});

test('400 with an object: nothing was stored, and the one bad alert is found', async t => {
  const { fake, target } = await targetOf(t);
  fake.answer = batch =>
    batch.some(each => each.labels.entity === 'p3')
      ? [400, '{"code":602,"message":"labels in body must match"}']
      : [200, ''];
  target.queue(Array.from({ length: 10 }, (_, n) => alert(n)));
  await until('delivery', 5000, async () => target.health().sent > 0);
  const { sent, refused, waiting } = target.health();
  assert.deepEqual([sent, refused, waiting], [9, 1, 0]);
  const stored = fake.batches.filter(batch => !batch.some(each => each.labels.entity === 'p3'));
  assert.equal(new Set(stored.flat().map(each => each.labels.entity)).size, 9);
});

test('a newer version that comes during a delivery is delivered too', async t => {
  const { fake, target } = await targetOf(t);
  fake.answer = () => {
    if (fake.batches.length === 1) target.queue([alert(1, { state: 'resolved' })]);
    return [200, ''];
  };
  target.queue([alert(1)]);
  await until('both', 5000, async () => target.health().sent === 2);
  assert.deepEqual(
    fake.batches.map(([each]) => each.labels.state),
    ['firing', 'resolved'],
  );
});

test('many alerts go in batches', async t => {
  const { fake, target } = await targetOf(t);
  target.queue(Array.from({ length: 1201 }, (_, n) => alert(n)));
  await until('all', 5000, async () => target.health().sent === 1201);
  assert.deepEqual(
    fake.batches.map(batch => batch.length),
    [500, 500, 201],
  );
});

test('secrets go in headers, never in the URL', async t => {
  const secret = { urls: ['http://user:secret@am:9093'] };
  assert.equal(alertmanagerConfig.safeParse(secret).success, false);
  const fake = await manager(t);
  process.env.ORRERY_TEST_AM = 'hush';
  t.after(() => delete process.env.ORRERY_TEST_AM);
  const basicAuth = { username: 'orrery', passwordEnv: 'ORRERY_TEST_AM' };
  const { change, push } = await pushTo(t, [fake.url], { basicAuth });
  change([alert(1)]);
  await until('the alert', 5000, async () => fake.headers.length > 0);
  const expected = `Basic ${Buffer.from('orrery:hush').toString('base64')}`;
  assert.equal(fake.headers[0].authorization, expected);
  assert.doesNotMatch(JSON.stringify(push.targets()), /hush/);
});

test('labels for every alert must be labels', () => {
  const bad = { urls: ['http://am'], labels: { 'data center': 'x' } };
  assert.equal(alertmanagerConfig.safeParse(bad).success, false);
});
