/** Compares the sensors of the live model with one another, and keeps what stands against them. */
import type { Logger } from 'pino';
import {
  Agreement,
  type AgreementPlan,
  copyOf,
  encodeAgreement,
  type Finding,
  KIND_COUNT,
  KIND_INDEX,
  MEASURED,
  planInParts,
  SIGNAL_INDEX,
  SIGNALS,
  type State,
  type StoredRefusal,
  type Topology,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Learned } from '../recovery/learned.ts';
import { createStepper, type Parts, type StepStats } from '../stepper.ts';
import type { AgreementConfig } from './config.ts';
import { AGREEMENT_PART, createLessons } from './lessons.ts';

interface AgreementStats extends StepStats {
  readonly points: number;
  readonly balances: number;
  /** Balances that could be worked out in the last block. */
  readonly speaking: number;
}

export interface SensorAgreement {
  readonly topology: Topology;
  findings(): readonly Finding[];
  stats(): AgreementStats;
  /** States that were stored and could not be gone on from, by reason. */
  droppedLessons(why: StoredRefusal): number;
  /** Takes the readings as they are now, at once: what is running is finished first. */
  round(): void;
  /** The same with pauses, in which everything else has its turn. */
  roundInParts(): Promise<void>;
  stop(): void;
}

interface AgreementServiceOptions {
  readonly live: LiveTwin;
  /** Where learning is kept; absent when nothing is to outlive the process. */
  readonly learned?: Learned | undefined;
  readonly config: AgreementConfig;
  readonly log: Logger;
}

const POINTS_A_PART = 100_000;

/** Signal that carries the number of findings on an entity, where the tables have it. */
const COUNT_SIGNAL = SIGNAL_INDEX.get('disagreeingSensorsCount');

const COUNTED_KINDS: ReadonlySet<number> = new Set(
  COUNT_SIGNAL === undefined ? [] : SIGNALS[COUNT_SIGNAL].kinds.map(kind => KIND_INDEX[kind]),
);

/** Starts the comparison; a new inventory starts it anew. */
export function startAgreement(options: AgreementServiceOptions): SensorAgreement {
  const { live, config, log, learned } = options;
  const lessons = createLessons(learned?.take(AGREEMENT_PART), log);
  let judge: Judge | undefined;
  let lastRoundMs = live.clock.now();
  let columns = -1;
  live.onGeneration(() => {
    columns = -1;
  });

  /** Sources that answer for the first time bring signals that were not kept before. */
  function* replan(): Parts<Judge> {
    if (judge && columns === live.twin.state.columns.length) return judge;
    columns = live.twin.state.columns.length;
    const plan = yield* planOf(live);
    const isSame =
      plan.topology === judge?.plan.topology && plan.points.count === judge.plan.points.count;
    if (judge && isSame) return judge;
    // the same points in the same balances go on, though the inventory is another
    if (judge) yield* lessons.put(judge.agreement, lastRoundMs);
    judge = yield* judgeOf(plan, config);
    const atMs = yield* lessons.teach(judge.agreement);
    if (atMs !== undefined) markSeen(live, judge, atMs);
    return judge;
  }

  function* round(): Parts {
    const nowMs = live.clock.now();
    const { state } = live.twin;
    const own = yield* replan();
    yield* readFresh(state, own);
    lastRoundMs = nowMs;
    const before = own.agreement.findings().length;
    const isReviewed = yield* own.agreement.observeInParts(own.values, nowMs);
    // after a new inventory the next round begins anew
    if (live.twin.state !== state) return;
    if (isReviewed) lessons.end();
    const now = own.agreement.findings().length;
    if (isReviewed && now !== before) log.info({ before, now }, 'sensors that disagree');
    writeCounts(live, own, { nowMs, minConfidence: config.minConfidence });
  }

  const stepper = createStepper(round);
  function* encoded(): Parts<Uint8Array<ArrayBuffer>> {
    // what waits for its plan is worth more than what has not seen a block
    const waiting = lessons.waiting();
    if (waiting) return yield* copyOf(waiting);
    return judge ? yield* encodeAgreement(judge.agreement, lastRoundMs) : new Uint8Array(0);
  }

  learned?.keep(AGREEMENT_PART, () => stepper.between(encoded));
  const timer = setInterval(
    () => {
      stepper.runInParts().catch(error => {
        log.error({ err: error }, 'comparing the sensors failed');
      });
    },
    (1000 * config.everyS) / live.clock.speed,
  );
  timer.unref();
  return {
    get topology() {
      return judge?.plan.topology ?? live.twin.topology;
    },
    findings: () => judge?.agreement.findings() ?? [],
    stats: () => ({ ...coverageOf(judge), ...stepper.stats() }),
    droppedLessons: lessons.dropped,
    round: stepper.run,
    roundInParts: stepper.runInParts,
    stop() {
      clearInterval(timer);
      // the last snapshot comes after this
      stepper.settle();
    },
  };
}

function coverageOf(judge: Judge | undefined) {
  if (!judge) return { points: 0, balances: 0, speaking: 0 };
  const { points, equations, speaking } = judge.agreement.coverage();
  return { points, balances: equations, speaking };
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

function planOf({ twin: { topology, state } }: LiveTwin): Parts<AgreementPlan> {
  const isKept = (signal: number, kind: number) =>
    !Number.isNaN(state.cellBase[signal * KIND_COUNT + kind]);
  return planInParts(topology, isKept);
}

function* judgeOf(plan: AgreementPlan, config: AgreementConfig): Parts<Judge> {
  const { count } = plan.points;
  return {
    plan,
    agreement: yield* Agreement.inParts(plan, { roundS: config.everyS }),
    values: new Float64Array(count),
    seen: new Int32Array(count).fill(-(2 ** 31)),
    counted: new Set(),
  };
}

/** What came before the last round has been taken by it. */
function markSeen({ twin: { state } }: LiveTwin, { plan, seen }: Judge, atMs: number) {
  for (const { signal, kind, firstPoint, firstEntity, count } of plan.points.columns) {
    const base = state.cellBase[signal * KIND_COUNT + kind];
    if (Number.isNaN(base)) continue;
    for (let i = 0; i < count; i++) {
      const cell = base + firstEntity + i;
      if (state.timeAt(cell) <= atMs) seen[firstPoint + i] = state.times[cell];
    }
  }
}

/** Readings that are measured, current and newer than those of the round before; NaN for others. */
function* readFresh(state: State, { plan, values, seen }: Judge): Parts {
  for (const { signal, kind, firstPoint, firstEntity, count } of plan.points.columns) {
    values.fill(Number.NaN, firstPoint, firstPoint + count);
    const base = state.cellBase[signal * KIND_COUNT + kind];
    if (Number.isNaN(base)) continue;
    const firstCell = base + firstEntity;
    for (let i = 0; i < count; i++) {
      if (i % POINTS_A_PART === 0) yield;
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
