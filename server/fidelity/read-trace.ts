/** A CSV or TSV trace, plain or gzipped, into columns of numbers: one pass over the bytes. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { TraceRows } from '../../twin/index.ts';
import { UserError } from '../user-error.ts';
import {
  COMMA,
  DOT,
  numberIn,
  type TimeReader,
  textIn,
  timeIn,
  trimmedFrom,
  trimmedTo,
} from './bytes.ts';
import { makeNames, type Names, nameIndex } from './names.ts';
import { type Columns, columnsOf, type TraceMap } from './trace-map.ts';

export interface ReadTrace {
  readonly rows: TraceRows;
  /** Lines that are no rows: too few columns, no time or no entity, as footers are; some of them. */
  readonly malformed: number;
  readonly malformedLines: readonly number[];
  /** Times that named no zone and were taken as UTC. */
  readonly withoutZone: number;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
/** Lines that begin with it are comments. */
const HASH = 35;
const CHUNK_BYTES = 1 << 20;
/** The longest line that is waited for. */
const LINE_MAX_BYTES = 1 << 20;
const LINES_NAMED = 5;
const EMPTY = new Uint8Array(0);

/** Reads a trace. @throws UserError if the file cannot be read, or lacks a column or any row */
export async function readTrace(file: string, map: TraceMap): Promise<ReadTrace> {
  const reader = makeReader(file, map);
  let rest: Uint8Array = EMPTY;
  try {
    for await (const chunk of await openTrace(file)) {
      let bytes = chunk as Uint8Array;
      // Only the line that straddles two chunks is copied.
      const newline = rest.length > 0 ? bytes.indexOf(NEWLINE) : -1;
      if (newline >= 0) {
        readLines(reader, joined(rest, bytes.subarray(0, newline + 1)));
        bytes = bytes.subarray(newline + 1);
        rest = EMPTY;
      }
      const unread = bytes.subarray(readLines(reader, bytes));
      rest = rest.length > 0 ? joined(rest, unread) : unread;
      if (rest.length > LINE_MAX_BYTES) throw new UserError(`${file}: a line of over 1 MiB`);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  if (rest.length > 0) readLines(reader, joined(rest, Uint8Array.of(NEWLINE)));
  return finished(reader);
}

/** The file's bytes, unpacked if they begin as gzip does. `-` is standard input. */
async function openTrace(file: string): Promise<Readable> {
  const options = { highWaterMark: CHUNK_BYTES };
  const source = file === '-' ? process.stdin : createReadStream(file, options);
  const first = await firstChunk(source);
  if (first) source.unshift(first);
  if (first !== undefined && (first[0] ^ first[1]) === 1 && (first[0] & first[1]) === 0xfe) {
    throw new UserError(`${file}: this is UTF-16; save it as UTF-8`);
  }
  const gzipped = first !== undefined && first[0] === 0x1f && first[1] === 0x8b;
  if (!gzipped) return source;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error: Error) => unpacked.destroy(error));
  return source.pipe(unpacked);
}

function firstChunk(source: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      source.off('readable', onReadable).off('end', onEnd).off('error', onError);
      done();
    };
    const onReadable = () => {
      const chunk = source.read() as Buffer | null;
      if (chunk !== null) settle(() => resolve(chunk));
    };
    const onEnd = () => settle(() => resolve(undefined));
    const onError = (error: Error) => settle(() => reject(error));
    source.on('readable', onReadable).on('end', onEnd).on('error', onError);
  });
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

interface Reader {
  readonly file: string;
  readonly map: TraceMap;
  readonly names: Names;
  readonly times: TimeReader;
  delimiter: number;
  /** What parts decimals, beside a full stop. */
  point: number;
  columns?: Columns;
  /** Columns that are looked at: `starts` and `ends` of fields 0 to `last`. */
  last: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  count: number;
  entity: Int32Array;
  atMs: Float64Array;
  powerW: Float64Array;
  utils: Float64Array[];
  tempC?: Float64Array;
  line: number;
  malformed: number;
  /** Of them, with a time but no name of an entity. */
  withoutName: number;
  readonly malformedLines: number[];
  /** The first time that could not be read. */
  noTime?: string;
}

/** Columns beyond this are not looked at. */
const COLUMNS_MAX = 1024;

const makeReader = (file: string, map: TraceMap): Reader => ({
  ...{ file, map, names: makeNames(), times: { withoutZone: 0 }, delimiter: COMMA, last: 0 },
  point: DOT,
  ...{ starts: new Int32Array(COLUMNS_MAX), ends: new Int32Array(COLUMNS_MAX), count: 0 },
  ...{ entity: new Int32Array(0), atMs: new Float64Array(0), powerW: new Float64Array(0) },
  ...{ utils: [], line: 0, malformed: 0, withoutName: 0, malformedLines: [] },
});

/** Reads whole lines. @returns where the last, unfinished line starts */
function readLines(reader: Reader, bytes: Uint8Array): number {
  const stop = bytes.lastIndexOf(NEWLINE) + 1;
  let at = 0;
  while (at < stop) {
    // Faster than `bytes.indexOf(NEWLINE, at)` for lines of some ten bytes.
    let newline = at;
    while (bytes[newline] !== NEWLINE) newline++;
    const end = newline > at && bytes[newline - 1] === RETURN ? newline - 1 : newline;
    reader.line++;
    if (bytes[at] === HASH) readComment(reader, textIn(bytes, at + 1, end));
    else if (end > at) {
      if (!reader.columns) readHeader(reader, textIn(bytes, at, end));
      else if (!readRow(reader, bytes, at, end)) noteMalformed(reader, bytes, at, end);
    }
    at = newline + 1;
  }
  return at;
}

/** The time of a line that has one that cannot be read; undefined where it has too few columns. */
function columnText(reader: Reader, bytes: Uint8Array, at: number, end: number) {
  const { columns, starts, ends } = reader;
  if (!columns || !splitRow(reader, bytes, at, end)) return undefined;
  return textIn(bytes, starts[columns.time[0]], ends[columns.time[0]]);
}

function noRow({ malformed, withoutName, noTime: text, map }: Reader): string {
  if (withoutName > 0) return `${withoutName} lines have nothing in entity=${map.entity}`;
  return text === undefined
    ? `${malformed} lines have too few columns`
    : `${malformed} lines have no time that can be read, such as '${text}'; ` +
        'a time is a number since 1970, or 2026-01-31 12:00:00';
}

function noteMalformed(reader: Reader, bytes: Uint8Array, at: number, end: number) {
  reader.malformed++;
  reader.noTime ??= columnText(reader, bytes, at, end);
  if (reader.malformedLines.length < LINES_NAMED) reader.malformedLines.push(reader.line);
}

/** Some write the names of the columns as a comment. */
function readComment(reader: Reader, text: string) {
  if (!reader.columns && text.includes(reader.map.time ?? text)) readHeader(reader, text.trim());
}

const DELIMITERS = ['\t', ';', ',', '|'];

/** The separator is the one that the header has most of. */
function readHeader(reader: Reader, text: string) {
  const header = text.replace(/^\uFEFF/, '');
  const counts = DELIMITERS.map(each => headerNames(header, each).length);
  const delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))];
  const names = headerNames(header, delimiter);
  reader.delimiter = delimiter.charCodeAt(0);
  reader.point = reader.delimiter === COMMA ? DOT : COMMA;
  reader.columns = columnsOf(reader.map, names, reader.file);
  reader.last = Math.max(...Object.values(reader.columns).flat());
  if (reader.last >= COLUMNS_MAX) {
    throw new UserError(`${reader.file}: mapped columns are among the first ${COLUMNS_MAX}`);
  }
  reader.utils = reader.columns.util.map(() => new Float64Array(0));
  if (reader.columns.temp.length > 0) reader.tempC = new Float64Array(0);
  if (reader.columns.entity.length === 0) {
    const name = Buffer.from(basename(reader.file).replace(/\..*$/, '') || 'trace');
    nameIndex(reader.names, name, 0, name.length);
  }
}

/** Names in quotes may hold the separator. */
const headerNames = (header: string, delimiter: string) =>
  header
    .split(/("(?:[^"]|"")*")/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(delimiter, '\n')))
    .join('')
    .split('\n')
    .map(name => name.trim().replace(/^"(.*)"$/, '$1'));

/** @returns false if the line is no row */
function readRow(reader: Reader, bytes: Uint8Array, from: number, end: number): boolean {
  if (!splitRow(reader, bytes, from, end)) return false;
  const { columns, starts, ends, count } = reader;
  if (!columns) return false;
  const time = columns.time[0];
  const atMs = timeIn(reader.times, bytes, starts[time], ends[time]);
  if (!(Math.abs(atMs) <= TIME_MAX_MS)) return false;
  const entity = columns.entity[0];
  if (entity !== undefined && starts[entity] === ends[entity]) {
    reader.withoutName++;
    return false;
  }
  if (count === reader.atMs.length) growColumns(reader);
  reader.atMs[count] = atMs;
  let powerW = 0;
  for (let i = 0; i < columns.power.length; i++) {
    powerW += fieldNumber(reader, bytes, columns.power[i]);
  }
  reader.powerW[count] = powerW;
  for (let j = 0; j < columns.util.length; j++) {
    reader.utils[j][count] = fieldNumber(reader, bytes, columns.util[j]);
  }
  if (reader.tempC) reader.tempC[count] = fieldNumber(reader, bytes, columns.temp[0]);
  if (entity !== undefined) {
    reader.entity[count] = nameIndex(reader.names, bytes, starts[entity], ends[entity]);
  }
  reader.count++;
  return true;
}

const fieldNumber = ({ starts, ends, point }: Reader, bytes: Uint8Array, field: number) =>
  numberIn(bytes, starts[field], ends[field], point);

/** The largest time that a date can hold. */
const TIME_MAX_MS = 8.64e15;

/** Bounds of the fields up to the last that is looked at. @returns false if there are fewer */
function splitRow(reader: Reader, bytes: Uint8Array, from: number, end: number): boolean {
  const { delimiter, starts, ends, last } = reader;
  let at = from;
  for (let field = 0; ; field++) {
    let start = at;
    if (bytes[at] === QUOTE && at < end) {
      start++;
      at = bytes.indexOf(QUOTE, start);
      // Two quotes are one that is meant.
      while (at >= 0 && at + 1 < end && bytes[at + 1] === QUOTE) at = bytes.indexOf(QUOTE, at + 2);
      if (at < 0 || at >= end) return false;
      ends[field] = at++;
      if (at < end && bytes[at] !== delimiter) return false;
    } else {
      while (at < end && bytes[at] !== delimiter) at++;
      ends[field] = bytes[at - 1] === SPACE ? trimmedTo(bytes, start, at) : at;
    }
    starts[field] = bytes[start] === SPACE ? trimmedFrom(bytes, start, ends[field]) : start;
    if (field === last) return true;
    if (at >= end) return false;
    at++;
  }
}

function growColumns(reader: Reader) {
  const size = Math.max(1 << 14, reader.count * 2);
  const grown = (old: Float64Array) => {
    const column = new Float64Array(size);
    column.set(old);
    return column;
  };
  const entity = new Int32Array(size);
  entity.set(reader.entity);
  reader.entity = entity;
  reader.atMs = grown(reader.atMs);
  reader.powerW = grown(reader.powerW);
  reader.utils = reader.utils.map(grown);
  if (reader.tempC) reader.tempC = grown(reader.tempC);
}

function finished(reader: Reader): ReadTrace {
  const { file, count, names, malformed, malformedLines, times } = reader;
  if (!reader.columns) throw new UserError(`${file}: empty; the first line names the columns`);
  if (count === 0) {
    throw new UserError(`${file}: no row${malformed > 0 ? `: ${noRow(reader)}` : ''}`);
  }
  const { entity, atMs, powerW, utils, tempC } = reader;
  return {
    rows: { count, entities: names.list, entity, atMs, powerW, utils, tempC },
    ...{ malformed, malformedLines, withoutZone: times.withoutZone },
  };
}
