/**
 * The series of remote write 2.0, whose references mean something else in each request. Symbols get
 * ids that last; the key of a series is the sequence of the ids of its names and values.
 */
import { bytesOf } from './bytes.ts';
import { AT } from './counters.ts';
import type { Intake } from './intake.ts';
import { MAX_KEY_BYTES } from './key-table.ts';
import { isNameLabel } from './name-finder.ts';
import type { Symbols, WriteV2Visitor } from './remote-write-v2.ts';
import type { SeriesTable } from './series-table.ts';

const { badLabels: BAD_LABELS, labelTooLong: TOO_LONG, seriesLimit: SERIES_LIMIT } = AT;

/** A symbol of this request that has not been looked up yet. */
const UNKNOWN = -1;
/** What a symbol is as the name of a metric. */
const NOT_ASKED = 0;
const MAPPED = 1;
const UNMAPPED = 2;

export class SymbolIntake implements WriteV2Visitor {
  private readonly table: SeriesTable;
  private readonly intake: Intake;
  private request!: Symbols;
  /**
   * By reference, the id of the symbol, or below 0 `~outcome` when it has none. Every symbol is
   * looked up once, however long it is and however many series refer to it.
   */
  private ids = new Int32Array(1024);
  /** By reference, what it is as a name, and of an unmapped one the id under which it counts. */
  private names = new Uint8Array(1024);
  private nameIds = new Int32Array(1024);
  /** The reference of `__name__`; -1 when the request has none. */
  private nameReference = -1;
  private key = bytesOf(Buffer.alloc(256));

  constructor(table: SeriesTable, intake: Intake) {
    this.table = table;
    this.intake = intake;
  }

  symbols(symbols: Symbols): void {
    const { bytes, count, starts, ends } = symbols;
    this.request = symbols;
    if (count > this.ids.length) {
      this.ids = new Int32Array(starts.length);
      this.names = new Uint8Array(starts.length);
      this.nameIds = new Int32Array(starts.length);
    }
    this.ids.fill(UNKNOWN, 0, count);
    this.names.fill(NOT_ASKED, 0, count);
    this.nameReference = -1;
    for (let i = 0; i < count && this.nameReference < 0; i++) {
      if (isNameLabel(bytes, starts[i], ends[i])) this.nameReference = i;
    }
  }

  series(references: Uint32Array, count: number): void {
    const name = this.nameIn(references, count);
    if (name < 0) this.intake.skip(BAD_LABELS);
    // Only symbols of mapped metrics get an id, so that no other sender fills the table.
    else if (!this.isMapped(name)) this.intake.skipUnmapped(this.nameIds[name]);
    else {
      const end = this.writeKey(references, count);
      if (end < 0) this.intake.skip(~end);
      else if (this.intake.expect(this.key, 0) !== end) this.intake.series(this.key, 0, end);
    }
  }

  private nameIn(references: Uint32Array, count: number): number {
    for (let i = 0; i < count; i += 2) {
      if (references[i] === this.nameReference) return references[i + 1];
    }
    return -1;
  }

  private isMapped(reference: number): boolean {
    const { names, intake } = this;
    if (names[reference] === NOT_ASKED) {
      const { bytes, starts, ends } = this.request;
      const isMapped = intake.isMapped(bytes, starts[reference], ends[reference]);
      names[reference] = isMapped ? MAPPED : UNMAPPED;
      if (!isMapped) this.nameIds[reference] = intake.lastUnmapped;
    }
    return names[reference] === MAPPED;
  }

  /** Writes the key of a series. @returns its end, or below 0 `~outcome` when it has none */
  private writeKey(references: Uint32Array, count: number): number {
    if (count * 4 > this.key.length) this.key = bytesOf(Buffer.alloc(count * 8));
    const { view } = this.key;
    for (let i = 0; i < count; i++) {
      const reference = references[i];
      let id = this.ids[reference];
      if (id === UNKNOWN) {
        id = this.symbolId(reference);
        this.ids[reference] = id;
      }
      if (id < 0) return id;
      view.setInt32(i * 4, id, true);
    }
    return count * 4;
  }

  private symbolId(reference: number): number {
    const { bytes, starts, ends } = this.request;
    const start = starts[reference];
    const end = ends[reference];
    if (end - start > MAX_KEY_BYTES) return ~TOO_LONG;
    const id = this.table.symbol(bytes, start, end);
    return id < 0 ? ~SERIES_LIMIT : id;
  }

  sample(value: number, atMs: number): void {
    this.intake.sample(value, atMs);
  }

  staleMarker(atMs: number): void {
    this.intake.staleMarker(atMs);
  }
}
