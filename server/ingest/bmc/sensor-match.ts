/** Finds the row of a sensor, and the number of the part it sits on. */
import type { Kind } from '../../../twin/index.ts';
import { FAN, GPU, PSU, SENSOR_ROWS, type SensorRow, type SensorSample } from './sensor-rows.ts';

interface SensorMatch {
  readonly row: SensorRow;
  /** As numbered in the name; whether that counts from 0 or 1 is for the slot book to find. */
  readonly ordinal?: number;
}

/** No name is longer; patterns may take the square of the length. */
const MAX_NAME = 256;

export function plainName(name: string): string {
  return name
    .slice(0, MAX_NAME)
    .replace(/^\d+(?:\.\d+)?-/, '')
    .replace(/[_\-#]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/** The row that tells what `sample` is; undefined when the twin has no use for it. */
export function matchSensor(sample: SensorSample): SensorMatch | undefined {
  const name = plainName(sample.name);
  for (const row of SENSOR_ROWS) {
    if (!fits(row, sample, name)) continue;
    const digits = row.part?.exec(name)?.[1];
    if (row.part && digits === undefined) continue;
    return digits === undefined ? { row } : { row, ordinal: Number(digits) };
  }
  return undefined;
}

function fits(row: SensorRow, sample: SensorSample, name: string): boolean {
  if (row.quantity !== sample.quantity) return false;
  if ((row.isMargin ?? false) !== (sample.isMargin ?? false)) return false;
  if (row.isInternal !== undefined && row.isInternal !== (sample.isInternal ?? false)) return false;
  if (row.subContext && row.subContext !== sample.subContext) return false;
  const context = sample.context ?? '';
  if (row.notContexts?.includes(context) || row.not?.test(name)) return false;
  const byContext = row.contexts?.includes(context) ?? false;
  return byContext || (row.name?.test(name) ?? false);
}

const PART_NUMBER: Partial<Record<Kind, RegExp>> = { gpu: GPU, psu: PSU, fan: FAN };

/** The number of a part of this kind in its name or id: `PSU 2`, `FAN_1_FRONT`, `Fan1A`. */
export function partNumber(kind: Kind, name: string): number | undefined {
  const digits = PART_NUMBER[kind]?.exec(plainName(name))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
