/**
 * Air of racks, CRAHs and liquid loops over one step. A rack is two nodes, the air at its inlets and
 * its solids, which stand in the stream behind them; F is the heat its air carries per kelvin:
 *
 *     Te = T + (Q - q) / F,   q = h (T + m Q / F - Tm)
 *     Ca dT/dt = F ((1 - s) Te + s Ts - T) + X
 *     Cm dTm/dt = q
 *
 * s is the part of its intake that CRAHs supply, the rest being its own exhaust, X the heat that it
 * exchanges with its neighbours, and m the part of Q that the air has taken where the solids are. So
 * solids hold back what the exhaust does, and inlets only as far as they breathe it. One equation
 * holds for the running room and for one that has lost its cooling (s = 0).
 */
import { COOLING_LOSS } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { RackColumns, TransientState } from './columns.ts';
import { meanOf, rackResponses, responsesTo, rowOf } from './rack-response.ts';
import { runFans, runPumps } from './unit-power.ts';

const RESERVE_RATIO = TRANSIENT.crahReserveRatio.value;
const HEAT_AT_SOLIDS_RATIO = COOLING_LOSS.heatAtSolidsRatio.value;
const CRAH_TAU_S = TRANSIENT.crahTauS.value;

export function stepAir(state: TransientState, dtS: number) {
  const { airSupplies, crahs, ledger } = state;
  gather(state);
  exchange(state.racks);
  if (airSupplies.metRatio.some(ratio => ratio < 1)) mixRoom(state, dtS);
  ledger.airRemovedJ += stepRacks(state, dtS);
  crahs.removedW.fill(0);
  crahs.airflowWPerK.fill(0);
  for (let supply = 0; supply < airSupplies.count; supply++) share(state, supply);
  runFans(state, dtS);
  stepCrahs(state, dtS);
}

/** What the CRAHs of each supply make of what its racks ask for. */
function gather(state: TransientState) {
  const { airSupplies: s, crahs } = state;
  const isWhole = crahs.fanRatio.every(ratio => ratio === 1);
  const running = isWhole ? undefined : runningShares(state);
  const givenRatio = running && takeOver(state, running);
  for (let supply = 0; supply < s.count; supply++) {
    let met = 0;
    let warmC = 0;
    for (let e = s.crahStart[supply]; e < s.crahStart[supply + 1]; e++) {
      const crah = s.crah[e];
      let part = s.crahShare[e];
      if (running && givenRatio) {
        part = crahs.fanRatio[crah] > 0 ? (part / running[supply]) * givenRatio[crah] : 0;
      }
      s.crahPart[e] = part;
      met += part;
      warmC += part * crahs.supplyC[crah];
    }
    s.metRatio[supply] = met;
    s.supplyC[supply] = met > 0 ? warmC / met : 0;
  }
  s.removedW.fill(0);
  s.airflowWPerK.fill(0);
}

/** Part of what a rack holds that the room exchanges in a step at most: beyond it would swing. */
const MIXED_MAX_RATIO = 0.5;

/** Air that a rack breathes from the room because its supply does not bring it, W/K. */
function missingWPerK(
  { racks, rackKinds, airSupplies }: TransientState,
  rack: number,
  dtS: number,
) {
  const lackRatio = 1 - airSupplies.metRatio[racks.airSupply[rack]];
  if (lackRatio <= 0) return 0;
  const { airJPerK, solidsJPerK } = rackKinds[racks.kind[rack]];
  const most = (MIXED_MAX_RATIO * (airJPerK + solidsJPerK)) / dtS;
  return Math.min(most, racks.airflowWPerK[rack] * (1 - racks.recirculation[rack]) * lackRatio);
}

/**
 * What racks of one supply breathe in place of what is missing is what they all give off: heat that
 * it brings each of them goes on top of that of its neighbours.
 */
function mixRoom(state: TransientState, dtS: number) {
  const { racks, airSupplies: s } = state;
  const missing = new Float64Array(s.count);
  const ofRack = new Float64Array(racks.count);
  s.roomC.fill(0);
  for (let rack = 0; rack < racks.count; rack++) {
    ofRack[rack] = missingWPerK(state, rack, dtS);
    missing[racks.airSupply[rack]] += ofRack[rack];
    s.roomC[racks.airSupply[rack]] += ofRack[rack] * racks.exhaustC[rack];
  }
  for (let supply = 0; supply < s.count; supply++) s.roomC[supply] /= missing[supply] || 1;
  for (let rack = 0; rack < racks.count; rack++) {
    racks.nearW[rack] += ofRack[rack] * (s.roomC[racks.airSupply[rack]] - racks.exhaustC[rack]);
  }
}

/** Heat that neighbours bring each rack, W: what one takes the other gives. */
function exchange({ airflowWPerK, neighbourRatio, exhaustC, isBesideLast, nearW }: RackColumns) {
  let lastFlow = 0;
  let lastC = 0;
  for (let rack = 0; rack < nearW.length; rack++) {
    const flow = airflowWPerK[rack] * neighbourRatio[rack];
    const ownC = exhaustC[rack];
    // no rack has been stepped: all exhausts are of the step before
    const fromLastW = isBesideLast[rack] * ((lastFlow + flow) / 2) * (lastC - ownC);
    nearW[rack] = fromLastW;
    if (rack > 0) nearW[rack - 1] -= fromLastW;
    lastFlow = flow;
    lastC = ownC;
  }
}

/** Sum of the shares of those CRAHs of each supply that run. */
function runningShares({ airSupplies: s, crahs }: TransientState): Float64Array {
  const running = new Float64Array(s.count);
  for (let supply = 0; supply < s.count; supply++) {
    for (let e = s.crahStart[supply]; e < s.crahStart[supply + 1]; e++) {
      if (crahs.fanRatio[s.crah[e]] > 0) running[supply] += s.crahShare[e];
    }
  }
  return running;
}

/**
 * Units that run are asked for the air of those that stand still as well, and give it as far as
 * they are rated; without a rating, a reserve over what they give with all units running.
 * @returns what each gives over what it is asked for
 */
function takeOver(state: TransientState, running: Float64Array): Float64Array {
  const { airSupplies: s, crahs, racks } = state;
  const ofSupply = new Float64Array(s.count);
  for (let rack = 0; rack < racks.count; rack++) {
    const wanted = racks.airflowWPerK[rack] * (1 - racks.recirculation[rack]);
    ofSupply[racks.airSupply[rack]] += wanted;
  }
  const own = new Float64Array(crahs.count);
  const asked = new Float64Array(crahs.count);
  for (let supply = 0; supply < s.count; supply++) {
    for (let e = s.crahStart[supply]; e < s.crahStart[supply + 1]; e++) {
      const flow = ofSupply[supply] * s.crahShare[e];
      own[s.crah[e]] += flow;
      if (running[supply] > 0) asked[s.crah[e]] += flow / running[supply];
    }
  }
  return asked.map((flow, crah) => {
    const most = Math.max(crahs.ratedWPerK[crah], RESERVE_RATIO * own[crah]);
    const canGive = crahs.fanRatio[crah] * most;
    return flow > canGive ? canGive / flow : 1;
  });
}

/**
 * Moves both nodes of all racks by the exact solution at constant drive.
 * @returns heat that their CRAHs take, J
 */
function stepRacks({ racks, rackKinds, airSupplies }: TransientState, dtS: number): number {
  const { airC, solidsC, exhaustC, airflowWPerK, airHeatW, nearW, recirculation } = racks;
  const { metRatio, supplyC, removedW: supplyRemovedW, airflowWPerK: supplyFlow } = airSupplies;
  const kinds = rackKinds.map(kind => rackResponses(kind, dtS));
  let removedJ = 0;
  for (let rack = 0; rack < racks.count; rack++) {
    const ofKind = kinds[racks.kind[rack]];
    const flow = airflowWPerK[rack];
    const heatW = airHeatW[rack];
    const supply = racks.airSupply[rack];
    const supplied = flow * metRatio[supply] * (1 - recirculation[rack]);
    const riseK = heatW / flow;
    const rows = responsesTo(ofKind, flow);
    const at = rowOf(ofKind, rows, flow, supplied);
    const air = airC[rack];
    // at rest they are that much warmer than the air at the inlets
    const overK = HEAT_AT_SOLIDS_RATIO * riseK;
    const solids = solidsC[rack] - overK;
    // the response is for a flow a little off: the drive makes up for it
    const backW = (flow - supplied) * riseK + supplied * supplyC[supply];
    const driveW = backW + nearW[rack] - (supplied - rows[at]) * air;
    const nextAir = rows[at + 1] * air + rows[at + 2] * solids + rows[at + 5] * driveW;
    const nextSolids = rows[at + 3] * air + rows[at + 4] * solids + rows[at + 6] * driveW;
    const { airJPerK, solidsJPerK } = ofKind.kind;
    const takenW = (solidsJPerK * (nextSolids - solids)) / dtS;
    airC[rack] = nextAir;
    solidsC[rack] = nextSolids + overK;
    exhaustC[rack] = nextAir + (heatW - takenW) / flow;
    const removedW = heatW + nearW[rack] - takenW - (airJPerK * (nextAir - air)) / dtS;
    supplyRemovedW[supply] += removedW;
    supplyFlow[supply] += supplied;
    removedJ += removedW * dtS;
  }
  return removedJ;
}

/** Solids of a rack are where they come to rest, for the heat and the air of now. */
export function restSolids({ racks }: TransientState, rack: number) {
  const riseK = racks.airHeatW[rack] / racks.airflowWPerK[rack];
  racks.solidsC[rack] = racks.airC[rack] + HEAT_AT_SOLIDS_RATIO * riseK;
}

/** Gives the heat and the air of a supply's racks to its CRAHs, by what each gives. */
function share({ airSupplies: s, crahs }: TransientState, supply: number) {
  if (s.metRatio[supply] === 0) return;
  for (let e = s.crahStart[supply]; e < s.crahStart[supply + 1]; e++) {
    const crah = s.crah[e];
    const part = s.crahPart[e] / s.metRatio[supply];
    crahs.removedW[crah] += part * s.removedW[supply];
    crahs.airflowWPerK[crah] += part * s.airflowWPerK[supply];
  }
}

/**
 * Supply goes to its set-point, or to what the unit can do: return air less its limit. Water that
 * nothing cools any more takes the heat, and the supply warms with it.
 */
function stepCrahs({ crahs }: TransientState, dtS: number) {
  const { supplyC, setpointC, limitW, removedW, airflowWPerK, fanRatio, hasWater } = crahs;
  const share = -Math.expm1(-dtS / CRAH_TAU_S);
  for (let crah = 0; crah < crahs.count; crah++) {
    const flow = airflowWPerK[crah];
    if (hasWater[crah] === 0) {
      const holdsJPerK = Math.max(crahs.waterJPerK[crah], CRAH_TAU_S * flow);
      if (holdsJPerK > 0) supplyC[crah] += (removedW[crah] * dtS) / holdsJPerK;
      continue;
    }
    const overK = flow > 0 ? (removedW[crah] - limitW[crah] * fanRatio[crah]) / flow : 0;
    const targetC = Math.max(setpointC[crah], supplyC[crah] + overK);
    supplyC[crah] += (targetC - supplyC[crah]) * share;
  }
}

/**
 * `C dT/dt = Q - UA f (T - Tw)`: the exchanger gives its approach at rated heat, and where facility
 * water takes less than would flow, `Q` is less by what it takes and nothing else flows.
 */
export function stepLoops(state: TransientState, dtS: number) {
  const { loops, racks, ledger } = state;
  loops.heatW.fill(0);
  for (let rack = 0; rack < racks.count; rack++) {
    if (racks.loop[rack] >= 0) loops.heatW[racks.loop[rack]] += racks.liquidHeatW[rack];
  }
  runPumps(state, dtS);
  for (let loop = 0; loop < loops.count; loop++) {
    const c = loops.heatJPerK[loop];
    const overK = loops.waterC[loop] - loops.supplyC[loop];
    const wanted = loops.exchangeWPerK[loop] * loops.flowRatio[loop] * loops.hasWater[loop];
    const isLimited = wanted * overK > loops.limitW[loop];
    const rate = isLimited ? 0 : -wanted / c;
    const heatW = loops.heatW[loop] - (isLimited ? loops.limitW[loop] : 0);
    const next = overK * Math.exp(rate * dtS) + (heatW / c) * meanOf(rate, dtS);
    loops.waterC[loop] = loops.supplyC[loop] + next;
    loops.removedW[loop] = loops.heatW[loop] - (c * (next - overK)) / dtS;
    ledger.liquidRemovedJ += loops.removedW[loop] * dtS;
  }
}
