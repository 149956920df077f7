/** What a course has come to, in the words of the answer. */
import { current } from '../../physics/transient/reading.ts';
import type { State } from '../../state/state.ts';
import { KIND_INDEX, KINDS } from '../../tables/kinds.ts';
import { COURSE } from '../../tables/physics/course.ts';
import { signalIndex } from '../../tables/signals.ts';
import { ancestorOfKind, entitiesOfKind } from '../../topology/walk.ts';
import type { Course, CoursePlace, CourseTime } from './answer.ts';
import type { CoursePlan } from './plan.ts';
import type { CourseKnowledge, CourseRun, CourseRuns, Spread } from './run.ts';

const POWER = signalIndex('powerW');
const INLET = signalIndex('inletTempC');
const GPU_TEMP = signalIndex('gpuTempC');

/** All that stands in a place, and what it does beside the racks that are followed. */
interface Place {
  readonly id: string;
  readonly kind: 'rack' | 'hall';
  readonly hall: string | null;
  readonly rows: readonly number[];
  readonly restW: number;
  readonly restInletC: number;
  readonly restGpuC: number;
  readonly restGpus: number;
}

interface Told {
  readonly state: State;
  readonly plan: CoursePlan;
  readonly runs: CourseRuns;
  readonly known: CourseKnowledge;
}

export function* courseOf(
  state: State,
  plan: CoursePlan,
  runs: CourseRuns,
  known: CourseKnowledge,
): Generator<void, Course> {
  const told: Told = { state, plan, runs, known };
  const { topology } = state;
  const rows = Array.from(runs.racks, (_, row) => row);
  yield;
  const affected = rows.filter(row => isMoved(told, row));
  const worst = affected.sort((a, b) => byFate(runs, a, b)).slice(0, COURSE.racks.value);
  const halls = [
    ...new Set(Array.from(runs.racks, rack => ancestorOfKind(topology, rack, 'hall'))),
  ];
  const { kindStart } = topology;
  const count = (kind: number) => kindStart[kind + 1] - kindStart[kind];
  const movedGpus = affected.reduce((sum, row) => sum + runs.gpuCounts[row], 0);
  yield;
  const places: CoursePlace[] = [];
  for (const hall of halls.filter(one => one >= 0)) {
    places.push(placeOf(told, hallPlace(told, hall)));
    yield;
  }
  return {
    horizonS: plan.horizonS,
    stepS: runs.stepS,
    ...fateOf(told, rows, 0),
    halls: places,
    cooling: coolingOf(told),
    racks: worst.map(row => placeOf(told, rackPlace(told, row))),
    affectedRacks: affected.length,
    unaffected: {
      racks: count(KIND_INDEX.rack) - affected.length,
      gpus: count(KIND_INDEX.gpu) - movedGpus,
    },
    alreadyThrottling: runs.alreadyThrottling,
    slowdownTempC: Number.isFinite(runs.slowdownTempC) ? runs.slowdownTempC : null,
    ...eventsOf(told),
    bands: bandsOf(known),
  };
}

function coolingOf({ plan, runs: { nominal } }: Told): Course['cooling'] {
  const points = plan.timesS.map((atS, i) => ({ atS, powerW: rounded(nominal.coolingW[i]) }));
  return { points, energyJ: rounded(nominal.coolingJ) };
}

/** Whether anything of a rack moves by more than its sensors would tell. */
function isMoved({ plan, runs }: Told, row: number): boolean {
  const { nominal } = runs;
  if (nominal.throttled[row] + nominal.shutDown[row] + nominal.gone[row] > 0) return true;
  const n = plan.timesS.length;
  const spread = (of: Float32Array) => {
    const own = of.subarray(row * n, row * n + n);
    return own.reduce((most, value) => Math.max(most, Math.abs(value - own[0])), 0);
  };
  const baseW = Math.max(1, nominal.powerW[row * n]);
  return (
    spread(nominal.inletTempC) > COURSE.movedK.value ||
    spread(nominal.gpuTempC) > COURSE.movedK.value ||
    spread(nominal.powerW) / baseW > COURSE.movedPowerRatio.value
  );
}

const late = (atS: number) => (atS >= 0 ? atS : Number.POSITIVE_INFINITY);

/** First what throttles first, then what is without power, then what becomes hottest. */
function byFate({ nominal, racks }: CourseRuns, a: number, b: number): number {
  const n = nominal.gpuTempC.length / racks.length;
  const end = (row: number) => nominal.gpuTempC[row * n + n - 1] || 0;
  const [atA, atB] = [late(nominal.throttlesAtS[a]), late(nominal.throttlesAtS[b])];
  return (atA === atB ? 0 : atA - atB) || nominal.gone[b] - nominal.gone[a] || end(b) - end(a);
}

function rackPlace({ state: { topology }, runs }: Told, row: number): Place {
  const hall = ancestorOfKind(topology, runs.racks[row], 'hall');
  return {
    ...{ id: topology.ids[runs.racks[row]], kind: 'rack', hall: topology.ids[hall] ?? null },
    ...{ rows: [row], restW: 0, restInletC: Number.NaN, restGpuC: Number.NaN, restGpus: 0 },
  };
}

function hallPlace({ state, runs }: Told, hall: number): Place {
  const { topology } = state;
  const rows = Array.from(runs.racks, (_, row) => row).filter(
    row => ancestorOfKind(topology, runs.racks[row], 'hall') === hall,
  );
  const followed = new Set(rows.map(row => runs.racks[row]));
  let restW = 0;
  let restInletC = Number.NaN;
  let restGpuC = Number.NaN;
  for (const rack of entitiesOfKind(topology, 'rack', hall)) {
    if (followed.has(rack)) continue;
    restW += current(state, POWER, rack) || 0;
    restInletC = hotter(restInletC, current(state, INLET, rack));
    restGpuC = hotter(restGpuC, current(state, GPU_TEMP, rack));
  }
  const all = entitiesOfKind(topology, 'gpu', hall).length;
  const restGpus = all - rows.reduce((sum, row) => sum + runs.gpuCounts[row], 0);
  return {
    ...{ id: topology.ids[hall], kind: 'hall', hall: null, rows },
    ...{ restW, restInletC, restGpuC, restGpus },
  };
}

const hotter = (a: number, b: number) => (b > a || Number.isNaN(a) ? b : a);

function placeOf(told: Told, place: Place): CoursePlace {
  const { id, kind, hall, rows, restGpus } = place;
  const points = told.plan.timesS.map((atS, i) => ({
    atS,
    powerW: powerAt(told, place, i),
    inletTempC: inletAt(told, place, i),
    gpuTempC: gpuAt(told, place, i),
  }));
  return { id, kind, hall, ...fateOf(told, rows, restGpus), points };
}

const THREE = ['nominal', 'warm', 'cool'] as const;

/** Value and edges: of three runs, what is expected and what lies furthest. */
function bandOf([value, ...others]: readonly number[], { low, high }: Spread) {
  return {
    value: rounded(value),
    low: rounded(Math.min(value, ...others, value + low)),
    high: rounded(Math.max(value, ...others, value + high)),
  };
}

/** Thousandths of a kelvin and of a watt are noise of the simulation. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;

const NONE: Spread = { low: 0, high: 0 };

function powerAt({ runs, plan, known }: Told, { rows, restW }: Place, i: number) {
  const n = plan.timesS.length;
  const sum = (run: CourseRun, at: number) =>
    rows.reduce((w, row) => w + run.powerW[row * n + at], restW);
  const k = COURSE.powerRatio.value;
  const { low, high } = known.powerRatio ?? { low: -k, high: k };
  const of = THREE.map(name => sum(runs[name], i));
  // now is measured; a minute on neither what changes nor what goes on is sure
  const spreadW = Math.max(of[0], sum(runs.nominal, 0));
  const band = bandOf(of, i === 0 ? NONE : { low: low * spreadW, high: high * spreadW });
  return { ...band, low: Math.max(0, band.low) };
}

function inletAt({ runs, plan, known }: Told, { rows, restInletC }: Place, i: number) {
  const n = plan.timesS.length;
  const k = COURSE.inletTempK.value;
  const of = THREE.map(name =>
    rows.reduce((c, row) => hotter(c, runs[name].inletTempC[row * n + i]), restInletC),
  );
  return bandOf(of, i === 0 ? NONE : (known.inletTempK ?? { low: -k, high: k }));
}

function gpuAt({ runs, plan }: Told, { rows, restGpuC }: Place, i: number) {
  const n = plan.timesS.length;
  const of = THREE.map(name =>
    rows.reduce((c, row) => hotter(c, runs[name].gpuTempC[row * n + i]), restGpuC),
  );
  // the runs themselves differ by the error of the model
  return of.some(Number.isNaN) ? null : bandOf(of, NONE);
}

function fateOf({ runs }: Told, rows: readonly number[], restGpus: number) {
  const { nominal } = runs;
  const sum = (of: { readonly [row: number]: number }) =>
    rows.reduce((total, row) => total + of[row], 0);
  const workS = sum(nominal.workS);
  return {
    timeToThrottleS: timeOf(runs, rows, 'throttlesAtS'),
    timeToShutdownS: timeOf(runs, rows, 'shutsDownAtS'),
    gpuCount: restGpus + sum(runs.gpuCounts),
    throttledGpus: sum(nominal.throttled),
    shutDownGpus: sum(nominal.shutDown),
    darkGpus: sum(nominal.gone),
    lostWorkRatio: workS > 0 ? Math.min(1, sum(nominal.lostS) / workS) : null,
    lostGpuH: rounded(sum(nominal.lostS) / 3600),
  };
}

function timeOf(
  { nominal, warm, cool }: CourseRuns,
  rows: readonly number[],
  field: 'throttlesAtS' | 'shutsDownAtS',
): CourseTime {
  const first = (run: CourseRun) =>
    rows.reduce((atS, row) => Math.min(atS, late(run[field][row])), Number.POSITIVE_INFINITY);
  const orNull = (atS: number) => (Number.isFinite(atS) ? rounded(atS) : null);
  const [value, early, latest] = [first(nominal), first(warm), first(cool)];
  return {
    value: orNull(value),
    low: orNull(Math.min(value, early)),
    high: orNull(Math.max(value, latest)),
  };
}

const EVENTS_MAX = 100;

function eventsOf({ state: { topology }, plan }: Told): Pick<Course, 'events' | 'moreEvents'> {
  const all = plan.outage?.events ?? [];
  const events = all.slice(0, EVENTS_MAX).map(({ atS, what, entity }) => ({
    ...{ atS: rounded(atS), what, entity: topology.ids[entity] },
    kind: KINDS[topology.kind[entity]].id,
  }));
  return { events, moreEvents: all.length - events.length };
}

function bandsOf(known: CourseKnowledge): Course['bands'] {
  const times = COURSE.storesFactor.value;
  const stores = `air, metal and water hold 1/${times} to ${times} times the heat taken`;
  const of = (
    signal: Course['bands'][number]['signal'],
    record: Spread | undefined,
    says: string,
  ) =>
    record
      ? { signal, from: 'record' as const, says: `errors that the model has had so far; ${stores}` }
      : { signal, from: 'parameters' as const, says: `${says}, as no record says; ${stores}` };
  const { powerRatio, inletTempK, gpuTempK } = COURSE;
  return [
    of('powerW', known.powerRatio, `${100 * powerRatio.value} % of the power`),
    of('inletTempC', known.inletTempK, `${inletTempK.value} K`),
    of('gpuTempC', known.gpuTempK, `${gpuTempK.value} K`),
  ];
}
