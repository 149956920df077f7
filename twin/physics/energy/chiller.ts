/** What moves heat out: direct-expansion units, chillers, free cooling. */
import { CONSTANTS } from '../../tables/constants.ts';
import { CHILLER, CRAC_COP, ECONOMISER } from '../../tables/physics/energy.ts';
import { notNegative, within } from '../number-check.ts';

const ZERO_K = CONSTANTS.zeroCelsiusK.value;

/** Heat over power of a CRAC with supply air of that temperature; fitted to 10-35 °C. */
export function cracCop(supplyTempC: number): number {
  within('supplyTempC', supplyTempC, 0, 50);
  const { squareRatio, linearRatio, constantRatio } = CRAC_COP;
  return (
    squareRatio.value * supplyTempC * supplyTempC +
    linearRatio.value * supplyTempC +
    constantRatio.value
  );
}

/** COP at a part of the capacity over that at full load (0-1). No checks, no allocation. */
export function partLoadCopRatio(loadRatio: number): number {
  const x = Math.max(loadRatio, CHILLER.partLoadMinRatio.value);
  const power =
    CHILLER.partLoadConstantRatio.value +
    CHILLER.partLoadLinearRatio.value * x +
    CHILLER.partLoadSquareRatio.value * x * x;
  return x / power;
}

/**
 * Heat over power of a chiller: half of what Carnot allows between the water it makes and the wet
 * bulb with 8 K, times its part load.
 * @param loadRatio heat over capacity; above 1 counts as 1
 */
export function chillerCop(waterTempC: number, outdoorWetBulbC: number, loadRatio: number): number {
  within('waterTempC', waterTempC, 0, 60);
  within('outdoorWetBulbC', outdoorWetBulbC, -60, 60);
  notNegative('loadRatio', loadRatio);
  const condensingC = outdoorWetBulbC + CHILLER.condenserApproachK.value;
  const liftK = Math.max(CHILLER.liftMinK.value, condensingC - waterTempC);
  const carnot = (waterTempC + ZERO_K) / liftK;
  return CHILLER.carnotRatio.value * carnot * partLoadCopRatio(Math.min(1, loadRatio));
}

/**
 * Part of the heat that goes out without compressors, 0-1: all while wet bulb and approach are at
 * or below what is to be supplied, none from 5 K above, a line between. No checks, no allocation.
 */
export const economiserRatio = (outdoorWetBulbC: number, approachK: number, setTempC: number) =>
  Math.min(1, Math.max(0, 1 - (outdoorWetBulbC + approachK - setTempC) / ECONOMISER.bandK.value));
