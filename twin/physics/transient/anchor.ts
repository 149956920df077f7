/**
 * Brings a simulation to rest at what is measured, so that whatever moves afterwards is due to what
 * is done to it: powers of hosts, resistances of GPUs and the air that racks draw back are set to
 * what explains the readings, and the difference that is left becomes the place of the probe.
 */
import type { Parts } from '../../parts.ts';
import { MEASURED } from '../../state/quality.ts';
import { readSignal } from '../../state/read.ts';
import type { State } from '../../state/state.ts';
import { ANCHOR } from '../../tables/physics/anchor.ts';
import { COURSE } from '../../tables/physics/course.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import { signalIndex } from '../../tables/signals.ts';
import { restSolids } from './air.ts';
import type { TransientParameters } from './build.ts';
import type { TransientState } from './columns.ts';
import { coolantTempC, junctionTempC } from './gpus.ts';
import { fanWantedRatio, psuInput } from './hosts.ts';
import { current } from './reading.ts';
import { step } from './step.ts';

const GPU_POWER = signalIndex('gpuPowerW');
const GPU_TEMP = signalIndex('gpuTempC');
const POWER = signalIndex('powerW');
const INLET = signalIndex('inletTempC');
const SUPPLY_TEMP = signalIndex('supplyTempC');
const HOSTS_A_PART = 2000;

export interface Anchored {
  readonly state: TransientState;
  /** What a rack's inlet shows over the air of the model, K. */
  readonly inletAdjustK: Float64Array;
  /** What a rack takes beside its hosts, W. */
  readonly besideW: Float64Array;
  /** What the inlet of a host shows over the air of the model, K. */
  readonly hostAdjustK: Float64Array;
  /** One byte a GPU: it throttles already. */
  readonly isThrottling: Uint8Array;
}

/**
 * @param live readings; of the generation that `state` was built from
 * @param state as built; it is changed
 */
export function* anchor(
  live: State,
  state: TransientState,
  parameters: TransientParameters,
): Parts<Anchored> {
  const { hosts, racks, gpus } = state;
  anchorLoops(live, state);
  yield;
  for (let host = 0; host < hosts.count; host++) {
    explainHost(live, state, parameters, host);
    if (host % HOSTS_A_PART === HOSTS_A_PART - 1) yield;
  }
  const wantedC = racks.airC.slice();
  const targetW = gpus.targetW.slice();
  yield;
  step(state, COURSE.stepS.value);
  for (let rack = 0; rack < racks.count; rack++) explainInlet(live, state, rack, wantedC[rack]);
  const steps = COURSE.settleS.value / COURSE.settleStepS.value;
  for (let i = 0; i < steps; i++) {
    step(state, COURSE.settleStepS.value);
    yield;
  }
  measureUnits(live, state);
  const inletAdjustK = placeProbes(live, state, wantedC);
  for (let i = 0; i < ANCHOR.probeSteps.value; i++) {
    step(state, COURSE.settleStepS.value);
    yield;
  }
  const isThrottling = new Uint8Array(gpus.count);
  for (let g = 0; g < gpus.count; g++) if (gpus.throttledAtS[g] >= 0) isThrottling[g] = 1;
  yield;
  restart(state, targetW);
  yield;
  const hostAdjustK = hosts.inletOffsetK.slice();
  return { state, inletAdjustK, hostAdjustK, besideW: besideHosts(live, state), isThrottling };
}

/** Fans, resistances and the rest of a host's power, from what its GPUs and meters show. */
function explainHost(
  live: State,
  state: TransientState,
  parameters: TransientParameters,
  host: number,
) {
  const { hosts, gpus, gpuKinds } = state;
  const kind = gpuKinds[hosts.gpuKind[host]];
  const coolantC = coolantTempC(state, host, hosts.rack[host]);
  const isWet = state.racks.loop[hosts.rack[host]] >= 0 && hosts.liquidRatio[host] > 0;
  const [from, to] = [hosts.gpuStart[host], hosts.gpuStart[host + 1]];
  const kPerW = new Float64Array(to - from);
  let hottestC = coolantC;
  for (let g = from; g < to; g++) {
    takeMeanPower(state, parameters, g);
    const { riseK, atW } = riseOf(live, state, parameters, { g, coolantC, isWet, kind });
    kPerW[g - from] = riseK > 0 ? riseK / atW : Number.NaN;
    const asNow = riseK > 0 ? riseK / atW : kind.resistanceKPerW;
    hottestC = Math.max(hottestC, coolantC + asNow * gpus.powerW[g]);
  }
  hosts.hottestC[host] = hottestC;
  hosts.fanRatio[host] = fanWantedRatio(hottestC);
  const speed = hosts.fanRatio[host] / TRANSIENT.sinkSpeedRefRatio.value;
  const shape = kind.dieShareRatio + (1 - kind.dieShareRatio) * speed ** -kind.sinkSpeedExponent;
  const prior = kind.resistanceKPerW;
  for (let g = from; g < to; g++) {
    if (Number.isNaN(kPerW[g - from])) continue;
    const r = kPerW[g - from] / shape;
    gpus.resistanceKPerW[g] = Math.min(
      ANCHOR.resistanceMostRatio.value * prior,
      Math.max(ANCHOR.resistanceLeastRatio.value * prior, r),
    );
  }
  explainRest(live, state, parameters, host);
}

/** A wave of training is caught anywhere by one reading: the mean is what warms. */
function takeMeanPower({ gpus, entities }: TransientState, of: TransientParameters, g: number) {
  const meanW = of.gpuMeanPowerW?.(entities.gpu[g]) ?? Number.NaN;
  if (!(meanW >= 0)) return;
  if (gpus.powerW[g] > 0) gpus.targetW[g] *= meanW / gpus.powerW[g];
  gpus.powerW[g] = meanW;
  gpus.dieW[g] = meanW;
  gpus.sinkW[g] = meanW;
}

interface RiseQuestion {
  readonly g: number;
  readonly coolantC: number;
  readonly isWet: boolean;
  readonly kind: TransientState['gpuKinds'][number];
}

/** Rise over the coolant and the power it is at: learned, else measured now; NaN: not known. */
function riseOf(
  live: State,
  { gpus, entities }: TransientState,
  parameters: TransientParameters,
  { g, coolantC, isWet, kind }: RiseQuestion,
): { riseK: number; atW: number } {
  const powerW = gpus.powerW[g];
  const isTelling = powerW >= ANCHOR.tellingRatio.value * kind.maxW;
  const atW = isTelling ? powerW : ANCHOR.askedRatio.value * kind.maxW;
  // what was learned is over the air of the host, which no cold plate follows
  const learnedC = isWet ? Number.NaN : parameters.gpuTempC?.(entities.gpu[g], coolantC, atW);
  if (learnedC !== undefined && learnedC > coolantC) return { riseK: learnedC - coolantC, atW };
  const riseK = isTelling ? current(live, GPU_TEMP, entities.gpu[g]) - coolantC : Number.NaN;
  return { riseK, atW };
}

function explainRest(
  live: State,
  { hosts, gpus, entities, psuInputs }: TransientState,
  parameters: TransientParameters,
  host: number,
) {
  const [from, to] = [hosts.gpuStart[host], hosts.gpuStart[host + 1]];
  let meanW = 0;
  let nowW = 0;
  for (let g = from; g < to; g++) {
    meanW += gpus.powerW[g];
    nowW += current(live, GPU_POWER, entities.gpu[g]);
  }
  // what was learned is not caught at another instant of a wave than its GPUs were
  const learnedW = parameters.hostPowerW?.(entities.host[host], meanW) ?? Number.NaN;
  const inputW = learnedW > 0 ? learnedW : current(live, POWER, entities.host[host]);
  const gpuW = learnedW > 0 ? meanW : nowW;
  if (!(inputW > 0) || !(gpuW >= 0)) return;
  const ratedW = hosts.psuRatedW[host];
  const curve = hosts.psuCurve[host];
  let railsW = inputW;
  for (let i = 0; i < ANCHOR.psuRounds.value; i++)
    railsW *= inputW / (ratedW * psuInput(psuInputs, curve, railsW / ratedW));
  const fansW = hosts.fanMaxW[host] * hosts.fanRatio[host] ** 3;
  const classW = hosts.otherW[host];
  const restW = Math.max(ANCHOR.restLeastRatio.value * classW, railsW - gpuW - fansW);
  hosts.otherW[host] = Math.min(ANCHOR.restMostRatio.value * classW, restW);
}

/** What a rack takes beside its hosts, W: its switches. */
function besideHosts(live: State, { racks, entities }: TransientState): Float64Array {
  return Float64Array.from(entities.rack, (entity, rack) => {
    let hostsW = 0;
    for (let host = racks.hostStart[rack]; host < racks.hostStart[rack + 1]; host++) {
      hostsW += current(live, POWER, entities.host[host]);
    }
    const restW = current(live, POWER, entity) - hostsW;
    return restW > 0 ? restW : 0;
  });
}

/** Facility water such that the loop supplies at its present heat what its CDU reports. */
function anchorLoops(live: State, state: TransientState) {
  const { loops, racks, hosts, entities } = state;
  const heatW = new Float64Array(loops.count);
  for (let host = 0; host < hosts.count; host++) {
    const loop = racks.loop[hosts.rack[host]];
    if (loop < 0) continue;
    let powerW = hosts.otherW[host];
    for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
      powerW += state.gpus.powerW[g];
    }
    const readW = current(live, POWER, entities.host[host]);
    heatW[loop] += (readW > 0 ? readW : powerW) * hosts.liquidRatio[host];
  }
  for (let loop = 0; loop < loops.count; loop++) {
    const reportedC = current(live, SUPPLY_TEMP, entities.loop[loop]);
    const approachK = heatW[loop] / loops.exchangeWPerK[loop];
    if (Number.isFinite(reportedC)) loops.supplyC[loop] = reportedC - approachK;
    loops.waterC[loop] = loops.supplyC[loop] + approachK;
  }
}

/**
 * Own exhaust in the intake that explains the inlet over the supply:
 * `T - Ts = (1 - s) / s * Q / F` with s the part that CRAHs supply.
 */
function explainInlet(live: State, state: TransientState, rack: number, inletC: number) {
  const { racks, airSupplies, crahs, entities } = state;
  racks.airC[rack] = inletC;
  restSolids(state, rack);
  const supply = racks.airSupply[rack];
  let sum = 0;
  let shares = 0;
  for (let e = airSupplies.crahStart[supply]; e < airSupplies.crahStart[supply + 1]; e++) {
    sum += airSupplies.crahShare[e] * crahs.setpointC[airSupplies.crah[e]];
    shares += airSupplies.crahShare[e];
  }
  const isRead = Number.isFinite(current(live, INLET, entities.rack[rack]));
  if (!isRead || shares === 0 || !(racks.airHeatW[rack] > 0)) return;
  const overK = inletC - sum / shares;
  const x = Math.max(0, overK) * (racks.airflowWPerK[rack] / racks.airHeatW[rack]);
  racks.recirculation[rack] = Math.min(ANCHOR.recirculationMax.value, x / (1 + x));
}

/** Fans and pumps that are metered take now what their meters say. */
function measureUnits(live: State, { crahs, loops, entities }: TransientState) {
  const scale = (units: Int32Array, maxW: Float64Array, nowW: Float64Array) => {
    for (let i = 0; i < units.length; i++) {
      const { value: readW, quality } = readSignal(live, POWER, units[i]);
      const isMetered = quality === MEASURED && readW >= 0;
      if (isMetered && nowW[i] > 0) maxW[i] *= readW / nowW[i];
    }
  };
  scale(entities.crah, crahs.fanMaxW, crahs.fanW);
  scale(entities.loop, loops.pumpMaxW, loops.pumpW);
}

/** What the model does not explain of an inlet is where its probe stands. */
function placeProbes(live: State, state: TransientState, wantedC: Float64Array): Float64Array {
  const { racks, hosts, entities } = state;
  const most = ANCHOR.inletOffsetMaxK.value;
  const adjustK = Float64Array.from(wantedC, (wanted, rack) => {
    const isRead = Number.isFinite(current(live, INLET, entities.rack[rack]));
    return isRead ? Math.max(-most, Math.min(most, wanted - racks.airC[rack])) : 0;
  });
  for (let host = 0; host < hosts.count; host++) {
    hosts.inletOffsetK[host] += adjustK[hosts.rack[host]];
  }
  return adjustK;
}

/** The clock and the books start here; work that the settling has put off goes on. */
function restart(state: TransientState, targetW: Float32Array) {
  const { gpus, hosts } = state;
  for (let host = 0; host < hosts.count; host++) {
    for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) {
      if (gpus.downAtS[g] >= 0) {
        gpus.dieW[g] = targetW[g];
        gpus.sinkW[g] = targetW[g];
        hosts.hottestC[host] = Math.max(hosts.hottestC[host], junctionTempC(state, g, host));
      }
    }
  }
  gpus.targetW.set(targetW);
  gpus.lostS.fill(0);
  gpus.throttledAtS.fill(Number.NaN);
  gpus.downAtS.fill(Number.NaN);
  state.nowS = 0;
  Object.assign(state.ledger, { inJ: 0, chainLossJ: 0, airRemovedJ: 0, liquidRemovedJ: 0 });
}
