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
