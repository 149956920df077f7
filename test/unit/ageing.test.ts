import assert from 'node:assert/strict';
import test from 'node:test';
import { DERIVED, MEASURED, MISSING, MODELLED, STALE } from '../../twin/state/quality.ts';
import { probe } from '../support/two-rack-twin.ts';

const HOST = 'k1-n1';

test('a value that is not renewed becomes stale after 90 s, missing after ten times that', () => {
  const site = probe();
  site.write('inletTempC', HOST, 24);
  site.tick();
  assert.equal(site.read('inletTempC', HOST).quality, MEASURED);
  site.tick(90);
  assert.equal(site.read('inletTempC', HOST).quality, MEASURED, 'at 90 s');
  site.tick(91);
  assert.deepEqual(site.read('inletTempC', HOST), { value: 24, quality: STALE, atS: 0 });
  site.tick(900);
  assert.equal(site.read('inletTempC', HOST).quality, STALE, 'at 900 s');
  const { changed } = site.tick(901);
  const gone = site.read('inletTempC', HOST);
  assert.equal(gone.quality, MISSING);
  assert.ok(Number.isNaN(gone.value), 'missing is not zero');
  assert.ok(changed.includes(site.twin.topology.indexOf(HOST)));
});

test('a renewed value lives on, and one that returns is measured again', () => {
  const site = probe();
  for (let atS = 0; atS <= 300; atS += 60) {
    site.write('inletTempC', HOST, 24, atS);
    site.tick(atS + 30);
    assert.equal(site.read('inletTempC', HOST).quality, MEASURED);
  }
  site.tick(1_000);
  assert.equal(site.read('inletTempC', HOST).quality, STALE);
  site.write('inletTempC', HOST, 25, 1_001);
  site.tick(1_001);
  assert.deepEqual(site.read('inletTempC', HOST), { value: 25, quality: MEASURED, atS: 1_001 });
});

test('a first value that is old already is found out within a third of its time', () => {
  const site = probe();
  site.write('inletTempC', 'k1-n2', 24, 0);
  site.tick();
  site.write('inletTempC', HOST, 24, -80);
  site.tick(1);
  assert.equal(site.read('inletTempC', HOST).quality, MEASURED);
  site.tick(31);
  assert.equal(site.read('inletTempC', HOST).quality, STALE);
});

test('an ended series is stale at once and is taken over by the next source', () => {
  const site = probe();
  site.write('dcmiPowerW', HOST, 5100);
  site.write('bmcPowerW', HOST, 5000);
  site.tick();
  assert.equal(site.read('powerW', HOST).value, 5000);
  site.end('bmcPowerW', HOST);
  site.tick(1);
  assert.deepEqual(site.read('powerW', HOST), { value: 5100, quality: MEASURED, atS: 0 });
});

test('the power of a silent host is its nameplate, modelled, and that does not age', () => {
  const site = probe();
  site.tick();
  const nameplate = site.read('powerW', HOST);
  assert.equal(nameplate.quality, MODELLED);
  assert.ok(nameplate.value > 5_000 && Number.isNaN(nameplate.atS));
  site.tick(100_000);
  assert.deepEqual(site.read('powerW', HOST), nameplate);
});

test('a host whose meter has gone missing falls back on its nameplate, and its rack is modelled', () => {
  const site = probe();
  for (const id of [HOST, 'k1-n2']) site.write('bmcPowerW', id, 5000);
  site.tick();
  const known = site.read('powerLoadW', 'k1');
  site.tick(901);
  assert.equal(site.read('powerW', HOST).quality, MODELLED);
  assert.ok(site.read('powerLoadW', 'k1').value > known.value, 'never zero, never less than known');
  assert.ok(known.quality === DERIVED || known.quality === MODELLED);
});
