/**
 * Runs a plan three times: as the figures say, with those that warm faster, and with those that warm
 * slower. What the three leave open is the band of the course.
 */
import type { Parts } from '../../parts.ts';
import { type Anchored, anchor } from '../../physics/transient/anchor.ts';
import { type TransientParameters, transientInParts } from '../../physics/transient/build.ts';
import type { TransientState } from '../../physics/transient/columns.ts';
import { followInlets, sinkLag } from '../../physics/transient/sink-lag.ts';
import { step } from '../../physics/transient/step.ts';
import { copyTransient } from '../../physics/transient/stop.ts';
import type { State } from '../../state/state.ts';
import { COURSE } from '../../tables/physics/course.ts';
import type { Topology } from '../../topology/topology.ts';
import { type Actor, createActor } from './act.ts';
import type { HostLimit } from './heat-off.ts';
import type { CoursePlan } from './plan.ts';

/** Errors: what is measured lies between the model plus `low` and the model plus `high`. */
export interface Spread {
  readonly low: number;
  readonly high: number;
}

/** What is known of parameters and errors beyond the classes; all of it may be absent. */
export interface CourseKnowledge {
  readonly parameters?: TransientParameters;
  /** From the record of the models, K, K, and parts of the power. */
  readonly gpuTempK?: Spread;
  readonly inletTempK?: Spread;
  readonly powerRatio?: Spread;
}

/** Rows of racks with one entry an instant each. */
export interface CourseRun {
  readonly powerW: Float32Array;
  readonly inletTempC: Float32Array;
  readonly gpuTempC: Float32Array;
  /** Hosts that are off, by heat or without power; and those that are if their limits are low. */
  readonly hostsOff: Int32Array;
  readonly hostsOffMost: Int32Array;
  /** Fans and pumps of all cooling units of these racks, one an instant; and what they use, J. */
  readonly coolingW: Float64Array;
  coolingJ: number;
  /** One a rack; NaN: not within the horizon. */
  readonly throttlesAtS: Float32Array;
  readonly shutsDownAtS: Float32Array;
  /** The second one as early as limits of hosts may lie. */
  readonly earliestOffAtS: Float32Array;
  /** One a rack: counts of GPUs, seconds of work and of work lost. */
  readonly throttled: Int32Array;
  readonly shutDown: Int32Array;
  readonly gone: Int32Array;
  readonly workS: Float64Array;
  readonly lostS: Float64Array;
}

export interface CourseRuns {
  readonly nominal: CourseRun;
  readonly warm: CourseRun;
  readonly cool: CourseRun;
  readonly stepS: number;
  /** Rack entities, GPUs and hosts of each, in the order of the rows. */
  readonly racks: Int32Array;
  readonly gpuCounts: Int32Array;
  readonly hostCounts: Int32Array;
  readonly alreadyThrottling: number;
  /** Of the GPUs that throttle first, °C; infinite without GPUs. */
  readonly slowdownTempC: number;
}

/** @param live is only read, also in pauses */
export function* runCourse(
  live: State,
  plan: CoursePlan,
  { parameters = {}, gpuTempK }: CourseKnowledge,
): Parts<CourseRuns> {
  const { topology } = live;
  const built = yield* transientInParts(live, topology, { parameters, racks: plan.racks });
  const anchored = yield* anchor(live, built, parameters);
  const isFine = built.gpus.count <= COURSE.fineGpus.value;
  const stepS = (isFine ? COURSE.stepS : COURSE.coarseStepS).value;
  const bandStepS = (isFine ? COURSE.stepS : COURSE.coarseBandStepS).value;
  const play = (state: TransientState, limit: HostLimit, dtS: number) =>
    playPlan({ topology, plan, anchored: { ...anchored, state }, limit }, dtS);
  const { value: k } = COURSE.gpuTempK;
  const { low, high } = gpuTempK ?? { low: -k, high: k };
  const nominal = yield* play(yield* copyTransient(anchored.state), 'expected', stepS);
  // what stays on gets hotter and goes off later; what would go off sooner is noted on the way
  const hotter = shifted(yield* copyTransient(anchored.state), high, -1);
  const warm = yield* play(hotter, 'highest', bandStepS);
  const cool = yield* play(shifted(anchored.state, low, 1), 'highest', bandStepS);
  const { hostStart } = built.racks;
  const isAlready = anchored.isThrottling.reduce((sum, flag) => sum + flag, 0);
  return {
    ...{ nominal, warm, cool, stepS, racks: plan.racks, alreadyThrottling: isAlready },
    gpuCounts: gpuCountsOf(built),
    hostCounts: Int32Array.from(plan.racks, (_, r) => hostStart[r + 1] - hostStart[r]),
    slowdownTempC: slowdownOf(built),
  };
}

/** GPUs that much warmer than the model has them, and air and solids that hold more or less. */
function shifted(state: TransientState, gpuK: number, storesSign: 1 | -1): TransientState {
  const { hosts, crahs, loops } = state;
  const ratio = COURSE.storesFactor.value ** storesSign;
  const rackKinds = state.rackKinds.map(kind => ({
    airJPerK: ratio * kind.airJPerK,
    solidsJPerK: ratio * kind.solidsJPerK,
    couplingRatio: ratio * kind.couplingRatio,
    stillCouplingWPerK: ratio * kind.stillCouplingWPerK,
  }));
  for (const stores of [crahs.waterJPerK, loops.heatJPerK]) {
    for (let unit = 0; unit < stores.length; unit++) stores[unit] *= ratio;
  }
  for (let host = 0; host < hosts.count; host++) {
    hosts.inletOffsetK[host] += gpuK;
    hosts.hottestC[host] += gpuK;
  }
  return { ...state, rackKinds };
}

interface Playing {
  readonly topology: Topology;
  readonly plan: CoursePlan;
  readonly anchored: Anchored;
  readonly limit: HostLimit;
}

function* playPlan({ topology, plan, anchored, limit }: Playing, stepS: number): Parts<CourseRun> {
  const { state, hostAdjustK } = anchored;
  const { timesS } = plan;
  const run = newRun(state, timesS.length);
  const actor = yield* createActor(topology, state, plan, { hostAdjustK, limit });
  yield;
  const lag = sinkLag(state);
  record(run, anchored, actor, 0);
  yield;
  for (let i = 1; i < timesS.length; i++) {
    for (let nowS = timesS[i - 1]; nowS < timesS[i]; ) {
      actor.act(nowS);
      const untilS = Math.min(timesS[i], actor.nextS(nowS));
      // the last step before a change is as long as it takes
      const dtS = untilS - nowS < 1.5 * stepS ? untilS - nowS : stepS;
      step(state, dtS);
      run.coolingJ += coolingW(state) * dtS;
      followInlets(state, lag, dtS);
      nowS = untilS - nowS < 1.5 * stepS ? untilS : nowS + stepS;
      yield;
    }
    record(run, anchored, actor, i);
  }
  tally(run, anchored, actor, plan.horizonS);
  return run;
}

function newRun({ racks: { count } }: TransientState, instants: number): CourseRun {
  return {
    powerW: new Float32Array(count * instants),
    inletTempC: new Float32Array(count * instants),
    gpuTempC: new Float32Array(count * instants),
    hostsOff: new Int32Array(count * instants),
    hostsOffMost: new Int32Array(count * instants),
    coolingW: new Float64Array(instants),
    coolingJ: 0,
    throttlesAtS: new Float32Array(count).fill(Number.NaN),
    shutsDownAtS: new Float32Array(count).fill(Number.NaN),
    earliestOffAtS: new Float32Array(count).fill(Number.NaN),
    throttled: new Int32Array(count),
    shutDown: new Int32Array(count),
    gone: new Int32Array(count),
    workS: new Float64Array(count),
    lostS: new Float64Array(count),
  };
}

function record(run: CourseRun, anchored: Anchored, { isDark: isOff, heat }: Actor, i: number) {
  const { state, inletAdjustK, besideW } = anchored;
  const instants = run.coolingW.length;
  const { racks, hosts } = state;
  run.coolingW[i] = coolingW(state);
  for (let rack = 0; rack < racks.count; rack++) {
    const at = rack * instants + i;
    // switches go dark with the hosts that hang on them
    const isDark = racks.powerW[rack] < 1 && racks.hostStart[rack] < racks.hostStart[rack + 1];
    run.powerW[at] = racks.powerW[rack] + (isDark ? 0 : besideW[rack]);
    run.inletTempC[at] = racks.airC[rack] + inletAdjustK[rack];
    let hottestC = Number.NaN;
    for (let host = racks.hostStart[rack]; host < racks.hostStart[rack + 1]; host++) {
      if (isOff[host] === 1) run.hostsOff[at]++;
      if (isOff[host] === 1 || heat.earliestAtS[host] >= 0) run.hostsOffMost[at]++;
      if (hosts.gpuStart[host] === hosts.gpuStart[host + 1]) continue;
      if (!(hottestC >= hosts.hottestC[host])) hottestC = hosts.hottestC[host];
    }
    run.gpuTempC[at] = hottestC;
  }
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

const coolingW = ({ crahs, loops }: TransientState) => sum(crahs.fanW) + sum(loops.pumpW);

/** Counts over GPUs, by rack; what throttled before anything was changed is left out. */
function tally(
  run: CourseRun,
  { state, isThrottling }: Anchored,
  { goneAtS, hasWork, capLoss, heat }: Actor,
  horizonS: number,
) {
  const { gpus, hosts } = state;
  for (let host = 0; host < hosts.count; host++) {
    const rack = hosts.rack[host];
    run.shutsDownAtS[rack] = sooner(run.shutsDownAtS[rack], heat.offAtS[host]);
    run.earliestOffAtS[rack] = sooner(run.earliestOffAtS[rack], heat.earliestAtS[host]);
    for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
      const goneS = goneAtS[g] >= 0 ? goneAtS[g] : horizonS;
      const throttledS = gpus.throttledAtS[g];
      const downS = gpus.downAtS[g] < goneS ? gpus.downAtS[g] : Number.NaN;
      if (goneAtS[g] >= 0) run.gone[rack]++;
      if (throttledS < goneS && isThrottling[g] === 0) {
        run.throttled[rack]++;
        run.throttlesAtS[rack] = sooner(run.throttlesAtS[rack], throttledS);
      }
      if (downS >= 0) {
        run.shutDown[rack]++;
        run.shutsDownAtS[rack] = sooner(run.shutsDownAtS[rack], downS);
      }
      if (hasWork[g] === 0) continue;
      const endS = downS >= 0 ? downS : goneS;
      // a GPU that is off goes on counting for a while: until then it was slow at the most
      const mostS = throttledS >= 0 ? downS - throttledS : downS;
      const slowS = downS >= 0 ? Math.min(gpus.lostS[g], mostS) : gpus.lostS[g];
      run.workS[rack] += horizonS;
      const lostS = Math.min(slowS, endS);
      run.lostS[rack] += lostS + capLoss[g] * (endS - lostS) + horizonS - endS;
    }
  }
}

/** NaN is never. */
const sooner = (a: number, b: number) => (a <= b || Number.isNaN(b) ? a : b);

function gpuCountsOf({ racks, hosts }: TransientState): Int32Array {
  return Int32Array.from(
    { length: racks.count },
    (_, r) => hosts.gpuStart[racks.hostStart[r + 1]] - hosts.gpuStart[racks.hostStart[r]],
  );
}

function slowdownOf({ hosts, gpuKinds }: TransientState): number {
  let lowestC = Number.POSITIVE_INFINITY;
  for (let host = 0; host < hosts.count; host++) {
    if (hosts.gpuStart[host] === hosts.gpuStart[host + 1]) continue;
    lowestC = Math.min(lowestC, gpuKinds[hosts.gpuKind[host]].slowdownTempC);
  }
  return lowestC;
}
