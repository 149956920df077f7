import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeSnapshot, restoreSnapshot, signalIndex, stateHash, Twin } from '../../twin/index.ts';
import { TWO_RACKS, topologyOf } from '../support/inventories.ts';

const AT_MS = Date.UTC(2026, 0, 1);

function liveTwin(): Twin {
  const topology = topologyOf();
  const twin = new Twin(topology);
  for (const [id, signal, value] of [
    ['k1-n1', 'bmcPowerW', 6000],
    ['k2-n1', 'bmcPowerW', 5000],
    ['k1-n1/gpu0', 'gpuTempC', 61],
  ] as const) {
    const entity = topology.indexOf(id);
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, value, AT_MS);
  }
  twin.tick(AT_MS);
  return twin;
}

test('a snapshot restores the same state, to the hash', () => {
  const twin = liveTwin();
  const bytes = encodeSnapshot(twin.state, AT_MS);
  const restored = new Twin(topologyOf());
  assert.equal(restoreSnapshot(restored.state, bytes), AT_MS);
  restored.tick(AT_MS);
  twin.tick(AT_MS);
  assert.equal(stateHash(restored.state), stateHash(twin.state));
});

test('a snapshot of another inventory, version or length is refused with the reason', () => {
  const bytes = encodeSnapshot(liveTwin().state, AT_MS);
  const other = new Twin(
    topologyOf({ ...TWO_RACKS, overrides: [{ match: 'k2-n2', remove: true }] }),
  );
  assert.throws(() => restoreSnapshot(other.state, bytes), /of another inventory/);
  const twin = new Twin(topologyOf());
  assert.throws(() => restoreSnapshot(twin.state, bytes.subarray(0, 40)), /header|cut off/);
  assert.throws(() => restoreSnapshot(twin.state, bytes.subarray(0, bytes.length - 1)), /cut off/);
  assert.throws(() => restoreSnapshot(twin.state, new Uint8Array(64)), /not an Orrery snapshot/);
  const odd = Buffer.from(bytes);
  odd[odd.length - 1] = 9;
  const before = stateHash(twin.state);
  assert.throws(() => restoreSnapshot(twin.state, odd), /quality 9/);
  const renamed = Buffer.from(bytes);
  renamed.set(Buffer.from('"gpuTempX"'), renamed.indexOf('"gpuTempC"'));
  assert.throws(() => restoreSnapshot(twin.state, renamed), /values of 'gpuTempX' of 'gpu'/);
  assert.equal(stateHash(twin.state), before, 'nothing of them was taken');
  const newer = Buffer.from(bytes);
  newer.set(Buffer.from('"version":2'), newer.indexOf('"version":1'));
  assert.throws(() => restoreSnapshot(twin.state, newer), /version 2 is not 1/);
});
