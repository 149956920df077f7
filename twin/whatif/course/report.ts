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
  readonly restHosts: number;
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
    ...fateOf(told, rows, NOTHING),
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

const NOTHING = { restGpus: 0, restHosts: 0 };

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
    ...{ rows: [row], restW: 0, restInletC: Number.NaN, restGpuC: Number.NaN, ...NOTHING },
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
  const rest = (kind: 'gpu' | 'host', counts: Int32Array) =>
    entitiesOfKind(topology, kind, hall).length - rows.reduce((sum, row) => sum + counts[row], 0);
  return {
    ...{ id: topology.ids[hall], kind: 'hall', hall: null, rows },
    ...{ restW, restInletC, restGpuC, restGpus: rest('gpu', runs.gpuCounts) },
    restHosts: rest('host', runs.hostCounts),
  };
}

const hotter = (a: number, b: number) => (b > a || Number.isNaN(a) ? b : a);

function placeOf(told: Told, place: Place): CoursePlace {
  const { id, kind, hall, rows } = place;
  const inlets = inletsOf(told, place);
  const gpus = gpusOf(told, place);
  const points = told.plan.timesS.map((atS, i) => ({
    ...{ atS, powerW: powerAt(told, place, i), inletTempC: inlets[i], gpuTempC: gpus[i] },
    hostsOff: hostsOffAt(told, place, i),
  }));
  return { id, kind, hall, ...fateOf(told, rows, place), points };
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

/**
 * Hottest of a place in each run, and the hottest that a course between them may have then: where the
 * run that warms faster is past its peak and the one that warms slower is not, some are at such a peak.
 */
function hottestOf(
  { runs, plan }: Told,
  { rows }: Place,
  of: 'inletTempC' | 'gpuTempC',
  restC: number,
) {
  const n = plan.timesS.length;
  const series = THREE.map(name =>
    Float64Array.from(plan.timesS, (_, i) =>
      rows.reduce((c, row) => hotter(c, runs[name][of][row * n + i]), restC),
    ),
  );
  const [nominal, warm, cool] = series;
  const coolPeak = cool.indexOf(Math.max(...cool));
  let peakC = Number.NEGATIVE_INFINITY;
  return plan.timesS.map((_, i) => {
    peakC = Math.max(peakC, nominal[i], warm[i]);
    return [...series.map(values => values[i]), i < coolPeak ? peakC : nominal[i]];
  });
}

function inletsOf(told: Told, place: Place) {
  const k = COURSE.inletTempK.value;
  const record = told.known.inletTempK ?? { low: -k, high: k };
  return hottestOf(told, place, 'inletTempC', place.restInletC).map((of, i) =>
    bandOf(of, i === 0 ? NONE : record),
  );
}

/** The runs differ by the error of the model, but for GPUs that throttle: all hold their limit. */
function gpusOf(told: Told, place: Place) {
  const { slowdownTempC } = told.runs;
  const high = told.known.gpuTempK?.high ?? COURSE.gpuTempK.value;
  return hottestOf(told, place, 'gpuTempC', place.restGpuC).map(of => {
    if (of.some(Number.isNaN)) return null;
    const isHeld = Math.max(...of) > slowdownTempC - COURSE.heldWithinK.value;
    return bandOf([...of, isHeld ? slowdownTempC + high : of[0]], NONE);
  });
}

function hostsOffAt({ runs, plan }: Told, { rows }: Place, i: number) {
  const n = plan.timesS.length;
  const sum = (counts: Int32Array) => rows.reduce((total, row) => total + counts[row * n + i], 0);
  const of = THREE.map(name => sum(runs[name].hostsOff));
  return bandOf([...of, ...THREE.map(name => sum(runs[name].hostsOffMost))], NONE);
}

function fateOf({ runs }: Told, rows: readonly number[], rest: typeof NOTHING) {
  const { nominal } = runs;
  const sum = (of: { readonly [row: number]: number }) =>
    rows.reduce((total, row) => total + of[row], 0);
  const workS = sum(nominal.workS);
  const of = (field: 'throttlesAtS' | 'shutsDownAtS' | 'earliestOffAtS') =>
    THREE.map(name => runs[name][field]);
  return {
    timeToThrottleS: timeOf(rows, of('throttlesAtS')),
    timeToShutdownS: timeOf(rows, [...of('shutsDownAtS'), ...of('earliestOffAtS')]),
    hostCount: rest.restHosts + sum(runs.hostCounts),
    gpuCount: rest.restGpus + sum(runs.gpuCounts),
    throttledGpus: sum(nominal.throttled),
    shutDownGpus: sum(nominal.shutDown),
    darkGpus: sum(nominal.gone),
    lostWorkRatio: workS > 0 ? Math.min(1, sum(nominal.lostS) / workS) : null,
    lostGpuH: rounded(sum(nominal.lostS) / 3600),
  };
}

/** @param times of each rack; the first are expected, the others as early and late as they may be */
function timeOf(rows: readonly number[], times: readonly Float32Array[]): CourseTime {
  const firsts = times.map(atS =>
    rows.reduce((first, row) => Math.min(first, late(atS[row])), Number.POSITIVE_INFINITY),
  );
  const orNull = (atS: number) => (Number.isFinite(atS) ? rounded(atS) : null);
  return {
    value: orNull(firsts[0]),
    low: orNull(Math.min(...firsts)),
    high: orNull(Math.max(...firsts)),
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
