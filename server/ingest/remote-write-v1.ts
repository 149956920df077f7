/**
 * Remote write 1.0: walks a `prometheus.WriteRequest` on the wire and hands series and samples to a
 * visitor, without making an object of any of them.
 * Source: prometheus/prometheus `prompb/remote.proto`, `prompb/types.proto`.
 */
import type { Bytes } from './bytes.ts';
import { delimitedTag, fixed64Tag, ProtoReader, varintTag } from './proto-reader.ts';

/** What takes the series and samples of a request. */
export interface WriteVisitor {
  /** Where the expected series' labels end when they stand at `start`, or -1. */
  expect(bytes: Bytes, start: number): number;
  /** The labels in full, when others were expected. */
  series(bytes: Bytes, start: number, end: number): void;
  /** A sample of the series last expected or given. */
  sample(value: number, atMs: number): void;
  /** The mark that the series ended. */
  staleMarker(atMs: number): void;
}

/** What a request holds besides samples. */
export interface WriteSummary {
  /** False when the bytes are not a whole message; what came before was handed over. */
  readonly ok: boolean;
  /** Broken inside, between others that are whole; what came before the break was handed over. */
  readonly brokenSeries: number;
  readonly histograms: number;
  readonly exemplars: number;
}

const TIMESERIES = delimitedTag(1);
const LABELS = delimitedTag(1);
const SAMPLES = delimitedTag(2);
const EXEMPLARS = delimitedTag(3);
const HISTOGRAMS = delimitedTag(4);
const SAMPLE_VALUE = fixed64Tag(1);
const SAMPLE_TIME = varintTag(2);

/** Labels must stand together and before the samples, as every sender writes them. */
export function readWriteV1(bytes: Bytes, length: number, visitor: WriteVisitor): WriteSummary {
  const reader = new ProtoReader(bytes);
  reader.limit = length;
  const counts: Counts = { brokenSeries: 0, histograms: 0, exemplars: 0 };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    // Metadata (field 3) describes families, which the mappings know already.
    if (tag === TIMESERIES) readSeries(reader, visitor, counts);
    else reader.skip(tag);
  }
  return { ok: reader.ok, ...counts };
}

type Counts = { -readonly [Count in Exclude<keyof WriteSummary, 'ok'>]: number };

function readSeries(reader: ProtoReader, visitor: WriteVisitor, counts: Counts): void {
  const outer = reader.enter();
  if (!reader.ok) return;
  const { bytes, at: start, limit } = reader;
  const expectedEnd = visitor.expect(bytes, start);
  if (expectedEnd >= 0 && expectedEnd <= limit && !isLabel(bytes, expectedEnd, limit)) {
    reader.at = expectedEnd;
  } else {
    while (isLabel(bytes, reader.at, limit)) reader.skip(reader.tag());
    if (reader.ok) visitor.series(bytes, start, reader.at);
  }
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === SAMPLES) readSample(reader, visitor);
    else if (tag === LABELS) reader.fail();
    else {
      if (tag === HISTOGRAMS) counts.histograms++;
      else if (tag === EXEMPLARS) counts.exemplars++;
      reader.skip(tag);
    }
  }
  if (!reader.leaveBroken(outer)) counts.brokenSeries++;
}

const isLabel = (bytes: Bytes, at: number, limit: number) =>
  at < limit && bytes.buffer[at] === LABELS;

/** A `Sample`: what is absent is zero, as protobuf has it. Both versions have the same fields. */
export function readSample(
  reader: ProtoReader,
  visitor: Pick<WriteVisitor, 'sample' | 'staleMarker'>,
) {
  const outer = reader.enter();
  let value = 0;
  let atMs = 0;
  let isStale = false;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === SAMPLE_VALUE) {
      isStale = reader.isStaleMarker();
      value = reader.double();
    } else if (tag === SAMPLE_TIME) atMs = reader.int64();
    else reader.skip(tag);
  }
  if (reader.ok) {
    if (isStale) visitor.staleMarker(atMs);
    else visitor.sample(value, atMs);
  }
  reader.leave(outer);
}
