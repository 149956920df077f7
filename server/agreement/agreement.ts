/** Compares the sensors of the live model with one another, and keeps what stands against them. */
import type { Logger } from 'pino';
import {
  Agreement,
  type AgreementPlan,
  type Finding,
  KIND_COUNT,
  KIND_INDEX,
  MEASURED,
  planAgreement,
  SIGNAL_INDEX,
  SIGNALS,
  type Topology,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { AgreementConfig } from './config.ts';

export interface AgreementStats {
  readonly points: number;
  readonly balances: number;
  /** Balances that could be worked out in the last block. */
  readonly speaking: number;
  readonly rounds: number;
  /** Time that the last round took, ms. */
  readonly tookMs: number;
}

export interface SensorAgreement {
  readonly topology: Topology;
  findings(): readonly Finding[];
  stats(): AgreementStats;
  /** Takes the readings as they are now. Called by the timer, and by tests. */
  round(): void;
  stop(): void;
}

export interface AgreementServiceOptions {
  readonly live: LiveTwin;
  readonly config: AgreementConfig;
  readonly log: Logger;
}

/** Signal that carries the number of findings on an entity, where the tables have it. */
const COUNT_SIGNAL = SIGNAL_INDEX.get('disagreeingSensorsCount');

const COUNTED_KINDS: ReadonlySet<number> = new Set(
  COUNT_SIGNAL === undefined ? [] : SIGNALS[COUNT_SIGNAL].kinds.map(kind => KIND_INDEX[kind]),
);

/** Starts the comparison; a new inventory starts it anew. */
export function startAgreement({ live, config, log }: AgreementServiceOptions): SensorAgreement {
  let judge = judgeOf(live, config);
  let columns = live.twin.state.columns.length;
  let rounds = 0;
  let tookMs = 0;
  live.onGeneration(() => {
    columns = -1;
  });

  /** Sources that answer for the first time bring signals that were not kept before. */
  function replan() {
    if (columns === live.twin.state.columns.length) return;
    columns = live.twin.state.columns.length;
    const next = judgeOf(live, config);
    if (next.plan.topology === judge.plan.topology) {
      if (next.plan.points.count === judge.plan.points.count) return;
    }
    judge = next;
  }

  function round() {
    const startedAt = performance.now();
    const nowMs = live.clock.now();
    replan();
    readFresh(live, judge);
    const before = judge.agreement.findings().length;
    if (judge.agreement.observe(judge.values, nowMs)) logChange(before);
    writeCounts(live, judge, { nowMs, minConfidence: config.minConfidence });
    rounds++;
    tookMs = performance.now() - startedAt;
  }

  function logChange(before: number) {
    const findings = judge.agreement.findings();
    if (findings.length === before) return;
    log.info({ before, now: findings.length }, 'sensors that disagree');
  }

  const periodMs = (1000 * config.everyS) / live.clock.speed;
  const timer = setInterval(() => {
    try {
      round();
    } catch (error) {
      log.error({ err: error }, 'comparing the sensors failed');
    }
  }, periodMs);
  timer.unref();
  return {
    get topology() {
      return judge.plan.topology;
    },
    findings: () => judge.agreement.findings(),
    stats: () => {
      const { points, equations, speaking } = judge.agreement.coverage();
      return { points, balances: equations, speaking, rounds, tookMs };
    },
    round,
    stop: () => clearInterval(timer),
  };
}

interface Judge {
  readonly plan: AgreementPlan;
  readonly agreement: Agreement;
  readonly values: Float64Array;
  /** Time of the reading that was taken last, as the state keeps it. */
  readonly seen: Int32Array;
  /** Entities whose count is above nought. */
  readonly counted: Set<number>;
}

function judgeOf({ twin: { topology, state } }: LiveTwin, config: AgreementConfig): Judge {
  const isKept = (signal: number, kind: number) =>
    !Number.isNaN(state.cellBase[signal * KIND_COUNT + kind]);
  const plan = planAgreement(topology, isKept);
  const { count } = plan.points;
  return {
    plan,
    agreement: new Agreement(plan, { roundS: config.everyS }),
    values: new Float64Array(count),
    seen: new Int32Array(count).fill(-(2 ** 31)),
    counted: new Set(),
  };
}

/** Readings that are measured, current and newer than those of the round before; NaN for others. */
function readFresh({ twin: { state } }: LiveTwin, { plan, values, seen }: Judge) {
  values.fill(Number.NaN);
  for (const { signal, kind, firstPoint, firstEntity, count } of plan.points.columns) {
    const base = state.cellBase[signal * KIND_COUNT + kind];
    if (Number.isNaN(base)) continue;
    const firstCell = base + firstEntity;
    for (let i = 0; i < count; i++) {
      const cell = firstCell + i;
      if (state.quality[cell] !== MEASURED || state.times[cell] === seen[firstPoint + i]) continue;
      seen[firstPoint + i] = state.times[cell];
      values[firstPoint + i] = state.values[cell];
    }
  }
}

/** Puts the number of certain findings on each entity: what limits and alerts look at. */
function writeCounts(
  live: LiveTwin,
  { agreement, counted }: Judge,
  { nowMs, minConfidence }: { nowMs: number; minConfidence: number },
) {
  if (COUNT_SIGNAL === undefined) return;
  const counts = new Map<number, number>();
  for (const entity of counted) counts.set(entity, 0);
  counted.clear();
  for (const { entity, confidence } of agreement.findings()) {
    if (confidence < minConfidence) continue;
    counts.set(entity, (counts.get(entity) ?? 0) + 1);
    counted.add(entity);
  }
  const { state } = live.twin;
  for (const [entity, count] of counts) {
    if (!COUNTED_KINDS.has(state.topology.kind[entity])) continue;
    live.write(state.ensureCell(COUNT_SIGNAL, entity), entity, count, nowMs);
  }
}
