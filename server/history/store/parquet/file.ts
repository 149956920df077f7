/** One Parquet file of the history, opened: its footer, and its columns on request. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  type ColumnChunk,
  type Footer,
  MAGIC,
  PHYSICAL,
  parseFooter,
  type RowGroup,
} from './footer.ts';
import { numberColumn, numbersAt } from './numbers.ts';
import { type Dictionaries, type TextColumn, textColumn } from './texts.ts';
import { BadParquet } from './thrift.ts';

/** What the file system says of the process, and not of a file. */
const OF_PROCESS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
  'EINTR',
  'EBADF',
  'EFAULT',
  'EINVAL',
]);

/** Whether an error says that a file cannot be read; any other is a fault of ours. */
export function isOfFile(error: unknown): boolean {
  if (error instanceof BadParquet) return true;
  const { syscall, code = '' } = error as NodeJS.ErrnoException;
  return syscall !== undefined && !OF_PROCESS.has(code);
}

/** Length of the footer and the magic behind it. */
const TRAILER_BYTES = 8;
/** Read at first: most footers are in it. */
const FIRST_READ_BYTES = 64 * 1024;

/** What has been read of a file and will be asked for again: a file never changes. */
export interface KnownFile {
  readonly footer: Footer;
  readonly texts: Map<RowGroup, Record<string, TextColumn>>;
  /** Runs of texts that are kept. */
  weight: number;
}

export interface ParquetFile {
  readonly known: KnownFile;
  readonly footer: Footer;
  /** Rows `from` to `to - 1`, all unless given; in `room` where that is long enough. */
  numbers(
    group: RowGroup,
    column: string,
    rows?: readonly [number, number],
    room?: Float64Array,
  ): Float64Array;
  /** Single rows, ascending; NaN for one that a broken file does not have. */
  numbersAt(group: RowGroup, column: string, rows: readonly number[]): Float64Array;
  texts(group: RowGroup, column: string): TextColumn;
  close(): void;
}

/**
 * @param before what an earlier reading made known
 * @param dictionaries of other files, and now of this one
 * @throws BadParquet, or what the file system says
 */
export function openParquet(
  path: string,
  before?: KnownFile,
  dictionaries: Dictionaries = new Map(),
): ParquetFile {
  const descriptor = openSync(path, 'r');
  try {
    const known = before ?? { footer: readFooter(descriptor), texts: new Map(), weight: 0 };
    const { footer } = known;
    const { size } = fstatSync(descriptor);
    const stored = (group: RowGroup, name: string): [ColumnChunk, Buffer] => {
      const chunk = group.columns[name];
      if (!chunk) throw new BadParquet(`no column '${name}'`);
      const { offset, bytes } = chunk;
      if (!(offset >= 0 && bytes >= 0 && offset + bytes <= size)) {
        throw new BadParquet(`'${name}' lies outside of the file`);
      }
      if (chunk.values !== group.rows) throw new BadParquet('columns of different lengths');
      return [chunk, readAt(descriptor, offset, bytes, roomFor(bytes))];
    };
    return {
      known,
      footer,
      numbers: (group, name, rows = [0, group.rows], room?) =>
        numberColumn(...stored(group, name), rows, room),
      numbersAt: (group, name, rows) => numbersAt(...stored(group, name), rows),
      texts(group, name) {
        const columns = known.texts.get(group) ?? {};
        known.texts.set(group, columns);
        columns[name] ??= keep(known, textColumn(...stored(group, name), dictionaries));
        return columns[name];
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Reads every column once. @throws what `isOfFile` where the file cannot be read */
export function readThrough(path: string): void {
  const file = openParquet(path);
  try {
    for (const group of file.footer.groups) {
      for (const [name, { physical }] of Object.entries(group.columns)) {
        if (physical === PHYSICAL.bytes) file.texts(group, name);
        else file.numbers(group, name);
      }
    }
  } finally {
    file.close();
  }
}

function keep(known: KnownFile, column: TextColumn): TextColumn {
  known.weight += column.ends.length;
  return column;
}

function readFooter(descriptor: number): Footer {
  const { size } = fstatSync(descriptor);
  const first = Math.min(size, FIRST_READ_BYTES);
  if (first < TRAILER_BYTES + MAGIC.length) throw new BadParquet(`${size} bytes are too few`);
  let tail = readAt(descriptor, size - first, first);
  if (tail.toString('latin1', first - MAGIC.length) !== MAGIC) {
    throw new BadParquet('it does not end as a Parquet file');
  }
  const length = tail.readUInt32LE(first - TRAILER_BYTES);
  if (length + TRAILER_BYTES > size) throw new BadParquet('a footer longer than the file');
  if (length + TRAILER_BYTES > first) {
    tail = readAt(descriptor, size - length - TRAILER_BYTES, length + TRAILER_BYTES);
  }
  const end = tail.length - TRAILER_BYTES;
  return parseFooter(tail.subarray(end - length, end));
}

/** For the bytes of one chunk at a time: it is done with before the next is read. */
let room: Buffer<ArrayBuffer> = Buffer.alloc(0);

function roomFor(length: number): Buffer<ArrayBuffer> {
  if (room.length < length) room = Buffer.allocUnsafeSlow(2 * length);
  return room.subarray(0, length);
}

function readAt(
  descriptor: number,
  offset: number,
  length: number,
  bytes = Buffer.allocUnsafe(length),
): Buffer {
  for (let read = 0; read < length; ) {
    const count = readSync(descriptor, bytes, read, length - read, offset + read);
    if (count === 0) throw new BadParquet(`it ends before byte ${offset + length}`);
    read += count;
  }
  return bytes;
}
