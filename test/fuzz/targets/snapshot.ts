/** A state as bytes, damaged: taken in full or not at all, and never with a quality there is not. */
import assert from 'node:assert/strict';
import {
  encodeSnapshot,
  restoreSnapshot,
  signalIndex,
  stateHash,
  Twin,
} from '../../../twin/index.ts';
import { MEASURED } from '../../../twin/state/quality.ts';
import { NOW_MS } from '../../support/ingest-site.ts';
import { topologyOf } from '../../support/inventories.ts';
import type { Target } from '../target.ts';

const topology = topologyOf();

function written(...signals: readonly (readonly [id: string, signal: string])[]): Buffer {
  const twin = new Twin(topology);
  for (const [id, signal] of signals) {
    const entity = topology.indexOf(id);
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, 55, NOW_MS);
  }
  return Buffer.from(encodeSnapshot(twin.state, NOW_MS));
}

let { state } = new Twin(topology);

export const snapshotTarget: Target = {
  name: 'snapshot',
  maxBytes: 20_000,
  tokens: [
    ...['"count":', '"count":-1', '1e999', 'null', '{}', '[]', '"signal":"powerW"', '"kind":"gpu"'],
    ...['"version":1', '\xff\xff\xff\xff', '\x00\x00\x00\x00', '"epochMs":null', '__proto__'],
  ],
  corpus: [
    written(),
    written(['k1-n1', 'bmcPowerW'], ['k2-n1', 'bmcPowerW']),
    written(['k1-n1/gpu0', 'gpuTempC'], ['k1', 'inletTempC']),
  ],
  reset() {
    state = new Twin(topology).state;
  },
  check(input) {
    const before = stateHash(state);
    try {
      restoreSnapshot(state, input);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      assert.equal(stateHash(state), before, 'a part of it was taken');
    }
    for (let cell = 0; cell < state.cellCount; cell++) assert.ok(state.quality[cell] <= MEASURED);
  },
};
