/**
 * Between the decoders and the gate: finds the series of each sample, first by the order in which
 * this source sent them last time, then by hash, and collects the samples in batches.
 */
import type { Bytes } from './bytes.ts';
import { AT, type Tally } from './counters.ts';
import type { Gate } from './gate.ts';
import { NameFinder } from './name-finder.ts';
import type { WriteVisitor } from './remote-write-v1.ts';
import { newBatch, type SampleBatch } from './sample-batch.ts';
import { NONE } from './series-columns.ts';
import { PAGE, spaceOf, WRITE_V1 } from './series-identity.ts';
import type { SeriesTable } from './series-table.ts';
import { NOT_EXPECTED, type PageVisitor, SKIP_LINE } from './text-page.ts';
import type { Wire } from './wire/wire.ts';

const UNMAPPED = AT.unmapped;
const isNameEnd = (byte: number) => byte === 0x7b || byte === 0x20 || byte === 0x09;

export class Intake implements PageVisitor, WriteVisitor {
  private readonly table: SeriesTable;
  private readonly gate: Gate;
  private readonly wire: Wire;
  private readonly batch: SampleBatch;
  private readonly finder = new NameFinder();
  private tally!: Tally;
  private space = 0;
  private form = PAGE;
  private nowMs = 0;
  /** Series of the samples that come next; below 0 `~outcome`, when they have none. */
  private current = 0;
  /** The last series that the table has, and the one that followed it last time. */
  private previous = NONE;
  private predicted = NONE;
  /** The last name that no mapping row has. */
  private unmappedName = NONE;

  constructor(table: SeriesTable, gate: Gate, wire: Wire) {
    this.table = table;
    this.gate = gate;
    this.wire = wire;
    this.batch = newBatch(wire.arena);
    wire.useBatch(this.batch);
  }

  /** Begins a page or request of a source, received at `nowMs`. */
  open(source: number, form: number, tally: Tally, nowMs: number): void {
    this.tally = tally;
    this.form = form;
    this.space = spaceOf(source, form);
    this.nowMs = nowMs;
    this.previous = NONE;
    this.predicted = this.table.first[this.space];
    this.unmappedName = NONE;
  }

  /** Ends it: whatever is left goes through the gate. */
  close(): void {
    this.flush();
    this.gate.settle(this.tally);
  }

  flush(): void {
    this.gate.take(this.batch, this.tally, this.nowMs);
  }

  expect(bytes: Bytes, start: number): number {
    const { keys } = this.table;
    const id = this.predicted;
    if (id >= 0 && keys.spaceOf(id) === this.space) {
      const end = keys.endOf(id, bytes, start);
      if (end >= 0) {
        this.goTo(id);
        return end;
      }
    }
    return this.form === PAGE && this.unmappedName >= 0
      ? this.expectUnmapped(bytes, start)
      : NOT_EXPECTED;
  }

  /** In a request, whose bytes lie in the arena. */
  takeExpected(bytes: Bytes, start: number, end: number): number {
    if (this.predicted < 0) return start;
    const { wire, batch, table, space } = this;
    const origin = bytes.buffer.byteOffset;
    wire.useTable(table.keys, table.columns);
    let at = origin + start;
    for (;;) {
      const before = batch.count;
      at = wire.take({ at, end: origin + end, id: this.predicted, space }, batch);
      if (batch.count > before) this.goTo(batch.series[batch.count - 1]);
      if (batch.count < batch.series.length) return at - origin;
      this.flush();
    }
  }

  private goTo(id: number): void {
    this.current = id;
    this.previous = id;
    this.predicted = this.table.columns.next[id];
  }

  /** Another series of the last unmapped name, or the first of the one after it. */
  private expectUnmapped(bytes: Bytes, start: number): number {
    const { names } = this.table;
    const last = this.unmappedName;
    if (!this.isName(last, bytes, start)) {
      const next = names.next(last);
      if (next < 0 || !this.isName(next, bytes, start)) return NOT_EXPECTED;
      this.unmappedName = next;
    }
    this.countUnmapped();
    return SKIP_LINE;
  }

  private isName(name: number, bytes: Bytes, start: number): boolean {
    const end = this.table.names.endOf(name, bytes, start);
    return end >= 0 && end < bytes.length && isNameEnd(bytes.buffer[end]);
  }

  private countUnmapped(): void {
    this.table.names.countUnmapped(this.unmappedName);
    this.tally.counts[UNMAPPED]++;
  }

  name(bytes: Bytes, start: number, end: number): boolean {
    if (this.isMapped(bytes, start, end)) return true;
    this.countUnmapped();
    return false;
  }

  /** Whether a mapping row has this name; if not, samples to be counted are counted under it. */
  isMapped(bytes: Bytes, start: number, end: number): boolean {
    const { names } = this.table;
    const last = this.unmappedName;
    if (last >= 0 && names.endOf(last, bytes, start) === end) return false;
    const id = names.idOf(bytes, start, end);
    if (names.isMapped(id, bytes, start, end)) return true;
    if (last >= 0 && id >= 0) names.setNext(last, id);
    this.unmappedName = id;
    return false;
  }

  series(bytes: Bytes, start: number, end: number): string | undefined {
    if (this.form === WRITE_V1 && !this.isMappedV1(bytes, start, end)) {
      this.current = ~UNMAPPED;
      return undefined;
    }
    let id = this.table.keys.find(bytes, start, end, this.space);
    if (id < 0) id = this.table.takeUp(bytes, start, end, this.space);
    if (id < 0) return this.refuse(id);
    if (this.previous >= 0) this.table.columns.next[this.previous] = id;
    else this.table.first[this.space] = id;
    this.goTo(id);
    return undefined;
  }

  /** A page's bad line is told by its number; the samples of a request are counted as they come. */
  private refuse(outcome: number): string | undefined {
    this.current = outcome;
    if (this.form !== PAGE || this.table.refusal === '') return undefined;
    this.tally.counts[~outcome]++;
    return this.table.refusal;
  }

  /** Whether a mapping row has the metric of these labels; where that needs a closer look, true. */
  private isMappedV1(bytes: Bytes, start: number, end: number): boolean {
    const { finder } = this;
    return !finder.inWriteV1(bytes, start, end) || this.isMapped(bytes, finder.at, finder.end);
  }

  /** The name that `isMapped` said no to, for `skipUnmapped`. */
  get lastUnmapped(): number {
    return this.unmappedName;
  }

  /** The samples that come next are of an unmapped metric, and count under its name. */
  skipUnmapped(name: number): void {
    this.unmappedName = name;
    this.current = ~UNMAPPED;
  }

  /** The samples that come next have no series: they count under this outcome. */
  skip(outcome: number): void {
    this.current = ~outcome;
  }

  sample(value: number, atMs: number): void {
    if (this.current < 0) this.countUntaken();
    else this.push(value, atMs, 0);
  }

  staleMarker(atMs: number): void {
    if (this.current < 0) this.countUntaken();
    else this.push(0, atMs, 1);
  }

  private push(value: number, atMs: number, stale: number): void {
    const { batch } = this;
    const at = batch.count++;
    batch.series[at] = this.current;
    batch.value[at] = value;
    batch.atMs[at] = atMs;
    batch.stale[at] = stale;
    if (batch.count === batch.series.length) this.flush();
  }

  private countUntaken(): void {
    if (this.current === ~UNMAPPED) this.countUnmapped();
    else this.tally.counts[~this.current]++;
  }
}
