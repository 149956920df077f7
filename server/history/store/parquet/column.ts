/**
 * Columns of our Parquet files as typed arrays. It knows what DuckDB writes for them: data pages of
 * version 1, plain or with a dictionary, zstd or nothing. DuckDB itself reads them too, but through
 * rows of 2,048 each handed over alone, which costs three times as much for a day of minutes.
 */
import { zstdDecompressSync } from 'node:zlib';
import { CODEC, type ColumnChunk, PHYSICAL } from './footer.ts';
import { BadParquet, ThriftReader, type ThriftStruct } from './thrift.ts';

const PAGE = { values: 0, dictionary: 2 } as const;
const ENCODING = { plain: 0, plainDictionary: 2, rleDictionary: 8 } as const;
/** Longest page taken; ours are far below. */
const PAGE_BYTES_MAX = 512 * 2 ** 20;
/** A code must fit the 32 bits that are gathered at once. */
const CODE_BITS_MAX = 24;

export interface TextColumn {
  /** Different texts; not necessarily each once. */
  readonly texts: readonly string[];
  /** For each row, which of them. */
  readonly codes: Uint32Array;
}

interface Page {
  readonly kind: number;
  readonly encoding: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** @param stored bytes of the chunk, from `offset` on */
export function numberColumn(chunk: ColumnChunk, stored: Buffer): Float64Array {
  const values = new Float64Array(chunk.values);
  let dictionary = new Float64Array(0);
  let at = 0;
  for (const page of pagesOf(chunk, stored)) {
    if (page.kind === PAGE.dictionary) {
      dictionary = new Float64Array(page.count);
      plainNumbers(chunk.physical, page.bytes, dictionary);
    } else if (page.encoding === ENCODING.plain) {
      plainNumbers(chunk.physical, page.bytes, values.subarray(at, at + page.count));
      at += page.count;
    } else {
      const codes = new Uint32Array(page.count);
      readCodes(page.bytes, codes, dictionary.length);
      for (let i = 0; i < codes.length; i++) values[at + i] = dictionary[codes[i]];
      at += page.count;
    }
  }
  return values;
}

export function textColumn(chunk: ColumnChunk, stored: Buffer): TextColumn {
  const codes = new Uint32Array(chunk.values);
  let texts: string[] = [];
  let codeOf: Map<string, number> | undefined;
  let at = 0;
  for (const page of pagesOf(chunk, stored)) {
    const end = at + page.count;
    if (page.kind === PAGE.dictionary) {
      texts = [...plainTexts(page.bytes, page.count)];
      continue;
    }
    if (page.encoding === ENCODING.plain) {
      codeOf ??= new Map(texts.map((text, i) => [text, i]));
      for (const text of plainTexts(page.bytes, page.count)) {
        let code = codeOf.get(text);
        if (code === undefined) {
          code = texts.push(text) - 1;
          codeOf.set(text, code);
        }
        codes[at++] = code;
      }
    } else readCodes(page.bytes, codes.subarray(at, end), texts.length);
    at = end;
  }
  return { texts, codes };
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
    const bytes = unpacked(chunk.codec, stored.subarray(start, reader.offset), size);
    if (kind === PAGE.dictionary) {
      const [count, encoding] = counted(header[7], chunk.values);
      yield { kind, encoding, count, bytes };
    } else if (kind === PAGE.values) {
      const [count, encoding] = counted(header[5], chunk.values - values);
      values += count;
      const levels = chunk.isOptional ? 4 + bytes.readUInt32LE(0) : 0;
      yield { kind, encoding, count, bytes: bytes.subarray(levels) };
    } else throw new BadParquet(`a page of kind ${kind}`);
  }
}

function counted(field: unknown, max: number): readonly [count: number, encoding: number] {
  const header = field as ThriftStruct | undefined;
  const [count, encoding] = [Number(header?.[1]), Number(header?.[2])];
  if (!(count >= 0 && count <= max)) throw new BadParquet(`a page of ${count} values`);
  if (!Object.values(ENCODING).includes(encoding as 0)) {
    throw new BadParquet(`encoding ${encoding} is not one of ours`);
  }
  return [count, encoding];
}

function unpacked(codec: number, bytes: Buffer, size: number): Buffer {
  if (codec === CODEC.none) return bytes;
  if (codec !== CODEC.zstd) throw new BadParquet(`codec ${codec} is not one of ours`);
  // Above the size that the header names it fails, so a page cannot swell.
  return size === 0 ? Buffer.alloc(0) : zstdDecompressSync(bytes, { maxOutputLength: size });
}

function plainNumbers(physical: number, bytes: Buffer, into: Float64Array) {
  const width = physical === PHYSICAL.int32 ? 4 : 8;
  if (bytes.length < width * into.length) throw new BadParquet('a page with too few values');
  if (physical === PHYSICAL.double) {
    const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    target.set(bytes.subarray(0, into.byteLength));
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (physical === PHYSICAL.int32) {
    for (let i = 0; i < into.length; i++) into[i] = view.getUint32(4 * i, true);
  } else if (physical === PHYSICAL.int64) {
    for (let i = 0; i < into.length; i++) {
      into[i] = view.getUint32(8 * i, true) + view.getInt32(8 * i + 4, true) * 2 ** 32;
    }
  } else throw new BadParquet(`numbers of type ${physical}`);
}

function* plainTexts(bytes: Buffer, count: number): Generator<string> {
  for (let i = 0, at = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw new BadParquet('a page with too few texts');
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.length) throw new BadParquet('a text past the end of its page');
    yield bytes.toString('utf8', at + 4, end);
    at = end;
  }
}

/**
 * Codes in runs: either one code many times, or packed bit by bit in groups of eight. The first
 * byte is the width of a code in bits.
 * @throws BadParquet when a code names no entry of the dictionary, or the page ends too early.
 */
export function readCodes(bytes: Uint8Array, into: Uint32Array, dictionary: number): void {
  const bits = bytes[0] ?? 0;
  if (bits > CODE_BITS_MAX) throw new BadParquet(`codes of ${bits} bits`);
  const width = (bits + 7) >> 3;
  let at = 1;
  let filled = 0;
  while (filled < into.length) {
    if (at >= bytes.length) throw new BadParquet('a page with too few codes');
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      head += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
      if (shift > 28) throw new BadParquet('a run without end');
    }
    if (head % 2 === 1) {
      const count = Math.min(8 * ((head - 1) / 2), into.length - filled);
      if (at + Math.ceil((count * bits) / 8) > bytes.length)
        throw new BadParquet('a run cut short');
      unpackBits(bytes, at, bits, into.subarray(filled, filled + count));
      filled += count;
      at += ((head - 1) / 2) * bits;
    } else {
      let code = 0;
      for (let i = 0; i < width; i++) code |= (bytes[at++] ?? 0) << (8 * i);
      const end = Math.min(filled + head / 2, into.length);
      into.fill(code, filled, end);
      filled = end;
    }
  }
  for (let i = 0; i < into.length; i++) {
    if (into[i] >= dictionary) throw new BadParquet('a code without an entry');
  }
}

/** `into[i]` = bits `i * bits` to `(i + 1) * bits - 1` of the bytes from `at` on, lowest first. */
function unpackBits(bytes: Uint8Array, at: number, bits: number, into: Uint32Array) {
  const mask = 2 ** bits - 1;
  let gathered = 0;
  let count = 0;
  let from = at;
  for (let i = 0; i < into.length; i++) {
    while (count < bits) {
      gathered |= bytes[from++] << count;
      count += 8;
    }
    into[i] = gathered & mask;
    gathered >>>= bits;
    count -= bits;
  }
}
