/**
 * A state as bytes, and back. The header names signals, kinds and the ids it is of, so that a
 * snapshot never lands on another topology; the version is checked.
 *
 * Layout, little endian: u32 magic, u32 length of the header, header (JSON), padding to 8 bytes, then
 * per column `count` pairs of f64 (value, epoch ms), then the quality bytes of all columns.
 */
import { KIND_INDEX, KINDS, type Kind } from '../tables/kinds.ts';
import { SIGNALS, signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import type { State } from './state.ts';

const MAGIC = 0x5352524f;
const VERSION = 1;
const PREFIX_BYTES = 8;

interface Header {
  readonly version: number;
  readonly name: string;
  readonly atMs: number;
  readonly ids: string;
  readonly columns: readonly {
    readonly signal: string;
    readonly kind: Kind;
    readonly count: number;
  }[];
}

/** Closure results are not in it: they follow from the cells at the next tick. */
export function encodeSnapshot(state: State, atMs: number): Uint8Array {
  const header: Header = {
    version: VERSION,
    name: state.topology.name,
    atMs,
    ids: idsHash(state.topology),
    columns: state.columns.map(({ signal, kind, count }) => ({
      signal: SIGNALS[signal].id,
      kind: KINDS[kind].id,
      count,
    })),
  };
  const text = asciiBytes(JSON.stringify(header));
  const cellsAt = aligned(PREFIX_BYTES + text.length);
  const bytes = new Uint8Array(cellsAt + 17 * state.cellCount);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  bytes.set(text, PREFIX_BYTES);
  new Float64Array(bytes.buffer, cellsAt, 2 * state.cellCount).set(
    state.cells.subarray(0, 2 * state.cellCount),
  );
  bytes.set(state.quality.subarray(0, state.cellCount), cellsAt + 16 * state.cellCount);
  return bytes;
}

const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

/**
 * Writes a snapshot's values into a state of the same topology; touch what is derived by a tick.
 * @returns the instant of the snapshot
 * @throws RangeError when the bytes are no whole snapshot, or of another version or topology
 */
export function restoreSnapshot(state: State, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < PREFIX_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new RangeError('not an Orrery snapshot');
  }
  const length = view.getUint32(4, true);
  const header = readHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
  if (header.ids !== idsHash(state.topology)) {
    throw new RangeError(`the snapshot of '${header.name}' is of another inventory`);
  }
  const cellCount = header.columns.reduce((sum, column) => sum + column.count, 0);
  const cellsAt = aligned(PREFIX_BYTES + length);
  if (bytes.byteLength < cellsAt + 17 * cellCount) throw new RangeError('the snapshot is cut off');
  let cell = 0;
  for (const { signal, kind, count } of header.columns) {
    const column = state.ensureColumn(signalIndex(signal), KIND_INDEX[kind]);
    for (let i = 0; i < count; i++, cell++) {
      const target = column.firstCell + i;
      state.cells[2 * target] = view.getFloat64(cellsAt + 16 * cell, true);
      state.cells[2 * target + 1] = view.getFloat64(cellsAt + 16 * cell + 8, true);
      state.quality[target] = bytes[cellsAt + 16 * cellCount + cell];
    }
  }
  return header.atMs;
}

function readHeader(bytes: Uint8Array): Header {
  let header: Header;
  try {
    header = JSON.parse(asciiText(bytes)) as Header;
  } catch {
    throw new RangeError('the header of the snapshot is damaged');
  }
  if (header.version !== VERSION) {
    throw new RangeError(`snapshot version ${header.version} is not ${VERSION}`);
  }
  return header;
}

/** FNV-1a over the ids in storage order: two topologies with the same hash hold the same things. */
function idsHash(topology: Topology): string {
  let hash = 0x811c9dc5;
  for (const id of topology.ids) {
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x2f, 0x01000193);
  }
  return `${topology.count}:${(hash >>> 0).toString(16)}`;
}

/** ASCII with \\u escapes: the engine has no TextEncoder, and names may hold any character. */
function asciiBytes(text: string): Uint8Array {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Uint8Array.from(text.replace(/[^\x20-\x7e]/g, escaped), c => c.charCodeAt(0));
}

function asciiText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
