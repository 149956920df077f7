/**
 * A room that nothing cools: all power goes into the air, which passes some on to frames, floor and
 * walls. The air warms fast at first and then slows (Khankari); one store of heat cannot show that.
 *
 *   airJPerK * dTa/dt = P - h (Ta - Ts),   solidsJPerK * dTs/dt = h (Ta - Ts)
 */
import { COOLING_LOSS } from '../../tables/physics/thermal.ts';
import { notNegative, positive } from '../number-check.ts';

/** Of one rack and its part of the room. */
export interface RoomHeat {
  readonly airJPerK: number;
  readonly solidsJPerK: number;
  readonly couplingWPerK: number;
}

/** Before anything is fitted to a room. */
export const ROOM_HEAT: RoomHeat = {
  airJPerK: COOLING_LOSS.airJPerK.value,
  solidsJPerK: COOLING_LOSS.solidsJPerK.value,
  couplingWPerK: COOLING_LOSS.couplingWPerK.value,
};

/**
 * Air less solids after `dtS` at steady power, K; `gapK` before. No checks, no allocation.
 * With the next function this is the exact answer for any step length.
 */
export function gapAfterK(room: RoomHeat, gapK: number, powerW: number, dtS: number): number {
  const { airJPerK, solidsJPerK, couplingWPerK } = room;
  const restK = (powerW * solidsJPerK) / (couplingWPerK * (airJPerK + solidsJPerK));
  const perS = couplingWPerK * (1 / airJPerK + 1 / solidsJPerK);
  return restK + (gapK - restK) * Math.exp(-perS * dtS);
}

/** Air from the mean temperature of air and solids (weighed by their heat) and the gap, K or °C. */
export const airOfMeanC = (room: RoomHeat, meanC: number, gapK: number) =>
  meanC + (gapK * room.solidsJPerK) / (room.airJPerK + room.solidsJPerK);

/** Rise of the air `tS` after the loss, air and solids being equal before, K. */
export function airRiseAfterK(room: RoomHeat, powerW: number, tS: number): number {
  const meanK = (powerW * tS) / (room.airJPerK + room.solidsJPerK);
  return airOfMeanC(room, meanK, gapAfterK(room, 0, powerW, tS));
}

/** Time until the air has risen by `riseK`, s; infinite without power. */
export function timeToRiseS(room: RoomHeat, powerW: number, riseK: number): number {
  notNegative('powerW', powerW);
  positive('riseK', riseK);
  checkRoom(room);
  if (powerW === 0) return Number.POSITIVE_INFINITY;
  // The air is never warmer than without its solids, nor cooler than at one temperature with them.
  let low = (riseK * room.airJPerK) / powerW;
  let high = (riseK * (room.airJPerK + room.solidsJPerK)) / powerW;
  for (let round = 0; round < 100 && high - low > 1e-9 * high; round++) {
    const middle = (low + high) / 2;
    if (airRiseAfterK(room, powerW, middle) < riseK) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function checkRoom(room: RoomHeat) {
  positive('airJPerK', room.airJPerK);
  positive('solidsJPerK', room.solidsJPerK);
  positive('couplingWPerK', room.couplingWPerK);
}

/** A loss that was lived through: this power warmed the air by that much in that time. */
interface CoolingLossPoint {
  readonly powerW: number;
  readonly riseK: number;
  readonly timeS: number;
}

/** Solids between these, over those of `prior`, count as found; else the whole room is scaled. */
const SOLIDS_RANGE = [0.05, 20] as const;

/**
 * The room that fits a point exactly. First its solids are fitted, as the least known; where none
 * within reach fit (a room of another size), air, solids and coupling are scaled together.
 */
export function fitRoom(point: CoolingLossPoint, prior: RoomHeat = ROOM_HEAT): RoomHeat {
  positive('powerW', point.powerW);
  positive('timeS', point.timeS);
  positive('riseK', point.riseK);
  checkRoom(prior);
  const withSolids = (factor: number) => ({
    ...prior,
    solidsJPerK: prior.solidsJPerK * factor,
  });
  const scaled = (factor: number) => ({
    airJPerK: prior.airJPerK * factor,
    solidsJPerK: prior.solidsJPerK * factor,
    couplingWPerK: prior.couplingWPerK * factor,
  });
  const timeS = (room: RoomHeat) => timeToRiseS(room, point.powerW, point.riseK);
  const [least, most] = SOLIDS_RANGE;
  if (timeS(withSolids(least)) <= point.timeS && timeS(withSolids(most)) >= point.timeS) {
    return withSolids(factorFor(point.timeS, [least, most], factor => timeS(withSolids(factor))));
  }
  // Twice the room lasts at least twice as long, so this range holds every answer.
  const ratio = point.timeS / timeS(prior);
  const range = [Math.min(1, ratio), Math.max(1, ratio)] as const;
  return scaled(factorFor(point.timeS, range, factor => timeS(scaled(factor))));
}

/** Where a growing function of a factor meets a value, by bisection. */
function factorFor(
  wanted: number,
  range: readonly [number, number],
  of: (factor: number) => number,
): number {
  let [low, high] = range;
  for (let round = 0; round < 100; round++) {
    const middle = (low + high) / 2;
    if (of(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
