/**
 * What goes on after a loss of supply, in time: batteries carry on until they are empty, standby
 * generators are called, start or fail to, and run as long as their fuel. A battery whose input is
 * back is taken to be full, and a generator that failed to start to be as any that failed.
 */
import { REDUNDANCY } from '../../tables/physics/reliability.ts';
import { type CompiledGraph, type CompiledStandby, isMet, liveOf } from './redundancy-graph.ts';

export interface StandbyCourse {
  nowH: number;
  /** By part: since when a battery is cut off from its input, h; NaN: it is not. */
  readonly cutAtH: Float64Array;
  /** By part: when a generator was called, h; NaN: nothing needs it. */
  readonly calledAtH: Float64Array;
}

export const newStandbyCourse = ({ count }: CompiledGraph): StandbyCourse => ({
  nowH: 0,
  cutAtH: new Float64Array(count).fill(Number.NaN),
  calledAtH: new Float64Array(count).fill(Number.NaN),
});

interface Standing {
  readonly graph: CompiledGraph;
  readonly course: StandbyCourse;
  readonly random: () => number;
  /** A generator that does not start is put down here. */
  readonly down: Uint8Array;
  readonly live: Uint8Array;
}

/**
 * What is live now, with what has come due: fills `live`.
 * @param isBiased failures to start are made likely
 * @returns true over made chance of the starts that were drawn
 */
export function settleStandby(of: Standing, isBiased: boolean): number {
  let weight = 1;
  let before = -1;
  // each round calls what the one before has found wanting
  for (let calls = 0; calls !== before; ) {
    before = calls;
    fillLive(of);
    for (const generator of of.graph.standbys) {
      const isWanted = of.down[generator.at] === 0 && isCalledFor(of, generator);
      const isCalled = !Number.isNaN(of.course.calledAtH[generator.at]);
      if (!isWanted) of.course.calledAtH[generator.at] = Number.NaN;
      if (!isWanted || isCalled) continue;
      weight *= call(of, generator, isBiased);
      calls++;
    }
  }
  return weight;
}

/** Hours until a battery is empty or a generator runs or stops by itself; infinite: never. */
export function dueInH({ graph, course }: Pick<Standing, 'graph' | 'course'>): number {
  let atH = Number.POSITIVE_INFINITY;
  const consider = (dueH: number) => {
    if (dueH > course.nowH && dueH < atH) atH = dueH;
  };
  for (const i of graph.batteries) consider(course.cutAtH[i] + graph.bridgeH[i]);
  for (const { at, startH, runH } of graph.standbys) {
    consider(course.calledAtH[at] + startH);
    consider(course.calledAtH[at] + startH + runH);
  }
  return atH - course.nowH;
}

/**
 * What is out from the start has been so for long: generators that stand in for it run already, and
 * batteries that were cut off by it are empty.
 */
export function settledGraph(whole: CompiledGraph): CompiledGraph {
  const without = (graph: CompiledGraph) => ({
    ...{ graph, course: newStandbyCourse(graph), random: () => 1 },
    ...{ down: graph.out.slice(), live: new Uint8Array(graph.count) },
  });
  const bridgeH = new Float64Array(whole.count);
  const unaided = without({ ...whole, bridgeH });
  settleStandby(unaided, false);
  const isIdle = (at: number) => Number.isNaN(unaided.course.calledAtH[at]);
  const graph = {
    ...whole,
    standbys: whole.standbys.filter(({ at }) => isIdle(at)),
    isStandby: whole.isStandby.map((flag, at) => (flag === 1 && isIdle(at) ? 1 : 0)),
  };
  const aided = without({ ...graph, bridgeH });
  fillLive(aided);
  const isFull = (i: number) => Number.isNaN(aided.course.cutAtH[i]);
  return {
    ...graph,
    bridgeH: whole.bridgeH.map((h, i) => (isFull(i) ? h : 0)),
    batteries: whole.batteries.filter(isFull),
  };
}

function fillLive({ graph, course, down, live }: Standing) {
  const { nowH, cutAtH, calledAtH } = course;
  for (const { at, startH, runH } of graph.standbys) {
    const runsFromH = calledAtH[at] + startH;
    // NaN, where it is not called, is within nothing
    live[at] = nowH >= runsFromH && nowH < runsFromH + runH ? 1 : 0;
  }
  for (let i = 0; i < graph.count; i++) {
    if (graph.isStandby[i] === 1) {
      if (down[i] === 1) live[i] = 0;
      continue;
    }
    const isSupplied = graph.needs[i].every(need => isMet(need, live));
    if (isSupplied) cutAtH[i] = Number.NaN;
    else if (Number.isNaN(cutAtH[i])) cutAtH[i] = nowH;
    const isCarried = isSupplied || nowH < cutAtH[i] + graph.bridgeH[i];
    live[i] = down[i] === 0 && isCarried ? 1 : 0;
  }
}

/** Something that it supplies has too little without it. */
function isCalledFor({ live }: Standing, { at, helps }: CompiledStandby): boolean {
  return helps.some(({ atLeast, of }) => liveOf(of, live) - live[at] < atLeast);
}

function call(of: Standing, generator: CompiledStandby, isBiased: boolean): number {
  const { at, failsToStartRatio: fails } = generator;
  if (fails <= 0) {
    of.course.calledAtH[at] = of.course.nowH;
    return 1;
  }
  const chance = isBiased ? Math.max(fails, REDUNDANCY.startFailureBias.value) : fails;
  if (of.random() < chance) {
    of.down[at] = 1;
    return fails / chance;
  }
  of.course.calledAtH[at] = of.course.nowH;
  return (1 - fails) / (1 - chance);
}
