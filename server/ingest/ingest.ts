/**
 * The ingest of samples, whole: pages, remote-write requests and query results go in, the model's
 * cells are written, and what was not taken is counted by source and reason.
 */
import { randomInt } from 'node:crypto';
import type { Bind, CellWriter, OnLate } from './binding.ts';
import { bytesOf } from './bytes.ts';
import type { Labels, PageResult, PageSource } from './contract.ts';
import { AT, addTo, countsOf, isOutcome, newTally, samplesOf, type Tally } from './counters.ts';
import { Gate, type ShedLevel } from './gate.ts';
import { Intake } from './intake.ts';
import type { KeptCounters } from './kept-counters.ts';
import type { NameCount } from './metric-names.ts';
import { readWriteV1, type WriteSummary } from './remote-write-v1.ts';
import { WriteV2Reader } from './remote-write-v2.ts';
import { PAGE, QUERY, WRITE_V1, WRITE_V2 } from './series-identity.ts';
import { partsOf } from './series-parts.ts';
import { type Move, SeriesTable } from './series-table.ts';
import { SnappyBlock } from './snappy.ts';
import { SymbolIntake } from './symbol-intake.ts';
import { type PageFormat, PageReader } from './text-page.ts';
import type { UnitTrap } from './unit-traps.ts';
import { Wire } from './wire/wire.ts';
import {
  answer,
  negotiate,
  overloaded,
  REJECTIONS,
  type WriteAnswer,
  type WriteHeaders,
  type WriteVersion,
  writtenHeaders,
} from './write-answer.ts';

export interface IngestLimits {
  readonly maxSeries: number;
  readonly maxUnmatched: number;
  readonly maxIgnored: number;
  readonly maxKeyBytes: number;
  readonly maxNames: number;
  readonly maxLabels: number;
  readonly maxLabelBytes: number;
  /** Of one remote-write request after decompression. */
  readonly maxDecodedBytes: number;
  /** How far ahead of our clock a sample may be: clocks differ, but one sample far ahead would
   * keep its cell from ever being written again. */
  readonly maxAheadMs: number;
}

const DEFAULT_LIMITS: IngestLimits = {
  maxSeries: 4_000_000,
  maxUnmatched: 200_000,
  maxIgnored: 200_000,
  maxKeyBytes: 1024 * 1024 * 1024,
  maxNames: 100_000,
  maxLabels: 64,
  maxLabelBytes: 4096,
  maxDecodedBytes: 32 * 1024 * 1024,
  maxAheadMs: 60_000,
};

export interface IngestOptions {
  readonly bind: Bind;
  /** Whether any mapping row has a metric; without it, `bind` is asked for each series. */
  readonly maps?: (name: string) => boolean;
  readonly writer: CellWriter;
  readonly clock: { now(): number };
  readonly limits?: Partial<IngestLimits>;
  readonly onLate?: OnLate;
  /** Seconds after which a sender may come again; 0 when there is room now. */
  readonly retryAfterS?: () => number;
  /** Told of a cell that a series no longer leads to. */
  readonly release?: (cell: number) => void;
  /** Of the hash tables; random unless a test wants it fixed. */
  readonly seed?: number;
}

export interface IngestStats {
  readonly series: number;
  readonly unmatchedSeries: number;
  readonly ignoredSeries: number;
  readonly keyBytes: number;
}

interface SourceEntry {
  readonly source: PageSource;
  readonly index: number;
  readonly tally: Tally;
}

const NO_LABELS: Labels = {};
const LISTED_NAMES = 1000;

export class Ingest {
  private readonly options: IngestOptions;
  private readonly limits: IngestLimits;
  private readonly table: SeriesTable;
  private readonly gate: Gate;
  private readonly intake: Intake;
  private readonly pages: PageReader;
  private readonly symbols: SymbolIntake;
  private readonly writesV2: WriteV2Reader;
  private readonly block: SnappyBlock;
  private readonly sources = new Map<string, SourceEntry>();
  private isSettling = false;

  constructor(options: IngestOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { bind, maps = () => true, writer, onLate, release } = options;
    const seed = options.seed ?? randomInt(2 ** 31);
    this.options = options;
    this.limits = limits;
    const wire = new Wire();
    const shared = wire.arena;
    this.table = new SeriesTable({ bind, maps, limits, seed, release, shared });
    this.gate = new Gate({ table: this.table, writer, maxAheadMs: limits.maxAheadMs, onLate });
    this.intake = new Intake(this.table, this.gate, wire);
    this.block = new SnappyBlock(wire);
    this.pages = new PageReader(this.intake);
    this.symbols = new SymbolIntake(this.table, this.intake);
    this.writesV2 = new WriteV2Reader(this.symbols);
  }

  /** A text exposition page, whole; samples without a time of their own get `atMs`. */
  page(source: PageSource, body: Uint8Array, atMs: number, format?: PageFormat): PageResult {
    const { index, tally } = this.entryOf(source);
    const samplesBefore = samplesOf(tally);
    const acceptedBefore = tally.counts[AT.accepted];
    this.intake.open(index, PAGE, tally, this.options.clock.now());
    const summary = this.pages.read(body, atMs, format);
    this.intake.close();
    tally.counts[AT.badLine] += summary.badLines;
    tally.counts[AT.truncatedLine] += summary.truncatedLines;
    tally.counts[AT.exemplar] += summary.exemplars;
    return {
      samples: samplesOf(tally) - samplesBefore,
      accepted: tally.counts[AT.accepted] - acceptedBefore,
      errors: summary.errors,
    };
  }

  /** One sample of a query's result; `labels` has `__name__`. */
  sample(source: PageSource, labels: Labels, value: number, atMs: number): void {
    const { index, tally } = this.entryOf(source);
    const key = bytesOf(Buffer.from(seriesText(labels)));
    this.intake.open(index, QUERY, tally, this.options.clock.now());
    this.intake.series(key, 0, key.length);
    this.intake.sample(value, atMs);
    this.intake.flush();
    this.settleSoon(tally);
  }

  /** Groups wait until the poller has handed over all samples of its answer. */
  private settleSoon(tally: Tally): void {
    if (this.isSettling) return;
    this.isSettling = true;
    queueMicrotask(() => {
      this.isSettling = false;
      this.gate.settle(tally);
    });
  }

  /**
   * A remote-write request, 1.0 or 2.0. Safe to repeat: a sample that was taken before is a
   * duplicate, which is no error. A series that leads nowhere is taken and not kept, which is no
   * error of the sender either.
   */
  writeRequest(body: Uint8Array, headers: WriteHeaders, sourceId: string): WriteAnswer {
    const version = negotiate(headers);
    if (typeof version !== 'number') return version;
    const retryAfterS = this.options.retryAfterS?.() ?? 0;
    if (retryAfterS > 0) return overloaded(retryAfterS);
    const { maxDecodedBytes } = this.limits;
    const fault = this.block.decode(body, maxDecodedBytes);
    if (fault === 'tooLarge') {
      return answer(413, `the request is larger than ${maxDecodedBytes} bytes when decompressed`);
    }
    const { index, tally } = this.entryOf({ id: sourceId, labels: NO_LABELS });
    if (fault === 'corrupt') {
      tally.counts[AT.malformed]++;
      return answer(400, 'the body is not a whole snappy block');
    }
    const before = Float64Array.from(tally.counts);
    const form = version === 1 ? WRITE_V1 : WRITE_V2;
    this.intake.open(index, form, tally, this.options.clock.now());
    const summary = this.read(version);
    this.intake.close();
    tally.counts[AT.nativeHistogram] += summary.histograms;
    tally.counts[AT.exemplar] += summary.exemplars;
    tally.counts[AT.malformed] += summary.brokenSeries + (summary.ok ? 0 : 1);
    return verdict(version, summary, before, tally);
  }

  private read(version: WriteVersion): WriteSummary {
    const { bytes, length } = this.block;
    return version === 1
      ? readWriteV1(bytes, length, this.intake)
      : this.writesV2.read(bytes, length);
  }

  /** Counts what another part of the server did not take. */
  drop(sourceId: string, why: string, count = 1): void {
    const known = this.sources.get(sourceId);
    const entry = known ?? this.entryOf({ id: sourceId, labels: NO_LABELS });
    addTo(entry.tally, why, count);
  }

  /** A source by its id; when its target labels have changed, its series are others too. */
  private entryOf(source: PageSource): SourceEntry {
    const known = this.sources.get(source.id);
    if (known && (known.source === source || sameLabels(known.source.labels, source.labels))) {
      return known;
    }
    const index = this.table.addSource(source);
    const entry = { source, index, tally: known?.tally ?? newTally() };
    this.sources.set(source.id, entry);
    return entry;
  }

  /** Counts above zero by reason, of one source or of all together. */
  counts(sourceId?: string): Record<string, number> {
    if (sourceId === undefined) return countsOf([...this.sources.values()].map(s => s.tally));
    const entry = this.sources.get(sourceId);
    return entry ? countsOf([entry.tally]) : {};
  }

  /** Metrics that no mapping row has, with the samples seen of each, most first. */
  unmappedNames(limit = LISTED_NAMES): NameCount[] {
    return this.table.names.unmapped(limit);
  }

  unitTraps(): readonly UnitTrap[] {
    return this.gate.unitTraps.list();
  }

  stats(): IngestStats {
    const { keys, unmatchedCount, ignoredCount } = this.table;
    return {
      series: keys.count,
      unmatchedSeries: unmatchedCount,
      ignoredSeries: ignoredCount,
      keyBytes: keys.keyBytes,
    };
  }

  /** What counters stand at, for a snapshot, and of one. */
  get counters(): KeptCounters {
    return this.table.counters;
  }

  /** Whether a series had no room since the last `forget`. */
  get isFull(): boolean {
    return this.table.isFull;
  }

  setShedLevel(level: ShedLevel): void {
    this.gate.setShedLevel(level);
  }

  /** See `SeriesTable.rebind`. */
  rebind(move?: Move): void {
    this.gate.unitTraps.clear();
    this.table.rebind(move);
  }

  /** See `SeriesTable.rebindSome`. */
  rebindSome(isConcerned: (entity: number) => boolean, from?: number, most?: number): number {
    return this.table.rebindSome(isConcerned, from, most);
  }

  /** The series that together make a cell's value, in words, with what each adds to it now. */
  partsOf(cell: number): { series: string; value: number }[] {
    return partsOf(this.table, cell);
  }

  /** Drops series without a sample since `beforeMs`. @returns how many */
  forget(beforeMs: number): number {
    this.gate.unitTraps.clear();
    return this.table.forget(beforeMs);
  }
}

/** The answer to a request that was read: 204, or 400 with what was wrong with which part. */
function verdict(
  version: WriteVersion,
  { ok, exemplars }: WriteSummary,
  before: Float64Array,
  tally: Tally,
): WriteAnswer {
  const rejected = REJECTIONS.map(reason => ({
    reason,
    count: tally.counts[AT[reason]] - before[AT[reason]],
  })).filter(({ count }) => count > 0);
  let samples = samplesOf(tally) - samplesOf({ ...tally, counts: before });
  for (const { reason, count } of rejected) if (isOutcome(reason)) samples -= count;
  const headers = version === 2 ? writtenHeaders({ samples, histograms: 0, exemplars }) : {};
  if (!ok)
    return answer(400, `malformed message; ${samples} samples before it were taken`, headers);
  if (rejected.length === 0) return answer(204, '', headers);
  const reasons = rejected.map(({ reason, count }) => `${count} ${reason}`).join(', ');
  return answer(400, `not taken: ${reasons}; taken: ${samples} samples`, headers);
}

const sameLabels = (a: Labels, b: Labels) => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => a[name] === b[name]);
};

/** A label set in the form of a page, with every label in quotes, the name among them. */
function seriesText(labels: Labels): string {
  const parts: string[] = [];
  for (const name of Object.keys(labels)) {
    parts.push(`${quoted(name)}=${quoted(labels[name])}`);
  }
  return `{${parts.join(',')}}`;
}

const quoted = (text: string) =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
