/** The number that a sample stands for, before `mode` and `combine`. */
import type { MappingRow } from './mapping.ts';

/**
 * Applies `fixed` (a zero that a series' presence says) and the row's table of codes.
 * @returns undefined for a code that the table does not list: to be dropped and counted.
 */
export function rowValue(row: MappingRow, fixed: number | undefined, raw: number) {
  if (fixed !== undefined) return fixed;
  if (row.values === undefined) return raw;
  return row.values[String(raw)] ?? row.values.else;
}
