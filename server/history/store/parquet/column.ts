/**
 * Columns of our Parquet files as typed arrays. It knows what we write and what DuckDB wrote for us
 * before: data pages of version 1, plain or with a dictionary, zstd or nothing.
 */
import { isAscii } from 'node:buffer';
import { zstdDecompressSync } from 'node:zlib';
import { CODEC, type ColumnChunk, ENCODING, PAGE, PHYSICAL } from './footer.ts';
import { BadParquet, ThriftReader, type ThriftStruct } from './thrift.ts';

const ENCODINGS: readonly number[] = [ENCODING.plain, ENCODING.oldDictionary, ENCODING.dictionary];
/** Longest page taken; ours are far below. */
const PAGE_BYTES_MAX = 64 * 2 ** 20;
/** A code must lie within four bytes, wherever in the first it begins. */
const CODE_BITS_MAX = 24;

/** Texts in runs: run `r` is `texts[codes[r]]`, from where the run before ends up to row `ends[r]`. */
export interface TextColumn {
  /** Not necessarily each once. */
  readonly texts: readonly string[];
  readonly codes: Uint32Array;
  readonly ends: Uint32Array;
}

interface Page {
  readonly kind: number;
  readonly encoding: number;
  readonly count: number;
  /** Unpacked when asked for: a page without a wanted row is passed by. */
  bytes(): Buffer;
}

/** Texts of dictionaries by their bytes: files of the same series have the same ones. */
export type Dictionaries = Map<string, readonly string[]>;

/**
 * Rows `from` to `to - 1`.
 * @param stored bytes of the chunk, from `offset` on
 * @param room taken for them where it is long enough
 */
export function numberColumn(
  chunk: ColumnChunk,
  stored: Buffer,
  [from, to]: readonly [number, number],
  room?: Float64Array,
): Float64Array {
  const length = to - from;
  const hasRoom = room !== undefined && room.length >= length;
  const values = hasRoom ? room.subarray(0, length) : new Float64Array(length);
  let dictionary = new Float64Array(0);
  let row = 0;
  for (const page of pagesOf(chunk, stored)) {
    if (page.kind === PAGE.dictionary) {
      dictionary = new Float64Array(page.count);
      plainNumbers(chunk.physical, page.bytes(), [0, page.count], dictionary);
      continue;
    }
    const part = [Math.max(from - row, 0), Math.min(to - row, page.count)] as const;
    if (part[0] < part[1]) {
      const into = values.subarray(row + part[0] - from, row + part[1] - from);
      if (page.encoding === ENCODING.plain) {
        plainNumbers(chunk.physical, page.bytes(), part, into);
      } else fillFrom(dictionary, page.bytes(), into, [...part, page.count]);
    }
    row += page.count;
  }
  if (row !== chunk.values) throw new BadParquet(`${row} values in place of ${chunk.values}`);
  return values;
}

/**
 * A few rows, ascending, without unpacking those in between.
 * @param stored bytes of the chunk, from `offset` on
 */
export function numbersAt(
  chunk: ColumnChunk,
  stored: Buffer,
  rows: readonly number[],
): Float64Array {
  const values = new Float64Array(rows.length);
  let dictionary = new Float64Array(0);
  let row = 0;
  let next = 0;
  for (const { kind, encoding, count, bytes: unpack } of pagesOf(chunk, stored)) {
    if (kind === PAGE.dictionary) {
      dictionary = new Float64Array(count);
      plainNumbers(chunk.physical, unpack(), [0, count], dictionary);
      continue;
    }
    const end = row + count;
    if (next === rows.length || rows[next] >= end) {
      row = end;
      continue;
    }
    const bytes = unpack();
    if (encoding === ENCODING.plain) {
      for (; next < rows.length && rows[next] < end; next++) {
        const at = rows[next] - row;
        plainNumbers(chunk.physical, bytes, [at, at + 1], values.subarray(next, next + 1));
      }
      row = end;
      continue;
    }
    const take = (length: number, codeOf: (i: number) => number) => {
      for (; next < rows.length && rows[next] < row + length; next++) {
        values[next] = dictionary[codeOf(rows[next] - row)] ?? Number.NaN;
      }
      row += length;
    };
    readCodes(bytes, count, {
      run: (code, length) => take(length, () => code),
      packed: (at, bits, length) => take(length, i => codeAt(bytes, 8 * at + i * bits, bits)),
    });
  }
  return values;
}

/** `into[i]` = dictionary entry of row `from + i` of the page of `count` rows. */
function fillFrom(
  dictionary: Float64Array,
  bytes: Buffer,
  into: Float64Array,
  [from, to, count]: readonly [number, number, number],
) {
  let row = 0;
  readCodes(bytes, count, {
    run(code, count) {
      if (code >= dictionary.length) throw new BadParquet('a code without an entry');
      into.fill(dictionary[code], Math.max(row - from, 0), Math.max(row + count - from, 0));
      row += count;
    },
    packed(at, bits, count) {
      const first = Math.max(from - row, 0);
      const end = Math.min(count, to - row);
      const packed = { bytes, bit: 8 * at + first * bits, bits };
      if (first < end) lookUp(packed, dictionary, into, [row + first - from, row + end - from]);
      row += count;
    },
  });
}

interface Packed {
  readonly bytes: Uint8Array;
  /** Where the first code begins. */
  readonly bit: number;
  readonly bits: number;
}

/** `into[first + i]` = `dictionary[codeAt(bytes, bit + i * bits, bits)]`, worked out in place. */
function lookUp(
  packed: Packed,
  dictionary: Float64Array,
  into: Float64Array,
  [first, end]: readonly [number, number],
) {
  const { bytes, bits } = packed;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mask = (1 << bits) - 1;
  let greatest = 0;
  let bit = packed.bit;
  // Up to here four bytes can be read at once.
  const whole = Math.min(
    end,
    first + Math.floor((8 * (bytes.length - 4) - bit) / Math.max(1, bits)),
  );
  let i = first;
  for (; i < whole; i++) {
    const code = (view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask;
    if (code > greatest) greatest = code;
    into[i] = dictionary[code];
    bit += bits;
  }
  for (; i < end; i++) {
    const code = codeAt(bytes, bit, bits);
    if (code > greatest) greatest = code;
    into[i] = dictionary[code];
    bit += bits;
  }
  if (greatest >= dictionary.length) throw new BadParquet('a code without an entry');
}

export function textColumn(
  chunk: ColumnChunk,
  stored: Buffer,
  dictionaries: Dictionaries,
): TextColumn {
  const codes: number[] = [];
  const ends: number[] = [];
  let texts: readonly string[] = [];
  const plain: string[] = [];
  let row = 0;
  const add = (code: number, count: number) => {
    row += count;
    if (codes.length > 0 && codes[codes.length - 1] === code) ends[ends.length - 1] = row;
    else {
      codes.push(code);
      ends.push(row);
    }
  };
  for (const page of pagesOf(chunk, stored)) {
    const bytes = page.bytes();
    if (page.kind === PAGE.dictionary) texts = dictionaryTexts(bytes, page.count, dictionaries);
    else if (page.encoding === ENCODING.plain) {
      if (plain.length === 0) plain.push(...texts);
      texts = plain;
      for (const text of plainTexts(bytes, page.count)) {
        // Sorted as they are, a text follows its like.
        if (plain.at(-1) !== text) plain.push(text);
        add(plain.length - 1, 1);
      }
    } else {
      readCodes(bytes, page.count, {
        run: add,
        packed(at, bits, count) {
          for (let i = 0; i < count; i++) add(codeAt(bytes, 8 * at + i * bits, bits), 1);
        },
      });
    }
  }
  if (codes.some(code => code >= texts.length)) throw new BadParquet('a code without an entry');
  if (row !== chunk.values) throw new BadParquet(`${row} texts in place of ${chunk.values}`);
  return { texts, codes: Uint32Array.from(codes), ends: Uint32Array.from(ends) };
}

function dictionaryTexts(bytes: Buffer, count: number, dictionaries: Dictionaries) {
  const key = bytes.toString('latin1');
  let texts = dictionaries.get(key);
  if (texts?.length !== count) {
    texts = [...plainTexts(bytes, count)];
    dictionaries.set(key, texts);
  }
  return texts;
}

/** Every page of a chunk, with its definition levels taken off: there are no nulls. */
function* pagesOf(chunk: ColumnChunk, stored: Buffer): Generator<Page> {
  if (chunk.nulls > 0) throw new BadParquet('rows without a value');
  const reader = new ThriftReader(stored);
  for (let values = 0; values < chunk.values; ) {
    const header = reader.struct();
    const [kind, size, storedSize] = [header[1], header[2], header[3]].map(Number);
    const start = reader.offset;
    reader.offset += storedSize;
    if (!(storedSize >= 0) || reader.offset > stored.length || !(size <= PAGE_BYTES_MAX)) {
      throw new BadParquet('a page that is longer than its column');
    }
    const packed = stored.subarray(start, reader.offset);
    const bytes = () => unpacked(chunk.codec, packed, size);
    if (kind === PAGE.dictionary) {
      const [count, encoding] = counted(header[7], chunk.values);
      yield { kind, encoding, count, bytes };
    } else if (kind === PAGE.values) {
      const [count, encoding] = counted(header[5], chunk.values - values);
      values += count;
      yield { kind, encoding, count, bytes: chunk.isOptional ? () => valuesOf(bytes()) : bytes };
    } else throw new BadParquet(`a page of kind ${kind}`);
  }
}

/** What is behind the definition levels. */
const valuesOf = (page: Buffer) => page.subarray(4 + page.readUInt32LE(0));

function counted(field: unknown, max: number): readonly [count: number, encoding: number] {
  const header = field as ThriftStruct | undefined;
  const [count, encoding] = [Number(header?.[1]), Number(header?.[2])];
  if (!(count >= 0 && count <= max)) throw new BadParquet(`a page of ${count} values`);
  if (!ENCODINGS.includes(encoding)) {
    throw new BadParquet(`encoding ${encoding} is not one of ours`);
  }
  return [count, encoding];
}

function unpacked(codec: number, bytes: Buffer, size: number): Buffer {
  if (codec === CODEC.none) return bytes;
  if (codec !== CODEC.zstd) throw new BadParquet(`codec ${codec} is not one of ours`);
  if (size === 0) return Buffer.alloc(0);
  // Above the size that the header names it fails, so a page cannot swell. In one piece it is a
  // third cheaper.
  return zstdDecompressSync(bytes, { maxOutputLength: size, chunkSize: Math.max(64, size) });
}

/** `into[i]` = value `from + i` of a page. */
function plainNumbers(
  physical: number,
  page: Buffer,
  [from, to]: readonly [number, number],
  into: Float64Array,
) {
  const width = physical === PHYSICAL.int32 ? 4 : 8;
  if (page.length < width * to) throw new BadParquet('a page with too few values');
  // Copied to where a word may begin; for doubles that is all there is to do.
  const isDouble = physical === PHYSICAL.double;
  const room = isDouble ? into : new Float64Array(Math.ceil((width * (to - from)) / 8));
  const target = new Uint8Array(room.buffer, room.byteOffset, width * (to - from));
  target.set(page.subarray(width * from, width * to));
  if (isDouble) return;
  const words = new Uint32Array(room.buffer, room.byteOffset, ((to - from) * width) / 4);
  if (physical === PHYSICAL.int32) {
    for (let i = 0; i < to - from; i++) into[i] = words[i];
  } else if (physical === PHYSICAL.int64) {
    for (let i = 0; i < to - from; i++) into[i] = words[2 * i] + (words[2 * i + 1] | 0) * 2 ** 32;
  } else throw new BadParquet(`numbers of type ${physical}`);
}

/** Decoded at once where all is ASCII, lengths included: thousands of small calls cost more. */
function* plainTexts(bytes: Buffer, count: number): Generator<string> {
  const whole = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  for (let i = 0, at = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw new BadParquet('a page with too few texts');
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.length) throw new BadParquet('a text past the end of its page');
    yield whole ? whole.substring(at + 4, end) : bytes.toString('utf8', at + 4, end);
    at = end;
  }
}

export interface CodeSink {
  /** The same code so many times. */
  run(code: number, count: number): void;
  /** So many codes, packed, from a byte of the page on: see `codeAt`. */
  packed(at: number, bits: number, count: number): void;
}

/**
 * Codes in runs: either one code many times, or packed bit by bit in groups of eight. The first
 * byte is the width of a code in bits.
 * @throws BadParquet when the page ends too early
 */
export function readCodes(bytes: Uint8Array, count: number, sink: CodeSink): void {
  const bits = bytes[0] ?? 0;
  if (bits > CODE_BITS_MAX) throw new BadParquet(`codes of ${bits} bits`);
  const width = (bits + 7) >> 3;
  let at = 1;
  for (let left = count; left > 0; ) {
    let head = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= bytes.length || factor > 2 ** 28) throw new BadParquet('a page with too few codes');
      const byte = bytes[at++];
      head += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    const length = head % 2 === 1 ? 8 * ((head - 1) / 2) : head / 2;
    const stored = head % 2 === 1 ? (length * bits) / 8 : width;
    const used = Math.min(length, left);
    const needed = head % 2 === 1 ? Math.ceil((used * bits) / 8) : width;
    if (length === 0 || at + needed > bytes.length) throw new BadParquet('a run cut short');
    if (head % 2 === 1) sink.packed(at, bits, used);
    else {
      let code = 0;
      for (let i = 0; i < width; i++) code |= bytes[at + i] << (8 * i);
      sink.run(code, used);
    }
    at += stored;
    left -= used;
  }
}

/** The code of `bits` bits that begins at a bit, lowest first; within four bytes up to 25 bits. */
function codeAt(bytes: Uint8Array, bit: number, bits: number): number {
  const at = bit >>> 3;
  const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  return (word >>> (bit & 7)) & ((1 << bits) - 1);
}
