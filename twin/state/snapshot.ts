/**
 * A state as bytes, and back. The header names signals, kinds and the ids it is of, so that a
 * snapshot never lands on another topology; the version is checked.
 *
 * Layout, little endian: u32 magic, u32 length of the header, header (JSON), padding to 8 bytes, then
 * over the cells of all columns f64 values, i32 times (see `State.times`) and u8 qualities.
 */
import { KIND_INDEX, KINDS, type Kind } from '../tables/kinds.ts';
import { SIGNAL_INDEX, SIGNALS, signalIndex } from '../tables/signals.ts';
import type { Topology } from '../topology/topology.ts';
import { aligned, asciiJson, parseAsciiJson } from './ascii.ts';
import { MEASURED } from './quality.ts';
import { CELL_BYTES, instantOf, type State } from './state.ts';

const MAGIC = 0x5352524f;
const VERSION = 1;
const PREFIX_BYTES = 8;

interface Header {
  readonly version: number;
  readonly name: string;
  readonly atMs: number;
  readonly ids: string;
  /** What the times count from; null while there is none. */
  readonly epochMs: number | null;
  readonly columns: readonly {
    readonly signal: string;
    readonly kind: Kind;
    readonly count: number;
  }[];
}

/** A snapshot in pieces; the columns are views on the state, to be written one behind the other. */
export interface SnapshotParts {
  /** Prefix and header, padded. */
  readonly head: Uint8Array;
  readonly values: Float64Array;
  readonly times: Int32Array;
  readonly qualities: Uint8Array;
}

/** Closure results are not in it: they follow from the cells at the next tick. */
export function snapshotParts(state: State, atMs: number): SnapshotParts {
  const header: Header = {
    version: VERSION,
    name: state.topology.name,
    atMs,
    ids: idsHash(state.topology),
    epochMs: Number.isNaN(state.epochMs) ? null : state.epochMs,
    columns: state.columns.map(({ signal, kind, count }) => ({
      signal: SIGNALS[signal].id,
      kind: KINDS[kind].id,
      count,
    })),
  };
  const text = asciiJson(header);
  const head = new Uint8Array(aligned(PREFIX_BYTES + text.length));
  const view = new DataView(head.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  head.set(text, PREFIX_BYTES);
  return {
    head,
    values: state.values.subarray(0, state.cellCount),
    times: state.times.subarray(0, state.cellCount),
    qualities: state.quality.subarray(0, state.cellCount),
  };
}

export function encodeSnapshot(state: State, atMs: number): Uint8Array {
  const { head, values, times, qualities } = snapshotParts(state, atMs);
  const bytes = new Uint8Array(head.length + CELL_BYTES * values.length);
  bytes.set(head);
  let at = head.length;
  for (const { buffer, byteOffset, byteLength } of [values, times, qualities]) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/** Entity here of the `ordinal`-th entity of a kind there, or -1 when it is gone. */
export type EntityMove = (kind: number, ordinal: number) => number;

/**
 * Writes a snapshot's values into a state; touch what is derived by a tick.
 * @param move for a snapshot of another generation; without it the topology must be the same
 * @returns the instant of the snapshot
 * @throws RangeError when the bytes are no whole snapshot, or of another version or topology; the
 * state is as it was then
 */
export function restoreSnapshot(state: State, bytes: Uint8Array, move?: EntityMove): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < PREFIX_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new RangeError('not an Orrery snapshot');
  }
  const length = view.getUint32(4, true);
  const header = readHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
  if (!move && header.ids !== idsHash(state.topology)) {
    throw new RangeError(`the snapshot of '${header.name}' is of another inventory`);
  }
  checkColumns(header, move ? undefined : state.topology);
  const cellCount = header.columns.reduce((sum, column) => sum + column.count, 0);
  const valuesAt = aligned(PREFIX_BYTES + length);
  const timesAt = valuesAt + 8 * cellCount;
  const qualitiesAt = timesAt + 4 * cellCount;
  if (bytes.byteLength < qualitiesAt + cellCount) throw new RangeError('the snapshot is cut off');
  for (let at = qualitiesAt; at < qualitiesAt + cellCount; at++) {
    if (bytes[at] > MEASURED) throw new RangeError(`a value has the quality ${bytes[at]}`);
  }
  const epochMs = header.epochMs ?? Number.NaN;
  if (Number.isNaN(state.epochMs)) state.epochMs = epochMs;
  let cell = -1;
  for (const { signal, kind, count } of header.columns) {
    const column = state.ensureColumn(signalIndex(signal), KIND_INDEX[kind]);
    for (let i = 0; i < count; i++) {
      cell++;
      const entity = move ? move(column.kind, i) : column.firstEntity + i;
      if (entity < 0) continue;
      const value = view.getFloat64(valuesAt + 8 * cell, true);
      const atMs = instantOf(view.getInt32(timesAt + 4 * cell, true), epochMs);
      const target = column.firstCell + entity - column.firstEntity;
      state.put(target, value, atMs, bytes[qualitiesAt + cell]);
    }
  }
  return header.atMs;
}

/** @param topology where the snapshot is of the same generation */
function checkColumns({ columns, epochMs, atMs }: Header, topology: Topology | undefined) {
  const areNumbers = typeof atMs === 'number' && typeof (epochMs ?? 0) === 'number';
  if (!Array.isArray(columns) || !areNumbers) throw damaged();
  for (const column of columns as Header['columns']) {
    const { signal, kind, count } = Object(column) as Header['columns'][0];
    const areTexts = typeof signal === 'string' && typeof kind === 'string';
    if (!areTexts || typeof count !== 'number') throw damaged();
    const k = KIND_INDEX[kind];
    const own = topology && topology.kindStart[k + 1] - topology.kindStart[k];
    const isKnown = SIGNAL_INDEX.has(signal) && typeof k === 'number';
    const isCount = Number.isSafeInteger(count) && count >= 0 && count === (own ?? count);
    if (isKnown && isCount) continue;
    throw new RangeError(`the snapshot has ${count} values of '${signal}' of '${kind}'`);
  }
}

function readHeader(bytes: Uint8Array): Header {
  let header: Header;
  try {
    header = Object(parseAsciiJson(bytes)) as Header;
  } catch {
    throw damaged();
  }
  const { version, name } = header;
  if (typeof version !== 'number' || typeof name !== 'string') throw damaged();
  if (version !== VERSION) throw new RangeError(`snapshot version ${version} is not ${VERSION}`);
  return header;
}

const damaged = () => new RangeError('the header of the snapshot is damaged');

/** FNV-1a over the ids in storage order: two topologies with the same hash hold the same things. */
function idsHash(topology: Topology): string {
  let hash = 0x811c9dc5;
  for (const id of topology.ids) {
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x2f, 0x01000193);
  }
  return `${topology.count}:${(hash >>> 0).toString(16)}`;
}
