/**
 * Remote write 1.0: walks a `prometheus.WriteRequest` on the wire and hands series and samples to a
 * visitor, without making an object of any of them.
 * Source: prometheus/prometheus `prompb/remote.proto`, `prompb/types.proto`.
 */
import type { Bytes } from './bytes.ts';
import { delimitedTag, fixed64Tag, ProtoReader, varintTag } from './proto-reader.ts';

/** What takes the series and samples of a request. */
export interface WriteVisitor {
  /**
   * Takes series between `start` and `end` as long as they are what it expects.
   * @returns where the first one begins that it did not take
   */
  takeExpected(bytes: Bytes, start: number, end: number): number;
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
  for (;;) {
    if (reader.ok) reader.at = visitor.takeExpected(bytes, reader.at, length);
    const tag = reader.tag();
    if (tag === 0) return { ok: reader.ok, ...counts };
    // Metadata (field 3) describes families, which the mappings know already.
    if (tag === TIMESERIES) readSeries(reader, visitor, counts);
    else reader.skip(tag);
  }
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

type SampleVisitor = Pick<WriteVisitor, 'sample' | 'staleMarker'>;

/** A `Sample`: what is absent is zero, as protobuf has it. Both versions have the same fields. */
export function readSample(reader: ProtoReader, visitor: SampleVisitor): void {
  if (!readUsualSample(reader, visitor)) readAnySample(reader, visitor);
}

/** Lengths of a sample with a value, and of one that is zero: a time of 1971 to 2109 has 6 bytes. */
const WITH_VALUE = 16;
const ZERO = 7;

/**
 * For performance the two forms that samples nearly always have, read without a loop over fields.
 * @returns false, having read nothing, for any other form, and for a NaN
 */
function readUsualSample(reader: ProtoReader, visitor: SampleVisitor): boolean {
  const { at, limit } = reader;
  const { view } = reader.bytes;
  if (at >= limit) return false;
  const length = view.getUint8(at);
  const end = at + 1 + length;
  if (end > limit || (length !== ZERO && length !== WITH_VALUE)) return false;
  const timeAt = end - 6;
  if (view.getUint8(timeAt - 1) !== SAMPLE_TIME) return false;
  if (length === WITH_VALUE && view.getUint8(at + 1) !== SAMPLE_VALUE) return false;
  const value = length === ZERO ? 0 : view.getFloat64(at + 2, true);
  const low = view.getInt32(timeAt, true);
  const fifth = view.getUint8(timeAt + 4);
  const sixth = view.getUint8(timeAt + 5);
  const isSixBytes = (low & FOUR_GO_ON) === FOUR_GO_ON && fifth >= 0x80 && sixth < 0x80;
  if (!isSixBytes || Number.isNaN(value)) return false;
  const low28 =
    (low & 0x7f) | ((low >> 1) & 0x3f80) | ((low >> 2) & 0x1f_c000) | ((low >> 3) & 0xfe0_0000);
  reader.at = end;
  visitor.sample(value, ((fifth & 0x7f) | (sixth << 7)) * 2 ** 28 + low28);
  return true;
}

/** The bits by which the first four bytes of a varint say that more follow. */
const FOUR_GO_ON = 0x80808080 | 0;

function readAnySample(reader: ProtoReader, visitor: SampleVisitor): void {
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
