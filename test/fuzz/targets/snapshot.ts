/** A state as bytes, damaged: taken in full or not at all, and never with a quality there is not. */
import assert from 'node:assert/strict';
import {
  encodeSnapshot,
  restoreSnapshot,
  signalIndex,
  stateHash,
  Twin,
} from '../../../twin/index.ts';
import { aligned } from '../../../twin/state/ascii.ts';
import { MEASURED } from '../../../twin/state/quality.ts';
import { State } from '../../../twin/state/state.ts';
import { NOW_MS } from '../../support/ingest-site.ts';
import { topologyOf } from '../../support/inventories.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';
import { twisted } from '../twisted.ts';

const topology = topologyOf();

function written(...signals: readonly (readonly [id: string, signal: string])[]): Buffer {
  const twin = new Twin(topology);
  for (const [id, signal] of signals) {
    const entity = topology.indexOf(id);
    twin.write(twin.state.ensureCell(signalIndex(signal), entity), entity, 55, NOW_MS);
  }
  return Buffer.from(encodeSnapshot(twin.state, NOW_MS));
}

const CORPUS = [
  written(),
  written(['k1-n1', 'bmcPowerW'], ['k2-n1', 'bmcPowerW']),
  written(['k1-n1/gpu0', 'gpuTempC'], ['k1', 'inletTempC']),
];

/** What a header may say, beside what it ought to. */
const STRANGE: readonly unknown[] = [
  ...[null, true, -1, 0, 1, 2, 0.5, 32, 1e308, 2 ** 53, 2 ** 32, '', 'constructor', '__proto__'],
  ...[[], {}, [[]], [null], { toString: 1 }, 'gpu', 'rack', 'powerW', 'gpuTempC', 'x'.repeat(300)],
  ...[
    { signal: 'powerW', kind: 'gpu', count: 32 },
    { signal: 'powerW', kind: 'rack', count: 2 },
  ],
];

/** Prefix: magic, then the length of the header; see `twin/state/snapshot.ts`. */
const PREFIX_BYTES = 8;

/** One whose header says strange things, with its length and padding as they ought to be. */
function twistedSnapshot(random: Random): Buffer {
  const whole = random.pick(CORPUS);
  const end = PREFIX_BYTES + whole.readUInt32LE(4);
  const header: unknown = JSON.parse(whole.toString('latin1', PREFIX_BYTES, end));
  const text = JSON.stringify(twisted(header, random, STRANGE));
  const head = Buffer.alloc(aligned(PREFIX_BYTES + text.length));
  whole.copy(head, 0, 0, 4);
  head.writeUInt32LE(text.length, 4);
  head.write(text, PREFIX_BYTES, 'latin1');
  return Buffer.concat([head, whole.subarray(aligned(end))]);
}

const { closure } = new Twin(topology).state;
let state = new State(topology, closure);
/** Of the state as it is now. */
let hash = '';

export const snapshotTarget: Target = {
  name: 'snapshot',
  maxBytes: 20_000,
  tokens: [
    ...['"count":', '"count":-1', '1e999', 'null', '{}', '[]', '"signal":"powerW"', '"kind":"gpu"'],
    ...['"version":1', '\xff\xff\xff\xff', '\x00\x00\x00\x00', '"epochMs":null', '__proto__'],
  ],
  corpus: CORPUS,
  generate: twistedSnapshot,
  reset() {
    state = new State(topology, closure);
    hash = stateHash(state);
  },
  check(input) {
    try {
      restoreSnapshot(state, input);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      assert.equal(stateHash(state), hash, 'a part of it was taken');
      return;
    }
    hash = stateHash(state);
    for (let cell = 0; cell < state.cellCount; cell++) assert.ok(state.quality[cell] <= MEASURED);
  },
};
