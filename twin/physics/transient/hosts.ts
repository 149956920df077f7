/** Fans, supplies and power of hosts over one step. */
import { CONSTANTS } from '../../tables/constants.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { HostColumns, TransientState } from './columns.ts';

const FLOOR_RATIO = TRANSIENT.fanFloorRatio.value;
const START_C = TRANSIENT.fanStartTempC.value;
const RATIO_PER_K = (1 - FLOOR_RATIO) / (TRANSIENT.fanFullTempC.value - START_C);
const DRAUGHT_RATIO = TRANSIENT.airflowFloorRatio.value;
const RACK_DRAUGHT_M3_PER_S = TRANSIENT.rackDraughtM3PerS.value;
const AIR_J_PER_M3_K = CONSTANTS.airDensityKgPerM3.value * CONSTANTS.airHeatJPerKgK.value;

/** Where curves of PSUs have their entries: loads, as parts of what they are rated for. */
const ENTRIES_A_LOAD = 64;
const LOAD_MAX = 2;
const ENTRIES = LOAD_MAX * ENTRIES_A_LOAD + 1;
export const PSU_LOADS = Float64Array.from({ length: ENTRIES }, (_, i) => i / ENTRIES_A_LOAD);

/** Fan speed that firmware asks for at the hottest junction of a host. */
export function fanWantedRatio(hottestC: number): number {
  const overK = hottestC - START_C;
  // x + |x| is 2 x above zero and nothing below: no branch that follows each host's temperature
  const wantRatio = FLOOR_RATIO + (RATIO_PER_K / 2) * (overK + Math.abs(overK));
  return wantRatio < 1 ? wantRatio : 1;
}

/** Power, air and heat of every host, and the sums of its rack. */
export function stepHosts(state: TransientState, dtS: number) {
  turnFans(state.hosts, dtS);
  drawPower(state);
  gatherRacks(state);
}

/** Fans, power, air and heat of hosts whose GPUs are at rest at what they draw. */
export function restHosts(state: TransientState) {
  const { hosts, gpus } = state;
  for (let host = 0; host < hosts.count; host++) {
    let gpuW = 0;
    for (let g = hosts.gpuStart[host]; g < hosts.gpuStart[host + 1]; g++) gpuW += gpus.powerW[g];
    hosts.gpuPowerW[host] = gpuW;
    hosts.gpuHeatW[host] = gpuW;
    hosts.fanRatio[host] = fanWantedRatio(hosts.hottestC[host]);
  }
  drawPower(state);
  gatherRacks(state);
}

function turnFans({ count, hottestC, fanRatio }: HostColumns, dtS: number) {
  const share = -Math.expm1(-dtS / TRANSIENT.fanTauS.value);
  for (let host = 0; host < count; host++) {
    fanRatio[host] += share * (fanWantedRatio(hottestC[host]) - fanRatio[host]);
  }
}

function drawPower({ hosts, psuInputs }: TransientState) {
  const { count, powerW, gpuPowerW, otherW, fanMaxW, fanRatio, psuRatedW, psuCurve } = hosts;
  for (let host = 0; host < count; host++) {
    const fan = fanRatio[host];
    const railsW = gpuPowerW[host] + otherW[host] + fanMaxW[host] * fan * fan * fan;
    const ratedW = psuRatedW[host];
    powerW[host] = ratedW * psuInput(psuInputs, psuCurve[host], railsW / ratedW);
  }
}

function gatherRacks({ hosts, racks }: TransientState) {
  const { count, rack, powerW, fanRatio, gpuPowerW, gpuHeatW, liquidRatio } = hosts;
  const { powerW: rackW, airHeatW, liquidHeatW, airflowWPerK, loop } = racks;
  rackW.fill(0);
  airHeatW.fill(0);
  liquidHeatW.fill(0);
  airflowWPerK.fill(AIR_J_PER_M3_K * RACK_DRAUGHT_M3_PER_S);
  for (let host = 0; host < count; host++) {
    const at = rack[host];
    const inputW = powerW[host];
    // all but the GPUs gives its heat at once; theirs has come through their sinks
    const heatW = gpuHeatW[host] + inputW - gpuPowerW[host];
    let liquidW = heatW * liquidRatio[host];
    if (loop[at] < 0) liquidW = 0;
    rackW[at] += inputW;
    airHeatW[at] += heatW - liquidW;
    liquidHeatW[at] += liquidW;
    const airflow = hosts.airflowMaxM3PerS[host] * Math.max(fanRatio[host], DRAUGHT_RATIO);
    airflowWPerK[at] += AIR_J_PER_M3_K * airflow;
  }
}

/**
 * Input over rated output at a load, by straight lines between the entries of the curve.
 * @param inputs curves one after the other, of which it is the `curve`-th
 */
export function psuInput(inputs: Float64Array, curve: number, load: number): number {
  const place = Math.min(load * ENTRIES_A_LOAD, ENTRIES - 1.001);
  // cut off: no load is below zero
  const below = place | 0;
  const at = ENTRIES * curve + below;
  return inputs[at] + (place - below) * (inputs[at + 1] - inputs[at]);
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
