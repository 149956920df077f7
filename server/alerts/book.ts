/** The alerts as outsiders see them: breaches of the judge, with texts, and those lately resolved. */
import {
  type Breach,
  KINDS,
  type LimitRow,
  severityOf,
  superseding,
  type Tick,
  type Topology,
} from '../../twin/index.ts';
import { unitOf } from '../limits-on.ts';
import type { LiveTwin } from '../live-twin.ts';
import { placeOf } from '../place.ts';
import { summaryOf } from './summary.ts';

export interface Alert {
  readonly id: string;
  readonly limit: string;
  readonly entity: string;
  readonly kind: string;
  readonly signal: string;
  readonly severity: LimitRow['severity'];
  readonly state: 'pending' | 'firing' | 'resolved';
  /** Place among the limits on one signal in one direction, 1 the mildest; absent: it is alone. */
  readonly escalation?: number;
  /** Id of the hardest such limit that fires at the entity: that alert says it all. */
  readonly supersededBy?: string;
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

type CountedState = 'firing' | 'pending' | 'superseded';

interface AlertCount {
  readonly state: CountedState;
  readonly severity: LimitRow['severity'];
  readonly count: number;
}

type Listener = (fired: readonly Alert[], resolved: readonly Alert[]) => void;

export interface AlertBook {
  /** Firing first, by severity and age; then pending; then resolved, newest first. */
  list(): readonly Alert[];
  /** A superseded one counts as that and nothing else. */
  counts(): Readonly<Record<CountedState, number>>;
  /** By state and severity, zeros too. */
  tally(): readonly AlertCount[];
  /** Takes what a tick fired and resolved; tells those who listen. */
  take(tick: Tick): void;
  onChange(listener: Listener): void;
}

const RESOLVED_KEPT = 500;

export function createAlertBook(live: LiveTwin): AlertBook {
  const resolved: Alert[] = [];
  const listeners: Listener[] = [];

  function change(fired: readonly Alert[], ended: readonly Alert[]) {
    if (fired.length === 0 && ended.length === 0) return;
    resolved.push(...ended);
    resolved.splice(0, resolved.length - RESOLVED_KEPT);
    for (const listener of listeners) listener(fired, ended);
  }

  /** What stood in the generation before and has no place in the new one has ended. */
  live.onGeneration((topology, before) => {
    const standing = new Set<string>();
    for (const breach of live.twin.judge.breaches.values()) standing.add(idOf(topology, breach));
    const gone = [...before.judge.breaches.values()].filter(
      breach => breach.firing && !standing.has(idOf(before.topology, breach)),
    );
    const nowMs = live.clock.now();
    change(
      [],
      gone.map(breach => alertOf(before.topology, breach, nowMs)),
    );
  });

  function tally(): readonly AlertCount[] {
    const breaches = [...live.twin.judge.breaches.values()];
    const harderOf = superseding(breaches);
    const seen = Map.groupBy(breaches, breach => {
      const state = harderOf(breach) ? 'superseded' : breach.firing ? 'firing' : 'pending';
      return `${state} ${severityOf(breach)}`;
    });
    return COUNTED.flatMap(state =>
      SEVERITIES.map(severity => {
        const count = seen.get(`${state} ${severity}`)?.length ?? 0;
        return { state, severity, count };
      }),
    );
  }

  return {
    list() {
      const { topology, judge } = live.twin;
      const harderOf = superseding(judge.breaches.values());
      const active = [...judge.breaches.values()].map(breach => {
        const harder = harderOf(breach);
        const alert = alertOf(topology, breach);
        return harder ? { ...alert, supersededBy: idOf(topology, harder) } : alert;
      });
      return [...active.sort(bySeverity), ...resolved.toReversed()];
    },
    counts() {
      const counts = { firing: 0, pending: 0, superseded: 0 };
      for (const { state, count } of tally()) counts[state] += count;
      return counts;
    },
    tally,
    take(tick) {
      const { topology } = live.twin;
      change(
        tick.fired.map(breach => alertOf(topology, breach)),
        tick.resolved.map(breach => alertOf(topology, breach, tick.atMs)),
      );
    },
    onChange: listener => listeners.push(listener),
  };
}

const COUNTED = ['firing', 'pending', 'superseded'] as const;
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
const RANK = { critical: 0, warning: 1, info: 2 } as const;
const bySeverity = (a: Alert, b: Alert) =>
  Number(b.state === 'firing') - Number(a.state === 'firing') ||
  RANK[a.severity] - RANK[b.severity] ||
  a.since.localeCompare(b.since);

const idOf = (topology: Topology, { limit, entity }: Breach) =>
  `${limit.row.id}/${topology.ids[entity]}`;

const iso = (ms: number) => new Date(ms).toISOString();

function alertOf(topology: Topology, breach: Breach, endsAtMs?: number): Alert {
  const { row } = breach.limit;
  const entity = topology.ids[breach.entity];
  return {
    id: idOf(topology, breach),
    limit: row.id,
    entity,
    kind: KINDS[topology.kind[breach.entity]].id,
    signal: row.signal,
    severity: severityOf(breach),
    state: endsAtMs !== undefined ? 'resolved' : breach.firing ? 'firing' : 'pending',
    ...(breach.limit.escalation === undefined ? {} : { escalation: breach.limit.escalation }),
    value: breach.value,
    threshold: breach.threshold,
    unit: unitOf(breach.limit),
    since: iso(breach.sinceMs),
    ...(breach.firing ? { startsAt: iso(breach.firedAtMs) } : {}),
    ...(endsAtMs === undefined ? {} : { endsAt: iso(endsAtMs) }),
    summary: summaryOf(breach, entity, endsAtMs !== undefined),
    runbook: row.runbook,
    place: Object.fromEntries(placeOf(topology, breach.entity)),
  };
}
