/** The footer of a Parquet file: its row groups, and where each of their columns lies. */
import { BadParquet, type Thrift, ThriftReader, type ThriftStruct } from './thrift.ts';

/** Physical types by number, of which the history has these. */
export const PHYSICAL = { int32: 1, int64: 2, double: 5, bytes: 6 } as const;
export const CODEC = { none: 0, zstd: 6 } as const;
/** Kinds of pages, and encodings of values, that are written and read here. */
export const PAGE = { values: 0, dictionary: 2 } as const;
export const ENCODING = { plain: 0, oldDictionary: 2, rle: 3, dictionary: 8 } as const;
/** `converted` of epoch milliseconds. */
export const MILLIS = 9;

export interface ColumnChunk {
  readonly physical: number;
  readonly codec: number;
  readonly isOptional: boolean;
  /** What the numbers mean, as the schema says; -1 where it does not. */
  readonly converted: number;
  /** Place in the file, dictionary first. */
  readonly offset: number;
  readonly bytes: number;
  readonly values: number;
  readonly nulls: number;
  /** Row `i` is row `i % repeats`: every series of the group has the same times. Undefined: unknown. */
  readonly repeats?: number;
  /** Least and greatest value, as stored; absent where the writer gave none. */
  readonly min?: Uint8Array;
  readonly max?: Uint8Array;
}

export interface RowGroup {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnChunk>>;
}

export interface Footer {
  readonly rows: number;
  readonly groups: readonly RowGroup[];
}

/** Said of the column `time` in the file, as key and value; others need not know it. */
export const REPEATS = 'orrery.repeats';
export const MAGIC = 'PAR1';
/** Ours are far below; memory is taken by it. */
const GROUP_ROWS_MAX = 4_000_000;

function list(field: Thrift | undefined): readonly Thrift[] {
  if (field === undefined) return [];
  if (Array.isArray(field)) return field;
  throw new BadParquet('a field that should be a list');
}

function struct(field: Thrift | undefined): ThriftStruct {
  const isPlain = typeof field === 'object' && !Array.isArray(field);
  if (isPlain && !(field instanceof Uint8Array)) return field as ThriftStruct;
  throw new BadParquet('a field that should be a structure');
}

function bytesOf(field: Thrift | undefined): Uint8Array | undefined {
  if (field === undefined || field instanceof Uint8Array) return field;
  throw new BadParquet('a field that should be bytes');
}

const structs = (field: Thrift | undefined) => list(field).map(struct);
const text = (field: Thrift | undefined) => Buffer.from(bytesOf(field) ?? []).toString();

/**
 * @param bytes the footer without its length and magic
 * @throws BadParquet
 */
export function parseFooter(bytes: Uint8Array): Footer {
  const file = new ThriftReader(bytes).struct();
  const schema = new Map(structs(file[2]).map(element => [text(element[4]), element]));
  const groups = structs(file[4]).map(group => ({
    rows: Number(group[3]),
    columns: Object.fromEntries(structs(group[1]).map(chunk => columnOf(chunk, schema))),
  }));
  const rows = Number(file[3]);
  const inGroups = groups.reduce((sum, group) => sum + group.rows, 0);
  if (groups.some(group => !(group.rows <= GROUP_ROWS_MAX)))
    throw new BadParquet('a huge row group');
  if (rows !== inGroups) throw new BadParquet(`${rows} rows, and ${inGroups} in its row groups`);
  return { rows, groups };
}

function columnOf(chunk: ThriftStruct, schema: ReadonlyMap<string, ThriftStruct>) {
  const meta = struct(chunk[3]);
  const name = list(meta[3]).map(text).join('.');
  const [first, dictionary] = [Number(meta[9]), Number(meta[11] ?? Number.NaN)];
  const statistics = struct(meta[12] ?? {});
  const repeats = structs(meta[8]).find(pair => text(pair[1]) === REPEATS);
  const column: ColumnChunk = {
    physical: Number(meta[1]),
    codec: Number(meta[4]),
    isOptional: schema.get(name)?.[3] === 1,
    converted: Number(schema.get(name)?.[6] ?? -1),
    offset: dictionary > 0 && dictionary < first ? dictionary : first,
    bytes: Number(meta[7]),
    values: Number(meta[5]),
    nulls: Number(statistics[3] ?? 0),
    ...(repeats ? { repeats: repeatsOf(text(repeats[2]), Number(meta[5])) } : {}),
    ...(statistics[8] === false ? {} : { min: bytesOf(statistics[6]) }),
    ...(statistics[7] === false ? {} : { max: bytesOf(statistics[5]) }),
  };
  return [name, column] as const;
}

/** @throws BadParquet unless it is a part of the rows, of which the whole is made */
function repeatsOf(value: string, rows: number): number {
  const repeats = Number(value);
  if (Number.isInteger(repeats) && repeats > 0 && rows % repeats === 0) return repeats;
  throw new BadParquet(`times that repeat after ${value} of ${rows} rows`);
}

/** Of a BYTE_ARRAY column; undefined when the file does not say. */
export function textBounds(
  column: ColumnChunk | undefined,
): readonly [min: string, max: string] | undefined {
  if (!column) throw new BadParquet('a column of names is missing');
  return column.min && column.max ? [text(column.min), text(column.max)] : undefined;
}

/** Of an INT64 column of milliseconds. */
export function timeBounds(
  column: ColumnChunk | undefined,
): readonly [min: number, max: number] | undefined {
  if (!column) throw new BadParquet('no times');
  const { min, max } = column;
  if (column.converted !== MILLIS) throw new BadParquet('times that are not in milliseconds');
  return min?.length === 8 && max?.length === 8 ? [int64(min), int64(max)] : undefined;
}

const int64 = (bytes: Uint8Array) =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true));
