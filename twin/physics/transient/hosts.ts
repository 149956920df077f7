/** Fans, supplies and power of hosts over one step. */
import { CONSTANTS } from '../../tables/constants.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { TransientState } from './columns.ts';

const FLOOR_RATIO = TRANSIENT.fanFloorRatio.value;
const START_C = TRANSIENT.fanStartTempC.value;
const RATIO_PER_K = (1 - FLOOR_RATIO) / (TRANSIENT.fanFullTempC.value - START_C);
const DRAUGHT_RATIO = TRANSIENT.airflowFloorRatio.value;
const RACK_DRAUGHT_M3_PER_S = TRANSIENT.rackDraughtM3PerS.value;
const AIR_J_PER_M3_K = CONSTANTS.airDensityKgPerM3.value * CONSTANTS.airHeatJPerKgK.value;

/** Entries of a PSU curve for each unit of load. */
export const PSU_STEPS = 64;

/** Fan speed that firmware asks for at the hottest junction of a host. */
export function fanWantedRatio(hottestC: number): number {
  const overK = hottestC - START_C;
  // x + |x| is 2 x above zero and nothing below: no branch that follows each host's temperature
  const wantRatio = FLOOR_RATIO + (RATIO_PER_K / 2) * (overK + Math.abs(overK));
  return wantRatio < 1 ? wantRatio : 1;
}

/** Power, air and heat of every host, and the sums of its rack. */
export function stepHosts({ hosts, racks, psuCurves }: TransientState, dtS: number) {
  const fanShare = -Math.expm1(-dtS / TRANSIENT.fanTauS.value);
  const { hottestC, fanRatio, gpuPowerW, gpuHeatW, liquidRatio, otherW, fanMaxW } = hosts;
  const { psuRatedW, psuCurve, airflowMaxM3PerS } = hosts;
  for (let rack = 0; rack < racks.count; rack++) {
    const isOnLoop = racks.loop[rack] >= 0;
    let powerW = 0;
    let airHeatW = 0;
    let liquidHeatW = 0;
    let airflow = RACK_DRAUGHT_M3_PER_S;
    const end = racks.hostStart[rack + 1];
    for (let host = racks.hostStart[rack]; host < end; host++) {
      const fan = fanRatio[host] + fanShare * (fanWantedRatio(hottestC[host]) - fanRatio[host]);
      fanRatio[host] = fan;
      const railsW = gpuPowerW[host] + otherW[host] + fanMaxW[host] * fan * fan * fan;
      const ratedW = psuRatedW[host];
      const inputW = ratedW * psuInput(psuCurves[psuCurve[host]], railsW / ratedW);
      hosts.powerW[host] = inputW;
      powerW += inputW;
      // all but the GPUs gives its heat at once; theirs has come through their sinks
      const heatW = gpuHeatW[host] + inputW - gpuPowerW[host];
      const liquidW = isOnLoop ? heatW * liquidRatio[host] : 0;
      liquidHeatW += liquidW;
      airHeatW += heatW - liquidW;
      airflow += airflowMaxM3PerS[host] * (fan > DRAUGHT_RATIO ? fan : DRAUGHT_RATIO);
    }
    racks.powerW[rack] = powerW;
    racks.airHeatW[rack] = airHeatW;
    racks.liquidHeatW[rack] = liquidHeatW;
    racks.airflowWPerK[rack] = AIR_J_PER_M3_K * airflow;
  }
}

/** Input over rated output at a load, by straight lines between the entries of the curve. */
export function psuInput(curve: Float64Array, load: number): number {
  const last = curve.length - 1.001;
  const place = load * PSU_STEPS < last ? load * PSU_STEPS : last;
  // cut off, which no load is below zero for
  const at = place | 0;
  return curve[at] + (place - at) * (curve[at + 1] - curve[at]);
}

/** From the hosts' inlets up: the input of every supply is its load and its loss. */
export function stepChain({ chain, hosts, ledger, racks }: TransientState, dtS: number) {
  const { inputW, parentStart, parent, share, runHost, runStart, hostSupply, hostShare } = chain;
  const { noLoadW, linear, squarePerW } = chain;
  inputW.fill(0);
  for (let run = 0; run < runHost.length - 1; run++) {
    let runW = 0;
    for (let host = runHost[run]; host < runHost[run + 1]; host++) runW += hosts.powerW[host];
    for (let e = runStart[run]; e < runStart[run + 1]; e++) {
      inputW[hostSupply[e]] += hostShare[e] * runW;
    }
  }
  let lossW = 0;
  for (let at = 0; at < chain.count; at++) {
    const outW = inputW[at];
    const loss = noLoadW[at] + (linear[at] + squarePerW[at] * outW) * outW;
    const inW = outW + loss;
    inputW[at] = inW;
    lossW += loss;
    for (let e = parentStart[at]; e < parentStart[at + 1]; e++) inputW[parent[e]] += share[e] * inW;
  }
  let itW = 0;
  for (let rack = 0; rack < racks.count; rack++) itW += racks.powerW[rack];
  ledger.inJ += (itW + lossW) * dtS;
  ledger.chainLossJ += lossW * dtS;
}
