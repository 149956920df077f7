/** What is remembered of each series: columns by series id, grown together. */
import { grown } from './key-table.ts';

/** No series, no replica, no group, no window, no text. */
export const NONE = -1;

export class SeriesColumns {
  /** Index into the profiles; 0 when the series goes nowhere. */
  profile = new Uint16Array(0);
  cell = new Int32Array(0);
  entity = new Int32Array(0);
  /** Event time of the newest sample, epoch ms; NaN before the first. */
  lastAtMs = new Float64Array(0);
  /** The newest sample as it came. */
  lastRaw = new Float64Array(0);
  /** The series that came after this one last time: senders repeat their order. */
  next = new Int32Array(0);
  replica = new Int32Array(0);
  /** Its group, when several series make one value. */
  group = new Int32Array(0);
  /** What it adds to its group; NaN while it adds nothing. */
  part = new Float64Array(0);
  /** Its window of the last hour, or the index of its text. */
  extra = new Int32Array(0);
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
    this.profile = grown(this.profile, new Uint16Array(size));
    this.cell = grown(this.cell, new Int32Array(size));
    this.entity = grown(this.entity, new Int32Array(size));
    this.lastAtMs = grown(this.lastAtMs, new Float64Array(size));
    this.lastRaw = grown(this.lastRaw, new Float64Array(size));
    this.next = grown(this.next, new Int32Array(size));
    this.replica = grown(this.replica, new Int32Array(size));
    this.group = grown(this.group, new Int32Array(size));
    this.part = grown(this.part, new Float64Array(size));
    this.extra = grown(this.extra, new Int32Array(size));
    this.size = size;
  }
}
