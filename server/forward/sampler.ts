/**
 * Reads the chosen values of the live twin in rounds. Which series there are is planned once for
 * each generation, and again when a signal is seen for the first time.
 */
import {
  DERIVED,
  KINDS,
  MEASURED,
  MISSING,
  MODELLED,
  readSignal,
  STALE,
  type Topology,
  type Twin,
} from '../../twin/index.ts';
import { type Candidate, type Choice, candidatesOf, measurementOf } from './choice.ts';
import { ENDED, type Group, type Move, moveBetween, type Slice } from './group.ts';

/** The part of the live twin that is read. */
export interface Readable {
  readonly twin: Pick<Twin, 'topology' | 'state'>;
}

export interface Round {
  /** Wall clock, epoch ms; the same for all of its values. */
  readonly atMs: number;
  readonly slices: readonly Slice[];
  /** Groups that have taken the place of others since the round before. */
  readonly moves: readonly Move[];
}

interface Sampler {
  /** @param atMs later than that of the round before */
  take(atMs: number): Round;
  /** Series of the plan, and those that found no room in it. */
  readonly series: number;
  readonly leftOut: number;
}

interface Plan {
  readonly group: Group;
  readonly columns: readonly Candidate[];
  /** Values of the last round: a series that had one and has none now has ended. */
  previous: Float64Array;
}

type State = Twin['state'];

/** Entities looked at, spread over a kind, before a signal that has no cells counts as absent. */
const PROBES = 16;

export function createSampler(live: Readable, choice: Choice): Sampler {
  const candidates = candidatesOf(choice);
  let topology: Topology | undefined;
  let seen = new Set<Candidate>();
  let plans: readonly Plan[] = [];
  let leftOut = 0;

  /** @returns what ended with the old plans, when there are new ones. */
  function follow(atMs: number): Pick<Round, 'slices' | 'moves'> {
    const { twin } = live;
    const isNew = twin.topology !== topology;
    if (isNew) seen = new Set();
    const before = seen.size;
    for (const each of candidates) if (!seen.has(each) && isThere(twin.state, each)) seen.add(each);
    if (!isNew && seen.size === before) return { slices: [], moves: [] };
    topology = twin.topology;
    const fitting = planned(topology, candidates, seen, choice.maxSeries);
    leftOut = fitting.leftOut;
    const moves = plans.map(({ group }) =>
      moveBetween(group, fitting.plans.find(plan => plan.group.kind === group.kind)?.group),
    );
    const slices = moves.flatMap((move, i) => handOver(plans[i], move, fitting.plans, atMs));
    plans = fitting.plans;
    return { slices, moves };
  }

  function take(atMs: number): Round {
    const { slices, moves } = follow(atMs);
    const { state } = live.twin;
    const read = plans.flatMap(plan => readPlan(plan, state, choice, atMs));
    return { atMs, slices: [...slices, ...read], moves };
  }

  return {
    take,
    get series() {
      return plans.reduce((sum, { group }) => sum + group.count * group.fields.length, 0);
    },
    get leftOut() {
      return leftOut;
    },
  };
}

function isThere(state: State, { kind, signal }: Candidate): boolean {
  const { kindStart } = state.topology;
  const [first, end] = [kindStart[kind], kindStart[kind + 1]];
  if (first === end) return false;
  if (state.cellOf(signal, first) >= 0) return true;
  const step = Math.ceil((end - first) / PROBES);
  for (let e = first; e < end; e += step) {
    if (!Number.isNaN(readSignal(state, signal, e).value)) return true;
  }
  return false;
}

function planned(
  topology: Topology,
  candidates: readonly Candidate[],
  seen: ReadonlySet<Candidate>,
  maxSeries: number,
): { plans: Plan[]; leftOut: number } {
  const { kindStart } = topology;
  let room = maxSeries;
  let leftOut = 0;
  const chosen = candidates.filter(each => {
    if (!seen.has(each)) return false;
    const count = kindStart[each.kind + 1] - kindStart[each.kind];
    const isFitting = count <= room;
    if (isFitting) room -= count;
    else leftOut += count;
    return isFitting;
  });
  const plans = [...Map.groupBy(chosen, each => each.kind)].map(([kind, columns]) => {
    const firstEntity = kindStart[kind];
    const count = kindStart[kind + 1] - firstEntity;
    const { id } = KINDS[kind];
    const fields = columns.map(({ field }) => field);
    const named = { kind: id, measurement: measurementOf(id), fields };
    const previous = new Float64Array(count * columns.length).fill(Number.NaN);
    return { group: { topology, firstEntity, count, ...named }, columns, previous };
  });
  return { plans, leftOut };
}

/** Carries over which series there were; those that the new plans do not have end here. */
function handOver(before: Plan, move: Move, plans: readonly Plan[], atMs: number): Slice[] {
  const next = plans.find(({ group }) => group === move.to);
  const values = new Float64Array(before.previous.length).fill(Number.NaN);
  let ended = 0;
  before.previous.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const at = move.indexOf[i];
    if (next && at >= 0) next.previous[at] = value;
    else {
      values[i] = ENDED;
      ended++;
    }
  });
  return ended > 0 ? [{ group: before.group, atMs, values }] : [];
}

function readPlan(plan: Plan, state: State, choice: Choice, atMs: number): Slice[] {
  const { group, columns, previous } = plan;
  const values = new Float64Array(previous.length);
  columns.forEach((column, c) => {
    const best = choice.measured || column.isEstimate ? MEASURED : DERIVED;
    const least = choice.stale ? STALE : MODELLED;
    readColumn(state, group, column.signal, { values, at: c, least, best });
  });
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]) && Number.isFinite(previous[i])) values[i] = ENDED;
    if (!Number.isNaN(values[i])) count++;
  }
  plan.previous = values;
  return count > 0 ? [{ group, atMs, values }] : [];
}

interface Into {
  readonly values: Float64Array;
  /** Position of the column among those of the group. */
  readonly at: number;
  /** Qualities that are wanted, inclusive. */
  readonly least: number;
  readonly best: number;
}

/**
 * For performance it looks into the cells itself and asks `readSignal` only where there is none; it is
 * `values[...] = readSignal(state, signal, entity).value` for values of a wanted quality.
 */
function readColumn(state: State, group: Group, signal: number, into: Into) {
  const { values, at, least, best } = into;
  const { quality } = state;
  const width = group.fields.length;
  const firstCell = state.cellOf(signal, group.firstEntity);
  for (let offset = 0, to = at; offset < group.count; offset++, to += width) {
    const cell = firstCell + offset;
    let value = Number.NaN;
    if (firstCell >= 0 && quality[cell] !== MISSING) {
      if (quality[cell] >= least && quality[cell] <= best) value = state.valueAt(cell);
    } else {
      const reading = readSignal(state, signal, group.firstEntity + offset);
      if (reading.quality >= least && reading.quality <= best) value = reading.value;
    }
    values[to] = Number.isFinite(value) ? value : Number.NaN;
  }
}
