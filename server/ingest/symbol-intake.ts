/**
 * The series of remote write 2.0, whose references mean something else in each request. Symbols get
 * ids that last; the key of a series is the sequence of the ids of its names and values.
 */
import { bytesOf } from './bytes.ts';
import { AT } from './counters.ts';
import { type Intake, isNameLabel } from './intake.ts';
import type { Symbols, WriteV2Visitor } from './remote-write-v2.ts';
import type { SeriesTable } from './series-table.ts';

const { unmapped: UNMAPPED, badLabels: BAD_LABELS, seriesLimit: SERIES_LIMIT } = AT;

/** A symbol of this request that has not been looked up yet. */
const UNKNOWN = -1;

export class SymbolIntake implements WriteV2Visitor {
  private readonly table: SeriesTable;
  private readonly intake: Intake;
  private request!: Symbols;
  private ids = new Int32Array(1024);
  /** By reference: 1 when it is the name of a mapped metric. */
  private mapped = new Uint8Array(1024);
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
      this.mapped = new Uint8Array(starts.length);
    }
    this.ids.fill(UNKNOWN, 0, count);
    this.mapped.fill(0, 0, count);
    this.nameReference = -1;
    for (let i = 0; i < count && this.nameReference < 0; i++) {
      if (isNameLabel(bytes, starts[i], ends[i])) this.nameReference = i;
    }
  }

  series(references: Uint32Array, count: number): void {
    const name = this.nameIn(references, count);
    if (name < 0) this.intake.skip(BAD_LABELS);
    else if (!this.isMapped(name)) this.intake.skip(UNMAPPED);
    // Only symbols of mapped metrics get an id, so that no other sender fills the table.
    else if (!this.writeKey(references, count)) this.intake.skip(SERIES_LIMIT);
    else {
      const end = count * 4;
      if (this.intake.expect(this.key, 0) !== end) this.intake.series(this.key, 0, end);
    }
  }

  private nameIn(references: Uint32Array, count: number): number {
    for (let i = 0; i < count; i += 2) {
      if (references[i] === this.nameReference) return references[i + 1];
    }
    return -1;
  }

  private isMapped(reference: number): boolean {
    const { bytes, starts, ends } = this.request;
    // An unmapped name is asked again each time, since its samples are counted under it.
    if (this.mapped[reference] === 1) return true;
    const isMapped = this.intake.isMapped(bytes, starts[reference], ends[reference]);
    if (isMapped) this.mapped[reference] = 1;
    return isMapped;
  }

  private writeKey(references: Uint32Array, count: number): boolean {
    if (count * 4 > this.key.length) this.key = bytesOf(Buffer.alloc(count * 8));
    const { view } = this.key;
    for (let i = 0; i < count; i++) {
      const reference = references[i];
      let id = this.ids[reference];
      if (id === UNKNOWN) {
        const { bytes, starts, ends } = this.request;
        id = this.table.symbol(bytes, starts[reference], ends[reference]);
        if (id < 0) return false;
        this.ids[reference] = id;
      }
      view.setInt32(i * 4, id, true);
    }
    return true;
  }

  sample(value: number, atMs: number): void {
    this.intake.sample(value, atMs);
  }

  staleMarker(atMs: number): void {
    this.intake.staleMarker(atMs);
  }
}
