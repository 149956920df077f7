import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeSnapshot, restoreSnapshot, SIGNALS, signalIndex, Twin } from '../../twin/index.ts';
import { MEASURED, MISSING, STALE } from '../../twin/state/quality.ts';
import { KINDS } from '../../twin/tables/kinds.ts';
import { topologyOf } from '../support/inventories.ts';
import { probe } from '../support/two-rack-twin.ts';

const columnsOf = ({ state }: Twin) =>
  state.columns.map(({ signal, kind }) => `${SIGNALS[signal].id}@${KINDS[kind].id}`);

test('the first current measuring point is believed, else the first stale one', () => {
  const site = probe();
  site.write('dcmiPowerW', 'k1-n1', 5000);
  site.tick();
  assert.deepEqual(site.read('powerW', 'k1-n1'), { value: 5000, quality: MEASURED, atS: 0 });
  site.write('bmcPowerW', 'k1-n1', 6000, 1);
  site.tick(1);
  assert.deepEqual(site.read('powerW', 'k1-n1'), { value: 6000, quality: MEASURED, atS: 1 });
  site.end('bmcPowerW', 'k1-n1');
  site.tick(2);
  assert.deepEqual(site.read('powerW', 'k1-n1'), { value: 5000, quality: MEASURED, atS: 0 });
});

test('what a GPU draws is its one measuring point, and has no cells of its own', () => {
  const site = probe();
  const gpu = 'k1-n1/gpu0';
  assert.equal(site.read('powerW', gpu).quality, MISSING);
  site.write('gpuPowerW', gpu, 412);
  assert.deepEqual(site.read('powerW', gpu), { value: 412, quality: MEASURED, atS: 0 });
  site.tick();
  assert.ok(columnsOf(site.twin).includes('gpuPowerW@gpu'));
  assert.ok(!columnsOf(site.twin).includes('powerW@gpu'));
  site.end('gpuPowerW', gpu);
  site.tick(1);
  assert.deepEqual(site.read('powerW', gpu), { value: 412, quality: STALE, atS: 0 });
  const copy = site.twin.state.fork();
  const entity = site.twin.topology.indexOf(gpu);
  assert.equal(copy.valueAt(copy.cellOf(signalIndex('powerW'), entity)), 412);
});

test('a column that an older version wrote for it lands in the cells of the measuring point', () => {
  const { topology, state } = new Twin(topologyOf());
  const entity = topology.indexOf('k1-n1/gpu0');
  state.put(state.ensureCell(signalIndex('gpuPowerW'), entity), 412, 0, MEASURED);
  const bytes = Buffer.from(encodeSnapshot(state, 0));
  // Three letters fewer; spaces keep the length.
  bytes.set(Buffer.from('"powerW"   '), bytes.indexOf('"gpuPowerW"'));
  const restored = new Twin(topologyOf());
  restoreSnapshot(restored.state, bytes);
  const cell = restored.state.cellOf(signalIndex('gpuPowerW'), entity);
  assert.equal(restored.state.valueAt(cell), 412);
});

test('an estimate takes room only once a measuring point has come', () => {
  const site = probe();
  site.write('bmcPowerW', 'k1-n1', 6000);
  site.tick();
  assert.ok(!columnsOf(site.twin).includes('powerW@pdu'));
  site.write('pduPowerW', 'k1-a', 3000, 1);
  site.tick(1);
  assert.deepEqual(site.read('powerW', 'k1-a'), { value: 3000, quality: MEASURED, atS: 1 });
  assert.ok(columnsOf(site.twin).includes('powerW@pdu'));
});
