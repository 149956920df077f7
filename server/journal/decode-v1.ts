/**
 * Reads a segment of format version 1. A later version gets a file of its own beside this one, and
 * this one stays as it is.
 */
import { crc32 } from 'node:zlib';
import type { Layout, LayoutColumn, RowKind } from './contract.ts';
import type { SegmentReading } from './decoding.ts';
import {
  AT,
  aligned,
  BODY_BYTES_MAX,
  RECORD_HEADER_BYTES,
  RECORD_ROWS_MAX,
  ROW_BYTES,
  ROW_KIND,
  ROWS_HEADER_BYTES,
  recordCrc,
  SEGMENT_HEADER_BYTES,
  STALE_HEADER_BYTES,
  TYPE,
} from './format.ts';
import type { Window } from './window.ts';

/** Columns as they are handed to the visitor, used again for every record. */
const cells = new Uint32Array(RECORD_ROWS_MAX);
const timesMs = new Float64Array(RECORD_ROWS_MAX);

/** Reads the records that begin in `[from, to)`. */
export function readSegmentV1(reading: SegmentReading): void {
  const { from, to, window } = reading;
  if (from >= to) return;
  let at = startAt(reading);
  while (at < to) {
    const bytes = recordAt(reading, at);
    if (bytes > 0) {
      if (at >= from || typeAt(reading, at) === TYPE.layout) deliver(reading, at, bytes);
      at += bytes;
      continue;
    }
    const why = reading.problem;
    reading.isUnreadable = window.unreadable !== undefined;
    const next = nextRecord(reading, at);
    if (next < 0) {
      reading.ended(Math.max(at, from), why);
      return;
    }
    if (next > from) reading.damaged(Math.max(at, from), next, why);
    at = next;
  }
}

/**
 * `from` itself where a good record stands there, since its header says where its layout is;
 * otherwise the first record, and everything in front of `from` is passed by.
 */
function startAt(reading: SegmentReading): number {
  const { from, window } = reading;
  if (from <= SEGMENT_HEADER_BYTES || recordAt(reading, from) === 0) return SEGMENT_HEADER_BYTES;
  const layoutAt = window.words[(from - window.from + AT.layoutAt) >> 2];
  if (layoutAt >= from || layoutAt === 0) return from;
  const bytes = recordAt(reading, layoutAt);
  if (bytes === 0 || typeAt(reading, layoutAt) !== TYPE.layout) return SEGMENT_HEADER_BYTES;
  deliver(reading, layoutAt, bytes);
  return from;
}

const typeAt = ({ window }: SegmentReading, at: number) =>
  window.words[(at - window.from + AT.type) >> 2];

/**
 * Bytes of the good record at `at`, which is then in the window, or 0 and why not in `problem`.
 * Everything cheap is looked at first: this runs for every 8 bytes of a damaged stretch.
 */
function recordAt(reading: SegmentReading, at: number): number {
  const { window, limit } = reading;
  if (at % 8 !== 0) return bad(reading, 'no record begins here');
  if (at + RECORD_HEADER_BYTES > limit || !window.has(at, RECORD_HEADER_BYTES)) {
    return bad(reading, window.unreadable?.message ?? 'cut short');
  }
  const word = (at - window.from) >> 2;
  if (window.words[word] !== reading.salt) return bad(reading, 'no record begins here');
  const length = window.words[word + (AT.length >> 2)];
  if (length > BODY_BYTES_MAX) return bad(reading, `a length of ${length}`);
  const bytes = RECORD_HEADER_BYTES + aligned(length);
  if (at + bytes > limit || !window.has(at, bytes)) {
    return bad(reading, window.unreadable?.message ?? 'cut short');
  }
  const record = window.bytes.subarray(at - window.from, at - window.from + bytes);
  const crc = window.words[(at - window.from + AT.crc) >> 2];
  const isGood = crc === recordCrc(record, reading.salt, reading.number, at);
  return isGood ? bytes : bad(reading, 'checksum');
}

function bad(reading: SegmentReading, why: string): 0 {
  reading.problem = why;
  return 0;
}

/** The next good record behind `at`, or -1. */
function nextRecord(reading: SegmentReading, at: number): number {
  const { window, limit, salt } = reading;
  for (let next = aligned(at + 1); next + RECORD_HEADER_BYTES <= limit; next += 8) {
    if (!window.has(next, RECORD_HEADER_BYTES)) {
      if (!window.unreadable) return -1;
      reading.isUnreadable = true;
      next = aligned(window.unreadable.toOffset) - 8;
    } else if (window.words[(next - window.from) >> 2] === salt && recordAt(reading, next) > 0) {
      return next;
    }
  }
  return -1;
}

function deliver(reading: SegmentReading, at: number, bytes: number): void {
  const { window } = reading;
  const clockMs = window.numbers[(at - window.from + AT.clock) >> 3];
  const why = tell(reading, at, clockMs);
  if (why !== '') reading.damaged(at, at + bytes, why);
  else if (at >= reading.from) reading.passed(at + bytes, clockMs);
}

/** Hands a record to the visitor. @returns why it cannot be used, or '' */
function tell(reading: SegmentReading, at: number, clockMs: number): string {
  const { window, log } = reading;
  const word = (at - window.from) >> 2;
  const length = window.words[word + (AT.length >> 2)];
  const type = window.words[word + (AT.type >> 2)];
  const body = at - window.from + RECORD_HEADER_BYTES;
  if (type === TYPE.layout) return tellLayout(reading, bodyOf(window, body, length), clockMs);
  if (type === TYPE.note) return tellNote(reading, bodyOf(window, body, length), clockMs);
  const key = window.words[word + (AT.layoutKey >> 2)];
  if (key !== log.layout.key && !recallLayout(reading, key, clockMs)) return 'its layout is lost';
  if (type === TYPE.stale) return tellStale(reading, body, length, clockMs);
  const kind = ROW_KIND[type];
  return kind ? tellRows(reading, kind, { body, length }, clockMs) : `unknown record type ${type}`;
}

const bodyOf = ({ bytes }: Window, body: number, length: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + body, length);

function tellRows(
  { window, visitor, log }: SegmentReading,
  kind: RowKind,
  { body, length }: { body: number; length: number },
  clockMs: number,
): string {
  const count = length < ROWS_HEADER_BYTES ? 0 : window.words[body >> 2];
  if (length !== ROWS_HEADER_BYTES + count * ROW_BYTES || count > RECORD_ROWS_MAX) {
    return `${count} rows in ${length} bytes`;
  }
  const baseMs = window.numbers[(body >> 3) + 1];
  const columns = body + ROWS_HEADER_BYTES;
  unfoldCells(window.steps, (columns + 8 * count) >> 2, count);
  unfoldTimes(window.steps, (columns + 12 * count) >> 2, count, baseMs);
  const values = window.numbers.subarray(columns >> 3, (columns >> 3) + count);
  const rows = {
    kind,
    count,
    cells: cells.subarray(0, count),
    timesMs: timesMs.subarray(0, count),
    values,
  };
  visitor.rows(rows, clockMs);
  log.rows += count;
  return '';
}

function unfoldCells(steps: Int32Array, from: number, count: number): void {
  let cell = 0;
  for (let i = 0; i < count; i++) {
    cell = (cell + steps[from + i]) | 0;
    cells[i] = cell;
  }
}

function unfoldTimes(steps: Int32Array, from: number, count: number, baseMs: number): void {
  for (let i = 0; i < count; i++) timesMs[i] = baseMs + steps[from + i];
}

function tellStale(
  { window, visitor }: SegmentReading,
  body: number,
  length: number,
  clockMs: number,
): string {
  const count = length < STALE_HEADER_BYTES ? 0 : window.words[body >> 2];
  if (length !== STALE_HEADER_BYTES + count * 4) return `${count} cells in ${length} bytes`;
  const first = (body + STALE_HEADER_BYTES) >> 2;
  visitor.stale(window.words.subarray(first, first + count), clockMs);
  return '';
}

function tellNote({ visitor }: SegmentReading, body: Buffer, clockMs: number): string {
  const note = parsed(body.toString()) as { topic?: unknown; value?: unknown } | undefined;
  if (typeof note?.topic !== 'string') return 'a note without a topic';
  visitor.note(note.topic, note.value, clockMs);
  return '';
}

/** A segment begins with the layout in force: it is told only when it is another one. */
function tellLayout({ visitor, log }: SegmentReading, body: Buffer, clockMs: number): string {
  const text = body.toString();
  if (text !== log.layout.text) {
    const layout = asLayout(parsed(text));
    if (!layout) return 'no layout';
    visitor.layout(layout, clockMs);
  }
  log.layout = { text, key: layoutKeyOf(body) };
  return '';
}

/** The record of a layout may be damaged: a neighbouring segment repeats it, in most cases. */
function recallLayout({ visitor, log, layoutNear }: SegmentReading, key: number, clockMs: number) {
  const near = layoutNear(key);
  if (!near) return false;
  visitor.layout(near.layout, clockMs);
  log.layout = { text: near.text, key };
  return true;
}

/** Names a layout in the records that follow it. Never 0, which says that there is none. */
export const layoutKeyOf = (body: Uint8Array) => crc32(body) || 1;

export const encodeLayout = ({ generation, columns }: Layout): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      generation,
      columns: columns.map(({ signal, kind, first, count }) => [signal, kind, first, count]),
    }),
  );

function asLayout(value: unknown): Layout | undefined {
  const { generation, columns } = (value ?? {}) as { generation?: unknown; columns?: unknown };
  if (typeof generation !== 'string' || !Array.isArray(columns)) return undefined;
  const layout: LayoutColumn[] = [];
  for (const column of columns) {
    if (!Array.isArray(column)) return undefined;
    const [signal, kind, first, count] = column;
    if (typeof signal !== 'string' || typeof kind !== 'string') return undefined;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count)) return undefined;
    layout.push({ signal, kind: kind as LayoutColumn['kind'], first, count });
  }
  return { generation, columns: layout };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
