/** Options of the laboratory with their defaults, and what they may be. */
import type { LabOptions } from './lab.ts';
import { RACKS_MAX } from './layout.ts';

const TELEMETRY_MAX_S = 300;

/** @throws RangeError naming the option that is out of its range. */
export function checkOptions(options: LabOptions): Required<LabOptions> {
  const { seed, racks = 8, telemetryS = 30, faults = [] } = options;
  const startMs = options.startMs ?? Date.UTC(2026, 0, 5);
  const whole = (name: string, value: number, [from, to]: readonly [number, number]) => {
    if (Number.isInteger(value) && value >= from && value <= to) return;
    throw new RangeError(`${name}: ${value}; give a whole number from ${from} to ${to}`);
  };
  whole('seed', seed, [-(2 ** 31), 2 ** 32]);
  whole('racks', racks, [1, RACKS_MAX]);
  whole('telemetryS', telemetryS, [1, TELEMETRY_MAX_S]);
  whole('startMs', startMs, [0, Number.MAX_SAFE_INTEGER]);
  return { seed, racks, telemetryS, faults, startMs };
}
