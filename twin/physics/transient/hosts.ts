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

/** Power, air and heat of every host, and the sums of its rack. */
export function stepHosts(state: TransientState, dtS: number) {
  const { hosts, racks } = state;
  const fanShare = -Math.expm1(-dtS / TRANSIENT.fanTauS.value);
  for (let rack = 0; rack < racks.count; rack++) {
    let powerW = 0;
    let otherHeatW = 0;
    let airflow = RACK_DRAUGHT_M3_PER_S;
    for (let host = racks.hostStart[rack]; host < racks.hostStart[rack + 1]; host++) {
      const wantRatio = FLOOR_RATIO + RATIO_PER_K * (hosts.hottestC[host] - START_C);
      const targetRatio = Math.max(FLOOR_RATIO, Math.min(1, wantRatio));
      const fan = hosts.fanRatio[host] + fanShare * (targetRatio - hosts.fanRatio[host]);
      hosts.fanRatio[host] = fan;
      const railsW =
        hosts.gpuPowerW[host] + hosts.otherW[host] + hosts.fanMaxW[host] * fan * fan * fan;
      const ratedW = hosts.psuRatedW[host];
      const inputW = ratedW * psuInput(state.psuCurves[hosts.psuCurve[host]], railsW / ratedW);
      hosts.powerW[host] = inputW;
      powerW += inputW;
      // all but the GPUs gives its heat at once; theirs has come through their sinks
      otherHeatW += inputW - hosts.gpuPowerW[host];
      airflow += hosts.airflowMaxM3PerS[host] * Math.max(DRAUGHT_RATIO, fan);
    }
    racks.powerW[rack] = powerW;
    racks.airHeatW[rack] += otherHeatW;
    racks.airflowWPerK[rack] = AIR_J_PER_M3_K * airflow;
  }
}

/** Input over rated output at a load, by straight lines between the entries of the curve. */
export function psuInput(curve: Float64Array, load: number): number {
  const place = Math.min(curve.length - 1.001, load * PSU_STEPS);
  const at = Math.floor(place);
  return curve[at] + (place - at) * (curve[at + 1] - curve[at]);
}

/** From the hosts' inlets up: the input of every supply is its load and its loss. */
export function stepChain({ chain, hosts, ledger, racks }: TransientState, dtS: number) {
  const { inputW, parentStart, parent, share } = chain;
  inputW.fill(0);
  for (let host = 0; host < hosts.count; host++) {
    for (let e = chain.hostStart[host]; e < chain.hostStart[host + 1]; e++) {
      inputW[chain.hostSupply[e]] += chain.hostShare[e] * hosts.powerW[host];
    }
  }
  let lossW = 0;
  for (let at = 0; at < chain.count; at++) {
    const load = inputW[at] / chain.ratedW[at];
    const loss =
      chain.ratedW[at] * (chain.noLoad[at] + (chain.linear[at] + chain.square[at] * load) * load);
    inputW[at] += loss;
    lossW += loss;
    for (let e = parentStart[at]; e < parentStart[at + 1]; e++) {
      inputW[parent[e]] += share[e] * inputW[at];
    }
  }
  let itW = 0;
  for (let rack = 0; rack < racks.count; rack++) itW += racks.powerW[rack];
  ledger.inJ += (itW + lossW) * dtS;
  ledger.chainLossJ += lossW * dtS;
}
