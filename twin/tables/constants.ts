/** Physical and conventional constants of the engine, with unit in the name and a source. */
import type { Figure } from './catalogue.ts';
import { chosen, computed, recalled, seen } from './classes/figure.ts';

export const CONSTANTS = {
  /** Light in glass: 5 µs a kilometre. */
  fibreLatencySPerM: recalled(5e-9, 'Refractive index of fibre, about 1.47'),
  wattBtuPerH: seen(3.412, 'Definition of the British thermal unit, table value'),
  /** `dT = power / (density * heat capacity * airflow)`, dry air near 20 °C. */
  airDensityKgPerM3: recalled(1.2, 'Dry air at 20 °C and 101 kPa'),
  airHeatJPerKgK: recalled(1005, 'Dry air at 20 °C'),
  waterHeatJPerKgK: recalled(4186, 'Water at 20 °C'),
  waterDensityKgPerM3: recalled(998, 'Water at 20 °C'),
  zeroCelsiusK: seen(273.15, 'Definition of the Celsius scale'),
  /** Part of a breaker's rating that may flow for hours. */
  breakerContinuousRatio: seen(0.8, 'Electrical codes: continuous load at most 80 % of rating'),
  /** Each of two feeds in 2N carries at most this part of what it could. */
  feedDiversityRatio: computed(0.5, '2N: either feed must carry all after the loss of the other'),
  /** Failures that take both of two redundant parts at once. */
  commonCauseRatio: chosen(0.02, 'Beta factor; 1-5 % is usual'),
  /** Exponent of GPU power over clock, fitted per model where telemetry allows. */
  gpuPowerExponent: recalled(2.4, 'Fit to published power-cap measurements of V100'),
  /** Fan power grows with the cube of speed. */
  fanPowerExponent: seen(3, 'Fan affinity laws'),
  /** From inlet to die with all of the power of one GPU. */
  airCooledKPerW: recalled(0.065, 'H100 in air, 0.06-0.07'),
  coldPlateKPerW: recalled(0.025, 'Cold plate of a GPU'),
} as const satisfies Readonly<Record<string, Figure>>;

export interface InletClass {
  readonly id: 'recommended' | 'A1' | 'A2' | 'A3' | 'A4';
  readonly minTempC: number;
  readonly maxTempC: number;
  readonly source: string;
}

const ASHRAE = 'ASHRAE TC 9.9, thermal guidelines for data processing environments';

/** Dry-bulb inlet ranges. A2 is what most servers are built for. */
export const INLET_CLASSES: readonly InletClass[] = [
  { id: 'recommended', minTempC: 18, maxTempC: 27, source: ASHRAE },
  { id: 'A1', minTempC: 15, maxTempC: 32, source: ASHRAE },
  { id: 'A2', minTempC: 10, maxTempC: 35, source: ASHRAE },
  { id: 'A3', minTempC: 5, maxTempC: 40, source: ASHRAE },
  { id: 'A4', minTempC: 5, maxTempC: 45, source: ASHRAE },
];
