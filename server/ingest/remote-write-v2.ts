/**
 * Remote write 2.0: walks an `io.prometheus.write.v2.Request` on the wire. Labels are references
 * into a table of symbols that holds for one request only.
 * Sources: prometheus/prometheus `prompb/io/prometheus/write/v2/types.proto`; the specification,
 * 2.0-rc.4.
 */
import { type Bytes, bytesOf } from './bytes.ts';
import { delimitedTag, ProtoReader, varintTag } from './proto-reader.ts';
import { readSample, type WriteSummary } from './remote-write-v1.ts';
import { HELD, widened } from './table-memory.ts';

/** The symbols of a request, by where each stands in its bytes. */
export interface Symbols {
  bytes: Bytes;
  count: number;
  starts: Uint32Array;
  ends: Uint32Array;
}

/** What takes the series and samples of a request. */
export interface WriteV2Visitor {
  /** Before the series: the symbols they refer to. */
  symbols(symbols: Symbols): void;
  /** A series: `count` references, in turn to a label name and its value. */
  series(references: Uint32Array, count: number): void;
  /** A sample of the series last given. */
  sample(value: number, atMs: number): void;
  /** The mark that the series ended. */
  staleMarker(atMs: number): void;
}

const SYMBOLS = delimitedTag(4);
const TIMESERIES = delimitedTag(5);
const REFERENCES = delimitedTag(1);
const REFERENCE = varintTag(1);
const SAMPLES = delimitedTag(2);
const HISTOGRAMS = delimitedTag(3);
const EXEMPLARS = delimitedTag(4);

/** References of one series: far more labels than any limit lets through. */
const MAX_REFERENCES = 4096;
/** Symbols of one request: an empty one takes two bytes, and 16 to remember. */
const MAX_SYMBOLS = 1 << 20;

export class WriteV2Reader {
  private readonly visitor: WriteV2Visitor;
  private readonly reader = new ProtoReader(bytesOf(Buffer.alloc(0)));
  private readonly references = new Uint32Array(MAX_REFERENCES);
  private readonly symbols: Symbols = {
    bytes: this.reader.bytes,
    count: 0,
    starts: new Uint32Array(1024),
    ends: new Uint32Array(1024),
  };
  private counts = { brokenSeries: 0, histograms: 0, exemplars: 0 };

  constructor(visitor: WriteV2Visitor) {
    this.visitor = visitor;
  }

  /** Two passes, since nothing obliges a sender to put the symbols first. */
  read(bytes: Bytes, length: number): WriteSummary {
    const { reader } = this;
    this.counts = { brokenSeries: 0, histograms: 0, exemplars: 0 };
    reader.open(bytes, 0, length);
    this.readSymbols();
    if (reader.ok) {
      this.visitor.symbols(this.symbols);
      reader.open(bytes, 0, length);
      for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
        if (tag === TIMESERIES) this.readSeries();
        else reader.skip(tag);
      }
    }
    return { ok: reader.ok, ...this.counts };
  }

  private readSymbols(): void {
    const { reader, symbols } = this;
    symbols.bytes = reader.bytes;
    symbols.count = 0;
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag !== SYMBOLS) {
        reader.skip(tag);
        continue;
      }
      if (symbols.count === MAX_SYMBOLS) {
        reader.fail();
        break;
      }
      if (symbols.count === symbols.starts.length) {
        symbols.starts = widened(HELD, symbols.starts, symbols.count * 2);
        symbols.ends = widened(HELD, symbols.ends, symbols.count * 2);
      }
      const outer = reader.enter();
      symbols.starts[symbols.count] = reader.at;
      symbols.ends[symbols.count++] = reader.limit;
      reader.leave(outer);
    }
  }

  private readSeries(): void {
    const { reader, visitor, counts } = this;
    const outer = reader.enter();
    if (!reader.ok) return;
    let count = 0;
    let isNamed = false;
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      const isReference = tag === REFERENCES || tag === REFERENCE;
      if (isReference && !isNamed) {
        count = tag === REFERENCES ? this.packed(count) : this.reference(count);
        continue;
      }
      if (isReference || (count & 1) !== 0) {
        reader.fail();
        break;
      }
      if (!isNamed) visitor.series(this.references, count);
      isNamed = true;
      if (tag === SAMPLES) readSample(reader, visitor);
      else {
        if (tag === HISTOGRAMS) counts.histograms++;
        else if (tag === EXEMPLARS) counts.exemplars++;
        reader.skip(tag);
      }
    }
    if (!reader.leaveBroken(outer)) counts.brokenSeries++;
  }

  /**
   * Reads packed references. @returns how many there are with those that were there before
   *
   * For performance one-byte and two-byte references are read here and not by the reader; it is
   * `while (reader.at < reader.limit) count = this.reference(count)`.
   */
  private packed(count: number): number {
    const { reader, references, symbols } = this;
    const outer = reader.enter();
    const { limit } = reader;
    const { view } = reader.bytes;
    let at = reader.at;
    for (; at < limit - 1 && count < MAX_REFERENCES; count++) {
      let reference = view.getUint8(at);
      const second = reference < 0x80 ? 0 : view.getUint8(at + 1);
      if (second >= 0x80) break;
      at += reference < 0x80 ? 1 : 2;
      if (reference >= 0x80) reference = (reference & 0x7f) | (second << 7);
      if (reference >= symbols.count) reader.fail();
      references[count] = reference;
    }
    if (reader.ok) reader.at = at;
    while (reader.at < limit) count = this.reference(count);
    reader.leave(outer);
    return count;
  }

  private reference(count: number): number {
    const { reader } = this;
    const reference = reader.size();
    if (count === MAX_REFERENCES || reference >= this.symbols.count) reader.fail();
    else this.references[count] = reference;
    return reader.ok ? count + 1 : count;
  }
}
