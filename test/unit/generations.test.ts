import assert from 'node:assert/strict';
import test from 'node:test';
import { migrate, migrateBreaches } from '../../twin/migrate.ts';
import { stateHash } from '../../twin/state/hash.ts';
import { MEASURED, MISSING } from '../../twin/state/quality.ts';
import { readSignal } from '../../twin/state/read.ts';
import { signalIndex } from '../../twin/tables/signals.ts';
import { Twin } from '../../twin/twin.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';
import { probe, START_MS } from '../support/two-rack-twin.ts';

const INLET = signalIndex('inletTempC');

/** The same site without one host. */
const SMALLER = { ...TWO_RACKS, overrides: [{ match: 'k1-n1', kind: 'host', remove: true }] };

test('a new generation keeps what is known of the things that stay, under their new indices', () => {
  const before = probe();
  before.write('inletTempC', 'k1-n1', 21);
  before.write('inletTempC', 'k1-n2', 22);
  before.write('inletTempC', 'k2-n2', 23);
  before.write('bmcPowerW', 'k2-n2', 5000);
  before.end('inletTempC', 'k2-n2');
  before.tick();
  const topology = topologyOf(SMALLER, 2);
  const after = new Twin(topology);
  migrate(before.twin, after);
  after.tick(START_MS);
  const inlet = (id: string) => readSignal(after.state, INLET, topology.indexOf(id));
  assert.notEqual(topology.indexOf('k1-n2'), before.twin.topology.indexOf('k1-n2'));
  assert.deepEqual(inlet('k1-n2'), { value: 22, atMs: START_MS, quality: MEASURED });
  assert.equal(inlet('k2-n2').value, 23);
  assert.notEqual(inlet('k2-n2').quality, MEASURED, 'an ended series stays ended');
  assert.equal(inlet('k2-n1').quality, MISSING);
  assert.equal(topology.indexOf('k1-n1'), -1);
  const rack = readSignal(after.state, signalIndex('powerLoadW'), topology.indexOf('k2'));
  assert.ok(rack.value > 5000, 'the closure follows from the cells');
});

test('breaches go over with their times; those of things that are gone stay behind', () => {
  const before = probe();
  for (const host of ['k1-n1', 'k1-n2']) before.write('inletTempC', host, 34);
  before.tick();
  before.write('inletTempC', 'k1-n2', 34, 70);
  before.tick(70);
  const topology = topologyOf(SMALLER, 2);
  const after = new Twin(topology);
  migrate(before.twin, after);
  migrateBreaches(before.twin, after);
  const inlets = [...after.judge.breaches.values()].filter(
    breach => breach.limit.row.id === 'inletAllowable',
  );
  assert.deepEqual(
    inlets.map(breach => topology.ids[breach.entity]),
    ['k1-n2'],
  );
  assert.equal(inlets[0].sinceMs, START_MS);
  assert.equal(inlets[0].firing, true);
  const cell = after.state.ensureCell(INLET, inlets[0].entity);
  after.write(cell, inlets[0].entity, 20, START_MS + 71_000);
  const { resolved } = after.tick(START_MS + 71_000);
  assert.deepEqual(
    resolved.map(breach => topology.ids[breach.entity]),
    ['k1-n2'],
  );
});

test('the hash of a state does not depend on the order in which columns came to be', () => {
  const signals = ['inletTempC', 'bmcPowerW', 'upFlag', 'cpuUtilRatio'] as const;
  const hashOf = (order: readonly string[]) => {
    const site = probe();
    for (const signal of order) site.write(signal, 'k2-n1', signal.length);
    site.tick();
    return stateHash(site.twin.state);
  };
  assert.equal(hashOf(signals), hashOf([...signals].reverse()));
  const other = probe();
  for (const signal of signals) other.write(signal, 'k2-n1', signal.length);
  other.write('upFlag', 'k2-n1', 0);
  other.tick();
  assert.notEqual(stateHash(other.twin.state), hashOf(signals));
});

test('the hash tells a change of value, time or quality apart', () => {
  const hashOf = (change: (site: ReturnType<typeof probe>) => void) => {
    const site = probe();
    site.write('upFlag', 'k1-n1', 1);
    change(site);
    return stateHash(site.twin.state);
  };
  const hashes = [
    hashOf(() => {}),
    hashOf(site => site.write('upFlag', 'k1-n1', 0)),
    hashOf(site => site.write('upFlag', 'k1-n1', 1, 1)),
    hashOf(site => site.end('upFlag', 'k1-n1')),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(
    hashes[0],
    hashOf(() => {}),
  );
});

test('a fork and its origin share nothing, whichever is written to', () => {
  const site = probe();
  site.write('bmcPowerW', 'k1-n1', 5000);
  site.tick();
  const { state } = site.twin;
  const fork = state.fork();
  const hash = stateHash(state);
  assert.equal(stateHash(fork), hash);
  const cell = fork.ensureCell(signalIndex('bmcPowerW'), site.twin.topology.indexOf('k1-n1'));
  fork.values[cell] = 1;
  fork.planes.power.load.fill(7);
  fork.ensureColumn(
    signalIndex('fanPowerW'),
    site.twin.topology.kind[state.columns[0].firstEntity],
  );
  assert.equal(stateHash(state), hash);
  site.write('bmcPowerW', 'k1-n1', 6000, 1);
  site.tick(1);
  assert.equal(fork.valueAt(cell), 1);
  assert.equal(fork.planes.power.load[0], 7);
});

test('a pooled fork takes everything over, columns made in between too', () => {
  const site = probe();
  site.tick();
  const pooled = site.twin.state.fork();
  pooled.ensureColumn(signalIndex('fanPowerW'), 0);
  for (const signal of ['bmcPowerW', 'inletTempC', 'cpuUtilRatio', 'memUsedRatio']) {
    for (const id of ['k1-n1', 'k1-n1/gpu0', 'k2']) {
      if (signal === 'inletTempC' || id === 'k1-n1') site.write(signal, id, 30);
    }
  }
  for (let i = 0; i < 30; i++) site.twin.state.ensureColumn(i, 28);
  site.tick(1);
  assert.equal(site.twin.state.fork(pooled), pooled);
  assert.equal(stateHash(pooled), stateHash(site.twin.state));
  assert.deepEqual(pooled.columns, site.twin.state.columns);
});

test('a fork keeps its generation', () => {
  const a = probe().twin.state;
  const b = probe(topologyOf(SMALLER, 2)).twin.state;
  assert.throws(() => a.fork(b), RangeError);
});
