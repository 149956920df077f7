/** Air as a coolant: what it weighs, and how much warmer it leaves. Dry air. */
import { CONSTANTS } from '../../tables/constants.ts';
import { AIR } from '../../tables/physics/thermal.ts';
import { notNegative, positive, within } from '../number-check.ts';

const ZERO_K = CONSTANTS.zeroCelsiusK.value;
const GAS = AIR.gasJPerKgK.value;
const HEAT = AIR.heatJPerKgK.value;

/** kg/m³ by the gas law; 1.204 at 20 °C and sea level. */
export const airDensityKgPerM3 = (tempC: number, pressurePa: number = AIR.pressurePa.value) =>
  pressurePa / (GAS * (tempC + ZERO_K));

/** Pressure at a height above the sea, Pa (standard atmosphere; -500 to 9,000 m). */
export function pressureAtPa(elevationM: number): number {
  within('elevationM', elevationM, -500, 9000);
  return AIR.pressurePa.value * (1 - AIR.lapsePerM.value * elevationM) ** AIR.lapseExponent.value;
}

/** Heat that a flow takes up for each kelvin, W/K, its volume taken at `tempC`. */
const airFlowWPerK = (airflowM3PerS: number, tempC: number) =>
  airDensityKgPerM3(tempC) * HEAT * airflowM3PerS;

/**
 * Rise of air through a machine, K: `P / (density * heat * flow)`.
 * @param airflowM3PerS above 0
 * @param inletTempC -40 to 100: the fans move this air, so its density counts
 */
export function airRiseK(powerW: number, airflowM3PerS: number, inletTempC: number): number {
  notNegative('powerW', powerW);
  positive('airflowM3PerS', airflowM3PerS);
  within('inletTempC', inletTempC, -40, 100);
  return powerW / airFlowWPerK(airflowM3PerS, inletTempC);
}

/** Resistance of an air-cooled heatsink at a fan speed, over that at full speed. */
export const sinkResistanceRatio = (speedRatio: number) =>
  speedRatio ** AIR.sinkSpeedExponent.value;

/** Power as heat in Btu/h. */
export const btuPerH = (powerW: number) => powerW * AIR.btuPerHPerW.value;

/** Cubic feet a minute as m³/s. */
export const m3PerSOfCfm = (cfm: number) => cfm * AIR.m3PerSPerCfm.value;
