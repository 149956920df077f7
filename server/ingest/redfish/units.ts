/** Reading types and units of Redfish sensors (DSP0268, UCUM codes) as quantities in SI. */
import type { Quantity } from '../bmc/sensor-rows.ts';

/** Quantity of a reading type, and its unit where the sensor gives none. */
export const READING_TYPES: Readonly<Record<string, readonly [Quantity, unit: string]>> = {
  Temperature: ['temperature', 'Cel'],
  Power: ['power', 'W'],
  Rotational: ['fanSpeed', 'RPM'],
  Percent: ['percent', '%'],
  Humidity: ['humidity', '%'],
  Voltage: ['voltage', 'V'],
  Current: ['current', 'A'],
  LiquidFlow: ['flow', 'L/s'],
  LiquidFlowLPM: ['flow', 'L/min'],
  Pressure: ['pressure', 'kPa'],
  PressurePa: ['pressure', 'Pa'],
  PressurekPa: ['pressure', 'kPa'],
  EnergyJoules: ['energy', 'J'],
  EnergykWh: ['energy', 'kW.h'],
  EnergyWh: ['energy', 'W.h'],
};

/** SI value = value x scale + offset. */
interface UnitRow {
  /** Quantity that the unit alone implies, when the sensor does not say. */
  readonly implies?: Quantity;
  readonly scale: number;
  readonly offset?: number;
}

export const READING_UNITS: Readonly<Record<string, UnitRow>> = {
  Cel: { implies: 'temperature', scale: 1 },
  C: { implies: 'temperature', scale: 1 },
  '[degF]': { implies: 'temperature', scale: 5 / 9, offset: -160 / 9 },
  K: { implies: 'temperature', scale: 1, offset: -273.15 },
  W: { implies: 'power', scale: 1 },
  mW: { implies: 'power', scale: 0.001 },
  kW: { implies: 'power', scale: 1_000 },
  RPM: { implies: 'fanSpeed', scale: 1 },
  '{rev}/min': { implies: 'fanSpeed', scale: 1 },
  '%': { implies: 'percent', scale: 0.01 },
  Percent: { implies: 'percent', scale: 0.01 },
  V: { implies: 'voltage', scale: 1 },
  mV: { implies: 'voltage', scale: 0.001 },
  A: { implies: 'current', scale: 1 },
  'L/s': { implies: 'flow', scale: 0.001 },
  'L/min': { implies: 'flow', scale: 1 / 60_000 },
  'm3/h': { implies: 'flow', scale: 1 / 3_600 },
  Pa: { implies: 'pressure', scale: 1 },
  kPa: { implies: 'pressure', scale: 1_000 },
  bar: { implies: 'pressure', scale: 100_000 },
  J: { implies: 'energy', scale: 1 },
  'kW.h': { implies: 'energy', scale: 3.6e6 },
  kWh: { implies: 'energy', scale: 3.6e6 },
  'W.h': { implies: 'energy', scale: 3_600 },
};
