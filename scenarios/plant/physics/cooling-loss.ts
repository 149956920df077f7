/**
 * What a hall does once a cooling unit has failed in it. A sound hall is at rest with its supply air
 * and `air.ts` tells the rest; here the room itself has a temperature. Racks breathe what running
 * CRAHs still deliver, and for what is missing the air of the room, into which all of them exhaust.
 * Walls and the metal of the servers soak up heat; coils whose water is lost warm that water first.
 */
import { F } from '../figures.ts';
import type { Layout } from '../layout.ts';
import { STREAM, spread } from '../random.ts';
import type { State } from '../state.ts';
import { lagShare } from './gpu.ts';

/** From now on the air of this hall is followed: what it holds begins where it is. */
export function loseCooling(layout: Layout, state: State, hall: number): void {
  if (state.hall.isLost[hall] === 1) return;
  state.hall.isLost[hall] = 1;
  let flow = 0;
  let warm = 0;
  layout.rackHall.forEach((of, rack) => {
    if (of !== hall) return;
    const { inletTempC, exhaustTempC, airflowM3PerS, soakC } = state.rack;
    soakC[rack] = inletTempC[rack];
    flow += airflowM3PerS[rack];
    warm += airflowM3PerS[rack] * exhaustTempC[rack];
  });
  state.hall.airC[hall] = flow > 0 ? warm / flow : F.crahSetpointC;
  state.hall.wallsC[hall] = state.hall.airC[hall];
}

export function stepLostHall(layout: Layout, state: State, hall: number, dtS: number): void {
  const racks = layout.hallRacks[hall];
  for (const rack of racks) soak(layout, state, rack, dtS);
  const boost = takeOver(layout, state, racks);
  for (const rack of racks) breathe(layout, state, { rack, hall, boost }, dtS);
  stepRoom(state, racks, hall, dtS);
  for (let crah = 0; crah < state.crah.heatW.length; crah++) {
    if (layout.crahHall[crah] === hall) stepUnit(layout, state, { crah, hall, boost }, dtS);
  }
}

/** Metal of the servers follows the air at their inlets; what it takes up leaves the exhaust. */
function soak(layout: Layout, state: State, rack: number, dtS: number): void {
  const { inletTempC, soakC, soakedJ, airHeatW } = state.rack;
  const holdsJPerK = layout.rackHosts[rack].length * F.hostMetalJPerK;
  const takenK = (inletTempC[rack] - soakC[rack]) * lagShare(dtS, F.rackTauS);
  soakC[rack] += takenK;
  soakedJ[rack] += takenK * holdsJPerK;
  state.energy.outJ -= takenK * holdsJPerK;
  airHeatW[rack] -= (takenK * holdsJPerK) / dtS;
}

/**
 * Of the air that its racks ask of each CRAH, how many times it gives: those left make up for those
 * that stand still, as far as their fans go.
 */
function takeOver(layout: Layout, state: State, racks: readonly number[]): Float64Array {
  const { crah, rack } = state;
  const count = crah.heatW.length;
  const asked = new Float64Array(count);
  for (const r of racks) {
    const share = runningShare(layout, state, r);
    for (let k = 0; k < count; k++) {
      if (share > 0) asked[k] += (layout.crahShare[r * count + k] * rack.airflowM3PerS[r]) / share;
    }
  }
  return asked.map((flow, k) => {
    const most = crah.ratedW[k] / (F.airHeatJPerM3K * F.crahRatedRiseK);
    return (flow > most ? most / flow : 1) * crah.running[k] * crah.fanFactor[k];
  });
}

function runningShare(layout: Layout, { crah }: State, rack: number): number {
  const count = crah.heatW.length;
  let share = 0;
  for (let k = 0; k < count; k++) share += layout.crahShare[rack * count + k] * crah.running[k];
  return share;
}

interface Breathing {
  readonly rack: number;
  readonly hall: number;
  readonly boost: Float64Array;
}

function breathe(layout: Layout, state: State, of: Breathing, dtS: number): void {
  const { rack, hall, boost } = of;
  const { rack: racks, crah } = state;
  const count = crah.heatW.length;
  const share = runningShare(layout, state, rack);
  let met = 0;
  let suppliedC = 0;
  for (let k = 0; k < count && share > 0; k++) {
    const part = (layout.crahShare[rack * count + k] / share) * boost[k];
    met += part;
    suppliedC += part * crah.supplyTempC[k];
  }
  const riseK = racks.airHeatW[rack] / (F.airHeatJPerM3K * racks.airflowM3PerS[rack]);
  const leak = racks.leakRatio[rack];
  const target = suppliedC + (met * leak * riseK) / (1 - leak) + (1 - met) * state.hall.airC[hall];
  const tauS = F.coldAisleM3 / racks.airflowM3PerS[rack];
  racks.inletTempC[rack] += (target - racks.inletTempC[rack]) * lagShare(dtS, tauS);
  racks.exhaustTempC[rack] = racks.inletTempC[rack] + riseK;
}

/** One volume of hot air, into which all racks exhaust; walls and ceiling stand around it. */
function stepRoom(state: State, racks: readonly number[], hall: number, dtS: number): void {
  const { airC, wallsC } = state.hall;
  const { airflowM3PerS, exhaustTempC } = state.rack;
  let flow = 0;
  let warm = 0;
  for (const rack of racks) {
    flow += airflowM3PerS[rack];
    warm += airflowM3PerS[rack] * exhaustTempC[rack];
  }
  if (flow === 0) return;
  const flowWPerK = flow * F.airHeatJPerM3K;
  const wallWPerK = racks.length * F.wallWPerKPerRack;
  const settled = (warm * F.airHeatJPerM3K + wallWPerK * wallsC[hall]) / (flowWPerK + wallWPerK);
  const tauS = (racks.length * F.roomAirM3 * F.airHeatJPerM3K) / (flowWPerK + wallWPerK);
  airC[hall] += (settled - airC[hall]) * lagShare(dtS, tauS);
  const wallTauS = (racks.length * F.wallJPerKPerRack) / wallWPerK;
  wallsC[hall] += (airC[hall] - wallsC[hall]) * lagShare(dtS, wallTauS);
}

interface Unit {
  readonly crah: number;
  readonly hall: number;
  readonly boost: Float64Array;
}

/** Supply air of one unit: set-point as far as its rating goes, or what its lost water still cools. */
function stepUnit(layout: Layout, state: State, { crah: k, hall, boost }: Unit, dtS: number): void {
  const { crah, rack } = state;
  const count = crah.heatW.length;
  let flow = 0;
  for (const r of layout.hallRacks[hall]) {
    const share = runningShare(layout, state, r);
    if (share === 0) continue;
    flow += (layout.crahShare[r * count + k] / share) * boost[k] * rack.airflowM3PerS[r];
  }
  const backC = state.hall.airC[hall];
  const flowWPerK = flow * F.airHeatJPerM3K;
  crah.airflowM3PerS[k] = flow;
  crah.returnTempC[k] = backC;
  if (flow === 0) crah.heatW[k] = 0;
  else takeHeat(crah, k, flowWPerK, dtS);
  // without water no speed brings the supply back to its set-point, so the fans go to their full one
  const load = crah.hasWater[k] === 1 ? crah.heatW[k] / crah.ratedW[k] : Number.POSITIVE_INFINITY;
  crah.fanRatio[k] = crah.running[k] * crahFanSpeed(load) * crah.fanFactor[k];
}

/** Speed of a CRAH's fans over the full one, by heat over rated heat. */
export const crahFanSpeed = (load: number) =>
  Math.min(1, F.crahFanFloorRatio + (F.crahFanRatedRatio - F.crahFanFloorRatio) * load);

function takeHeat(crah: State['crah'], k: number, flowWPerK: number, dtS: number): void {
  const backC = crah.returnTempC[k];
  if (crah.hasWater[k] === 1) {
    const leastC = backC - crah.ratedW[k] / flowWPerK;
    const load = Math.min(1, crah.heatW[k] / crah.ratedW[k]);
    const target = Math.max(F.crahSetpointC + F.crahDroopK * load * load, leastC);
    crah.supplyTempC[k] += (target - crah.supplyTempC[k]) * lagShare(dtS, F.crahTauS);
    crah.waterC[k] = backC - (backC - crah.supplyTempC[k]) / F.coilEffectiveness;
  } else {
    const holdsJPerK = crah.ratedW[k] * F.coilWaterJPerKPerW;
    const rate = (F.coilEffectiveness * flowWPerK) / holdsJPerK;
    crah.waterC[k] += (backC - crah.waterC[k]) * lagShare(dtS, 1 / rate);
    crah.supplyTempC[k] = backC - F.coilEffectiveness * (backC - crah.waterC[k]);
  }
  crah.heatW[k] = Math.max(0, flowWPerK * (backC - crah.supplyTempC[k]));
}

/** A loop that nothing cools: its water takes all the heat of its racks. */
export function warmLoop(state: State, cdu: number, dtS: number): void {
  const { heatW, ratedW, supplyTempC } = state.cdu;
  supplyTempC[cdu] += (heatW[cdu] * dtS) / (ratedW[cdu] * F.loopJPerKPerW);
}

/** Servers switch themselves off where the air or water that they get is past what they allow. */
export function isTooHot(layout: Layout, state: State, host: number): boolean {
  const spreadK = F.hostOffSpreadK * spread(layout.seed, STREAM.hostOff, host);
  const cdu = layout.rackCdu[layout.hostRack[host]];
  return (
    state.host.inletTempC[host] >= F.hostOffInletC + spreadK ||
    (cdu >= 0 && state.cdu.supplyTempC[cdu] >= F.hostOffLoopC + spreadK)
  );
}

/** Whether air and loop would let a host that heat took run again. */
export function isCool({ hostRack, rackCdu }: Layout, state: State, host: number): boolean {
  const cdu = rackCdu[hostRack[host]];
  return (
    state.host.inletTempC[host] <= F.heatReturnInletC &&
    (cdu < 0 || state.cdu.supplyTempC[cdu] <= F.heatReturnLoopC)
  );
}
