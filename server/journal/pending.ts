/**
 * Sealed records that are not on disk yet, packed in the order in which they will stand there.
 * Their place is not known before they are written, so checksums are filled in then, and again
 * when a failed write is tried anew elsewhere.
 */
import {
  AT,
  aligned,
  BODY_BYTES_MAX,
  RECORD_HEADER_BYTES,
  type RecordType,
  ROW_BYTES,
  ROWS_HEADER_BYTES,
  recordBytes,
  recordCrc,
  STALE_HEADER_BYTES,
  TYPE,
} from './format.ts';
import { putCellSteps, type RowBatch } from './row-batch.ts';

/** A layout as it is stored; the key is the checksum of its body. */
export interface StoredLayout {
  readonly body: Uint8Array;
  readonly key: number;
}

export interface Chunk {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly steps: Int32Array;
  readonly numbers: Float64Array;
  used: number;
  /** Rows, stale marks and notes in it. */
  entries: number;
  /** In force in front of its first record. */
  layout: StoredLayout | undefined;
  /** Told what became of everything appended up to the end of this chunk. */
  waiting: ((isOnDisk: boolean) => void)[];
}

export interface RecordHead {
  readonly type: RecordType;
  readonly clockMs: number;
  readonly salt: number;
  readonly layoutKey: number;
}

const CHUNK_BYTES = 2 ** 20;
/** Kept for reuse, so that a steady load allocates nothing. */
const SPARE_CHUNKS_MAX = 8;

export interface Pending {
  readonly chunks: readonly Chunk[];
  /** Of chunks that were taken too, until they are given back or released. */
  readonly bytes: number;
  readonly entries: number;
  /** The last chunk when it has room for `bodyBytes`, else a new one. */
  room(bodyBytes: number, layout: StoredLayout | undefined): Chunk;
  /** Takes the first chunks, of not many more than `bytesMax` together. */
  take(bytesMax: number): readonly Chunk[];
  /** Puts the chunks that were taken back in front. */
  giveBack(): void;
  /** The chunks that were taken are on disk. @returns how many entries they held */
  release(): number;
}

export function createPending(): Pending {
  const chunks: Chunk[] = [];
  const spare: Chunk[] = [];
  let taken: readonly Chunk[] = [];

  function room(bodyBytes: number, layout: StoredLayout | undefined): Chunk {
    const bytes = recordBytes(bodyBytes);
    const last = chunks.at(-1);
    if (last && last.used + bytes <= last.bytes.length) return last;
    const chunk =
      (bytes <= CHUNK_BYTES && spare.pop()) || createChunk(Math.max(bytes, CHUNK_BYTES));
    chunk.layout = layout;
    chunks.push(chunk);
    return chunk;
  }

  function take(bytesMax: number): readonly Chunk[] {
    let count = 0;
    for (let bytes = 0; count < chunks.length && (count === 0 || bytes < bytesMax); count++) {
      bytes += chunks[count].used;
    }
    taken = chunks.splice(0, count);
    return taken;
  }

  return {
    chunks,
    get bytes() {
      return sum(chunks, 'used') + sum(taken, 'used');
    },
    get entries() {
      return sum(chunks, 'entries') + sum(taken, 'entries');
    },
    room,
    take,
    giveBack() {
      chunks.unshift(...taken);
      taken = [];
    },
    release() {
      const entries = sum(taken, 'entries');
      for (const chunk of taken) {
        chunk.used = 0;
        chunk.entries = 0;
        chunk.waiting = [];
        const isSpare = chunk.bytes.length === CHUNK_BYTES && spare.length < SPARE_CHUNKS_MAX;
        if (isSpare) spare.push(chunk);
      }
      taken = [];
      return entries;
    },
  };
}

function sum(chunks: readonly Chunk[], field: 'used' | 'entries'): number {
  let total = 0;
  for (const chunk of chunks) total += chunk[field];
  return total;
}

function createChunk(bytes: number): Chunk {
  const buffer = new ArrayBuffer(bytes);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    steps: new Int32Array(buffer),
    numbers: new Float64Array(buffer),
    used: 0,
    entries: 0,
    layout: undefined,
    waiting: [],
  };
}

export const rowsBodyBytes = (count: number) => ROWS_HEADER_BYTES + count * ROW_BYTES;

export function sealRows(chunk: Chunk, head: RecordHead, batch: RowBatch): void {
  const { count } = batch;
  const body = beginRecord(chunk, head, rowsBodyBytes(count));
  chunk.words[body >> 2] = count;
  chunk.words[(body >> 2) + 1] = 0;
  chunk.numbers[(body >> 3) + 1] = batch.baseMs;
  const columns = body + ROWS_HEADER_BYTES;
  chunk.numbers.set(batch.values.subarray(0, count), columns >> 3);
  putCellSteps(batch, chunk.steps, (columns + 8 * count) >> 2);
  chunk.steps.set(batch.timesMs.subarray(0, count), (columns + 12 * count) >> 2);
  chunk.entries += count;
}

export const staleBodyBytes = (count: number) => STALE_HEADER_BYTES + count * 4;

export function sealStale(chunk: Chunk, head: RecordHead, cells: readonly number[]): void {
  const body = beginRecord(chunk, head, staleBodyBytes(cells.length));
  chunk.words[body >> 2] = cells.length;
  chunk.words[(body >> 2) + 1] = 0;
  chunk.words.set(cells, (body + STALE_HEADER_BYTES) >> 2);
  chunk.entries += cells.length;
}

export function sealBody(chunk: Chunk, head: RecordHead, bytes: Uint8Array): void {
  const body = beginRecord(chunk, head, bytes.length);
  chunk.bytes.set(bytes, body);
  if (head.type === TYPE.note) chunk.entries++;
}

/** Appends a header and room for the body. @returns offset of the body within the chunk */
function beginRecord(chunk: Chunk, head: RecordHead, bodyBytes: number): number {
  const word = chunk.used >> 2;
  const { words } = chunk;
  words[word] = head.salt;
  words[word + (AT.length >> 2)] = bodyBytes;
  words[word + (AT.type >> 2)] = head.type;
  chunk.numbers[(chunk.used + AT.clock) >> 3] = head.clockMs;
  words[word + (AT.layoutKey >> 2)] = head.layoutKey;
  const body = chunk.used + RECORD_HEADER_BYTES;
  chunk.used = body + aligned(bodyBytes);
  // Chunks are used again: what fills up the last 8 bytes must not be what was there before.
  chunk.bytes.fill(0, body + bodyBytes, chunk.used);
  return body;
}

/** A record of its own, outside of what is pending: the layout that a segment begins with. */
export function layoutChunk(layout: StoredLayout, head: RecordHead): Chunk {
  const chunk = createChunk(recordBytes(layout.body.length));
  sealBody(chunk, head, layout.body);
  return chunk;
}

interface Place {
  readonly salt: number;
  readonly segment: number;
  /** Of the chunk's first byte. */
  readonly offset: number;
  /** Offset of the layout in force there, 0 for none. */
  readonly layoutAt: number;
}

/** Fills in what depends on the place. @returns the offset of the layout in force behind it */
export function placeRecords(chunk: Chunk, place: Place): number {
  const { words } = chunk;
  let { layoutAt } = place;
  for (let at = 0; at < chunk.used; ) {
    const word = at >> 2;
    const end = at + recordBytes(words[word + (AT.length >> 2)]);
    if (words[word + (AT.type >> 2)] === TYPE.layout) layoutAt = place.offset + at;
    words[word + (AT.layoutAt >> 2)] = layoutAt;
    const record = chunk.bytes.subarray(at, end);
    words[word + (AT.crc >> 2)] = recordCrc(record, place.salt, place.segment, place.offset + at);
    at = end;
  }
  return layoutAt;
}

/** @throws Error when a body is longer than a reader takes */
export function checkBody(bytes: Uint8Array, what: string): void {
  if (bytes.length <= BODY_BYTES_MAX) return;
  throw new Error(`journal: ${what} of ${bytes.length} bytes; at most ${BODY_BYTES_MAX} fit`);
}
