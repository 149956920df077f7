/** Plain readers of remote write 1.0 and 2.0: what is in a message, broken parts told apart. */
import { type Field, fieldsOf } from './naive-proto.ts';

export interface NaiveSample {
  readonly value: number;
  readonly isStale: boolean;
  readonly atMs: number;
}

export interface NaiveSeries {
  /** Undefined when they cannot be read. */
  readonly labels: readonly (readonly [name: Buffer, value: Buffer, bytes: number])[] | undefined;
  /** What tells it from other series: the bytes of its labels, or their texts in order. */
  readonly key: string;
  readonly samples: NaiveSample[];
}

export interface NaiveWrite {
  readonly ok: boolean;
  readonly series: NaiveSeries[];
  brokenSeries: number;
  histograms: number;
  exemplars: number;
}

const newWrite = (ok: boolean): NaiveWrite => ({
  ...{ ok, series: [], brokenSeries: 0, histograms: 0, exemplars: 0 },
});

/** Tags by what they mean, in either version. */
interface Tags {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}
const V1: Tags = { samples: 18, histograms: 34, exemplars: 26 };
const V2: Tags = { samples: 18, histograms: 26, exemplars: 34 };

export function naiveWriteV1(message: Buffer): NaiveWrite {
  const { list, broken } = fieldsOf(message);
  const write = newWrite(broken === undefined);
  for (const { tag, body } of list) if (tag === 10) seriesV1(body, write);
  return write;
}

function seriesV1(body: Buffer, write: NaiveWrite): void {
  const { list, broken } = fieldsOf(body);
  const isLabel = (field: Field) => field.tag === 10 && body[field.at] === 10;
  const labelsEnd = list.findIndex(field => !isLabel(field));
  const labels = labelsEnd < 0 ? list : list.slice(0, labelsEnd);
  const labelsEndAt = labels.at(-1)?.end ?? 0;
  // What begins like a label and is none ends the series before it was named.
  if (broken !== undefined && labelsEnd < 0 && body[labelsEndAt] === 10) {
    write.brokenSeries++;
    return;
  }
  const key = body.toString('latin1', 0, labelsEndAt);
  const series = { labels: labelsV1(labels), key, samples: [] };
  write.series.push(series);
  const rest = labelsEnd < 0 ? [] : list.slice(labelsEnd);
  readRest(rest, broken, { write, series, tags: V1, isForbidden: tag => tag === 10 });
}

function labelsV1(fields: readonly Field[]): NaiveSeries['labels'] {
  const labels: [Buffer, Buffer, number][] = [];
  for (const { body } of fields) {
    const { list, broken } = fieldsOf(body);
    if (broken !== undefined) return undefined;
    const last = (tag: number) => list.findLast(f => f.tag === tag)?.body ?? Buffer.alloc(0);
    labels.push([last(10), last(18), body.length]);
  }
  return labels;
}

interface Rest {
  readonly write: NaiveWrite;
  readonly series: NaiveSeries;
  readonly tags: Tags;
  readonly isForbidden: (tag: number) => boolean;
}

/** Samples and what else follows the labels, up to the first field that is broken. */
function readRest(
  fields: readonly Field[],
  broken: number | undefined,
  { write, series, tags, isForbidden }: Rest,
): void {
  const count = (tag: number) => {
    if (tag === tags.histograms) write.histograms++;
    else if (tag === tags.exemplars) write.exemplars++;
  };
  for (const { tag, body } of fields) {
    const sample = tag === tags.samples ? sampleOf(body) : undefined;
    if (isForbidden(tag) || (tag === tags.samples && !sample)) {
      write.brokenSeries++;
      return;
    }
    if (sample) series.samples.push(sample);
    else count(tag);
  }
  if (broken === undefined) return;
  write.brokenSeries++;
  if (!isForbidden(broken)) count(broken);
}

function sampleOf(body: Buffer): NaiveSample | undefined {
  const { list, broken } = fieldsOf(body);
  if (broken !== undefined) return undefined;
  const value = list.findLast(({ tag }) => tag === 9)?.body;
  const atMs = Number(list.findLast(({ tag }) => tag === 16)?.integer ?? 0n);
  const isStale = value?.readBigUInt64LE() === 0x7ff0000000000002n;
  return { value: value?.readDoubleLE() ?? 0, isStale, atMs };
}

const MAX_REFERENCES = 4096;

export function naiveWriteV2(message: Buffer): NaiveWrite {
  const { list, broken } = fieldsOf(message);
  const write = newWrite(broken === undefined);
  if (broken !== undefined) return write;
  const symbols = list.filter(({ tag }) => tag === 34).map(({ body }) => body);
  for (const { tag, body } of list) if (tag === 42) seriesV2(body, symbols, write);
  return write;
}

function seriesV2(body: Buffer, symbols: readonly Buffer[], write: NaiveWrite): void {
  const { list, broken } = fieldsOf(body);
  const isReference = (tag: number) => tag === 10 || tag === 8;
  const others = list.findIndex(({ tag }) => !isReference(tag));
  const head = others < 0 ? list : list.slice(0, others);
  const references = referencesIn(head, symbols.length);
  const isCutOff = others < 0 && broken !== undefined && (isReference(broken) || broken === 0);
  const isAlone = others < 0 && broken === undefined;
  if (!references || isCutOff || (!isAlone && references.length % 2 !== 0)) {
    write.brokenSeries++;
    return;
  }
  const texts = references.map(reference => symbols[reference]);
  const labels = Array.from({ length: texts.length >> 1 }, (_, i) => {
    const [name, value] = texts.slice(2 * i);
    return [name, value, Math.max(name.length, value.length)] as const;
  });
  const key = JSON.stringify(texts.map(text => text.toString('latin1')));
  const series = { labels, key, samples: [] };
  write.series.push(series);
  const rest = others < 0 ? [] : list.slice(others);
  readRest(rest, broken, { write, series, tags: V2, isForbidden: isReference });
}

/** Undefined when one of them is broken or refers to nothing. */
function referencesIn(fields: readonly Field[], symbols: number): number[] | undefined {
  const references: number[] = [];
  for (const { tag, integer, body } of fields) {
    const found = tag === 8 ? [Number(integer)] : packedIn(body);
    if (!found?.every(reference => reference >= 0 && reference < symbols)) return undefined;
    references.push(...found);
  }
  return references.length > MAX_REFERENCES ? undefined : references;
}

function packedIn(body: Buffer): number[] | undefined {
  const found: number[] = [];
  for (let at = 0; at < body.length; ) {
    // A packed varint is read like a field's value, after a tag of one byte.
    const end = body.findIndex((byte, i) => i >= at && byte < 128) + 1;
    if (end === 0) return undefined;
    const { list } = fieldsOf(Buffer.concat([Buffer.from([8]), body.subarray(at, end)]));
    if (list.length !== 1) return undefined;
    found.push(Number(list[0].integer));
    at = end;
  }
  return found;
}
