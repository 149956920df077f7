/** Liquid loops: rise, CDU approach, and how fast a loop warms that nothing cools. */
import { CONSTANTS } from '../../tables/constants.ts';
import { LOOP_LOSS } from '../../tables/physics/thermal.ts';
import { notNegative, positive, within } from '../number-check.ts';
import type { RoomHeat } from './cooling-loss.ts';
import type { GpuRc } from './gpu-heat.ts';

/** J/(m³ K) of water. */
const WATER = CONSTANTS.waterDensityKgPerM3.value * CONSTANTS.waterHeatJPerKgK.value;

/** Rise of a coolant through what it cools, K. */
export function coolantRiseK(powerW: number, flowM3PerS: number): number {
  notNegative('powerW', powerW);
  return powerW / (WATER * positive('flowM3PerS', flowM3PerS));
}

/** Flow that carries a power at a rise, m³/s; 115 kW at 10 K are 165 L/min. */
export function coolantFlowM3PerS(powerW: number, riseK: number): number {
  notNegative('powerW', powerW);
  return powerW / (WATER * positive('riseK', riseK));
}

/**
 * Supply of a CDU, °C: facility water and its approach, which an exchanger at steady flows needs in
 * proportion to the heat it passes on. No checks, no allocation.
 * @param loadRatio heat over the design heat of the approach
 */
export const cduSupplyTempC = (waterTempC: number, designApproachK: number, loadRatio: number) =>
  waterTempC + designApproachK * loadRatio;

/** How fast a loop warms once its heat goes nowhere, K/s; 120 kW on 50 L: 0.57. */
export function loopWarmingKPerS(powerW: number, volumeM3: number): number {
  notNegative('powerW', powerW);
  return powerW / (WATER * positive('volumeM3', volumeM3));
}

/**
 * A loop as a store of heat for `rideThrough`: its water in the place of the air, its metal in the
 * place of the solids, the supply of the plates in the place of the inlet.
 */
export function loopHeat(volumeM3: number): RoomHeat {
  const waterJPerK = WATER * positive('volumeM3', volumeM3);
  return {
    airJPerK: waterJPerK,
    solidsJPerK: LOOP_LOSS.metalRatio.value * waterJPerK,
    couplingWPerK: LOOP_LOSS.couplingWPerKPerM3.value * volumeM3,
  };
}

interface LiquidLoss {
  readonly supplyTempC: number;
  readonly powerW: number;
  readonly volumeM3: number;
  /** Of the hottest GPU. */
  readonly gpuPowerW: number;
  readonly resistanceKPerW: number;
}

/**
 * Time until a GPU reaches `limitTempC` after the facility water (or the CDU's exchanger) fails
 * while the pumps run on, s: the whole loop warms. 0 if it is there already.
 */
export function timeWithoutWaterS(loop: LiquidLoss, limitTempC: number): number {
  within('supplyTempC', loop.supplyTempC, -40, 150);
  notNegative('gpuPowerW', loop.gpuPowerW);
  positive('resistanceKPerW', loop.resistanceKPerW);
  const leftK = limitTempC - (loop.supplyTempC + loop.gpuPowerW * loop.resistanceKPerW);
  if (leftK <= 0) return 0;
  const kPerS = loopWarmingKPerS(loop.powerW, loop.volumeM3);
  return kPerS > 0 ? leftK / kPerS : Number.POSITIVE_INFINITY;
}

/**
 * Time until a GPU reaches `limitTempC` after its flow stops, s: only the plate and what stands in
 * it take up its heat, `tau / R` joules a kelvin.
 */
export function timeWithoutFlowS(
  rc: GpuRc,
  gpuPowerW: number,
  supplyTempC: number,
  limitTempC: number,
): number {
  notNegative('gpuPowerW', gpuPowerW);
  const leftK = limitTempC - (supplyTempC + gpuPowerW * (rc.dieKPerW + rc.sinkKPerW));
  if (leftK <= 0) return 0;
  const jPerK = rc.sinkTauS / positive('sinkKPerW', rc.sinkKPerW);
  return gpuPowerW > 0 ? (leftK * jPerK) / gpuPowerW : Number.POSITIVE_INFINITY;
}
