/** GPU power and temperature over one step: the hottest loop of the simulation. */
import { DVFS } from '../../tables/physics/power.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { GpuKind, TransientState } from './columns.ts';

const EXPONENT = DVFS.exponent.value;
const FLOOR_RATIO = TRANSIENT.clockFloorRatio.value;
const FLOOR_POWER_RATIO = FLOOR_RATIO ** EXPONENT;
const REF_SPEED = TRANSIENT.sinkSpeedRefRatio.value;
const FAN_LEVELS = 256;

/** Part of the die's lag left after a step below which the die counts as settled. */
const SETTLED_RATIO = 1e-3;

interface KindStep {
  readonly kind: GpuKind;
  readonly dtS: number;
  readonly dieKeep: number;
  readonly dieFlow: number;
  readonly isSettled: boolean;
  /** `sinkKeep, sinkGain` of each fan level. */
  readonly sinks: Float64Array;
}

/**
 * At constant power `P` over the step `die' = dieKeep die + (1 - dieKeep) P`, its mean into the sink
 * `flow = dieFlow die + (1 - dieFlow) P`, `sink' = sinkKeep sink + sinkGain flow`, and
 * `junction' = coolant + R (share die' + (1 - share) sink')`.
 */
function workOut(kind: GpuKind, dtS: number): KindStep {
  const keep = Math.exp(-dtS / kind.dieTauS);
  const isSettled = keep < SETTLED_RATIO;
  const dieKeep = isSettled ? 0 : keep;
  // of a settled die what the sink gets is the power less what the die has taken up
  const dieFlow = (kind.dieTauS / dtS) * (1 - dieKeep);
  const sinks = new Float64Array(2 * (FAN_LEVELS + 1));
  for (let level = 0; level <= FAN_LEVELS; level++) {
    const speed = Math.max(0.05, level / FAN_LEVELS) / REF_SPEED;
    const factor = speed ** -kind.sinkSpeedExponent;
    const rate = -dtS / (kind.sinkTauS * factor);
    sinks.set([Math.exp(rate), factor * -Math.expm1(rate)], 2 * level);
  }
  return { kind, dtS, dieKeep, dieFlow, isSettled, sinks };
}

const made = new WeakMap<GpuKind, KindStep>();

/** That of the last step, where it was as long. */
function kindStepOf(kind: GpuKind, dtS: number): KindStep {
  const last = made.get(kind);
  if (last?.dtS === dtS) return last;
  const step = workOut(kind, dtS);
  made.set(kind, step);
  return step;
}

/** Steps all GPUs; writes their power, heat and hottest junction per host. */
export function stepGpus(state: TransientState, dtS: number) {
  const steps = state.gpuKinds.map(kind => kindStepOf(kind, dtS));
  steps.forEach((step, k) => {
    state.isDieSettled[k] = step.isSettled ? 1 : 0;
  });
  const { count, gpuKind } = state.hosts;
  for (let from = 0, to = 0; from < count; from = to) {
    const step = steps[gpuKind[from]];
    for (to = from + 1; to < count && gpuKind[to] === gpuKind[from]; ) to++;
    if (step.isSettled) stepSettled(state, step, from, to);
    else stepLagging(state, step, from, to);
  }
}

/** What cools the GPUs of a host: its liquid loop, else the air at its inlet, °C. */
export function coolantTempC(
  { racks, loops, hosts }: TransientState,
  host: number,
  rack: number,
): number {
  const loop = racks.loop[rack];
  if (loop >= 0 && hosts.liquidRatio[host] > 0) return loops.waterC[loop];
  return racks.airC[rack] + hosts.inletOffsetK[host];
}

/** Junction of a GPU, °C, with the coolant as it is now. */
export function junctionTempC(state: TransientState, gpu: number, host: number): number {
  const { gpus, hosts } = state;
  const { dieShareRatio } = state.gpuKinds[hosts.gpuKind[host]];
  return (
    coolantTempC(state, host, hosts.rack[host]) +
    gpus.resistanceKPerW[gpu] *
      (dieShareRatio * gpus.dieW[gpu] + (1 - dieShareRatio) * gpus.sinkW[gpu])
  );
}

/** Mean power of a GPU over the last step, W. */
export function gpuStepPowerW(state: TransientState, gpu: number, host: number): number {
  const { gpus, hosts, isDieSettled } = state;
  return isDieSettled[hosts.gpuKind[host]] ? gpus.dieW[gpu] : gpus.powerW[gpu];
}

/** Sums over GPUs of one host in one step. */
interface HostSums {
  readonly gpuW: number;
  /** Change of what all dies and sinks pass on, W. */
  readonly dieGainW: number;
  readonly sinkGainW: number;
  readonly hottestC: number;
}

function stepLagging(state: TransientState, step: KindStep, from: number, to: number) {
  const { gpuStart } = state.hosts;
  for (let host = from; host < to; host++) {
    if (gpuStart[host] === gpuStart[host + 1]) continue;
    close(state, step, host, stepRest(state, step, host, gpuStart[host]));
  }
}

/** Heat that left the sinks is the power less what dies and sinks took up: nothing is lost. */
function close({ hosts }: TransientState, step: KindStep, host: number, sums: HostSums) {
  const { dieTauS, sinkTauS } = step.kind;
  const { gpuW, dieGainW, sinkGainW, hottestC } = sums;
  hosts.gpuPowerW[host] = gpuW;
  hosts.hottestC[host] = hottestC;
  hosts.gpuHeatW[host] = gpuW - (dieTauS * dieGainW + sinkTauS * sinkGainW) / step.dtS;
}

/**
 * GPUs of one host from one of them on, with all they touch in locals. For each it does:
 * `power = held(target * leakage(junction)); poles = exact(poles, power)`.
 * The leakage is that of the junction at the end of the step had the power stayed as it was.
 */
function stepRest(state: TransientState, step: KindStep, host: number, from: number): HostSums {
  const { leakPerK, leakFromTempC, slowdownTempC, dieShareRatio } = step.kind;
  const { sinks, dieKeep, dieFlow } = step;
  const row = 2 * Math.round(state.hosts.fanRatio[host] * FAN_LEVELS);
  const [sinkKeep, sinkGain] = [sinks[row], sinks[row + 1]];
  const sinkOfDie = sinkGain * dieFlow;
  const sinkOfPower = sinkGain - sinkOfDie;
  const sinkShare = 1 - dieShareRatio;
  const riseOfDie = dieShareRatio * dieKeep;
  const riseOfPower = dieShareRatio - riseOfDie + sinkShare * sinkOfPower;
  const { targetW, capW, resistanceKPerW, powerW, dieW, sinkW } = state.gpus;
  const inletC = coolantTempC(state, host, state.hosts.rack[host]);
  let gpuW = 0;
  let dieGainW = 0;
  let sinkGainW = 0;
  let hottestC = inletC;
  const end = state.hosts.gpuStart[host + 1];
  for (let gpu = from; gpu < end; gpu++) {
    const die = dieW[gpu];
    const sink = sinkW[gpu];
    const r = resistanceKPerW[gpu];
    const sinkLeft = sinkKeep * sink + sinkOfDie * die;
    const coldC = inletC + r * (riseOfDie * die + sinkShare * sinkLeft);
    const perW = r * riseOfPower;
    const overK = coldC + perW * die - leakFromTempC;
    let power = overK > 0 ? targetW[gpu] * (1 + leakPerK * overK) : targetW[gpu];
    let hotC = coldC + perW * power;
    if (power > capW[gpu] || hotC > slowdownTempC) {
      power = held(state, step, { gpu, askedW: power, coldC, perW });
      hotC = coldC + perW * power;
    }
    const nextDie = dieKeep * die + (1 - dieKeep) * power;
    const nextSink = sinkLeft + sinkOfPower * power;
    powerW[gpu] = power;
    dieW[gpu] = nextDie;
    sinkW[gpu] = nextSink;
    gpuW += power;
    dieGainW += nextDie - die;
    sinkGainW += nextSink - sink;
    if (hotC > hottestC) hottestC = hotC;
  }
  return { gpuW, dieGainW, sinkGainW, hottestC };
}

/**
 * The same for steps so long that dies end settled at their power, over hosts of one kind: one
 * column less to move, and no call in the inner loop, so that columns stay in registers. The first
 * GPU of a host that must be held, and those after it, are left to `stepRest`.
 */
function stepSettled(state: TransientState, step: KindStep, from: number, to: number) {
  const { leakPerK, leakFromTempC, slowdownTempC, dieShareRatio } = step.kind;
  const { sinks, dieFlow } = step;
  const { gpuStart, fanRatio, rack, gpuPowerW, gpuHeatW, hottestC } = state.hosts;
  const perDie = step.kind.dieTauS / step.dtS;
  const perSink = step.kind.sinkTauS / step.dtS;
  const { targetW, capW, resistanceKPerW, dieW, sinkW } = state.gpus;
  const sinkShare = 1 - dieShareRatio;
  const halfLeakPerK = leakPerK / 2;
  const { airC, loop } = state.racks;
  const { waterC } = state.loops;
  const { inletOffsetK, liquidRatio } = state.hosts;
  let end = gpuStart[from];
  for (let host = from; host < to; host++) {
    const start = end;
    end = gpuStart[host + 1];
    if (start === end) continue;
    // nearest level, by cutting off: a fan is never below zero
    const row = 2 * ((fanRatio[host] * FAN_LEVELS + 0.5) | 0);
    const sinkKeep = sinks[row];
    const sinkOfDie = sinks[row + 1] * dieFlow;
    const sinkOfPower = sinks[row + 1] - sinkOfDie;
    const riseOfPower = dieShareRatio + sinkShare * sinkOfPower;
    // as in coolantTempC, whose look-ups for each host cost a twentieth of the whole step
    const at = rack[host];
    const onLoop = liquidRatio[host] > 0 ? loop[at] : -1;
    const coolantC = onLoop >= 0 ? waterC[onLoop] : airC[at] + inletOffsetK[host];
    const leakFromK = coolantC - leakFromTempC;
    const slowdownK = slowdownTempC - coolantC;
    let gpuW = 0;
    let dieBeforeW = 0;
    let sinkBeforeW = 0;
    let hottestK = 0;
    let gpu = start;
    for (; gpu < end; gpu++) {
      const die = dieW[gpu];
      const sink = sinkW[gpu];
      const r = resistanceKPerW[gpu];
      const target = targetW[gpu];
      const sinkLeft = sinkKeep * sink + sinkOfDie * die;
      // x + |x| is 2 x above zero and nothing below, (x + y + |x - y|) / 2 the greater of both: no
      // branch here follows each GPU's temperature, since half of such are foreseen wrongly
      const leakK = leakFromK + r * (riseOfPower * die + sinkShare * sinkLeft);
      const power = target + target * halfLeakPerK * (leakK + Math.abs(leakK));
      const riseK = r * (riseOfPower * power + sinkShare * sinkLeft);
      if (power > capW[gpu] || riseK > slowdownK) break;
      dieW[gpu] = power;
      sinkW[gpu] = sinkLeft + sinkOfPower * power;
      gpuW += power;
      dieBeforeW += die;
      sinkBeforeW += sink;
      hottestK = (riseK + hottestK + Math.abs(riseK - hottestK)) / 2;
    }
    const dieGainW = gpuW - dieBeforeW;
    const sinkGainW = (sinkKeep - 1) * sinkBeforeW + sinkOfDie * dieBeforeW + sinkOfPower * gpuW;
    if (gpu < end) {
      const sums = { gpuW, dieGainW, sinkGainW, hottestC: coolantC + hottestK };
      close(state, step, host, joined(sums, stepRest(state, step, host, gpu)));
      continue;
    }
    gpuPowerW[host] = gpuW;
    hottestC[host] = coolantC + hottestK;
    gpuHeatW[host] = gpuW - perDie * dieGainW - perSink * sinkGainW;
  }
}

const joined = (a: HostSums, b: HostSums): HostSums => ({
  gpuW: a.gpuW + b.gpuW,
  dieGainW: a.dieGainW + b.dieGainW,
  sinkGainW: a.sinkGainW + b.sinkGainW,
  hottestC: Math.max(a.hottestC, b.hottestC),
});

interface Asked {
  readonly gpu: number;
  readonly askedW: number;
  /** Junction at the end of the step if it drew nothing in it, and its rise for each watt. */
  readonly coldC: number;
  readonly perW: number;
}

/**
 * Power under the cap, and such that the junction ends at the slowdown temperature: the clock a
 * perfect controller would find, never below the lowest. Work is lost as the clock falls:
 * `rate = 1 / (1 - share + share / clock)`. Above the shutdown temperature the GPU goes off.
 */
function held({ gpus, nowS }: TransientState, { kind, dtS }: KindStep, asked: Asked): number {
  const { gpu, askedW, coldC, perW } = asked;
  const idleW = Math.min(kind.idleW, gpus.targetW[gpu]);
  const dynamicW = gpus.targetW[gpu] - idleW;
  const leak = gpus.targetW[gpu] > 0 ? askedW / gpus.targetW[gpu] : 1;
  const coolW = (kind.slowdownTempC - coldC) / perW;
  const floorW = (idleW + dynamicW * FLOOR_POWER_RATIO) * leak;
  const power = Math.min(askedW, Math.max(floorW, Math.min(coolW, gpus.capW[gpu])));
  if (coolW < askedW && Number.isNaN(gpus.throttledAtS[gpu])) gpus.throttledAtS[gpu] = nowS;
  if (coldC + perW * power > kind.shutdownTempC) {
    if (Number.isNaN(gpus.downAtS[gpu])) gpus.downAtS[gpu] = nowS;
    gpus.targetW[gpu] = 0;
    gpus.lostS[gpu] += dtS;
    return 0;
  }
  const clock = dynamicW > 0 ? ((power / leak - idleW) / dynamicW) ** (1 / EXPONENT) : 1;
  const share = gpus.computeShare[gpu];
  gpus.lostS[gpu] += dtS * (1 - 1 / (1 - share + share / Math.max(FLOOR_RATIO, clock)));
  return power;
}

/** Energy in the GPUs' dies and sinks, J, above their coolant. */
export function gpuStoredJ({ gpus, hosts, gpuKinds }: TransientState): number {
  let storedJ = 0;
  for (let host = 0; host < hosts.count; host++) {
    if (hosts.gpuStart[host] === hosts.gpuStart[host + 1]) continue;
    const { dieTauS, sinkTauS } = gpuKinds[hosts.gpuKind[host]];
    for (let gpu = hosts.gpuStart[host]; gpu < hosts.gpuStart[host + 1]; gpu++) {
      storedJ += dieTauS * gpus.dieW[gpu] + sinkTauS * gpus.sinkW[gpu];
    }
  }
  return storedJ;
}
