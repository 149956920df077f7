/** Wet bulb of air: what a tower can cool to. */
import { MOIST_AIR } from '../../tables/physics/energy.ts';
import { positive, within } from '../number-check.ts';

const BASE_PA = MOIST_AIR.saturationPa.value;
const RATIO = MOIST_AIR.saturationRatio.value;
const OFFSET_C = MOIST_AIR.saturationOffsetC.value;

/** Pressure of water vapour over water at saturation, Pa (Magnus form; -45 to 60 °C). */
export const saturationPa = (tempC: number) =>
  BASE_PA * Math.exp((RATIO * tempC) / (tempC + OFFSET_C));

/**
 * Wet bulb, °C, by the psychrometer equation `e(T_wet) - γ p (T - T_wet) = e(T_dew)`, solved by
 * bisection between dew point and dry bulb.
 * @param dryBulbC -45 to 60
 * @param dewPointC not above the dry bulb; instruments that say so by a little mean saturation
 * @param pressurePa of the air, about 101,325 at sea level
 */
export function wetBulbC(dryBulbC: number, dewPointC: number, pressurePa: number): number {
  within('dryBulbC', dryBulbC, -60, 60);
  within('dewPointC', dewPointC, -90, 60);
  positive('pressurePa', pressurePa);
  if (dewPointC >= dryBulbC) return dryBulbC;
  const vapourPa = saturationPa(dewPointC);
  let low = dewPointC;
  let high = dryBulbC;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    const gamma =
      MOIST_AIR.psychrometerPerK.value * (1 + MOIST_AIR.psychrometerSlopePerK.value * middle);
    const left = saturationPa(middle) - gamma * pressurePa * (dryBulbC - middle);
    if (left < vapourPa) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Dew point, °C, of air at a relative humidity of 0-1 (above 0). */
export function dewPointC(dryBulbC: number, humidityRatio: number): number {
  within('dryBulbC', dryBulbC, -60, 60);
  const x = Math.log(within('humidityRatio', humidityRatio, 1e-4, 1)) + exponentAt(dryBulbC);
  return (OFFSET_C * x) / (RATIO - x);
}

const exponentAt = (tempC: number) => (RATIO * tempC) / (tempC + OFFSET_C);
