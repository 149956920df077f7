/**
 * Judging values against limits: a breach that lasts `forS` fires, and ends when the value has come
 * back by the hysteresis. One map entry a breach; healthy entities cost nothing.
 */

import { MISSING, MODELLED } from '../state/quality.ts';
import { type Reading, readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { FAULTS } from '../tables/faults.ts';
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

/** All breaches of one generation. */
export class Judge {
  readonly table: LimitTable;
  readonly breaches = new Map<string, Breach>();
  readonly #byKind = new Map<number, LimitAtKind[]>();
  #resolved: Breach[] = [];

  constructor(table: LimitTable) {
    this.table = table;
    for (const limit of table) {
      if (limit.row.kind === 'uniform') continue;
      const rows = this.#byKind.get(limit.kind) ?? [];
      this.#byKind.set(limit.kind, rows);
      rows.push(limit);
    }
  }

  /** Judges one entity against every limit of its kind, but for uniform ones. */
  judge(state: State, entity: number, nowMs: number) {
    for (const limit of this.#byKind.get(state.topology.kind[entity]) ?? []) {
      const threshold = thresholdOf(limit, state.topology, entity);
      if (Number.isNaN(threshold)) continue;
      this.set({ limit, entity, threshold, reading: judged(state, limit, entity) }, nowMs);
    }
  }

  /** Takes one verdict: begins, keeps or ends a breach. */
  set(at: Verdict, nowMs: number) {
    const key = `${at.limit.limit}:${at.entity}`;
    const breach = this.breaches.get(key);
    const { value, quality } = at.reading;
    // Nameplate and stale values are no evidence that a limit is passed; they only keep an alert up.
    const isEvidence = quality >= MODELLED && !Number.isNaN(at.reading.atMs);
    if (!breach) {
      if (!isEvidence || !passes(at.limit.row, value, at.threshold)) return;
      this.breaches.set(key, {
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
    const isBack = isEvidence && !passes(at.limit.row, value, released(at.limit.row, at.threshold));
    if (isBack || quality === MISSING) this.#end(key, breach);
  }

  #end(key: string, breach: Breach) {
    this.breaches.delete(key);
    if (breach.firing) this.#resolved.push(breach);
  }

  /** Fires what has lasted long enough and hands over what changed since the last call. */
  advance(nowMs: number): Judgement {
    const fired: Breach[] = [];
    for (const breach of this.breaches.values()) {
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
function released(row: LimitRow, threshold: number): number {
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
