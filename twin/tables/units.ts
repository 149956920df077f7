/**
 * Units of signals: the suffix a name carries (`powerW`), and the base-unit suffix that the
 * Prometheus naming convention asks of an exported metric (`power_watts`).
 */
export const UNITS = {
  W: { metric: 'watts', symbol: 'W' },
  J: { metric: 'joules', symbol: 'J' },
  V: { metric: 'volts', symbol: 'V' },
  A: { metric: 'amperes', symbol: 'A' },
  C: { metric: 'celsius', symbol: '°C' },
  K: { metric: 'kelvin', symbol: 'K' },
  Pa: { metric: 'pascals', symbol: 'Pa' },
  Hz: { metric: 'hertz', symbol: 'Hz' },
  Rpm: { metric: 'rpm', symbol: 'rpm' },
  S: { metric: 'seconds', symbol: 's' },
  M: { metric: 'meters', symbol: 'm' },
  Bytes: { metric: 'bytes', symbol: 'B' },
  BytesPerS: { metric: 'bytes_per_second', symbol: 'B/s' },
  PerS: { metric: 'per_second', symbol: '1/s' },
  PerH: { metric: 'per_hour', symbol: '1/h' },
  M3PerS: { metric: 'cubic_meters_per_second', symbol: 'm³/s' },
  Ratio: { metric: 'ratio', symbol: '' },
  Count: { metric: '', symbol: '' },
  Code: { metric: 'code', symbol: '' },
  /** A boolean: 0 or 1. */
  Flag: { metric: '', symbol: '' },
  /** An interned text (a version, a state): the value is an index into the twin's text table. */
  Text: { metric: 'info', symbol: '' },
} as const;

export type Unit = keyof typeof UNITS;

/** Signals of unit `Code` whose values have a name; those of XIDs are in the faults table. */
export const CODE_WORDS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  healthCode: { 0: 'OK', 1: 'warning', 2: 'critical' },
  gpuHealthCode: { 0: 'pass', 10: 'warn', 20: 'fail' },
  airflowDirectionCode: { 0: 'front to rear', 1: 'rear to front' },
};
