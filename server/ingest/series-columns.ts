/** What is remembered of each series: columns by series id, grown together. */
import { HELD, type TableMemory, widened } from './table-memory.ts';

/** No series, no replica, no group, no window, no text. */
export const NONE = -1;

export class SeriesColumns {
  /** Index into the profiles; 0 when the series goes nowhere. */
  profile: Uint16Array = new Uint16Array(0);
  cell: Int32Array = new Int32Array(0);
  entity: Int32Array = new Int32Array(0);
  /** Event time of the newest sample, epoch ms; NaN before the first. */
  lastAtMs: Float64Array = new Float64Array(0);
  /** The newest sample as it came. */
  lastRaw: Float64Array = new Float64Array(0);
  /** The series that came after this one last time: senders repeat their order. */
  next: Int32Array = new Int32Array(0);
  replica: Int32Array = new Int32Array(0);
  /** Its group, when several series make one value. */
  group: Int32Array = new Int32Array(0);
  /** What it adds to its group; NaN while it adds nothing. */
  part: Float64Array = new Float64Array(0);
  /** Its window of the last hour, or the index of its text. */
  extra: Int32Array = new Int32Array(0);
  private size = 0;
  /** Of the order: whoever takes series in it shares it. */
  private readonly shared: TableMemory;

  constructor(shared: TableMemory) {
    this.shared = shared;
  }

  /** Makes room for series `id` and clears its row. */
  clear(id: number): void {
    if (id >= this.size) this.grow(Math.max(256, this.size * 2, id + 1));
    this.profile[id] = 0;
    this.cell[id] = NONE;
    this.entity[id] = NONE;
    this.lastAtMs[id] = Number.NaN;
    this.lastRaw[id] = Number.NaN;
    this.next[id] = NONE;
    this.replica[id] = NONE;
    this.group[id] = NONE;
    this.part[id] = Number.NaN;
    this.extra[id] = NONE;
  }

  private grow(size: number): void {
    this.profile = widened(HELD, this.profile, size);
    this.cell = widened(HELD, this.cell, size);
    this.entity = widened(HELD, this.entity, size);
    this.lastAtMs = widened(HELD, this.lastAtMs, size);
    this.lastRaw = widened(HELD, this.lastRaw, size);
    this.next = widened(this.shared, this.next, size);
    this.replica = widened(HELD, this.replica, size);
    this.group = widened(HELD, this.group, size);
    this.part = widened(HELD, this.part, size);
    this.extra = widened(HELD, this.extra, size);
    this.size = size;
  }
}
