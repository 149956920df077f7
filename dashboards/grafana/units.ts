/** Grafana's unit ids for the units of signals. */
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Unit } from '../../twin/index.ts';
import { signalRow } from './promql.ts';

const GRAFANA_UNITS: Readonly<Record<Unit, string>> = {
  W: units.Watt,
  J: units.Joule,
  V: units.Volt,
  A: units.Ampere,
  C: units.Celsius,
  K: units.Kelvin,
  Pa: units.Pascals,
  Hz: units.Hertz,
  Rpm: units.RevolutionsPerMinute,
  S: units.Seconds,
  M: units.Meter,
  Bytes: units.BytesIEC,
  BytesPerS: units.BytesPerSecondSI,
  PerS: units.CountsPerSecond,
  PerH: 'suffix:/h',
  M3PerS: units.CubicMetersPerSecond,
  Ratio: units.PercentUnit,
  Count: units.Short,
  Code: units.NoUnit,
  Flag: units.Short,
  Text: units.NoUnit,
};

/** Grafana unit id of a signal. */
export function unitOf(signalId: string): string {
  const { unit, isFactor } = signalRow(signalId);
  return isFactor ? units.NoUnit : GRAFANA_UNITS[unit];
}

/** Units of figures that are not a signal of the twin. */
export const PERCENT = units.PercentUnit;
export const COUNT = units.Short;
export const NO_UNIT = units.NoUnit;
export const CELSIUS = units.Celsius;
export const KELVIN = units.Kelvin;
export const WATT = units.Watt;
export const HERTZ = units.Hertz;
export const SECONDS = units.Seconds;
export const MEBIBYTES = units.Mebibytes;
export const BYTES_PER_S = units.BytesPerSecondSI;
export const PER_S = units.CountsPerSecond;
