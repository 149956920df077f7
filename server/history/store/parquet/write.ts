/** A Parquet file of the history, written series by series; memory is taken for one row group. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { ENCODE_ROWS_MAX, type EncodedColumn, encodeNumbers, encodeTexts } from './encode.ts';
import { MAGIC, MILLIS, PHYSICAL } from './footer.ts';
import {
  type Bounds,
  type ChunkMore,
  chunkFields,
  int64,
  type NumberSpec,
  rootFields,
  schemaFields,
  utf8,
} from './footer-write.ts';
import { type Fields, ThriftWriter } from './thrift-write.ts';

const GROUP_ROWS = ENCODE_ROWS_MAX;
const TEXTS = ['rack', 'entity', 'signal'] as const;
const [UTF8, UINT_32] = [0, 13];
const time = { name: 'time', physical: PHYSICAL.int64, converted: MILLIS };
const double = (name: string) => ({ name, physical: PHYSICAL.double });

interface Shape {
  readonly numbers: readonly NumberSpec[];
  readonly pageRows: number;
}

/** Of a raw file, which has a few minutes of many racks, a question reads a small part. */
export const RAW_SHAPE: Shape = { numbers: [time, double('value')], pageRows: GROUP_ROWS / 4 };
export const ROLLUP_SHAPE: Shape = {
  numbers: [
    ...[time, double('min'), double('max'), double('mean'), double('last')],
    { name: 'count', physical: PHYSICAL.int32, converted: UINT_32 },
  ],
  pageRows: GROUP_ROWS,
};

export type SeriesNames = readonly [rack: string, entity: string, signal: string];

interface WrittenParquet {
  readonly rows: number;
  readonly bytes: number;
  /** Least and greatest name of the column it is sorted by first. */
  readonly bounds: readonly [string, string];
  /** Least and greatest time. */
  readonly times: readonly [number, number];
}

export class ParquetWriter {
  rows = 0;
  private readonly descriptor: number;
  private readonly shape: Shape;
  /** Place of the name that the file is sorted by first. */
  private readonly sortedBy: number;
  private readonly columns: readonly Float64Array[];
  private readonly texts: readonly TextRuns[] = TEXTS.map(() => new TextRuns());
  private readonly groups: Fields[] = [];
  private inGroup = 0;
  private offset = 0;
  private bounds: [string, string] | undefined;
  private times: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  constructor(path: string, shape: Shape, sortedBy: (typeof TEXTS)[number]) {
    this.shape = shape;
    this.sortedBy = TEXTS.indexOf(sortedBy);
    this.columns = shape.numbers.map(() => new Float64Array(GROUP_ROWS));
    this.descriptor = openSync(path, 'w');
    this.put(Buffer.from(MAGIC));
  }

  /**
   * Rows `start` to `end - 1` of the columns, of one series, ascending in time. Series come in the
   * order of the file. A row group ends between series, and where one is half full, between racks.
   */
  add(
    names: SeriesNames,
    columns: readonly Float64Array[],
    [start, end]: readonly [number, number],
  ): void {
    const group = this.texts[this.sortedBy];
    const isOther = this.inGroup > 0 && group.latest !== names[this.sortedBy];
    const isFull = this.inGroup + end - start > GROUP_ROWS;
    if (isFull || (isOther && this.inGroup >= GROUP_ROWS / 2)) this.endGroup();
    for (let from = start; from < end; ) {
      const to = Math.min(end, from + GROUP_ROWS - this.inGroup);
      for (let c = 0; c < this.columns.length; c++) {
        copy(columns[c], [from, to], this.columns[c], this.inGroup);
      }
      this.inGroup += to - from;
      for (let t = 0; t < TEXTS.length; t++) this.texts[t].add(names[t], this.inGroup);
      if (this.inGroup === GROUP_ROWS) this.endGroup();
      from = to;
    }
    this.rows += end - start;
  }

  /** Writes the footer and syncs. @throws RangeError for a file without rows */
  finish(): WrittenParquet {
    this.endGroup();
    const { bounds, times, rows } = this;
    if (!bounds) throw new RangeError('a file without rows');
    const footer = new ThriftWriter().struct(this.footer()).done();
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(footer.length);
    this.put(Buffer.concat([footer, length, Buffer.from(MAGIC)]));
    fsyncSync(this.descriptor);
    this.close();
    return { rows, bytes: this.offset, bounds, times };
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private endGroup() {
    const { inGroup } = this;
    if (inGroup === 0) return;
    const from = this.offset;
    const columns: Fields[] = [];
    let unpacked = 0;
    const put = (spec: NumberSpec, encoded: EncodedColumn, more: ChunkMore = {}) => {
      columns.push(chunkFields(spec, encoded, { offset: this.offset, rows: inGroup, ...more }));
      unpacked += encoded.unpackedBytes;
      this.put(encoded.bytes);
    };
    const repeats = repeatsOf(this.columns[0].subarray(0, inGroup), this.seriesEnds());
    for (const [t, name] of TEXTS.entries()) {
      const runs = this.texts[t];
      const bounds = runs.bounds();
      const spec = { name, physical: PHYSICAL.bytes, converted: UTF8 };
      put(spec, encodeTexts(runs.texts, runs.codes, runs.ends), {
        bounds: [utf8(bounds[0]), utf8(bounds[1])],
      });
      if (t === this.sortedBy) this.widen(bounds);
      runs.clear();
    }
    for (const [c, spec] of this.shape.numbers.entries()) {
      const values = this.columns[c].subarray(0, inGroup);
      const more = c === 0 ? { bounds: this.timeBounds(values), repeats } : {};
      put(spec, encodeNumbers(values, spec.physical, this.shape.pageRows), more);
    }
    this.groups.push([
      [1, { structs: columns }],
      [2, { i64: unpacked }],
      [3, { i64: inGroup }],
      [5, { i64: from }],
      [6, { i64: this.offset - from }],
    ]);
    this.inGroup = 0;
  }

  private seriesEnds(): number[] {
    const ends: number[] = [];
    const [, entities, signals] = this.texts;
    for (let e = 0, s = 0; e < entities.ends.length; ) {
      const end = Math.min(entities.ends[e], signals.ends[s]);
      ends.push(end);
      if (entities.ends[e] === end) e++;
      if (signals.ends[s] === end) s++;
    }
    return ends;
  }

  private widen([min, max]: readonly [string, string]) {
    const [low, high] = this.bounds ?? [min, max];
    this.bounds = [min < low ? min : low, max > high ? max : high];
  }

  private timeBounds(times: Float64Array): Bounds {
    let min = times[0];
    let max = times[0];
    for (let i = 1; i < times.length; i++) {
      if (times[i] < min) min = times[i];
      if (times[i] > max) max = times[i];
    }
    this.times = [Math.min(this.times[0], min), Math.max(this.times[1], max)];
    return [int64(min), int64(max)];
  }

  private footer(): Fields {
    const texts = TEXTS.map(name => ({ name, physical: PHYSICAL.bytes, converted: UTF8 }));
    const all: readonly NumberSpec[] = [...texts, ...this.shape.numbers];
    return [
      [1, { i32: 1 }],
      [2, { structs: [rootFields(all.length), ...all.map(schemaFields)] }],
      [3, { i64: this.rows }],
      [4, { structs: this.groups }],
      [6, { bytes: 'orrery' }],
    ];
  }

  private put(bytes: Buffer) {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    this.offset += bytes.length;
  }
}

/** One text column of a row group. */
class TextRuns {
  readonly texts: string[] = [];
  readonly codes: number[] = [];
  readonly ends: number[] = [];
  latest: string | undefined;
  private readonly codeOf = new Map<string, number>();

  add(text: string, end: number) {
    if (text === this.latest) {
      this.ends[this.ends.length - 1] = end;
      return;
    }
    let code = this.codeOf.get(text);
    if (code === undefined) {
      code = this.texts.push(text) - 1;
      this.codeOf.set(text, code);
    }
    this.codes.push(code);
    this.ends.push(end);
    this.latest = text;
  }

  bounds(): [string, string] {
    let [min, max] = [this.texts[0], this.texts[0]];
    for (const text of this.texts) {
      if (text < min) min = text;
      if (text > max) max = text;
    }
    return [min, max];
  }

  clear() {
    for (const list of [this.texts, this.codes, this.ends]) list.length = 0;
    this.codeOf.clear();
    this.latest = undefined;
  }
}

/** Rows of each series, when all have the same times. */
function repeatsOf(times: Float64Array, ends: readonly number[]): number | undefined {
  const [length] = ends;
  if (ends.some((end, s) => end !== (s + 1) * length)) return undefined;
  for (let i = length; i < times.length; i++) {
    if (times[i] !== times[i - length]) return undefined;
  }
  return length;
}

/** Short pieces are copied faster one by one. */
function copy(
  from: Float64Array,
  [start, end]: readonly [number, number],
  into: Float64Array,
  at: number,
) {
  if (end - start > 64) into.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = from[i];
}
