/**
 * The pages that a column of our Parquet files is stored in. It knows what we write and what DuckDB
 * wrote for us before: data pages of version 1, plain or with a dictionary, zstd or nothing.
 */
import { zstdDecompressSync } from 'node:zlib';
import { CODEC, type ColumnChunk, ENCODING, PAGE } from './footer.ts';
import { BadParquet, ThriftReader, type ThriftStruct } from './thrift.ts';

const ENCODINGS: readonly number[] = [ENCODING.plain, ENCODING.oldDictionary, ENCODING.dictionary];
/** Longest page taken; ours are far below. */
const PAGE_BYTES_MAX = 64 * 2 ** 20;

interface Page {
  readonly kind: number;
  readonly encoding: number;
  readonly count: number;
  /** Unpacked when asked for: a page without a wanted row is passed by. */
  bytes(): Buffer;
}

/** Every page of a chunk, with its definition levels taken off: there are no nulls. */
export function* pagesOf(chunk: ColumnChunk, stored: Buffer): Generator<Page> {
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
function valuesOf(page: Buffer): Buffer {
  if (page.length < 4) throw new BadParquet('a page that is too short');
  return page.subarray(4 + page.readUInt32LE(0));
}

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
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: size, chunkSize: Math.max(64, size) });
  } catch (error) {
    throw new BadParquet(`a page that cannot be unpacked: ${(error as Error).message}`);
  }
}
