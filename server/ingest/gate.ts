/**
 * The quality gate: judges each sample, converts the good ones to the signal's unit and writes them
 * to their cells. Each sample has one outcome, and each outcome a counter.
 */
import type { CellWriter, OnLate } from './binding.ts';
import { AT, type Tally } from './counters.ts';
import { combined, type Group, newestOf } from './groups.ts';
import { IGNORED, INCREASE_1H, MAX_GAP_MS, type Profile, RATE, SUM, TEXT } from './profile.ts';
import type { SampleBatch } from './sample-batch.ts';
import { NONE } from './series-columns.ts';
import type { SeriesTable } from './series-table.ts';
import { UnitTraps } from './unit-traps.ts';

const {
  accepted: ACCEPTED,
  stale: STALE,
  baseline: BASELINE,
  unmatched: UNMATCHED,
  ignored: NO_USE,
  shed: SHED,
  replica: REPLICA,
  otherSource: OTHER_SOURCE,
  nan: NOT_A_NUMBER,
  blank: BLANK,
  future: FUTURE,
  tooOld: TOO_OLD,
  late: LATE,
  duplicate: DUPLICATE,
  conflict: CONFLICT,
  range: RANGE,
  unitTrap: UNIT_TRAP,
  textOff: TEXT_OFF,
  counterReset: COUNTER_RESET,
  combinedRange: COMBINED_RANGE,
  replicaFailover: REPLICA_FAILOVER,
} = AT;

/** Samples this much older than now are no use even to the history. */
const TOO_OLD_MS = 2 * 3_600_000;

interface GateOptions {
  readonly table: SeriesTable;
  readonly writer: CellWriter;
  /** How far ahead of our clock a sample may be. */
  readonly maxAheadMs: number;
  readonly onLate?: OnLate;
}

/** What is given up under overload: nothing, what informs, or all but what bears limits. */
export type ShedLevel = 0 | 1 | 2;

export class Gate {
  readonly unitTraps: UnitTraps;
  private readonly table: SeriesTable;
  private readonly writer: CellWriter;
  private readonly maxAheadMs: number;
  private readonly onLate: OnLate | undefined;
  private highestShedClass = 2;
  private nowMs = Number.NaN;
  private newestMs = Number.NaN;
  private oldestMs = Number.NaN;
  private counterResets = 0;

  constructor({ table, writer, maxAheadMs, onLate }: GateOptions) {
    this.table = table;
    this.writer = writer;
    this.maxAheadMs = maxAheadMs;
    this.onLate = onLate;
    this.unitTraps = new UnitTraps(id => ({
      series: table.describe(id),
      entity: table.columns.entity[id],
    }));
  }

  setShedLevel(level: ShedLevel): void {
    this.highestShedClass = 2 - level;
  }

  /** Judges a batch received at `nowMs`, and empties it. */
  take(batch: SampleBatch, tally: Tally, nowMs: number): void {
    this.nowMs = nowMs;
    this.newestMs = nowMs + this.maxAheadMs;
    this.oldestMs = nowMs - TOO_OLD_MS;
    this.counterResets = 0;
    const { counts } = tally;
    const { series, value, atMs, stale, count } = batch;
    for (let i = 0; i < count; i++) {
      const outcome = stale[i]
        ? this.judgeStale(series[i], atMs[i])
        : this.judge(series[i], value[i], atMs[i]);
      counts[outcome]++;
    }
    counts[COUNTER_RESET] += this.counterResets;
    counts[REPLICA_FAILOVER] += this.table.replicas.takeFailovers();
    batch.count = 0;
  }

  private judge(id: number, raw: number, atMs: number): number {
    const { columns, profiles, replicas } = this.table;
    const profileIndex = columns.profile[id];
    if (profileIndex <= IGNORED) return this.judgeUnbound(id);
    const profile = profiles.list[profileIndex];
    if (profile.shedClass > this.highestShedClass) return SHED;
    const replica = columns.replica[id];
    if (replica !== NONE && !replicas.admits(replica, this.nowMs)) return REPLICA;
    if (Number.isNaN(raw)) return NOT_A_NUMBER;
    if (raw >= INT32_BLANK && isBlankSentinel(raw)) return BLANK;
    if (atMs > this.newestMs) return FUTURE;
    if (atMs < this.oldestMs) return TOO_OLD;
    const lastAtMs = columns.lastAtMs[id];
    if (atMs <= lastAtMs) return this.judgeRepeat(id, raw, atMs);
    const lastRaw = columns.lastRaw[id];
    columns.lastAtMs[id] = atMs;
    columns.lastRaw[id] = raw;
    if (!profile.plain) return this.judgeDerived(id, raw, lastRaw, lastAtMs);
    return this.store(id, profile, raw * profile.scale + profile.offset, atMs);
  }

  /** Of a series that leads nowhere it only matters that it is still there. */
  private judgeUnbound(id: number): number {
    const { lastAtMs, profile } = this.table.columns;
    lastAtMs[id] = this.nowMs;
    return profile[id] === IGNORED ? NO_USE : UNMATCHED;
  }

  private isHeard(cell: number, { rank, staleAfterMs }: Profile, atMs: number): boolean {
    const { writer } = this;
    return writer.admits === undefined || writer.admits(cell, rank, atMs, staleAfterMs);
  }

  /** A sample that is not newer than the last one of its series. */
  private judgeRepeat(id: number, raw: number, atMs: number): number {
    const { columns, profiles } = this.table;
    if (atMs === columns.lastAtMs[id]) {
      return raw === columns.lastRaw[id] ? DUPLICATE : CONFLICT;
    }
    const profile = profiles.list[columns.profile[id]];
    // What a counter rose by, or a group came to, cannot be told from one late sample.
    if (profile.plain) this.passLate(id, raw * profile.scale + profile.offset, atMs);
    return LATE;
  }

  private passLate(id: number, value: number, atMs: number): void {
    const { columns, profiles } = this.table;
    const { min, max } = profiles.list[columns.profile[id]];
    if (this.onLate === undefined || !(value >= min && value <= max)) return;
    this.onLate(columns.cell[id], columns.entity[id], value, atMs);
  }

  /** A sample that is not itself the value: of a counter, of a group, or of a text. */
  private judgeDerived(id: number, raw: number, lastRaw: number, lastAtMs: number): number {
    const { columns, profiles, groups, windows } = this.table;
    const profile = profiles.list[columns.profile[id]];
    const atMs = columns.lastAtMs[id];
    if (profile.mode === TEXT) {
      return raw === 0 ? TEXT_OFF : this.write(id, profile, columns.extra[id], atMs);
    }
    let value = raw;
    if (profile.mode === RATE || profile.mode === INCREASE_1H) {
      const elapsedMs = atMs - lastAtMs;
      if (!(elapsedMs <= MAX_GAP_MS)) return BASELINE;
      const isReset = raw < lastRaw;
      if (isReset) this.counterResets++;
      const rise = isReset ? raw : raw - lastRaw;
      value =
        profile.mode === RATE
          ? (rise * 1000) / elapsedMs
          : windows.add(columns.extra[id], rise, atMs);
    }
    const group = columns.group[id];
    if (group === NONE) {
      return this.store(id, profile, value * profile.scale + profile.offset, atMs);
    }
    // A part may exceed what the whole may only when it is a term of a sum or of what follows it.
    const part = value * profile.scale + profile.offset;
    if (profile.combine !== SUM && Number.isNaN(fitted(part, profile))) {
      return this.outOfRange(id, part, profile);
    }
    if (!this.isHeard(columns.cell[id], profile, atMs)) return OTHER_SOURCE;
    columns.part[id] = value;
    groups.touch(group);
    return ACCEPTED;
  }

  /** Checks the range and the cell's age, and writes. */
  private store(id: number, profile: Profile, value: number, atMs: number): number {
    const fitting = fitted(value, profile);
    if (Number.isNaN(fitting)) return this.outOfRange(id, value, profile);
    return this.write(id, profile, fitting, atMs);
  }

  private write(id: number, profile: Profile, value: number, atMs: number): number {
    const { writer } = this;
    const { columns } = this.table;
    const cell = columns.cell[id];
    if (!this.isHeard(cell, profile, atMs)) return OTHER_SOURCE;
    const cellAtMs = writer.timeAt(cell);
    if (atMs <= cellAtMs) {
      // Another series of the same cell was there first.
      if (atMs === cellAtMs) return value === writer.valueAt(cell) ? DUPLICATE : CONFLICT;
      this.passLate(id, value, atMs);
      return LATE;
    }
    writer.write(cell, columns.entity[id], value, atMs);
    return ACCEPTED;
  }

  private outOfRange(id: number, value: number, profile: Profile): number {
    return this.unitTraps.isTrap(id, value, profile) ? UNIT_TRAP : RANGE;
  }

  private judgeStale(id: number, atMs: number): number {
    const { columns, groups, profiles } = this.table;
    if (columns.profile[id] <= IGNORED) return this.judgeUnbound(id);
    const lastAtMs = columns.lastAtMs[id];
    const replica = columns.replica[id];
    if (replica !== NONE && !this.table.replicas.admits(replica, this.nowMs)) return REPLICA;
    if (atMs > this.newestMs) return FUTURE;
    if (atMs < this.oldestMs) return TOO_OLD;
    if (atMs < lastAtMs) return LATE;
    if (columns.group[id] !== NONE) {
      columns.part[id] = Number.NaN;
      groups.touch(columns.group[id]);
    } else if (!(this.writer.timeAt(columns.cell[id]) > lastAtMs)) {
      // Only if nothing else has written the cell since: a series that comes back under other
      // labels (a pod's name among them) brings the end of its former self with it.
      const { rank } = profiles.list[columns.profile[id]];
      this.writer.markStale(columns.cell[id], columns.entity[id], atMs, rank);
    }
    return STALE;
  }

  /** Works out the groups that got samples; at the end of each page and request. */
  settle(tally: Tally): void {
    const { dirty } = this.table.groups;
    for (const group of dirty) {
      group.isDirty = false;
      if (!this.writeGroup(group)) tally.counts[COMBINED_RANGE]++;
    }
    dirty.length = 0;
  }

  private writeGroup(group: Group): boolean {
    const { columns, profiles } = this.table;
    const profile = profiles.list[group.profile];
    const atMs = newestOf(group, columns);
    const { cell, entity } = group;
    const cellAtMs = this.writer.timeAt(cell);
    if (Number.isNaN(atMs)) {
      this.writer.markStale(cell, entity, this.nowMs, profile.rank);
      return true;
    }
    const whole = combined(group, columns, profile, atMs) * profile.scale + profile.offset;
    const value = fitted(whole, profile);
    if (Number.isNaN(value)) return false;
    // At the same time it is a later part of the same round, which completes the value.
    if (!(atMs < cellAtMs)) this.writer.write(cell, entity, value, atMs);
    return true;
  }
}

/** The value itself within its range, the end of the range just beyond it, NaN elsewhere. */
function fitted(value: number, { min, max, slack }: Profile): number {
  if (value >= min && value <= max) return value;
  if (value > max && value <= max + slack) return max;
  return value < min && value >= min - slack ? min : Number.NaN;
}

/** DCGM writes these for "blank", "not found", "not supported", "not permitted"; source: its
 * `dcgm_structs.h`, and pages of old exporters that leak them. */
const INT32_BLANK = 0x7ffffff0;
const INT32_BLANK_MAX = 0x7ffffffc;
const FP64_BLANK = 2 ** 47;
const FP64_BLANK_MAX = FP64_BLANK + 3;
/** The 64-bit ones are from 0x7ffffffffffffff0; nothing measured comes near. */
const INT64_BLANK = 9e18;

function isBlankSentinel(raw: number): boolean {
  if (raw > INT64_BLANK) return raw !== Number.POSITIVE_INFINITY;
  if (raw >= FP64_BLANK && raw <= FP64_BLANK_MAX) return true;
  return raw >= INT32_BLANK && raw <= INT32_BLANK_MAX && Number.isInteger(raw);
}
