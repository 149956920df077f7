/**
 * Air of racks, CRAHs and liquid loops over one step. A rack is two nodes, the air at its inlets and
 * its solids; its exhaust is `Te = T + Q / F`, F the heat its air carries per kelvin:
 *
 *     Ca dT/dt = F ((1 - s) Te + s Ts - T) + X - h (T - Tm)
 *     Cm dTm/dt = h (T - Tm)
 *
 * s is the part of its intake that CRAHs supply, the rest being its own exhaust, and X the heat
 * that it exchanges with its neighbours. One equation holds for the running room and for one that
 * has lost its cooling (s = 0).
 */
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { RackColumns, TransientState } from './columns.ts';

const RESERVE_RATIO = TRANSIENT.crahReserveRatio.value;
const CRAH_TAU_S = TRANSIENT.crahTauS.value;
/** Conductance, as part of its value, that a stored response may be off by. */
const RESPONSE_TOLERANCE = 1e-3;
const RESPONSE_SIZE = 6;

export function stepAir(state: TransientState, dtS: number) {
  const { airSupplies, crahs, ledger, racks } = state;
  gather(state);
  const before = racks.exhaustC.slice();
  let removedJ = 0;
  for (let rack = 0; rack < racks.count; rack++) removedJ += stepRack(state, before, rack, dtS);
  ledger.airRemovedJ += removedJ;
  crahs.removedW.fill(0);
  crahs.airflowWPerK.fill(0);
  for (let supply = 0; supply < airSupplies.count; supply++) share(state, supply);
  for (let crah = 0; crah < crahs.count; crah++) stepCrah(state, crah, dtS);
}

/** What the running CRAHs of each supply blow, and how much of the wish for air they meet. */
function gather({ airSupplies: s, crahs }: TransientState) {
  for (let supply = 0; supply < s.count; supply++) {
    let running = 0;
    let warmC = 0;
    for (let e = s.crahStart[supply]; e < s.crahStart[supply + 1]; e++) {
      const part = s.crahShare[e] * crahs.fanRatio[s.crah[e]];
      running += part;
      warmC += part * crahs.supplyC[s.crah[e]];
    }
    s.running[supply] = running;
    s.supplyC[supply] = running > 0 ? warmC / running : 0;
  }
  s.removedW.fill(0);
  s.airflowWPerK.fill(0);
}

/** @returns heat that its CRAHs take, J */
function stepRack(
  { racks, airSupplies }: TransientState,
  before: Float64Array,
  rack: number,
  dtS: number,
): number {
  const flow = racks.airflowWPerK[rack];
  const heatW = racks.airHeatW[rack];
  const supply = racks.airSupply[rack];
  const metRatio = Math.min(1, airSupplies.running[supply] * RESERVE_RATIO);
  const supplied = flow * metRatio * (1 - racks.recirculation[rack]);
  const fromNearW =
    exchangeW(racks, before, rack, racks.left[rack]) +
    exchangeW(racks, before, rack, racks.right[rack]);
  const ownRatio = 1 - supplied / flow;
  const drive = ownRatio * heatW + fromNearW + supplied * airSupplies.supplyC[supply];
  const stored = respond(racks, rack, supplied, drive, dtS);
  racks.exhaustC[rack] = racks.airC[rack] + heatW / flow;
  const removedW = heatW + fromNearW - stored / dtS;
  airSupplies.removedW[supply] += removedW;
  airSupplies.airflowWPerK[supply] += supplied;
  return removedW * dtS;
}

/** Heat that neighbours bring a rack, W: what one takes the other gives. */
function exchangeW(racks: RackColumns, before: Float64Array, rack: number, side: number): number {
  if (side < 0) return 0;
  const { airflowWPerK, neighbourRatio } = racks;
  const mean =
    (airflowWPerK[rack] * neighbourRatio[rack] + airflowWPerK[side] * neighbourRatio[side]) / 2;
  return mean * (before[side] - before[rack]);
}

/**
 * Moves both nodes by the exact solution at constant drive.
 * @param conductance heat per kelvin that leaves with the air, W/K
 * @returns heat taken up, J
 */
function respond(
  racks: RackColumns,
  rack: number,
  conductance: number,
  driveW: number,
  dtS: number,
): number {
  const key = racks.responseFor;
  const isKnown =
    key[2 * rack] === dtS &&
    Math.abs(key[2 * rack + 1] - conductance) <= RESPONSE_TOLERANCE * conductance;
  if (!isKnown) remember(racks, rack, conductance, dtS);
  // the drive is for this conductance; the response may be for one a little off
  const used = key[2 * rack + 1];
  const at = RESPONSE_SIZE * rack;
  const e = racks.response;
  const airC = racks.airC[rack];
  const solidsC = racks.solidsC[rack];
  const push = driveW - (conductance - used) * airC;
  const nextAirC = e[at] * airC + e[at + 1] * solidsC + e[at + 4] * push;
  const nextSolidsC = e[at + 2] * airC + e[at + 3] * solidsC + e[at + 5] * push;
  racks.airC[rack] = nextAirC;
  racks.solidsC[rack] = nextSolidsC;
  return (
    racks.airJPerK[rack] * (nextAirC - airC) + racks.solidsJPerK[rack] * (nextSolidsC - solidsC)
  );
}

/** `exp(M t)` of the two nodes, and what a constant watt into the air adds to each, K/W. */
function remember(racks: RackColumns, rack: number, conductance: number, dtS: number) {
  racks.responseFor[2 * rack] = dtS;
  racks.responseFor[2 * rack + 1] = conductance;
  const { airJPerK, solidsJPerK, couplingWPerK, response } = racks;
  const h = couplingWPerK[rack];
  const a = -(conductance + h) / airJPerK[rack];
  const b = h / airJPerK[rack];
  const c = h / solidsJPerK[rack];
  const middle = (a - c) / 2;
  const root = Math.sqrt(((a + c) / 2) ** 2 + b * c);
  const [fast, slow] = [middle - root, middle + root];
  const [keepFast, keepSlow] = [Math.exp(fast * dtS), Math.exp(slow * dtS)];
  const [runFast, runSlow] = [meanOf(fast, dtS), meanOf(slow, dtS)];
  const at = RESPONSE_SIZE * rack;
  const width = 2 * root;
  const one = (keepSlow - keepFast) / width;
  response[at] = (keepSlow * (a - fast) - keepFast * (a - slow)) / width;
  response[at + 1] = b * one;
  response[at + 2] = c * one;
  response[at + 3] = (keepSlow * (-c - fast) - keepFast * (-c - slow)) / width;
  response[at + 4] = (runSlow * (a - fast) - runFast * (a - slow)) / (width * airJPerK[rack]);
  response[at + 5] = (c * (runSlow - runFast)) / (width * airJPerK[rack]);
}

/** Integral of `exp(rate t)` from 0 to `dtS`; `dtS` itself as the rate goes to 0. */
const meanOf = (rate: number, dtS: number) =>
  Math.abs(rate * dtS) < 1e-12 ? dtS : Math.expm1(rate * dtS) / rate;

/** Gives the heat and the air of a supply's racks to those of its CRAHs that run. */
function share({ airSupplies: s, crahs }: TransientState, supply: number) {
  if (s.running[supply] === 0) return;
  for (let e = s.crahStart[supply]; e < s.crahStart[supply + 1]; e++) {
    const crah = s.crah[e];
    const part = (s.crahShare[e] * crahs.fanRatio[crah]) / s.running[supply];
    crahs.removedW[crah] += part * s.removedW[supply];
    crahs.airflowWPerK[crah] += part * s.airflowWPerK[supply];
  }
}

/** Supply goes to its set-point, or to what the unit can do: return air less its limit. */
function stepCrah({ crahs }: TransientState, crah: number, dtS: number) {
  const { supplyC, setpointC, limitW, removedW, airflowWPerK } = crahs;
  const flow = airflowWPerK[crah];
  const overK = flow > 0 ? (removedW[crah] - limitW[crah] * crahs.fanRatio[crah]) / flow : 0;
  const targetC = Math.max(setpointC[crah], supplyC[crah] + overK);
  supplyC[crah] += (targetC - supplyC[crah]) * -Math.expm1(-dtS / CRAH_TAU_S);
}

/** `C dT/dt = Q - UA f (T - Tw)`: the exchanger gives its approach at rated heat. */
export function stepLoops({ loops, racks, ledger }: TransientState, dtS: number) {
  loops.heatW.fill(0);
  for (let rack = 0; rack < racks.count; rack++) {
    if (racks.loop[rack] >= 0) loops.heatW[racks.loop[rack]] += racks.liquidHeatW[rack];
  }
  for (let loop = 0; loop < loops.count; loop++) {
    const conductance = loops.exchangeWPerK[loop] * loops.flowRatio[loop];
    const c = loops.heatJPerK[loop];
    const rate = -conductance / c;
    const overK = loops.waterC[loop] - loops.supplyC[loop];
    const next = overK * Math.exp(rate * dtS) + (loops.heatW[loop] / c) * meanOf(rate, dtS);
    loops.waterC[loop] = loops.supplyC[loop] + next;
    loops.removedW[loop] = loops.heatW[loop] - (c * (next - overK)) / dtS;
    ledger.liquidRemovedJ += loops.removedW[loop] * dtS;
  }
}
