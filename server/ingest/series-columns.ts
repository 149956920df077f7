/** What is remembered of each series: columns by series id, grown together. */
import { heldBytes } from './bytes.ts';
import { grown } from './key-table.ts';

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
    const ints = () => new Int32Array(heldBytes(4 * size));
    const doubles = () => new Float64Array(heldBytes(8 * size));
    this.profile = grown(this.profile, new Uint16Array(heldBytes(2 * size)));
    this.cell = grown(this.cell, ints());
    this.entity = grown(this.entity, ints());
    this.lastAtMs = grown(this.lastAtMs, doubles());
    this.lastRaw = grown(this.lastRaw, doubles());
    this.next = grown(this.next, ints());
    this.replica = grown(this.replica, ints());
    this.group = grown(this.group, ints());
    this.part = grown(this.part, doubles());
    this.extra = grown(this.extra, ints());
    this.size = size;
  }
}
