/** Columns of a row group as Parquet stores them: a dictionary where values repeat, and pages. */
import { constants, zstdCompressSync } from 'node:zlib';
import { CODEC, ENCODING, PAGE, PHYSICAL } from './footer.ts';
import { ThriftWriter } from './thrift-write.ts';

/** Fewer bytes than this do not become fewer. */
const PACKED_FROM_BYTES = 256;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** Repeated so often, a code is written once. */
const RUN_ROWS = 16;

/** The chunk of a column: its bytes, and what the footer says of it. */
export interface EncodedColumn {
  readonly bytes: Buffer;
  readonly codec: number;
  readonly hasDictionary: boolean;
  /** Length of the dictionary page with its header. */
  readonly dictionaryBytes: number;
  readonly unpackedBytes: number;
}

interface RawPage {
  readonly kind: number;
  readonly encoding: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Texts in runs: run `r` is `texts[codes[r]]` up to row `ends[r]`. */
export function encodeTexts(
  texts: readonly string[],
  codes: readonly number[],
  ends: readonly number[],
): EncodedColumn {
  const plain = Buffer.concat(
    texts.flatMap(text => {
      const bytes = Buffer.from(text);
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
  const bits = bitsFor(texts.length);
  const rows = ends[ends.length - 1];
  const out = new CodeWriter(rows, bits);
  for (let r = 0; r < codes.length; r++) out.run(codes[r], ends[r] - (ends[r - 1] ?? 0));
  return chunkOf(
    [
      { kind: PAGE.dictionary, encoding: ENCODING.plain, count: texts.length, bytes: plain },
      { kind: PAGE.values, encoding: ENCODING.dictionary, count: rows, bytes: out.done() },
    ],
    true,
  );
}

/** For the codes of one column at a time. */
const codes = new Uint16Array(1 << 16);
const SLOT_BITS = 16;
const slots = new Int32Array(1 << SLOT_BITS);
/** More distinct values than this fraction of the rows are not worth a dictionary. */
const DISTINCT_SHARE = 0.25;
const DISTINCT_MAX = 1 << (SLOT_BITS - 1);
export const ENCODE_ROWS_MAX = codes.length;

/**
 * At most `ENCODE_ROWS_MAX` of them.
 * @param pageRows of a page: what is unpacked at least to read one of them
 */
export function encodeNumbers(
  values: Float64Array,
  physical: number,
  pageRows: number,
): EncodedColumn {
  const distinct = dictionaryOf(values);
  if (distinct) return withDictionary(distinct, values.length, physical, pageRows);
  const pages: RawPage[] = [];
  for (let from = 0; from < values.length; from += pageRows) {
    const part = values.subarray(from, from + pageRows);
    const bytes = plainOf(part, physical);
    pages.push({ kind: PAGE.values, encoding: ENCODING.plain, count: part.length, bytes });
  }
  return chunkOf(pages, false);
}

function withDictionary(
  distinct: Float64Array,
  rows: number,
  physical: number,
  pageRows: number,
): EncodedColumn {
  const bits = bitsFor(distinct.length);
  const dictionary = plainOf(distinct, physical);
  const pages: RawPage[] = [
    {
      kind: PAGE.dictionary,
      encoding: ENCODING.plain,
      count: distinct.length,
      bytes: dictionary,
    },
  ];
  for (let from = 0; from < rows; from += pageRows) {
    const part = codes.subarray(from, Math.min(rows, from + pageRows));
    const out = new CodeWriter(part.length, bits);
    out.all(part);
    const bytes = out.done();
    pages.push({ kind: PAGE.values, encoding: ENCODING.dictionary, count: part.length, bytes });
  }
  return chunkOf(pages, true);
}

/** Fills `codes`. @returns undefined when there are too many values for a dictionary */
function dictionaryOf(values: Float64Array): Float64Array | undefined {
  const most = Math.min(DISTINCT_MAX, Math.max(16, DISTINCT_SHARE * values.length));
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const distinct = new Float64Array(Math.ceil(most));
  const known = new Int32Array(distinct.buffer);
  let count = 0;
  let code = -1;
  slots.fill(-1);
  for (let i = 0; i < values.length; i++) {
    const low = bits[2 * i];
    const high = bits[2 * i + 1];
    if (code >= 0 && known[2 * code] === low && known[2 * code + 1] === high) {
      codes[i] = code;
      continue;
    }
    const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & (slots.length - 1);
    for (;;) {
      code = slots[slot];
      if (code < 0 || (known[2 * code] === low && known[2 * code + 1] === high)) break;
      slot = (slot + 1) & (slots.length - 1);
    }
    if (code < 0) {
      if (count >= most) return undefined;
      code = count++;
      slots[slot] = code;
      distinct[code] = values[i];
    }
    codes[i] = code;
  }
  return distinct.subarray(0, count);
}

/** Numbers as they lie in a page; of doubles it is the same memory. */
function plainOf(values: Float64Array, physical: number): Buffer {
  if (physical === PHYSICAL.double) {
    return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  }
  const width = physical === PHYSICAL.int32 ? 1 : 2;
  const words = new Int32Array(width * values.length);
  for (let i = 0; i < values.length; i++) {
    const high = width === 1 ? 0 : Math.floor(values[i] / 2 ** 32);
    words[width * i] = values[i] - high * 2 ** 32;
    if (width === 2) words[2 * i + 1] = high;
  }
  return Buffer.from(words.buffer);
}

const bitsFor = (entries: number) => Math.max(1, 32 - Math.clz32(Math.max(0, entries - 1)));

/** Codes in runs, as `readCodes` reads them: one code many times, or packed in eights. */
class CodeWriter {
  private readonly bits: number;
  private bytes: Buffer;
  private end = 0;

  constructor(rows: number, bits: number) {
    this.bits = bits;
    this.bytes = Buffer.allocUnsafe(64 + Math.ceil((rows * bits) / 8));
    this.bytes[this.end++] = bits;
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  all(part: Uint16Array) {
    let packedFrom = 0;
    for (let i = 0; i < part.length; ) {
      let next = i + 1;
      while (next < part.length && part[next] === part[i]) next++;
      // What is packed before a run must be whole eights.
      const from = packedFrom + 8 * Math.ceil((i - packedFrom) / 8);
      if (next - from >= RUN_ROWS) {
        this.packed(part, packedFrom, from);
        this.run(part[i], next - from);
        packedFrom = next;
      }
      i = next;
    }
    this.packed(part, packedFrom, part.length);
  }

  run(code: number, count: number) {
    this.room(10);
    this.varint(2 * count);
    for (let shift = 0; shift < this.bits; shift += 8) this.bytes[this.end++] = code >>> shift;
  }

  private packed(part: Uint16Array, from: number, to: number) {
    if (from === to) return;
    const eights = Math.ceil((to - from) / 8);
    this.room(10 + eights * this.bits);
    this.varint(2 * eights + 1);
    const { bytes, bits } = this;
    let { end } = this;
    let held = 0;
    let count = 0;
    for (let i = from; i < from + 8 * eights; i++) {
      held |= (i < to ? part[i] : 0) << count;
      count += bits;
      while (count >= 8) {
        bytes[end++] = held;
        held >>>= 8;
        count -= 8;
      }
    }
    this.end = end;
  }

  private varint(value: number) {
    let left = value;
    for (; left >= 0x80; left >>>= 7) this.bytes[this.end++] = (left & 0x7f) | 0x80;
    this.bytes[this.end++] = left;
  }

  private room(more: number) {
    if (this.end + more <= this.bytes.length) return;
    const longer = Buffer.allocUnsafe(2 * (this.end + more));
    longer.set(this.bytes.subarray(0, this.end));
    this.bytes = longer;
  }
}

function chunkOf(pages: readonly RawPage[], hasDictionary: boolean): EncodedColumn {
  const total = pages.reduce((sum, page) => sum + page.bytes.length, 0);
  const codec = total < PACKED_FROM_BYTES ? CODEC.none : CODEC.zstd;
  const parts: Buffer[] = [];
  let [bytes, unpackedBytes, dictionaryBytes] = [0, 0, 0];
  for (const page of pages) {
    const body = page.kind === PAGE.values ? withLevels(page) : page.bytes;
    const packed = codec === CODEC.none ? body : zstdCompressSync(body, ZSTD);
    const header = headerOf(page, body.length, packed.length);
    parts.push(header, packed);
    bytes += header.length + packed.length;
    unpackedBytes += header.length + body.length;
    if (page.kind === PAGE.dictionary) dictionaryBytes = bytes;
  }
  return {
    ...{ bytes: Buffer.concat(parts, bytes), codec, hasDictionary },
    ...{ dictionaryBytes, unpackedBytes },
  };
}

/** Definition levels before the values: one run that says that every row has a value. */
function withLevels({ count, bytes }: RawPage): Buffer {
  const levels = [];
  for (let left = 2 * count; ; left >>>= 7) {
    levels.push(left >= 0x80 ? (left & 0x7f) | 0x80 : left);
    if (left < 0x80) break;
  }
  levels.push(1);
  return Buffer.concat([Buffer.from([levels.length, 0, 0, 0, ...levels]), bytes]);
}

function headerOf({ kind, encoding, count }: RawPage, size: number, packed: number): Buffer {
  const counted = [[1, { i32: count }] as const, [2, { i32: encoding }] as const];
  const levels = [[3, { i32: ENCODING.rle }] as const, [4, { i32: ENCODING.rle }] as const];
  const isDictionary = kind === PAGE.dictionary;
  return new ThriftWriter()
    .struct([
      ...([
        [1, { i32: kind }],
        [2, { i32: size }],
        [3, { i32: packed }],
      ] as const),
      isDictionary ? [7, { struct: counted }] : [5, { struct: [...counted, ...levels] }],
    ])
    .done();
}
