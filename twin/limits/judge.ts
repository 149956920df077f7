/**
 * Judging values against limits: a breach that lasts `forS` fires, and ends when the value has come
 * back by the hysteresis. One map entry a breach; healthy entities cost nothing.
 */

import { marginN1At } from '../closure/extra-loads.ts';
import type { PlaneResults } from '../closure/pass.ts';
import { MISSING, MODELLED } from '../state/quality.ts';
import { type Reading, readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { VIRTUAL } from '../state/virtual.ts';
import { FAULTS } from '../tables/faults.ts';
import { KIND_COUNT, KINDS } from '../tables/kinds.ts';
import type { LimitRow } from '../tables/limit-row.ts';
import { type LimitAtKind, type LimitTable, thresholdOf } from './thresholds.ts';

export interface Breach {
  readonly limit: LimitAtKind;
  readonly entity: number;
  readonly sinceMs: number;
  firing: boolean;
  firedAtMs: number;
  value: number;
  threshold: number;
}

export interface Judgement {
  /** Breaches that began to fire, and that ended after firing, in this step. */
  readonly fired: readonly Breach[];
  readonly resolved: readonly Breach[];
}

/** A row of the table at one kind, ready to be read straight from where its signal is kept. */
interface Rule {
  readonly limit: LimitAtKind;
  /** Position in the table. */
  readonly at: number;
  /** Columns it looks at, as `signal * KIND_COUNT + kind`; the second is -1 but for ratios. */
  readonly column: number;
  readonly overColumn: number;
  /** Plane that computes the signal where it has no cell. */
  readonly virtual: (typeof VIRTUAL)[number];
}

/** All breaches of one generation. */
export class Judge {
  readonly table: LimitTable;
  /** By `keyOf`. */
  readonly #breaches = new Map<number, Breach>();
  readonly #rules: readonly (readonly Rule[])[];
  /** Breaches of each row of the table, so that a healthy entity needs no look-up. */
  readonly #openCount: Int32Array;
  readonly #rowOf = new Map<LimitAtKind, number>();
  #resolved: Breach[] = [];

  constructor(table: LimitTable) {
    this.table = table;
    this.#openCount = new Int32Array(table.length);
    const rules: Rule[][] = KINDS.map(() => []);
    table.forEach((limit, at) => {
      this.#rowOf.set(limit, at);
      if (limit.row.kind === 'uniform') return;
      const column = limit.signal * KIND_COUNT + limit.kind;
      const overColumn = limit.over < 0 ? -1 : limit.over * KIND_COUNT + limit.kind;
      rules[limit.kind].push({ limit, at, column, overColumn, virtual: VIRTUAL[limit.signal] });
    });
    this.#rules = rules;
  }

  get breaches(): ReadonlyMap<number, Breach> {
    return this.#breaches;
  }

  /**
   * Judges entities against every limit of their kind, but for uniform ones.
   * @param entities the first `count` of them
   * @param columns 1 for those in which a cell has changed since the last time: rows over others
   * still stand as they were judged
   */
  judge(state: State, { entities, count, columns }: Judged, nowMs: number) {
    const due = this.#rules.map(rules =>
      rules.filter(rule => isDue(rule, columns)).map(rule => sightOf(state, rule)),
    );
    const { kind } = state.topology;
    for (let i = 0; i < count; i++) {
      const sights = due[kind[entities[i]]];
      for (let n = 0; n < sights.length; n++) this.#judgeOne(state, sights[n], entities[i], nowMs);
    }
  }

  #judgeOne(state: State, sight: Sight, entity: number, nowMs: number) {
    const { limit } = sight;
    const threshold = thresholdOf(limit, state.topology, entity);
    if (Number.isNaN(threshold)) return;
    if (this.#openCount[sight.at] === 0 && isWithin(state, sight, entity, threshold)) return;
    this.set({ limit, entity, threshold, reading: judged(state, limit, entity) }, nowMs);
  }

  /** Takes one verdict: begins, keeps or ends a breach. */
  set(at: Verdict, nowMs: number) {
    const key = keyOf(at.limit, at.entity);
    const breach = this.#breaches.get(key);
    const { value, quality } = at.reading;
    // Nameplate and stale values are no evidence that a limit is passed; they only keep an alert up.
    const isEvidence = quality >= MODELLED && !Number.isNaN(at.reading.atMs);
    if (!breach) {
      if (!isEvidence || !passes(at.limit.row, value, at.threshold)) return;
      this.adopt({
        limit: at.limit,
        entity: at.entity,
        sinceMs: nowMs,
        firing: false,
        firedAtMs: Number.NaN,
        value,
        threshold: at.threshold,
      });
      return;
    }
    if (quality !== MISSING) breach.value = value;
    breach.threshold = at.threshold;
    const isBack =
      isEvidence && !passes(at.limit.row, value, releaseOf(at.limit.row, at.threshold));
    if (isBack || quality === MISSING) this.#end(key, breach);
  }

  #rowFor({ limit }: Breach): number {
    const at = this.#rowOf.get(limit);
    if (at === undefined) throw new Error(`the limit ${limit.row.id} is of another table`);
    return at;
  }

  /** Takes over a breach that has begun already, as it is; its limit is of this table. */
  adopt(breach: Breach) {
    const key = keyOf(breach.limit, breach.entity);
    if (!this.#breaches.has(key)) this.#openCount[this.#rowFor(breach)]++;
    this.#breaches.set(key, breach);
  }

  #end(key: number, breach: Breach) {
    this.#breaches.delete(key);
    this.#openCount[this.#rowFor(breach)]--;
    if (breach.firing) this.#resolved.push(breach);
  }

  /** Fires what has lasted long enough and hands over what changed since the last call. */
  advance(nowMs: number): Judgement {
    const fired: Breach[] = [];
    for (const breach of this.#breaches.values()) {
      if (breach.firing || nowMs - breach.sinceMs < 1000 * breach.limit.row.forS) continue;
      breach.firing = true;
      breach.firedAtMs = nowMs;
      fired.push(breach);
    }
    const resolved = this.#resolved;
    this.#resolved = [];
    return { fired, resolved };
  }
}

interface Judged {
  readonly entities: Int32Array;
  readonly count: number;
  readonly columns: Uint8Array;
}

/** Rows are at most a few hundred, entities a few million: the two fit one exact number. */
const keyOf = (limit: LimitAtKind, entity: number) => entity * 1024 + limit.limit;

const isDue = ({ virtual, column, overColumn }: Rule, columns: Uint8Array) =>
  virtual !== undefined || columns[column] === 1 || columns[overColumn] === 1;

/** Where a rule finds its value, looked up once for all entities of a tick. */
interface Sight {
  readonly limit: LimitAtKind;
  readonly at: number;
  /** Base of the column's cells; NaN where there is no column. */
  readonly cellBase: number;
  /** The plane that computes the value where no cell has it; of N-1 margins it is not kept. */
  readonly plane: PlaneResults | undefined;
  readonly results: Float64Array | undefined;
  readonly isMax: boolean;
  /** Ratios, and headroom of racks, are more than one number: those are always read in full. */
  readonly isPlain: boolean;
}

function sightOf(state: State, { limit, at, column, overColumn, virtual }: Rule): Sight {
  const plane = virtual && state.planes[virtual.plane];
  const isHeadroom = virtual?.field === 'headroom' || virtual?.field === 'headroomN1';
  return {
    limit,
    at,
    cellBase: state.cellBase[column],
    plane,
    results: virtual?.field === 'marginN1' ? undefined : virtual && plane?.[virtual.field],
    isMax: limit.row.compare === 'max',
    isPlain: overColumn < 0 && !isHeadroom,
  };
}

/**
 * Whether the value is plainly within its limit or there is none, without making a reading of it:
 * nearly all are, at every tick. False only says that it must be looked at closely.
 */
function isWithin(state: State, sight: Sight, entity: number, threshold: number): boolean {
  const { cellBase, plane, results, isMax, isPlain } = sight;
  if (!isPlain) return false;
  let value = Number.NaN;
  if (!Number.isNaN(cellBase) && state.quality[cellBase + entity] !== MISSING) {
    value = state.values[cellBase + entity];
  } else if (plane) {
    const position = plane.shape.plane.positionOf[entity];
    if (position < 0) return true;
    value = results ? results[position] : marginN1At(plane, position);
  }
  return isMax ? !(value > threshold) : !(value < threshold);
}

interface Verdict {
  readonly limit: LimitAtKind;
  readonly entity: number;
  readonly threshold: number;
  readonly reading: Reading;
}

/** The value a limit looks at: the signal, or its ratio to another. */
function judged(state: State, limit: LimitAtKind, entity: number): Reading {
  const reading = readSignal(state, limit.signal, entity);
  if (limit.over < 0 || reading.quality === MISSING) return reading;
  const over = readSignal(state, limit.over, entity);
  return { ...reading, value: reading.value / over.value };
}

const passes = (row: LimitRow, value: number, threshold: number) =>
  row.compare === 'max' ? value > threshold : value < threshold;

/** Where a breach ends: the threshold moved towards safety by the hysteresis. */
export function releaseOf(row: LimitRow, threshold: number): number {
  const step = Math.abs(threshold) * row.hysteresisRatio;
  return row.compare === 'max' ? threshold - step : threshold + step;
}

const FAULT_SEVERITY = new Map(FAULTS.map(fault => [fault.code, fault.severity]));

/** Severity of a breach: of the row, or of the fault whose code the value is. */
export function severityOf(breach: Breach): LimitRow['severity'] {
  if (breach.limit.row.severityFrom !== 'faults') return breach.limit.row.severity;
  const severity = FAULT_SEVERITY.get(breach.value);
  if (severity === 'info') return 'info';
  return severity === 'nonFatal' ? 'warning' : 'critical';
}
