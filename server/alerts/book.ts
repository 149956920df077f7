/** The alerts as outsiders see them: breaches of the judge, with texts, and those lately resolved. */
import {
  type Breach,
  KINDS,
  type LimitRow,
  pathOf,
  SIGNALS,
  severityOf,
  type Tick,
  UNITS,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';

export interface Alert {
  readonly id: string;
  readonly limit: string;
  readonly entity: string;
  readonly kind: string;
  readonly severity: LimitRow['severity'];
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  readonly since: string;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly summary: string;
  /** Heading in docs/runbooks.md. */
  readonly runbook: string;
  /** Ids of what the entity stands in, by kind. */
  readonly place: Readonly<Record<string, string>>;
}

export interface AlertBook {
  list(): readonly Alert[];
  counts(): { firing: number; pending: number };
  /** Takes what a tick fired and resolved; tells those who listen. */
  take(tick: Tick): void;
  onChange(listener: (fired: readonly Alert[], resolved: readonly Alert[]) => void): void;
}

const RESOLVED_KEPT = 500;

export function createAlertBook(live: LiveTwin): AlertBook {
  const resolved: Alert[] = [];
  const listeners: ((fired: readonly Alert[], resolved: readonly Alert[]) => void)[] = [];
  const present = (breach: Breach, endsAtMs?: number) => alertOf(live, breach, endsAtMs);
  return {
    list() {
      const active = [...live.twin.judge.breaches.values()].map(breach => present(breach));
      return [...active.sort(bySeverity), ...resolved.toReversed()];
    },
    counts() {
      const breaches = [...live.twin.judge.breaches.values()];
      const firing = breaches.filter(breach => breach.firing).length;
      return { firing, pending: breaches.length - firing };
    },
    take(tick) {
      if (tick.fired.length === 0 && tick.resolved.length === 0) return;
      const fired = tick.fired.map(breach => present(breach));
      const ended = tick.resolved.map(breach => present(breach, tick.atMs));
      resolved.push(...ended);
      resolved.splice(0, resolved.length - RESOLVED_KEPT);
      for (const listener of listeners) listener(fired, ended);
    },
    onChange: listener => listeners.push(listener),
  };
}

const RANK = { critical: 0, warning: 1, info: 2 } as const;
const bySeverity = (a: Alert, b: Alert) =>
  Number(b.state === 'firing') - Number(a.state === 'firing') ||
  RANK[a.severity] - RANK[b.severity] ||
  a.since.localeCompare(b.since);

function alertOf(live: LiveTwin, breach: Breach, endsAtMs: number | undefined): Alert {
  const { topology } = live.twin;
  const { row } = breach.limit;
  const entity = topology.ids[breach.entity];
  const place = Object.fromEntries(
    pathOf(topology, breach.entity).map(at => [KINDS[topology.kind[at]].id, topology.ids[at]]),
  );
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    id: `${row.id}/${entity}`,
    limit: row.id,
    entity,
    kind: KINDS[topology.kind[breach.entity]].id,
    severity: severityOf(breach),
    state: endsAtMs !== undefined ? 'resolved' : breach.firing ? 'firing' : 'pending',
    value: breach.value,
    threshold: breach.threshold,
    unit: row.over === undefined ? SIGNALS[breach.limit.signal].unit : 'Ratio',
    since: iso(breach.sinceMs),
    ...(breach.firing ? { startsAt: iso(breach.firedAtMs) } : {}),
    ...(endsAtMs === undefined ? {} : { endsAt: iso(endsAtMs) }),
    summary: summaryOf(breach, entity),
    runbook: row.runbook,
    place,
  };
}

function summaryOf(breach: Breach, entity: string): string {
  const { row, signal } = breach.limit;
  if (row.kind === 'uniform') return `${row.title}: ${entity} differs from the others of its class`;
  const symbol = row.over === undefined ? UNITS[SIGNALS[signal].unit].symbol : '';
  const show = (value: number) => `${Number(value.toPrecision(4))} ${symbol}`.trim();
  const side = row.compare === 'max' ? 'above' : 'below';
  return `${row.title}: ${entity} is at ${show(breach.value)}, ${side} ${show(breach.threshold)}`;
}
