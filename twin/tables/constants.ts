/** Physical and conventional constants of the engine, with unit in the name and a source. */
import type { Figure } from './catalogue.ts';
import { recalled, seen } from './classes/figure.ts';

export const CONSTANTS = {
  /** Light in glass: 5 µs a kilometre. */
  fibreLatencySPerM: recalled(5e-9, 'Refractive index of fibre, about 1.47'),
  /** `dT = power / (density * heat capacity * airflow)`, dry air near 20 °C. */
  airDensityKgPerM3: recalled(1.2, 'Dry air at 20 °C and 101 kPa'),
  airHeatJPerKgK: recalled(1005, 'Dry air at 20 °C'),
  waterHeatJPerKgK: recalled(4186, 'Water at 20 °C'),
  waterDensityKgPerM3: recalled(998, 'Water at 20 °C'),
  zeroCelsiusK: seen(273.15, 'Definition of the Celsius scale'),
  /** Part of a breaker's rating that may flow for hours. */
  breakerContinuousRatio: seen(0.8, 'Electrical codes: continuous load at most 80 % of rating'),
} as const satisfies Readonly<Record<string, Figure>>;

export const ASHRAE = 'ASHRAE TC 9.9, thermal guidelines for data processing environments';

/** Dry-bulb inlet ranges, °C. A2 is what most servers are built for. */
export const INLET_CLASSES = {
  recommended: { minTempC: 18, maxTempC: 27 },
  A1: { minTempC: 15, maxTempC: 32 },
  A2: { minTempC: 10, maxTempC: 35 },
  A3: { minTempC: 5, maxTempC: 40 },
  A4: { minTempC: 5, maxTempC: 45 },
} as const;
