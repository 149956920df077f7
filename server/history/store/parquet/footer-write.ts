/** What the footer says of a file that we write: its schema, and where each column lies. */
import type { EncodedColumn } from './encode.ts';
import { ENCODING, MILLIS, REPEATS } from './footer.ts';
import type { Fields } from './thrift-write.ts';

const OPTIONAL = 1;
/** As older files have it: an instant without a zone, in milliseconds. */
const INSTANT: Fields = [
  [
    8,
    {
      struct: [
        [1, { flag: false }],
        [2, { struct: [[1, { struct: [] }]] }],
      ],
    },
  ],
];

export interface NumberSpec {
  readonly name: string;
  readonly physical: number;
  readonly converted?: number;
}

export type Bounds = readonly [min: Uint8Array, max: Uint8Array];

export const utf8 = (text: string): Uint8Array => Buffer.from(text);

export function int64(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

export interface ChunkMore {
  readonly bounds?: Bounds;
  readonly repeats?: number;
}

export function chunkFields(
  { name, physical }: NumberSpec,
  { bytes, codec, hasDictionary, dictionaryBytes, unpackedBytes }: EncodedColumn,
  chunk: ChunkMore & { readonly offset: number; readonly rows: number },
): Fields {
  const { offset, rows, bounds, repeats } = chunk;
  const { plain, rle, dictionary } = ENCODING;
  const meta: Fields = [
    [1, { i32: physical }],
    [2, { i32s: hasDictionary ? [plain, rle, dictionary] : [plain, rle] }],
    [3, { texts: [name] }],
    [4, { i32: codec }],
    [5, { i64: rows }],
    [6, { i64: unpackedBytes }],
    [7, { i64: bytes.length }],
    ...(repeats === undefined ? [] : [[8, { structs: [pair(REPEATS, repeats)] }] as const]),
    [9, { i64: offset + dictionaryBytes }],
    ...(hasDictionary ? [[11, { i64: offset }] as const] : []),
    [12, { struct: statistics(bounds) }],
  ];
  return [
    [2, { i64: offset }],
    [3, { struct: meta }],
  ];
}

const pair = (key: string, value: number): Fields => [
  [1, { bytes: key }],
  [2, { bytes: String(value) }],
];

const statistics = (bounds: Bounds | undefined): Fields => [
  [3, { i64: 0 }],
  ...(bounds
    ? ([
        [5, { bytes: bounds[1] }],
        [6, { bytes: bounds[0] }],
      ] as const)
    : []),
];

export const rootFields = (columns: number): Fields => [
  [4, { bytes: 'history' }],
  [5, { i32: columns }],
];

export const schemaFields = ({ name, physical, converted }: NumberSpec): Fields => [
  [1, { i32: physical }],
  [3, { i32: OPTIONAL }],
  [4, { bytes: name }],
  ...(converted === undefined ? [] : [[6, { i32: converted }] as const]),
  ...(converted === MILLIS ? [[10, { struct: INSTANT }] as const] : []),
];
