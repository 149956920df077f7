/**
 * Heat from racks to air and water. All power of a rack enters a store (its solids) and leaves it
 * with a lag, so energy in = heat out + energy stored holds at every instant.
 */
import { F } from '../figures.ts';
import type { Layout } from '../layout.ts';
import { STREAM, spread } from '../random.ts';
import type { State } from '../state.ts';
import { crahFanSpeed, stepLostHall, warmLoop } from './cooling-loss.ts';
import { lagShare } from './gpu.ts';

export function stepAir(layout: Layout, state: State, dtS: number): void {
  for (let rack = 0; rack < layout.rackHosts.length; rack++) emitHeat(layout, state, rack, dtS);
  stepCrahs(layout, state, dtS);
  stepCdus(layout, state, dtS);
  const { isLost } = state.hall;
  for (let rack = 0; rack < layout.rackHosts.length; rack++) {
    if (isLost[layout.rackHall[rack]] === 0) mixInlet(layout, state, rack, dtS);
  }
  for (let hall = 0; hall < isLost.length; hall++) {
    if (isLost[hall] === 1) stepLostHall(layout, state, hall, dtS);
  }
  for (let host = 0; host < layout.hostCount; host++) stepHostAir(layout, state, host);
}

/** Exact solution of dE/dt = P - E/tau over the step, so that the balance closes to rounding. */
function emitHeat(layout: Layout, state: State, rack: number, dtS: number): void {
  const { rack: racks } = state;
  const inJ = racks.powerW[rack] * dtS;
  const keep = Math.exp(-dtS / F.rackTauS);
  const stored = racks.storedJ[rack];
  const settled = racks.powerW[rack] * F.rackTauS;
  const next = settled + (stored - settled) * keep;
  const outJ = inJ + stored - next;
  racks.storedJ[rack] = next;
  state.energy.outJ += outJ;
  const toLiquid = layout.rackCdu[rack] >= 0 ? F.liquidShareRatio : 0;
  racks.liquidHeatW[rack] = (outJ / dtS) * toLiquid;
  racks.airHeatW[rack] = outJ / dtS - racks.liquidHeatW[rack];
  let flow = 0.02;
  for (const host of layout.rackHosts[rack]) flow += state.host.airflowM3PerS[host];
  racks.airflowM3PerS[rack] = flow;
}

function stepCrahs(layout: Layout, state: State, dtS: number): void {
  const { crah, rack } = state;
  const count = crah.heatW.length;
  const share = lagShare(dtS, F.crahTauS);
  for (let at = 0; at < count; at++) {
    if (state.hall.isLost[layout.crahHall[at]] === 1) continue;
    let heatW = 0;
    let flow = 0;
    for (let r = 0; r < rack.powerW.length; r++) {
      const part = layout.crahShare[r * count + at];
      heatW += part * rack.airHeatW[r];
      flow += part * rack.airflowM3PerS[r];
    }
    crah.heatW[at] = heatW;
    crah.airflowM3PerS[at] = flow * crah.fanFactor[at];
    const load = heatW / crah.ratedW[at];
    crah.fanRatio[at] = crah.running[at] * crahFanSpeed(load) * crah.fanFactor[at];
    const phase = Math.PI * spread(layout.seed, STREAM.crahPhase, at);
    const driftK = F.crahDriftK * Math.sin((2 * Math.PI * state.nowS) / F.crahDriftPeriodS + phase);
    const target = F.crahSetpointC + F.crahDroopK * load * load + driftK;
    crah.supplyTempC[at] += (target - crah.supplyTempC[at]) * share;
    const riseK = heatW / (F.airHeatJPerM3K * Math.max(0.05, crah.airflowM3PerS[at]));
    crah.returnTempC[at] = crah.supplyTempC[at] + riseK;
  }
}

function stepCdus(layout: Layout, state: State, dtS: number): void {
  const { cdu, rack } = state;
  cdu.heatW.fill(0);
  for (let r = 0; r < rack.powerW.length; r++) {
    if (layout.rackCdu[r] >= 0) cdu.heatW[layout.rackCdu[r]] += rack.liquidHeatW[r];
  }
  for (let at = 0; at < cdu.heatW.length; at++) {
    const target = F.cduSupplyC + F.cduDroopK * (cdu.heatW[at] / cdu.ratedW[at]);
    if (cdu.hasWater[at] === 0) warmLoop(state, at, dtS);
    else cdu.supplyTempC[at] += (target - cdu.supplyTempC[at]) * lagShare(dtS, F.cduTauS);
    const load = Math.min(1, cdu.heatW[at] / cdu.ratedW[at]);
    cdu.flowRatio[at] = Math.max(F.cduFlowFloorRatio, load);
    const ratedLPerS = cdu.ratedW[at] / (F.waterHeatJPerKgK * F.cduRatedRiseK);
    cdu.flowLPerS[at] = ratedLPerS * cdu.flowRatio[at];
    const riseK = cdu.heatW[at] / (F.waterHeatJPerKgK * cdu.flowLPerS[at]);
    cdu.returnTempC[at] = cdu.supplyTempC[at] + riseK;
  }
}

/**
 * Inlet = supply of the near CRAHs + hot air drawn back: x/(1-x) of the rack's own rise, x growing
 * with what weak CRAH fans leave undelivered, and a little of the neighbours' excess.
 */
function mixInlet(layout: Layout, state: State, rack: number, dtS: number): void {
  const { rack: racks, crah } = state;
  const count = crah.heatW.length;
  let supplyC = 0;
  let delivered = 0;
  for (let at = 0; at < count; at++) {
    const part = layout.crahShare[rack * count + at];
    supplyC += part * crah.supplyTempC[at];
    delivered += part * crah.fanFactor[at];
  }
  if (delivered === 0) supplyC = F.crahSetpointC;
  const deficit = delivered === 0 ? 0 : 1 - delivered;
  const riseK = racks.airHeatW[rack] / (F.airHeatJPerM3K * racks.airflowM3PerS[rack]);
  const back = Math.min(0.6, racks.leakRatio[rack] + F.recirculationPerDeficit * deficit);
  const target = supplyC + (back / (1 - back)) * riseK + neighbourK(layout, state, rack);
  const step = (target - racks.inletTempC[rack]) * lagShare(dtS, F.rackAirTauS);
  racks.inletTempC[rack] += step;
  racks.exhaustTempC[rack] = racks.inletTempC[rack] + riseK;
}

function neighbourK(layout: Layout, state: State, rack: number): number {
  const own = state.rack.inletTempC[rack];
  let excess = 0;
  for (const side of [layout.rackLeft[rack], layout.rackRight[rack]]) {
    if (side >= 0) excess += Math.max(0, state.rack.inletTempC[side] - own);
  }
  return F.neighbourRatio * excess;
}

/** Air gets warmer towards the top of the rack; the BMC's sensor follows late. */
function stepHostAir(layout: Layout, state: State, host: number): void {
  const { host: hosts, rack: racks } = state;
  const rack = layout.hostRack[host];
  const mates = layout.rackHosts[rack];
  const place = mates.length > 1 ? mates.indexOf(host) / (mates.length - 1) - 0.5 : 0;
  hosts.inletTempC[host] = racks.inletTempC[rack] + F.rackGradientK * place;
  const liquid = layout.rackCdu[rack] >= 0 ? 1 - F.liquidShareRatio : 1;
  const riseK = (liquid * hosts.powerW[host]) / (F.airHeatJPerM3K * hosts.airflowM3PerS[host]);
  hosts.exhaustTempC[host] = hosts.inletTempC[host] + riseK;
}
