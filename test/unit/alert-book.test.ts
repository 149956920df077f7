import assert from 'node:assert/strict';
import test from 'node:test';
import { type Alert, createAlertBook } from '../../server/alerts/book.ts';
import { createLiveTwin } from '../../server/live-twin.ts';
import { parseInventory, signalIndex } from '../../twin/index.ts';
import { START_MS, smallInventory, smallTopology } from '../support/small-service.ts';

function watchedSite() {
  const clock = { nowMs: START_MS, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(smallTopology(), clock);
  const book = createAlertBook(live);
  live.onTick(tick => book.take(tick));
  const fired: Alert[] = [];
  const resolved: Alert[] = [];
  book.onChange((began, ended) => {
    fired.push(...began);
    resolved.push(...ended);
  });
  const write = (id: string, signal: string, value: number) => {
    const { twin } = live;
    const entity = twin.topology.indexOf(id);
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, clock.nowMs);
  };
  const pass = (seconds: number) => {
    clock.nowMs += 1000 * seconds;
    live.tick();
  };
  const reload = (document: object) => {
    const parsed = parseInventory(document);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const built = live.reload(parsed.value);
    assert.ok(built.ok, JSON.stringify(built));
  };
  return { live, clock, book, fired, resolved, write, pass, reload };
}

const PSU = 'r1-k2-n1/psu0';
const ALERT = `psuOk/${PSU}`;

/** A failed PSU, long enough to be an alert. */
function failing() {
  const site = watchedSite();
  site.write(PSU, 'psuOkFlag', 0);
  site.pass(0);
  site.pass(60);
  return site;
}

test('a breach is pending, then fires, then resolves, under one id', () => {
  const { book, fired, resolved, write, pass } = watchedSite();
  write(PSU, 'psuOkFlag', 0);
  pass(0);
  const [pending] = book.list();
  assert.deepEqual([pending.id, pending.state, pending.startsAt], [ALERT, 'pending', undefined]);
  assert.deepEqual(book.counts(), { firing: 0, pending: 1, superseded: 0 });
  assert.equal(fired.length, 0);
  write(PSU, 'psuOkFlag', 0);
  pass(60);
  const [firing] = book.list();
  assert.deepEqual([firing.id, firing.state], [ALERT, 'firing']);
  assert.equal(firing.since, '2026-03-01T12:00:00.000Z');
  assert.equal(firing.startsAt, '2026-03-01T12:01:00.000Z');
  assert.deepEqual([firing.signal, firing.kind, firing.entity], ['psuOkFlag', 'psu', PSU]);
  assert.deepEqual(firing.place, {
    ...{ site: 's1', hall: 'h1', row: 'r1', rack: 'r1-k2', host: 'r1-k2-n1', psu: PSU },
  });
  write(PSU, 'psuOkFlag', 1);
  pass(1);
  assert.deepEqual(
    [...fired, ...resolved].map(alert => [alert.id, alert.state]),
    [
      [ALERT, 'firing'],
      [ALERT, 'resolved'],
    ],
  );
  const [last] = book.list();
  assert.deepEqual([last.state, last.endsAt], ['resolved', '2026-03-01T12:01:01.000Z']);
});

test('counts are by state and severity, zeros too', () => {
  const { book } = failing();
  const counts = book.tally();
  assert.equal(counts.length, 9);
  const [{ severity }] = book.list();
  for (const { state, severity: other, count } of counts) {
    assert.equal(count, state === 'firing' && other === severity ? 1 : 0);
  }
});

test('a new inventory keeps the alerts of what stays, with their times', () => {
  const { book, fired, resolved, clock, reload } = failing();
  const before = book.list();
  clock.nowMs += 5000;
  reload(smallInventory(3));
  assert.deepEqual(book.list(), before);
  assert.deepEqual([fired.length, resolved.length], [1, 0], 'nothing fires a second time');
});

test('a pending breach keeps waiting over a new inventory, not anew', () => {
  const { book, fired, write, pass, reload } = watchedSite();
  write(PSU, 'psuOkFlag', 0);
  pass(0);
  const [{ since }] = book.list();
  pass(1);
  reload(smallInventory(3));
  assert.equal(book.list()[0].since, since);
  pass(60);
  assert.equal(fired[0]?.id, ALERT);
});

test('alerts of what a new inventory leaves out are resolved', () => {
  const { book, resolved, clock, reload } = failing();
  clock.nowMs += 5000;
  reload(smallInventory(1));
  assert.deepEqual(
    resolved.map(({ id, state, endsAt }) => ({ id, state, endsAt })),
    [{ id: ALERT, state: 'resolved', endsAt: '2026-03-01T12:01:05.000Z' }],
  );
  assert.equal(resolved[0].place.rack, 'r1-k2', 'where it stood');
  assert.deepEqual(book.counts(), { firing: 0, pending: 0, superseded: 0 });
  assert.equal(book.list()[0].state, 'resolved');
});

test('an alert whose limit the new inventory moved away resolves', () => {
  const { book, resolved, write, pass, reload } = watchedSite();
  for (const host of ['r1-k1-n1', 'r1-k1-n2', 'r1-k2-n1', 'r1-k2-n2'])
    write(host, 'bmcPowerW', 9000);
  const tight = smallInventory();
  Object.assign(tight.site.halls[0], { limits: { roomPower: 30_000 } });
  reload(tight);
  pass(61);
  assert.ok(book.list().some(alert => alert.id === 'roomPower/h1' && alert.state === 'firing'));
  reload(smallInventory());
  assert.deepEqual(
    resolved.map(alert => alert.id),
    ['roomPower/h1'],
  );
});

test('only so many resolved alerts are kept', () => {
  const { book, write, pass } = watchedSite();
  for (let n = 0; n < 260; n++) {
    for (const psu of [PSU, 'r1-k1-n1/psu0']) write(psu, 'psuOkFlag', 0);
    pass(1);
    pass(60);
    for (const psu of [PSU, 'r1-k1-n1/psu0']) write(psu, 'psuOkFlag', 1);
    pass(1);
  }
  const resolved = book.list().filter(alert => alert.state === 'resolved');
  assert.equal(resolved.length, 500);
  assert.ok((resolved[0].endsAt ?? '') > (resolved[499].endsAt ?? ''), 'newest first');
});

const HOSTS = ['r1-k1-n1', 'r1-k1-n2'];
const MILD = 'inletRecommended/r1-k1';
const HARD = 'inletAllowable/r1-k1';

/** A site whose first rack is held at an inlet temperature for so long. */
function warmRack() {
  const site = watchedSite();
  const hold = (inletTempC: number, forS: number) => {
    for (let s = 0; s < forS; s += 15) {
      for (const host of HOSTS) site.write(host, 'inletTempC', inletTempC);
      site.pass(15);
    }
  };
  const ofRack = () =>
    site.book
      .list()
      .filter(({ entity, state }) => entity === 'r1-k1' && state !== 'resolved')
      .map(({ id, state, supersededBy }) => [id, state, supersededBy]);
  return { ...site, hold, ofRack };
}

test('a harder limit on the same signal supersedes the milder one, which goes on standing', () => {
  const { book, hold, ofRack, fired, resolved } = warmRack();
  hold(30, 615);
  assert.deepEqual(ofRack(), [[MILD, 'firing', undefined]]);
  const startsAt = book.list().find(({ id }) => id === MILD)?.startsAt;
  hold(45, 75);
  assert.deepEqual(ofRack(), [
    [HARD, 'firing', undefined],
    [MILD, 'firing', HARD],
  ]);
  assert.deepEqual(book.counts(), { firing: 1 + HOSTS.length, pending: 0, superseded: 1 });
  const superseded = book.tally().filter(({ state }) => state === 'superseded');
  assert.deepEqual(
    superseded.map(({ severity, count }) => [severity, count]),
    [
      ['info', 0],
      ['warning', 1],
      ['critical', 0],
    ],
  );
  hold(30, 15);
  assert.deepEqual(ofRack(), [[MILD, 'firing', undefined]], 'the harder one ended first');
  assert.equal(book.list().find(({ id }) => id === MILD)?.startsAt, startsAt);
  const told = (alerts: readonly Alert[]) => alerts.filter(({ id }) => id === MILD).length;
  assert.deepEqual([told(fired), told(resolved)], [1, 0], 'outside, the milder one never moved');
});

test('a breach that is pending is superseded too; a harder one that is pending supersedes none', () => {
  const { hold, ofRack, book } = warmRack();
  hold(45, 15);
  assert.deepEqual(ofRack().sort(), [
    [HARD, 'pending', undefined],
    [MILD, 'pending', undefined],
  ]);
  hold(45, 60);
  assert.deepEqual(ofRack(), [
    [HARD, 'firing', undefined],
    [MILD, 'pending', HARD],
  ]);
  assert.deepEqual(book.counts(), { firing: 3, pending: 0, superseded: 1 });
});

test('of three limits the hardest that fires supersedes the others', () => {
  const { book, write, pass } = watchedSite();
  const gpu = 'r1-k1-n1/gpu0';
  for (let n = 0; n < 9; n++) {
    write(gpu, 'gpuTempC', 99);
    pass(15);
  }
  const found = book.list().filter(({ entity }) => entity === gpu);
  const by = Object.fromEntries(found.map(({ limit, supersededBy }) => [limit, supersededBy]));
  const hardest = `gpuTempSlowdown/${gpu}`;
  assert.deepEqual(by, {
    ...{ gpuTempWarn: hardest, gpuTempAct: hardest, gpuTempSlowdown: undefined },
  });
});
