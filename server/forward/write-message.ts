/**
 * Remote-write messages from slices. Labels are encoded once for each entity and signal of a
 * generation; a request is then a copy of those bytes with value and time behind them.
 * Sources: prometheus/prometheus `prompb/types.proto`, `prompb/io/prometheus/write/v2/types.proto`.
 */
import type { Topology } from '../../twin/index.ts';
import { placeOf } from '../place.ts';
import { ByteWriter, STALE_MARKER, textBytes, varintBytes } from '../remote-write/byte-writer.ts';
import { ENDED, type Group, perEntity } from './group.ts';
import type { Batch, Part } from './queue.ts';

type Label = readonly [name: string, value: string];

/** @returns the bytes of a message, valid until the next one is made. */
type MakeMessage = (batch: Batch) => Uint8Array;

/** Where the name of the metric stands among the labels, which go by name. */
const NAME = '__name__';
const byName = ([a]: Label, [b]: Label) => (a < b ? -1 : a > b ? 1 : 0);

/** Labels of an entity, sorted; those of its place win over external ones, as in Prometheus. */
function labelsOf(topology: Topology, entity: number, external: readonly Label[]): Label[] {
  const place = placeOf(topology, entity);
  const own = new Set<string>(place.map(([name]) => name));
  return [...place, ...external.filter(([name]) => !own.has(name))].sort(byName);
}

function perGroup<T>(make: (group: Group) => T) {
  const known = new WeakMap<Group, T>();
  return (group: Group): T => {
    const made = known.get(group) ?? make(group);
    known.set(group, made);
    return made;
  };
}

const metricNames = (group: Group) => group.fields.map(field => `${group.measurement}_${field}`);

/** Tag and eight bytes of the value, tag of the time. */
const SAMPLE_HEAD_BYTES = 10;
const SERIES_SLACK_BYTES = 64;

export function messagesV1(external: readonly Label[]): MakeMessage {
  const out = new ByteWriter(1 << 20);
  const before = labelBytes(external.filter(([name]) => name < NAME).sort(byName));
  const after = external.filter(([name]) => name >= NAME);
  const placeBytes = perEntity((topology, entity) => labelBytes(labelsOf(topology, entity, after)));
  const nameBytes = perGroup(group => metricNames(group).map(name => labelBytes([[NAME, name]])));

  function add({ slice, from, to }: Part) {
    const { group, atMs, values } = slice;
    const names = nameBytes(group);
    const placeAt = placeBytes(group);
    const sampleBytes = SAMPLE_HEAD_BYTES + varintBytes(atMs);
    for (let offset = from, i = from * names.length; offset < to; offset++) {
      const place = placeAt(offset);
      for (let f = 0; f < names.length; f++, i++) {
        if (Number.isNaN(values[i])) continue;
        const labels = before.length + names[f].length + place.length;
        out.reserve(labels + sampleBytes + SERIES_SLACK_BYTES);
        out.byte(TIMESERIES_V1);
        out.varint(labels + 1 + varintBytes(sampleBytes) + sampleBytes);
        out.bytes(before);
        out.bytes(names[f]);
        out.bytes(place);
        writeSample(out, sampleBytes, values[i], atMs);
      }
    }
  }

  return batch => {
    out.clear();
    for (const part of batch) add(part);
    return out.written;
  };
}

const TIMESERIES_V1 = (1 << 3) | 2;
const SAMPLES = (2 << 3) | 2;
const VALUE = (1 << 3) | 1;
const TIME = 2 << 3;

function writeSample(out: ByteWriter, bytes: number, value: number, atMs: number) {
  out.byte(SAMPLES);
  out.varint(bytes);
  out.byte(VALUE);
  if (value === ENDED) out.bytes(STALE_MARKER);
  else out.double(value);
  out.byte(TIME);
  out.varint(atMs);
}

const LABELS = (1 << 3) | 2;
const scratch = new ByteWriter();

function labelBytes(labels: readonly Label[]): Buffer {
  scratch.clear();
  for (const [name, value] of labels) {
    scratch.reserve(SERIES_SLACK_BYTES);
    scratch.byte(LABELS);
    scratch.varint(textBytes(name) + textBytes(value));
    scratch.text(1, name);
    scratch.text(2, value);
  }
  return Buffer.from(scratch.written);
}

const TIMESERIES_V2 = (5 << 3) | 2;
const REFERENCES = (1 << 3) | 2;
/** `metadata { type: GAUGE }` */
const GAUGE = Buffer.from([(5 << 3) | 2, 2, 1 << 3, 2]);
/** References below 2^28: more texts than a message can have. */
const REFERENCE_BYTES_MAX = 4;

/** Each text once for a message; a series refers to its texts by number. */
export function messagesV2(external: readonly Label[]): MakeMessage {
  const sorted = external.toSorted(byName);
  const labels = perEntity((topology, entity) => labelsOf(topology, entity, sorted));
  const names = perGroup(metricNames);
  const body = new ByteWriter(1 << 18);
  const references = new ByteWriter(256);

  function add({ slice, from, to }: Part, numberOf: (text: string) => number) {
    const { group, atMs, values } = slice;
    const metrics = names(group);
    const labelsAt = labels(group);
    const sampleBytes = SAMPLE_HEAD_BYTES + varintBytes(atMs);
    for (let offset = from, i = from * metrics.length; offset < to; offset++) {
      const place = labelsAt(offset);
      for (let f = 0; f < metrics.length; f++, i++) {
        if (Number.isNaN(values[i])) continue;
        writeReferences(references, place, metrics[f], numberOf);
        const bytes = references.length;
        const series = 1 + varintBytes(bytes) + bytes + 1 + varintBytes(sampleBytes) + sampleBytes;
        body.reserve(series + SERIES_SLACK_BYTES);
        body.byte(TIMESERIES_V2);
        body.varint(series + GAUGE.length);
        body.byte(REFERENCES);
        body.varint(bytes);
        body.bytes(references.written);
        writeSample(body, sampleBytes, values[i], atMs);
        body.bytes(GAUGE);
      }
    }
  }

  return batch => {
    const symbols = new Map([['', 0]]);
    const numberOf = (text: string) => {
      const known = symbols.get(text);
      if (known !== undefined) return known;
      symbols.set(text, symbols.size);
      return symbols.size - 1;
    };
    body.clear();
    for (const part of batch) add(part, numberOf);
    const out = new ByteWriter(body.length + 32 * symbols.size);
    for (const text of symbols.keys()) out.text(4, text);
    out.reserve(body.length);
    out.bytes(body.written);
    return out.written;
  };
}

function writeReferences(
  out: ByteWriter,
  place: readonly Label[],
  metric: string,
  numberOf: (text: string) => number,
) {
  out.clear();
  out.reserve(2 * REFERENCE_BYTES_MAX * (place.length + 1));
  let isNamed = false;
  const put = (name: string, value: string) => {
    out.varint(numberOf(name));
    out.varint(numberOf(value));
  };
  for (const [name, value] of place) {
    if (!isNamed && name > NAME) {
      put(NAME, metric);
      isNamed = true;
    }
    put(name, value);
  }
  if (!isNamed) put(NAME, metric);
}
