/**
 * What counters stood at, over a restart. The journal has the rates that came of them; so that the
 * first sample after a restart makes one again, and what a counter rose by in the meantime is not
 * lost, each snapshot has the last raw value of every counter and its rises of the last hour.
 */
import { hash } from 'node:crypto';
import type { Parts } from '../../twin/index.ts';
import { WINDOW_NUMBERS } from './hour-window.ts';
import { INCREASE_1H, MAX_GAP_MS, RATE } from './profile.ts';
import type { SeriesTable } from './series-table.ts';
import { HELD, widened } from './table-memory.ts';

/** Of the form; another one is not read. */
const VERSION = 1;
/** Numbers in front of the rows: the version, and how many numbers follow. */
const HEAD = 2;
/**
 * Numbers of a row: a digest of the series' name, time and raw value of its last sample, and 1 when
 * a window of the last hour follows.
 */
const ROW = 4;
/** Naming and hashing a series takes some microseconds. */
const SERIES_A_PART = 256;

export class KeptCounters {
  private readonly table: SeriesTable;
  /** Of before the restart, as they were stored. */
  private rows: Float64Array = new Float64Array(0);
  /** Where the rows are whose series have not come back yet, by digest. */
  private readonly places = new Map<number, number>();
  private newestMs = Number.NEGATIVE_INFINITY;

  constructor(table: SeriesTable) {
    this.table = table;
  }

  /** Series of before the restart that have not come back. */
  get waiting(): number {
    return this.places.size;
  }

  /** @returns false, and takes nothing, when the bytes are not what `encoded` makes */
  restore(stored: Uint8Array): boolean {
    const rows = rowsOf(stored);
    if (!rows) return false;
    this.rows = rows;
    for (let at = 0; at < rows.length; at += lengthAt(rows, at)) {
      this.places.set(rows[at], at);
      this.newestMs = Math.max(this.newestMs, rows[at + 1]);
    }
    return true;
  }

  /** A series without a sample yet goes on from where it stood, if it is a counter of before. */
  resume(id: number): void {
    if (this.places.size === 0 || !this.isCounter(id)) return;
    const { columns, windows } = this.table;
    const digest = this.digestOf(id);
    const at = this.places.get(digest);
    if (at === undefined) return;
    this.places.delete(digest);
    const [, atMs, raw, hasWindow] = this.rows.subarray(at, at + ROW);
    columns.lastAtMs[id] = atMs;
    columns.lastRaw[id] = raw;
    const isWindowed = this.modeOf(id) === INCREASE_1H;
    if (isWindowed && hasWindow === 1) windows.restore(columns.extra[id], this.rows, at + ROW);
  }

  /** What has not come back in an hour starts anew when it does; what all have, is let go. */
  expire(nowMs: number): void {
    const isWaiting = this.places.size > 0 && nowMs - this.newestMs <= MAX_GAP_MS;
    if (isWaiting || this.rows.length === 0) return;
    this.places.clear();
    this.rows = new Float64Array(0);
  }

  /** All counters as they stand, those that have not come back yet among them. */
  *encoded(): Parts<Uint8Array<ArrayBuffer>> {
    const { keys, columns, windows } = this.table;
    const into = new Rows();
    for (let id = 0; id < keys.idEnd; id++) {
      if (id % SERIES_A_PART === 0) yield;
      if (!keys.has(id) || !this.isCounter(id) || Number.isNaN(columns.lastAtMs[id])) continue;
      const isWindowed = this.modeOf(id) === INCREASE_1H;
      const at = into.add(ROW + (isWindowed ? WINDOW_NUMBERS : 0));
      const row = [
        this.digestOf(id),
        columns.lastAtMs[id],
        columns.lastRaw[id],
        Number(isWindowed),
      ];
      into.numbers.set(row, at);
      if (isWindowed) windows.copy(columns.extra[id], into.numbers, at + ROW);
    }
    for (const place of this.places.values()) {
      const length = lengthAt(this.rows, place);
      const at = into.add(length);
      into.numbers.set(this.rows.subarray(place, place + length), at);
    }
    return into.bytes();
  }

  private isCounter(id: number): boolean {
    const mode = this.modeOf(id);
    return mode === RATE || mode === INCREASE_1H;
  }

  private modeOf(id: number): number {
    const { profiles, columns } = this.table;
    return profiles.list[columns.profile[id]].mode;
  }

  /** 53 bits, which a number holds: of a million counters two meet in one of 18,000 restarts. */
  private digestOf(id: number): number {
    const bytes = hash('sha256', this.table.fullName(id), 'buffer');
    return bytes.readUInt32LE(0) * 2 ** 21 + (bytes.readUInt32LE(4) >>> 11);
  }
}

/** Rows one behind the other, with their head. */
class Rows {
  numbers = widened(HELD, new Float64Array(0), 1024);
  private used = HEAD;

  /** @returns where a row of so many numbers goes */
  add(length: number): number {
    const at = this.used;
    this.used += length;
    const { numbers } = this;
    if (this.used > numbers.length) {
      this.numbers = widened(HELD, numbers, Math.max(this.used, 2 * numbers.length));
    }
    return at;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    this.numbers.set([VERSION, this.used - HEAD]);
    return new Uint8Array(this.numbers.slice(0, this.used).buffer as ArrayBuffer);
  }
}

const lengthAt = (rows: Float64Array, at: number) =>
  ROW + (rows[at + 3] === 1 ? WINDOW_NUMBERS : 0);

/** @returns undefined for anything but whole rows of numbers that can be */
function rowsOf(stored: Uint8Array): Float64Array | undefined {
  if (stored.length < HEAD * 8 || stored.length % 8 !== 0) return undefined;
  const numbers = new Float64Array(Uint8Array.from(stored).buffer);
  const rows = numbers.subarray(HEAD);
  if (numbers[0] !== VERSION || numbers[1] !== rows.length) return undefined;
  let at = 0;
  while (at + ROW <= rows.length && isRow(rows, at)) at += lengthAt(rows, at);
  return at === rows.length ? rows : undefined;
}

function isRow(rows: Float64Array, at: number): boolean {
  const isWhole = Number.isSafeInteger(rows[at]) && (rows[at + 3] === 0 || rows[at + 3] === 1);
  if (!isWhole || !Number.isFinite(rows[at + 1]) || Number.isNaN(rows[at + 2])) return false;
  const window = rows.subarray(at + ROW, at + lengthAt(rows, at));
  // The number of the newest bucket is below all others before the first rise.
  return window.every((value, i) => Number.isFinite(value) || (i === 0 && value === -Infinity));
}
