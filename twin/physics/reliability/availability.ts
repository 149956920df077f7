/**
 * Availability of a service on a redundancy graph, by simulation.
 *
 * Redundant supply is lost so rarely that plain simulation of centuries sees nothing. Failures are
 * therefore made as likely as repairs while something is down already, each kind of failure about
 * as likely as any other, and every path is weighted by how much likelier it was made ("balanced
 * failure biasing" of highly reliable Markov systems). The mean stays right, and rare losses are
 * seen often. Times to failure and repair are exponential; a path runs from all parts up until all are up
 * again. What batteries and generators do meanwhile takes the time that it takes: where something of
 * theirs is due, the stay is drawn, and ends with it if that comes first.
 */
import { atOnce } from '../../parts.ts';
import { HOURS_PER_YEAR, REDUNDANCY } from '../../tables/physics/reliability.ts';
import { seededRandom } from '../random.ts';
import {
  type CompiledGraph,
  compileGraph,
  isServed,
  type RedundancyGraph,
} from './redundancy-graph.ts';
import {
  dueInH,
  newStandbyCourse,
  type StandbyCourse,
  settledGraph,
  settleStandby,
} from './standby.ts';

export interface Availability {
  /** Part of the time that the service is there, 0-1. */
  readonly availabilityRatio: number;
  readonly unavailabilityRatio: number;
  /** 95 % confidence interval of the unavailability. */
  readonly unavailabilityLow: number;
  readonly unavailabilityHigh: number;
  readonly outagesPerYear: number;
  /** Mean length of an outage, h; 0 if none was seen. */
  readonly outageH: number;
  readonly paths: number;
  /** Paths on which the service was lost: with none, it is out of the simulation's reach. */
  readonly pathsWithOutage: number;
}

export interface SimulationSize {
  readonly paths?: number;
  readonly seed?: number;
}

/**
 * @param size paths (20,000 unless told) and seed: the same seed gives the same answer
 * @throws RangeError if so much fails at once that all parts are never up together
 */
export function simulateAvailability(
  graph: RedundancyGraph,
  size: SimulationSize = {},
): Availability {
  return atOnce(availabilityInParts(graph, size));
}

/** Of some ten parts a millisecond or less. */
const PATHS_IN_A_PART = 16;

/** The same with pauses, in which other work may go on; what is wrong is thrown before the first. */
export function* availabilityInParts(
  graph: RedundancyGraph,
  { paths = REDUNDANCY.paths.value, seed = REDUNDANCY.seed.value }: SimulationSize = {},
): Generator<void, Availability> {
  if (!(paths >= 2)) throw new RangeError(`paths ${paths} must be at least 2`);
  const compiled = settledGraph(compileGraph(graph));
  const walk = newWalk(compiled, seededRandom(seed));
  const isServedIntact = isServed(compiled, walk.down, walk.live);
  const sums = { down: 0, total: 0, downDown: 0, downTotal: 0, totalTotal: 0, outages: 0, seen: 0 };
  if (countFailures(walk) === 0 || !isServedIntact) sums.total = 1;
  else {
    for (let path = 0; path < paths; path++) {
      if (path % PATHS_IN_A_PART === 0) yield;
      addPath(walk, sums);
    }
  }
  return summary(sums, paths, isServedIntact);
}

/**
 * Parts whose loss alone takes the service, from what is up now.
 * @returns ids; none where the service is not there at all
 */
export function singlePointsOf(graph: RedundancyGraph): string[] {
  const compiled = compileGraph(graph);
  const { down, live } = newWalk(compiled, () => 0);
  if (!isServed(compiled, down, live)) return [];
  return compiled.ids.filter((_, i) => {
    if (i === compiled.serves || down[i] === 1) return false;
    down[i] = 1;
    const isLost = !isServed(compiled, down, live);
    down[i] = 0;
    return isLost;
  });
}

type Sums = Record<
  'down' | 'total' | 'downDown' | 'downTotal' | 'totalTotal' | 'outages' | 'seen',
  number
>;

function summary(sums: Sums, paths: number, isServedIntact: boolean): Availability {
  const ratio = isServedIntact ? sums.down / sums.total : 1;
  const squares = sums.downDown - 2 * ratio * sums.downTotal + ratio * ratio * sums.totalTotal;
  const error = isServedIntact ? Math.sqrt(Math.max(0, squares)) / sums.total : 0;
  const outagesPerH = sums.outages / sums.total;
  return {
    availabilityRatio: 1 - ratio,
    unavailabilityRatio: ratio,
    unavailabilityLow: Math.max(0, ratio - REDUNDANCY.quantile.value * error),
    unavailabilityHigh: Math.min(1, ratio + REDUNDANCY.quantile.value * error),
    outagesPerYear: outagesPerH * HOURS_PER_YEAR,
    outageH: outagesPerH > 0 ? ratio / outagesPerH : 0,
    paths,
    pathsWithOutage: sums.seen,
  };
}

interface Walk {
  readonly graph: CompiledGraph;
  readonly random: () => number;
  readonly down: Uint8Array;
  readonly live: Uint8Array;
  readonly course: StandbyCourse;
  /** Rate of each thing that can fail now: parts, then groups with a common cause. */
  readonly rates: Float64Array;
  /** Sum of `rates`, and of the repairs under way, per hour. */
  failing: number;
  repairing: number;
}

const newWalk = (graph: CompiledGraph, random: () => number): Walk => ({
  graph,
  random,
  down: graph.out.slice(),
  live: new Uint8Array(graph.count),
  course: newStandbyCourse(graph),
  rates: new Float64Array(graph.count + graph.shared.length),
  failing: 0,
  repairing: 0,
});

/** From all up until all are up again. Stays in a state count with their mean. */
function addPath(walk: Walk, sums: Sums) {
  const { graph, live, course, random } = walk;
  course.nowH = 0;
  let weight = 1;
  let [downH, totalH] = [0, 0];
  let [isDown, wasDown] = [false, false];
  for (let step = 0; ; step++) {
    const possible = countFailures(walk);
    const { failing, repairing } = walk;
    if (step > 0 && repairing === 0) break;
    if (step > REDUNDANCY.stepsMax.value) {
      throw new RangeError('so much fails at once that all parts are never up together');
    }
    const meanH = 1 / (failing + repairing);
    const dueH = dueInH(walk);
    const isTimed = dueH < Number.POSITIVE_INFINITY;
    const drawnH = isTimed ? -meanH * Math.log(1 - random()) : meanH;
    const stayH = Math.min(drawnH, dueH);
    course.nowH += stayH;
    totalH += weight * stayH;
    if (isDown) downH += weight * stayH;
    if (stayH < dueH) weight *= move(walk, possible, wasDown);
    weight *= settleStandby(walk, !wasDown);
    const isDownNow = live[graph.serves] === 0;
    if (isDownNow && !isDown) sums.outages += weight;
    isDown = isDownNow;
    wasDown ||= isDown;
  }
  sums.down += downH;
  sums.total += totalH;
  sums.downDown += downH * downH;
  sums.downTotal += downH * totalH;
  sums.totalTotal += totalH * totalH;
  if (wasDown) sums.seen++;
}

/** The next failure or repair. @returns true over made chance of it */
function move(walk: Walk, possible: number, wasDown: boolean): number {
  const { failing, repairing, random } = walk;
  const natural = failing / (failing + repairing);
  const isBiased = !wasDown && failing > 0 && natural < REDUNDANCY.failureBias.value;
  const chance = isBiased ? REDUNDANCY.failureBias.value : natural;
  if (random() < chance) return (natural / chance) * fail(walk, wasDown ? 0 : possible);
  repair(walk);
  return (1 - natural) / (1 - chance);
}

/** Rates as things stand. @returns how many different failures are possible */
function countFailures(walk: Walk): number {
  const { graph, down, rates } = walk;
  walk.failing = 0;
  walk.repairing = 0;
  let possible = 0;
  for (let i = 0; i < graph.count; i++) {
    rates[i] = down[i] ? 0 : graph.failPerH[i];
    if (down[i]) walk.repairing += graph.repairPerH[i];
  }
  graph.shared.forEach(({ perH, of }, g) => {
    rates[graph.count + g] = of.some(i => down[i] === 0) ? perH : 0;
  });
  for (const rate of rates) {
    walk.failing += rate;
    if (rate > 0) possible++;
  }
  return possible;
}

/**
 * Something fails. With `possible` above 0 half of the choices are made without regard to the
 * rates, so that the rare failures are seen too.
 * @returns true over made chance of the failure chosen
 */
function fail(walk: Walk, possible: number): number {
  const { graph, rates, failing, down, random } = walk;
  const even = possible > 0 ? 0.5 / possible : 0;
  const byRate = possible > 0 ? 0.5 / failing : 1 / failing;
  let left = random();
  let chosen = -1;
  for (let i = 0; i < rates.length && left >= 0; i++) {
    if (rates[i] === 0) continue;
    chosen = i;
    left -= even + byRate * rates[i];
  }
  if (chosen < graph.count) down[chosen] = 1;
  else for (const i of graph.shared[chosen - graph.count].of) down[i] = 1;
  return rates[chosen] / failing / (even + byRate * rates[chosen]);
}

function repair({ graph, down, random, repairing }: Walk) {
  let left = random() * repairing;
  let chosen = -1;
  for (let i = 0; i < graph.count && left >= 0; i++) {
    if (down[i] === 0 || graph.repairPerH[i] === 0) continue;
    chosen = i;
    left -= graph.repairPerH[i];
  }
  down[chosen] = 0;
}
